"""Why a button was pressed: from a recorded frame's causes back over plans to what was known when they were made."""

import contextlib
from collections.abc import Iterator, Sequence

import msgspec

from agents.knowledge.facts import Facts, Node
from agents.knowledge.keys import Place
from runtime import wire
from runtime.errors import SessionError, UsageError
from streams.session import Session

#: A chain of plans has as many links as there are tiers of actors, three today; a longer one runs in a circle.
_MOST_PLANS = 16

#: Facts shown of one plan, those nearest to its target first.
_MOST_FACTS = 12

#: What lies so far from the target, in cells, says something about it: what blocks the way there, or stands beside it.
_NEAR_CELLS = 2


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was known of a plan's target when the plan was made."""

    key: str
    kind: str
    props: dict[str, wire.Scalar]
    to: str = ""
    by: str = ""  # who learnt the last of it
    frame_index: int = -1  # on which frame


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One plan of the chain.

    Attributes:
        plan: The plan.
        age_frames: From the frame it was made on to the one that is explained.
        age_ms: The same in the game's time.
        run_out: Whether it no longer held by its own word (`valid_frames`).
        knew: What was known of its target when it was made.
    """

    plan: wire.Plan
    age_frames: int
    age_ms: float
    run_out: bool
    knew: tuple[Known, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One actor's part in a frame's buttons.

    Attributes:
        cause: What the recording says of it.
        age_frames: From the frame it had seen to the one that is explained.
        age_ms: The same in the game's time.
        plans: The plan it followed, then the one that served, up to the first; empty when it followed none.
        missing: The id of a plan that is named and not in the recording; empty when all are there.
    """

    cause: wire.Cause
    age_frames: int
    age_ms: float
    plans: tuple[Link, ...] = ()
    missing: str = ""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Who pressed what on a frame, and why."""

    session: str
    frame_index: int
    buttons: tuple[str, ...]
    answers: tuple[Answer, ...]


async def explain(session: Session, frame_index: int, button: str = "") -> Explanation:
    """Explain a recorded frame's buttons, or one of them.

    Raises:
        UsageError: There is no such frame, or the button was not held during it.
        SessionError: The recording lacks the frame's input.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    if not session.first_frame <= frame_index <= session.last_frame:
        there = f"{session.first_frame} to {session.last_frame}"
        raise UsageError(f"frame {frame_index}: session {session.name!r} has frames {there}")
    held = await _input(session, frame_index)
    if button and button not in held.buttons:
        there = ", ".join(held.buttons) or "none"
        raise UsageError(f"{button} was not held during frame {frame_index} of {session.name!r}; held were {there}")
    history = await _history(session, frame_index)
    causes = [cause for cause in held.causes if not button or button in cause.buttons]
    answers = tuple(_answer(cause, frame_index, history, session.meta.rate_hz) for cause in causes)
    return Explanation(session=session.name, frame_index=frame_index, buttons=held.buttons, answers=answers)


class _History:
    """Plans and facts of a recording up to a frame."""

    def __init__(self) -> None:
        self._plans: dict[str, list[wire.Plan]] = {}
        self._learnt: list[wire.Learnt] = []

    def add(self, plans: Sequence[wire.Plan], learnt: Sequence[wire.Learnt]) -> None:
        for plan in plans:
            self._plans.setdefault(plan.plan_id, []).append(plan)
        self._learnt += learnt

    def plan(self, plan_id: str, seen_on: int) -> wire.Plan | None:
        """Return a plan as it was seen on a frame; an actor that was restarted counts its plans from 1 again."""
        plans = self._plans.get(plan_id, [])
        return next((plan for plan in reversed(plans) if plan.frame_index < seen_on), None)

    def known(self, plan: wire.Plan) -> tuple[Known, ...]:
        """Return what could be known of a plan's target when it was made."""
        facts, taught = Facts(), dict[tuple[str, str, str], tuple[str, int]]()
        for learnt in self._learnt:
            if learnt.frame_index < plan.frame_index:
                facts.fold(learnt)
                for fact in learnt.facts:
                    taught[fact.kind if fact.to else "", fact.key, fact.to] = (learnt.actor, learnt.frame_index)
        found: list[Known] = []
        for node in _about(facts, plan):
            by, frame = taught.get(("", node.key, ""), ("", -1))
            found.append(Known(key=node.key, kind=node.kind, props=dict(node.props), by=by, frame_index=frame))
            for edge in facts.neighbours(node.key):
                by, frame = taught.get((edge.kind, edge.key, edge.to), ("", -1))
                found.append(
                    Known(key=edge.key, kind=edge.kind, props=dict(edge.props), to=edge.to, by=by, frame_index=frame)
                )
        return tuple(found[:_MOST_FACTS])


async def _input(session: Session, frame_index: int) -> wire.Input:
    async with contextlib.aclosing(session.ticks(("input",), start=frame_index, end=frame_index)) as ticks:
        async for tick in ticks:
            if tick.input is not None:
                return tick.input
    holes = await session.find_holes()
    reason = next(
        (hole.reason for hole in holes if hole.first_frame <= frame_index <= hole.last_frame), "never written"
    )
    raise SessionError(f"session {session.name!r} lacks the input of frame {frame_index}: {reason}")


async def _history(session: Session, frame_index: int) -> _History:
    history = _History()
    async with contextlib.aclosing(session.ticks(("plan", "learnt"), end=frame_index)) as ticks:
        async for tick in ticks:
            history.add(tick.plans, tick.learnt)
    return history


def _answer(cause: wire.Cause, frame_index: int, history: _History, rate_hz: float) -> Answer:
    def age_ms(since: int) -> float:
        return round((frame_index - since) * 1000 / rate_hz, 1)

    links: list[Link] = []
    wanted, seen_on = cause.plan_id, cause.observed_frame
    while wanted and len(links) < _MOST_PLANS:
        plan = history.plan(wanted, seen_on)
        if plan is None:
            break
        age = frame_index - plan.frame_index
        run_out = bool(plan.valid_frames) and age > plan.valid_frames
        knew = history.known(plan)
        links.append(Link(plan=plan, age_frames=age, age_ms=age_ms(plan.frame_index), run_out=run_out, knew=knew))
        wanted, seen_on = plan.parent_id, plan.frame_index
    return Answer(
        cause=cause,
        age_frames=frame_index - cause.observed_frame,
        age_ms=age_ms(cause.observed_frame),
        plans=tuple(links),
        missing=wanted,
    )


def _about(facts: Facts, plan: wire.Plan) -> Iterator[Node]:
    """Yield what is known of a plan's target, the nearest first: of a cell what lies there, of an area itself."""
    if plan.waypoints and plan.area >= 0:
        target = plan.waypoints[-1]
        near = [
            (_apart(node.place, target), node.key, node)
            for node in facts.nodes()
            if node.place.area == plan.area and _apart(node.place, target) <= _NEAR_CELLS
        ]
        for _, _, node in sorted(near, key=lambda item: item[:2]):
            yield node
            look = facts.node(f"kind:{node.text('look')}") if node.text("look") else None
            if look:
                yield look
    area = facts.node(f"area:{plan.area}") if plan.area >= 0 else None
    if area:
        yield area


def _apart(place: Place, target: wire.Waypoint) -> int:
    return abs(place.x - target.x) + abs(place.y - target.y)
