"""What scripts and terminals get of commands: JSON without colours, progress, top and view as a person has them."""

import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop
from click.testing import CliRunner

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.cli import commands
from runtime.frame_codec import FrameDecoder
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.pixels import Rgb, to_rgb
from streams.jetstream_store import JetStreamStore
from tests.desk import PATIENCE_S, Desk
from tests.graphics import block_picture, kitty_pictures, sixel_pictures
from tests.streams_source import play, record
from tests.terminal import Terminal

FRAMES = list(play(ScriptedBackend(), 200))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a desk with a recording, `done`, and a session that runs, `live`."""
    there = Desk(tmp_path_factory.mktemp("look"))

    async def recorded() -> None:
        async with open_bus(NatsOptions(), there.home, "test") as bus:
            await record(JetStreamStore(bus), "done", FRAMES)

    uvloop.run(recorded())
    live = there.start("up", "--rom", "scripted", "--session", "live", "--no-actors")
    try:
        there.wait_for("session.started")
        yield there
    finally:
        live.send_signal(signal.SIGINT)
        live.wait(PATIENCE_S)


def picture_of(frame_index: int) -> Rgb:
    """Return the pixels of a recorded frame."""
    decoder, found = FrameDecoder(), None
    for index, payloads, _ in FRAMES[: frame_index + 1]:
        frame = wire.decode(wire.Frame, dict(payloads)["frame"])
        raw = decoder.decode(frame)
        if index == frame_index:
            assert raw is not None
            found = to_rgb(raw, frame.pixel_format)
    assert found is not None
    return found


#: What to type, in this order: each finds what the ones before made.
TYPED = [
    "check", "doctor", "games list", "games info emberwood", "new actor tapper", "ctl status", "ctl pause",
    "ctl step 3", "ctl save here", "ctl load here", "ctl reset", "ctl speed 2", "ctl clock realtime", "ctl resume",
    "ctl slots", "topics list --measure 0.2", "topics info plan", "hz state -n 1", "bw -n 1",
    "delay -n 5", "echo state --once", "snap", "gif --seconds 0.2", "sessions list", "sessions info done",
    "why done --frame 50", "verify done", "memory csv done --out changes.csv", "render done -o pictures --format png",
    "archive export done", "archive info done.mcap", "archive import done.mcap --as again", "dataset build done "
    "--out set", "dataset info set", "dataset verify set", "import video pictures --fps 10 --as pictured",
    "annotate add done 0:10 context=menu --by ada", "annotate list done", "annotate undo done --by ada",
    "annotate redo done --by ada", "annotate run done --with agents.annotators:Changes",
    "annotate export done -o said.jsonl", "annotate import done said.jsonl --by ada",
    "up --rom scripted --no-actors --clock free --frames 60 --session short",
    "memory name short 0x02000000 frames", "branch short --at 30 --frames 50 --clock free",
    "replay done --rate max", "sessions rm again --yes", "dashboards export boards",
]  # fmt: skip

#: Of these it is one object on each line.
LINES = ("hz", "bw", "delay", "echo", "up", "branch")


@pytest.mark.parametrize("typed", TYPED)
def test_json_is_all_that_scripts_get(desk: Desk, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    done = CliRunner(env={"FRAMEWIRE_HOME": str(desk.home)}).invoke(commands, [*typed.split(), "--json"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines() if typed.split(maxsplit=1)[0] in LINES else [done.stdout]
    assert lines
    for line in lines:
        assert isinstance(json.loads(line), (dict, list))
    assert "\x1b" not in done.output


@pytest.mark.parametrize("typed", ["sessions list", "topics --measure 0.2", "games info emberwood", "doctor"])
def test_what_is_piped_has_no_colours(desk: Desk, typed: str) -> None:
    done = CliRunner(env={"FRAMEWIRE_HOME": str(desk.home)}).invoke(commands, typed.split())
    assert done.exit_code == 0
    assert done.stdout
    assert "\x1b" not in done.output


def test_top_for_scripts_has_what_a_person_sees(desk: Desk) -> None:
    done = CliRunner(env={"FRAMEWIRE_HOME": str(desk.home)}).invoke(commands, ["top", "--once", "--json"])
    assert "\x1b" not in done.output
    seen = json.loads(done.stdout)
    assert (seen["session"], seen["recorded"], seen["answers"]) == ("live", True, True)
    (bridge,) = seen["processes"]
    assert (bridge["process"], bridge["restarts"]) == ("bridge", 0)
    assert bridge["memory_bytes"] > 10_000_000
    assert seen["stored"]["stream"] == "FW_live"
    assert 0 <= seen["stored"]["last_frame"] <= seen["frame_index"]


@pytest.fixture
def terminal(desk: Desk) -> Iterator[list[Terminal]]:
    """Return a list for terminals that are closed in the end."""
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        one.close()


def test_a_long_command_shows_how_far_it_is(desk: Desk, terminal: list[Terminal]) -> None:
    shown = Terminal(desk, "verify", "done")
    terminal.append(shown)
    assert shown.ended() == 0
    assert shown.wait_for(r"verify done .* 200/200 [\d,]+ frames/s 0:00:\d\d")
    assert shown.wait_for("verified 200 frames")


def test_top_on_a_terminal(desk: Desk, terminal: list[Terminal]) -> None:
    desk.env["NO_COLOR"] = "1"
    shown = Terminal(desk, "top", columns=80, rows=24)
    del desk.env["NO_COLOR"]
    terminal.append(shown)
    shown.wait_for("bridge +ok")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown.shown), "NO_COLOR"
    shown.press(b" ")
    shown.wait_for(r"pause: live is at frame [\d,]+, paused")
    shown.wait_for("PAUSED")
    shown.press(b".")
    shown.wait_for(r"step: live is at frame [\d,]+, paused")
    shown.press(b"s")
    name = shown.wait_for(r"live-\d+\.png")
    assert (desk.folder / name).stat().st_size > 100
    shown.press(b"\x1b[B\r")
    shown.wait_for(r"bridge +pid \d+, [\d,]+ ticks")
    shown.press(b"\x1b")
    shown.press(b"?")
    shown.wait_for("Rows with troubles come first")
    shown.press(b"?")
    shown.press(b"x")
    shown.wait_for(r"'x' does nothing; space pause")
    shown.shown = ""
    fcntl.ioctl(shown.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
    os.kill(shown.process.pid, signal.SIGWINCH)
    shown.wait_for("tick ms .* pid")
    shown.press(b" ")
    shown.wait_for(r"resume: live is at frame")
    shown.press(b"q")
    assert shown.ended() == 0
    assert termios.tcgetattr(shown.slave) == shown.before
    assert shown.shown.endswith("\x1b[?1049l")


def viewed(desk: Desk, terminal: list[Terminal], answer: bytes, *words: str) -> Terminal:
    """Start `runtime view` in a terminal that answers so when it is asked."""
    shown = Terminal(desk, "view", *words, columns=80, rows=24)
    terminal.append(shown)
    deadline = time.monotonic() + PATIENCE_S
    while "\x1b[c" not in shown.shown:
        assert time.monotonic() < deadline, shown.shown
        shown.look()
    shown.press(answer)
    return shown


KITTY, SIXEL, NEITHER = b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62c", b"\x1b[6;20;10t\x1b[?62;4c", b"\x1b[?6c"


def test_view_of_a_recording_by_kitty_graphics_steps_frame_by_frame(desk: Desk, terminal: list[Terminal]) -> None:
    shown = viewed(desk, terminal, KITTY, "done", "--frame", "50")
    shown.wait_for(r"done · square · frame 50 ")
    (picture,) = kitty_pictures(shown.shown)
    assert (picture.pixels == picture_of(50)).all()
    shown.press(b".")
    shown.wait_for("frame 51 ")
    assert (kitty_pictures(shown.shown)[-1].pixels == picture_of(51)).all()
    shown.shown = ""
    shown.press(b",")
    shown.wait_for("frame 50 ")
    assert (kitty_pictures(shown.shown)[-1].pixels == picture_of(50)).all()
    shown.press(b"q")
    assert shown.ended() == 0
    assert termios.tcgetattr(shown.slave) == shown.before


def test_view_of_a_live_session_by_sixel_pauses(desk: Desk, terminal: list[Terminal]) -> None:
    shown = viewed(desk, terminal, SIXEL, "live")
    shown.wait_for(r"live · scripted · frame [\d,]+ · \d+ fps")
    assert sixel_pictures(shown.shown)[-1].shape == (320, 480, 3)
    shown.press(b" ")
    shown.wait_for(r"paused · space pause")
    shown.press(b".")
    shown.press(b" ")
    shown.shown = ""
    shown.wait_for(r"frame [\d,]+ · \d+ fps · space")
    shown.press(b"q")
    assert shown.ended() == 0


def test_view_elsewhere_is_half_blocks(desk: Desk, terminal: list[Terminal]) -> None:
    shown = viewed(desk, terminal, NEITHER, "done", "--frame", "50", "--once")
    assert shown.ended() == 0
    lines = [line for line in shown.shown.splitlines() if "▀" in line]
    picture = block_picture("\n".join(lines))
    assert picture.shape == (40, 60, 3), "a quarter of its size"
    assert termios.tcgetattr(shown.slave) == shown.before


def test_view_writes_one_picture_to_a_file(desk: Desk) -> None:
    out, _ = desk.outputs("view", "done", "--frame", "50", "--once", "--protocol", "kitty")
    assert (kitty_pictures(out)[0].pixels == picture_of(50)).all()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("view",), 2, "stdout is no terminal"),
        (("view", "nosuch", "--once", "--protocol", "sixel"), 1, "nosuch"),
        (("view", "a.b", "--once", "--protocol", "sixel"), 2, "session name 'a.b'"),
        (("view", "gone.mcap", "--once", "--protocol", "sixel"), 2, "gone.mcap: there is no such archive"),
        (("view", "--frame", "3", "--once", "--protocol", "sixel"), 2, "--frame is for a recording"),
        (("view", "done", "--frame", "900", "--once", "--protocol", "sixel"), 2, "900"),
        (("top", "--once", "-n", "3"), 2, "--once is -n 1"),
    ],
)
def test_what_cannot_be_shown_is_one_clear_error(desk: Desk, words: tuple[str, ...], status: int, said: str) -> None:
    done = CliRunner(env={"FRAMEWIRE_HOME": str(desk.home)}).invoke(commands, list(words))
    raised = f"error: {done.exception}" if done.exception else ""
    assert done.exit_code == status or getattr(done.exception, "exit_status", 0) == status
    assert said in done.stderr + raised
    assert done.stdout == ""


def test_bash_completes_sessions(desk: Desk) -> None:
    script = (
        'eval "$(runtime completion bash)"; COMP_WORDS=(runtime resume d); COMP_CWORD=2; _runtime_completion runtime; '
        'echo "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        env={**desk.env, "PATH": path},
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["done"]
