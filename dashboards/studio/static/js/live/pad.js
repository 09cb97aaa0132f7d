// The console's pad: what is held, and by whom; while the keyboard is taken its buttons can be touched.

import { arrange, make, setText } from "../dom.js";

const GLYPHS = { UP: "▲", DOWN: "▼", LEFT: "◀", RIGHT: "▶" };
const PERSON = "person";
const MOST_PRESSES = 8;

/** Make the pad of a console with these buttons; `touch(button, down)` is called for fingers and the mouse. */
export function makePad(buttons, touch) {
  const keys = new Map();
  for (const name of buttons) {
    const key = make("button", { type: "button", class: `pad-key pad-${name.toLowerCase()}`, tabindex: "-1", "aria-label": name }, GLYPHS[name] ?? name);
    key.addEventListener("pointerdown", (event) => {
      key.setPointerCapture(event.pointerId);
      touch(name, true);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) key.addEventListener(end, () => touch(name, false));
    key.addEventListener("contextmenu", (event) => event.preventDefault());
    keys.set(name, key);
  }
  const element = make("div", { class: "pad", role: "group", "aria-label": "Buttons held" }, [...keys.values()]);
  return {
    element,
    /** Show what is held, `now` as the server tells it. */
    show({ held, causes }) {
      const human = new Set(causes.filter(({ actor }) => actor === PERSON).flatMap(({ buttons: of }) => of));
      for (const [name, key] of keys) {
        key.classList.toggle("held", held.includes(name));
        key.classList.toggle("by-person", human.has(name));
      }
    },
  };
}

/** The words for buttons. */
export function words(buttons) {
  return buttons.length ? buttons.map((name) => GLYPHS[name] ?? name).join(" ") : "nothing";
}

/** Make the list of who pressed what, and why, the newest first. */
export function makePresses() {
  const list = make("ol", { class: "presses" });
  const nobody = make("li", { class: "soft" }, "nobody has pressed anything yet");
  let rows = new Map();
  return {
    element: list,
    /** Show them: one that is still held gets longer, ten times a second, the others stay. */
    show(presses) {
      const before = rows;
      rows = new Map(presses.slice(0, MOST_PRESSES).map((press) => {
        const key = JSON.stringify([press.first, press.buttons, press.causes]);
        const row = before.get(key) ?? rowOf(press);
        setText(row.length, press.last > press.first ? `${press.last - press.first + 1} frames` : "");
        return [key, row];
      }));
      arrange(list, rows.size ? [...rows.values()].map(({ element }) => element) : [nobody]);
    },
  };
}

function rowOf({ first, buttons, causes }) {
  const length = make("span", { class: "press-length soft" });
  const element = make("li", {},
    make("span", { class: "mono soft press-frame" }, String(first)),
    make("strong", { class: "press-buttons", "aria-label": buttons.join(" ") }, words(buttons)),
    length,
    make("div", { class: "press-why" }, causes.map(whoAndWhy)));
  return { element, length };
}

function whoAndWhy({ actor, reason, plan, model }) {
  const who = make("span", { class: `chip ${actor === PERSON ? "human" : ""}` }, actor);
  const line = make("div", { title: [plan && `plan ${plan}`, model && `model ${model}`].filter(Boolean).join(" · ") }, who, " ");
  const why = make("span", {});
  setText(why, reason || (plan ? `plan ${plan}` : ""));
  line.append(why);
  return line;
}
