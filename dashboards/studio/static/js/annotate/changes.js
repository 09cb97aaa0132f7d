// What changed in memory during a set (A7.4), and the buttons of the set (A7.2).

import { make } from "../dom.js";

/** Rows shown; the rest is counted. */
const ROWS = 200;

export class Changes {
  constructor() {
    this.summary = make("summary");
    this.body = make("tbody");
    const head = ["frame", "region", "address", "before", "now", "freq"].map((name) => make("th", { scope: "col" }, name));
    this.element = make(
      "details",
      { class: "changes", open: true },
      this.summary,
      make(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": "Memory changes" },
        make("table", {}, make("thead", {}, make("tr", {}, ...head)), this.body),
      ),
    );
  }

  show(set) {
    const rows = set.memory_changes;
    const all = rows.length + set.memory_changes_left_out;
    const buttons = [...new Set(set.frames.flatMap((frame) => frame.buttons))];
    this.summary.textContent =
      `Memory: ${all.toLocaleString("en")} changes` + (all > ROWS ? `, the first ${ROWS} shown` : "") +
      ` · buttons: ${buttons.join(" ") || "none"}`;
    this.body.replaceChildren(
      ...rows.slice(0, ROWS).map((row) =>
        make(
          "tr",
          {},
          ...[row.frame, row.region, row.address, row.prev_val, row.curr_val, row.freq].map((cell) =>
            make("td", {}, String(cell)),
          ),
        ),
      ),
    );
  }
}
