// The console's pad: what is held, and by whom; while the keyboard is taken its buttons can be touched.

import { fill, make, setText } from "../dom.js";

const GLYPHS = { UP: "▲", DOWN: "▼", LEFT: "◀", RIGHT: "▶" };
const PERSON = "person";

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
  let shown = "";
  return {
    element: list,
    /** Show them. */
    show(presses) {
      const text = JSON.stringify(presses);
      if (text === shown) return;
      shown = text;
      fill(list, presses.slice(0, 8).map((press) => make("li", {},
        make("span", { class: "mono soft press-frame" }, String(press.first)),
        make("strong", { class: "press-buttons", "aria-label": press.buttons.join(" ") }, words(press.buttons)),
        make("span", { class: "press-length soft" }, press.last > press.first ? `${press.last - press.first + 1} frames` : ""),
        make("div", { class: "press-why" }, press.causes.map(whoAndWhy)))));
      if (!presses.length) fill(list, make("li", { class: "soft" }, "nobody has pressed anything yet"));
    },
  };
}

function whoAndWhy({ actor, reason, plan, model }) {
  const who = make("span", { class: `chip ${actor === PERSON ? "human" : ""}` }, actor);
  const line = make("div", { title: [plan && `plan ${plan}`, model && `model ${model}`].filter(Boolean).join(" · ") }, who, " ");
  const why = make("span", {});
  setText(why, reason || (plan ? `plan ${plan}` : ""));
  line.append(why);
  return line;
}
