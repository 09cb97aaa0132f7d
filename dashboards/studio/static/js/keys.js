// The keyboard: one table of what keys do now, and who gets them first.

import { fill, make } from "./dom.js";

const tables = [];
let captor = null;

/**
 * Give keys a meaning until the returned function is called.
 * `title` heads them in the help; `rows` are `{keys: ["Space", "p"], text: "pause, or go on", run(event)}`. A key is
 * named as KeyboardEvent.key names it, "Space" for the space bar, with "Shift+", "Ctrl+" or "Alt+" before it.
 */
export function bind(title, rows) {
  const table = { title, rows };
  tables.push(table);
  return () => tables.splice(tables.indexOf(table), 1);
}

/** Give every key to `handler(event)` first until the returned function is called; it returns true for those it took. */
export function capture(handler) {
  captor = handler;
  return () => {
    if (captor === handler) captor = null;
  };
}

/** The name of a pressed key, as tables write it. */
export function nameOf(event) {
  const key = event.key === " " ? "Space" : event.key;
  const shift = event.shiftKey && (key.length > 1 || /[a-z]/i.test(key)) ? "Shift+" : "";
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift}${shift && key.length === 1 ? key.toLowerCase() : key}`;
}

function typing(event) {
  return event.target.closest?.("input, select, textarea, [contenteditable]") != null;
}

function onKey(event) {
  if (captor?.(event)) {
    event.preventDefault();
    return;
  }
  if (event.type !== "keydown" || document.querySelector("dialog[open]") || typing(event)) return;
  const name = nameOf(event);
  if ((name === "Space" || name === "Enter") && event.target.closest?.("button, a, summary")) return;
  if (name === "?") {
    event.preventDefault();
    showKeys();
    return;
  }
  for (const table of tables.toReversed()) {
    const row = table.rows.find((each) => each.keys.includes(name));
    if (row) {
      event.preventDefault();
      row.run(event);
      return;
    }
  }
}

/** Open the table of keys. */
export function showKeys() {
  const dialog = document.getElementById("keys");
  const parts = tables.toReversed().map(({ title, rows }) => [
    make("h2", {}, title),
    make("dl", {}, rows.map(({ keys, text }) => [
      make("dt", {}, keys.flatMap((key, i) => [i ? " " : "", make("kbd", {}, key)])), make("dd", {}, text),
    ]).flat()),
  ]);
  fill(dialog, make("h1", {}, "Keys"), parts.flat(),
    make("button", { class: "primary", onclick: () => dialog.close() }, "Close"));
  dialog.showModal();
}

/** Begin to listen; called once. */
export function listen() {
  addEventListener("keydown", onKey);
  addEventListener("keyup", onKey);
}
