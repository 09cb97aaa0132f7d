// The panel of this frame: who pressed what and why, what happened, labels, and the state, whose rows become plots.

import { get } from "../api.js";
import { fill, make, setText } from "../dom.js";

const PLAYING_MS = 200; // five times a second while it plays

/** Make the panel; returns {element, refresh(), close()}. */
export function openMoment(model) {
  const facts = make("div", { class: "facts" });
  const filter = make("input", { type: "search", placeholder: "watch …", "aria-label": "Filter watches" });
  const table = make("table", { class: "state" });
  const problem = make("p", { class: "bad", role: "status" });
  const element = make("div", {}, make("h2", {}, "This frame"), problem, facts,
    make("div", { class: "row" }, make("h2", {}, "State"), filter), make("div", { class: "scroll" }, table));
  let rows = new Map(), reading = false, closed = false, shown = -1;

  const build = () => {
    const word = filter.value.trim().toLowerCase();
    rows = new Map();
    fill(table, make("tbody", {}, model.info.watches.filter(({ name }) => name.toLowerCase().includes(word)).map((watch) => {
      const value = make("td", { class: "number mono" });
      const box = make("input", { type: "checkbox", "aria-label": `plot ${watch.name}`, checked: model.plots.includes(watch.name), onchange: () => model.plot(watch.name, box.checked) });
      rows.set(watch.name, { watch, value, box });
      return make("tr", {}, make("td", {}, make("label", { title: watch.meaning }, box, " ", watch.name,
        watch.recorded ? null : make("span", { class: "chip" }, "from memory"))), value);
    })));
    shown = -1;
    read();
  };

  const show = (found) => {
    fill(facts,
      make("p", {}, make("strong", {}, found.buttons.length ? found.buttons.join(" + ") : "no button")),
      found.causes.map((cause) => make("p", { class: "soft" }, [
        make("strong", {}, cause.actor), cause.buttons.length ? ` held ${cause.buttons.join(" + ")}` : " held nothing",
        ` having seen frame ${cause.seen}`, cause.plan ? `, plan ${cause.plan}` : "", cause.model ? `, ${cause.model}` : "", cause.reason ? `: ${cause.reason}` : ""])),
      found.events.map((event) => make("p", {}, make("span", { class: "chip" }, event.name), ` ${Object.entries(event.facts).map(([key, value]) => `${key} ${value}`).join(", ").slice(0, 160)}`)),
      found.plans.map((plan) => make("p", {}, make("span", { class: "chip" }, "plan"), ` ${plan.actor}: ${plan.goal}${plan.reason ? ` (${plan.reason})` : ""}`)),
      Object.entries(found.labels).map(([key, value]) => make("p", {}, make("span", { class: "chip good" }, key), ` ${[value].flat().join(", ")}`)));
    for (const [name, { watch, value }] of rows) {
      const now = found.state[name];
      const word = watch.values[now];
      setText(value, now === undefined ? "–" : word ? `${now} ${word}` : `${now}`);
    }
  };

  const read = async () => {
    if (reading || closed) return;
    reading = true;
    try {
      while (!closed && shown !== model.frame) {
        const frame = model.frame;
        const found = await get(model.path(`/frames/${frame}`));
        shown = frame;
        setText(problem, "");
        if (!closed) show(found);
        if (model.playing) await new Promise((resolve) => setTimeout(resolve, PLAYING_MS));
      }
    } catch (error) {
      shown = model.frame;
      setText(problem, error.message);
    } finally {
      reading = false;
    }
  };

  const check = () => {
    for (const [name, { box }] of rows) box.checked = model.plots.includes(name);
  };
  filter.addEventListener("input", build);
  model.addEventListener("plots", check);
  model.addEventListener("frame", read);
  model.addEventListener("playing", read);
  build();
  return { element, refresh: build, close() { closed = true; } };
}
