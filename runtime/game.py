"""A game's description, `game.toml`: its ROM, watches, areas, objectives and what ends an episode."""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from runtime import toml_file
from runtime.console import CONSOLES, Console
from runtime.errors import ConfigError, UsageError
from runtime.expressions import condition
from runtime.wire import Region, Scalar

BUILTIN = Path(__file__).parent / "games"

#: The game `runtime up` plays when none is named.
DEFAULT_GAME = "emberwood"

#: Watch types and their struct format; a bare name is little-endian.
TYPES = {
    "u8": "B",
    "s8": "b",
    **{
        f"{sign}{bits}{end}": f"{mark}{code}"
        for sign, bits, end, mark, code in (
            ("u", 16, "le", "<", "H"),
            ("s", 16, "le", "<", "h"),
            ("u", 32, "le", "<", "I"),
            ("s", 32, "le", "<", "i"),
            ("u", 16, "be", ">", "H"),
            ("s", 16, "be", ">", "h"),
            ("u", 32, "be", ">", "I"),
            ("s", 32, "be", ">", "i"),
        )
    },
}


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of game.toml."""


class GameTable(_Table, frozen=True, kw_only=True):
    """`[game]`: which game this is."""

    name: str
    title: str = ""
    console: str
    rom: str = ""  # file name beside game.toml; empty for a ROM the user passes
    sha256: str = ""


class Watch(_Table, frozen=True, kw_only=True):
    """`[[watch]]`: a named value in memory. With a shape it is an array, read on demand."""

    name: str
    address: int  # console bus address
    type: str
    meaning: str = ""
    values: dict[str, str] = {}  # names of the values
    shape: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Bytes."""
        return struct.calcsize(TYPES[self.type]) * int(np.prod(self.shape, dtype=np.int64))


class Exit(_Table, frozen=True, kw_only=True):
    """A cell that leads to another area, and what to press there if stepping on it is not enough."""

    x: int
    y: int
    to: str
    press: str = ""


class Area(_Table, frozen=True, kw_only=True):
    """`[[area]]`: one map of the game; `id` is the value of the watch `area`."""

    id: int
    name: str
    width: int = 0  # cells
    height: int = 0
    exits: tuple[Exit, ...] = ()


class Tiles(_Table, frozen=True, kw_only=True):
    """`[tiles]`: how to read the watch that holds the current area's map."""

    watch: str
    cell_px: int = 16
    solid: tuple[int, ...] = ()
    hazard: tuple[int, ...] = ()


class Objective(_Table, frozen=True, kw_only=True):
    """`[[objective]]`: a step of the quest; the first whose `when` holds is current."""

    name: str
    when: str
    area: str
    x: int
    y: int
    press: str = ""
    urgent: bool = False  # before anything else, exploring included


class Press(_Table, frozen=True, kw_only=True):
    """`[start]` and `[dialogue]`: what to press while a condition holds."""

    press: str
    when: str


class Episode(_Table, frozen=True, kw_only=True):
    """`[episode]`: conditions that end one."""

    success: str = ""
    failure: str = ""


class Game(_Table, frozen=True, kw_only=True):
    """A whole game.toml."""

    game: GameTable
    watch: tuple[Watch, ...] = ()
    area: tuple[Area, ...] = ()
    tiles: Tiles | None = None
    objective: tuple[Objective, ...] = ()
    start: Press | None = None
    dialogue: Press | None = None
    episode: Episode = msgspec.field(default_factory=Episode)
    keys: dict[str, str] = {}  # for `runtime play`: a key's name -> a button, or a command of dashboards.play.keymap

    @property
    def console(self) -> Console:
        """The game's console."""
        return CONSOLES[self.game.console]

    @property
    def navigable(self) -> bool:
        """Whether it says enough to find one's way: areas, tiles and where the player is."""
        there = {watch.name for watch in self.watch}
        return bool(self.area and self.tiles) and {"area", "player.x", "player.y"} <= there

    def area_named(self, name: str) -> Area:
        """Return an area that `parse_game` checked to exist."""
        return next(area for area in self.area if area.name == name)

    def area_of_id(self, number: int) -> Area | None:
        """Return the area with this id."""
        return next((area for area in self.area if area.id == number), None)


def find_game(name: str) -> Path:
    """Return the game.toml of a built-in game, or of a folder or file that the user names.

    Raises:
        UsageError: There is none.
    """
    given = Path(name)
    for candidate in (given, given / "game.toml", BUILTIN / name / "game.toml"):
        if candidate.is_file():
            return candidate
    there = sorted(path.parent.name for path in BUILTIN.glob("*/game.toml"))
    raise UsageError(f"no game {name!r}: neither a game.toml nor a built-in game ({', '.join(there)})")


def load_game(path: Path) -> Game:
    """Read and check a game.toml.

    Raises:
        ConfigError: Something in it is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), 0, "file", f"cannot be read: {error}") from error
    return parse_game(text, str(path))


def parse_game(text: str, name: str) -> Game:
    """Read and check the text of a game.toml; `name` is what errors call it.

    Raises:
        ConfigError: Something in it is wrong.
    """
    game = toml_file.parse(text, Game, name)

    def fail(path: tuple[str | int, ...], problem: str) -> ConfigError:
        return ConfigError(name, toml_file.line_of(text, path), toml_file.dotted(path), problem)

    if game.game.console not in CONSOLES:
        raise fail(("game", "console"), f"{game.game.console!r} is unknown; known are {', '.join(CONSOLES)}")
    names: set[str] = set()
    for i, watch in enumerate(game.watch):
        if watch.type not in TYPES:
            raise fail(("watch", i, "type"), f"{watch.type!r} is unknown; known are {', '.join(TYPES)}")
        if watch.name in names:
            raise fail(("watch", i, "name"), f"{watch.name!r} is given twice")
        names.add(watch.name)
    for path, button in _buttons_named(game):
        if button not in game.console.buttons:
            raise fail(path, f"{button!r} is no button; there are {', '.join(game.console.buttons)}")
    areas = {area.name for area in game.area}
    for path, area_name in _areas_named(game):
        if area_name not in areas:
            raise fail(path, f"there is no area {area_name!r}; there are {', '.join(sorted(areas))}")
    if game.tiles and game.tiles.watch not in names:
        raise fail(("tiles", "watch"), f"there is no watch {game.tiles.watch!r}")
    for path, when in _conditions(game):
        try:
            condition(when, frozenset(names))
        except UsageError as error:
            raise fail(path, str(error)) from error
    return game


def check_regions(game: Game, regions: tuple[Region, ...], name: str) -> None:
    """Check that every watch lies in memory that the emulator publishes.

    Raises:
        ConfigError: One does not.
    """
    for watch in game.watch:
        if not any(_holds(region, watch) for region in regions):
            spans = ", ".join(f"{r.name} 0x{r.address:08X}-0x{r.address + r.size - 1:08X}" for r in regions)
            problem = f"0x{watch.address:08X} (+{watch.size} bytes) is outside the published memory: {spans}"
            raise ConfigError(name, 0, f"watch {watch.name!r}", problem)


class WatchReader:
    """Reads watches out of a memory image whose regions lie end to end, padded to 8 bytes (`runtime.memory_codec`)."""

    def __init__(self, watches: tuple[Watch, ...], regions: tuple[Region, ...]) -> None:
        self._scalars: list[tuple[str, Callable[..., tuple[Any, ...]], int]] = []
        self._arrays: dict[str, tuple[Watch, int]] = {}
        for watch in watches:
            offset = _image_offset(watch, regions)
            if offset is None:
                continue
            if watch.shape:
                self._arrays[watch.name] = (watch, offset)
            else:
                self._scalars.append((watch.name, struct.Struct(TYPES[watch.type]).unpack_from, offset))

    def values(self, image: NDArray[np.uint8]) -> dict[str, Scalar]:
        """Return every scalar watch's value."""
        buffer = image.data
        return {name: unpack(buffer, offset)[0] for name, unpack, offset in self._scalars}

    def array(self, image: NDArray[np.uint8], name: str) -> NDArray[Any]:
        """Return an array watch, of its shape and type, read-only.

        Raises:
            UsageError: There is no such array watch.
        """
        if name not in self._arrays:
            raise UsageError(f"no array watch {name!r}; there are {', '.join(self._arrays) or 'none'}")
        watch, offset = self._arrays[name]
        array = image[offset : offset + watch.size].view(np.dtype(TYPES[watch.type])).reshape(watch.shape)
        array.flags.writeable = False
        return array


def episode_conditions(game: Game) -> Mapping[str, Callable[[Mapping[str, Any]], bool]]:
    """Return the conditions that end an episode, by outcome: "success", "failure"."""
    rules = {"success": game.episode.success, "failure": game.episode.failure}
    return {outcome: condition(rule) for outcome, rule in rules.items() if rule}


def _holds(region: Region, watch: Watch) -> bool:
    return region.address <= watch.address and watch.address + watch.size <= region.address + region.size


def _image_offset(watch: Watch, regions: tuple[Region, ...]) -> int | None:
    at = 0
    for region in regions:
        if _holds(region, watch):
            return at + watch.address - region.address
        at += -(-region.size // 8) * 8
    return None


def _buttons_named(game: Game) -> list[tuple[tuple[str | int, ...], str]]:
    named: list[tuple[tuple[str | int, ...], str]] = []
    for i, area in enumerate(game.area):
        named += [(("area", i, "exits"), way.press) for way in area.exits if way.press]
    named += [(("objective", i, "press"), o.press) for i, o in enumerate(game.objective) if o.press]
    named += [((key, "press"), press.press) for key, press in _presses(game)]
    return named


def _areas_named(game: Game) -> list[tuple[tuple[str | int, ...], str]]:
    named: list[tuple[tuple[str | int, ...], str]] = []
    for i, area in enumerate(game.area):
        named += [(("area", i, "exits"), way.to) for way in area.exits]
    named += [(("objective", i, "area"), objective.area) for i, objective in enumerate(game.objective)]
    return named


def _conditions(game: Game) -> list[tuple[tuple[str | int, ...], str]]:
    rules: list[tuple[tuple[str | int, ...], str]] = []
    rules += [(("objective", i, "when"), objective.when) for i, objective in enumerate(game.objective)]
    rules += [((key, "when"), press.when) for key, press in _presses(game)]
    episode = {"success": game.episode.success, "failure": game.episode.failure}
    rules += [(("episode", key), rule) for key, rule in episode.items() if rule]
    return rules


def _presses(game: Game) -> list[tuple[str, Press]]:
    return [(key, press) for key, press in (("start", game.start), ("dialogue", game.dialogue)) if press]
