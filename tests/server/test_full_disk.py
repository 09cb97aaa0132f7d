"""A disk that is full for seconds, for real: a small one, mounted for the test alone."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: A namespace of our own, in which anybody may mount a tmpfs where the kernel lets users have one.
SMALL_DISK = 'mount -t tmpfs -o size=24m tmpfs "$1/disk" && exec "$2" -m tests.server.full_disk "$1" $3'


def play(folder: Path, *options: str) -> dict[str, Any]:
    (folder / "disk").mkdir()
    probe = subprocess.run(
        ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs tmpfs "$1"', "sh", str(folder / "disk")],
        capture_output=True,
        text=True,
        check=False,
    )
    if probe.returncode:
        message = f"no disk of our own can be mounted here: {probe.stderr.strip()}"
        pytest.skip(message)
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", str(folder), sys.executable, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_disk_that_is_full_for_seconds_costs_no_frame(tmp_path: Path) -> None:
    found = play(tmp_path)
    assert found["status"] == 0, found["said"]
    assert "journal.failed" in found["said"]
    assert "no space left on device" in found["said"]  # the server, too, ran into its end, and was started again
    facts = found["facts"]
    assert (facts["status"], facts["frames_missing"]) == ("complete", 0), found["said"]
    assert [gap for gap in facts["gaps"] if gap["who"] == "recording"] == []
    assert f"verified {facts['frames']} frames" in found["verify"]


def test_a_bridge_killed_while_the_disk_is_full_names_every_frame_that_is_lost(tmp_path: Path) -> None:
    found = play(tmp_path, "kill")
    assert found["status"] == 0, found["said"]
    facts = found["facts"]
    lost = [gap for gap in facts["gaps"] if gap["who"] == "recording" and gap["kind"] == "input"]
    assert facts["status"] == "complete", found["said"]
    assert sum(gap["last_frame"] + 1 - gap["first_frame"] for gap in lost) == facts["frames_missing"] > 0
    assert {gap["reason"] for gap in lost} == {"the bridge was killed before they were stored"}
    verified = re.search(r"verified (\d+) frames", found["verify"])
    assert verified, found["verify"]
    assert int(verified[1]) + facts["frames_missing"] <= facts["frames"]
