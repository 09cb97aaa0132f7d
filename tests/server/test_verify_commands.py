"""The commands that emulate recordings again, as people type them."""

import csv
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop
from PIL import Image

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.desk import Desk
from tests.streams_source import Frame, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 200))


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


def other_input(frames: list[Frame], at: int) -> list[Frame]:
    """Return the frames with buttons recorded that were not held."""

    def changed(data: bytes) -> bytes:
        return wire.encode(msgspec.structs.replace(wire.decode(wire.Input, data), buttons=("RIGHT",)))

    return [
        (i, [(kind, changed(data) if kind == "input" and i == at else data) for kind, data in payloads], key)
        for i, payloads, key in frames
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state folder with recordings: whole, holed, one that is not what its inputs do, and an older core's."""
    folder = tmp_path_factory.mktemp("commands") / "home"

    async def main() -> None:
        async with open_bus(NatsOptions(), folder, "test") as bus:
            store = JetStreamStore(bus)
            for name in ("whole", "replaced"):
                await record(store, name, FRAMES)
            await record(store, "holed", without(FRAMES, 70, 79))
            await record(store, "wrong", other_input(FRAMES, 50))
            older = msgspec.structs.replace(meta_of(ScriptedBackend(), "older"), core="older 0")
            await record(store, "older", FRAMES, meta=older)

    run(main())
    return folder


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Desk:
    """Return an empty folder of each test's own over the recordings."""
    return Desk(tmp_path, home)


def test_verify_says_what_is_equal_and_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    out, error = desk.outputs("verify", "whole", "--start", "20", "--end", "139")
    assert out.startswith("verified 120 frames, memory on 2 of them, ")
    assert error == ""
    assert list(tmp_path.iterdir()) == []


def test_verify_shows_the_first_frame_that_differs(desk: Desk, tmp_path: Path) -> None:
    out, error = desk.outputs("verify", "wrong", status=1)
    assert out == ""
    lines = error.splitlines()
    assert lines[0].startswith("wrong: frame 50: recorded hash ")
    assert lines[0].endswith("(the 50 frames compared before it are equal)")
    assert lines[1].startswith("  picture: ")
    assert lines[2].startswith("  memory: ")
    assert "ewram 0x02000004 " in lines[2]
    assert lines[3].startswith("  watches: player.x ")
    files = "difference.png, emulated.png, memory.csv, recorded.png, report.json"
    assert lines[4] == f"written to verify-wrong: {files}"
    told = json.loads((tmp_path / "verify-wrong/report.json").read_text(encoding="utf-8"))
    assert (told["session"], told["frame_index"], told["frames_equal"]) == ("wrong", 50, 50)
    with (tmp_path / "verify-wrong/memory.csv").open(encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    assert {row["region"] for row in rows} == {"ewram"}
    with Image.open(tmp_path / "verify-wrong/difference.png") as picture:
        assert picture.size == (240, 160)
    desk.run("verify", "wrong", "--report", "elsewhere", status=1)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/mine.txt").write_text("", encoding="ascii")
    _, error = desk.outputs("verify", "wrong", "--report", "notes", status=2)
    assert error == "error: notes: exists and is no report of `verify`; name another folder with --report\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "notes", "verify-wrong"]


def test_verify_under_another_core_says_so(desk: Desk, tmp_path: Path) -> None:
    out, error = desk.outputs("verify", "older")
    assert error == "recorded with older 0, verified with scripted 1\n"
    assert out.startswith("verified 200 frames, ")


def test_render_makes_films_and_says_what_is_missing(desk: Desk, tmp_path: Path) -> None:
    out, error = desk.outputs("render", "whole", "-o", "film.gif", "--inputs")
    assert out.startswith("film.gif: 101 pictures, 3.4 s, ")
    assert error == ""
    out, error = desk.outputs("render", "holed", "--end", "150")
    assert out.startswith("holed.mp4: 151 pictures, 2.5 s, ")
    assert error == "50 pictures show an earlier frame: the recording lacks theirs\n"
    _, error = desk.outputs("render", "holed", status=2)
    assert error == "error: holed.mp4 exists; name another or add --overwrite\n"
    out, error = desk.outputs("render", "holed", "--format", "png", "--start", "100", "--end", "125")
    assert out.startswith("holed-frames: 6 pictures, ")
    assert error == "left out: 20 frames before the first that the recording has\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.gif", "holed-frames", "holed.mp4"]


def test_compact_keeps_the_original_unless_told(desk: Desk, tmp_path: Path) -> None:
    out, error = desk.outputs("sessions", "compact", "whole")
    assert "whole-inputs: 200 frames, verified, " in out
    assert error == ""
    desk.run("verify", "whole-inputs")
    out, _ = desk.outputs("render", "whole-inputs", "--format", "png", "--start", "99", "--end", "101")
    assert out.startswith("whole-inputs-frames: 3 pictures, ")
    _, error = desk.outputs("sessions", "compact", "whole", status=1)
    assert error.startswith("error: a session 'whole-inputs' is already recorded; ")
    _, error = desk.outputs("sessions", "compact", "whole-inputs", "--as", "again", status=1)
    assert error == "error: session 'whole-inputs' keeps inputs only already\n"
    _, error = desk.outputs("sessions", "compact", "holed", "--replace", status=1)
    assert error == "error: session 'holed' cannot be reduced to its inputs: frames 70 to 79 are missing\n"
    out, _ = desk.outputs("sessions", "compact", "holed", "--archive", "--as", "smaller")
    assert "smaller: 200 frames, verified, " in out
    desk.run("sessions", "compact", "replaced", "--replace")

    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            store = JetStreamStore(bus)
            names = [stored.name for stored in await store.sessions()]
            assert names == sorted(["holed", "older", "replaced", "smaller", "whole", "whole-inputs", "wrong"])
            assert (await open_session(store, "replaced")).meta.store == "inputs"
            assert (await store.describe("replaced")).status == "complete"

    run(main())
