"""What is carried, and what shops sell: which row holds what, what it costs, what is worth buying."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.game import Game
from runtime.wire import Scalar

#: What restores health, the weakest first, by the names of the watches that count it (the brief's and our cartridges').
HEALING = ("item.potion", "item.tonic")

#: How many of each are worth carrying.
_ENOUGH: Mapping[str, int] = {"item.potion": 5, "item.tonic": 3}

#: Rows of a shop that were chosen and gave nothing are chosen again when there is so much more gold.
_MORE_GOLD = 10


def carried(game: Game | None, state: Mapping[str, Scalar]) -> list[str]:
    """Return the watches of what is carried, in the order of the game's lists: that of its description."""
    names = [watch.name for watch in game.watch if watch.name.startswith("item.")] if game else []
    return [name for name in names if int(state.get(name, 0)) > 0]


def healing(state: Mapping[str, Scalar]) -> int:
    """Return how many things are carried that heal."""
    return sum(int(state.get(name, 0)) for name in HEALING)


@dataclass
class Row:
    """A row of a shop.

    Attributes:
        item: The watch that counts what it sells; "rest" for a night; empty while it is not known.
        price: What it cost; 0 while it is not known.
        refused_at: The gold with which it gave nothing; -1 never.
    """

    item: str = ""
    price: int = 0
    refused_at: int = -1


@dataclass
class Shop:
    """What one counter sells, learnt by buying."""

    rows: dict[int, Row] = field(default_factory=dict)
    _chosen: int = -1
    _before: dict[str, int] = field(default_factory=dict)

    def look(self, state: Mapping[str, Scalar]) -> None:
        """Learn from what the last choice changed."""
        if self._chosen < 0:
            return
        row = self.rows.setdefault(self._chosen, Row())
        now = _counted(state)
        paid = self._before.get("player.gold", 0) - now.get("player.gold", 0)
        if paid > 0:
            got = [name for name in now if name.startswith("item.") and now[name] > self._before.get(name, 0)]
            row.item, row.price, row.refused_at = (got[0] if got else "rest"), paid, -1
        else:
            row.refused_at = now.get("player.gold", 0)
        self._chosen = -1

    def wish(self, state: Mapping[str, Scalar], rows: int) -> int:
        """Return the row to buy; -1 for nothing more. The last row leaves."""
        gold = int(state.get("player.gold", 0))
        for number in range(rows - 2, -1, -1):
            row = self.rows.get(number, Row())
            if self._worth(row, state, gold):
                self._chosen, self._before = number, _counted(state)
                return number
        return -1

    def _worth(self, row: Row, state: Mapping[str, Scalar], gold: int) -> bool:
        if row.refused_at >= 0 and gold < row.refused_at + _MORE_GOLD:
            return False
        if not row.item:
            return gold > 0
        if row.item == "rest":
            return gold >= row.price and int(state.get("player.hp", 0)) * 2 < int(state.get("player.max_hp", 0))
        return gold >= row.price and int(state.get(row.item, 0)) < _ENOUGH.get(row.item, 1)


def _counted(state: Mapping[str, Scalar]) -> dict[str, int]:
    return {name: int(value) for name, value in state.items() if name.startswith("item.") or name == "player.gold"}
