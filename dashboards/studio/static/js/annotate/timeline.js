// The whole session as one bar: where the current key has which value, where we are, and the range that is marked.

import { make } from "../dom.js";

const HEIGHT = 44;

/** Before a change of the labels is fetched, milliseconds. */
const PAUSE_MS = 500;

export class Timeline {
  /** @param {(frame: number) => void} chosen called with a frame that was clicked */
  constructor(chosen) {
    this.canvas = make("canvas", { class: "label-timeline", height: String(HEIGHT), role: "img" });
    this.element = make("div", { class: "timeline-box" }, this.canvas);
    this.shown = { first: 0, last: 0, spans: [], at: null, range: null, key: "" };
    this.canvas.addEventListener("click", (event) => chosen(this.frameAt(event)));
    this.canvas.addEventListener("mousemove", (event) => {
      const frame = this.frameAt(event);
      const span = this.shown.spans.find((each) => each.first_frame <= frame && frame <= each.last_frame);
      this.canvas.title = span ? `frames ${span.first_frame} to ${span.last_frame}: ${[span.value].flat().join(", ")}` : `frame ${frame}`;
    });
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.element);
  }

  /** Change what is shown, by name. */
  show(changed) {
    Object.assign(this.shown, changed);
    this.draw();
  }

  /** The frame under the pointer. */
  frameAt(event) {
    const { first, last } = this.shown;
    return Math.min(last, first + Math.floor((event.offsetX / this.canvas.clientWidth) * (last - first + 1)));
  }

  close() {
    this.resizing.disconnect();
  }

  draw() {
    const { first, last, spans, at, range, key } = this.shown;
    const ratio = window.devicePixelRatio || 1;
    const width = this.element.clientWidth;
    if (!width || last < first) return;
    this.canvas.width = width * ratio;
    this.canvas.height = HEIGHT * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this.element);
    const x = (frame) => ((frame - first) / (last - first + 1)) * width;
    pen.fillStyle = style.getPropertyValue("--timeline-empty");
    pen.fillRect(0, 12, width, 20);
    for (const span of spans) {
      const left = x(span.first_frame);
      pen.fillStyle = style.getPropertyValue(`--series-${seriesOf(String(span.value))}`);
      pen.fillRect(left, 12, Math.max(1, x(span.last_frame + 1) - left - 1), 20); // a gap tells neighbours apart
    }
    if (range) {
      pen.strokeStyle = style.getPropertyValue("--timeline-range");
      pen.lineWidth = 3;
      pen.strokeRect(x(range.first) + 1, 6, Math.max(3, x(range.last + 1) - x(range.first) - 2), 32);
    }
    if (at !== null) {
      pen.fillStyle = style.getPropertyValue("--timeline-here");
      pen.fillRect(Math.max(0, x(at) - 1), 0, 3, HEIGHT);
    }
    const labelled = spans.reduce((sum, span) => sum + span.last_frame - span.first_frame + 1, 0);
    this.canvas.setAttribute("aria-label", `Timeline: ${labelled} of ${last - first + 1} frames have a ${key}`);
  }
}

/** Fetches the runs of a key that the timeline shows, not more often than people can see. */
export class Runs {
  constructor(api, timeline) {
    this.api = api;
    this.timeline = timeline;
    this.shown = "";
  }

  /** Show a key's runs as of an act of the log. */
  follow(key, as_of) {
    if (this.shown === `${key} ${as_of}`) return;
    this.shown = `${key} ${as_of}`;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(key), PAUSE_MS);
  }

  async fetch(key) {
    try {
      this.timeline.show({ spans: (await this.api.get(`aggregate/${key}`)).spans, key });
    } catch {
      this.shown = ""; // with the next change
    }
  }

  close() {
    clearTimeout(this.timer);
  }
}

/** Which of the theme's six colours a word has: always the same. */
function seriesOf(word) {
  let sum = 0;
  for (const letter of word) sum = (sum * 31 + letter.codePointAt(0)) % 6;
  return sum + 1;
}
