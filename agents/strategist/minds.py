"""The one protocol of whatever thinks, and what it raises when it cannot."""

import importlib.util
from pathlib import Path
from typing import Any, Protocol, cast

from agents.strategist.plan import Thought
from agents.strategist.situation import Situation
from runtime.actor import load_object, make
from runtime.errors import FramewireError, UsageError

#: Short names for `mind = …` in a launch file; anything else is an import path.
MINDS = {
    "rules": "agents.strategist.rules:Rules",
    "paligemma": "agents.strategist.paligemma:PaliGemma",
    "openai": "agents.strategist.openai:OpenAi",
}

#: What an extra brings, without which a mind cannot be.
_NEEDED = {"paligemma": "transformers", "openai": "openai"}


class Mind(Protocol):
    """Whatever thinks.

    Attributes:
        name: What its plans are said to be of: "rules", or a model's name.
        quick: Whether it thinks within a tick. One that does is called at once and may read the situation's `atlas`
            and `knowledge`; one that does not works in a thread of its own on what cannot change meanwhile.

    A mind may also define `load(self) -> None`, for what takes long: it is called when a session has begun, once, while
    the fallback answers. What it raises ends the actor.
    """

    name: str
    quick: bool

    def think(self, situation: Situation) -> Thought:
        """Decide.

        Raises:
            MindError: It could not.
        """


class MindError(FramewireError):
    """A mind had no usable thought.

    Attributes:
        kind: What failed, as it is counted: "timeout", "unreachable", "status", "invalid", "truncated", "model".
        text: What it said, where it said something.
    """

    def __init__(self, kind: str, problem: str, text: str = "") -> None:
        self.kind, self.text = kind, text
        super().__init__(f"{kind}: {problem}")


def load_mind(mind: str, options: dict[str, Any], folder: Path | None = None) -> Mind:
    """Make a mind by its short name or import path.

    Raises:
        UsageError: There is no such mind, or it does not take these options.
    """
    if mind in _NEEDED and importlib.util.find_spec(_NEEDED[mind]) is None:
        raise UsageError(f"mind {mind!r} needs {_NEEDED[mind]}: pip install 'framewire[strategist]'")
    made = load_object(MINDS.get(mind, mind), folder)
    return make_mind(made, options, mind)


def make_mind(mind: type[Any], options: dict[str, Any], where: str) -> Mind:
    """Make a mind from its options, which are its dataclass fields.

    Raises:
        UsageError: An option is unknown, missing, or of the wrong type.
    """
    made = make(mind, options, f"mind {where}")
    for name in ("name", "quick", "think"):
        if not hasattr(made, name):
            raise UsageError(f"mind {where}: is no mind: it has no `{name}` (see agents.strategist.minds)")
    return cast(Mind, made)
