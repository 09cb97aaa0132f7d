// Giving an address a name: it becomes a watch in the user's own game.toml, and a plot here.

import { notice, post } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { hex } from "./words.js";

const TYPES = ["u8", "s8", "u16le", "s16le", "u32le", "s32le", "u16be", "s16be", "u32be", "s32be"];

/** Make the dialog; returns {element, ask(address, type)}. */
export function openNaming(model, viewer) {
  const element = make("dialog", { "aria-label": "Name an address" });

  const ask = (address, kind) => {
    const name = make("input", { required: true, pattern: "[A-Za-z_][A-Za-z0-9_.]*", placeholder: "player.hp", autofocus: true });
    const type = make("select", {}, TYPES.map((each) => make("option", { value: each, selected: each === kind }, each)));
    const meaning = make("input", { placeholder: "one line for people" });
    const problem = make("p", { class: "bad", role: "alert" });
    const save = async (event) => {
      event.preventDefault();
      try {
        const done = await post(model.path("/memory/watch"), { name: name.value.trim(), address, type: type.value, meaning: meaning.value.trim() });
        element.close();
        notice(`${done.name} is a watch in ${done.file}`);
        await viewer.refresh();
        model.plot(done.name, true);
      } catch (error) {
        setText(problem, error.message);
      }
    };
    fill(element, make("form", { class: "form", onsubmit: save }, make("h1", {}, `Name ${hex(address)}`),
      make("p", { class: "soft" }, `It becomes a watch in ${model.info.game_file}.`),
      make("label", {}, "Name ", name), make("label", {}, "Type ", type), make("label", {}, "Meaning ", meaning), problem,
      make("div", { class: "row" }, make("button", { class: "primary", type: "submit" }, "Save"),
        make("button", { type: "button", onclick: () => element.close() }, "Cancel"))));
    element.showModal();
    name.focus();
  };
  return { element, ask };
}
