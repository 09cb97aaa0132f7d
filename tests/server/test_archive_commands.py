"""`runtime archive` as people type it: each command starts its own server over the state folder."""

import json
import os
import re
import subprocess
import sysconfig
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
from tests.streams_source import play, record

#: How long a command may take before its test fails, seconds.
PATIENCE_S = 60.0

RUNTIME = Path(sysconfig.get_path("scripts")) / "runtime"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a state folder with a recording of 200 frames, `walk`."""

    async def main() -> None:
        async with open_bus(NatsOptions(), tmp_path / "home", "test") as bus:
            await record(JetStreamStore(bus), "walk", list(play(ScriptedBackend(), 200)))

    uvloop.run(main())
    return tmp_path / "home"


def command(home: Path, *words: str, status: int = 0) -> tuple[str, str]:
    ended = subprocess.run(
        [RUNTIME, *words],
        env={**os.environ, "FRAMEWIRE_HOME": str(home), "FRAMEWIRE_NATS": "", "COLUMNS": "200"},
        cwd=home.parent,
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == status, f"{ended.stdout}\n{ended.stderr}"
    assert "Traceback" not in ended.stderr
    return ended.stdout, ended.stderr


async def stored(home: Path, *names: str) -> list[tuple[SessionMeta, list[wire.Chunk]]]:
    """Return what the store has of each session."""
    async with open_bus(NatsOptions(), home, "test") as bus:
        store = JetStreamStore(bus)
        return [
            ((await store.describe(name)).meta, [chunk async for chunk in store.chunks(name, RECORDED)])
            for name in names
        ]


def test_a_session_goes_out_and_comes_back(home: Path) -> None:
    out, error = command(home, "archive", "export", "walk")
    assert re.match(r"walk.mcap: 200 frames, \d+ payloads, 200 images, ", out)
    assert error == ""
    _, error = command(home, "archive", "export", "walk", status=2)
    assert error == "error: walk.mcap: is there already; remove it, or add --overwrite\n"
    out, _ = command(home, "archive", "export", "walk", "-o", "small.mcap", "--images", "none")
    assert re.match(r"small.mcap: 200 frames, \d+ payloads, 0 images, ", out)
    assert (home.parent / "small.mcap").stat().st_size < (home.parent / "walk.mcap").stat().st_size
    for words in (("walk.mcap",), ("walk.mcap", "--check")):
        out, error = command(home, "archive", "info", *words)
        assert ["input", "200"] in [line.split() for line in out.splitlines()]
        assert ["session", "walk,", "complete"] in [line.split() for line in out.splitlines()]
        assert error == ""
    out, error = command(home, "archive", "import", "walk.mcap", "--as", "again")
    assert re.match(r"imported 200 frames, \d+ payloads as again, ", out)
    assert error == ""
    first, second = uvloop.run(stored(home, "walk", "again"))
    assert second == (msgspec.structs.replace(first[0], session="again"), first[1])


def test_a_file_cut_short_says_what_it_lacks_and_a_damaged_one_is_refused(home: Path) -> None:
    command(home, "archive", "export", "walk")
    path = home.parent / "walk.mcap"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    out, error = command(home, "archive", "info", "walk.mcap", status=1)
    assert "walk, complete" in out
    assert error == "warning: the file was cut short: frames 0 to 59 are there\n"
    for strict, status in (((), 0), (("--strict",), 1)):
        name = f"some{status}"
        out, error = command(home, "archive", "import", "walk.mcap", "--as", name, *strict, status=status)
        assert re.match(rf"imported 60 frames, \d+ payloads as {name}, ", out)
        assert error == "warning: walk.mcap: the file was cut short: frames 60 to 199 are missing\n"
    described = json.loads(command(home, "sessions", "info", "some0", "--json")[0])
    assert {"kind": "frame", "first_frame": 60, "last_frame": 199} in [
        {key: gap[key] for key in ("kind", "first_frame", "last_frame")} for gap in described["gaps"]
    ]
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 4
    path.write_bytes(damaged)
    for words in (("import", "walk.mcap", "--as", "bad"), ("info", "--check", "walk.mcap")):
        _, error = command(home, "archive", *words, status=1)
        assert error.startswith("error: walk.mcap: damaged at byte ")
    _, error = command(home, "archive", "import", "nope.mcap", status=1)
    assert error == "error: nope.mcap: cannot be read: No such file or directory\n"
    _, error = command(home, "archive", "export", "nope", status=1)
    assert error == "error: no recorded session 'nope'; there are some0, some1, walk\n"
