"""Comparing what an actor does now with what a recording says it did.

A decision is known by the frame that it was made on. Its buttons are the causes of the frames after it, its plans and
events are in the flow of a later frame. In a lockstep recording that is always the next one, so also silence can be
compared: no cause there means that the actor had no opinion, unless one of higher priority was asked before it. Any
other recording shows only those actions that were acted on, and plans and events in their order.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import msgspec

from runtime import wire
from streams.ticks import Tick

KINDS = ("action", "plan", "learnt", "event")

#: Of these, what joins the flow of a later frame.
_FLOW = ("plan", "learnt", "event")

#: What an output says, by field; None for no output.
Output = dict[str, Any] | None

#: Of a plan, what says nothing about it.
_NUMBERS = ("version", "actor", "frame_index", "sent_ns", "plan_id")

#: Frames after which an action that no frame was played with is given up, and outputs that may wait for their like.
_KEPT_FRAMES, _KEPT_OUTPUTS = 256, 1024


@dataclass(frozen=True)
class Difference:
    """One output that came out otherwise.

    Attributes:
        frame_index: The frame that the decision was made on.
        kind: action, plan or event.
        recorded: What the recording has.
        now: What the actor does now.
    """

    frame_index: int
    kind: str
    recorded: Output
    now: Output


@dataclass
class Counts:
    """Outputs of one kind: equal, different, and those that nothing in the recording can be compared with."""

    equal: int = 0
    different: int = 0
    not_comparable: int = 0


@dataclass
class Verdict:
    """What was found.

    Attributes:
        ticks: Frames that the actor answered.
        compared: Frames of which its answer could be compared, silence included.
        kinds: Outputs, by kind.
        differences: The first ones.
    """

    ticks: int = 0
    compared: int = 0
    kinds: dict[str, Counts] = field(default_factory=lambda: {kind: Counts() for kind in KINDS})
    differences: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether something was compared and nothing differs."""
        return self.compared > 0 and not any(counts.different for counts in self.kinds.values())


@dataclass(frozen=True)
class _Made:
    """An output and the frame that it was made on."""

    frame_index: int
    output: dict[str, Any]


class Comparison:
    """Takes what an actor does now and the recorded frames, in the order in which they happen."""

    def __init__(self, actor: str, priorities: Mapping[str, int], *, lockstep: bool, most: int) -> None:
        """Compare one actor.

        Args:
            actor: Its name.
            priorities: Of all actors of the recording, by name.
            lockstep: Whether the recording's game waited for the actor's answers.
            most: How many differences to keep.
        """
        self.verdict = Verdict()
        self._actor, self._priorities, self._lockstep, self._most = actor, priorities, lockstep, most
        self._answers: dict[int, Output] = {}  # not compared yet, by frame
        self._now: dict[str, deque[_Made]] = {kind: deque() for kind in _FLOW}
        self._recorded: dict[str, deque[_Made]] = {kind: deque() for kind in _FLOW}
        self._caused = -1  # the newest decision that a frame was played with
        self._before = -1  # the frame before the one that is seen

    def hear(self, payload: wire.Payload) -> None:
        """Take what the actor sends."""
        if isinstance(payload, wire.Action):
            self.verdict.ticks += payload.frame_index not in self._answers
            pressed = _action(payload) if payload.buttons is not None else None
            self._answers[payload.frame_index] = pressed
        elif isinstance(payload, (wire.Plan, wire.Learnt, wire.Event)):
            self._now[_kind(payload)].append(_made(payload))

    def see(self, tick: Tick) -> None:
        """Take the next recorded frame; the actor has answered those before it."""
        if any(event.name == "control.set_clock" for event in tick.events):
            self._lockstep = False  # the clock from here on is not known
        mine: list[wire.Plan | wire.Learnt | wire.Event] = [plan for plan in tick.plans if plan.actor == self._actor]
        mine += [learnt for learnt in tick.learnt if learnt.actor == self._actor]
        mine += [event for event in tick.events if event.source == self._actor]
        for payload in mine:
            self._recorded[_kind(payload)].append(_made(payload))
        if self._lockstep:
            self._see_strictly(tick)
        else:
            self._see_in_order(tick)
        self._before = tick.frame_index

    def end(self) -> None:
        """Take the end: what was decided on the last frame is in no later one."""
        for output in self._answers.values():
            self._skip("action", output)
        for kind in _FLOW:
            now, recorded = self._now[kind], self._recorded[kind]
            while now and (self._lockstep or not recorded) and now[-1].frame_index >= self._before - _KEPT_FRAMES:
                self._skip(kind, now.pop().output)
            self._compare_in_order(kind, rest=True)

    def _see_strictly(self, tick: Tick) -> None:
        decided = tick.frame_index - 1
        known = self._before == decided and decided in self._answers
        if known:
            self.verdict.compared += 1
        for kind in _FLOW:
            now, recorded = self._now[kind], self._recorded[kind]
            if known:
                for one, other in zip_longest(recorded, now):
                    self._compare(kind, decided, one.output if one else None, other.output if other else None)
            else:  # a hole: the actor did not see the frame, or the recording lacks what came of it
                for made in (*now, *recorded):
                    self._skip(kind, made.output)
            now.clear()
            recorded.clear()
        if known and self._shows_action(tick, decided):
            cause = self._cause(tick)
            self._compare("action", decided, _action(cause) if cause else None, self._answers.pop(decided))
        for output in self._answers.values():
            self._skip("action", output)
        self._answers.clear()

    def _shows_action(self, tick: Tick, decided: int) -> bool:
        """Return whether a frame says what the actor pressed on the one before, or that it pressed nothing."""
        if tick.input is None or (tick.savestate and tick.savestate.reason != "periodic"):
            return False  # a jump, or a session that went on: all was released
        if cause := self._cause(tick):
            return cause.observed_frame == decided  # else its newest action was refused
        own = self._priorities.get(self._actor, 0)
        return all(self._priorities.get(cause.actor, own + 1) <= own for cause in tick.input.causes)

    def _see_in_order(self, tick: Tick) -> None:
        cause = self._cause(tick)
        if cause and cause.observed_frame > self._caused:
            self._caused = cause.observed_frame
            if self._caused in self._answers:
                self.verdict.compared += 1
                self._compare("action", self._caused, _action(cause), self._answers.pop(self._caused))
            else:
                self._skip("action", _action(cause))
        for frame_index in [i for i in self._answers if i < max(self._caused, tick.frame_index - _KEPT_FRAMES)]:
            self._skip("action", self._answers.pop(frame_index))
        for kind in _FLOW:
            self._compare_in_order(kind)

    def _compare_in_order(self, kind: str, *, rest: bool = False) -> None:
        now, recorded = self._now[kind], self._recorded[kind]
        while (now and recorded) or ((now or recorded) and (rest or max(len(now), len(recorded)) > _KEPT_OUTPUTS)):
            one = recorded.popleft() if recorded else None
            other = now.popleft() if now else None
            made = one or other
            assert made is not None
            self.verdict.compared += 1
            self._compare(kind, made.frame_index, one.output if one else None, other.output if other else None)

    def _compare(self, kind: str, frame_index: int, recorded: Output, now: Output) -> None:
        if recorded is None and now is None:
            return
        if recorded == now:
            self.verdict.kinds[kind].equal += 1
            return
        self.verdict.kinds[kind].different += 1
        if len(self.verdict.differences) < self._most:
            self.verdict.differences.append(Difference(frame_index, kind, recorded, now))

    def _skip(self, kind: str, output: Output) -> None:
        self.verdict.kinds[kind].not_comparable += output is not None

    def _cause(self, tick: Tick) -> wire.Cause | None:
        causes: Iterable[wire.Cause] = tick.input.causes if tick.input else ()
        return next((cause for cause in causes if cause.actor == self._actor), None)


def _action(made: wire.Action | wire.Cause) -> dict[str, Any]:
    buttons = sorted(made.buttons or ())
    return {"buttons": buttons, "plan_id": made.plan_id, "model": made.model, "reason": made.reason}


def _kind(payload: wire.Plan | wire.Learnt | wire.Event) -> str:
    return wire.tag_of(type(payload))


def _made(payload: wire.Plan | wire.Learnt | wire.Event) -> _Made:
    """Return what a plan or event says; not its number, which one output more or less would change for good."""
    if isinstance(payload, wire.Event):
        return _Made(payload.frame_index, {"name": payload.name, "facts": dict(payload.facts)})
    if isinstance(payload, wire.Learnt):
        return _Made(payload.frame_index, {"facts": msgspec.to_builtins(payload.facts)})
    names = [name for name in payload.__struct_fields__ if name not in _NUMBERS]
    return _Made(payload.frame_index, {name: msgspec.to_builtins(getattr(payload, name)) for name in names})
