// The frames of a set: one large, all as a strip, with the buttons held on each.

import { make } from "../dom.js";

export class Frames {
  /** @param {(at: number) => void} chosen called with the place of a frame in the set that was clicked */
  constructor(chosen) {
    this.chosen = chosen;
    this.large = make("div", { class: "shot" });
    this.caption = make("p", { class: "shot-caption" });
    this.strip = make("div", { class: "strip", role: "listbox", "aria-label": "Frames of the set" });
    this.element = make("figure", { class: "frames" }, this.large, this.caption, this.strip);
    this.images = [];
    this.playing = 0;
  }

  /** Show a set's pictures. */
  show(set, images) {
    this.stop();
    this.set = set;
    this.images = images;
    this.strip.replaceChildren(...set.frames.map((frame, at) => this.thumb(frame, at)));
    this.select(set.frames.length - 1);
  }

  /** Show one of its frames large. */
  select(at) {
    if (!this.set) return;
    this.at = Math.max(0, Math.min(at, this.set.frames.length - 1));
    const frame = this.set.frames[this.at];
    const image = this.images[this.at];
    this.large.replaceChildren(
      image ? copyOf(image, `Frame ${frame.frame_index}`) : make("p", {}, "The recording lacks this picture."),
    );
    const held = frame.held.map((cause) => `${cause.buttons.join("+") || "nothing"} by ${cause.actor}`).join(", ");
    this.caption.textContent = `frame ${frame.frame_index} · ${held || "no buttons"}`;
    [...this.strip.children].forEach((thumb, i) => thumb.setAttribute("aria-selected", String(i === this.at)));
  }

  /** Play the set in a loop, four times slower than it was, or stop that. */
  togglePlay() {
    if (this.playing) this.stop();
    else this.playing = setInterval(() => this.select((this.at + 1) % this.set.frames.length), 67);
  }

  stop() {
    clearInterval(this.playing);
    this.playing = 0;
  }

  thumb(frame, at) {
    const image = this.images[at];
    return make(
      "button",
      { type: "button", class: "thumb", role: "option", tabindex: "-1", onclick: () => this.chosen(at) },
      image ? copyOf(image, "") : make("span", {}, "?"),
      make("span", { class: "held" }, frame.buttons.join(" ") || "–"),
    );
  }
}

/** A decoded image can stand in one place only. */
function copyOf(image, alt) {
  const copy = image.cloneNode();
  copy.alt = alt;
  return copy;
}
