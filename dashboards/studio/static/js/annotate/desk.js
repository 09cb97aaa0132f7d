// What an annotator does: the set that is shown, the range that is marked, the acts that come of it. No elements here.

import { standing } from "./history.js";
import { Outbox } from "./outbox.js";
import { overlaid } from "./overlay.js";
import { Queue } from "./queue.js";
import { Sets } from "./sets.js";

/** Between looks at what others did, milliseconds. */
const LOOK_MS = 2500;

/** Before what failed is tried again, milliseconds. */
const RETRY_MS = 500;

/** Pause after an acknowledgement before labels are read again, milliseconds: who types fast is not slowed down. */
const SETTLE_MS = 400;

/** Acknowledged acts that are laid over labels read before them. */
const FRESH_ACTS = 1000;

/** Of the rate that is shown, milliseconds. */
const RATE_MS = 300_000;

export class Desk {
  /**
   * @param {object} api of the session
   * @param {object} facts {session, first_frame, last_frame, …}
   * @param {object[]} fields the vocabulary's keys
   * @param {object} choice {annotator, size, filter, order}
   * @param {object} view what shows it: set, labels, status, progress, say, range
   */
  constructor(api, facts, fields, choice, view) {
    Object.assign(this, { api, facts, fields, view, ...choice });
    this.sets = new Sets(api, this.size);
    this.queue = new Queue(api, choice);
    this.id = null; // the set that is shown, or about to be
    this.set = null; // what is known of it; null until its pictures are there
    this.range = null; // {first, last}: labels go there, not to the set
    this.field = 0;
    this.acts = new Map(); // act id → this annotator's act, oldest first
    this.fresh = []; // acts that were acknowledged after the labels that are shown were read
    this.finished = []; // when sets became complete
    this.last = null; // the labels given to the set before
    this.outbox = new Outbox(facts.session, (acts) => this.send(acts), (acts) => this.settled(acts));
  }

  /** Begin: fetch the queue and this annotator's acts, send what an earlier visit left, show the first set. */
  async open(frame) {
    const [log] = await this.patiently(() => Promise.all([this.api.get(`acts?annotator=${this.annotator}`), this.queue.fill()]));
    for (const act of [...log.acts, ...this.outbox.acts]) this.acts.set(act.act_id, act);
    this.view.status(this.outbox);
    this.outbox.flush();
    this.looking = setInterval(() => document.hidden || this.look(), LOOK_MS);
    this.look();
    await this.show(frame === undefined ? (this.queue.ids[0] ?? this.setOf(this.facts.first_frame)) : this.setOf(frame));
  }

  close() {
    clearInterval(this.looking);
    this.outbox.close();
    this.id = null;
  }

  setOf(frame) {
    return Math.floor(frame / this.size);
  }

  /** See which frames a session has gained that is still being recorded, and what of the queue was skipped. */
  async grow() {
    try {
      this.facts = await this.api.get("");
      await this.queue.fill();
    } catch (error) {
      this.view.say(error.message, "bad");
    }
  }

  /** Show a set; tries until it is there or another one is wanted. */
  async show(id) {
    this.id = id;
    this.set = null;
    this.view.waiting(this.framesOf(id));
    let set;
    try {
      set = await this.patiently(() => this.sets.load(id), () => this.id === id);
    } catch (error) {
      this.view.say(error.message, "bad");
    }
    if (this.id !== id || !set) return;
    this.set = set;
    this.field = this.firstOpen(0);
    this.view.set(this.set, this.sets.pictures.get(id));
    this.relabelled();
    if (!this.sets.isFresh(id)) this.look();
    this.sets.ahead(this.queue.after(id));
    this.view.place(this.queue.place(id), this.queue.ids.length);
  }

  /** Do something until it succeeds, is refused, or is not wanted any more. */
  async patiently(work, wanted = () => !this.outbox.closed) {
    for (let told = false; ; told = true) {
      try {
        return await work();
      } catch (error) {
        if (error.refused || !wanted()) throw error;
        if (!told) this.view.say(`${error.message}; trying again`, "bad");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  framesOf(id) {
    const first = Math.max(this.facts.first_frame, id * this.size);
    return { first, last: Math.min(this.facts.last_frame, id * this.size + this.size - 1) };
  }

  /** Go on in the queue, or back. */
  async step(by) {
    let next = this.queue.beside(this.id, by);
    if (next === undefined && by > 0) {
      await this.grow();
      next = this.queue.left(this.id);
    }
    if (next === undefined) this.view.say(by > 0 ? "This is the last set of the queue." : "This is the first set of the queue.");
    else await this.show(next);
  }

  /** Give a label to the set that is shown, or to the range; a second time takes a tag away. */
  label(name, value) {
    if (!this.isShown()) return;
    const field = this.fields.find((each) => each.name === name);
    const now = this.labels[name];
    let given = value;
    if (field.type === "tags" && value !== "") {
      const held = now === undefined ? [] : [now].flat();
      given = held.includes(value) ? held.filter((each) => each !== value) : [...held, value];
      if (!given.length) given = "";
    }
    const accepts = this.set.suggestions.find((suggestion) => name in suggestion.labels)?.act_id ?? "";
    this.add({ labels: { [name]: given }, accepts });
    if (field.type !== "tags" && value !== "") this.choose(this.firstOpen(this.fields.indexOf(field) + 1));
  }

  /** Accept what is suggested for the set that is shown; with `whole`, for all frames that it was suggested for. */
  accept(whole) {
    if (!this.isShown()) return;
    if (!this.set.suggestions.length) this.view.say("Nothing is suggested for this set.");
    for (const suggestion of this.set.suggestions) {
      const { first_frame: first, last_frame: last } = suggestion;
      const place = whole ? { first_frame: first, last_frame: last }
        : { first_frame: Math.max(first, this.set.first_frame), last_frame: Math.min(last, this.set.last_frame) };
      this.add({ labels: suggestion.labels, accepts: suggestion.act_id, ...place });
    }
    this.choose(this.firstOpen(0));
  }

  /** Give this set the labels of the set that was labelled last; after a reload, of the one before it. */
  async carry() {
    if (!this.isShown()) return;
    const { id } = this;
    const labels = this.last ?? (await this.api.get(`sets/${id - 1}/labels?size=${this.size}`).catch(() => null))?.labels;
    if (this.id !== id) return;
    if (!labels || !Object.keys(labels).length) this.view.say("Nothing to carry forward: the set before has no labels.");
    else this.add({ labels });
    this.choose(this.firstOpen(0));
  }

  /** Mark where a range begins or ends; it spans whole sets. */
  mark(edge) {
    if (!this.isShown()) return;
    const { first_frame: first, last_frame: last } = this.set;
    const { first: from, last: to } = this.range ?? { first, last };
    if (edge === "first") this.range = { first, last: Math.max(last, to) };
    else this.range = { first: Math.min(first, from), last };
    this.view.range(this.range);
  }

  unmark() {
    this.range = null;
    this.view.range(null);
  }

  /** Take the last act back, or do it again. */
  async undo(redo) {
    const target = this.acts.get(standing([...this.acts.values()])[redo ? "redo" : "undo"]);
    if (!target) {
      this.view.say(redo ? "Nothing to do again." : "Nothing to take back.");
      return;
    }
    this.add({ undoes: target.act_id, first_frame: target.first_frame, last_frame: target.last_frame });
    const { first_frame: first, last_frame: last } = target;
    if (!this.set || this.set.last_frame < first || this.set.first_frame > last) await this.show(this.setOf(first));
  }

  choose(at) {
    this.field = (at + this.fields.length) % this.fields.length;
    this.relabelled();
  }

  /** The first field from `from` on that has no label, else the one that is chosen. */
  firstOpen(from) {
    const labels = this.labels;
    for (let i = from; i < this.fields.length; i += 1) if (!(this.fields[i].name in labels)) return i;
    return Math.min(from, this.fields.length - 1);
  }

  /** The labels of the set that is shown, unsaved ones included. */
  get labels() {
    return this.overlay().labels;
  }

  overlay() {
    const own = [...this.fresh.filter((act) => act.seq > this.set.as_of), ...this.outbox.acts];
    return overlaid(this.set, own, this.acts);
  }

  isShown() {
    if (!this.set) this.view.say("The pictures are not there yet; nothing was labelled.", "bad");
    return this.set !== null;
  }

  add(said) {
    const where = this.range ?? { first: this.set.first_frame, last: this.set.last_frame };
    const act = {
      act_id: newId(),
      annotator: this.annotator,
      first_frame: where.first,
      last_frame: where.last,
      at_ms: Date.now(),
      labels: {},
      ...said,
    };
    const before = this.isComplete();
    this.acts.set(act.act_id, act);
    this.outbox.add([act]);
    this.last = act.undoes ? this.last : { ...this.labels };
    if (!before && this.isComplete()) this.finished.push(Date.now());
    this.relabelled();
  }

  isComplete() {
    const labels = this.labels;
    return this.fields.every((field) => !field.required || field.name in labels);
  }

  /** Sets completed a minute, of late. */
  get rate() {
    const now = Date.now();
    this.finished = this.finished.filter((at) => now - at < RATE_MS);
    const minutes = (now - (this.finished[0] ?? now)) / 60_000;
    return this.finished.length > 1 ? (this.finished.length - 1) / Math.max(minutes, 1 / 60) : 0;
  }

  async send(acts) {
    const answer = await this.api.post("acts", { acts });
    const seqs = new Map(answer.acts.map((stored) => [stored.act_id, stored.seq]));
    for (const act of acts) act.seq = seqs.get(act.act_id);
  }

  /** Acts were acknowledged, or could not be sent. */
  settled(stored) {
    this.view.status(this.outbox);
    if (!stored.length) return;
    this.fresh = [...this.fresh, ...stored].slice(-FRESH_ACTS);
    clearTimeout(this.rereading);
    this.rereading = setTimeout(() => this.look(), SETTLE_MS);
  }

  /** See what the server knows by now: of the set that is shown, and how far all is. */
  async look() {
    await Promise.allSettled([this.reread(), this.view.progress()]); // without a server: the next look comes soon
  }

  async reread() {
    const { id } = this;
    if (id === null || !this.set) return;
    const set = await this.sets.relabel(id);
    if (this.id !== id) return;
    this.set = set;
    this.relabelled();
  }

  relabelled() {
    if (this.set) this.view.labels(this.set, this.overlay(), this.field);
  }
}

/** A new act id; `crypto.randomUUID` is missing where the studio is not on this machine and has no TLS. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
