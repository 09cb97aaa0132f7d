// The annotate page: frame sets one after another, their labels by keyboard, everything kept until the server has it.

import { Changes } from "../annotate/changes.js";
import { ask, sessionApi } from "../annotate/api.js";
import { commandRows, labelRows } from "../annotate/commands.js";
import { Desk } from "../annotate/desk.js";
import { Fields } from "../annotate/fields.js";
import { files } from "../annotate/files.js";
import { Frames } from "../annotate/frames.js";
import { Head } from "../annotate/head.js";
import { People } from "../annotate/people.js";
import { Runs, Timeline } from "../annotate/timeline.js";
import { tools } from "../annotate/tools.js";
import { annotator, askName } from "../annotate/who.js";
import { notice } from "../api.js";
import { fill, make, setText } from "../dom.js";
import { bind } from "../keys.js";

/** Open it: for a session, or without one the list of them. */
export async function open(element, params) {
  if (!params.name) return openList(element);
  const name = annotator() || (await askName());
  if (!name) {
    fill(element, make("div", { class: "empty" }, make("h1", {}, "Labels need a name"), make("p", {}, "Open the page again to give it.")));
    return () => {};
  }
  return openSession(element, params, name);
}

async function openList(element) {
  const { sessions } = await ask("/api/v1/sessions", {});
  const cards = sessions.filter((each) => each.frames > 0).map((each) =>
    make("a", { class: "panel card", href: `#/annotate/${each.session}` },
      make("img", { src: `/api/sessions/${each.session}/thumbnail.png`, alt: "", loading: "lazy", class: "pixels" }),
      make("strong", {}, each.session), make("span", { class: "soft" }, `${each.game}, ${each.frames.toLocaleString("en")} frames, ${each.status}`)));
  fill(element, make("h1", {}, "Annotate"), cards.length
    ? make("div", { class: "cards" }, cards)
    : make("div", { class: "empty" }, make("p", {}, "No session is recorded yet: ", make("code", {}, "runtime up"), " records one.")));
  return () => {};
}

async function openSession(element, params, name) {
  const api = sessionApi(params.name);
  const [facts, vocabulary] = await Promise.all([api.get(""), ask("/api/v1/vocabulary", {})]);
  const choice = { annotator: name, size: Number(params.size) || 5, filter: params.filter ?? "all", order: params.order ?? "frame" };
  const reopen = (changed) => {
    const query = new URLSearchParams({ size: choice.size, filter: choice.filter, order: choice.order, ...changed });
    location.hash = `#/annotate/${params.name}?${query}`;
  };

  const hint = make("p", { class: "range", role: "status", hidden: true });
  const head = new Head(params.name, { rename: () => askName().then((given) => given && given !== name && reopen({ as: given })) });
  const frames = new Frames((at) => frames.select(at));
  const fields = new Fields(vocabulary.keys, name, {
    label: (key, value) => desk.label(key, value),
    choose: (at) => desk.choose(at),
    accept: (whole) => desk.accept(whole),
  });
  const changes = new Changes();
  const people = new People(api, (frame) => desk.show(desk.setOf(frame)));
  const timeline = new Timeline((frame) => desk.show(desk.setOf(frame)));
  const row = tools(choice, reopen, (frame) => desk.show(desk.setOf(frame)));
  const runs = new Runs(api, timeline);
  timeline.show({ first: facts.first_frame, last: facts.last_frame });
  head.name(name);

  const work = make("div", { class: "annotate", "data-set": "", "aria-busy": "true" },
    head.element,
    make("div", { class: "seen panel" }, row.element, frames.element, hint, timeline.element),
    make("div", { class: "given panel" }, fields.element, moves()), changes.element, people.element,
    files(api, name, () => desk.look()));
  fill(element, work);

  const view = {
    waiting: ({ first, last }) => {
      work.setAttribute("aria-busy", "true");
      timeline.show({ at: first });
      setText(row.place, `frames ${first} to ${last} …`);
    },
    set: (set, image) => {
      work.dataset.set = String(set.set_id);
      work.setAttribute("aria-busy", "false");
      frames.show(set, image ?? null);
      changes.show(set);
    },
    place: (at, total) => setText(row.place, `set ${work.dataset.set}${at < 0 ? "" : ` · ${at + 1} of ${total}`}`),
    labels: (set, overlay, chosen) => {
      fields.show(set, overlay, chosen);
      runs.follow(vocabulary.keys[chosen].name, set.as_of);
    },
    range: (range) => {
      hint.hidden = !range;
      hint.textContent = range ? `Labels go to frames ${range.first} to ${range.last}; Esc ends that.` : "";
      timeline.show({ range });
    },
    status: (outbox) => head.status(outbox),
    progress: async () => head.progress(await api.get(`progress?size=${choice.size}`), desk.rate),
    say: (text, level) => notice(text, level),
  };
  const desk = new Desk(api, facts, vocabulary.keys, choice, view);
  const unbind = [bind("Labels", labelRows(desk)), bind("Annotate", commandRows(desk, frames, fields))];
  const online = () => desk.outbox.flush();
  addEventListener("online", online);
  desk.open(params.frame === undefined ? undefined : Number(params.frame)).catch((error) => notice(error.message, "bad"));

  function moves() {
    const button = (text, label, run) => make("button", { type: "button", "aria-label": label, title: label, onclick: (event) => { event.currentTarget.blur(); run(); } }, text);
    return make("div", { class: "moves row" },
      button("←", "Set before", () => desk.step(-1)), button("carry ,", "Carry the last set’s labels forward", () => desk.carry()),
      button("[", "A range begins here", () => desk.mark("first")), button("]", "The range ends here", () => desk.mark("last")),
      button("undo", "Take back (z)", () => desk.undo(false)), button("redo", "Do again (Shift+z)", () => desk.undo(true)),
      button("next →", "Next set (Enter)", () => desk.step(1)));
  }

  return () => {
    removeEventListener("online", online);
    unbind.forEach((each) => each());
    desk.close();
    frames.stop();
    runs.close();
    timeline.close();
  };
}
