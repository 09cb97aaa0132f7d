"""What a tactic knows of one tick: where the player is and what the watches say, by one set of names."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.atlas.cells import STEPS, Cell
from runtime.expressions import Condition, condition
from runtime.game import Game
from runtime.observation import Observation
from runtime.wire import Scalar

#: The values of the watch `context` (runtime.vocabulary).
TITLE, OVERWORLD, DIALOGUE, BATTLE, MENU, INVENTORY, SHOP, CUTSCENE, TRANSITION, GAME_OVER = range(10)

#: Watches whose change means that the game has come on: what was refused may be granted now.
_PROGRESS = ("main.stage", "quest.stage", "side.taken", "side.done", "objective")

#: Counts of things owned; potions come and go and open nothing.
_OWNED = "item."
_USED_UP = frozenset({"item.potion", "item.tonic"})


#: The value of the watch `battle.result` after running.
FLED = 3


@dataclass(frozen=True)
class Moment:
    """One tick.

    Attributes:
        frame: Its frame.
        context: Of the values above.
        area: The watch `area`; -1 without one.
        cell: The player's; while walking, the one being entered.
        facing: UP, DOWN, LEFT or RIGHT.
        moving: Whether the player is between two cells.
        hp: Health.
        max_hp: Health when full.
        held: Buttons held during this frame.
        counts: What is owned, by watch.
        progress: What changes when the game has come on.
        fled: Whether the last battle ended by running.
    """

    frame: int
    context: int
    area: int
    cell: Cell
    facing: str
    moving: bool
    hp: int
    max_hp: int
    held: tuple[str, ...]
    counts: Mapping[str, int]
    progress: tuple[Scalar, ...]
    fled: bool = False

    @property
    def pushed(self) -> str:
        """The direction held while standing and facing it; empty when there is none."""
        pushed = self.facing in self.held and not self.moving
        return self.facing if pushed else ""


class Moments:
    """Reads moments from observations of one game."""

    def __init__(self, game: Game | None) -> None:
        tables = ((game.start, TITLE), (game.dialogue, DIALOGUE)) if game else ()
        self._rules: list[tuple[Condition, int]] = [(condition(t.when), value) for t, value in tables if t]
        watch = next((w for w in game.watch if w.name == "player.facing"), None) if game else None
        self._facings = {int(value): name.upper() for value, name in watch.values.items()} if watch else {}

    def of(self, seen: Observation) -> Moment | None:
        """Return the moment; None where the game does not tell where the player is."""
        state = seen.state
        if not {"player.x", "player.y"} <= state.keys():
            return None
        counts = {name: int(value) for name, value in state.items() if name.startswith(_OWNED)}
        return Moment(
            frame=seen.frame_index,
            context=self._context(state),
            area=int(state.get("area", -1)),
            cell=(int(state["player.x"]), int(state["player.y"])),
            facing=self._facings.get(int(state.get("player.facing", 0)), "DOWN"),
            moving=bool(state.get("player.moving", 0)),
            hp=int(state.get("player.hp", 0)),
            max_hp=int(state.get("player.max_hp", 0)),
            held=tuple(button for button in seen.held if button in STEPS or button == "A"),
            counts=counts,
            progress=(
                *(state[name] for name in _PROGRESS if name in state),
                *(bool(n) for name, n in sorted(counts.items()) if name not in _USED_UP),
            ),
            fled=state.get("battle.result") == FLED,
        )

    def _context(self, state: Mapping[str, Scalar]) -> int:
        if "context" in state:
            return int(state["context"])
        return next((value for holds, value in self._rules if holds(state)), OVERWORLD)
