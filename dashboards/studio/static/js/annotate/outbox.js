/**
 * Acts on their way to the server. Each lies in localStorage, under a key of its own, until the server has acknowledged
 * it: a reload, a closed browser or a dead server loses none, and since the server stores an act_id once, sending twice
 * does no harm. Tabs share it.
 */

/** Acts in one request. */
const BATCH = 50;

/** Pauses between tries, milliseconds; the last one repeats. */
const PAUSES_MS = [250, 500, 1000, 2000];

let made = 0; // orders acts of one millisecond

export class Outbox {
  /**
   * @param {string} session
   * @param {(acts: object[]) => Promise<void>} send resolves when all are stored; an error with `refused` is final
   * @param {(stored: object[]) => void} changed called after each change, with the acts just acknowledged
   */
  constructor(session, send, changed) {
    this.prefix = `framewire.act.${session}.`;
    this.refusedPrefix = `framewire.refused.${session}.`;
    this.send = send;
    this.changed = changed;
    this.trouble = ""; // why the last try failed; empty while all is well
    this.busy = false;
    this.closed = false;
    this.wake = () => {};
  }

  /** The acts not yet acknowledged, oldest first. */
  get acts() {
    return this.keys().map((key) => JSON.parse(localStorage.getItem(key)));
  }

  /** What the server will never take, as {key, act, message}; kept until it is discarded. */
  get refused() {
    return keysOf(this.refusedPrefix).map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
  }

  /** Give up an act that was refused. */
  discard(key) {
    localStorage.removeItem(key);
    this.changed([]);
  }

  /** Keep acts and begin to send them. */
  add(acts) {
    for (const act of acts) {
      made += 1;
      localStorage.setItem(`${this.prefix}${act.at_ms}.${String(made).padStart(6, "0")}`, JSON.stringify(act));
    }
    this.changed([]);
    this.flush();
  }

  /** Send what is there, until nothing is left; harmless when called at any time. */
  async flush() {
    this.wake();
    if (this.busy) return;
    this.busy = true;
    let failures = 0;
    let alone = false; // one act of a batch was refused: find it
    for (let keys = this.keys(); keys.length && !this.closed; keys = this.keys()) {
      const batch = keys.slice(0, alone ? 1 : BATCH);
      const acts = batch.map((key) => JSON.parse(localStorage.getItem(key)));
      try {
        await this.send(acts);
        this.trouble = "";
        failures = 0;
        this.settle(batch, acts);
      } catch (error) {
        if (isFinal(error) && acts.length === 1) {
          const kept = JSON.stringify({ act: acts[0], message: error.message });
          localStorage.setItem(this.refusedPrefix + acts[0].act_id, kept);
          alone = false;
          this.settle(batch, []);
        } else if (isFinal(error)) {
          alone = true;
        } else {
          this.trouble = error.message;
          this.changed([]);
          await this.pause(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]);
          failures += 1;
        }
      }
    }
    this.busy = false;
  }

  /** Stop sending; what is left is sent when the page is opened again. */
  close() {
    this.closed = true;
    this.wake();
  }

  keys() {
    return keysOf(this.prefix);
  }

  settle(batch, stored) {
    batch.forEach((key) => localStorage.removeItem(key));
    this.changed(stored);
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function keysOf(prefix) {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .sort();
}

/** A session that is not there may come back with its server: its labels are kept and sent again. */
function isFinal(error) {
  return error.refused && !error.gone;
}
