"""The committed Emberwood cartridge is what its source builds, bit for bit."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

GAME = Path(__file__).parents[2] / "runtime" / "games" / "emberwood"
COMPILER = "arm-none-eabi-gcc"
MAX_ROM_BYTES = 64 * 1024


def recorded_digest() -> str:
    """Return the digest in the sha256sum file, after checking that it names the ROM."""
    digest, name = (GAME / "emberwood.gba.sha256").read_text(encoding="ascii").split()
    assert name == "emberwood.gba"
    return digest


def missing_toolchain() -> str | None:
    """Return why this machine cannot rebuild the ROM, or None when it can."""
    if shutil.which(COMPILER) is None:
        return f"{COMPILER} is not installed"
    if shutil.which("make") is None:
        return "make is not installed"
    shown = subprocess.run([COMPILER, "--version"], check=True, capture_output=True, text=True)
    seen = shown.stdout.splitlines()[0]
    recorded = (GAME / "TOOLCHAIN").read_text(encoding="utf-8").strip()
    return None if seen == recorded else f"the compiler is {seen!r}, the ROM's is {recorded!r}"


def test_rom_checksum_file_and_game_file_agree() -> None:
    rom = (GAME / "emberwood.gba").read_bytes()
    game = tomllib.loads((GAME / "game.toml").read_text(encoding="utf-8"))["game"]
    assert hashlib.sha256(rom).hexdigest() == recorded_digest() == game["sha256"]
    assert game["rom"] == "emberwood.gba"


def test_rom_header_is_one_an_emulator_accepts() -> None:
    rom = (GAME / "emberwood.gba").read_bytes()
    assert len(rom) < MAX_ROM_BYTES
    assert rom[3] == 0xEA, "the entry must be an ARM branch"
    assert not any(rom[0x04:0xA0]), "the boot logo is not ours to ship"
    assert rom[0xB2] == 0x96
    assert (sum(rom[0xA0:0xBE]) + 0x19) & 0xFF == 0


def test_source_rebuilds_the_committed_rom(tmp_path: Path) -> None:
    missing = missing_toolchain()
    if missing is not None:
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    source = tmp_path / "src"
    shutil.copytree(GAME / "src", source, ignore=shutil.ignore_patterns("build", "__pycache__"))
    built = subprocess.run(
        ["make", "-C", str(source), f"PYTHON={sys.executable}"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    rom = (tmp_path / "emberwood.gba").read_bytes()
    assert hashlib.sha256(rom).hexdigest() == recorded_digest()
    assert rom == (GAME / "emberwood.gba").read_bytes()


def test_committed_art_is_what_its_script_draws(tmp_path: Path) -> None:
    shutil.copytree(GAME / "src" / "art", tmp_path / "art", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-B", "-m", "art"], cwd=tmp_path, check=True)
    for name in ("art.c", "art.h"):
        assert (tmp_path / name).read_bytes() == (GAME / "src" / name).read_bytes()
