"""Starts the emulated host in a process of its own."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import lua

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(lua.__file__).parent


def scripts_in(folder: Path) -> Path:
    """Copy our scripts into a folder, so that what they write lies there; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for script in SCRIPTS.glob("*.lua"):
        shutil.copy(script, folder)
    return folder


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def start_host(rom: Path, script: Path, *, port: int = 0, frames: int = -1) -> "subprocess.Popen[str]":
    """Start EmuHawk's stand-in; the caller ends it. With a port, it waits for a listener there."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.emuhawk_host", str(rom), f"--lua={script}"),
            *("--socket_ip=127.0.0.1", f"--socket_port={port}", f"--frames={frames}", "--patience=60"),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )


def run_host(rom: Path, script: Path, *, frames: int, status: int = 0) -> str:
    """Run a script for so many frames, and return what EmuHawk's console showed."""
    host = start_host(rom, script, frames=frames)
    try:
        _, shown = host.communicate(timeout=120)
    finally:
        host.kill()
    assert host.returncode == status, shown
    return shown
