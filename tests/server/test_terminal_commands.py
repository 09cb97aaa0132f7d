"""The terminal commands as people start them, on a session published by a test, no emulator."""

import asyncio
import csv
import json
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from runtime.pixels import to_rgb
from tests.server.test_terminal_session import Standin, command, interrupted, picture, standin


def with_standin(tmp_path: Path, body: Callable[[Standin], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with standin(tmp_path) as session:
            await body(session)

    asyncio.run(main())


def test_topics(tmp_path: Path) -> None:
    async def body(session: Standin) -> None:
        ended = await command(tmp_path, "topics")
        assert ended.status == 0
        row = next(line for line in ended.out.splitlines() if line.startswith("state"))
        assert int(row.split()[1]) > 5
        assert "session s1:" in ended.err
        ended = await command(tmp_path, "topics", "list", "--measure", "0.3")
        assert "session s1:" in ended.err
        session.origin = "replay"
        assert (await command(tmp_path, "topics", "--measure", "0")).err == ""

    with_standin(tmp_path, body)


def test_echo(tmp_path: Path) -> None:
    async def body(_: Standin) -> None:
        ended = await command(tmp_path, "echo", "state", "-n", "2")
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.count("--- # fw.s1.state, ") == 2
        assert "\n  player.hp: 3\n  place: glade\n" in ended.out
        ended = await command(tmp_path, "echo", "fw.s1.frame", "--once")
        assert re.search(r"^data: <\d+ bytes>$", ended.out, re.MULTILINE)
        ended = await command(tmp_path, "echo", "in.action.reflex", "--json", "--once")
        assert json.loads(ended.out)["buttons"] == ["A"]
        ended = await command(tmp_path, "echo", "in.action", "--field", "actor", "--once")
        assert ended.out == "actor: reflex\n"

    with_standin(tmp_path, body)


def test_echo_csv_with_filter(tmp_path: Path) -> None:
    async def body(_: Standin) -> None:
        fields = ("--field", "values.player.x", "--field", "frame_index")
        expression = "player.x == 4 and values.player.hp < 5"
        ended = await command(tmp_path, "echo", "state", "--csv", *fields, "--filter", expression, "-n", "3")
        header, *rows = csv.reader(ended.out.splitlines())
        assert header == ["values.player.x", "frame_index"]
        assert [row[0] for row in rows] == ["4", "4", "4"]
        frames = [int(row[1]) for row in rows]
        assert [frame % 10 for frame in frames] == [4, 4, 4]
        assert frames == list(range(frames[0], frames[0] + 21, 10))

    with_standin(tmp_path, body)


def test_echo_goes_on_after_a_payload_that_cannot_be_decoded(tmp_path: Path) -> None:
    async def body(session: Standin) -> None:
        session.spoil_state = True
        ended = await command(tmp_path, "echo", "state", "--field", "frame_index", "-n", "25")
        assert ended.status == 0
        assert len(ended.out.splitlines()) == 25
        assert "fw.s1.state: wanted payload 'state', got 'spoil'" in ended.err

    with_standin(tmp_path, body)


#: What people get wrong, and what they are told.
MISTAKES = [
    (["echo", "stat"], "no kind of message 'stat'; there are savestate, plan"),
    (["echo", "state", "--filter", "player.hp <"], "condition 'player.hp <' cannot be read"),
    (["echo", "state", "--filter", "player.mp < 3"], "no field 'player.mp'; there are .*player.hp"),
    (["echo", "state", "--field", "player.y"], "no field 'values.player.y'; there are .*player.x"),
    (["echo", "input", "--field", "button"], "no field 'button'; there are .*buttons"),
    (["echo", "state", "--csv", "--json"], "choose one"),
    (["delay", "in.join"], "in.join does not say when it was sent"),
    (["snap", "-o", "a.jpg"], "it must end in '.png'"),
    (["hz", "state", "--session", "a.b"], "session name 'a.b'"),
]


def test_one_clear_error(tmp_path: Path) -> None:
    async def body(_: Standin) -> None:
        for arguments, problem in MISTAKES:
            ended = await command(tmp_path, *arguments)
            assert (ended.status, ended.out) == (2, "")
            (line,) = ended.err.splitlines()
            assert re.search(f"^error: .*{problem}", line)

    with_standin(tmp_path, body)


def test_a_session_that_is_not_there(tmp_path: Path) -> None:
    async def body(_: Standin) -> None:
        ended = await command(tmp_path, "hz", "state", "--session", "s9")
        assert (ended.status, ended.err) == (1, "error: session 's9' is not on the bus; there: s1\n")

    with_standin(tmp_path, body)


def test_without_a_server_none_is_started(tmp_path: Path) -> None:
    for name in ("echo state", "top", "hz state", "bw", "delay", "snap", "gif", "topics --measure 1"):
        ended = asyncio.run(command(tmp_path, *name.split()))
        assert (ended.status, ended.out) == (1, "")
        assert re.fullmatch(r"error: no NATS server runs .* start a session with `runtime up`.*--nats URL\n", ended.err)
    assert asyncio.run(command(tmp_path, "topics")).status == 0
    assert asyncio.run(command(tmp_path, "topics", "info", "state")).status == 0
    assert list(tmp_path.iterdir()) == []


def test_hz_and_bw(tmp_path: Path) -> None:
    async def body(_: Standin) -> None:
        ended = await command(tmp_path, "hz", "state", "in.action", "event", "-n", "2")
        assert (ended.status, ended.err) == (0, "")
        lines = [line.split() for line in ended.out.splitlines()]
        assert [line[0] for line in lines] == ["stream", *["state", "in.action.reflex", "event"] * 2]
        assert 1 < float(lines[-3][1]) < 61
        ended = await command(tmp_path, "bw", "-n", "1", "--window", "5")
        kinds = [line.split()[0] for line in ended.out.splitlines()]
        assert kinds[0] == "kind"
        assert kinds[-1] == "all"
        assert {"input", "frame", "view", "memory", "state", "in.action"} <= set(kinds)
        ended = await command(tmp_path, "bw", "savestate", "-n", "1")
        assert ended.out.splitlines()[1].split() == ["savestate", "0", "B/s", "0.00", "0", "B", "0", "B", "0", "B", "0"]

    with_standin(tmp_path, body)


def test_delay(tmp_path: Path) -> None:
    async def body(session: Standin) -> None:
        ended = await command(tmp_path, "delay", "-n", "30")
        assert (ended.status, ended.err) == (0, "")
        assert "state, age on arrival of 30 messages" in ended.out
        assert re.search(r"^p50 +\d+\.\d{3} ms  p95 .* p99 .* max .* ms$", ended.out, re.MULTILINE)
        assert re.search(r"^<= +[\d.]+ ms +\d+ +[\d.]+%  █+$", ended.out, re.MULTILINE)
        session.origin = "replay"
        assert "these ages count from the recording" in (await command(tmp_path, "delay", "-n", "1")).err

    with_standin(tmp_path, body)


def test_top(tmp_path: Path) -> None:
    async def body(session: Standin) -> None:
        session.paused = True
        ended = await command(tmp_path, "top", "-n", "2")
        assert (ended.status, ended.err) == (0, "")
        assert (
            len(re.findall(r"^s1 \(live\)  PAUSED  [\d.]+ of 59.73 fps  frame \d+  standin  ", ended.out, re.MULTILINE))
            == 2
        )
        assert "\nreflex: 31.2 of 59.7 Hz\n" in ended.out
        last = ended.out.splitlines()[-20:]
        assert any(line.startswith("bridge   ok ") for line in last)
        assert any(line.startswith("reflex   bad ") for line in last)
        assert any(line.startswith("in.action ") for line in last)
        ended = await command(tmp_path, "top")
        assert ended.out.count("PAUSED") == 1, "where stdout is no terminal, one picture"

    with_standin(tmp_path, body)


def test_snap(tmp_path: Path) -> None:
    async def body(session: Standin) -> None:
        ended = await command(tmp_path, "snap")
        assert session.refreshed == 1
        path, index, size = re.fullmatch(r"(\S+)  frame (\d+)  (\S+)\n", ended.out).groups()  # type: ignore[union-attr]  # if it fails, so does the test
        assert (path, size) == (f"s1-{index}.png", "12x8")
        with Image.open(tmp_path / path) as image:
            np.testing.assert_array_equal(np.asarray(image), to_rgb(picture(int(index)), "gba565"))
        (tmp_path / "a.png").write_text("mine")
        ended = await command(tmp_path, "snap", "-o", "a.png")
        assert (ended.status, ended.err) == (2, "error: a.png exists; name another file or add --overwrite\n")
        assert (tmp_path / "a.png").read_text() == "mine"
        ended = await command(tmp_path, "snap", "-o", "a.png", "--overwrite", "--scale", "3")
        assert ended.out.endswith("36x24\n")
        assert list(tmp_path.glob(".*partial")) == []

    with_standin(tmp_path, body)


def test_gif(tmp_path: Path) -> None:
    async def body(_: Standin) -> None:
        ended = await command(tmp_path, "gif", "--seconds", "0.5", "--fps", "50")
        assert (ended.status, ended.err) == (0, "")
        path, first, last = re.match(r"(\S+)  frames (\d+) to (\d+)  12x8  0\.5", ended.out).groups()  # type: ignore[union-attr]  # if it fails, so does the test
        assert path == f"s1-{first}.gif"
        assert int(last) - int(first) == 29
        with Image.open(tmp_path / path) as image:
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), to_rgb(picture(int(first)), "gba565"))
        ended = await command(tmp_path, "gif", "-o", path)
        assert (ended.status, ended.err) == (2, f"error: {path} exists; name another file or add --overwrite\n")

    with_standin(tmp_path, body)


@pytest.mark.parametrize("arguments", [["echo", "state"], ["top", "-n", "99"], ["hz", "state"], ["bw"], ["delay"]])
def test_ctrl_c(tmp_path: Path, arguments: list[str]) -> None:
    async def body(_: Standin) -> None:
        ended = await interrupted(tmp_path, *arguments)
        assert (ended.status, ended.err) == (130, "")
        assert ended.out.endswith("\n")

    with_standin(tmp_path, body)
