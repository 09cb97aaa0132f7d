// Search as you type: a text box that lists what fits, for labels without a key and for free text.

import { fill, make } from "../dom.js";

/** Matches shown. */
const SHOWN = 8;

let made = 0;

/** Return {element, focus} for a key of the vocabulary; `pick(text)` is called with what was chosen. */
export function picker(field, pick) {
  made += 1;
  const list = make("ul", { id: `matches-${made}`, role: "listbox", class: "matches", hidden: true });
  const input = make("input", {
    type: "text", role: "combobox", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list",
    "aria-label": `Search ${field.name}`, placeholder: field.type === "choice" ? "search (/)" : "search or write (/)",
    autocomplete: "off", maxlength: "4000",
  });
  const free = field.type !== "choice";
  let found = [];
  let at = 0;

  const show = () => {
    const words = input.value.trim().toLowerCase();
    found = field.labels.map((label) => label.value).filter((value) => value.toLowerCase().includes(words)).slice(0, SHOWN);
    at = free && words ? -1 : 0;
    draw();
  };
  const draw = () => {
    fill(list, found.map((value, i) =>
      make("li", { id: `${list.id}-${i}`, role: "option", "aria-selected": String(i === at), onmousedown: () => choose(value) }, value)));
    list.hidden = !found.length || document.activeElement !== input;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.setAttribute("aria-activedescendant", found.length && at >= 0 ? `${list.id}-${at}` : "");
  };
  const choose = (text) => {
    if (text) pick(text);
    input.value = "";
    input.blur();
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("blur", () => { list.hidden = true; });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") choose("");
    else if (event.key === "Enter") choose(found[at] ?? (free ? input.value.trim() : ""));
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = Math.max(free ? -1 : 0, Math.min(found.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
      draw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { element: make("div", { class: "picker" }, input, list), focus: () => input.focus() };
}
