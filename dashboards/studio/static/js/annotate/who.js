// The annotator's name: asked once, kept in this browser.

import { make } from "../dom.js";

const KEPT = "framewire.annotator";

/** The rule of the server for names. */
const ALLOWED = "[A-Za-z0-9_\\-]{1,64}";

/** Return the name, or "" when it was never given. */
export function annotator() {
  return localStorage.getItem(KEPT) ?? "";
}

/** Ask for the name; resolves with it, or with the old one when the question is closed. */
export function askName() {
  return new Promise((resolve) => {
    const input = make("input", {
      name: "annotator", required: true, pattern: ALLOWED, value: annotator(), autocomplete: "username", maxlength: "64",
      title: "1 to 64 letters, digits, - and _",
    });
    const take = (event) => {
      event.preventDefault();
      localStorage.setItem(KEPT, input.value);
      dialog.close();
    };
    const dialog = make("dialog", { "aria-label": "Your name" },
      make("form", { onsubmit: take },
        make("h1", {}, "Who annotates?"),
        make("p", {}, "Your labels carry this name, so that others see who said what."),
        make("label", {}, "Name ", input), " ",
        make("button", { class: "primary" }, "Begin")));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(annotator());
    });
    document.body.append(dialog);
    dialog.showModal();
    input.select();
  });
}
