"""`runtime games new` on a real core finds what the built-in game keeps where, from its ROM alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.game import BUILTIN, Game, load_game
from runtime.launch import GameChoice, Launch
from runtime.plan import resolve
from tests.alone import missing
from tests.roms.pad import PADS

ROM = BUILTIN / "emberwood" / "emberwood.gba"


def written(rom: Path, folder: Path, *more: str) -> Path:
    """Return the game.toml that the command writes in a process of its own."""
    command = [sys.executable, "-m", "runtime", "games", "new", str(rom), "-o", str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "player.x?" in done.stdout
    return folder / "game.toml"


def needs_core(console: str) -> None:
    try:
        find_core(CONSOLES[console])
    except CoreError as error:
        missing(str(error))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_core("gba")
    return written(ROM, tmp_path_factory.mktemp("found"), "--frames", "6000")


def at(game: Game) -> dict[str, int]:
    return {watch.name: watch.address for watch in game.watch}


@pytest.mark.parametrize("name", ["frame", "player.x", "player.y", "player.facing", "player.pixel_x", "player.pixel_y"])
def test_it_is_found_at_its_true_address(found: Path, name: str) -> None:
    assert at(load_game(found))[name] == at(load_game(BUILTIN / "emberwood" / "game.toml"))[name]


def test_the_directions_are_named_as_the_game_numbers_them(found: Path) -> None:
    true, seen = (
        next(watch.values for watch in load_game(path).watch if watch.name == "player.facing")
        for path in (BUILTIN / "emberwood" / "game.toml", found)
    )
    assert seen == true


def test_the_description_runs(found: Path) -> None:
    plan = resolve(Launch(game=GameChoice(name=str(found.parent))), Path.cwd())
    assert plan.game_toml == str(found)
    assert plan.rom == str(ROM)


def test_the_same_seed_writes_the_same(found: Path, tmp_path: Path) -> None:
    again = written(ROM, tmp_path / "again", "--frames", "6000", "--seed", "1")
    assert again.read_text() == found.read_text()


def test_another_walk_finds_the_same_places(tmp_path: Path) -> None:
    other = load_game(written(ROM, tmp_path / "other", "--frames", "6000", "--seed", "7"))
    true = at(load_game(BUILTIN / "emberwood" / "game.toml"))
    for name in ("frame", "player.x", "player.y", "player.facing"):
        assert at(other)[name] == true[name]


@pytest.mark.parametrize("console", PADS)
def test_on_each_console_the_pad_is_understood(console: str, tmp_path: Path) -> None:
    needs_core(console)
    pad = PADS[console]
    seen = at(load_game(written(pad.rom, tmp_path / "pad", "--frames", "6000")))
    assert seen["frame"] == pad.address + 4
    assert seen["player.x"] == pad.address + 28
    assert seen["player.y"] == pad.address + 29
    assert seen["with_a"] == pad.address + 8  # counts the frames that A was held


def test_a_game_of_another_kind_is_understood_too(tmp_path: Path) -> None:
    """Brickyard, a Game Boy Color game with a paddle that goes left and right."""
    needs_core("gbc")
    folder = BUILTIN / "brickyard"
    true = at(load_game(folder / "game.toml"))
    seen = at(load_game(written(folder / "brickyard.gbc", tmp_path / "paddle", "--frames", "6000")))
    assert seen["player.x"] == true["paddle.x"]
    assert seen["frame"] == true["frame"]
    assert "player.y" not in seen
