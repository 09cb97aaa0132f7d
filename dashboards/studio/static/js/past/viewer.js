// The viewer of one session: picture, transport, timeline, and panels for the moment, memory, and what is made of it.

import { get, notice, tell } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { bind } from "../keys.js";
import { openMaking } from "./making.js";
import { openMemory } from "./memory.js";
import { Model } from "./model.js";
import { openMoment } from "./moment.js";
import { SPEEDS, openPlayer } from "./player.js";
import { openTimeline } from "./timeline.js";
import { day, duration } from "./words.js";

const ADDRESS_MS = 400; // the address follows the frame at most this often
const PLOTS = ["player.hp", "hp", "score", "player.x", "player.y"]; // shown at first where a game has them

/** Open the viewer of `params.name` at `params.frame`. */
export async function open(element, params) {
  const info = await get(`/api/sessions/${encodeURIComponent(params.name)}`);
  const model = new Model(info);
  model.frame = model.clamp(Number(params.frame ?? info.first) || info.first);
  model.plots = PLOTS.filter((name) => info.watches.some((watch) => watch.name === name)).slice(0, 3);
  const player = openPlayer(model);
  const timeline = openTimeline(model, (error) => notice(error.message, "bad"));
  const moment = openMoment(model);
  const memory = openMemory(model, { refresh: () => reload(model, moment) });
  const making = openMaking(model);
  const bar = transport(model, player);
  fill(element,
    make("div", { class: "row viewer-head" }, make("a", { href: "#/sessions" }, "Sessions"), make("h1", {}, info.name),
      make("span", { class: "soft" }, [info.game, info.core, info.clock, day(info.created)].filter(Boolean).join(" · ")),
      info.parent ? make("span", { class: "chip" }, `from ${info.parent}`) : null,
      make("a", { class: "push", href: `#/annotate/${encodeURIComponent(info.name)}` }, "Annotate")),
    info.rebuilt ? make("p", { class: "panel slow" }, "This session keeps inputs only: pictures, memory and state are emulated again when they are asked for, which takes a moment.") : null,
    make("div", { class: "viewer" },
      make("section", { class: "panel viewer-screen", "aria-label": "Picture" }, player.element, bar.element),
      make("section", { class: "panel viewer-moment", "aria-label": "This frame" }, moment.element),
      make("section", { class: "panel viewer-time", "aria-label": "Timeline" }, timeline.element),
      make("section", { class: "panel viewer-memory", "aria-label": "Memory" }, memory.element),
      make("section", { class: "panel viewer-making", "aria-label": "Branch and dataset" }, making.element)));
  const unbind = keys(model, player, memory, making);
  const address = followAddress(model);
  return () => {
    unbind();
    address();
    for (const part of [player, timeline, moment, memory, making]) part.close();
  };
}

/** Read the session's facts again, as after a watch was named. */
async function reload(model, moment) {
  model.info = await get(model.path(""));
  moment.refresh();
  model.tell("info");
}

function transport(model, player) {
  const { info } = model;
  const place = make("output", { class: "mono", "aria-label": "Place" });
  const play = make("button", { class: "primary", onclick: player.toggle }, "Play");
  const speed = make("select", { "aria-label": "Speed", onchange: () => { model.speed = Number(speed.value); model.tell("speed"); speed.blur(); } },
    SPEEDS.map((rate) => make("option", { value: rate, selected: rate === 1 }, `${rate}×`)));
  const frame = make("input", { class: "frame-number", type: "number", min: info.first, max: info.last, "aria-label": "Go to frame" });
  frame.addEventListener("change", () => { model.go(Number(frame.value)); frame.blur(); });
  const range = make("span", { class: "soft", role: "status" });
  const button = (text, label, run) => make("button", { "aria-label": label, title: label, onclick: run }, text);
  const show = () => {
    setText(place, duration((model.frame - info.first) / info.rate_hz));
    if (document.activeElement !== frame) frame.value = model.frame;
  };
  const showRange = () => setText(range, model.range ? `range ${model.span.first} to ${model.span.last}, ${model.span.last - model.span.first + 1} frames` : "");
  const showSpeed = () => { speed.value = model.speed; };
  model.addEventListener("frame", show);
  model.addEventListener("range", showRange);
  model.addEventListener("speed", showSpeed);
  model.addEventListener("playing", () => setText(play, model.playing ? "Pause" : "Play"));
  show();
  return { element: make("div", { class: "transport" },
    make("div", { class: "row" }, button("«", "first frame", () => model.go(info.first)), button("−10", "ten frames back", () => model.go(model.frame - 10)),
      button("−1", "one frame back", () => model.go(model.frame - 1)), play, button("+1", "one frame on", () => model.go(model.frame + 1)),
      button("+10", "ten frames on", () => model.go(model.frame + 10)), button("»", "last frame", () => model.go(info.last)), speed),
    make("div", { class: "row" }, make("label", {}, "frame ", frame), make("span", { class: "soft" }, `of ${info.first} to ${info.last}`), place,
      button("[", "the range begins here", () => model.mark("first")), button("]", "the range ends here", () => model.mark("last")),
      button("✕", "no range", () => model.unmark()),
      button("+", "zoom in", () => model.zoom(0.5)), button("−", "zoom out", () => model.zoom(2)),
      button("fit", "the whole session", () => model.look(info.first, info.last)), range)) };
}

function keys(model, player, memory, making) {
  const { info } = model;
  const move = (by) => () => { player.stop(); model.go(model.frame + by); };
  const faster = (by) => () => {
    const at = SPEEDS.indexOf(model.speed) + by;
    model.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))];
    model.tell("speed");
  };
  return bind(`Session ${info.name}`, [
    { keys: ["Space"], text: "play, or pause", run: player.toggle },
    { keys: ["ArrowRight", "."], text: "one frame on", run: move(1) },
    { keys: ["ArrowLeft", ","], text: "one frame back", run: move(-1) },
    { keys: ["Shift+ArrowRight"], text: "ten frames on", run: move(10) },
    { keys: ["Shift+ArrowLeft"], text: "ten frames back", run: move(-10) },
    { keys: ["PageDown"], text: "ten seconds on", run: move(Math.round(10 * info.rate_hz)) },
    { keys: ["PageUp"], text: "ten seconds back", run: move(-Math.round(10 * info.rate_hz)) },
    { keys: ["Home"], text: "first frame", run: () => model.go(info.first) },
    { keys: ["End"], text: "last frame", run: () => model.go(info.last) },
    { keys: ["ArrowUp", ">"], text: "play faster", run: faster(1) },
    { keys: ["ArrowDown", "<"], text: "play slower", run: faster(-1) },
    { keys: ["["], text: "the range begins here", run: () => model.mark("first") },
    { keys: ["]"], text: "the range ends here", run: () => model.mark("last") },
    { keys: ["Escape"], text: "no range", run: () => model.unmark() },
    { keys: ["+", "="], text: "zoom in", run: () => model.zoom(0.5) },
    { keys: ["-"], text: "zoom out", run: () => model.zoom(2) },
    { keys: ["0"], text: "the whole session", run: () => model.look(info.first, info.last) },
    { keys: ["z"], text: "zoom to the range", run: () => model.look(model.span.first, model.span.last) },
    { keys: ["m", "/"], text: "search memory", run: memory.focus },
    { keys: ["b"], text: "branch from this frame", run: () => tell(making.branch) },
    { keys: ["d"], text: "dataset of the range", run: making.focus },
  ]);
}

/** Keep the frame in the address, so that a reload and a link come back to it. */
function followAddress(model) {
  let timer = 0;
  const write = () => {
    timer = 0;
    history.replaceState(null, "", `#/sessions/${encodeURIComponent(model.info.name)}?frame=${model.frame}`);
  };
  model.addEventListener("frame", () => { timer ||= setTimeout(write, ADDRESS_MS); });
  return () => clearTimeout(timer);
}
