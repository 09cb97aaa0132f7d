// The decoded state: values by name with their meaning; those that just changed are marked.

import { fill, make, setText } from "../dom.js";

const MARK_MS = 900;

/** A value that changes again within this time is a counter: to mark it all the time would tell nothing. */
const BUSY_MS = 1200;

/** Make the table; `watches` gives meanings and names of values. Returns `{element, show(state), filter(text)}`. */
export function makeValues(watches) {
  const body = make("tbody");
  const element = make("table", { class: "values" }, body);
  const rows = new Map();
  let names = "", wanted = "";

  function textOf(name, value) {
    const named = watches[name]?.values?.[String(value)];
    if (typeof value === "number" && !Number.isInteger(value)) return value.toFixed(3);
    return named ? `${named} (${value})` : String(value);
  }

  function lay(state) {
    rows.clear();
    fill(body, Object.keys(state).map((name) => {
      const cell = make("td", { class: "number mono" });
      const row = make("tr", {}, make("th", { scope: "row", title: watches[name]?.meaning ?? "" }, name), cell);
      rows.set(name, { row, cell, text: null, timer: 0, changed: -BUSY_MS });
      return row;
    }));
    filter(wanted);
  }

  function filter(text) {
    wanted = text.toLowerCase();
    for (const [name, { row }] of rows) row.hidden = !name.toLowerCase().includes(wanted);
  }

  function show(state) {
    const there = Object.keys(state).join();
    if (there !== names) {
      names = there;
      lay(state);
    }
    for (const [name, value] of Object.entries(state)) {
      const shown = rows.get(name), text = textOf(name, value);
      if (shown.text === text) continue;
      const now = performance.now();
      if (shown.text !== null && now - shown.changed > BUSY_MS) {
        shown.row.classList.add("changed");
        clearTimeout(shown.timer);
        shown.timer = setTimeout(() => shown.row.classList.remove("changed"), MARK_MS);
      }
      shown.changed = now;
      shown.text = text;
      setText(shown.cell, text);
    }
  }
  return { element, show, filter };
}
