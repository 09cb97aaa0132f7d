"""Brickyard, our Breakout, and what both families make of a Game Boy."""

from pathlib import Path

import numpy as np
import pytest

from runtime.backend import Backend, Opening
from runtime.bridges.pyboy import PyBoyBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.families import family
from runtime.game import BUILTIN, WatchReader, load_game
from runtime.memory_codec import MemoryEncoder
from runtime.pixels import to_rgb
from runtime.wire import Scalar
from tests.alone import alone
from tests.roms.pad import PADS, read_block

GAME = load_game(BUILTIN / "brickyard" / "game.toml")
ROM = BUILTIN / "brickyard" / "brickyard.gbc"
FAMILIES = ("libretro", "pyboy")

#: Far more than a game takes whose ball is always met.
_MOST_FRAMES = 20_000


def opened(name: str, rom: Path, console: str) -> Backend:
    chosen = family(name)
    core = chosen.find(CONSOLES[console], "")
    return chosen.open(Opening(rom=str(rom), console=console, core=core))


class Player:
    """Brickyard, with its watches decoded."""

    def __init__(self, name: str) -> None:
        self.backend = opened(name, ROM, "gbc")
        self._encoder = MemoryEncoder(self.backend.regions)
        self._watches = WatchReader(GAME.watch, self.backend.regions)

    def hold(self, *buttons: str, frames: int = 1) -> dict[str, int]:
        """Hold buttons, then return the watches."""
        self.backend.step(frozenset(buttons), frames)
        self._encoder.encode(0, self.backend.memory(), 0)
        values: dict[str, Scalar] = self._watches.values(self._encoder.image)
        return {name: int(value) for name, value in values.items()}

    def start(self) -> dict[str, int]:
        """Leave the title screen."""
        assert self.hold(frames=200)["mode"] == 0
        self.hold("START", frames=4)
        return self.hold(frames=4)

    def wall(self) -> int:
        """Return how many bricks stand."""
        return int(self._watches.array(self._encoder.image, "wall").sum())


def idle(name: str) -> list[dict[str, int]]:
    """Start and touch nothing until the game is over; return the watches of each frame."""
    player = Player(name)
    told = [player.start()]
    while told[-1]["mode"] == 1 and len(told) < _MOST_FRAMES:
        told.append(player.hold())
    return told


@pytest.mark.parametrize("name", FAMILIES)
def test_who_does_nothing_loses_three_balls(name: str) -> None:
    told = alone(idle, name)
    assert (told[0]["mode"], told[0]["lives"], told[0]["bricks"], told[0]["score"]) == (1, 3, 54, 0)
    assert told[-1]["mode"] == 2
    assert sorted({values["lives"] for values in told}) == [0, 1, 2, 3]
    assert all(values["bricks"] + values["score"] >= 54 for values in told), "each brick is worth a point at least"


def cleared(name: str) -> tuple[list[dict[str, int]], list[int], int]:
    """Follow the ball, with a little aim so that it does not fly in circles, until the game ends."""
    player = Player(name)
    told, walls = [player.start()], [player.wall()]
    while told[-1]["mode"] == 1 and len(told) < _MOST_FRAMES:
        wanted = told[-1]["ball.x"] - 10 + len(told) // 7 % 5 * 3 - 4
        paddle = told[-1]["paddle.x"]
        told.append(player.hold(*(["RIGHT"] if paddle < wanted - 1 else ["LEFT"] if paddle > wanted + 1 else [])))
        walls.append(player.wall())
    background = to_rgb(player.backend.frame(), player.backend.pixel_format)
    player.hold(frames=3)
    return told, walls, len(np.unique(background.reshape(-1, 3), axis=0))


@pytest.mark.parametrize("name", FAMILIES)
def test_who_meets_every_ball_wins(name: str) -> None:
    told, walls, colours = alone(cleared, name)
    assert (told[-1]["mode"], told[-1]["bricks"], told[-1]["lives"]) == (3, 0, 3)
    assert told[-1]["score"] == 9 * (7 + 7 + 5 + 5 + 3 + 1)
    assert walls == [values["bricks"] for values in told]
    assert colours >= 5
    assert all(8 <= values["paddle.x"] <= 128 for values in told)


def grey_levels(name: str) -> list[int]:
    backend = opened(name, PADS["gb"].rom, "gb")
    backend.step(frozenset(), 200)
    return sorted({int(pixel) for pixel in to_rgb(backend.frame(), backend.pixel_format).reshape(-1)})


def test_a_game_boys_four_greys_are_the_same_on_both_families() -> None:
    """gambatte's have a green of 6 bits, which is up to 3 of 255 off."""
    greys = (0, 0x52, 0xAD, 0xFF)
    assert alone(grey_levels, "pyboy") == list(greys)
    assert all(min(abs(level - grey) for grey in greys) <= 3 for level in alone(grey_levels, "libretro"))


def colours(name: str) -> list[tuple[int, ...]]:
    backend = opened(name, ROM, "gbc")
    backend.step(frozenset(), 200)
    pixels = to_rgb(backend.frame(), backend.pixel_format).reshape(-1, 3)
    return [tuple(colour) for colour in np.unique(pixels, axis=0).tolist()]


def test_a_colors_colours_are_the_consoles_own_on_both_families() -> None:
    assert alone(colours, "libretro") == alone(colours, "pyboy")


def test_pyboys_work_memory_is_read_without_a_copy() -> None:
    backend = PyBoyBackend(PADS["gbc"].rom, CONSOLES["gbc"])
    try:
        before = backend.memory()["wram"]
        backend.step(frozenset(), 100)
        frame = read_block("gbc", backend.regions, backend.memory()).frame
        assert backend.memory()["wram"] is before
        backend.step(frozenset())
        assert read_block("gbc", backend.regions, {"wram": before}).frame == frame + 1
    finally:
        backend.close()


def with_battery(rom: bytes) -> bytes:
    """Return a ROM that says its cartridge has 8 KiB of memory with a battery (Pan Docs, "Cartridge Type")."""
    changed = bytearray(rom)
    changed[0x147], changed[0x149] = 0x03, 0x02
    changed[0x14D] = (-sum(changed[0x134:0x14D]) - 25) & 0xFF
    return bytes(changed)


def test_pyboy_leaves_the_folder_of_a_cartridge_with_a_battery_alone(tmp_path: Path) -> None:
    rom = tmp_path / "battery.gb"
    rom.write_bytes(with_battery(PADS["gb"].rom.read_bytes()))
    (tmp_path / "battery.gb.ram").write_bytes(b"\x55" * 8192)
    backend = PyBoyBackend(rom, CONSOLES["gb"])
    backend.step(frozenset({"A"}), 100)
    backend.reset()
    backend.step(frozenset(), 100)
    assert read_block("gb", backend.regions, backend.memory()).counts["A"] == 0
    backend.close()
    assert (tmp_path / "battery.gb.ram").read_bytes() == b"\x55" * 8192
    assert len(list(tmp_path.iterdir())) == 2


def test_without_the_package_pyboy_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CoreError, match=r"pip install 'framewire\[pyboy\]'"):
        family("pyboy").find(CONSOLES["gb"], "")
