"""Whole sessions with SkyEmu as people run them: with the fake of it everywhere, with the real one by SKYEMU_BIN."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from runtime.backend import Opening
from runtime.bridges.skyemu import FAMILY, SkyEmuOptions
from runtime.console import CONSOLES
from runtime.families import family
from tests.alone import alone
from tests.conformance.subjects.skyemu import fake_program
from tests.desk import Desk
from tests.roms.pad import PADS, read_block

REAL = os.environ.get("SKYEMU_BIN", "")

FRAMES = 90


@pytest.fixture(params=["fake", "real"])
def program(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "fake":
        with fake_program() as path:
            yield path
    elif REAL:
        yield REAL
    else:
        pytest.skip("SKYEMU_BIN is not set")


def processes(folder: Path) -> list[str]:
    """Return the command lines that name something in a folder, as the copy of the ROM that SkyEmu is given."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(entry.read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in lines if str(folder) in line]


@pytest.mark.parametrize("memory", ["full", "watched"])
def test_the_built_in_game_is_played_recorded_and_emulated_again(tmp_path: Path, program: str, memory: str) -> None:
    desk = Desk(tmp_path)
    copies = tmp_path / "copies"
    copies.mkdir()
    desk.env |= {"SKYEMU_BIN": program, "TMPDIR": str(copies)}
    choice = ("--backend", "skyemu", "--game", "emberwood", "--option", f"memory={memory}")
    said = desk.run("up", *choice, "--clock", "lockstep", "--frames", str(FRAMES), "--session", "a")
    assert "recorded" in said
    assert list(copies.glob("framewire-skyemu-*")) == []
    assert f"verified {FRAMES} frames" in desk.run("verify", "a")
    assert processes(copies) == []


class PadPictures:
    """Pictures and blocks of pad, by the game's own count of frames."""

    def __init__(self, name: str, console: str, program: str) -> None:
        chosen, pad = family(name), PADS[console]
        core = chosen.find(CONSOLES[console], program)
        options = SkyEmuOptions() if name == FAMILY.name else chosen.options()
        backend = chosen.open(Opening(rom=str(pad.rom), console=console, core=core, options=options))
        self.seen: dict[int, tuple[NDArray[np.uint8], object]] = {}
        buttons = ((), ("RIGHT",), ("DOWN", "A"), ("LEFT",), ("START",))
        while len(self.seen) < 40:
            block = None
            with contextlib.suppress(LookupError):  # the game has not started
                block = read_block(console, backend.regions, backend.memory())
            if block and block.frame:
                self.seen[block.frame] = (backend.frame().view(np.uint8).copy(), block)
            backend.step(frozenset(buttons[block.frame % 5]) if block else frozenset())
        backend.close()


@pytest.mark.skipif(not REAL, reason="SKYEMU_BIN is not set")
@pytest.mark.parametrize("console", ["gba", "gb"])
def test_the_real_program_shows_what_libretro_cores_do_bit_for_bit(console: str) -> None:
    here, there = PadPictures("skyemu", console, REAL).seen, alone(PadPictures, "libretro", console, "").seen
    both = sorted(set(here) & set(there))
    assert len(both) >= 30
    for frame in both:
        assert here[frame][1] == there[frame][1], f"block of frame {frame}"
        assert (here[frame][0] == there[frame][0]).all(), f"picture of frame {frame}"
