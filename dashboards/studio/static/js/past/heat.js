// The heat map: how often each part of memory changed over the range, a row of cells for each stretch of addresses.

import { get } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { colours, onScheme } from "./colours.js";
import { hex } from "./words.js";

const CELLS = 2048, ACROSS = 64;
const SETTLED_MS = 200;

/** Make the map; returns {element, shown(open)}. */
export function openHeat(model, links) {
  const status = make("p", { class: "soft", role: "status" }, "");
  const maps = make("div", { class: "heat" });
  let found = [], open = false, timer = 0, turn = 0, unscheme = () => {};

  const show = async () => {
    if (!open) return;
    const mine = ++turn, { first, last } = model.span;
    setText(status, "counting …");
    try {
      const answer = await get(model.path(`/memory/heat?first=${first}&last=${last}&cells=${CELLS}`));
      if (mine !== turn) return;
      found = answer;
      setText(status, `changes on frames ${first} to ${last}; the brighter, the more often. Click a cell for its bytes.`);
      draw();
    } catch (error) {
      if (mine === turn) setText(status, error.message);
    }
  };

  const draw = () => {
    const palette = colours();
    const most = Math.max(1, ...found.flatMap(({ changes }) => Math.max(0, ...changes)));
    fill(maps, found.map((region) => {
      const rows = Math.ceil(region.changes.length / ACROSS);
      const canvas = make("canvas", { class: "pixels", width: ACROSS, height: rows, role: "img", "aria-label": `${region.region}: how often its parts changed` });
      const context = canvas.getContext("2d");
      context.fillStyle = palette.sunken;
      context.fillRect(0, 0, ACROSS, rows);
      region.changes.forEach((count, i) => {
        if (!count) return;
        context.globalAlpha = 0.2 + 0.8 * (Math.log1p(count) / Math.log1p(most));
        context.fillStyle = palette.mark;
        context.fillRect(i % ACROSS, Math.floor(i / ACROSS), 1, 1);
      });
      const cell = (event) => {
        const box = canvas.getBoundingClientRect();
        const i = Math.floor(((event.clientY - box.top) / box.height) * rows) * ACROSS + Math.floor(((event.clientX - box.left) / box.width) * ACROSS);
        return region.changes[i] === undefined ? null : { address: region.address + i * region.cell_bytes, count: region.changes[i] };
      };
      canvas.addEventListener("pointermove", (event) => {
        const at = cell(event);
        if (at) setText(status, `${region.region} ${hex(at.address)}, ${region.cell_bytes} bytes: ${at.count.toLocaleString()} changes`);
      });
      canvas.addEventListener("click", (event) => { const at = cell(event); if (at) links.bytes(at.address); });
      const total = region.changes.reduce((sum, count) => sum + count, 0);
      return make("figure", {}, make("figcaption", {}, `${region.region} ${hex(region.address)}: ${total.toLocaleString()} changes, ${region.cell_bytes} bytes a cell`), canvas);
    }));
  };

  model.addEventListener("range", () => {
    clearTimeout(timer);
    if (open) timer = setTimeout(show, SETTLED_MS);
  });
  return {
    element: make("div", {}, status, maps),
    shown(now) {
      open = now;
      unscheme();
      unscheme = now ? onScheme(draw) : () => {};
      if (now) show();
    },
  };
}
