"""`runtime up --instances` and `[[game]]` several times: sessions live, die and end each for itself."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk

SCRIPTED = ("--rom", "scripted")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def fleet(desk: Desk) -> Iterator["subprocess.Popen[str]"]:
    """Three sessions that play, with an actor each."""
    (desk.folder / "fleet.toml").write_text(
        '[run]\nsession = "s"\n[game]\nrom = "scripted"\ninstances = 3\n'
        '[[actor]]\nname = "explorer"\nuses = "agents.explorer:Explorer"\n'
    )
    process = desk.start("up", "fleet.toml")
    try:
        for number in (1, 2, 3):
            desk.wait_for(rf"s-{number} bridge +│ .*session\.started session=s-{number}")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        await_none(desk)


def running(desk: Desk) -> dict[tuple[str, str], int]:
    """Return the pids of the desk's processes by session and name; nats-server has no session."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            words = (
                (entry / "cmdline").read_bytes().decode(errors="replace").split("\0") if entry.name.isdigit() else []
            )
            ended = bool(words) and (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            continue
        if ended or not any(str(desk.folder) in word for word in words):
            continue
        if "nats-server" in words[0]:
            found["", "nats-server"] = int(entry.name)
        elif "runtime.process" in words:
            found[Path(words[-3]).parent.name, words[-2]] = int(entry.name)
    return found


def await_none(desk: Desk) -> None:
    deadline = time.monotonic() + 30
    while left := running(desk):
        assert time.monotonic() < deadline, f"left behind: {left}\n{desk.said()}"
        time.sleep(0.05)


def end(desk: Desk, fleet: "subprocess.Popen[str]", status: int = 0) -> None:
    fleet.send_signal(signal.SIGINT)
    assert fleet.wait(60) == status, desk.said()
    assert "Traceback" not in desk.said()


def scraped(desk: Desk, session: str) -> dict[str, str]:
    """Return the metrics page of each of a session's processes, as Prometheus would get it."""
    targets = json.loads((desk.home / "metrics" / f"{session}.json").read_text())
    pages = {}
    for group in targets:
        assert group["labels"]["session"] == session
        with urllib.request.urlopen(f"http://{group['targets'][0]}/metrics", timeout=10) as answer:
            pages[group["labels"]["process"]] = answer.read().decode()
    return pages


def test_ctrl_c_ends_all_and_each_recording_verifies(desk: Desk, fleet: "subprocess.Popen[str]") -> None:
    expected = {("", "nats-server"), *((f"s-{i}", name) for i in (1, 2, 3) for name in ("bridge", "explorer"))}
    assert set(running(desk)) == expected
    end(desk, fleet)
    assert not running(desk)
    assert not list((desk.home / "metrics").glob("*.json"))
    sessions = json.loads(desk.run("sessions", "list", "--json"))
    assert [(entry["name"], entry["status"]) for entry in sessions] == [(f"s-{i}", "complete") for i in (1, 2, 3)]
    for i in (1, 2, 3):
        assert "verified" in desk.run("verify", f"s-{i}")


def test_each_process_of_each_session_is_scraped_with_its_labels(desk: Desk, fleet: "subprocess.Popen[str]") -> None:
    ports = set()
    for session in ("s-1", "s-2", "s-3"):
        deadline = time.monotonic() + 30
        while set(pages := scraped(desk, session)) != {"bridge", "explorer", "supervisor"}:
            assert time.monotonic() < deadline, pages.keys()
            time.sleep(0.1)
        for process in ("bridge", "explorer"):
            found = re.search(r'framewire_frame\{process="(\w+)",session="([\w-]+)"\}', pages[process])
            assert found, pages[process]
            assert found.groups() == (process, session)
        targets = json.loads((desk.home / "metrics" / f"{session}.json").read_text())
        ports |= {group["targets"][0] for group in targets}
    assert len(ports) == 9
    end(desk, fleet)


def test_a_killed_bridge_goes_on_and_the_others_do_not_notice(desk: Desk, fleet: "subprocess.Popen[str]") -> None:
    before = running(desk)
    os.kill(before["s-2", "bridge"], signal.SIGKILL)
    desk.wait_for(r"bridge\.resuming status=-9 session=s-2")
    desk.wait_for(r"(?s)session\.started session=s-2.*session\.started session=s-2")
    after = running(desk)
    assert {key for key, pid in before.items() if after[key] != pid} == {("s-2", "bridge")}
    end(desk, fleet)
    assert desk.said().count("bridge.resuming") == 1
    for i, segments in ((1, 1), (2, 2), (3, 1)):
        facts = desk.info(f"s-{i}")
        assert (facts["status"], facts["frames_missing"]) == ("complete", 0)
        assert desk.said().count(f"session.started session=s-{i}") == segments
        assert "verified" in desk.run("verify", f"s-{i}")


def test_top_shows_all_or_one(desk: Desk, fleet: "subprocess.Popen[str]") -> None:
    rows = desk.run("top", "-n", "3").splitlines()
    assert sum(row.startswith("3 sessions") for row in rows) == 3
    assert sorted(row.split()[0] for row in rows[-3:]) == ["s-1", "s-2", "s-3"]  # the slowest first
    one = desk.run("top", "-n", "1", "--session", "s-2")
    assert "s-2 (live, recorded)" in one
    assert "s-1" not in one
    end(desk, fleet)


def test_one_that_fails_is_named_with_its_error_and_the_others_play_to_their_end(desk: Desk) -> None:
    (desk.folder / "no_core_libretro.so").write_text("no library")
    (desk.folder / "launch.toml").write_text(
        '[run]\nframes = 60\n[[game]]\nrom = "scripted"\nsession = "good"\n'
        f'[[game]]\ncore = "{desk.folder / "no_core_libretro.so"}"\nsession = "bad"\n'
        '[[game]]\nrom = "scripted"\nsession = "fine"\n'
    )
    said = desk.run("up", "launch.toml", "--no-actors", status=1)
    reason = f"{desk.folder / 'no_core_libretro.so'}: the core cannot be loaded"
    assert f"session.failed session=bad error={reason}" in said
    assert said.splitlines()[-1].startswith(f"error: 1 of 3 sessions failed: bad: {reason}")
    assert {name: desk.info(name)["frames"] for name in ("good", "fine")} == {"good": 60, "fine": 60}
    assert not running(desk)


def test_a_name_that_is_taken_is_named_and_nothing_starts(desk: Desk) -> None:
    playing = desk.start("up", *SCRIPTED, "--no-actors", "--session", "s-2")
    try:
        desk.wait_for("session.started")
        said = desk.run("up", *SCRIPTED, "--no-actors", "--session", "s", "--instances", "3", status=1)
        assert (
            said.splitlines()[-1] == "error: a session 's-2' is already on the bus: choose another name with --session"
        )
        assert set(running(desk)) == {("", "nats-server"), ("s-2", "bridge")}
    finally:
        playing.send_signal(signal.SIGINT)
        playing.wait(30)


def test_the_plan_that_a_session_records_runs_that_session_alone(desk: Desk) -> None:
    desk.run("up", *SCRIPTED, "--no-actors", "--session", "s", "--instances", "2", "--clock", "free", "--frames", "90")
    desk.run("branch", "s-2", "--at", "50", "--as", "twig", "--frames", "20", "--clock", "free")
    assert desk.info("twig")["meta"]["parent"] == "s-2@50"
    (desk.folder / "again.toml").write_text(desk.info("s-2")["meta"]["launch_plan"])
    desk.run("up", "again.toml", "--session", "again")
    assert desk.info("again")["frames"] == 90


def test_check_prints_the_plan_of_each_session(desk: Desk) -> None:
    (desk.folder / "two.toml").write_text('[run]\nsession = "s"\n[game]\nrom = "scripted"\ninstances = 2\n')
    printed = desk.outputs("check", "two.toml")[0]
    assert re.findall(r"^# ---- session (.*)$", printed, re.MULTILINE) == ["s-1", "s-2"]
    assert re.findall(r'^session = "(.+)"$', printed, re.MULTILINE) == ["s-1", "s-2"]
