"""What a playing of a cartridge showed, frame by frame, and what must hold of it on every frame."""

from collections.abc import Iterator

import numpy as np

from runtime.game import Area, Game
from tests.emulator.cartridge_player import STEPS, Cell, Player, Walker

Tiles = np.ndarray[tuple[int, int], np.dtype[np.uint8]]

#: The context of each mode; in mode "menu" the list of things is the inventory.
CONTEXT_OF = {
    "title": "title",
    "world": "overworld",
    "dialogue": "dialogue",
    "transition": "transition",
    "ending": "cutscene",
    "game over": "game_over",
    "battle": "battle",
    "menu": "menu",
    "shop": "shop",
    "cutscene": "cutscene",
}

#: Scenes that go with each context; in a transition what is behind the fade shows.
PLACES = frozenset({"town", "route", "forest", "cave", "house", "store"})
SCENES_OF = {
    "title": {"title"},
    "overworld": PLACES,
    "dialogue": {"dialogue"},
    "battle": {"battle_start", "battle_main", "battle_item", "battle_end"},
    "menu": {"menu_main", "menu_save"},
    "inventory": {"menu_items"},
    "shop": {"shop_counter"},
    "cutscene": {"intro", "ending", *PLACES},
    "transition": {"title", "intro", "ending", "game_over", "battle_start", "battle_end", *PLACES},
    "game_over": {"game_over"},
}


class Diary:
    """What was on screen and in memory.

    Attributes:
        words: Everything that was said, in order.
        contexts: Every context seen.
        scenes: Every scene seen.
        maps: The true map of every area entered, as it was at first.
    """

    def __init__(self, player: Player) -> None:
        self.player = player
        self.words = ""
        self.contexts: set[str] = set()
        self.scenes: set[str] = set()
        self.maps: dict[str, Tiles] = {}
        self._frame = player["frame"]
        player.on_frame.append(self.write)

    def write(self) -> None:
        """Note this frame, and check what must hold on each."""
        player = self.player
        assert player["frame"] == self._frame + 1, "the logic took more than a frame"
        self._frame += 1
        mode, context, scene = player.mode, player.context, player.scene
        self.contexts.add(context)
        self.scenes.add(scene)
        inventory = mode == "menu" and player["menu.kind"] == 3
        assert context == ("inventory" if inventory else CONTEXT_OF[mode])
        assert scene in SCENES_OF[context]
        text = player.text().replace("\n", " ")
        assert bool(text) <= (mode in ("dialogue", "cutscene", "battle", "shop", "menu"))
        if text and not self.words.endswith(text):
            self.words += " " + text
        if mode == "world" and player.area.name not in self.maps:
            self.maps[player.area.name] = player.tiles().copy()


def begin(player: Player) -> Walker:
    """Get from power-on to the first step."""
    while player.mode == "title":
        player.hold("", 20)
        player.tap("START")
    walker = Walker(player)
    walker.settle()
    return walker


def look_into_menus(player: Player, walker: Walker) -> None:
    """Open the menu, the list of things and the save screen, and close them."""
    player.tap("START")
    walker.choose(0)
    player.tap("B")
    walker.choose(1)
    player.tap("B")
    walker.settle()


def traps(tiles: Tiles, area: Area, game: Game) -> set[Cell]:
    """Return the cells that are walked to from a way out and from which no way out can be reached."""
    rules = game.tiles
    assert rules is not None
    one_way = {kind: way for way, kinds in rules.one_way.items() for kind in kinds}

    def steps(cell: Cell) -> Iterator[Cell]:
        for way, (dx, dy) in STEPS.items():
            x, y = cell[0] + dx, cell[1] + dy
            kind = int(tiles[y, x]) if 0 <= x < area.width and 0 <= y < area.height else rules.solid[0]
            if one_way.get(kind) == way:
                x, y, kind = x + dx, y + dy, int(tiles[y + dy, x + dx])
            if kind not in rules.solid and kind not in one_way:
                yield x, y

    exits = {(way.x, way.y) for way in area.exits}
    reached, queue = set(exits), list(exits)
    for cell in queue:
        for there in steps(cell):
            if there not in reached:
                reached.add(there)
                queue.append(there)
    leads_out, before = set(exits), 0
    while len(leads_out) > before:
        before = len(leads_out)
        leads_out |= {cell for cell in reached if any(there in leads_out for there in steps(cell))}
    return reached - leads_out
