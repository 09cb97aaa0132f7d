"""What in the game's state says that a step is done: things had and given away, places reached, enemies beaten."""

from collections.abc import Mapping

from agents.knowledge.words import words
from agents.quests.quest import Step
from runtime.expressions import Condition, condition
from runtime.game import Game
from runtime.wire import Scalar

#: Watches that count what one carries: `item.potion`, `quest.has_ember`.
_CARRIED = ("item.", "quest.has_")

#: Watches that grow when the main story goes on.
_MAIN = ("main.stage", "quest.stage")

#: A bit mask of side quests done.
_SIDE = "side.done"


class Signs:
    """What has been seen of a game so far that may complete steps.

    Attributes:
        carried: How many of each thing one has, by name.
        given: Things of which one has had more.
        here: Names of the place.
        beaten: Names of enemies beaten.
        won: Battles won.
        areas: Areas seen.
        main_advanced: Whether the main story went on in the last look.
        side_advanced: Whether a side quest was done in it.
        begun_anew: Whether a new game began with the last look: nothing is achieved in it, and it has just left its
            title, or in the look before something was.
    """

    def __init__(self, game: Game | None) -> None:
        self.carried: dict[str, int] = {}
        self.given: set[str] = set()
        self.here: tuple[str, ...] = ()
        self.beaten: set[str] = set()
        self.won = self.areas = 0
        self.main_advanced = self.side_advanced = False
        self.begun_anew = False
        self._start = game.start.when if game and game.start else ""
        self._at_start = False
        self._before: dict[str, int] | None = None
        watches = game.watch if game else ()
        self._enemies = next((dict(watch.values) for watch in watches if watch.name == "battle.enemy"), {})
        self._conditions: dict[str, Condition] = {}

    def look(self, state: Mapping[str, Scalar], here: tuple[str, ...]) -> None:
        """Look at the state, and at the names of the place."""
        self.here = here
        carried = carried_in(state)
        self.given |= {name for name, count in self.carried.items() if carried.get(name, 0) < count}
        self.carried = carried
        if state.get("battle.enemy_hp") == 0 and state.get("battle.enemy"):
            self.beaten.add(self._enemies.get(str(state["battle.enemy"]), str(state["battle.enemy"])))
        now = {name: int(state[name]) for name in (*_MAIN, _SIDE) if name in state}
        before = now if self._before is None else self._before
        self._before = now
        self.won, self.areas = _count(state, "battles.won"), _count(state, "areas.seen").bit_count()
        at_start = bool(self._start) and self.holds(self._start, state)
        self.begun_anew = not at_start and not any(now.values()) and (self._at_start or any(before.values()))
        self._at_start = at_start
        if self.begun_anew:
            self.given, self.beaten = set(), set()
        self.main_advanced = any(now.get(name, 0) > before.get(name, 0) for name in _MAIN)
        self.side_advanced = bool(now.get(_SIDE, 0) & ~before.get(_SIDE, 0))

    def holds(self, rule: str, state: Mapping[str, Scalar]) -> bool:
        """Return whether a condition of game.toml holds."""
        if rule not in self._conditions:
            self._conditions[rule] = condition(rule)
        return self._conditions[rule](state)


def is_done(step: Step, signs: Signs) -> bool:
    """Return whether what has been seen completes a step of a quest from talk."""
    if step.kind == "has":
        return _carries(step.what, signs.carried)
    if step.kind == "given":
        return any(same_thing(step.what, name) for name in signs.given)
    if step.kind == "enter":
        return any(same_thing(step.what, name) for name in signs.here)
    if step.kind == "defeat":
        return any(same_thing(step.what, name) for name in signs.beaten)
    if step.kind in ("won", "seen"):
        return (signs.won if step.kind == "won" else signs.areas) >= int(step.what)
    return False


def _carries(what: str, carried: Mapping[str, int]) -> bool:
    """Return whether one has a thing; of things with like names (key, iron key) it is the one with most words of it."""
    meant = [name for name in carried if same_thing(what, name)]
    most = max((_in_common(what, name) for name in meant), default=0)
    return any(carried[name] > 0 for name in meant if _in_common(what, name) == most)


def _in_common(name: str, other: str) -> int:
    return len(words(name) & words(other.replace("_", " ")))


def carried_in(state: Mapping[str, Scalar]) -> dict[str, int]:
    """Return how many of each thing one carries, by name."""
    return {
        name.removeprefix(prefix): int(value)
        for prefix in _CARRIED
        for name, value in state.items()
        if name.startswith(prefix) and not isinstance(value, str)
    }


def _count(state: Mapping[str, Scalar], name: str) -> int:
    value = state.get(name, 0)
    return 0 if isinstance(value, str) else int(value)


def same_thing(name: str, other: str) -> bool:
    """Return whether two names mean one thing: the words of one are all words of the other."""
    first, second = words(name), words(other.replace(".", " ").replace("_", " "))
    return bool(first and second) and (first <= second or second <= first)
