// The memory panel: search, what changed, the heat map, bytes; one of them open at a time.

import { fill, make } from "../dom.js";
import { openBytes } from "./bytes.js";
import { openChanged } from "./changed.js";
import { openHeat } from "./heat.js";
import { openNaming } from "./naming.js";
import { openSearch } from "./search.js";

const TABS = [["search", "Search"], ["changed", "What changed"], ["heat", "Heat map"], ["bytes", "Bytes"]];

/** Make the panel; `viewer.refresh()` is called when a watch was named. Returns {element, focus(), close()}. */
export function openMemory(model, viewer) {
  if (!model.info.regions.length) return { element: make("p", { class: "soft" }, "This session has no memory."), focus() {}, close() {} };
  const naming = openNaming(model, viewer);
  const links = { bytes: (address) => { open("bytes"); parts.bytes.go(address); }, name: naming.ask };
  const parts = {
    search: openSearch(model, links), changed: openChanged(model, links), heat: openHeat(model, links), bytes: openBytes(model, links),
  };
  const buttons = TABS.map(([name, title]) => make("button", { role: "tab", id: `memory-tab-${name}`, "aria-controls": "memory-tab", onclick: () => open(name) }, title));
  const body = make("div", { role: "tabpanel", id: "memory-tab" });
  const element = make("div", {}, make("div", { class: "row", role: "tablist", "aria-label": "Memory" }, make("h2", {}, "Memory"), buttons), body, naming.element);

  const open = (name) => {
    TABS.forEach(([each], i) => buttons[i].setAttribute("aria-selected", each === name));
    body.setAttribute("aria-labelledby", `memory-tab-${name}`);
    for (const [each, part] of Object.entries(parts)) part.shown(each === name);
    fill(body, parts[name].element);
  };
  open("search");
  return {
    element,
    focus() {
      open("search");
      parts.search.focus();
    },
    close() {
      for (const part of Object.values(parts)) part.shown(false);
    },
  };
}
