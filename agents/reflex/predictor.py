"""What the game will probably look like next, and what to do then, worked out before it does (requirement C4.9).

    frame unlike the last ─► learnt from ─► looked up ─► the likely next states
    frame like the last   ─► one of them decided ahead of time ─► the likely ones after it, 3 to 5 in all

A step takes 8 frames and shows one change, so most frames are idle, and there is time. The work is the same few calls
on the same frames in every run, so lockstep sessions stay equal frame by frame; a thread's would not.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from agents.atlas.cells import STEPS
from agents.reflex.moment import Moment

#: Likely next states that are looked into (requirement N, "state prediction").
FEWEST, MOST = 3, 5

#: Share of what was seen after a state that the states beyond the third add to.
_ENOUGH = 0.95

#: States whose decision is kept, and changes that are remembered after one kind of state.
_KEPT_DECISIONS = 64
_KEPT_CHANGES = 16

#: Of every so many decisions that are taken from the cache, one is made anew and compared.
CHECK_EVERY = 8

#: How unlike a cached state may be and still answer: it may differ in moving and health, not in place or facing.
_NEAR = 2

#: Steps of health that count as one state.
_HP_BANDS = 4

D = TypeVar("D")


class Compact(NamedTuple):
    """A state, as far as walking depends on it."""

    context: str
    area: int
    x: int
    y: int
    facing: str
    moving: bool
    hp: int  # 0 to _HP_BANDS

    def distance(self, other: "Compact") -> int:
        """Return how unlike two states are; 99 where one says nothing about the other."""
        if self[:5] != other[:5]:
            return 99
        return (self.moving != other.moving) + min(abs(self.hp - other.hp), 1)


class Change(NamedTuple):
    """What one state differs by from the one before; the place's part is empty when the area changed, too."""

    context: str
    dx: int
    dy: int
    facing: str
    moving: bool
    hp: int


class TransitionModel:
    """Counts what came after what: per kind of state and direction pressed, the changes seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, bool, str], dict[Change, int]] = {}

    def learn(self, before: Compact, pressed: str, after: Compact) -> None:
        """Count a change; a change of area says nothing about the next one."""
        if before.area != after.area:
            return
        seen = self._seen.setdefault((before.context, before.facing, before.moving, pressed), {})
        change = Change(
            after.context, after.x - before.x, after.y - before.y, after.facing, after.moving, after.hp - before.hp
        )
        if change not in seen and len(seen) >= _KEPT_CHANGES:
            del seen[min(seen, key=lambda each: (seen[each], each))]
        seen[change] = seen.get(change, 0) + 1

    def next_states(self, now: Compact, pressed: str) -> list[Compact]:
        """Return the likely next states, the likeliest first: FEWEST to MOST, fewer when fewer were ever seen."""
        seen = self._seen.get((now.context, now.facing, now.moving, pressed), {})
        ranked = sorted(seen, key=lambda each: (-seen[each], each))
        total, told = sum(seen.values()), 0
        states: list[Compact] = []
        for change in ranked[:MOST]:
            if len(states) >= FEWEST and told >= _ENOUGH * total:
                break
            told += seen[change]
            states.append(_applied(now, change))
        return states


class Predictor(Generic[D]):
    """Decisions made ahead of time, looked up by the nearest state.

    Attributes:
        asked: Frames on which the state was another than on the frame before.
        expected: Those whose state was among those predicted.
        hits: Those answered from the cache.
        near: Those of them answered by a state that is only near.
        checked: Answers that were made anew, too.
        agreed: Those that came out the same.
    """

    def __init__(self, direction_of: Callable[[D], str]) -> None:
        """Know nothing yet; `direction_of` says which direction a decision holds."""
        self.asked = self.expected = self.hits = self.near = self.checked = self.agreed = 0
        self._model = TransitionModel()
        self._direction_of = direction_of
        self._decisions: dict[Compact, D] = {}
        self._for: object = None
        self._waiting: list[Compact] = []
        self._predicted: list[Compact] = []
        self._last: Compact | None = None

    def begin(self, what_for: object) -> None:
        """Say what decisions are made for; those for anything else are dropped."""
        if what_for != self._for:
            self._for = what_for
            self._decisions.clear()
            self._waiting.clear()

    def look(self, now: Compact, pressed: str, decide: Callable[[Compact], D]) -> D:
        """Return the decision for a state.

        Args:
            now: The state.
            pressed: The direction held on the way to it; empty for none.
            decide: Makes a decision, for any state.
        """
        if now == self._last:
            return self._same(now, decide)
        self.asked += 1
        if self._last is not None:
            self.expected += now in self._predicted
            self._model.learn(self._last, pressed, now)
        self._last = now
        decision = self._cached(now, decide)
        self._predicted.clear()
        self._waiting.clear()
        self._predict(now, decision)
        return decision

    def _same(self, now: Compact, decide: Callable[[Compact], D]) -> D:
        """Repeat the last decision, and make one for a likely next state."""
        if self._waiting:
            state = self._waiting.pop(0)
            if state not in self._decisions:
                self._keep(state, decide(state))
            self._predict(state, self._decisions[state])
        if now not in self._decisions:
            self._keep(now, decide(now))
        return self._decisions[now]

    def _predict(self, state: Compact, decision: D) -> None:
        """Add the likely states after one, while there are too few."""
        for after in self._model.next_states(state, self._direction_of(decision)):
            if len(self._predicted) < MOST and after not in self._predicted and after != self._last:
                self._predicted.append(after)
                self._waiting.append(after)

    def _cached(self, now: Compact, decide: Callable[[Compact], D]) -> D:
        found = now if now in self._decisions else self._nearest(now)
        if found is None:
            decision = decide(now)
            self._keep(now, decision)
            return decision
        self.hits += 1
        self.near += found != now
        decision = self._decisions[found]
        if self.hits % CHECK_EVERY == 0:
            self.checked += 1
            fresh = decide(now)
            self.agreed += fresh == decision
            decision = fresh
        if found == now:  # one that is only near answers for this frame alone: the next is idle, and there is time
            self._keep(now, decision)
        return decision

    def _nearest(self, now: Compact) -> Compact | None:
        near = min(self._decisions, key=now.distance, default=None)
        return near if near is not None and now.distance(near) <= _NEAR else None

    def _keep(self, state: Compact, decision: D) -> None:
        if len(self._decisions) >= _KEPT_DECISIONS and state not in self._decisions:
            del self._decisions[next(iter(self._decisions))]
        self._decisions[state] = decision


def compact(moment: Moment) -> Compact:
    """Return a moment's state; its cell must be known."""
    assert moment.cell is not None
    hp = round(moment.hp * _HP_BANDS)
    return Compact(moment.context, moment.area, *moment.cell, moment.facing, moment.moving, hp)


def direction_in(buttons: tuple[str, ...]) -> str:
    """Return the direction among buttons; empty when there is none."""
    return next((button for button in buttons if button in STEPS), "")


def _applied(now: Compact, change: Change) -> Compact:
    return Compact(
        change.context,
        now.area,
        now.x + change.dx,
        now.y + change.dy,
        change.facing,
        change.moving,
        min(max(now.hp + change.hp, 0), _HP_BANDS),
    )
