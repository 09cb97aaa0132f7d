"""Where a decision came from: the fixed form of every press's reason, `SOURCE: detail`, and the counts."""

from typing import NamedTuple

from agents.reflex.walking import Move
from runtime.actor import Press

#: In the order in which they are asked (requirement C4.6). `rule` is game.toml's [start] and [dialogue], `policy` the
#: answer of a network.
SOURCES = ("emergency", "plan", "rule", "policy", "pattern", "explore", "continue", "default")


class Decision(NamedTuple):
    """What to do, and why.

    Attributes:
        source: One of SOURCES.
        detail: One line for people.
        move: The buttons.
        plan_id: Of the plan it came from.
        model: What decided, if it was no rule.
    """

    source: str
    detail: str
    move: Move = Move()
    plan_id: str = ""
    model: str = ""

    def press(self, frame_index: int) -> Press:
        """Return the action for the frame after this one."""
        buttons = self.move.buttons(frame_index)
        return Press(*buttons, plan_id=self.plan_id, model=self.model, reason=f"{self.source}: {self.detail}")


def source_of(reason: str) -> str:
    """Return the source that a press's reason names; empty when it names none."""
    source = reason.partition(":")[0]
    return source if source in SOURCES else ""
