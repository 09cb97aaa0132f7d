"""A whole session as a user runs it: up, verify, dataset, replay, looking at it; the real core, server and commands."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import xxhash
from PIL import Image

from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.desk import Desk

#: By then the ember is asked for, and the forest is seen.
FRAMES = 4000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk on which the default actors have played the first steps of the built-in game; tests/emulator plays all."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.run("up", "--clock", "lockstep", "--frames", str(FRAMES), "--session", "quest")
    return desk


def recorded(desk: Desk, session: str) -> list[tuple[int, int, tuple[str, ...], tuple[str, ...]]]:
    """Return each frame's index, pixel hash, buttons and who pressed them."""

    async def read() -> list[tuple[int, int, tuple[str, ...], tuple[str, ...]]]:
        rows = []
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            opened = await open_session(JetStreamStore(bus), session)
            async for tick in opened.ticks(kinds=("frame", "input")):
                assert tick.input is not None
                assert tick.frame is not None
                pixels_hash = xxhash.xxh3_64_intdigest(tick.frame.tobytes())
                causes = tuple(f"{cause.actor}@{cause.observed_frame}" for cause in tick.input.causes)
                rows.append((tick.frame_index, pixels_hash, tick.input.buttons, causes))
        return rows

    return asyncio.run(read())


def test_an_emulator_ahead_of_its_actors_is_recorded_as_it_was_played(desk: Desk) -> None:
    desk.run("up", "--clock", "free", "--prefetch", "16", "--frames", "2000", "--session", "ahead")
    rows = recorded(desk, "ahead")
    assert [row[0] for row in rows] == list(range(2000))
    pressed = [row for row in rows if row[2]]
    assert len(pressed) > 200
    for index, _, _, causes in pressed:
        assert all(int(cause.partition("@")[2]) < index for cause in causes)
    assert "verified" in desk.run("verify", "ahead")


def test_the_default_actors_play_and_what_they_did_becomes_a_dataset(desk: Desk) -> None:
    assert len(recorded(desk, "quest")) == FRAMES
    desk.run("dataset", "build", "quest", "--format", "parquet", "--out", "quest-set")
    import datasets  # noqa: PLC0415 - slow to import

    rows = datasets.load_dataset(str(desk.folder / "quest-set"), cache_dir=str(desk.folder / "cache"), split="train")
    assert len(rows) == FRAMES
    assert {1, 2} <= set(rows["state.area"])
    assert rows["state.quest.stage"][-1] >= 1


def test_two_lockstep_runs_are_the_same_frame_by_frame(desk: Desk) -> None:
    for name in ("same1", "same2"):
        desk.run("up", "--clock", "lockstep", "--frames", "900", "--session", name)
    first, second = recorded(desk, "same1"), recorded(desk, "same2")
    assert len(first) == 900
    assert first == second
    assert first == recorded(desk, "quest")[:900]


def test_two_instances_in_lockstep_record_the_same_and_what_one_alone_does(desk: Desk) -> None:
    desk.run("up", "--instances", "2", "--clock", "lockstep", "--frames", "300", "--session", "twin")
    first, second = recorded(desk, "twin-1"), recorded(desk, "twin-2")
    assert len(first) == 300
    assert first == second
    assert first == recorded(desk, "quest")[:300]


def test_verify_re_executes_the_recording(desk: Desk) -> None:
    assert "verified" in desk.run("verify", "quest")


@pytest.fixture
def live(desk: Desk) -> Iterator[Desk]:
    game = desk.start("up", "--session", f"live{time.monotonic_ns()}")
    try:
        desk.wait_for("session.started")
        yield desk
    finally:
        game.send_signal(signal.SIGINT)
        assert game.wait(20) == 0


def test_a_live_session_can_be_looked_at(live: Desk) -> None:
    assert "emberwood" in live.run("top", "-n", "1")
    first = json.loads(live.run("echo", "state", "--once", "--json").splitlines()[0])
    assert first["values"]["player.max_hp"] == 10 or first["values"]["mode"] == 0
    report = live.run("hz", "state", "-n", "2")
    rate = float(re.findall(r"\d+\.\d+", report.splitlines()[-1])[0])
    assert 30 < rate < 90, report
    assert "frame" in live.run("bw", "-n", "1")
    assert "p99" in live.run("delay", "state", "-n", "1")
    live.run("snap", "-o", "now.png", "--overwrite")
    with Image.open(live.folder / "now.png") as picture:
        assert picture.size == (240, 160)
        assert len(picture.convert("RGB").getcolors(1 << 16) or []) > 3, "the picture is blank"


def test_a_replay_looks_like_the_session(desk: Desk) -> None:
    replay = desk.start("replay", "quest", "--start", "300")
    try:
        time.sleep(2.0)
        listed = json.loads(desk.run("echo", "state", "--once", "--json").splitlines()[0])
        assert listed["frame_index"] >= 300
        assert "replay" in desk.run("top", "-n", "1")
        assert "p99" in desk.run("delay", "state", "-n", "1")
    finally:
        replay.send_signal(signal.SIGINT)
        replay.wait(20)
    assert "Traceback" not in desk.said()


def test_an_unknown_rom_runs_with_the_generic_actors(desk: Desk, tmp_path: Path) -> None:
    """The built-in ROM, one byte of its title changed, so that no description knows it."""
    rom = bytearray(next((Path(__file__).parents[2] / "runtime/games/emberwood").glob("*.gba")).read_bytes())
    rom[0xA0] ^= 1
    unknown = tmp_path / "unknown.gba"
    unknown.write_bytes(rom)
    output = desk.run("up", "--rom", str(unknown), "--clock", "lockstep", "--frames", "1500", "--session", "unknown")
    assert "actors: starter, explorer" in output
    rows = recorded(desk, "unknown")
    assert len(rows) == 1500
    assert any("START" in buttons for _, _, buttons, _ in rows)
    assert any(cause.startswith("explorer@") for *_, causes in rows for cause in causes)
    assert len({pixels_hash for _, pixels_hash, _, _ in rows[-600:]}) > 50, "it never left the title"


def test_an_actor_of_ones_own_runs_without_packaging(desk: Desk) -> None:
    desk.run("new", "actor", "tapper")
    assert 'uses = "tapper:Tapper"' in desk.run("check", "tapper.toml")
    desk.run("up", "tapper.toml", "--clock", "lockstep", "--frames", "120", "--session", "tapped")
    assert any("START" in buttons for _, _, buttons, _ in recorded(desk, "tapped"))


def test_a_script_plays_without_a_launch_file(desk: Desk) -> None:
    script = desk.folder / "play.py"
    script.write_text(
        "import asyncio\n"
        "from runtime import connect\n"
        "async def main():\n"
        "    async with connect(start='emberwood', session='scripted') as game:\n"
        "        async for seen in game.observe():\n"
        "            await game.press(*(['START'] if seen.frame_index % 8 < 4 else []))\n"
        "            if seen.state['mode'] == 1:\n"
        "                print(seen.pixels.shape, seen.pixels.dtype, len(seen.memory('ewram')))\n"
        "                reply = await game.control('pause')\n"
        "                stepped = await game.control('step', frames=5)\n"
        "                print(stepped.frame_index - reply.frame_index)\n"
        "                break\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=desk.folder, env=desk.env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["(160, 240, 3) uint8 262144", "5"]
    assert "Traceback" not in done.stderr
