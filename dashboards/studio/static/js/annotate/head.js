// What is done and what is safe: progress, rate, and whether all labels have reached the server.

import { fill, make, setText } from "../dom.js";

export class Head {
  /** @param {string} session @param {object} act rename(), retry() */
  constructor(session, act) {
    this.act = act;
    this.bar = make("div", { class: "progress", role: "progressbar", "aria-label": "Frame sets annotated", "aria-valuemin": "0" },
      make("span", { class: "complete" }), make("span", { class: "partial" }));
    this.counts = make("span", { class: "soft counts" });
    this.saved = make("span", { class: "saved", role: "status", "data-unsaved": "0" }, "all labels saved");
    this.who = make("button", { type: "button", class: "quiet", title: "Change the annotator’s name", onclick: () => act.rename() });
    this.refused = make("ul", { class: "refused" });
    this.element = make("header", { class: "annotate-head panel" },
      make("div", { class: "row" }, make("h1", {}, session), this.saved, make("span", { class: "push" }), this.who),
      make("div", { class: "row" }, this.bar, this.counts), this.refused);
  }

  name(annotator) {
    setText(this.who, `annotator: ${annotator}`);
  }

  progress(done, rate) {
    const [complete, partial] = this.bar.children;
    complete.style.width = `${(100 * done.complete) / done.sets}%`;
    partial.style.width = `${(100 * done.partial) / done.sets}%`;
    this.bar.setAttribute("aria-valuemax", String(done.sets));
    this.bar.setAttribute("aria-valuenow", String(done.complete));
    const speed = rate ? ` · ${rate.toFixed(rate < 10 ? 1 : 0)} a minute` : "";
    setText(this.counts, `${done.complete} of ${done.sets} sets complete, ${done.partial} partial${speed}`);
  }

  /** Say what is on its way, what failed, and what was refused for good. */
  status(outbox) {
    const unsaved = outbox.acts.length;
    const trouble = outbox.trouble && unsaved;
    this.saved.dataset.unsaved = String(unsaved);
    this.saved.dataset.level = trouble ? "bad" : unsaved ? "slow" : "good";
    setText(this.saved, trouble ? `${unsaved} not saved, kept in this browser: ${outbox.trouble}`
      : unsaved ? `saving ${unsaved} …` : "all labels saved");
    fill(this.refused, outbox.refused.map(({ key, act, message }) =>
      make("li", {}, `refused: ${Object.entries(act.labels).map((pair) => pair.join(" = ")).join(", ")} on frames `,
        `${act.first_frame} to ${act.last_frame}: ${message} `,
        make("button", { type: "button", onclick: () => outbox.discard(key) }, "discard"))));
  }
}
