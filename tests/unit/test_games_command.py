"""`runtime games` tells of described games, and refuses what it cannot describe."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from runtime.commands.games import games
from runtime.errors import RomError, UsageError
from runtime.game import BUILTIN

ROM = BUILTIN / "emberwood" / "emberwood.gba"


def said(*arguments: str) -> str:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(games, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_all_games_are_listed_with_whose_rom_they_need() -> None:
    lines = {line.split()[0]: line for line in said("list").splitlines() if line.strip()}
    assert "comes with Framewire" in lines["emberwood"]
    for name in ("pokemon_emerald", "pokemon_firered", "pokemon_red"):
        assert "yours: --rom" in lines[name]


def test_a_game_is_told_with_its_hash_watches_and_sources() -> None:
    told = said("info", "pokemon_emerald")
    assert "f3ae088181bf583e55daf962a92bb46f4f1d07b7" in told
    assert "[0x03005D8C] + 0x490 ^ [0x03005D90] + 0xAC" in told
    assert "gSaveBlock1Ptr->pos.x" in told
    assert "A when screen in" in told
    assert "SHA-256" in said("info", "emberwood")


def test_an_unknown_game_is_refused() -> None:
    with pytest.raises(UsageError, match="no game 'tetris'"):
        said("info", "tetris")


def test_an_existing_description_is_kept(tmp_path: Path) -> None:
    (tmp_path / "game.toml").write_text("mine")
    with pytest.raises(UsageError, match="exists already; name another folder with -o"):
        said("new", str(ROM), "-o", str(tmp_path))
    assert (tmp_path / "game.toml").read_text() == "mine"


def test_what_is_no_rom_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gba"
    bad.write_bytes(bytes(500))
    for rom, problem in ((bad, "no GBA ROM"), (tmp_path / "none.gba", "cannot be read"), (tmp_path / "a.txt", "ends")):
        with pytest.raises(RomError, match=problem):
            said("new", str(rom), "-o", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_an_unknown_emulator_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no backend 'snes9x'"):
        said("new", str(ROM), "-o", str(tmp_path / "out"), "--backend", "snes9x")
