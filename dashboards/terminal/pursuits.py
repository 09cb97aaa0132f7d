"""The quests of a session, from what its actors learnt. Pure."""

from dataclasses import dataclass

from agents.knowledge.facts import Facts
from agents.quests.quest import ACTIVE, COMPLETED, PENDING


@dataclass(frozen=True)
class Pursuit:
    """A quest as far as it has come.

    Attributes:
        name: Its name.
        status: pending, active or completed.
        done: Steps completed.
        steps: All steps.
        step: What its current step asks for; empty when no step is open or known.
    """

    name: str
    status: str
    done: int
    steps: int
    step: str


_ORDER = (ACTIVE, PENDING, COMPLETED)


def pursuits(facts: Facts) -> list[Pursuit]:
    """Return the quests that are known: active ones first, by priority."""
    nodes = [node for node in facts.label("Quest") if node.text("status") in _ORDER]
    nodes.sort(key=lambda node: (_ORDER.index(node.text("status")), -node.number("priority"), node.key))
    return [
        Pursuit(
            node.text("name") or node.text("id"),
            node.text("status"),
            node.number("done"),
            node.number("steps"),
            _step(facts, node.text("id")),
        )
        for node in nodes
    ]


def _step(facts: Facts, quest: str) -> str:
    """Return what is to be done now: the active step, else the first that is not completed."""
    steps = [node for node in facts.label("Objective", {"quest": quest}) if node.text("status") != COMPLETED]
    steps.sort(key=lambda node: (node.text("status") != ACTIVE, node.number("index")))
    return steps[0].text("description") if steps else ""
