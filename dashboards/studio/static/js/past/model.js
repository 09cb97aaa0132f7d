// What the viewer shows now: frame, view, range, plots. Whoever changes one tells everybody.

/** The viewer's state. Events: "frame", "view", "range", "plots", "info", "playing". */
export class Model extends EventTarget {
  constructor(info) {
    super();
    this.info = info;
    this.frame = info.first;
    this.view = { first: info.first, last: info.last };
    this.range = null; // {first, last}, or with one end only {first} or {last}
    this.plots = [];
    this.speed = 1;
    this.playing = false;
  }

  /** The address of something of this session. */
  path(rest) {
    return `/api/sessions/${encodeURIComponent(this.info.name)}${rest}`;
  }

  /** A frame within the session. */
  clamp(frame) {
    return Math.max(this.info.first, Math.min(this.info.last, Math.round(frame)));
  }

  /** Go to a frame; the view follows when it is left. */
  go(frame) {
    const to = this.clamp(frame);
    if (to === this.frame) return;
    this.frame = to;
    const span = this.view.last - this.view.first;
    if (to < this.view.first || to > this.view.last) this.look(to - span / 4, to - span / 4 + span);
    this.tell("frame");
  }

  /** Show frames `first` to `last`, moved into the session and never fewer than some. */
  look(first, last) {
    const whole = this.info.last - this.info.first;
    const span = Math.min(whole, Math.max(Math.min(whole, 30), Math.round(last - first)));
    const low = Math.max(this.info.first, Math.min(this.info.last - span, Math.round(first)));
    this.view = { first: low, last: low + span };
    this.tell("view");
  }

  /** Zoom by a factor about a frame. */
  zoom(factor, about = this.frame) {
    const { first, last } = this.view;
    this.look(about - (about - first) * factor, about + (last - about) * factor);
  }

  /** Mark one end of the range at a frame; an end beyond the other takes it along. */
  mark(end, frame = this.frame) {
    const range = { ...this.range, [end]: frame };
    if (range.first > range.last) range[end === "first" ? "last" : "first"] = frame;
    this.range = range;
    this.tell("range");
  }

  /** Forget the range. */
  unmark() {
    this.range = null;
    this.tell("range");
  }

  /** The range with both ends: what was marked, else the whole session. */
  get span() {
    return { first: this.range?.first ?? this.info.first, last: this.range?.last ?? this.info.last };
  }

  /** Show or hide a watch's plot. */
  plot(name, shown = !this.plots.includes(name)) {
    this.plots = this.plots.filter((each) => each !== name);
    if (shown) this.plots.push(name);
    this.tell("plots");
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
