// Bytes of memory at the frame shown; those that changed on it stand out.

import { get } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { hex } from "./words.js";

const COUNT = 256, ACROSS = 16;
const SETTLED_MS = 60;

/** Make the view; returns {element, shown(open), go(address)}. */
export function openBytes(model, links) {
  const { regions } = model.info;
  let address = regions[0].address, open = false, timer = 0, turn = 0;
  const field = make("input", { class: "mono", "aria-label": "Address", value: hex(address) });
  const status = make("span", { class: "soft", role: "status" });
  const body = make("div", { class: "scroll" });

  const show = async () => {
    if (!open) return;
    const mine = ++turn;
    try {
      const found = await get(model.path(`/memory/bytes?frame=${model.frame}&address=${address}&count=${COUNT}`));
      if (mine !== turn) return;
      setText(status, `at the end of frame ${found.frame}; ${found.changed.length} of these changed on it`);
      fill(body, table(found));
    } catch (error) {
      if (mine === turn) setText(status, error.message);
    }
  };

  const table = (found) => {
    const bytes = found.bytes.match(/../g) ?? [], changed = new Set(found.changed);
    const rows = [];
    for (let at = 0; at < bytes.length; at += ACROSS) {
      const row = bytes.slice(at, at + ACROSS);
      const text = row.map((byte) => { const code = parseInt(byte, 16); return code > 31 && code < 127 ? String.fromCharCode(code) : "·"; }).join("");
      rows.push(make("tr", {}, make("th", { scope: "row", class: "mono" }, hex(found.address + at)),
        row.map((byte, i) => make("td", { class: `mono byte${changed.has(at + i) ? " changed" : ""}` },
          make("button", { class: "quiet", title: `name ${hex(found.address + at + i)}`, "aria-label": `${hex(found.address + at + i)}: ${byte}`, onclick: () => links.name(found.address + at + i, "u8") }, byte.toUpperCase()))),
        make("td", { class: "mono soft" }, text)));
    }
    return make("table", { class: "hex" }, make("tbody", {}, rows));
  };

  const go = (to) => {
    const region = regions.find((each) => each.address <= to && to < each.address + each.size) ?? regions[0];
    const within = Math.max(0, Math.min(region.size - 1, to - region.address));
    address = region.address + within - (within % ACROSS);
    field.value = hex(address);
    return show();
  };
  const read = () => {
    const wanted = Number(field.value.trim());
    if (Number.isInteger(wanted) && wanted >= 0) go(wanted);
    else setText(status, `${field.value}: wanted an address such as ${hex(regions[0].address)}`);
  };
  field.addEventListener("change", read);
  model.addEventListener("frame", () => {
    clearTimeout(timer);
    if (open) timer = setTimeout(show, SETTLED_MS);
  });
  return {
    element: make("div", {}, make("div", { class: "row" }, field,
      make("button", { onclick: () => go(address - COUNT) }, "before"), make("button", { onclick: () => go(address + COUNT) }, "after"),
      regions.map((region) => make("button", { class: "quiet", onclick: () => go(region.address) }, region.name)), status), body),
    go,
    shown(now) {
      open = now;
      if (now) show();
    },
  };
}
