// One session on the page: its panels, and what of the connection goes where.

import { notice } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { bind } from "../keys.js";
import { connect } from "./socket.js";
import { makeControls } from "./controls.js";
import { makeHealth } from "./health.js";
import { makeKeyboard } from "./keyboard.js";
import { makePad, makePresses } from "./pad.js";
import { showEvents, showPlans, showQuests } from "./plans.js";
import { makeScreen } from "./screen.js";
import { makeValues } from "./values.js";

const STATS_MS = 500;
const WIDE = 700;
const EYES = "framewire.annotated";

/** Watch `name` in `place`. Returns `{name, ended(), close()}`. */
export function watch(place, name, picker) {
  const view = layOut(picker);
  fill(place, view.root);
  let about = null, viewer = 0, frame = -1, values = null, pad = null, annotated = false, refusal = "";
  const controls = makeControls(name);
  const health = makeHealth();
  const presses = makePresses();
  view.controls.append(controls.element);
  view.health.append(health.element);
  view.presses.append(presses.element);

  const connection = connect(name, {
    open() {
      view.root.classList.remove("lost");
      look();
      connection.say({ annotated });
    },
    lost() {
      view.root.classList.add("lost");
      keyboard.lost();
      showStatus();
    },
    you: (value) => { viewer = value.viewer; },
    about: (value) => { about = value; refusal = ""; showAbout(); },
    now: showNow,
    more(value) {
      showPlans(view.plans, value.plans, frame);
      showQuests(view.quests, value.quests, value.todos, value.learnt);
      showEvents(view.events, value.events);
      health.show(value.health);
    },
    error: ({ error }) => { refusal = error; showStatus(); },
    frame: (picture) => screen.show(picture),
    annotated: (picture) => eyes.show(picture),
  });
  const screen = makeScreen(view.canvas, () => connection.say({ drawn: 1 }));
  const eyes = makeScreen(view.eyes, () => connection.say({ seen: 1 }));
  const keyboard = makeKeyboard(connection.say, showTaken);

  function showAbout() {
    view.canvas.style.aspectRatio = `${about.width} / ${about.height}`;
    view.root.style.setProperty("--screen", String(about.width));
    if (!values) {
      values = makeValues(about.watches);
      fill(view.values, values.element);
      pad = makePad(about.buttons, keyboard.touch);
      view.pad.replaceChildren(pad.element);
    }
    controls.show(about);
    if (keyboard.show(about, viewer)) notice("another window took the keyboard", "bad");
    const keys = Object.entries(about.keys).map(([key, button]) => `${key} ${button}`).join(" · ");
    setText(view.keys, keys);
    view.take.hidden = about.origin === "replay";
    setText(view.facts, [about.game || "no description", about.console.toUpperCase(), `${about.width}×${about.height}`, about.core].filter(Boolean).join(" · "));
    showStatus();
  }

  function showStatus() {
    const lost = view.root.classList.contains("lost") && about?.status !== "ended";
    const status = lost ? "lost" : about?.status === "playing" && about.paused ? "paused" : about?.status ?? "…";
    const texts = {
      playing: about?.origin === "replay" ? "replay" : "live",
      lost: refusal ? "not there" : "no connection to the studio",
      silent: "its bridge does not answer",
    };
    setText(view.status, texts[status] ?? status);
    view.status.dataset.status = status;
    setText(view.clock, about ? [about.clock, about.speed === 0 ? "full speed" : about.speed !== 1 ? `${about.speed}×` : "", about.recorded ? "recorded" : "not recorded"].filter(Boolean).join(" · ") : "");
    view.message.hidden = status === "playing";
    if (status === "ended") {
      fill(view.message, "This session has ended. ", about.recorded && make("a", { href: `#/sessions/${name}` }, "Look through its recording"));
    } else if (status !== "…") {
      setText(view.message, { paused: "Paused. Space goes on, . steps one frame.", silent: "Its bridge does not answer; it may be ending, or restarting.", lost: refusal || "The studio does not answer; trying again." }[status] ?? "");
    }
  }

  function showNow(now) {
    frame = now.frame;
    setText(view.frame, now.frame < 0 ? "–" : now.frame.toLocaleString("en"));
    values?.show(now.state);
    view.noValues.hidden = Object.keys(now.state).length > 0;
    pad?.show(now);
    presses.show(now.presses);
    view.eyes.setAttribute("aria-label", now.words || "annotated view");
    setText(view.eyesError, now.eyes);
    setText(view.words, annotated ? now.words || "the first look takes a moment" : "");
  }

  function showTaken(taken) {
    view.take.setAttribute("aria-pressed", String(taken));
    setText(view.take, taken ? "Give back" : "Take control");
    view.root.classList.toggle("taken", taken);
  }

  function setAnnotated(on) {
    annotated = on;
    localStorage.setItem(EYES, on ? "on" : "off");
    view.annotate.setAttribute("aria-pressed", String(on));
    view.eyesPanel.classList.toggle("off", !on);
    connection.say({ annotated });
  }

  const look = () => connection.say({ look: !document.hidden });
  document.addEventListener("visibilitychange", look);
  view.annotate.addEventListener("click", () => setAnnotated(!annotated));
  view.take.addEventListener("click", keyboard.toggle);
  view.find.addEventListener("input", () => values?.filter(view.find.value));
  view.full.addEventListener("click", full);
  setAnnotated((localStorage.getItem(EYES) ?? (innerWidth > WIDE ? "on" : "off")) === "on");
  const unbind = bind(`Session ${name}`, [
    ...controls.rows,
    { keys: ["t"], text: "take control with the keyboard; Escape gives it back", run: () => { if (about?.origin !== "replay") keyboard.take(); } },
    { keys: ["o"], text: "the annotated view, on or off", run: () => setAnnotated(!annotated) },
    { keys: ["f"], text: "full screen", run: full },
    { keys: ["/"], text: "find a value", run: () => view.find.focus() },
  ]);
  const stats = setInterval(() => {
    const { fps, lagMs, drawn } = screen.stats();
    setText(view.fps, fps ? `${fps.toFixed(0)} fps${lagMs > 0 && lagMs < 5000 ? ` · ${lagMs.toFixed(0)} ms` : ""}` : "");
    view.canvas.dataset.drawn = String(drawn);
  }, STATS_MS);
  view.canvas.stats = screen.stats;
  view.eyes.stats = eyes.stats;

  function full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else view.screenBox.requestFullscreen();
  }

  return {
    name,
    ended: () => about?.status === "ended",
    close() {
      clearInterval(stats);
      unbind();
      document.removeEventListener("visibilitychange", look);
      keyboard.close();
      connection.close();
      screen.close();
      eyes.close();
    },
  };
}

/** Make the panels. */
function layOut(picker) {
  const view = {
    canvas: make("canvas", { class: "pixels", width: "240", height: "160", role: "img", "aria-label": "The game", id: "screen" }),
    eyes: make("canvas", { class: "pixels", width: "496", height: "352", role: "img", id: "eyes" }),
    status: make("span", { class: "chip status", role: "status" }),
    frame: make("span", { class: "mono", id: "frame" }),
    take: make("button", { title: "t, Escape" }, "Take control"),
    annotate: make("button", { title: "o" }, "Annotated"),
    full: make("button", { class: "quiet", title: "f" }, "Full screen"),
    find: make("input", { type: "search", placeholder: "find a value", "aria-label": "Find a value" }),
    ...Object.fromEntries(["clock", "facts", "fps", "keys", "words", "eyesError"].map((name) => [name, make("span", { class: "soft" })])),
    ...Object.fromEntries(["controls", "health", "presses", "pad", "plans", "quests", "values", "screenBox"].map((name) => [name, make("div", { class: `live-${name}` })])),
    message: make("p", { class: "live-message", hidden: true, role: "status" }),
    events: make("ol", { class: "presses" }),
    noValues: make("p", { class: "soft", hidden: true }, "This game has no description: its memory has no named values. ", make("code", {}, "runtime games new ROM"), " writes a first one."),
  };
  view.screenBox.append(view.canvas);
  view.eyesPanel = make("section", { class: "panel area-eyes" }, make("h2", {}, "What the agents see", view.annotate), view.eyes,
    make("p", { class: "soft small off-note" }, "off; o turns it on"), make("p", { class: "small words" }, view.words), make("p", { class: "bad small" }, view.eyesError));
  const main = [
    make("section", { class: "panel area-screen", "aria-label": "Game" }, view.screenBox, view.controls),
    make("section", { class: "panel area-pad" }, make("h2", {}, "Buttons, and who pressed them", make("span", { class: "push row" }, view.full, view.take)),
      make("div", { class: "pad-row" }, view.pad, view.presses), make("p", { class: "small soft keys-line" }, view.keys)),
    make("section", { class: "panel area-values" }, make("h2", {}, "State", view.find), view.values, view.noValues),
  ];
  const beside = [
    view.eyesPanel,
    make("section", { class: "panel area-plans" }, make("h2", {}, "Plans"), view.plans, make("h2", { class: "second" }, "Quests"), view.quests),
    make("section", { class: "panel area-events" }, make("h2", {}, "Events"), view.events),
  ];
  view.root = make("div", { class: "live" },
    make("div", { class: "row live-head" }, picker, view.status, make("span", {}, "frame ", view.frame), view.clock, view.fps, make("span", { class: "push" }, view.facts)),
    view.message,
    make("div", { class: "column" }, main),
    make("div", { class: "column" }, beside),
    make("section", { class: "panel area-health" }, make("h2", {}, "Rates and latency"), view.health));
  return view;
}
