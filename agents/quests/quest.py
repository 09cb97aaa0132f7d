"""What a quest is: a name, a type, steps in order, and who asked for it (C12.1, C12.6)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.knowledge.facts import Node
from agents.knowledge.keys import NOWHERE, Place, objective_key, quest_key
from runtime.game import QUEST_TYPES
from runtime.wire import Fact, Scalar

#: Of an objective that game.toml calls urgent: before every type of quest.
URGENT_PRIORITY = 20

#: In this order; what is known from earlier and not asked for in this game is pending.
PENDING, ACTIVE, COMPLETED = "pending", "active", "completed"

#: Where a quest comes from.
FROM_GAME, FROM_TALK = "game.toml", "dialogue"


@dataclass
class Step:
    """An objective of a quest.

    Attributes:
        description: For people and prompts.
        criteria: What completes it: "when:<condition of game.toml>" (it no longer holds), "has:<item>", "given:<item>",
            "talk:<name>", "enter:<place>", "defeat:<name>", "won:<battles>", "seen:<areas>".
        place: Where to go; -1 for what is not known.
        press: What to press there.
        status: PENDING, ACTIVE (its turn) or COMPLETED.
        urgent: Before all else.
        needs: A condition without which it is not worth going there yet; empty for none.
        ready: Whether that holds.
        where: The name of the place, as it was heard.
    """

    description: str
    criteria: str
    place: Place = NOWHERE
    press: str = ""
    status: str = PENDING
    urgent: bool = False
    needs: str = ""
    ready: bool = True
    where: str = ""

    @property
    def kind(self) -> str:
        """What the criteria ask for: when, has, given, talk and so on."""
        return self.criteria.partition(":")[0]

    @property
    def what(self) -> str:
        """What the criteria are about: a condition, an item, a name, a place."""
        return self.criteria.partition(":")[2]


@dataclass
class Quest:
    """A quest and how far it has come.

    Attributes:
        id: Its slug.
        name: For people.
        type: Of QUEST_TYPES (C12.1).
        steps: In order; of a quest from talk the first that is not completed is its turn.
        status: PENDING, ACTIVE or COMPLETED.
        source: FROM_GAME or FROM_TALK.
        giver: Who asked: the key of an NPC, else a name.
        place: Where that was.
        parent: The quest it is part of; empty for none.
        text: The words that asked.
    """

    id: str
    name: str
    type: str
    steps: list[Step] = field(default_factory=list)
    status: str = PENDING
    source: str = FROM_GAME
    giver: str = ""
    place: Place = NOWHERE
    parent: str = ""
    text: str = ""

    @property
    def priority(self) -> int:
        """Its type's priority."""
        return QUEST_TYPES.get(self.type, QUEST_TYPES["side_quest"])

    @property
    def done(self) -> int:
        """How many steps are completed."""
        return sum(step.status == COMPLETED for step in self.steps)

    def facts(self) -> Iterator[Fact]:
        """Yield what is to be known of it."""
        props: dict[str, Scalar] = {
            **{"id": self.id, "name": self.name, "type": self.type, "status": self.status, "priority": self.priority},
            **{"source": self.source, "done": self.done, "steps": len(self.steps)},
            **{"giver": self.giver, "parent": self.parent, "text": self.text},
            **_place_props(self.place, ""),
        }
        yield Fact("Quest", quest_key(self.id), _known(props))
        for index, step in enumerate(self.steps):
            yield Fact("Objective", objective_key(self.id, index), _step_props(self.id, index, step))
        if self.giver.startswith("npc:"):
            yield Fact("GIVES_QUEST", self.giver, {}, quest_key(self.id))
        if self.parent:
            yield Fact("PART_OF", quest_key(self.id), {}, quest_key(self.parent))


def quest_of(node: Node) -> Quest:
    """Return a quest without its steps, from what is known of it."""
    return Quest(
        id=node.text("id"),
        name=node.text("name") or node.text("id"),
        type=node.text("type") or "side_quest",
        status=node.text("status") or PENDING,
        source=node.text("source") or FROM_TALK,
        giver=node.text("giver"),
        place=Place(node.number("area", -1), node.number("x", -1), node.number("y", -1)),
        parent=node.text("parent"),
        text=node.text("text"),
    )


def step_of(node: Node) -> Step:
    """Return a step from what is known of it."""
    return Step(
        description=node.text("description"),
        criteria=node.text("completion_criteria"),
        place=Place(node.number("target_area", -1), node.number("target_x", -1), node.number("target_y", -1)),
        press=node.text("press"),
        status=node.text("status") or PENDING,
        needs=node.text("needs"),
        where=node.text("where"),
    )


def _step_props(quest: str, index: int, step: Step) -> dict[str, Scalar]:
    return _known(
        {
            **{"quest": quest, "index": index, "description": step.description, "status": step.status},
            **{"completion_criteria": step.criteria, "press": step.press, "needs": step.needs, "where": step.where},
            **_place_props(step.place, "target_"),
        }
    )


def _place_props(place: Place, prefix: str) -> dict[str, Scalar]:
    if place.area < 0:
        return {}
    return {f"{prefix}area": place.area, f"{prefix}x": place.x, f"{prefix}y": place.y}


def _known(props: dict[str, Scalar]) -> dict[str, Scalar]:
    return {name: value for name, value in props.items() if value != ""}
