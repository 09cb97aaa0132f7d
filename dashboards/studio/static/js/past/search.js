// Searching memory as in Cheat Engine: a condition leaves some places, the next one fewer of them.

import { post } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { hex } from "./words.js";

const OPS = [["=", "is"], ["!=", "is not"], ["<", "is less than"], [">", "is more than"], ["changed", "changed"], ["unchanged", "did not change"],
  ["increased", "increased"], ["decreased", "decreased"]];
const MOVES = new Set(["changed", "unchanged", "increased", "decreased"]);
const TYPES = ["u8", "s8", "u16le", "s16le", "u32le", "s32le", "u16be", "s16be", "u32be", "s32be"];
const SHOWN = 100;

/** Make the search; `links` opens bytes and names addresses. Returns {element, shown(open), focus()}. */
export function openSearch(model, links) {
  const op = select("Condition", OPS), scope = select("When", []), where = select("Frames", []);
  const number = make("input", { class: "operand", inputmode: "numeric", "aria-label": "Number", placeholder: "number" });
  const type = select("Type", TYPES.map((name) => [name, name]));
  const aligned = make("input", { type: "checkbox", checked: true });
  const status = make("p", { role: "status", class: "soft" });
  const steps = make("ol", { class: "steps" });
  const results = make("div", { class: "scroll" });
  const narrow = make("button", { class: "primary", disabled: true, onclick: () => run([...conditions, condition()]) }, "Narrow");
  const first = make("button", { onclick: () => run([condition()]) }, "New search");
  const undo = make("button", { disabled: true, onclick: () => (conditions.length > 1 ? run(conditions.slice(0, -1)) : clear()) }, "Undo step");
  let conditions = [], turn = 0;
  const form = make("form", { class: "row", onsubmit: (event) => { event.preventDefault(); run([...conditions, condition()]); } },
    make("span", {}, "the value"), op, number, scope, where, type, make("label", {}, aligned, " aligned"), narrow, first, undo);
  narrow.type = "submit";
  first.type = undo.type = "button";

  const offer = () => {
    const move = MOVES.has(op.value);
    fill(where, options(move ? [["range", "over the range"], ["view", "over the view"]] : [["frame", "on this frame"], ["range", "over the range"], ["view", "over the view"]]));
    fill(scope, options(move ? [["ends", "from first to last frame"], ["every", "at each change"], ["some", "at some change"]] : [["every", "on every frame"], ["some", "on some frame"]]));
    number.placeholder = move ? "by any" : "number";
    number.hidden = op.value === "unchanged";
    alone();
  };
  const alone = () => { scope.hidden = where.value === "frame"; };
  op.addEventListener("change", offer);
  where.addEventListener("change", alone);
  offer();

  const condition = () => {
    const { first: begin, last: end } = where.value === "frame" ? { first: model.frame, last: model.frame } : where.value === "view" ? model.view : model.span;
    const value = number.value.trim();
    const operand = MOVES.has(op.value) ? (value && op.value !== "unchanged" ? ` by ${value}` : "") : ` ${value}`;
    return `${op.value}${operand} ${where.value === "frame" ? "" : `${scope.value} `}@ ${begin}:${end}`;
  };

  const clear = () => {
    turn++;
    conditions = [];
    fill(steps);
    fill(results);
    setText(status, "");
    narrow.textContent = "Search";
    narrow.disabled = false;
    undo.disabled = true;
  };

  const run = async (wanted) => {
    const mine = ++turn;
    setText(status, "searching …");
    const begun = performance.now();
    try {
      const found = await post(model.path("/memory/search"), { conditions: wanted, type: type.value, aligned: aligned.checked, limit: SHOWN });
      if (mine !== turn) return;
      conditions = wanted;
      fill(steps, found.steps.map((step) => make("li", {}, make("code", {}, step.condition), ` ${step.left.toLocaleString()} left`)));
      setText(status, `${found.count.toLocaleString()} found in ${Math.round(performance.now() - begun)} ms${found.count > SHOWN ? `, the first ${SHOWN} shown` : ""}`);
      fill(results, found.count ? table(found) : null);
      narrow.textContent = "Narrow";
      undo.disabled = false;
    } catch (error) {
      if (mine === turn) setText(status, error.message);
    }
  };

  const table = (found) => make("table", { class: "found" },
    make("thead", {}, make("tr", {}, ["address", "region", `frame ${found.first}`, `frame ${found.last}`, "changes", ""].map((text, i) => make("th", { class: i > 1 ? "number" : null }, text)))),
    make("tbody", {}, found.found.map((row) => make("tr", {},
      make("td", { class: "mono" }, make("button", { class: "quiet link", title: "show the bytes there", onclick: () => links.bytes(row.address) }, hex(row.address))),
      make("td", {}, row.region), make("td", { class: "number mono" }, `${row.first}`), make("td", { class: "number mono" }, `${row.last}`),
      make("td", { class: "number mono" }, row.changes < 0 ? "" : `${row.changes}`),
      make("td", {}, make("button", { onclick: () => links.name(row.address, found.type) }, "Name …"))))));

  clear();
  return { element: make("div", {}, form, steps, status, results), shown() {}, focus: () => op.focus() };
}

function select(label, list) {
  return make("select", { "aria-label": label }, options(list));
}

function options(list) {
  return list.map(([value, text]) => make("option", { value }, text));
}
