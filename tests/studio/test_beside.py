"""A studio beside `runtime up`: its child, and one of its own that outlives it."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from runtime.spawning import NICENESS
from tests.studio.running import game_in, runtime, studio_over

_PATIENCE_S = 30.0

SCRIPTED = ("--rom", "scripted", "--no-actors")


def told(url: str, path: str) -> Any:
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return json.load(answer)


def live(url: str) -> list[str]:
    """Return the names of the sessions on the bus; none while the server is away."""
    try:
        return [each["session"] for each in told(url, "api/live")]
    except urllib.error.HTTPError as error:
        error.close()
        return [f"status {error.code}"] if error.code != 503 else []


def until_live(url: str, names: list[str]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while live(url) != names:
        assert time.monotonic() < deadline, f"{names} are not what is live"
        time.sleep(0.1)


def niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def server_of(home: Path) -> int:
    return int(json.loads((home / "nats/server.json").read_text())["pid"])


@pytest.mark.skipif(sys.platform != "linux", reason="a studio gives way on Linux alone")
def test_a_studio_gives_way_and_what_it_starts_does_not(tmp_path: Path) -> None:
    ours = os.nice(0)
    with studio_over(tmp_path) as own:
        studio = own.running.process.pid
        deadline = time.monotonic() + _PATIENCE_S
        while niceness(studio) == ours:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert niceness(studio) == ours + NICENESS
        before = server_of(tmp_path)
        assert niceness(before) == ours
        os.kill(before, signal.SIGKILL)  # the studio starts it again, now that it gives way itself
        while server_of(tmp_path) == before:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert niceness(server_of(tmp_path)) == ours


def test_a_studio_comes_and_goes_with_its_run_and_another_outlives_it(tmp_path: Path) -> None:
    up, line = runtime(tmp_path, "up", "--studio", "--session", "one", *SCRIPTED, until=lambda line: "http://" in line)
    child = line.split()[-1]
    with studio_over(tmp_path) as own:
        until_live(child, ["one"])
        until_live(own.url, ["one"])
        assert not (tmp_path / "runs" / "one" / "studio.json").stat().st_mode & 0o077
        assert "studio" not in (tmp_path / "metrics" / "one.json").read_text(encoding="utf-8")
        assert up.stop() == 0, up.lines
        with pytest.raises(urllib.error.URLError):
            told(child, "api/about")
        with game_in(tmp_path, "two", *SCRIPTED):  # on whichever server there is then
            until_live(own.url, ["two"])
        until_live(own.url, [])
