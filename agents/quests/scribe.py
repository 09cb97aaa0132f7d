"""What is said and done → facts: quests, todos, places entered, the player, what came of plans. No I/O."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from agents.knowledge.chronicle import Chronicle
from agents.knowledge.facts import Facts
from agents.knowledge.keys import NOWHERE, Place, area_key
from agents.knowledge.working import Errand
from agents.quests.manager import QuestManager
from agents.quests.quest import ACTIVE, COMPLETED, PENDING
from agents.quests.todos import TodoManager
from runtime.game import Game
from runtime.vocabulary import CONTEXTS, SCENES
from runtime.wire import Event, Fact, Plan, Scalar

#: Watches of the player by the property that they are.
_PLAYER = {"level": "player.level", "max_health": "player.max_hp", "health": "player.hp", "gold": "player.gold"}

_TITLE = CONTEXTS.index("title")

#: Todos that others are shown.
_SHOWN = 20

#: Frames between two looks at quests, todos and the player: once a second.
_EVERY = 60


class Scribe:
    """Writes down one session as it goes."""

    def __init__(self, game: Game | None, name: str) -> None:
        """Begin.

        Args:
            game: Its description; None for a ROM without one.
            name: Of the game.
        """
        self.facts = Facts()
        self._game, self._name = game, name
        areas = next((watch.values for watch in game.watch if watch.name == "area"), {}) if game else {}
        self._area_names = dict(areas) | ({str(area.id): area.name for area in game.area} if game else {})
        self._quests, self._todos, self._chronicle = QuestManager(game), TodoManager(), Chronicle()
        self._area = -1
        self._due = 0
        self._place = NOWHERE

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in what others learnt, or what earlier sessions knew."""
        self.facts.add(facts)
        self._quests.add(facts)

    def write(
        self, frame: int, state: Mapping[str, Scalar], plans: Iterable[Plan], events: Iterable[Event]
    ) -> list[Fact]:
        """Return what is to be known and is not yet; call it at every tick, in the order of frames."""
        written = [*self._chronicle.look(frame, plans, events, state, self.facts), *self._entered(state)]
        if frame >= self._due:
            self._due = frame + _EVERY
            written += self._second(state)
        self.facts.add(written)
        return written

    def now(self) -> tuple[str, list[Errand]]:
        """Return what is worth most now, and what is to be done besides, for those who look from outside."""
        target = self._quests.get_current_objective(self._place)
        todos = [
            Errand(todo.type, todo.action, todo.description, todo.priority) for todo in self._todos.open(self._place)
        ]
        return target.description if target else "", todos[:_SHOWN]

    def figures(self) -> Mapping[str, int]:
        """Return how many quests there are by status, and how many todos are open."""
        quests = Counter(quest.status for quest in self._quests.quests)
        counts = {f"quests.{status}": quests[status] for status in (PENDING, ACTIVE, COMPLETED)}
        return {**counts, "todos.open": len(self._todos.open(self._place))}

    def _entered(self, state: Mapping[str, Scalar]) -> Iterator[Fact]:
        """Yield the area that was just entered."""
        area = int(state.get("area", -1))
        if area == self._area or state.get("context") == _TITLE:
            return
        self._area = area
        if area > 0:
            known = self.facts.node(area_key(area))
            props: dict[str, Scalar] = {"discovered": True, "visits": (known.number("visits") if known else 0) + 1}
            name = self._area_names.get(str(area), "")
            yield Fact("Area", area_key(area), props | ({"name": name} if name else {}))

    def _second(self, state: Mapping[str, Scalar]) -> Iterator[Fact]:
        place = self._place = Place(*(int(state.get(name, -1)) for name in ("area", "player.x", "player.y")))
        here = [self._area_names.get(str(place.area), "")]
        scene = int(state.get("scene", -1))
        here += [SCENES[scene]] if 0 <= scene < len(SCENES) else []
        yield from self._quests.update(state, place, [name for name in here if name])
        yield from self._todos.update(state, self.facts)
        yield from self._changed("Game", f"game:{self._name}", {"title": self._game.game.title if self._game else ""})
        player = {name: state[watch] for name, watch in _PLAYER.items() if watch in state}
        yield from self._changed("Player", f"player:{self._name}", player)

    def _changed(self, label: str, key: str, props: Mapping[str, Scalar]) -> Iterator[Fact]:
        known = self.facts.node(key)
        said = {name: value for name, value in props.items() if value != ""}
        if not said.items() <= (known.props if known else {}).items():
            yield Fact(label, key, said)
