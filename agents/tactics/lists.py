"""Lists with a cursor: the presses that choose a row, and the watches that say which list is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from runtime.game import Game
from runtime.wire import Scalar

#: Which list is open, by the names that a game.toml gives the values of the watch menu.kind.
Kind = Literal["", "main", "items", "save", "shop", "battle", "battle items", "title"]


@dataclass(frozen=True)
class OpenList:
    """The list on screen.

    Attributes:
        kind: Which; empty for none.
        cursor: The row the cursor is on.
        rows: How many there are.
    """

    kind: str
    cursor: int
    rows: int


class Lists:
    """Reads the open list from the state of one game."""

    def __init__(self, game: Game | None) -> None:
        watch = next((w for w in game.watch if w.name == "menu.kind"), None) if game else None
        self._kinds = {int(value): name for value, name in watch.values.items() if name != "none"} if watch else {}

    def of(self, state: Mapping[str, Scalar]) -> OpenList:
        """Return the list that is open."""
        kind = self._kinds.get(int(state.get("menu.kind", 0)), "")
        return OpenList(kind, int(state.get("menu.cursor", 0)), int(state.get("menu.rows", 0)))


def choose(shown: OpenList, row: int) -> str:
    """Return the actions that choose a row: the shorter way around, then A."""
    down = (row - shown.cursor) % max(shown.rows, 1)
    up = (shown.cursor - row) % max(shown.rows, 1)
    moves = ["<btn_down>"] * down if down <= up else ["<btn_up>"] * up
    return press(*moves, "<btn_A>")


def press(*buttons: str) -> str:
    """Return the actions of presses one after the other."""
    return buttons[0] if len(buttons) == 1 else f"<seq>{''.join(buttons)}</seq>"
