"""What `make up` puts on disk, and how long it takes to the first action, from a fresh copy of the repository."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.report import row

ROOT = Path(__file__).parents[2]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "framewire"
        ignored = shutil.ignore_patterns(".venv", ".framewire", ".git", "*_cache", ".hypothesis", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignored)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("VIRTUAL_ENV")}
        began = time.perf_counter()
        up = subprocess.Popen(
            ["make", "up", "ARGS=--session first"],
            cwd=copy,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )
        assert up.stdout is not None
        ready = next((line for line in up.stdout if "session.started" in line), "")
        assert ready, "the game did not start"
        echo = [str(copy / ".venv/bin/runtime"), "echo", "in.action", "--once"]
        subprocess.run(echo, cwd=copy, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        os.killpg(up.pid, signal.SIGINT)
        up.communicate(timeout=30)
        size = int(
            subprocess.run(["du", "-sm", ".venv"], cwd=copy, capture_output=True, text=True, check=True).stdout.split()[
                0
            ]
        )
    row("everything make up installs", f"{size} MB", "≤ 700 MB", ok=size <= 700)
    row("make up to first action, warm package cache", f"{seconds:.0f} s", "≤ 60 s", ok=seconds <= 60)
