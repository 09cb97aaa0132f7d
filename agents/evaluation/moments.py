"""What a frame's watches say: whether the game is played, whether one can walk, where, how far the story is."""

from collections.abc import Mapping
from typing import NamedTuple

from runtime.expressions import Condition, condition
from runtime.game import Game
from runtime.wire import Scalar

State = Mapping[str, Scalar]

#: Names of the same thing on different games, the first that there is counts.
_STAGE = ("main.stage", "quest.stage")
_SIDE = "side.done"

#: The watch that says what is going on, with the names of: walking about, a change of area, the end of a life.
_SITUATION = (
    ("context", "overworld", "transition", "game_over"),
    ("mode", "world", "transition", "game over"),
)


class Place(NamedTuple):
    """Where the player is: a cell of an area."""

    area: int
    x: int
    y: int


class Moments:
    """Reads a game's states; what the game has no watch for is None."""

    def __init__(self, game: Game | None) -> None:
        watches = {watch.name: watch for watch in game.watch} if game else {}
        self._title = _rule(game.start.when if game and game.start else "")
        self._dialogue = _rule(game.dialogue.when if game and game.dialogue else "")
        self._situation = ""
        self._walking = self._changing = self._over = -1
        for name, *meanings in _SITUATION:
            numbers = {text: int(value) for value, text in watches[name].values.items()} if name in watches else {}
            if all(meaning in numbers for meaning in meanings):
                self._situation = name
                self._walking, self._changing, self._over = (numbers[meaning] for meaning in meanings)
                break
        self._located = {"area", "player.x", "player.y"} <= watches.keys()
        self._stage = next((name for name in _STAGE if name in watches), "")
        self._has_sides = _SIDE in watches
        named = [int(value) for name in _STAGE if name in watches for value in watches[name].values]
        self.stages = max(named, default=None)
        self.sides = (_named_bits(watches[_SIDE].values) or _side_quests(game)) if self._has_sides else None
        self.areas = _areas(game, watches["area"].values) if game and "area" in watches else None

    @property
    def tells_deaths(self) -> bool:
        """Whether the game says when a life is over."""
        return bool(self._situation)

    def playing(self, state: State) -> bool:
        """Return whether it is past the title and before an ending."""
        return not (self._title and self._title(state))

    def walking(self, state: State) -> bool:
        """Return whether the player can walk about, so that the watches of the place are true."""
        if self._situation:
            return state.get(self._situation) == self._walking
        return self.playing(state) and not (self._dialogue and self._dialogue(state))

    def talking(self, state: State) -> bool:
        """Return whether somebody speaks."""
        return bool(self._dialogue and self._dialogue(state))

    def changing(self, state: State) -> bool:
        """Return whether one area gives way to another."""
        return bool(self._situation) and state.get(self._situation) == self._changing

    def over(self, state: State) -> bool:
        """Return whether a life is over."""
        return bool(self._situation) and state.get(self._situation) == self._over

    def place(self, state: State) -> Place | None:
        """Return where the player is; None where nothing says so."""
        if not self._located or not {"area", "player.x", "player.y"} <= state.keys():
            return None
        return Place(int(state["area"]), int(state["player.x"]), int(state["player.y"]))

    def stage(self, state: State) -> int | None:
        """Return how far the main story is."""
        return int(state[self._stage]) if self._stage in state else None

    def sides_done(self, state: State) -> int | None:
        """Return the side quests that are done, as bits."""
        return int(state[_SIDE]) if _SIDE in state else None


def _rule(when: str) -> Condition | None:
    return condition(when) if when else None


def _named_bits(values: Mapping[str, str]) -> int | None:
    """Return how many bits a mask has names for."""
    return sum(1 for value in values if int(value)) or None


def _side_quests(game: Game | None) -> int | None:
    """Return how many quests are described beside the main story."""
    objectives = game.objective if game else ()
    return len({each.quest for each in objectives if each.quest and each.type != "main_story"}) or None


def _areas(game: Game, values: Mapping[str, str]) -> int | None:
    """Return how many areas there are: those described, else those that the watch has names for."""
    if game.area:
        return len(game.area)
    return sum(1 for value in values if int(value)) or None
