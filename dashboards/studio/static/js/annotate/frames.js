// The frames of a set: one large, all as a strip, with the buttons held on each.

import { make } from "../dom.js";

export class Frames {
  /** @param {(at: number) => void} chosen called with the place of a frame in the set that was clicked */
  constructor(chosen) {
    this.chosen = chosen;
    this.large = make("div", { class: "shot" });
    this.caption = make("p", { class: "shot-caption" });
    this.strip = make("div", { class: "set-strip", role: "listbox", "aria-label": "Frames of the set" });
    this.element = make("figure", { class: "frames" }, this.large, this.caption, this.strip);
    this.image = null;
    this.playing = 0;
  }

  /** Show a set's pictures. */
  show(set, image) {
    this.stop();
    this.set = set;
    this.image = image;
    this.strip.replaceChildren(...set.frames.map((frame, at) => this.thumb(frame, at)));
    this.select(set.frames.length - 1);
  }

  /** Show one of its frames large. */
  select(at) {
    if (!this.set) return;
    this.at = Math.max(0, Math.min(at, this.set.frames.length - 1));
    const frame = this.set.frames[this.at];
    this.large.replaceChildren(this.cut(this.at, `Frame ${frame.frame_index}`) ?? make("p", {}, "The recording lacks its pictures."));
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
    return make(
      "button",
      { type: "button", class: "thumb", role: "option", tabindex: "-1", onclick: () => this.chosen(at) },
      this.cut(at, "") ?? make("span", {}, "?"),
      make("span", { class: "pressed-keys" }, frame.buttons.join(" ") || "–"),
    );
  }

  /** Return one frame out of the picture of all. */
  cut(at, label) {
    if (!this.image) return null;
    const { naturalWidth: width, naturalHeight } = this.image;
    const height = naturalHeight / this.set.frames.length;
    const canvas = make("canvas", { width: String(width), height: String(height), role: "img", "aria-label": label });
    canvas.getContext("2d").drawImage(this.image, 0, at * height, width, height, 0, 0, width, height);
    return canvas;
  }
}
