// Which words changed: on this frame, or over the range.

import { get } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { hex } from "./words.js";

const SHOWN = 200;
const SETTLED_MS = 150;

/** Make the list; returns {element, shown(open)}. */
export function openChanged(model, links) {
  const where = make("select", { "aria-label": "Frames" }, make("option", { value: "frame" }, "on this frame"), make("option", { value: "range" }, "over the range"));
  const status = make("span", { class: "soft", role: "status" });
  const body = make("div", { class: "scroll" });
  let open = false, timer = 0, turn = 0;

  const show = async () => {
    if (!open) return;
    const mine = ++turn;
    const { first, last } = where.value === "frame" ? { first: model.frame, last: model.frame } : model.span;
    try {
      const found = await get(model.path(`/memory/changed?first=${first}&last=${last}&limit=${SHOWN}`));
      if (mine !== turn) return;
      setText(status, `${found.count.toLocaleString()} words changed ${first === last ? `on frame ${first}` : `on frames ${first} to ${last}`}${found.count > SHOWN ? `, the ${SHOWN} that did so most often shown` : ""}`);
      fill(body, make("table", { class: "found" },
        make("thead", {}, make("tr", {}, ["address", "region", "changes", "before", "after", ""].map((text, i) => make("th", { class: i > 1 ? "number" : null }, text)))),
        make("tbody", {}, found.words.map((word) => make("tr", {},
          make("td", { class: "mono" }, make("button", { class: "quiet link", onclick: () => links.bytes(word.address) }, hex(word.address))),
          make("td", {}, word.region), make("td", { class: "number mono" }, `${word.changes}`),
          make("td", { class: "number mono" }, hex(word.before)), make("td", { class: "number mono" }, hex(word.after)),
          make("td", {}, make("button", { onclick: () => links.name(word.address, "u32le") }, "Name …")))))));
    } catch (error) {
      if (mine === turn) setText(status, error.message);
    }
  };
  const later = () => {
    clearTimeout(timer);
    if (open) timer = setTimeout(show, SETTLED_MS);
  };
  where.addEventListener("change", show);
  model.addEventListener("frame", () => { if (where.value === "frame" && !model.playing) later(); });
  model.addEventListener("playing", later);
  model.addEventListener("range", () => { if (where.value === "range") later(); });
  return {
    element: make("div", {}, make("div", { class: "row" }, where, status), body),
    shown(now) {
      open = now;
      if (now) show();
    },
  };
}
