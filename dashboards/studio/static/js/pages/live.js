// The live page: picks a session, watches it, and follows the next one when it ends.

import { get } from "../api.js";
import { fill, make } from "../dom.js";
import { bind } from "../keys.js";
import { watch } from "../live/session.js";

const LOOK_MS = 2000;

/** Open it; `params.name` is the session to watch, else the first there is. */
export async function open(element, params) {
  const picker = make("select", { "aria-label": "Session", onchange: () => { location.hash = `#/live/${picker.value}`; } });
  const place = make("div");
  element.append(place);
  let shown = null, there = [], shape = "", looking = null;

  function show(name) {
    shown?.close();
    shown = name ? watch(place, name, picker) : null;
    if (!name) fill(place, nothing());
  }

  async function look() {
    there = await get("/api/live").catch(() => there);
    const names = there.map(({ session }) => session);
    const running = shown && (!shown.ended() || params.name);
    if (!running) {
      const next = params.name || names.find((name) => name !== shown?.name) || "";
      if (next || !shown) {
        if (next !== shown?.name || !place.hasChildNodes()) show(next);
      }
    }
    const options = [...new Set([...names, ...(shown ? [shown.name] : [])])];
    if (options.join() !== shape) {
      shape = options.join();
      fill(picker, options.map((name) => make("option", { value: name },
        there.find(({ session }) => session === name)?.origin === "replay" ? `${name} (replay)` : name)));
    }
    if (shown && document.activeElement !== picker) picker.value = shown.name;
  }

  function other(by) {
    if (there.length < 2) return;
    const at = there.findIndex(({ session }) => session === shown?.name);
    location.hash = `#/live/${there[(at + by + there.length) % there.length].session}`;
  }

  const unbind = bind("Sessions that run", [
    { keys: ["]"], text: "the next session", run: () => other(1) },
    { keys: ["["], text: "the one before", run: () => other(-1) },
  ]);
  await look();
  looking = setInterval(() => { if (!document.hidden) look(); }, LOOK_MS);
  return () => {
    clearInterval(looking);
    unbind();
    shown?.close();
  };
}

function nothing() {
  return make("div", { class: "empty" }, make("h1", {}, "Nothing runs"),
    make("p", {}, "Start the built-in game with ", make("code", {}, "runtime up"), ", or play a recording with ",
      make("code", {}, "runtime replay SESSION"), ". This page shows it as soon as it plays."),
    make("p", {}, make("a", { href: "#/sessions" }, "Look through what is recorded")));
}
