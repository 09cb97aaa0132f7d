"""Plays the built-in cartridges on a real core, knowing everything: the true map, all exits, every value in memory.

For tests of the games themselves. `Player` steps frames and reads watches; `Walker` gets to places, talks, fights and
heals as a sensible person would.
"""

import heapq
import struct
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np

from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.game import TYPES, Area, Game, parse_game
from runtime.vocabulary import CONTEXTS, SCENES

STEPS = {"DOWN": (0, 1), "UP": (0, -1), "LEFT": (-1, 0), "RIGHT": (1, 0)}
MODES = ("title", "world", "dialogue", "transition", "ending", "game over", "battle", "menu", "shop", "cutscene")
Cell = tuple[int, int]

#: What a cell costs to enter beside 1: brambles hurt, tall grass hides beasts.
_EXTRA_COST = {4: 12, 11: 3}

_LOCKED = 15


class Player:
    """The game on a core, frame by frame; `on_frame` is called after each.

    `more` is a file with what game.toml keeps from agents: areas and tiles.
    """

    def __init__(self, core: Path, game_toml: Path, more: Path | None = None) -> None:
        text = "\n".join(path.read_text(encoding="utf-8") for path in (game_toml, more) if path)
        self.game: Game = parse_game(text, str(game_toml))
        rom = game_toml.parent / self.game.game.rom
        self.backend = LibretroBackend(core, rom, CONSOLES["gba"], self.game.game.sha256)
        self.on_frame: list[Callable[[], None]] = []
        self.frames = 0
        self._watches = {watch.name: watch for watch in self.game.watch}
        self._places = {watch.name: (watch.address - 0x0200_0000, watch.size) for watch in self.game.watch}

    def hold(self, buttons: str, frames: int = 1) -> None:
        """Hold buttons, separated by '+', for so many frames."""
        held = frozenset(filter(None, buttons.split("+")))
        for _ in range(frames):
            self.backend.step(held)
            self.frames += 1
            for seen in self.on_frame:
                seen()

    def tap(self, button: str) -> None:
        """Press and let go."""
        self.hold(button, 2)
        self.hold("", 2)

    def bytes_of(self, name: str) -> bytes:
        """Return what memory holds for a watch."""
        start, size = self._places[name]
        return bytes(self.backend.memory()["ewram"][start : start + size])

    def __getitem__(self, name: str) -> int:
        watch = self._watches[name]
        value = int(struct.unpack(TYPES[watch.type], self.bytes_of(name))[0])
        return (value & watch.mask) // (watch.mask & -watch.mask) if watch.mask else value

    def text(self, name: str = "dialogue.text") -> str:
        """Return a watch of characters."""
        return self.bytes_of(name).split(b"\0")[0].decode("ascii")

    def tiles(self) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        """Return the true map (32, 32): rows, columns."""
        return np.frombuffer(self.bytes_of("map.tiles"), dtype=np.uint8).reshape(32, 32)

    @property
    def mode(self) -> str:
        return MODES[self["mode"]]

    @property
    def context(self) -> str:
        return CONTEXTS[self["context"]]

    @property
    def scene(self) -> str:
        return SCENES[self["scene"]]

    @property
    def area(self) -> Area:
        found = self.game.area_of_id(self["area"])
        assert found is not None, f"area {self['area']} is not in game.toml"
        return found

    @property
    def cell(self) -> Cell:
        return self["player.x"], self["player.y"]


class Walker:
    """A sensible person with a map.

    Attributes:
        player: Whose buttons are pressed.
        drinks: Whether potions are drunk and springs visited; without, one dies sooner or later.
        fights: Whether wandering beasts are fought rather than run from.
        flees: Whether one runs when weak and out of potions.
    """

    def __init__(self, player: Player, *, drinks: bool = True, fights: bool = True, flees: bool = True) -> None:
        self.player = player
        self.drinks = drinks
        self.fights = fights
        self.flees = flees
        self._blocked: set[tuple[int, Cell]] = set()

    # --- getting somewhere ---------------------------------------------------------------------------------------

    def settle(self, most: int = 6000) -> None:
        """Read, fight and wait until one can walk, or the game is over."""
        end = self.player.frames + most
        while self.player.mode not in ("world", "title", "ending", "game over"):
            assert self.player.frames < end, f"still {self.player.mode} after {most} frames"
            self._answer()

    def _answer(self) -> None:
        mode = self.player.mode
        if mode in ("dialogue", "cutscene"):
            self.player.tap("A")
        elif mode == "battle":
            self._battle()
        elif mode in ("menu", "shop"):
            self.player.tap("B")
        else:
            self.player.hold("")

    def _battle(self) -> None:
        if self.player["menu.kind"] != 6:
            self.player.tap("A")
        elif self.drinks and self._weak() and self._potion() is not None:
            self._drink_in_battle()
        elif (self._weak() and self.flees) or not self.fights:
            self.choose(2)
        else:
            self.choose(0)

    def _weak(self) -> bool:
        return self.player["player.hp"] * 2 <= self.player["player.max_hp"]

    def _potion(self) -> int | None:
        """Return the row of the smallest potion carried, in lists of what can be drunk."""
        return 0 if self.player["item.potion"] or self.player["item.tonic"] else None

    def choose(self, row: int) -> None:
        """Choose a row of the open list."""
        rows = self.player["menu.rows"]
        assert row < rows, f"row {row} of {rows}"
        while self.player["menu.cursor"] != row:
            self.player.tap("DOWN")
        self.player.tap("A")

    def _drink_in_battle(self) -> None:
        self.choose(1)
        self.choose(0)

    def drink(self) -> None:
        """Drink from the menu until one is well, as far as the potions go."""
        self.player.tap("START")
        self.choose(0)
        while self._weak() and self._potion() is not None:
            self.choose(0)
        while self.player.mode == "menu":
            self.player.tap("B")

    def route(self, goals: set[Cell]) -> list[str] | None:
        """Return the cheapest directions from here to one of the cells of this area, or None."""
        tiles, area = self.player.tiles(), self.player["area"]
        rules = self.player.game.tiles
        assert rules is not None
        one_way = {kind: way for way, kinds in rules.one_way.items() for kind in kinds}
        start = self.player.cell
        queue: list[tuple[int, Cell, list[str]]] = [(0, start, [])]
        done: set[Cell] = set()
        exits = {(way.x, way.y) for way in self.player.area.exits if not way.press}
        while queue:
            cost, cell, path = heapq.heappop(queue)
            if cell in goals:
                return path
            if cell in done or (cell in exits and cell != start):
                continue
            done.add(cell)
            for way, (dx, dy) in STEPS.items():
                x, y = cell[0] + dx, cell[1] + dy
                if not (0 <= x < 32 and 0 <= y < 32):
                    continue
                kind = int(tiles[y, x])
                if kind in one_way:
                    if one_way[kind] != way:
                        continue
                    x, y, kind = x + dx, y + dy, int(tiles[y + dy, x + dx])
                if kind in rules.solid or (area, (x, y)) in self._blocked:
                    continue
                heapq.heappush(queue, (cost + 1 + _EXTRA_COST.get(kind, 0), (x, y), [*path, way]))
        return None

    def walk_to(self, goals: set[Cell]) -> bool:
        """Walk to one of the cells of this area. Returns False when something else happened on the way."""
        area = self.player["area"]
        for _ in range(400):
            if self.player.mode != "world":
                return False
            if self.drinks and self._weak() and self._potion() is not None:
                self.drink()
            if self.player.cell in goals:
                self._blocked.clear()
                return True
            path = self.route(goals)
            if path is None and self._blocked:
                self._blocked.clear()
                self.player.tap("A")  # somebody stands in the only way, and is faced
                self.player.hold("", 30)
                continue
            assert path is not None, f"no way from {self.player.cell} to {sorted(goals)} in {self.player.area.name}"
            self._step(path[0])
            if self.player["area"] != area:
                return False
        raise AssertionError(f"did not get to {sorted(goals)} in {self.player.area.name}")

    def _step(self, way: str) -> None:
        before = self.player.cell
        for _ in range(12):
            self.player.hold(way)
            if self.player.cell != before or self.player.mode != "world":
                break
        else:
            dx, dy = STEPS[way]
            self._blocked.add((self.player["area"], (before[0] + dx, before[1] + dy)))
        while self.player["player.moving"] and self.player.mode == "world":
            self.player.hold("")

    def go(self, area_name: str) -> None:
        """Get into an area, through others if need be."""
        for _ in range(60):
            self.settle()
            if self.player.mode != "world" or self.player.area.name == area_name:
                return
            there = self._next_area(area_name)
            exits = {(way.x, way.y): way.press for way in self.player.area.exits if way.to == there}
            here = self.player["area"]
            locked = next((cell for cell in exits if self.player.tiles()[cell[1], cell[0]] == _LOCKED), None)
            if locked is not None:
                self.face(*locked)
                self.player.tap("A")
            elif self.walk_to(set(exits)) and self.player.mode == "world" and self.player["area"] == here:
                press = exits.get(self.player.cell, "")
                if press:
                    self.player.hold(press, 4)
        raise AssertionError(f"did not get to {area_name}")

    def _next_area(self, goal: str) -> str:
        """Return the first area on the shortest way through areas."""
        here = self.player.area.name
        queue = deque([(here, "")])
        seen = {here}
        while queue:
            name, first = queue.popleft()
            if name == goal:
                return first
            for way in self.player.game.area_named(name).exits:
                if way.to not in seen:
                    seen.add(way.to)
                    queue.append((way.to, first or way.to))
        raise AssertionError(f"no way from {here} to {goal}")

    def face(self, x: int, y: int, *, across: bool = False) -> None:
        """Stand beside a cell of this area and look at it; `across` stands two cells off, over a counter.

        Leaving the area, or the end of the game, ends it early.
        """
        far = 2 if across else 1
        beside = {(x - far * dx, y - far * dy): way for way, (dx, dy) in STEPS.items()}
        area = self.player["area"]
        for _ in range(20):
            self.settle()
            if self.player["area"] != area or self.player.mode != "world":
                return
            if not self.walk_to(set(beside)):
                continue
            way = beside[self.player.cell]
            if self.player["player.facing"] != list(STEPS).index(way):
                self.player.hold(way)
                self.player.hold("", 1)
            if self.player.mode == "world" and self.player["player.facing"] == list(STEPS).index(way):
                return
        raise AssertionError(f"never stood facing {x}, {y} in {self.player.area.name}")

    def act(self, area_name: str, x: int, y: int, *, across: bool = False) -> None:
        """Go to an area, face a cell and press A; what comes of it is not awaited."""
        for _ in range(10):
            self.go(area_name)
            self.face(x, y, across=across)
            if self.player.mode == "world" and self.player.area.name == area_name:
                self.player.tap("A")
                return
