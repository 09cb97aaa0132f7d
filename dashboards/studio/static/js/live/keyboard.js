// Taking control: keys of the keyboard and touches of the pad become buttons that the server is told to hold.

import { capture } from "../keys.js";

const NAMES = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", " ": "space" };

/**
 * Make the keyboard of a session: `say(value)` tells the server, `changed(taken)` the page. Returns
 * `{take(), give(), toggle(), touch(button, down), show(about, viewer), close()}`.
 */
export function makeKeyboard(say, changed) {
  const held = new Map();  // what holds it (a key, "touch:A") → button
  let keys = {}, taken = false, release = null;

  function tell() {
    say({ hold: [...new Set(held.values())] });
  }

  function letGo() {
    if (!held.size) return;
    held.clear();
    if (taken) tell();
  }

  function onKey(event) {
    if (event.key === "Escape") {
      if (event.type === "keydown") give();
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return false;
    if (event.target.closest?.("input, select, textarea")) return false;
    const key = NAMES[event.key] ?? event.key.toLowerCase();
    const button = keys[key];
    if (!button) return false;
    press(key, button, event.type === "keydown", event.repeat);
    return true;
  }

  function press(source, button, down, repeat = false) {
    if (repeat) return;
    if (down) held.set(source, button);
    else if (!held.delete(source)) return;
    tell();
  }

  function set(now) {
    if (taken === now) return;
    taken = now;
    release?.();
    release = taken ? capture(onKey) : null;
    if (!taken) held.clear();
    changed(taken);
  }

  function take() {
    say({ take: true });
    set(true);
  }

  function give() {
    letGo();
    say({ take: false });
    set(false);
  }

  const onHidden = () => { if (document.hidden && taken) give(); };
  addEventListener("blur", letGo);
  document.addEventListener("visibilitychange", onHidden);
  return {
    take,
    give,
    toggle: () => (taken ? give() : take()),
    touch(button, down) {
      if (taken) press(`touch:${button}`, button, down);
    },
    /** Learn which key is which button, and whether somebody else took the keyboard. Returns whether we lost it. */
    show(about, viewer) {
      keys = about.keys;
      const lost = taken && about.holder !== 0 && about.holder !== viewer;
      if (lost) set(false);
      return lost;
    },
    /** The connection is gone, and with it the keyboard. */
    lost: () => set(false),
    close() {
      set(false);
      removeEventListener("blur", letGo);
      document.removeEventListener("visibilitychange", onHidden);
    },
  };
}
