// Which sets are gone through: filter, order, size, and a frame to go to.

import { make } from "../dom.js";

const FILTERS = { all: "all sets", none: "not annotated", partial: "partial", complete: "complete" };
const ORDERS = { frame: "by frame", uncertainty: "least sure first" };

/** Return the row of choices; `changed(choice)` gets {filter, order, size}, `go(frame)` a frame. */
export function tools(choice, changed, go) {
  const select = (name, options, label) =>
    make("label", {}, `${label} `,
      make("select", { name, onchange: (event) => { changed({ [name]: event.target.value }); event.target.blur(); } },
        Object.entries(options).map(([value, text]) => make("option", { value, selected: value === choice[name] }, text))));
  const size = make("input", {
    type: "number", name: "size", min: "1", max: "240", value: String(choice.size), "aria-label": "Frames of a set",
    onchange: (event) => { if (event.target.reportValidity()) changed({ size: Number(event.target.value) }); },
  });
  const frame = make("input", {
    type: "number", name: "frame", min: "0", "aria-label": "Go to frame", placeholder: "frame",
    onchange: (event) => { if (event.target.value !== "") go(Number(event.target.value)); event.target.value = ""; event.target.blur(); },
  });
  const place = make("span", { class: "soft place" });
  const element = make("div", { class: "row tools" },
    select("filter", FILTERS, "Show"), select("order", ORDERS, "in order"),
    make("label", {}, "frames a set ", size), make("label", {}, "go to ", frame), place);
  return { element, place };
}
