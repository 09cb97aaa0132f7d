// The labels of the set that is shown: one row a key of the vocabulary, its values as buttons with their keys.

import { fill, make } from "../dom.js";
import { picker } from "./picker.js";

export class Fields {
  /**
   * @param {object[]} fields the vocabulary's keys
   * @param {string} annotator whose page it is
   * @param {object} act what people do: label(name, value), choose(at), accept(whole)
   */
  constructor(fields, annotator, act) {
    this.fields = fields;
    this.annotator = annotator;
    this.act = act;
    this.rows = fields.map((field, at) => this.row(field, at));
    this.element = make("div", { class: "fields" }, this.rows.map((row) => row.element));
  }

  /** Show the labels of a set, and which row is chosen. */
  show(set, { labels, pending }, chosen) {
    this.rows.forEach((row, at) => {
      const { name } = row.field;
      const held = name in labels ? [labels[name]].flat() : [];
      row.element.classList.toggle("chosen", at === chosen);
      row.head.setAttribute("aria-expanded", String(at === chosen));
      row.value.textContent = held.join(", ") || (set.mixed.includes(name) ? "differs within the set" : "–");
      row.value.className = held.length ? "value" : "value soft";
      row.mark.textContent = pending.has(name) ? "not saved yet" : "";
      for (const [value, button] of row.buttons) button.setAttribute("aria-pressed", String(held.includes(value)));
      fill(row.said, saying(set, name, this.annotator), suggesting(set, name, this.act));
    });
  }

  /** Open the search of the chosen row. */
  search(chosen) {
    this.rows[chosen].search.focus();
  }

  row(field, at) {
    const value = make("span", { class: "value" });
    const mark = make("span", { class: "unsaved" });
    const head = make(
      "button",
      { type: "button", class: "field-head quiet", "aria-expanded": "false", onclick: () => this.act.choose(at) },
      make("span", { class: "field-name" }, field.name, field.required ? make("span", { class: "soft" }, " *") : null),
      value, mark,
    );
    const buttons = new Map(field.labels.map((label) => [label.value, this.button(field, label)]));
    const search = picker(field, (text) => this.act.label(field.name, text));
    const said = make("div", { class: "said" });
    const body = make("div", { class: "field-body" }, make("div", { class: "labels" }, [...buttons.values()]), search.element);
    const element = make("section", { class: "field", "aria-label": field.name }, head, said, body);
    return { field, element, head, value, mark, buttons, said, search };
  }

  button(field, label) {
    const press = (event) => {
      if (event.detail) event.currentTarget.blur(); // a click: Enter shall go on, not press it again
      this.act.label(field.name, label.value);
    };
    return make(
      "button",
      { type: "button", class: "label", "aria-pressed": "false", onclick: press },
      label.key ? make("kbd", {}, label.key) : null, ` ${label.value}`,
    );
  }
}

/** Who said what, where somebody else did. */
function saying(set, name, annotator) {
  const said = set.said[name] ?? [];
  if (said.every((each) => each.annotator === annotator)) return null;
  const disputed = set.disputed.includes(name);
  const words = said.map((each) => `${each.annotator}: ${[each.value].flat().join(", ")}`).join(" · ");
  return make("p", { class: disputed ? "disputed" : "soft" }, disputed ? `disputed — ${words}` : words);
}

/** What is suggested for a key and not decided. */
function suggesting(set, name, act) {
  return set.suggestions.filter((each) => name in each.labels).map((each) =>
    make(
      "p", { class: "suggestion" },
      make("strong", {}, [each.labels[name]].flat().join(", ")),
      ` ${Math.round(each.confidence * 100)} % by ${each.model || each.annotator} `,
      make("button", { type: "button", onclick: () => act.accept(false) }, make("kbd", {}, "="), " accept"),
    ));
}
