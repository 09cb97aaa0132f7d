"""The committed cartridges are what their sources build, bit for bit."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

GAMES = Path(__file__).parents[2] / "runtime" / "games"
EMBERWOOD = GAMES / "emberwood"
SALTMERE = GAMES / "saltmere"
BRICKYARD = GAMES / "brickyard"
PADS = Path(__file__).parents[1] / "roms"
MAX_ROM_BYTES = 192 * 1024


@dataclass(frozen=True)
class Source:
    """Where ROMs are built.

    Attributes:
        makefile: The folder to run make in.
        checksums: sha256sum's file; the ROMs lie beside it.
        toolchain: A file with the first line that the compiler gives for its version.
        compiler: Its command.
    """

    makefile: Path
    checksums: Path
    toolchain: Path
    compiler: str

    def digests(self) -> dict[str, str]:
        """Return each ROM's SHA-256 by its file name."""
        lines = [line.split() for line in self.checksums.read_text(encoding="ascii").splitlines()]
        return {name: digest for digest, name in lines}

    def missing(self) -> str | None:
        """Return why this machine cannot rebuild the ROMs, or None when it can."""
        for tool in (self.compiler, "make"):
            if shutil.which(tool) is None:
                return f"{tool} is not installed"
        shown = subprocess.run([self.compiler, "--version"], check=True, capture_output=True, text=True)
        seen = (shown.stdout + shown.stderr).splitlines()[0]
        recorded = self.toolchain.read_text(encoding="utf-8").strip()
        return None if seen == recorded else f"the compiler is {seen!r}, the ROM's is {recorded!r}"


SOURCES = {
    "emberwood": Source(
        EMBERWOOD / "src", EMBERWOOD / "emberwood.gba.sha256", EMBERWOOD / "TOOLCHAIN", "arm-none-eabi-gcc"
    ),
    "saltmere": Source(SALTMERE / "src", SALTMERE / "saltmere.gba.sha256", SALTMERE / "TOOLCHAIN", "arm-none-eabi-gcc"),
    "brickyard": Source(BRICKYARD / "src", BRICKYARD / "brickyard.gbc.sha256", BRICKYARD / "TOOLCHAIN", "sdcc"),
    "pad-gba": Source(PADS / "gba", PADS / "gba" / "pad.sha256", EMBERWOOD / "TOOLCHAIN", "arm-none-eabi-gcc"),
    "pad-gb": Source(PADS / "gb", PADS / "gb" / "pad.sha256", BRICKYARD / "TOOLCHAIN", "sdcc"),
    "pad-nes": Source(PADS / "nes", PADS / "nes" / "pad.sha256", PADS / "nes" / "TOOLCHAIN", "ca65"),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> Source:
    return SOURCES[str(request.param)]


def test_roms_and_checksum_file_agree(source: Source) -> None:
    digests = source.digests()
    assert digests
    for name, digest in digests.items():
        assert hashlib.sha256((source.checksums.parent / name).read_bytes()).hexdigest() == digest


def test_source_rebuilds_the_committed_roms(source: Source, tmp_path: Path) -> None:
    missing = source.missing()
    if missing is not None:
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    built = subprocess.run(
        [
            "make",
            "-C",
            str(source.makefile),
            f"PYTHON={sys.executable}",
            f"BUILD={tmp_path / 'build'}",
            f"OUT={tmp_path}",
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    for name in source.digests():
        assert (tmp_path / name).read_bytes() == (source.checksums.parent / name).read_bytes()


@pytest.mark.parametrize("name", ["emberwood", "saltmere", "brickyard"])
def test_a_games_checksum_is_in_its_game_file(name: str) -> None:
    game = tomllib.loads((GAMES / name / "game.toml").read_text(encoding="utf-8"))["game"]
    assert SOURCES[name].digests() == {game["rom"]: game["sha256"]}


@pytest.mark.parametrize(
    "rom",
    [EMBERWOOD / "emberwood.gba", SALTMERE / "saltmere.gba", PADS / "gba" / "pad.gba"],
    ids=lambda path: path.stem,
)
def test_gba_header_is_one_an_emulator_accepts(rom: Path) -> None:
    data = rom.read_bytes()
    assert len(data) < MAX_ROM_BYTES
    assert data[3] == 0xEA, "the entry must be an ARM branch"
    assert not any(data[0x04:0xA0]), "the boot logo is not ours to ship"
    assert data[0xB2] == 0x96
    assert (sum(data[0xA0:0xBE]) + 0x19) & 0xFF == 0


@pytest.mark.parametrize(
    "rom",
    [PADS / "gb" / "pad.gb", PADS / "gb" / "pad.gbc", BRICKYARD / "brickyard.gbc"],
    ids=lambda path: path.name,
)
def test_game_boy_header_is_one_an_emulator_accepts(rom: Path) -> None:
    data = rom.read_bytes()
    assert len(data) == 0x8000
    assert data[0x104:0x108] == bytes.fromhex("CEED6666"), "by these mGBA knows a Game Boy ROM"
    assert not any(data[0x108:0x134]), "the boot logo is not ours to ship"
    assert data[0x143] == (0x80 if rom.suffix == ".gbc" else 0)
    assert (-sum(data[0x134:0x14D]) - 25) & 0xFF == data[0x14D]


@pytest.mark.parametrize("name", ["emberwood", "saltmere"])
def test_committed_art_is_what_its_script_draws(name: str, tmp_path: Path) -> None:
    drawing = f"runtime.games.{name}.src.art"
    subprocess.run([sys.executable, "-B", "-m", drawing, str(tmp_path)], cwd=GAMES.parents[1], check=True)
    for file in ("art.c", "art.h"):
        assert (tmp_path / file).read_bytes() == (GAMES / name / "src" / file).read_bytes()
