// Several annotators: how far they agree beyond chance, and where they do not.

import { fill, make } from "../dom.js";

/** Disputes listed. */
const LISTED = 30;

export class People {
  /** @param {object} api of the session @param {(frame: number) => void} go called with the frame of a dispute */
  constructor(api, go) {
    this.api = api;
    this.go = go;
    this.body = make("div");
    this.element = make("details", { class: "panel people", ontoggle: () => this.show() },
      make("summary", {}, "Annotators: who agrees with whom"), this.body);
  }

  async show() {
    if (!this.element.open) return;
    try {
      const report = await this.api.get("agreement");
      fill(this.body, report.agreement.length ? table(report.agreement) : make("p", { class: "soft" },
        "No two annotators have labelled the same frames yet."), this.disputes(report.disputes));
    } catch (error) {
      fill(this.body, make("p", { class: "bad" }, error.message));
    }
  }

  disputes(disputes) {
    return make("ul", { class: "disputes" }, disputes.slice(0, LISTED).map((dispute) => {
      const words = Object.entries(dispute.values).map(([name, value]) => `${name}: ${[value].flat().join(", ")}`).join(" · ");
      const frames = `${dispute.first_frame} to ${dispute.last_frame}`;
      return make("li", {},
        make("button", { type: "button", onclick: () => this.go(dispute.first_frame) }, `frames ${frames}`),
        ` ${dispute.key}: ${words}`);
    }), disputes.length > LISTED ? make("li", { class: "soft" }, `and ${disputes.length - LISTED} more`) : null);
  }
}

function table(rows) {
  const head = ["key", "annotators", "frames", "agreed", "Cohen’s κ"];
  return make("table", {},
    make("thead", {}, make("tr", {}, head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, rows.map((row) => make("tr", {},
      [row.key, row.annotators.join(", "), row.frames, `${Math.round(row.agreed * 100)} %`,
        row.kappa === null ? "not defined" : row.kappa.toFixed(2)].map((cell) => make("td", {}, String(cell)))))));
}
