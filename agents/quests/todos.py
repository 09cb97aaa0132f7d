"""Small things to do besides quests, made from what is seen by rules that are data (C12.4, C12.5).

todos = TodoManager()
changed = todos.update(seen.state, facts)            # facts to publish with Learn
for todo in todos.open(place): ...                   # highest priority first, then nearest
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agents.knowledge.facts import Facts, Node, square_distance
from agents.knowledge.keys import NOWHERE, Place
from agents.quests.patterns import waits
from runtime.vocabulary import CONTEXTS
from runtime.wire import Fact, Scalar

#: Watches of the player's health and of its most: the first that there is.
_HEALTH = ("player.hp", "player.health", "health")
_MAX_HEALTH = ("player.max_hp", "player.max_health", "max_health")

_GOLD = "player.gold"
_SHOP = CONTEXTS.index("shop")


@dataclass(frozen=True)
class Rule:
    """What makes a todo.

    Attributes:
        on: What is looked at: "health" is below `below`; "gold" has grown by `over` since a shop was last left, times
            the visits to shops so far; "refusal" is a thing whose words said that it waits for something, before the
            game came on; or a label of nodes: each that is known, lacks the property `until`, is not gone and not
            hostile.
        type: The todo's (C12.5), as its next three.
        action: What is to be done.
        priority: The highest is first.
        description: For people; `{name}` stands for the node's name.
        below: Share of the most health; where the most is not known, of 100, so that 0.2 means 20.
        until: The property that ends the todo once it is true.
        over: Gold.
    """

    on: str
    type: str
    action: str
    priority: int
    description: str
    below: float = 0.0
    until: str = ""
    over: int = 0


#: C12.4, and then what else a player bears in mind.
RULES: tuple[Rule, ...] = (
    Rule("health", "urgent", "find_healing", 9, "health is low: find healing", below=0.2),
    Rule("NPC", "social", "interact_with_npc", 5, "talk to {name}", until="met"),
    Rule("Item", "collection", "collect_item", 6, "collect {name}", until="taken"),
    Rule("health", "care", "rest", 7, "rest before going on", below=0.4),
    Rule("gold", "supplies", "buy_supplies", 4, "buy what helps", over=30),
    Rule("refusal", "return", "come_back", 4, "come back to {name}: it may give way now"),
)


class Todo(NamedTuple):
    """Something to do (C12.5); `target` is the key of what it is about, empty for oneself."""

    type: str
    action: str
    description: str
    priority: int
    target: str = ""
    place: Place = NOWHERE

    @property
    def key(self) -> str:
        """Its node's key."""
        return f"todo:{self.action}:{self.target}".rstrip(":")


class TodoManager:
    """The todos of one player."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        """Make todos by these rules."""
        self._rules = rules
        self._todos: dict[str, Todo] = {}
        self._left_with = 0  # gold, when a shop was last left
        self._visits, self._shopping = 0, False

    def update(self, state: Mapping[str, Scalar], facts: Facts) -> tuple[Fact, ...]:
        """Apply the rules to what is so now; return what is to be known and was not published yet."""
        self._count_gold(state)
        wanted = {todo.key: todo for todo in self._wanted(state, facts)}
        changed = [_fact(todo, "pending") for key, todo in wanted.items() if self._todos.get(key) != todo]
        changed += [_fact(todo, "done") for key, todo in self._todos.items() if key not in wanted]
        self._todos = wanted
        return tuple(changed)

    def open(self, place: Place) -> list[Todo]:
        """Return what is to be done, by priority, then by distance within this area, then by key."""
        return sorted(self._todos.values(), key=lambda todo: (-todo.priority, _far(todo, place), todo.key))

    def _wanted(self, state: Mapping[str, Scalar], facts: Facts) -> Iterator[Todo]:
        for rule in self._rules:
            if rule.on == "health":
                if health_share(state) < rule.below:
                    yield Todo(rule.type, rule.action, rule.description, rule.priority)
            elif rule.on == "gold":
                if int(state.get(_GOLD, 0)) >= self._left_with + rule.over * max(self._visits, 1):
                    yield Todo(rule.type, rule.action, rule.description, rule.priority)
            elif rule.on == "refusal":
                yield from (_todo_for(rule, node) for node in _refusals(facts))
            else:
                yield from (
                    _todo_for(rule, node)
                    for node in facts.label(rule.on)
                    if not (node.flag(rule.until) or node.flag("gone") or node.flag("hostile"))
                )

    def _count_gold(self, state: Mapping[str, Scalar]) -> None:
        """Look at the purse: what is dear is bought last, so that more gold is worth each further visit to a shop."""
        gold, shopping = int(state.get(_GOLD, 0)), state.get("context") == _SHOP
        self._visits += shopping and not self._shopping
        self._shopping = shopping
        self._left_with = gold if shopping else min(self._left_with, gold)


def health_share(state: Mapping[str, Scalar]) -> float:
    """Return the player's health as a share of the most; 1 where the game has none or it is not known yet."""
    health = next((state[name] for name in _HEALTH if name in state), None)
    most = next((state[name] for name in _MAX_HEALTH if name in state), 100)
    if health is None or isinstance(health, str) or isinstance(most, str) or most <= 0:
        return 1.0
    return health / most


def _refusals(facts: Facts) -> Iterator[Node]:
    """Yield the things that waited for something when they were last spoken to, before the game came on."""
    progress = max((node.number("progress") for node in facts.label("Player")), default=0)
    for node in facts.label("NPC"):
        if node.text("role") == "sign" and waits(node.text("text")) and 0 <= node.number("talked", -1) < progress:
            yield node


def _todo_for(rule: Rule, node: Node) -> Todo:
    name = node.text("name") or f"the {node.kind.lower()}"
    return Todo(rule.type, rule.action, rule.description.format(name=name), rule.priority, node.key, node.place)


def _fact(todo: Todo, status: str) -> Fact:
    props: dict[str, Scalar] = {
        **{"type": todo.type, "action": todo.action, "description": todo.description, "priority": todo.priority},
        "status": status,
    }
    if todo.target:
        props["target"] = todo.target
    if todo.place.area >= 0:
        area, x, y = todo.place
        props |= {"target_area": area, "target_x": x, "target_y": y}
    return Fact("Todo", todo.key, props)


def _far(todo: Todo, place: Place) -> float:
    if todo.place.area != place.area or place.area < 0:
        return float("inf")
    return float(square_distance(todo.place, place.x, place.y))
