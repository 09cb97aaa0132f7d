"""A SkyEmu of our own: found, started without a window, and ended for certain."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from runtime.config import env
from runtime.errors import CoreError
from runtime.parent import die_with_parent


def find_program(program: str) -> str:
    """Return the path of SkyEmu's program: the one named, or SKYEMU_BIN, or the one on the path; empty for none.

    Raises:
        CoreError: The one named is not there, or cannot be run.
    """
    named = program or env("SKYEMU_BIN")
    found = shutil.which(named or "SkyEmu")
    if named and not found:
        raise CoreError(f"{named}: there is no such program that can be run; name SkyEmu's with --core or SKYEMU_BIN")
    return str(Path(found).absolute()) if found else ""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104 - as SkyEmu does, which listens on all addresses
        port: int = probe.getsockname()[1]
        return port


class SkyEmuProcess:
    """`SkyEmu http_server PORT ROM`, with a home of its own: it takes nobody's settings and changes nobody's."""

    def __init__(self, program: str, port: int, rom: Path) -> None:
        """Start it.

        Args:
            program: Its path.
            port: Where it will listen.
            rom: In a folder of ours, for SkyEmu writes saves beside it.

        Raises:
            CoreError: It cannot be run.
        """
        home = rom.parent
        self._errors = home / "errors.txt"
        folders = {name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        try:
            with self._errors.open("wb") as errors:
                self._process = subprocess.Popen(
                    [program, "http_server", str(port), str(rom)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,  # it prints every request
                    stderr=errors,
                    cwd=home,
                    env={**os.environ, **folders},
                    preexec_fn=die_with_parent,  # noqa: PLW1509 - one call of prctl, before any thread of ours
                )
        except OSError as error:
            raise CoreError(f"{program}: SkyEmu cannot be run: {error.strerror}") from error

    def ended(self) -> str:
        """Return how it ended; empty while it runs."""
        if (status := self._process.poll()) is None:
            return ""
        lines = self._errors.read_text(errors="replace").strip().splitlines()
        return f"SkyEmu ended with status {status}" + (f": {lines[-1]}" if lines else "")

    def kill(self) -> None:
        """End it. It takes two seconds to end in order, and has nothing of ours to save."""
        self._process.kill()
        self._process.wait()
