"""A game's description, `game.toml`: its ROM, watches, areas, objectives and what ends an episode."""

import hashlib
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from runtime import toml_file
from runtime.console import CONSOLES, Console
from runtime.errors import ConfigError, UsageError
from runtime.expressions import condition
from runtime.wire import Region

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
    "bcd3": "3s",  # six decimal digits, the highest first; other digits give no value
}

#: Consoles on which a watch may follow a pointer: those whose pointers are 32-bit little-endian bus addresses.
POINTER_CONSOLES = ("gba",)

#: Bytes of such a pointer.
POINTER_BYTES = 4

#: Types of quests and how much each matters (C12.1).
QUEST_TYPES = {"main_story": 10, "skill_improvement": 6, "side_quest": 5, "collection": 4, "exploration": 3}

#: What a quest may be called in keys of knowledge: "quest:<slug>".
_SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")

#: A key of game.toml: ("watch", 2, "type").
_Key = tuple[str | int, ...]

_SHA1 = re.compile("[0-9a-f]{40}")

#: `address` of a watch that has none.
_ABSENT = -1


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of game.toml."""


class GameTable(_Table, frozen=True, kw_only=True):
    """`[game]`: which game this is."""

    name: str
    title: str = ""
    console: str
    rom: str = ""  # file name beside game.toml; empty for a ROM the user passes
    sha256: str = ""
    sha1: tuple[str, ...] = ()  # of ROMs for which the description holds, where that is the hash that has a source

    def knows(self, rom: bytes) -> bool:
        """Return whether this describes the ROM: it gives a hash, and the ROM has it."""
        if not self.sha256 and not self.sha1:
            return False
        if self.sha256 and hashlib.sha256(rom).hexdigest() != self.sha256:
            return False
        return not self.sha1 or hashlib.sha1(rom, usedforsecurity=False).hexdigest() in self.sha1


class Watch(_Table, frozen=True, kw_only=True):
    """`[[watch]]`: a named value in memory. With a shape it is an array, read on demand.

    It lies at `address`, or `offset` bytes after where the pointer at `pointer` points. A pointer moves as the game
    likes: what a watch needs is then both the pointer's bytes and, wherever that leads, the value's. While it leads
    outside the published memory the watch has no value, and `State.values` lacks its name.

    Attributes:
        name: As in State.values and conditions.
        type: Of TYPES.
        address: On the console's bus; of a watch with a pointer this is the pointer's own.
        pointer: Where the pointer lies; None for a value that stays where it is.
        offset: Bytes from where the pointer points to the value.
        xor_pointer: Where a pointer to the key lies with which the game hides the value; None for a value in clear.
        xor_offset: Bytes from where that points to the key, which is as wide as the value.
        mask: Bits of the value that count, shifted down to bit 0; 0 for all.
        meaning: One line for people.
        source: What says so: symbol, file and commit of a decompilation.
        values: Names of the values.
        shape: Of an array; empty for one value.
    """

    name: str
    type: str
    address: int = _ABSENT
    pointer: int | None = None
    offset: int | None = None
    xor_pointer: int | None = None
    xor_offset: int | None = None
    mask: int = 0
    meaning: str = ""
    source: str = ""
    values: dict[str, str] = {}
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Give a watch with a pointer the pointer's address."""
        if self.pointer is not None and self.address == _ABSENT:
            msgspec.structs.force_setattr(self, "address", self.pointer)

    @property
    def size(self) -> int:
        """Bytes of the value."""
        return struct.calcsize(TYPES[self.type]) * int(np.prod(self.shape, dtype=np.int64))

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """What it reads at fixed places, as (address, bytes): the value, or the pointers to it and to its key."""
        spans = ((self.address, self.size if self.pointer is None else POINTER_BYTES),)
        return spans if self.xor_pointer is None else (*spans, (self.xor_pointer, POINTER_BYTES))


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
    one_way: dict[str, tuple[int, ...]] = {}  # direction -> kinds entered only that way, and crossed in one move


class Objective(_Table, frozen=True, kw_only=True):
    """`[[objective]]`: a step of a quest; the first whose `when` holds is current.

    Attributes:
        name: What is to be done.
        when: Condition under which it is open.
        area: Name of the area where it is.
        x: Column of the cell to face.
        y: Its row.
        press: What to press there.
        urgent: Before anything else, exploring included.
        quest: The quest it is a step of; empty for the main story, where there is but one.
        type: Of QUEST_TYPES.
        needs: Condition without which it is not worth going there yet; empty for none.
    """

    name: str
    when: str
    area: str
    x: int
    y: int
    press: str = ""
    urgent: bool = False
    quest: str = ""
    type: str = "main_story"
    needs: str = ""


class Press(_Table, frozen=True, kw_only=True):
    """`[dialogue]`: what to press while a condition holds."""

    press: str
    when: str


class Start(Press, frozen=True, kw_only=True):
    """`[start]`: what leads into the game; it has begun when `when` is over and `until`, if there is one, holds."""

    until: str = ""


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
    start: Start | None = None
    dialogue: Press | None = None
    episode: Episode = msgspec.field(default_factory=Episode)
    keys: dict[str, str] = {}  # for `runtime play`: a key's name -> a button, or a command of dashboards.play.keymap

    @property
    def console(self) -> Console:
        """The game's console."""
        return CONSOLES[self.game.console]

    @property
    def navigable(self) -> bool:
        """Whether it says enough to find one's way: where the player is, and what is on screen or a map."""
        there = {watch.name for watch in self.watch}
        return {"area", "player.x", "player.y"} <= there and ("context" in there or bool(self.area and self.tiles))

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
    for path, problem in _problems(game):
        raise ConfigError(name, toml_file.line_of(text, path), toml_file.dotted(path), problem)
    return game


def check_regions(game: Game, regions: tuple[Region, ...], name: str) -> None:
    """Check that every watch lies in memory that the emulator publishes.

    Raises:
        ConfigError: One does not.
    """
    for watch in game.watch:
        for address, size in watch.spans:
            if not any(holds(region, address, size) for region in regions):
                there = ", ".join(f"{r.name} 0x{r.address:08X}-0x{r.address + r.size - 1:08X}" for r in regions)
                problem = f"0x{address:08X} (+{size} bytes) is outside the published memory: {there}"
                raise ConfigError(name, 0, f"watch {watch.name!r}", problem)


def check_whole_memory(game: Game, name: str) -> None:
    """Check that an emulator which publishes only the pages with watches can serve this game.

    Raises:
        ConfigError: A watch follows a pointer, and where that leads nobody knows beforehand.
    """
    for watch in game.watch:
        if watch.pointer is not None or watch.xor_pointer is not None:
            problem = "follows a pointer, which needs all memory; this emulator publishes only the pages with watches"
            raise ConfigError(name, 0, f"watch {watch.name!r}", problem)


def holds(region: Region, address: int, size: int) -> bool:
    """Return whether a region holds these bytes."""
    return region.address <= address and address + size <= region.address + region.size


def episode_conditions(game: Game) -> Mapping[str, Callable[[Mapping[str, Any]], bool]]:
    """Return the conditions that end an episode, by outcome: "success", "failure"."""
    rules = {"success": game.episode.success, "failure": game.episode.failure}
    return {outcome: condition(rule) for outcome, rule in rules.items() if rule}


def _problems(game: Game) -> Iterator[tuple[_Key, str]]:
    """Yield what is wrong with a description, each with its key; what comes later relies on what came before."""
    if game.game.console not in CONSOLES:
        yield ("game", "console"), f"{game.game.console!r} is unknown; known are {', '.join(CONSOLES)}"
    for digest in game.game.sha1:
        if not _SHA1.fullmatch(digest):
            yield ("game", "sha1"), f"{digest!r} is no SHA-1: 40 lower-case hexadecimal digits"
    names: set[str] = set()
    for i, watch in enumerate(game.watch):
        if watch.type not in TYPES:
            yield ("watch", i, "type"), f"{watch.type!r} is unknown; known are {', '.join(TYPES)}"
        if watch.name in names:
            yield ("watch", i, "name"), f"{watch.name!r} is given twice"
        names.add(watch.name)
        for key, problem in _watch_problems(watch, game.console):
            yield ("watch", i, key), problem
    if game.tiles and game.tiles.watch not in names:
        yield ("tiles", "watch"), f"there is no watch {game.tiles.watch!r}"
    yield from _unknown_names(game, frozenset(names))


def _unknown_names(game: Game, watches: frozenset[str]) -> Iterator[tuple[_Key, str]]:
    """Yield the buttons, areas, types of quests and watches that a description names and that do not exist."""
    for path, button in _buttons_named(game):
        if button not in game.console.buttons:
            yield path, f"{button!r} is no button; there are {', '.join(game.console.buttons)}"
    for i, objective in enumerate(game.objective):
        if objective.type not in QUEST_TYPES:
            yield ("objective", i, "type"), f"{objective.type!r} is unknown; known are {', '.join(QUEST_TYPES)}"
        if objective.quest and not _SLUG.fullmatch(objective.quest):
            yield ("objective", i, "quest"), f"{objective.quest!r} must be lower-case words joined by '-'"
    areas = {area.name for area in game.area}
    for path, area_name in _areas_named(game):
        if area_name not in areas:
            yield path, f"there is no area {area_name!r}; there are {', '.join(sorted(areas))}"
    for path, when in _conditions(game):
        try:
            condition(when, watches)
        except UsageError as error:
            yield path, str(error)


def _watch_problems(watch: Watch, console: Console) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with where a watch lies and how it is read, each with its key."""
    if watch.address == _ABSENT:
        yield "address", "a watch needs an address, or a pointer and an offset"
    if watch.pointer is not None and watch.address != watch.pointer:
        yield "pointer", "a watch has an address or a pointer, not both"
    for pointer, offset in (("pointer", "offset"), ("xor_pointer", "xor_offset")):
        first, second = getattr(watch, pointer), getattr(watch, offset)
        if first is None and second is not None:
            yield offset, f"an {offset} needs a {pointer}"
        if first is not None and second is None:
            yield pointer, f"a {pointer} needs an {offset}"
        if first is not None and console.name not in POINTER_CONSOLES:
            yield pointer, f"pointers are followed on {', '.join(POINTER_CONSOLES)} only"
    if (watch.mask or watch.xor_pointer is not None) and (not watch.type.startswith("u") or watch.shape):
        yield "mask" if watch.mask else "xor_pointer", "is for a single value of an unsigned type"
    if not 0 <= watch.mask < 1 << 8 * struct.calcsize(TYPES[watch.type]):
        yield "mask", f"0x{watch.mask:X} has bits that {watch.type} lacks"
    if watch.shape and watch.type == "bcd3":
        yield "shape", "bcd3 is for a single value"


def _buttons_named(game: Game) -> list[tuple[_Key, str]]:
    named: list[tuple[_Key, str]] = []
    for i, area in enumerate(game.area):
        named += [(("area", i, "exits"), way.press) for way in area.exits if way.press]
    named += [(("objective", i, "press"), o.press) for i, o in enumerate(game.objective) if o.press]
    named += [((key, "press"), press.press) for key, press in _presses(game)]
    named += [(("tiles", "one_way"), button) for button in (game.tiles.one_way if game.tiles else ())]
    return named


def _areas_named(game: Game) -> list[tuple[_Key, str]]:
    named: list[tuple[_Key, str]] = []
    for i, area in enumerate(game.area):
        named += [(("area", i, "exits"), way.to) for way in area.exits]
    named += [(("objective", i, "area"), objective.area) for i, objective in enumerate(game.objective)]
    return named


def _conditions(game: Game) -> list[tuple[_Key, str]]:
    rules: list[tuple[_Key, str]] = []
    rules += [(("objective", i, "when"), objective.when) for i, objective in enumerate(game.objective)]
    rules += [(("objective", i, "needs"), o.needs) for i, o in enumerate(game.objective) if o.needs]
    rules += [((key, "when"), press.when) for key, press in _presses(game)]
    rules += [(("start", "until"), game.start.until)] if game.start and game.start.until else []
    episode = {"success": game.episode.success, "failure": game.episode.failure}
    rules += [(("episode", key), rule) for key, rule in episode.items() if rule]
    return rules


def _presses(game: Game) -> list[tuple[str, Press]]:
    return [(key, press) for key, press in (("start", game.start), ("dialogue", game.dialogue)) if press]
