"""`runtime replay` and `runtime diff` as people type them, on a server of their own and in a terminal."""

import asyncio
import json
import re
import signal
import termios
import time

import msgspec
import pytest
import uvloop

from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.clock import ManualClock
from runtime.loop import ActorLoop, LoopOptions
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.observation import Observation
from runtime.subjects import session_id
from streams.jetstream_store import JetStreamStore
from streams.replay import Replay, ReplayOptions
from streams.serve_replay import serve_replay
from streams.session import open_session
from tests.desk import PATIENCE_S, Desk
from tests.streams_source import meta_of, play, record
from tests.terminal import Terminal

FRAMES = list(play(ScriptedBackend(), 200))

#: An actor that did what `tests.streams_source.held_on` holds.
HOLDER = """
from typing import ClassVar

from runtime.actor import Press

HELD = (("RIGHT",), ("RIGHT", "UP"), (), ("LEFT", "A"), ("RIGHT",), ("DOWN",))


class Holder:
    rate: ClassVar = "frame"
    reads: ClassVar = ("state",)
    writes: ClassVar = ("action",)

    def act(self, seen):
        n = seen.frame_index + 1
        return Press(*HELD[n % 6], plan_id=f"p{n // 50 * 50}")


class Late(Holder):
    def act(self, seen):
        return Press("B") if seen.frame_index >= 77 else super().act(seen)
"""
PLAN = '[[actor]]\nname = "reflex"\nuses = "holder:Holder"\nrate = "frame"\n'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return a desk with one recording and an actor's file."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    (desk.folder / "holder.py").write_text(HOLDER)

    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            meta = meta_of(ScriptedBackend(), "whole")
            meta = msgspec.structs.replace(meta, clock="lockstep", launch_plan=PLAN)
            await record(JetStreamStore(bus), "whole", FRAMES, meta=meta)

    uvloop.run(main())
    return desk


def test_ranges_loops_and_filters(desk: Desk) -> None:
    out, error = desk.outputs("replay", "whole", "--rate", "max", "--start", "0:01", "--end", "2s", "--loop", "3")
    assert error == "replaying frames 60 to 119 of whole as whole-replay; Ctrl-C ends it\n"
    assert out.startswith("replayed 180 frames of whole as whole-replay, ")
    words = ("--rate", "max", "--kinds", "state,frame", "--filter", "frame_index < 50", "--remap", "frame:=camera.one")
    assert desk.outputs("replay", "whole", *words)[0].startswith("replayed 50 frames of whole")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--start", "2x"), "'2x': allowed are a frame's number and times like 12.5s, 1:02"),
        (("--end", "0s"), "no frame of session 'whole' lies before it"),
        (("--start", "150", "--end", "149", "--pause"), "session 'whole' has frames 0 to 199"),
        (("--kinds", "sound"), "kinds sound: a replay publishes savestate, plan, "),
        (("--filter", "player.y > 1"), "uses player.y; known are "),
        (("--remap", "frame:=fw.x.frame"), "have other owners"),
        (("--loop", "0"), "0 is not in the range"),
    ],
)
def test_bad_input_is_one_clear_error(desk: Desk, words: tuple[str, ...], said: str) -> None:
    assert said in desk.outputs("replay", "whole", *words, status=2)[1]


@pytest.mark.parametrize("leave", ["key", "signal", "ctrl-c"])
def test_keys_control_it_and_the_terminal_is_given_back(desk: Desk, leave: str) -> None:
    terminal = Terminal(desk, "replay", "whole", "--pause", "--end", "3", "--as", f"keys-{leave}")
    try:
        terminal.wait_for("q quit")
        assert termios.tcgetattr(terminal.slave) != terminal.before
        terminal.press(b"...")
        terminal.press(b".")
        terminal.wait_for("4/4")
        if leave == "key":
            terminal.press(b"q")
        elif leave == "ctrl-c":
            terminal.press(b"\x03")
        else:
            terminal.process.send_signal(signal.SIGTERM)
        terminal.wait_for(f"replayed 4 frames of whole as keys-{leave}")
        assert terminal.process.wait(PATIENCE_S) == (0 if leave == "key" else 130)
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


def test_an_actor_is_compared_with_its_recording(desk: Desk) -> None:
    out, _ = desk.outputs("diff", "whole", "--actor", "reflex")
    assert "action: 199 equal, 0 different" in out
    assert "whole: equal; 199 of 200 ticks of reflex compared, 200 frames, " in out
    out, _ = desk.outputs("diff", "whole", "--actor", "reflex", "--uses", "holder:Late", "--show", "2", status=1)
    assert "whole: differs from frame 77 on" in out
    assert re.search(r"77 +│ action +│ buttons=RIGHT plan_id=p50 +│ buttons=B plan_id=none", out)
    words = ("diff", "whole", "--actor", "reflex", "--uses", "holder:Late", "--json")
    report = json.loads(desk.outputs(*words, status=1)[0])
    assert (report["equal"], report["ticks"], report["differences"][0]["frame_index"]) == (False, 200, 77)
    assert report["kinds"]["action"] == {"equal": 77, "different": 122, "not_comparable": 1}
    assert len(report["differences"]) == 10
    assert "has no actor 'x'; there are reflex" in desk.outputs("diff", "whole", "--actor", "x", status=2)[1]
    assert "KEY=VALUE" in desk.outputs("diff", "whole", "--actor", "reflex", "--config", "x", status=2)[1]


class Slow:
    """Takes longer for a tick than the replay for a frame."""

    rate = "frame"
    reads = ("frame", "memory")
    writes = ("action",)

    def __init__(self) -> None:
        self.seen: list[int] = []

    def act(self, seen: Observation) -> None:
        time.sleep(0.002)
        self.seen.append(seen.frame_index)


def test_a_replay_in_the_place_of_a_bridge_waits_for_its_actors(desk: Desk) -> None:
    async def main() -> None:
        async with (
            open_bus(NatsOptions(), desk.home, "test") as bus,
            open_bus(NatsOptions(), desk.home, "actor") as other,
        ):
            slow = Slow()
            loop = ActorLoop(slow, other, LoopOptions("slow", session_id("served"), "frame"))  # type: ignore[arg-type]  # instance fields for class ones
            stops: list[object] = []
            async with asyncio.timeout(PATIENCE_S):
                acting = asyncio.create_task(loop.run())
                frames = await serve_replay(
                    bus, "whole", session_id("served"), clock="lockstep", end_by=stops.append, wait_for=("slow",)
                )
                await acting
            assert frames == 200
            assert slow.seen == list(range(200))
            assert len(stops) == 1

    uvloop.run(main())


def test_the_real_bus_carries_every_frame_of_a_looped_replay(desk: Desk) -> None:
    async def main() -> None:
        seen: list[Message] = []
        async with (
            open_bus(NatsOptions(), desk.home, "test") as bus,
            open_bus(NatsOptions(), desk.home, "reader") as reader,
        ):
            await reader.subscribe("fw.over.frame", seen.append)
            session = await open_session(JetStreamStore(bus), "whole")
            options = ReplayOptions(session_id("over"), rate=0.0, plays=2)
            assert await Replay(session, bus, options, ManualClock()).run() == 400
            await reader.flush()
        assert len(seen) == 400

    uvloop.run(main())
