"""A walk through a cartridge that the eyes watch, beside the truth: what they saw and learnt, cell by cell.

Somebody who knows the true map plays the story and stumbles: now and then he pushes in a random direction, so that
walls are met, too. The eyes get pictures and the watches that agents have, never the true map.
"""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.perception import Eyes, Outcome, Picture, Sight
from agents.perception.kind_facts import vocabulary_as_facts
from agents.perception.offset import cell_offset
from agents.perception.tracking import PictureCamera
from agents.perception.trials import Trials
from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.wire import Fact
from tests.emulator.cartridge_player import STEPS, Player, Walker

GAMES = Path(__file__).parents[2] / "runtime" / "games"
TRUE_MAPS = {"saltmere": Path(__file__).parent / "saltmere_map.toml"}

Place = tuple[int, int, int]  # area, x, y

#: Kinds of `map.tiles` that can be walked on: ground, path, bramble, exit, tall grass; ledges, one way.
WALKABLE_KINDS = frozenset({0, 1, 4, 5, 11, 12, 13, 14})

#: Frames between looks, and how often a step is followed by a stumble.
_EVERY, _STUMBLES = 6, 0.25


class Trying(NamedTuple):
    """One try: where, at which look, and what came of it."""

    area: int
    look: int
    outcome: Outcome


class Walk(NamedTuple):
    """What came of a walk.

    Attributes:
        truth: Whether each cell that was seen can be walked on.
        looks: The look of each cell, when it was seen last.
        descriptors: What each look looks like.
        tries: All tries, in their order.
        facts: What the vocabulary learnt.
        views: How often each context (the watch) was taken for each view.
        offsets: Pictures of the map whose offset was found in the picture, right and wrong.
        cameras: Pictures whose place was found in the pictures alone: right, wrong, not claimed.
    """

    truth: dict[Place, bool]
    looks: dict[Place, int]
    descriptors: dict[int, NDArray[np.float32]]
    tries: list[Trying]
    facts: list[Fact]
    views: Counter[tuple[int, str]]
    offsets: list[int]
    cameras: list[int]


def walk(game: str, story: Sequence[tuple[str, int, int]], seed: int = 1) -> Walk:
    """Play a story and look on.

    Args:
        game: The cartridge.
        story: Where to act, in order: area, x, y.
        seed: Of the stumbles.
    """
    player = Player(find_core(CONSOLES["gba"]), GAMES / game / "game.toml", TRUE_MAPS.get(game))
    watcher = _Watcher(player)
    player.on_frame.append(watcher.look)
    while player.mode == "title":
        player.hold("", 20)
        player.tap("START")
    walker = _Stumbler(player, random.Random(seed))
    walker.settle()
    for area, x, y in story:
        walker.act(area, x, y)
        walker.settle()
    player.backend.close()
    vocabulary = watcher.eyes.vocabulary
    looks = sorted({*watcher.walk.looks.values(), *(trying.look for trying in watcher.walk.tries)})
    described = {look: vocabulary.descriptor_of(look) for look in looks if look not in vocabulary.unmet([look])}
    return watcher.walk._replace(descriptors=described, facts=list(vocabulary_as_facts(vocabulary)))


class _Stumbler(Walker):
    """A walker who pushes somewhere now and then."""

    def __init__(self, player: Player, chance: random.Random) -> None:
        super().__init__(player)
        self._chance = chance

    def _step(self, way: str) -> None:
        super()._step(way)
        if self._chance.random() < _STUMBLES:
            self._stumble(self._chance.choice(sorted(STEPS)))

    def _stumble(self, way: str) -> None:
        area = self.player["area"]
        for _ in range(30):
            if self.player.mode != "world" or self.player["area"] != area:
                return
            self.player.hold(way)
        self.player.hold("", 4)


class _Watcher:
    """Looks at every sixth frame."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.eyes, self._trials, self._tracking = Eyes(player.game), Trials(), PictureCamera()
        self.walk = Walk({}, {}, {}, [], [], Counter(), [0, 0], [0, 0, 0])
        self._names = [watch.name for watch in player.game.watch if not watch.shape and watch.name != "map.tiles"]
        self._area = -1
        self._held: frozenset[str] = frozenset()
        step = player.backend.step

        def held(buttons: frozenset[str], frames: int = 1) -> None:
            self._held = buttons
            step(buttons, frames)

        player.backend.step = held  # type: ignore[method-assign]  # to know what is held

    def look(self) -> None:
        """Take a frame."""
        player = self.player
        if player.frames % _EVERY:
            return
        state = {name: player[name] for name in self._names}
        picture = Picture.of_raw(player.backend.frame(), player.backend.pixel_format)
        sight = self.eyes.look(picture, state, player.frames)
        self.walk.views[player["context"], sight.view] += 1
        for trial in self._trials.step(sight, state, self._held):
            self.eyes.vocabulary.observe(trial.look, trial.outcome)
            self.walk.tries.append(Trying(trial.area, trial.look, trial.outcome))
        self._track(picture, sight, state)
        if sight.view == "map":
            self._note(sight, state)

    def _track(self, picture: Picture, sight: Sight, state: dict[str, int]) -> None:
        """Compare what the picture alone tells with the watches of the camera."""
        if sight.view != "map" or sight.area != self._area:
            self._tracking.lose()
            self._area = sight.area
            return
        true = (state["camera.x"], state["camera.y"])
        found = cell_offset(picture.codes, 8)
        self.walk.offsets[found != (-true[0] % 16, -true[1] % 16)] += 1
        only = {name: state[name] for name in ("player.x", "player.y")}
        camera = self._tracking.look(picture.codes, only, 8)
        self.walk.cameras[2 if camera is None else (camera.x, camera.y) != true] += 1

    def _note(self, sight: Sight, state: dict[str, int]) -> None:
        tiles = self.player.tiles()
        for row, column in zip(*np.nonzero(sight.looks), strict=True):
            x, y = sight.x0 + int(column), sight.y0 + int(row)
            if not (0 <= x < state["map.width"] and 0 <= y < state["map.height"]):
                continue
            self.walk.looks[sight.area, x, y] = int(sight.looks[row, column])
            self.walk.truth[sight.area, x, y] = int(tiles[y, x]) in WALKABLE_KINDS
