"""An annotator on a recording: the actor in its real loop, fed frame by frame, with no session on the bus.

What it says is compared with what it said before, and only what differs becomes acts: the same annotator run twice adds
nothing, and one whose rules changed takes back what it no longer says.
"""

import uuid
from collections.abc import Callable, Sequence

import msgspec

from runtime import wire
from runtime.actor import Actor, Annotate
from runtime.bus import Message
from runtime.clock import WallClock, frames_per_tick
from runtime.errors import UsageError
from runtime.loop import ActorLoop, LoopOptions
from runtime.memory_bus import MemoryBus
from runtime.observation import subscribed
from runtime.subjects import PUBLISHED, SessionId, subject
from streams.annotations.acts import Value, make_act
from streams.annotations.fold import Fold, Said
from streams.annotations.spans import Run, Spans
from streams.annotations.statements import comparable
from streams.feeding import feed
from streams.replay import Replay, ReplayOptions
from streams.session import Session

_NAME = SessionId("annotate")


async def annotate(
    session: Session,
    actor: Actor,
    name: str,
    *,
    first_frame: int | None = None,
    last_frame: int | None = None,
    on_frame: Callable[[], object] = lambda: None,
) -> list[wire.Annotation]:
    """Return what an actor says of a recording, as acts in the order in which it said it.

    Args:
        session: The recording.
        actor: The annotator; its `writes` has "annotation".
        name: Its name.
        first_frame: Where to begin; None for the recording's first frame.
        last_frame: Where to end, inclusive; None for its last.
        on_frame: Called after each frame.

    Raises:
        UsageError: It is no annotator, or the range lies outside the recording.
        FramewireError: It failed, and on which frame.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    every = frames_per_tick(actor.rate)
    if Annotate.kind not in actor.writes or not every:
        raise UsageError(f"actor {name}: wanted one that writes {Annotate.kind!r} and has a rate in frames or Hz")
    bus = MemoryBus()
    said: list[wire.Annotation] = []

    def hear(message: Message) -> None:
        said.append(wire.decode(wire.Annotation, message.data))

    await bus.subscribe(subject(_NAME, "annotation", name), hear)
    kinds = tuple(kind for kind in PUBLISHED if kind in subscribed(actor.reads, every))
    options = ReplayOptions(
        _NAME,
        rate=0.0,
        start=first_frame,
        end=last_frame,
        look_s=0.0,
        kinds=kinds,
        wait_for_actors=True,
        wait_for=(name,),
    )
    replay = Replay(session, bus, options, WallClock())
    await feed(replay, ActorLoop(actor, bus, LoopOptions(name, _NAME, actor.rate)), name, on_frame)
    await bus.flush()
    return said


def news(
    fold: Fold, name: str, said: Sequence[wire.Annotation], first_frame: int, last_frame: int
) -> list[wire.Annotation]:
    """Return what of an annotator's acts says other than it said before, and acts that take back what it says no more.

    Args:
        fold: What was said before.
        name: The annotator.
        said: Its acts on a range of frames, in order.
        first_frame: The first frame of the range.
        last_frame: The last one, inclusive.
    """
    now = Fold(said)
    new = [act for act in _final(now, name) if not _known(fold, act)]
    for key in sorted({key for act in fold.acts for key in act.labels}):
        for suggestion in (False, True):
            after = _layer(now, name, key, suggestion=suggestion)
            for run in _layer(fold, name, key, suggestion=suggestion).within(first_frame, last_frame):
                gaps = after.gaps(run.first_frame, run.last_frame) if run.value.value else ()
                new += [_taken_back(run.value, gap) for gap in gaps]
    return new


def _final(now: Fold, name: str) -> list[wire.Annotation]:
    """Return acts that say what an annotator's acts come to: what a later one replaced is left out."""
    labels: dict[tuple[int, int, int], dict[str, Value]] = {}  # by order and range
    acts: dict[int, wire.Annotation] = {}
    for key in sorted({key for act in now.acts for key in act.labels}):
        for suggestion in (False, True):
            for run in _layer(now, name, key, suggestion=suggestion):
                said = run.value
                acts[said.order] = said.act
                labels.setdefault((said.order, run.first_frame, run.last_frame), {})[key] = said.value
    final = []
    for (order, first, last), of_act in sorted(labels.items(), key=lambda item: item[0]):
        act = msgspec.structs.replace(acts[order], first_frame=first, last_frame=last, labels=of_act)
        final.append(act if act == acts[order] else msgspec.structs.replace(act, act_id=uuid.uuid4().hex))
    return final


def _known(fold: Fold, act: wire.Annotation) -> bool:
    """Return whether an annotator says exactly this already."""
    for key, value in act.labels.items():
        layer = _layer(fold, act.annotator, key, suggestion=act.suggestion)
        runs = layer.within(act.first_frame, act.last_frame)
        frames = sum(run.frames for run in runs)
        equal = all(
            comparable(run.value.value) == comparable(value)
            and (run.value.act.confidence, run.value.act.model) == (act.confidence, act.model)
            for run in runs
        )
        if not equal or frames != act.last_frame - act.first_frame + 1:
            return False
    return True


def _layer(fold: Fold, name: str, key: str, *, suggestion: bool) -> Spans[Said]:
    return (fold.suggested(key) if suggestion else fold.layers(key)).get(name, Spans())


def _taken_back(said: Said, gap: Run[None]) -> wire.Annotation:
    act = said.act
    return make_act(
        act.annotator,
        gap.first_frame,
        gap.last_frame,
        {said.key: ""},
        kind=act.kind,
        suggestion=act.suggestion,
        model=act.model,
    )
