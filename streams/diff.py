"""Process replay: feed a recording to an actor, frame by frame, and compare what it does now with what it did then."""

import asyncio
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from runtime import wire
from runtime.actor import Actor, config_fields, load_class, make
from runtime.bus import Message
from runtime.clock import WallClock, frames_per_tick
from runtime.errors import SessionError, UsageError
from runtime.launch import ActorEntry
from runtime.loop import ActorLoop
from runtime.memory_bus import MemoryBus
from runtime.observation import subscribed
from runtime.plan import loop_options, rate_of
from runtime.session_meta import SessionMeta
from runtime.subjects import PUBLISHED, SessionId, subject
from streams.diff_compare import Comparison, Verdict
from streams.feeding import feed
from streams.replay import Replay, ReplayOptions
from streams.session import Session

_NAME = SessionId("diff")

#: What the comparison reads of a recording.
_COMPARED = ("savestate", "plan", "learnt", "event", "input")

#: What an actor sends.
_MADE: Mapping[str, type[wire.Payload]] = {
    "action": wire.Action,
    "plan": wire.Plan,
    "learnt": wire.Learnt,
    "event": wire.Event,
}


def recorded_actors(meta: SessionMeta) -> dict[str, ActorEntry]:
    """Return the actors of a session's launch plan, by name; none when it has no plan.

    Raises:
        SessionError: The plan cannot be read.
    """
    try:
        tables = tomllib.loads(meta.launch_plan).get("actor") or ()
        return {entry.name: entry for entry in msgspec.convert(tables, tuple[ActorEntry, ...])}
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SessionError(f"session {meta.session!r}: its launch plan cannot be read: {error}") from error


def actor_entry(
    meta: SessionMeta, name: str, folder: Path, *, uses: str = "", config: Mapping[str, Any] | None = None
) -> ActorEntry:
    """Return how to make the actor: as recorded, with another class (`uses`) and with `config` over the recorded one.

    Of the recorded config, another class gets the keys that it knows.

    Raises:
        UsageError: The recording has no such actor, or the class cannot be imported.
        SessionError: The recorded plan cannot be read.
    """
    actors = recorded_actors(meta)
    entry = actors.get(name)
    if entry is None and (actors or not uses):
        there = ", ".join(actors) or "none that its launch plan names"
        raise UsageError(f"session {meta.session!r} has no actor {name!r}; there are {there}")
    if entry is None:
        entry = ActorEntry(name=name, uses=uses)
    if uses and uses != entry.uses:
        known = config_fields(load_class(uses, folder))
        kept = {key: value for key, value in entry.config.items() if key in known}
        entry = msgspec.structs.replace(entry, uses=uses, config=kept)
    rate = entry.rate or load_class(entry.uses, folder).rate
    return msgspec.structs.replace(entry, rate=rate, config={**entry.config, **(config or {})})


async def diff(
    session: Session, entry: ActorEntry, folder: Path, *, most: int = 10, on_frame: Callable[[], object] = lambda: None
) -> Verdict:
    """Feed a recording to an actor and compare.

    The actor runs in its real loop; a frame comes when it has answered the one before. What it sees of others, plans
    and events, is the recording's, and so are its own. Frames that the actor dropped when it was recorded are fed, too.

    Args:
        session: The recording.
        entry: How to make the actor.
        folder: Searched first for its class.
        most: How many differences to keep.
        on_frame: Called after each frame.

    Raises:
        UsageError: The actor cannot be made.
        FramewireError: It failed, and on which frame.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    actor = make(load_class(entry.uses, folder), entry.config, entry.name)
    every = frames_per_tick(rate_of(entry))
    priorities = {name: other.priority for name, other in recorded_actors(session.meta).items()}
    comparison = Comparison(entry.name, priorities, lockstep=session.meta.clock == "lockstep" and every > 0, most=most)
    bus = MemoryBus() if every else _PatientBus()
    for kind, payload_type in _MADE.items():
        await bus.subscribe(subject(_NAME, f"in.{kind}", entry.name), _hearing(comparison, payload_type))
    options = ReplayOptions(
        _NAME,
        rate=0.0,
        look_s=0.0,
        kinds=_kinds(actor, every),
        also_read=_COMPARED,
        wait_for_actors=True,
        wait_for=(entry.name,),
    )
    replay = Replay(session, bus, options, WallClock())
    loop = ActorLoop(actor, bus, loop_options(entry, _NAME))
    await feed(replay, loop, f"{entry.name} ({entry.uses})", on_frame, comparison.see)
    comparison.end()
    return comparison.verdict


def _kinds(actor: Actor, every: int) -> tuple[str, ...]:
    """Return what the actor subscribes to; nothing else needs to be read."""
    wanted = subscribed(actor.reads, every)
    return tuple(kind for kind in PUBLISHED if kind in wanted)


def _hearing(comparison: Comparison, payload_type: type[wire.Payload]) -> Callable[[Message], None]:
    def hear(message: Message) -> None:
        comparison.hear(wire.decode(payload_type, message.data))

    return hear


class _PatientBus(MemoryBus):
    """Gives an actor on messages, which nobody waits for, the turns that it needs to deal with a frame's messages."""

    async def push(self) -> None:
        """See Bus."""
        for _ in range(8):
            await asyncio.sleep(0)
