"""What is told of a live session beside its picture: who pressed what and why, values, plans, quests, health. Pure."""

import contextlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dashboards.terminal.health_rows import Process, Processes, problems, silent_s
from runtime import wire
from runtime.errors import WireError

#: Presses and events that are kept to be read; more than a page shows.
_PRESSES, _EVENTS = 14, 30

#: Facts that the page shows; the map and what looks mean are in the annotated view.
SHOWN = ("Quest", "Objective", "Todo")

#: Plans of actors that have not planned for this long are old news, frames: a minute.
_PLAN_FRAMES = 3600


@dataclass(frozen=True)
class Press:
    """Buttons held by the same actors for the same reasons, over some frames."""

    first_frame: int
    last_frame: int
    input: wire.Input


class Board:
    """Takes in messages as they come; gives plain values for JSON.

    Attributes:
        changed: Counts what changed of plans, quests, events and health; the values of each frame do not count.
    """

    def __init__(self) -> None:
        self.changed = 0
        self._state: wire.State | None = None
        self._input: wire.Input | None = None
        self._presses: deque[Press] = deque(maxlen=_PRESSES)
        self._plans: dict[str, wire.Plan] = {}
        self._facts: dict[tuple[str, str], dict[str, wire.Scalar]] = {}
        self._learnt = 0
        self._events: deque[wire.Event] = deque(maxlen=_EVENTS)
        self._processes = Processes()

    @property
    def held(self) -> tuple[str, ...]:
        """The buttons that the game held last."""
        return self._input.buttons if self._input else ()

    def hear(self, kind: str, data: bytes, now_ns: int) -> None:
        """Take in a message of a kind; one that cannot be read is left out."""
        with contextlib.suppress(WireError):
            if kind == "input":
                self._hear_input(wire.decode(wire.Input, data))
                return
            if kind == "plan":
                plan = wire.decode(wire.Plan, data)
                self._plans[plan.actor] = plan
            elif kind == "learnt":
                self.learn(wire.decode(wire.Learnt, data).facts)
            elif kind == "event":
                self._events.append(wire.decode(wire.Event, data))
            elif kind == "health":
                self._processes.hear(wire.decode(wire.Health, data), now_ns)
            self.changed += 1

    def see(self, state: wire.State) -> None:
        """Take in the values of the frame that is shown."""
        if self._state and state.frame_index < self._state.frame_index:  # a load, a reset, a replay that went back
            self._presses.clear()
        self._state = state

    def learn(self, facts: Iterable[wire.Fact]) -> None:
        """Take in what actors came to know."""
        for fact in facts:
            self._learnt += 1
            if fact.kind in SHOWN and not fact.to:
                self._facts.setdefault((fact.kind, fact.key), {}).update(fact.props)
        self.changed += 1

    def recall(self, learnt: Iterable[wire.Learnt], plans: Iterable[wire.Plan]) -> None:
        """Take in what was recorded before we looked; what was heard since is newer and stays."""
        heard, since, counted = self._facts, dict(self._plans), self._learnt
        self._facts, self._plans = {}, {plan.actor: plan for plan in plans} | since
        for each in learnt:
            self.learn(each.facts)
        self._learnt = max(self._learnt, counted)
        for key, props in heard.items():
            self._facts.setdefault(key, {}).update(props)
        self.changed += 1

    def now(self) -> dict[str, Any]:
        """Return what may be other on every frame."""
        held = self._input
        return {
            "frame": self._state.frame_index if self._state else -1,
            "state": self._state.values if self._state else {},
            "held": held.buttons if held else (),
            "causes": [_cause(cause, held.frame_index) for cause in held.causes] if held else [],
            "presses": [_press(press) for press in reversed(self._presses)],
        }

    def more(self, now_ns: int) -> dict[str, Any]:
        """Return what changes now and then."""
        frame = self._state.frame_index if self._state else 0
        newest = sorted(self._plans.values(), key=lambda plan: (bool(plan.parent_id), -plan.frame_index, plan.actor))
        return {
            "plans": [_plan(plan) for plan in newest if frame - plan.frame_index <= _PLAN_FRAMES],
            "quests": self._quests(),
            "todos": [props for (kind, _), props in self._facts.items() if kind == "Todo" and _open(props)],
            "learnt": self._learnt,
            "events": [_event(event) for event in reversed(self._events)],
            "health": [_health(process, now_ns) for process in self._processes.all()],
        }

    def _hear_input(self, held: wire.Input) -> None:
        before, self._input = self._input, held
        newest = self._presses[-1] if self._presses else None
        if newest and before and newest.last_frame == before.frame_index and _same(newest.input, held):
            self._presses[-1] = Press(newest.first_frame, held.frame_index, newest.input)
        elif held.buttons:
            self._presses.append(Press(held.frame_index, held.frame_index, held))

    def _quests(self) -> list[dict[str, Any]]:
        steps: dict[str, list[dict[str, wire.Scalar]]] = {}
        for (kind, _), props in self._facts.items():
            if kind == "Objective":
                steps.setdefault(str(props.get("quest", "")), []).append(props)
        quests = [dict(props) for (kind, _), props in self._facts.items() if kind == "Quest"]
        for quest in quests:
            of_it = sorted(steps.get(str(quest.get("id", "")), ()), key=lambda step: int(step.get("index", 0)))
            quest["objectives"] = of_it  # type: ignore[assignment]  # for JSON
        order = {"active": 0, "pending": 1, "completed": 2}
        return sorted(
            quests, key=lambda quest: (order.get(str(quest.get("status")), 1), -int(quest.get("priority", 0)))
        )


def _same(one: wire.Input, other: wire.Input) -> bool:
    """Return whether the same actors hold the same buttons on the same plans."""
    return one.buttons == other.buttons and _who(one) == _who(other)


def _who(held: wire.Input) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(cause.actor, cause.plan_id, cause.buttons) for cause in held.causes]


def _open(props: dict[str, wire.Scalar]) -> bool:
    return str(props.get("status", "")) in ("", "open", "pending", "active")


def _cause(cause: wire.Cause, frame_index: int) -> dict[str, Any]:
    return {
        **{"actor": cause.actor, "buttons": cause.buttons, "plan": cause.plan_id, "model": cause.model},
        **{"reason": cause.reason, "seen_ago": frame_index - cause.observed_frame},
    }


def _press(press: Press) -> dict[str, Any]:
    causes = [_cause(cause, press.first_frame) for cause in press.input.causes if cause.buttons]
    span = {"first": press.first_frame, "last": press.last_frame}
    return {**span, "buttons": press.input.buttons, "causes": causes}


def _plan(plan: wire.Plan) -> dict[str, Any]:
    target = plan.waypoints[-1] if plan.waypoints else None
    return {
        **{"actor": plan.actor, "id": plan.plan_id, "parent": plan.parent_id, "goal": plan.goal},
        **{"strategy": plan.strategy, "reason": plan.reason, "model": plan.model, "confidence": plan.confidence},
        **{"frame": plan.frame_index, "area": plan.area, "waypoints": len(plan.waypoints), "actions": plan.actions},
        "target": [target.x, target.y] if target else None,
    }


def _event(event: wire.Event) -> dict[str, Any]:
    return {"frame": event.frame_index, "source": event.source, "name": event.name, "facts": event.facts}


def _health(process: Process, now_ns: int) -> dict[str, Any]:
    health = process.health
    return {
        **{"process": health.process, "rate": health.rate_hz, "wanted": health.wanted_hz, "rate_ok": health.rate_ok},
        **{"latency_p50": health.latency_ms_p50, "latency_p99": health.latency_ms_p99, "ticks": health.ticks},
        **{"tick_p50": health.tick_ms_p50, "tick_p99": health.tick_ms_p99, "late_p99": health.lateness_ms_p99},
        **{"dropped": health.dropped, "misses": health.deadline_misses, "restarts": process.restarts},
        "silent_s": silent_s(process, now_ns),
        "problems": [[cell.text, int(cell.level)] for cell in problems(process, now_ns)],
    }
