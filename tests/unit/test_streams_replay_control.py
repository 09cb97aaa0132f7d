"""What a replay is asked while it runs: it does exactly that, and whoever watches can follow."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.clock import ManualClock
from runtime.commands.keys import keys_in
from runtime.control import OPS as LIVE_OPS
from runtime.control import control
from runtime.errors import ControlError, UsageError
from runtime.frame_codec import FrameDecoder
from runtime.memory_bus import MemoryBus
from runtime.memory_codec import MemoryDecoder
from runtime.subjects import BY_KIND, PUBLISHED, everything, kind_of, session_id, subject
from streams.replay import Replay, ReplayOptions
from streams.replay_control import OPS
from streams.replay_keys import HELP, Keys
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import Frame, held_on, play, record

FRAMES = list(play(ScriptedBackend(), 200))
NAME = session_id("again")


class Player:
    """A replay that runs, a viewer who decodes all of it, and a remote control."""

    def __init__(self, replay: Replay, bus: MemoryBus, clock: ManualClock) -> None:
        self.replay, self.bus, self.clock = replay, bus, clock
        self.seen: list[tuple[str, Any]] = []
        self.pixels: list[tuple[int, Any]] = []
        self.images: list[tuple[int, Any]] = []
        self._video, self._memory = FrameDecoder(), MemoryDecoder()

    def take(self, message: Message) -> None:
        kind = kind_of(message.subject)
        if kind not in PUBLISHED:
            return
        payload: Any = wire.decode(BY_KIND[kind].payload, message.data)
        self.seen.append((kind, payload))
        if kind == "frame":
            self.pixels.append((payload.frame_index, self._video.decode(payload)))
        elif kind == "memory":
            assert self._memory.apply(payload)
            self.images.append((payload.frame_index, self._memory.region("ewram").copy()))

    def of(self, kind: str) -> list[Any]:
        return [payload for seen, payload in self.seen if seen == kind]

    def indices(self) -> list[int]:
        return [state.frame_index for state in self.of("state")]

    def ends(self) -> list[wire.Event]:
        return [event for event in self.of("event") if event.name == "session.ended"]

    async def ask(self, op: str, **fields: Any) -> wire.ControlReply:
        return await control(self.bus, NAME, wire.Control(op=op, **fields), 5)

    async def refused(self, op: str, **fields: Any) -> str:
        with pytest.raises(ControlError) as caught:
            await self.ask(op, **fields)
        return str(caught.value)


@contextlib.asynccontextmanager
async def playing(frames: list[Frame] | None = None, **options: Any) -> AsyncIterator[Player]:
    """Run a replay while inside, to its end."""
    store, bus, clock = MemoryStore(), MemoryBus(), ManualClock()
    clock.time_ns = 1_000_000_000
    await record(store, "s", frames or FRAMES)
    session = await open_session(store, "s")
    replay = Replay(session, bus, ReplayOptions(NAME, **({"look_s": 0.0, "rate": 0.0} | options)), clock)
    player = Player(replay, bus, clock)
    await bus.subscribe(everything(NAME), player.take)
    async with asyncio.timeout(20):
        running = asyncio.create_task(replay.run())
        await asyncio.sleep(0.01)
        try:
            yield player
            await running
            await asyncio.sleep(0)
        finally:
            running.cancel()


def pictures(count: int = 200) -> list[tuple[Any, Any]]:
    """Return pixels and memory of each frame, as the emulator had them."""
    backend, kept = ScriptedBackend(), []
    for i in range(count):
        backend.step(frozenset(held_on(i)))
        kept.append((backend.frame().copy(), backend.memory()["ewram"].copy()))
    return kept


def check_pictures(player: Player) -> None:
    """Every frame that went out shows what the emulator showed."""
    wanted = pictures()
    assert player.pixels
    assert player.images
    for index, raw in player.pixels:
        assert np.array_equal(raw, wanted[index][0]), index
    for index, image in player.images:
        assert np.array_equal(image, wanted[index][1]), index


def test_pause_step_and_resume() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            assert player.indices() == []
            reply = await player.ask("step", frames=3)
            assert (reply.frame_index, reply.paused, reply.clock) == (2, True, "free")
            assert player.indices() == [0, 1, 2]
            assert (await player.ask("step", frames=1)).frame_index == 3
            assert not (await player.ask("resume")).paused
        assert player.indices() == list(range(200))
        check_pictures(player)

    asyncio.run(main())


def test_a_seek_shows_that_very_frame_forwards_and_backwards() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            for target in (100, 41, 199, 0, 60, 61, 59):
                player.seen.clear()
                reply = await player.ask("seek", frame=target)
                assert (reply.frame_index, reply.paused) == (target, True)
                assert player.of("frame")[0].key
                assert player.of("memory")[0].whole
                assert player.indices() == [target]
                if target < 199:
                    assert (await player.ask("step", frames=1)).frame_index == target + 1
            await player.ask("stop")
        check_pictures(player)
        assert len(player.ends()) == 1

    asyncio.run(main())


def test_a_seek_while_it_runs_goes_on_from_there() -> None:
    async def main() -> None:
        async with playing(rate=1.0) as player:
            reply = await player.ask("seek", frame=190)
            assert (reply.frame_index, reply.paused) == (190, False)
        indices = player.indices()
        before = indices.index(190)
        assert indices == [*range(before), *range(190, 200)]
        assert 0 < before < 100
        check_pictures(player)

    asyncio.run(main())


def test_the_plans_in_force_and_all_that_was_learnt_come_before_the_frame() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            await player.ask("seek", frame=75)
            assert [(plan.plan_id, plan.frame_index) for plan in player.of("plan")] == [("p60", 59)]
            assert [each.frame_index for each in player.of("learnt")] == [19, 69]
            assert [kind for kind, _ in player.seen[:3]] == ["plan", "learnt", "learnt"]
            player.seen.clear()
            await player.ask("seek", frame=5)
            assert player.of("plan") == player.of("learnt") == []
            await player.ask("stop")

    asyncio.run(main())


def test_who_comes_in_a_pause_is_shown_the_frame() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            await player.ask("step", frames=71)
            player.seen.clear()
            await player.ask("refresh")
            await asyncio.sleep(0.01)
            assert [(kind, payload.frame_index) for kind, payload in player.seen] == [
                (kind, 70) for kind in ("input", "frame", "memory", "state", "view", "memory10", "state10")
            ]
            assert player.of("frame")[0].key
            assert player.of("memory")[0].whole
            assert player.of("state")[0].values["frame"] == 71
            await player.ask("resume")
        check_pictures(player)

    asyncio.run(main())


def test_a_loop_begins_again_and_ends_once() -> None:
    async def main() -> None:
        async with playing(start=75, end=99, plays=3) as player:
            pass
        assert player.indices() == [*range(75, 100)] * 3
        assert [frame.frame_index for frame in player.of("frame") if frame.key] == [75, 75, 75]
        assert len(player.ends()) == 1
        assert player.seen[-1][0] == "event"
        check_pictures(player)

    asyncio.run(main())


def test_an_endless_loop_ends_when_told() -> None:
    async def main() -> None:
        async with playing(plays=0) as player:
            for _ in range(100_000):
                if len(player.indices()) >= 450:
                    break
                await asyncio.sleep(0)
            assert player.ends() == []
            await player.ask("set_loop", loop=1)
        assert len(player.indices()) % 200 == 0
        assert len(player.ends()) == 1

    asyncio.run(main())


def test_a_loop_can_be_asked_for_while_it_runs() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            await player.ask("set_loop", loop=2)
            await player.ask("resume")
        assert player.indices() == [*range(200)] * 2

    asyncio.run(main())


def test_a_paused_replay_stays_at_its_last_frame() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            await player.ask("seek", frame=199)
            assert await player.refused("step", frames=1) == "there are no more frames"
            assert player.ends() == []
            assert (await player.ask("seek", frame=3)).frame_index == 3
            assert await player.refused("step", frames=500) == "there are no more frames"
            assert player.indices()[-1] == 199
            await player.ask("resume")
        assert [event.source for event in player.ends()] == ["bridge"]

    asyncio.run(main())


def test_the_end_of_a_replay_cut_short_is_its_own() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            await player.ask("step", frames=10)
            waiting = asyncio.create_task(player.refused("step", frames=10_000))
            await asyncio.sleep(0)
            await player.ask("pause")
            await player.ask("stop")
            assert await waiting in ("the replay has ended", "there are no more frames")
        (end,) = player.ends()
        assert (end.source, end.facts["frames"]) == ("replay", len(player.indices()))

    asyncio.run(main())


def test_a_seek_ends_a_step_under_way() -> None:
    async def main() -> None:
        async with playing(paused=True, rate=1.0) as player:
            waiting = asyncio.create_task(player.refused("step", frames=150))
            await asyncio.sleep(0)
            again = await player.refused("step", frames=1)
            assert again.startswith("a step of ")
            assert (await player.ask("seek", frame=20)).frame_index == 20
            assert await waiting == "left for frame 20"
            await player.ask("stop")

    asyncio.run(main())


def test_the_rate_is_changed_while_it_plays() -> None:
    async def main() -> None:
        async with playing(paused=True, rate=1.0) as player:
            rate_hz = 59.7275
            began_ns = player.clock.time_ns
            await player.ask("step", frames=61)
            assert (player.clock.time_ns - began_ns) / 1e9 == pytest.approx(60 / rate_hz, rel=1e-3)
            began_ns = player.clock.time_ns
            await player.ask("set_rate", rate=0.25)
            await player.ask("step", frames=61)
            assert (player.clock.time_ns - began_ns) / 1e9 == pytest.approx(4 * 60 / rate_hz, rel=0.02)
            began_ns = player.clock.time_ns
            assert (await player.ask("set_rate", rate=0.0)).clock == "free"
            await player.ask("resume")
        assert player.clock.time_ns == began_ns
        assert player.indices() == list(range(200))

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"op": "step"}, "step 0: allowed are 1 or more frames"),
        ({"op": "seek", "frame": 200}, "seek 200: allowed are this replay's frames 0 to 199"),
        ({"op": "seek"}, "seek -1: allowed are this replay's frames 0 to 199"),
        ({"op": "set_rate", "rate": -1.0}, "set_rate -1.0: allowed are numbers above 0"),
        ({"op": "set_rate", "rate": float("nan")}, "set_rate nan: allowed are numbers above 0"),
        ({"op": "set_loop", "loop": -1}, "set_loop -1: allowed are 1 or more times"),
        ({"op": "dance"}, "no operation 'dance'; a replay can pause, "),
        *(({"op": op}, f"{op}: this is a replay, only a live game can do that") for op in LIVE_OPS if op not in OPS),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(fields: dict[str, Any], said: str) -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            assert (await player.refused(**fields)).startswith(said)
            await player.ask("resume")
        assert player.indices() == list(range(200))

    asyncio.run(main())


def test_saving_and_loading_are_for_live_games() -> None:
    assert {"save", "load", "reset", "set_clock"} <= set(LIVE_OPS) - set(OPS)


def test_a_range_outside_is_refused_before_anything_waits() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="has frames 0 to 199"):
            async with playing(paused=True, start=150, end=900):
                pass

    asyncio.run(main())


def test_bytes_that_are_no_request_are_passed_over() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            await player.bus.publish(subject(NAME, "in.control"), b"\xc1")
            assert (await player.ask("step", frames=1)).frame_index == 0
            await player.ask("stop")

    asyncio.run(main())


def test_keys_as_a_terminal_sends_them() -> None:
    assert keys_in(b" .\x1b[C\x1bOD+q") == [" ", ".", "right", "left", "+", "q"]
    assert keys_in(b"\x1b[5~") == ["pageup"]
    assert keys_in(b"") == []


def test_keys_control_a_replay() -> None:
    async def main() -> None:
        async with playing(paused=True) as player:
            transport = player.replay.transport
            keys = Keys(transport, lambda: player.replay.frame_index, 59.7275)

            async def press(*pressed: str) -> int:
                for key in pressed:
                    keys.press(key)
                    await asyncio.sleep(0.01)
                return player.replay.frame_index

            for _ in range(2):  # pressed at once, none is lost
                keys.press(".")
            assert await press() == -1
            await asyncio.sleep(0.01)
            assert player.replay.frame_index == 1
            assert await press("right") == 61
            assert await press("right", "left", "left") == 1
            assert await press(",", ",", ",") == 0
            assert await press("right", "right", "right", "right", "right") == 199
            await press("-")
            assert transport.rate == 32.0
            await press("+", "+")
            assert transport.rate == 64.0
            await press("0", "+", "-", "-")
            assert transport.rate == 0.5
            await press("l")
            assert transport.plays == 0
            await press("l", "left", "?")
            assert transport.plays == 1
            assert transport.paused
            await press(" ", "q")
        assert len(player.ends()) == 1

    asyncio.run(main())


def test_the_help_fits_on_one_line() -> None:
    assert len(HELP) <= 100
