"""Sessions that are cut off, resumed, branched, split, kept from a ring and replayed with actors, by the commands."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.chaos.kills import Victim
from tests.desk import Desk

GAME = ("--rom", "scripted", "--no-actors")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_run_that_was_killed_as_a_whole_goes_on_in_its_last_part(desk: Desk) -> None:
    victim = Victim(desk.folder)
    victim.start("up", *GAME, "--session", "s1", "--split", "2s")
    desk.wait_for("recorder.part session=s1-p2")
    time.sleep(0.3)
    victim.kill("all")
    assert "interrupted" in desk.run("sessions", "list")
    victim.start("resume", "s1", "--frames", "400", "--clock", "free")
    assert victim.process
    assert victim.process.wait(30) == 0, victim.text()
    sessions = [line["name"] for line in json.loads(desk.run("sessions", "list", "--json"))]
    assert sessions == ["s1", "s1-p2", "s1-p3", "s1-p4"]
    for session in sessions:
        facts = desk.info(session)
        assert (facts["status"], facts["frames_missing"], facts["gaps"]) == ("complete", 0, [])
        assert "verified" in desk.run("verify", session)


def test_an_unknown_session_cannot_go_on(desk: Desk) -> None:
    assert "no recorded session 'nothing'" in desk.run("resume", "nothing", status=1)
    assert "no recorded session 'nothing'" in desk.run("branch", "nothing", "--at", "0", status=1)


def test_scripts_are_told_what_plays_and_how_it_ended(desk: Desk) -> None:
    printed, _ = desk.outputs(
        "up", *GAME, "--session", "s", "--instances", "2", "--clock", "free", "--frames", "90", "--json"
    )
    lines = [json.loads(line) for line in printed.splitlines()]
    playing = [line for line in lines if line["event"] == "playing"]
    assert sorted(line["session"] for line in playing) == ["s-1", "s-2"]
    assert all(line["recorded"] and line["nats_url"].startswith("nats://127.0.0.1:") for line in playing)
    ended = [
        {"event": "ended", "session": f"s-{number}", "frames": 90, "failed": False, "error": ""} for number in (1, 2)
    ]
    assert lines[2:] == ended
    printed, said = desk.outputs("branch", "s-1", "--at", "50", "--frames", "80", "--clock", "free", "--json")
    assert [json.loads(line)["event"] for line in printed.splitlines()] == ["playing", "ended"]
    assert json.loads(printed.splitlines()[-1])["frames"] == 80
    assert "recorded: runtime dataset build s-1-50 " in said
    printed, said = desk.outputs("branch", "s-1", "--at", "50", "--frames", "80", "--json", status=1)
    (line,) = [json.loads(line) for line in printed.splitlines()]
    assert (line["event"], line["frames"], line["failed"]) == ("ended", 0, True)
    assert "already recorded" in line["error"]
    assert f"error: {line['error']}" in said
    assert "recorded:" not in said


def test_a_branch_begins_in_the_very_state_and_names_its_parent(desk: Desk) -> None:
    desk.run("up", *GAME, "--session", "s", "--clock", "free", "--frames", "700")
    desk.run("branch", "s", "--at", "650", "--frames", "100", "--clock", "free")
    desk.run("branch", "s-650", "--at", "40", "--as", "twig", "--frames", "50", "--clock", "free")
    assert desk.info("s-650")["meta"]["parent"] == "s@650"
    assert desk.info("twig")["meta"]["parent"] == "s-650@40"
    # The emulator without a core counts its frames in memory: 650 before the branch's first, 40 more before the twig's.
    for session, frames in (("s-650", 651), ("twig", 691)):
        assert f"memory {frames}" in memory_of(desk, session)
        assert "verified" in desk.run("verify", session)
    assert "has frames 0 to 699" in desk.run("branch", "s", "--at", "700", status=2)
    assert "already recorded" in desk.run("branch", "s", "--at", "650", status=1)


def test_a_complete_session_is_not_resumed(desk: Desk) -> None:
    desk.run("up", *GAME, "--session", "s", "--clock", "free", "--frames", "60")
    assert "runtime branch" in desk.run("resume", "s", status=1)


def test_inputs_alone_are_rebuilt(desk: Desk) -> None:
    desk.run("up", *GAME, "--session", "s", "--clock", "free", "--frames", "700", "--store", "inputs")
    kinds = desk.info("s")["kinds"]
    assert set(kinds) == {"savestate", "event", "input", "hash"}
    assert kinds["hash"]["payloads"] == 700
    assert "verified 700 frames" in desk.run("verify", "s")
    assert "memory 701" not in memory_of(desk, "s")
    assert "memory 1" in memory_of(desk, "s")


def test_what_is_recorded_can_be_chosen(desk: Desk) -> None:
    desk.run("up", *GAME, "--session", "s", "--clock", "free", "--frames", "100", "--exclude", "memory")
    desk.run(
        "up",
        *GAME,
        "--session",
        "t",
        "--clock",
        "free",
        "--frames",
        "100",
        "--record",
        "input",
        "--record",
        "savestate",
    )
    assert set(desk.info("s")["kinds"]) == {"savestate", "event", "trace", "input", "frame", "state"}
    assert set(desk.info("t")["kinds"]) == {"savestate", "input"}
    assert desk.info("s")["gaps"] == desk.info("t")["gaps"] == []


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--record", "frames"], "kind 'frames': allowed are"),
        (["--split", "10"], "allowed is a number above 0 with one of"),
        (["--split", "0s"], "allowed is a number above 0"),
        (["--snapshot", "5MB"], "allowed is a time"),
        (["--drop-oldest"], "drop_oldest needs limit_s or limit_bytes"),
        (["--keep-when", "x > 3"], "they need snapshot_s"),
        (["--snapshot", "5s", "--keep-when", "import os"], "cannot be read"),
        (["--snapshot", "5s", "--split", "5s"], "goes without"),
        (["--store", "inputs", "--record", "frame"], "nothing is left to record"),
    ],
)
def test_wrong_choices_are_named(desk: Desk, options: list[str], error: str) -> None:
    assert error in desk.run("up", *GAME, "--frames", "1", *options, status=2)
    assert not (desk.home / "nats").exists()


def test_a_ring_is_kept_by_a_command_and_by_an_event(desk: Desk) -> None:
    up = desk.start("up", *GAME, "--session", "s", "--snapshot", "3s", "--keep-on", "control.save")
    desk.wait_for("session.started")
    time.sleep(1)
    assert desk.run("sessions", "keep", "s").strip() == "s-k1"
    script = (
        "import asyncio\n"
        "from runtime import connect\n"
        "async def main():\n"
        "    async with connect(session='s') as game:\n"
        "        await game.control('save', slot='one')\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", script], env=desk.env, check=True, cwd=desk.folder)
    desk.wait_for("recorder.kept .* session=s-k2|session=s-k2")
    up.send_signal(signal.SIGINT)
    assert up.wait(20) == 0
    for session in ("s-k1", "s-k2"):
        assert "verified" in desk.run("verify", session)
    assert [line["name"] for line in json.loads(desk.run("sessions", "list", "--json"))] == ["s-k1", "s-k2"]


def test_actors_run_against_a_replay(desk: Desk) -> None:
    desk.run("up", "--rom", "scripted", "--session", "s", "--clock", "free", "--frames", "300")
    text = desk.run("up", "--replay", "s", "--clock", "lockstep")
    assert "session s-replay: replay of s at lockstep, actors: starter, explorer" in text
    assert text.count("actor.joined") >= 2
    assert [line["name"] for line in json.loads(desk.run("sessions", "list", "--json"))] == ["s"]


def memory_of(desk: Desk, session: str) -> str:
    """Return the first frame's counter, as `memory N`."""
    script = (
        "import asyncio,sys\n"
        "from pathlib import Path\n"
        "from runtime.nats_bus import NatsOptions\n"
        "from runtime.nats_server import open_bus\n"
        "from streams.jetstream_store import JetStreamStore\n"
        "from streams.session import open_session\n"
        "async def main():\n"
        "    async with open_bus(NatsOptions(), Path(sys.argv[1]), 'test') as bus:\n"
        "        session = await open_session(JetStreamStore(bus), sys.argv[2])\n"
        "        async for tick in session.ticks(('memory',)):\n"
        "            print('memory', int(tick.memory('ewram')[:4].view('<u4')[0]))\n"
        "            break\n"
        "asyncio.run(main())\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script, str(desk.home), session],
        env=desk.env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
