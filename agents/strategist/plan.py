"""What a strategist decides: one typed thought, whoever had it, its JSON schema, and the plan that it becomes."""

from typing import Annotated, Any, Literal, get_args

import msgspec

from runtime import wire
from runtime.actor import Intend
from runtime.wire import Scalar, Waypoint

Strategy = Literal["explore", "goto", "interact", "fight", "heal", "buy", "use", "wait"]

STRATEGIES: tuple[str, ...] = get_args(Strategy)

#: Fields that a model does not fill in itself.
_NOT_SAID = ("model", "tokens")


#: A sentence to remember.
Note = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool to be called, by its name in `tools.TOOLS`."""

    name: str
    arguments: dict[str, Scalar] = {}


class Thought(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a mind decided.

    Attributes:
        strategy: What kind of thing to do.
        goal: In words, for people.
        area: Where; -1 for here or anywhere.
        cell: Where in that area, (x, y); None for the area as a whole.
        press: Buttons to press there.
        actions: What to play, in the action grammar; empty where the tactic is to find the way.
        fallback: The same, for when that cannot be played.
        confidence: How sure the mind is.
        reason: Why, for people.
        tool_calls: What it wants to know or do beside.
        remember: What is worth knowing later, a sentence each (requirement C15.9).
        valid_frames: After so many frames the plan no longer holds; 0 for until it is replaced.
        model: Who thought it: `Mind.name`.
        tokens: Those of the prompt and those of the answer; zeros without a model.
    """

    strategy: Strategy
    goal: str = ""
    area: int = -1
    cell: tuple[int, int] | None = None
    press: tuple[str, ...] = ()
    actions: str = ""
    fallback: str = ""
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    reason: str = ""
    tool_calls: tuple[Call, ...] = ()
    remember: tuple[Note, ...] = ()
    valid_frames: Annotated[int, msgspec.Meta(ge=0)] = 0
    model: str = ""
    tokens: tuple[int, int] = (0, 0)

    def intend(self) -> Intend:
        """Return the plan for faster actors."""
        return Intend(
            goal=self.goal or self.strategy,
            area=self.area,
            waypoints=(Waypoint(*self.cell, self.press),) if self.cell else (),
            confidence=self.confidence,
            reason=self.reason,
            strategy=self.strategy,
            actions=self.actions,
            fallback=self.fallback,
            tool_calls=tuple(wire.ToolCall(call.name, call.arguments) for call in self.tool_calls),
            model=self.model,
            valid_frames=self.valid_frames,
        )

    def same(self, other: "Thought | None") -> bool:
        """Return whether another thought wants the same, however sure and at whatever price it is."""
        return other is not None and self.wanted() == other.wanted()

    def wanted(self) -> tuple[object, ...]:
        """Return what of it an actor would act on."""
        return (
            self.strategy,
            self.area,
            self.cell,
            self.press,
            self.actions,
            self.fallback,
            self.tool_calls,
            self.goal,
        )


def schema() -> dict[str, Any]:
    """Return the JSON schema of what a model may answer, for servers with structured outputs."""
    _, components = msgspec.json.schema_components([Thought], ref_template="#/$defs/{name}")
    thought = components.pop("Thought")
    properties = {name: value for name, value in thought["properties"].items() if name not in _NOT_SAID}
    properties["strategy"] = {"enum": list(STRATEGIES)}
    return {**thought, "properties": properties, "$defs": components}
