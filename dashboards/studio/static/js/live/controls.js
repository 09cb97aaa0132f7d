// Pause, resume, step, speed, save and load: buttons and keys for what a session is asked to do.

import { get, notice, post } from "../api.js";
import { make, setText } from "../dom.js";

const RATES = [["0.25", "¼×"], ["0.5", "½×"], ["1", "1×"], ["2", "2×"], ["4", "4×"], ["0", "max"]];

/** Make the bar of a session. Returns `{element, rows, show(about)}`; `rows` are its keys. */
export function makeControls(session) {
  let about = { status: "unknown", paused: false, ops: [], speed: 1 };

  async function ask(op, fields = {}, done = "") {
    if (about.status === "ended" || !about.ops.includes(op)) return;
    try {
      await post(`/api/live/${encodeURIComponent(session)}/control`, { op, ...fields });
      if (done) notice(done);
    } catch (error) {
      notice(error.message, "bad");
    }
  }

  const slot = make("input", { value: "quick", size: "9", "aria-label": "Slot", list: "slots", spellcheck: "false", maxlength: "64" });
  const slots = make("datalist", { id: "slots" });
  slot.addEventListener("focus", async () => {
    const found = await get(`/api/live/${encodeURIComponent(session)}/slots`).catch(() => []);
    slots.replaceChildren(...found.map((each) => make("option", { value: each.slot }, `frame ${each.frame_index}`)));
  });
  const speed = make("select", { "aria-label": "Speed", onchange: () => ask("set_rate", { rate: Number(speed.value) }) },
    RATES.map(([value, text]) => make("option", { value }, text)));
  const seek = make("input", { type: "number", min: "0", size: "7", class: "seek", "aria-label": "Go to frame", placeholder: "frame",
    onchange: () => seek.value !== "" && ask("seek", { frame: Number(seek.value) }) });

  const toggle = () => ask(about.paused ? "resume" : "pause");
  const step = () => ask("step", { frames: 1 });
  const save = () => ask("save", { slot: slot.value }, `saved as ${slot.value}`);
  const load = () => ask("load", { slot: slot.value }, `loaded ${slot.value}`);
  function faster(by) {
    const at = Math.max(0, RATES.findIndex(([value]) => Number(value) === about.speed));
    const [rate] = RATES[Math.min(RATES.length - 1, Math.max(0, at + by))];
    ask("set_rate", { rate: Number(rate) });
  }
  const buttons = {
    pause: make("button", { onclick: toggle, title: "Space" }, "Pause"),
    step: make("button", { onclick: step, title: ". (a second: Shift+.)" }, "Step"),
    save: make("button", { onclick: save, title: "s" }, "Save"),
    load: make("button", { onclick: load, title: "l" }, "Load"),
  };
  const element = make("div", { class: "row controls", role: "toolbar", "aria-label": "Control" },
    buttons.pause, buttons.step, speed, seek, slot, slots, buttons.save, buttons.load);

  return {
    element,
    rows: [
      { keys: ["Space", "p"], text: "pause, or go on", run: toggle },
      { keys: ["."], text: "one frame", run: step },
      { keys: [">"], text: "60 frames", run: () => ask("step", { frames: 60 }) },
      { keys: ["-"], text: "slower", run: () => faster(-1) },
      { keys: ["+", "="], text: "faster", run: () => faster(1) },
      { keys: ["s"], text: "save to the slot", run: save },
      { keys: ["l"], text: "load from the slot", run: load },
    ],
    show(now) {
      about = now;
      setText(buttons.pause, about.paused ? "Resume" : "Pause");
      buttons.pause.setAttribute("aria-pressed", String(about.paused));
      const live = about.status !== "ended";
      for (const [op, button] of Object.entries(buttons)) {
        button.disabled = !live || !about.ops.includes(op);
        button.hidden = !about.ops.includes(op);
      }
      slot.hidden = !about.ops.includes("save");
      seek.hidden = !about.ops.includes("seek");
      speed.disabled = !live;
      if (document.activeElement !== speed) speed.value = String(about.speed);
    },
  };
}
