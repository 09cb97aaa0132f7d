"""What the watches say about the picture: whether it shows the map, and which way the player faces."""

from collections.abc import Mapping

from runtime.expressions import Condition, condition
from runtime.game import Game
from runtime.wire import Scalar

#: The watch `context` on our cartridges (runtime.vocabulary): what each context shows.
_CONTEXTS = {1: "map", 2: "talk", 8: "dark"}

_FACINGS = ("up", "down", "left", "right")


class Scene:
    """Reads the state of one game. Where nothing tells, the picture is taken for a map, and the eyes see."""

    def __init__(self, game: Game | None) -> None:
        self._facings: dict[int, str] = {}
        self._talking: Condition | None = None
        self._playing: Condition | None = None
        if game is None:
            return
        for watch in game.watch:
            if watch.name == "player.facing":
                names = {int(value): name.lower() for value, name in watch.values.items()}
                self._facings = {value: name for value, name in names.items() if name in _FACINGS}
        if game.dialogue:
            self._talking = condition(game.dialogue.when)
        if game.start:
            self._playing = condition(game.start.when)

    def facing(self, state: Mapping[str, Scalar]) -> str:
        """Return up, down, left or right; empty where no watch tells."""
        return self._facings.get(int(state.get("player.facing", -1)), "")

    def view(self, state: Mapping[str, Scalar]) -> str:
        """Return one of sight.VIEWS, as far as the watches tell."""
        if "context" in state:
            return _CONTEXTS.get(int(state["context"]), "other")
        if self._playing and self._playing(state):
            return "other"
        if self._talking and self._talking(state):
            return "talk"
        return "map"
