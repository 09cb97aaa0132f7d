"""`runtime archive` as people type it: each command starts its own server over the state folder."""

import json
import re
from pathlib import Path

import msgspec
import pytest
import uvloop

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.session_meta import SessionMeta
from runtime.subjects import RECORDED
from streams.jetstream_store import JetStreamStore
from tests.desk import Desk
from tests.streams_source import play, record


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk with a recording of 200 frames, `walk`."""
    desk = Desk(tmp_path)

    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            await record(JetStreamStore(bus), "walk", list(play(ScriptedBackend(), 200)))

    uvloop.run(main())
    return desk


async def stored(home: Path, *names: str) -> list[tuple[SessionMeta, list[wire.Chunk]]]:
    """Return what the store has of each session."""
    async with open_bus(NatsOptions(), home, "test") as bus:
        store = JetStreamStore(bus)
        return [
            ((await store.describe(name)).meta, [chunk async for chunk in store.chunks(name, RECORDED)])
            for name in names
        ]


def test_a_session_goes_out_and_comes_back(desk: Desk) -> None:
    out, error = desk.outputs("archive", "export", "walk")
    assert re.match(r"walk.mcap: 200 frames, \d+ payloads, 200 images, ", out)
    assert error == ""
    _, error = desk.outputs("archive", "export", "walk", status=2)
    assert error == "error: walk.mcap: is there already; remove it, or add --overwrite\n"
    out, _ = desk.outputs("archive", "export", "walk", "-o", "small.mcap", "--images", "none")
    assert re.match(r"small.mcap: 200 frames, \d+ payloads, 0 images, ", out)
    assert (desk.folder / "small.mcap").stat().st_size < (desk.folder / "walk.mcap").stat().st_size
    for words in (("walk.mcap",), ("walk.mcap", "--check")):
        out, error = desk.outputs("archive", "info", *words)
        assert ["input", "200"] in [line.split() for line in out.splitlines()]
        assert ["session", "walk,", "complete"] in [line.split() for line in out.splitlines()]
        assert error == ""
    out, error = desk.outputs("archive", "import", "walk.mcap", "--as", "again")
    assert re.match(r"imported 200 frames, \d+ payloads as again, ", out)
    assert error == ""
    first, second = uvloop.run(stored(desk.home, "walk", "again"))
    assert second == (msgspec.structs.replace(first[0], session="again"), first[1])


def test_a_file_cut_short_says_what_it_lacks_and_a_damaged_one_is_refused(desk: Desk) -> None:
    desk.run("archive", "export", "walk")
    path = desk.folder / "walk.mcap"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    out, error = desk.outputs("archive", "info", "walk.mcap", status=1)
    assert "walk, complete" in out
    found = re.fullmatch(r"warning: the file was cut short: frames 0 to (\d+) are there\n", error)
    assert found, error
    first = int(found[1]) + 1  # frame that is missing; groups of 60 are whole or not there
    assert first in (60, 120)
    for strict, status in (((), 0), (("--strict",), 1)):
        name = f"some{status}"
        out, error = desk.outputs("archive", "import", "walk.mcap", "--as", name, *strict, status=status)
        assert re.match(rf"imported {first} frames, \d+ payloads as {name}, ", out)
        assert error == f"warning: walk.mcap: the file was cut short: frames {first} to 199 are missing\n"
    described = json.loads(desk.outputs("sessions", "info", "some0", "--json")[0])
    assert {"kind": "frame", "first_frame": first, "last_frame": 199} in [
        {key: gap[key] for key in ("kind", "first_frame", "last_frame")} for gap in described["gaps"]
    ]
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 4
    path.write_bytes(damaged)
    for words in (("import", "walk.mcap", "--as", "bad"), ("info", "--check", "walk.mcap")):
        _, error = desk.outputs("archive", *words, status=1)
        assert error.startswith("error: walk.mcap: damaged at byte ")
    _, error = desk.outputs("archive", "import", "nope.mcap", status=1)
    assert error == "error: nope.mcap: cannot be read: No such file or directory\n"
    _, error = desk.outputs("archive", "export", "nope", status=1)
    assert error == "error: no recorded session 'nope'; there are some0, some1, walk\n"
