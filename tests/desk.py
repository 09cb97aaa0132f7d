"""A folder to run `runtime` commands in, as people type them; each starts a server of its own unless one runs."""

import json
import os
import re
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import Any

#: How long a command may take before its test fails, seconds.
PATIENCE_S = 120.0

RUNTIME = Path(sysconfig.get_path("scripts")) / "runtime"


class Desk:
    """Commands run in `folder`, over the state folder `home`; default: `state` in it."""

    def __init__(self, folder: Path, home: Path | None = None) -> None:
        self.folder = folder
        self.home = home or folder / "state"
        self.env = {
            **os.environ,
            "FRAMEWIRE_HOME": str(self.home),
            "FRAMEWIRE_NATS": "",
            "HF_HUB_OFFLINE": "1",
            "COLUMNS": "200",
        }

    def run(self, *arguments: str, status: int = 0) -> str:
        """Run a command to its end; return what it printed, then its errors."""
        return "".join(self.outputs(*arguments, status=status))

    def outputs(self, *arguments: str, status: int = 0) -> tuple[str, str]:
        """Run a command to its end; return what it printed, and its errors."""
        done = subprocess.run(
            [RUNTIME, *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr, f"{done.stdout}\n{done.stderr}"
        return done.stdout, done.stderr

    def pipe(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command with a pipe for what it prints, and one for its errors."""
        return subprocess.Popen(
            [RUNTIME, *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command that says everything into `output.txt`; see `wait_for` and `said`."""
        with (self.folder / "output.txt").open("a") as output:
            return subprocess.Popen(
                [RUNTIME, *arguments],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def said(self) -> str:
        """Return all that started commands said so far."""
        return (self.folder / "output.txt").read_text()

    def wait_for(self, text: str) -> None:
        """Wait until a started command says what matches the pattern."""
        deadline = time.monotonic() + PATIENCE_S
        while not re.search(text, self.said()):
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def info(self, session: str) -> dict[str, Any]:
        """Return what `sessions info` knows."""
        facts: dict[str, Any] = json.loads(self.outputs("sessions", "info", session, "--json")[0])
        return facts
