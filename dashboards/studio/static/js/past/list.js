// The list of recorded sessions, with a picture of each, and a filter.

import { get } from "../api.js";
import { fill, make } from "../dom.js";
import { bind } from "../keys.js";
import { bytes, day, duration } from "./words.js";

const TYPING_MS = 150;

/** Open the list; the filter is in the address, so that a reload keeps it. */
export async function open(element, params) {
  const list = make("div", { class: "cards", role: "list", "aria-label": "Recorded sessions" });
  const count = make("p", { class: "soft", role: "status" });
  const text = make("input", { type: "search", placeholder: "name, game, core …", "aria-label": "Filter by text", value: params.text ?? "" });
  const game = choice("Game", params.game), clock = choice("Clock", params.clock);
  const annotated = choice("Annotated", params.annotated, [["yes", "annotated"], ["no", "not annotated"]]);
  fill(element, make("div", { class: "row past-filter" }, make("h1", {}, "Sessions"), text, game, clock, annotated, count), list);

  let turn = 0;
  const show = async () => {
    const mine = ++turn;
    const wanted = new URLSearchParams();
    for (const [name, field] of Object.entries({ text, game, clock, annotated })) if (field.value) wanted.set(name, field.value);
    const found = await get(`/api/sessions?${wanted}`);
    if (mine !== turn) return;
    history.replaceState(null, "", `#/sessions${wanted.size ? `?${wanted}` : ""}`);
    offer(game, found.games);
    offer(clock, found.clocks);
    count.textContent = found.all ? `${found.sessions.length} of ${found.all}` : "";
    fill(list, found.sessions.map(card), found.all ? null : nothing(), found.all && !found.sessions.length
      ? make("p", { class: "empty" }, "No session fits this filter.") : null);
  };
  let waiting = 0;
  const failed = (error) => { count.textContent = error.message; };
  text.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => show().catch(failed), TYPING_MS); });
  for (const field of [game, clock, annotated]) field.addEventListener("change", () => show().catch(failed));
  const unbind = bind("Sessions", [
    { keys: ["/"], text: "filter", run: () => text.focus() },
    { keys: ["ArrowDown", "ArrowRight", "j"], text: "next session", run: () => step(list, 1) },
    { keys: ["ArrowUp", "ArrowLeft", "k"], text: "session before", run: () => step(list, -1) },
  ]);
  await show();
  return () => { turn++; clearTimeout(waiting); unbind(); };
}

function choice(label, value = "", options = []) {
  const select = make("select", { "aria-label": label }, make("option", { value: "" }, `${label}: any`),
    options.map(([name, text]) => make("option", { value: name }, text)));
  if (value) offer(select, [value]);
  select.value = value;
  return select;
}

/** Add options that a select lacks. */
function offer(select, names) {
  const there = new Set([...select.options].map((option) => option.value));
  for (const name of names) if (!there.has(name)) select.append(make("option", { value: name }, name));
}

function card(line) {
  const address = `#/sessions/${encodeURIComponent(line.name)}`;
  const facts = [line.game || "no game", line.clock, duration(line.seconds), `${line.frames.toLocaleString()} frames`, bytes(line.stored_bytes)];
  return make("a", { class: "panel card", href: address, role: "listitem", "data-session": line.name },
    line.frames ? make("img", {
      class: "pixels", loading: "lazy", alt: "", width: 240, height: 160,
      src: `/api/sessions/${encodeURIComponent(line.name)}/thumbnail.png?v=${line.version}`,
    }) : make("div", { class: "no-picture" }, "no frames"),
    make("strong", {}, line.name),
    make("span", { class: "row" },
      line.status === "complete" ? null : make("span", { class: "chip slow" }, line.status),
      line.store === "inputs" ? make("span", { class: "chip", title: "Keeps inputs only: emulated again when looked at" }, "inputs only") : null,
      line.annotations ? make("span", { class: "chip good" }, `${line.annotations} annotations`) : null,
      line.parent ? make("span", { class: "chip" }, `from ${line.parent}`) : null),
    make("span", { class: "soft" }, facts.join(" · ")),
    make("span", { class: "soft" }, day(line.created)));
}

function nothing() {
  return make("div", { class: "empty" }, make("h1", {}, "Nothing is recorded"), make("p", {}, "A session that is played is recorded: ", make("code", {}, "runtime up")));
}

/** Move the focus among the cards. */
function step(list, by) {
  const cards = [...list.querySelectorAll("a")];
  const at = cards.indexOf(document.activeElement);
  cards[Math.min(cards.length - 1, Math.max(0, at + by))]?.focus();
}
