// The live page.

import { make } from "../dom.js";

/** Open it. */
export async function open(element) {
  element.append(make("div", { class: "empty" }, make("h1", {}, "Nothing runs")));
  return () => {};
}
