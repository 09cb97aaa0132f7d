// Plans, quests and events: what is pursued, by whom and why; what happened.

import { make, refill } from "../dom.js";

const MOST_QUESTS = 8, MOST_EVENTS = 10;

/** Show plans: who wants what of whom. */
export function showPlans(element, plans, frame) {
  const ages = plans.map((plan) => age(frame - plan.frame));
  refill(element, JSON.stringify([plans, ages]), () => plans.length ? plans.map((plan, i) => planOf(plan, ages[i])) : [nothing("no plan yet")]);
}

function planOf(plan, since) {
  return make("div", { class: "plan" },
    make("div", { class: "row" },
      make("span", { class: "chip" }, plan.actor),
      make("strong", {}, plan.goal || plan.strategy || plan.id),
      plan.strategy && plan.strategy !== plan.goal && make("span", { class: "soft" }, plan.strategy),
      make("span", { class: "soft push mono" }, since)),
    plan.reason && make("div", { class: "plan-reason" }, plan.reason),
    make("div", { class: "soft small" }, [
      plan.target && `to ${plan.target.join(", ")}${plan.waypoints > 1 ? ` in ${plan.waypoints} steps` : ""}`,
      plan.confidence < 1 && `${Math.round(plan.confidence * 100)} % sure`,
      plan.model && `by ${plan.model}`,
      plan.parent && `serves ${plan.parent}`,
    ].filter(Boolean).join(" · ")));
}

function nothing(text) {
  return make("p", { class: "soft" }, text);
}

/** Show quests with their steps, the active first; of those that are done only how many. */
export function showQuests(element, quests, todos, learnt) {
  const open = quests.filter(({ status }) => status !== "completed");
  const done = quests.length - open.length;
  refill(element, JSON.stringify([quests, todos, learnt]), () => [
    open.slice(0, MOST_QUESTS).map(questOf),
    todos.length && make("div", { class: "soft small" }, `to do: ${todos.slice(0, 4).map(({ description, action }) => description || action).join(" · ")}`),
    !quests.length && nothing("no quest is known"),
    make("p", { class: "soft small" }, [
      done && `${done} of ${quests.length} quests done`,
      open.length > MOST_QUESTS && `${open.length - MOST_QUESTS} more open`,
      `${learnt.toLocaleString("en")} facts learnt`,
    ].filter(Boolean).join(" · ")),
  ]);
}

function questOf(quest) {
  const steps = quest.objectives ?? [];
  const done = steps.filter(({ status }) => status === "completed").length;
  const next = steps.find(({ status }) => status === "active") ?? steps.find(({ status }) => status !== "completed");
  return make("div", { class: `quest ${quest.status}` },
    make("div", { class: "row" },
      make("span", { "aria-hidden": "true" }, quest.status === "active" ? "◆" : "◇"),
      make("strong", {}, quest.name ?? quest.id),
      make("span", { class: "soft small" }, (quest.type ?? "").replaceAll("_", " ")),
      steps.length && make("span", { class: "soft push mono", title: "steps done" }, `${done}/${steps.length}`)),
    steps.length && make("progress", { max: steps.length, value: done, "aria-label": "steps done" }),
    next && make("div", { class: "small" }, next.description));
}

/** Show events, the newest first. */
export function showEvents(element, events) {
  const newest = events.slice(0, MOST_EVENTS);
  refill(element, JSON.stringify(newest), () => newest.length ? newest.map(eventOf) : [make("li", { class: "soft" }, "nothing has happened yet")]);
}

function eventOf({ frame, source, name, facts }) {
  return make("li", {},
    make("span", { class: "mono soft press-frame" }, String(frame)), make("strong", {}, name),
    factsOf(facts),
    make("span", { class: "chip" }, source));
}

function factsOf(facts) {
  const text = Object.entries(facts).map(([key, value]) => `${key} ${value}`).join(", ");
  return make("span", { class: "soft press-facts", title: text }, text);
}

function age(frames) {
  const seconds = Math.max(0, frames) / 60;
  return seconds < 1 ? "now" : `${Math.round(seconds)} s ago`;
}
