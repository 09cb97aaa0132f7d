"""An observation is of one frame: picture, memory, watches, plans and events agree, whatever has arrived since."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Drop
from runtime.capture import Capture
from runtime.errors import UsageError, VersionError, WireError
from runtime.game import parse_game
from runtime.memory_bus import MemoryBus
from runtime.observation import READABLE, Observation, Senses
from runtime.pixels import to_rgb
from runtime.subjects import SessionId, subject

SESSION = SessionId("s")

GAME_TOML = """
[game]
name = "square"
console = "gba"

[[watch]]
name = "frame"
address = 0x02000000
type = "u32le"

[[watch]]
name = "start"
address = 0x02000000
type = "u8"
shape = [2, 6]
"""


class Session:
    """Publishes a scripted emulator's frames as a bridge would, and keeps what each looked like."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.backend = ScriptedBackend()
        self.capture = Capture(self.backend, parse_game(GAME_TOML, "game.toml"))
        self.frame_index = -1
        self.pictures: list[Any] = []
        self.memories: list[bytes] = []

    def welcome(self) -> wire.Welcome:
        return wire.Welcome(
            session=SESSION,
            origin="live",
            clock="free",
            paused=False,
            frame_index=self.frame_index,
            game="square",
            game_toml=GAME_TOML,
            rom_sha256="",
            console="gba",
            width=240,
            height=160,
            rate_hz=60.0,
            buttons=self.backend.console.buttons,
            pixel_format=self.backend.pixel_format,
            regions=self.backend.regions,
            core="",
            recorded=False,
        )

    async def send(self, kind: str, payload: wire.Payload) -> None:
        await self.bus.publish(subject(SESSION, kind), wire.encode(payload))

    async def frame(
        self, *held: str, lose: tuple[str, ...] = (), flow: tuple[tuple[str, wire.Payload], ...] = ()
    ) -> None:
        """Emulate and publish one frame; messages of the kinds in `lose` get lost."""
        self.frame_index += 1
        self.backend.step(frozenset(held))
        payloads, _ = self.capture.frame(self.frame_index, self.frame_index * 10)
        self.pictures.append(self.backend.frame().copy())
        self.memories.append(bytes(self.backend.memory()["ewram"]))
        held_input = wire.Input(frame_index=self.frame_index, sent_ns=0, buttons=held)
        for kind, payload in (*flow, ("input", held_input), *payloads):
            if kind not in lose:
                await self.send(kind, payload)

    async def senses(self, *reads: str, every: int = 1) -> Senses:
        senses = Senses(self.bus, self.welcome(), reads, every)
        await senses.open()
        return senses

    def agrees(self, seen: Observation) -> bool:
        """Return whether picture, memory and watches are those of the observation's frame."""
        return (
            np.array_equal(seen.raw, self.pictures[seen.frame_index])
            and bytes(seen.memory("ewram")) == self.memories[seen.frame_index]
            and seen.state["frame"] == seen.frame_index + 1
            and bytes(seen.array("start")) == self.memories[seen.frame_index][:12]
        )


def run(main: Callable[[Session], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main(Session()))


async def observed(senses: Senses) -> Observation:
    seen = await asyncio.wait_for(senses.next(), 5)
    assert seen is not None
    return seen


def plan(actor: str, frame: int, goal: str) -> tuple[str, wire.Payload]:
    return "plan", wire.Plan(actor=actor, frame_index=frame, sent_ns=0, plan_id=goal, goal=goal)


def event(frame: int, name: str, source: str = "bridge") -> tuple[str, wire.Payload]:
    return "event", wire.Event(source=source, frame_index=frame, sent_ns=0, name=name)


@pytest.mark.parametrize("every", [1, 2, 6, 12])
def test_picture_memory_and_watches_are_of_the_observed_frame(every: int) -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("frame", "memory", every=every)
        for i in range(70):
            await session.frame("RIGHT")
            await session.bus.flush()
            if i % every == 0:
                seen = await observed(senses)
                assert (seen.frame_index, seen.sent_ns) == (i, i * 10)
                assert session.agrees(seen), seen.frame_index
                assert np.array_equal(seen.pixels, to_rgb(session.pictures[i], "gba565"))

    run(main)


@pytest.mark.parametrize("every", [1, 6])
def test_a_slow_reader_gets_the_newest_frame_whole_and_counts_the_others(every: int) -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("frame", "memory", every=every)
        for count in (1, 4, 1, 80, 3):
            for _ in range(count * every):
                await session.frame("DOWN")
            await session.bus.flush()
            seen = await observed(senses)
            assert session.agrees(seen), seen.frame_index
            assert seen.frame_index == session.frame_index - session.frame_index % every
            last = seen.frame_index - every
            wanted = Drop(seen.frame_index - (count - 1) * every, last, count - 1) if count > 1 else None
            assert senses.take_drop() == wanted

    run(main)


def test_an_observation_stays_of_its_frame_when_later_messages_have_arrived() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("frame", "memory", "input", "event")
        await session.frame("A")
        await session.bus.flush()
        # All of the next frame has arrived but what closes it.
        await session.frame("B", lose=("state",), flow=(event(1, "next"),))
        await session.bus.flush()
        seen = await observed(senses)
        assert seen.frame_index == 0
        assert session.agrees(seen)
        assert seen.held == ("A",)
        assert seen.events == ()
        await session.frame("START")
        await session.bus.flush()
        seen = await observed(senses)
        assert seen.frame_index == 2
        assert session.agrees(seen)
        assert seen.held == ("START",)
        assert [e.name for e in seen.events] == ["next"]

    run(main)


def test_every_event_is_seen_once_whatever_frame_it_names() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("event")
        await session.frame()
        await session.bus.flush()
        late = (event(1, "of the next frame"), event(-1, "of an old frame", "slow"))
        await session.frame(lose=("state",), flow=late)
        await session.bus.flush()
        assert [e.name for e in (await observed(senses)).events] == ["of an old frame"]
        await session.frame()
        await session.bus.flush()
        assert [e.name for e in (await observed(senses)).events] == ["of the next frame"]

    run(main)


def test_a_plan_is_seen_from_the_frame_after_the_one_it_was_made_on() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("plan")
        await session.frame(flow=(plan("p", 0, "early"),))
        await session.bus.flush()
        assert (await observed(senses)).plans == {}
        await session.frame(flow=(plan("p", 1, "later"), plan("q", -1, "other")))
        await session.bus.flush()
        assert {a: p.goal for a, p in (await observed(senses)).plans.items()} == {"p": "early", "q": "other"}
        await session.frame()
        await session.bus.flush()
        assert {a: p.goal for a, p in (await observed(senses)).plans.items()} == {"p": "later", "q": "other"}

    run(main)


def learnt(actor: str, frame: int, key: str) -> tuple[str, wire.Payload]:
    return "learnt", wire.Learnt(actor=actor, frame_index=frame, sent_ns=0, facts=(wire.Fact("Area", key),))


def keys(seen: Observation) -> list[str]:
    return [fact.key for each in seen.learnt for fact in each.facts]


@pytest.mark.parametrize("every", [6, 60])
def test_all_that_was_learnt_is_seen_once_in_the_bridges_order_from_the_frame_after(every: int) -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("learnt", every=every)
        await session.frame(flow=(learnt("a", -1, "known before"), learnt("a", 0, "of this frame")))
        await session.bus.flush()
        assert keys(await observed(senses)) == ["known before"]
        for i in range(1, every + 1):
            await session.frame(flow=(learnt("b", i - 3, f"late {i}"), learnt("a", i - 1, f"{i}")))
        await session.bus.flush()
        both = [key for i in range(1, every + 1) for key in (f"late {i}", f"{i}")]
        assert keys(await observed(senses)) == ["of this frame", *both]
        for _ in range(every):
            await session.frame()
        await session.bus.flush()
        assert keys(await observed(senses)) == []

    run(main)


def test_what_is_learnt_faster_than_anybody_looks_is_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.observation._LEARNT_LIMIT", 3)

    async def main(session: Session) -> None:
        senses = await session.senses("learnt")
        await session.frame(flow=tuple(learnt("a", i - 9, f"{i}") for i in range(5)))
        await session.bus.flush()
        assert keys(await observed(senses)) == ["2", "3", "4"]
        assert senses.take_learnt_drop() == Drop(-9, -8, 2)
        assert senses.take_learnt_drop() is None

    run(main)


def test_what_was_learnt_later_is_forgotten_when_a_replay_goes_back() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("learnt")
        for i in range(3):
            await session.frame(flow=(learnt("a", i, f"{i}"),))
        session.frame_index = 0
        await session.frame(flow=(learnt("a", 0, "again"),))
        await session.bus.flush()
        assert keys(await observed(senses)) == ["0", "again"]

    run(main)


def test_what_is_not_read_is_not_there_and_says_so() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses()
        await session.frame("A", flow=(plan("p", -1, "goal"),))
        await session.bus.flush()
        seen = await observed(senses)
        assert seen.state["frame"] == 1
        assert (seen.plans, seen.held) == ({}, ())
        for ask in (lambda: seen.raw, lambda: seen.memory("ewram"), lambda: seen.array("start")):
            with pytest.raises(UsageError, match="to what the actor reads"):
                ask()

    run(main)


def test_a_reader_that_joins_late_sees_nothing_before_the_next_key() -> None:
    async def main(session: Session) -> None:
        for _ in range(5):
            await session.frame()
        senses = await session.senses("frame", "memory")
        waiting = asyncio.ensure_future(observed(senses))
        await session.frame()
        await session.bus.flush()
        await session.bus.flush()
        assert not waiting.done()
        session.capture.force_key()
        await session.frame()
        seen = await waiting
        assert seen.frame_index == 6
        assert session.agrees(seen)

    run(main)


def test_a_reader_of_watches_alone_needs_no_key() -> None:
    async def main(session: Session) -> None:
        await session.frame()
        senses = await session.senses("state")
        await session.frame()
        assert (await observed(senses)).state["frame"] == 2

    run(main)


async def frames_observed(session: Session, senses: Senses, count: int, every: int, lost: tuple[int, ...]) -> list[int]:
    """Publish `count` frames, losing the pictures and memory of some; return those that were observed, all checked."""
    seen_frames = []

    async def read() -> None:
        while seen := await senses.next():
            seen_frames.append(seen.frame_index)
            assert session.agrees(seen), seen.frame_index

    reader = asyncio.ensure_future(read())
    for i in range(count):
        await session.frame("LEFT", lose=("frame", "view", "memory", "memory10") if i in lost else ())
        for _ in range(4):
            await session.bus.flush()
    senses.end()
    await reader
    return seen_frames


@pytest.mark.parametrize("every", [1, 6])
def test_after_a_hole_frames_are_passed_over_until_the_next_key(every: int) -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("frame", "memory", every=every)
        seen = await frames_observed(session, senses, 70, every, lost=(12,))
        assert seen == [i for i in range(0, 70, every) if i < 12 or i >= 60]

    run(main)


def test_a_damaged_frame_is_passed_over_until_the_next_key() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("frame", "memory")
        damaged = wire.Frame(
            frame_index=3,
            sent_ns=0,
            width=240,
            height=160,
            pixel_format="gba565",
            key=False,
            pixels_hash=0,
            data=b"damaged",
        )
        seen = []
        for i in range(61):
            flow = (("frame", damaged),) if i == 3 else ()
            await session.frame("UP", lose=("frame",) if i == 3 else (), flow=flow)
            await session.bus.flush()
            if i < 3 or i == 60:
                seen.append((await observed(senses)).frame_index)
        assert seen == [0, 1, 2, 60]

    run(main)


def test_the_picture_and_memory_cannot_be_written_to() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("frame", "memory")
        await session.frame()
        await session.bus.flush()
        seen = await observed(senses)
        for array in (seen.raw, seen.memory("iwram"), seen.array("start")):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
        with pytest.raises(WireError, match="no memory region 'vram'; there are ewram, iwram"):
            seen.memory("vram")

    run(main)


def test_the_end_of_the_session_ends_waiting_but_not_before_the_last_frame() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses()
        await session.frame()
        await session.send(*event(0, "session.ended"))
        await session.bus.flush()
        assert (await observed(senses)).frame_index == 0
        assert await senses.next() is None
        assert senses.ended

    run(main)


def test_close_wakes_who_waits_and_unsubscribes() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("frame")
        waiting = asyncio.ensure_future(senses.next())
        await asyncio.sleep(0)
        await senses.close()
        assert await waiting is None
        await session.frame()
        await session.bus.flush()
        assert await senses.next() is None

    run(main)


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=f"cannot read smell; an actor may read {', '.join(READABLE)}"):
        Senses(MemoryBus(), Session().welcome(), ("state", "smell"), 1)


def test_a_session_of_another_version_is_an_error_that_names_both() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("state")
        newer = msgspec.structs.replace(wire.State(frame_index=0, sent_ns=0, values={}), version=2)
        await session.send("state", newer)
        with pytest.raises(VersionError, match="'state' has version 2, this program reads version 1"):
            await observed(senses)

    run(main)


def test_a_damaged_message_is_passed_over() -> None:
    async def main(session: Session) -> None:
        senses = await session.senses("state")
        await session.bus.publish(subject(SESSION, "state"), b"no payload")
        await session.frame()
        assert (await observed(senses)).frame_index == 0

    run(main)
