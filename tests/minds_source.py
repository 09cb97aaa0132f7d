"""Minds whose thoughts a test decides; as import paths they stand where `rules` or a model would."""

import threading
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.strategist.minds import MindError
from agents.strategist.plan import Call, Thought
from agents.strategist.situation import Situation
from runtime.errors import UsageError


@dataclass
class Walker:
    """A quick mind: goes to the cell (5, 5) of wherever it is, and notes what it was told."""

    name: ClassVar[str] = "walker"
    quick: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.told: list[Situation] = []

    def think(self, situation: Situation) -> Thought:
        self.told.append(situation)
        return Thought(strategy="goto", area=situation.area, cell=(5, 5))


@dataclass
class Model:
    """A slow mind that answers at once what its options say.

    Attributes:
        confidence: Of its thoughts.
        tool: A tool it calls once, with these arguments.
    """

    confidence: float = 0.9
    tool: str = ""
    arguments: dict[str, Any] | None = None
    valid_frames: int = 0

    name: ClassVar[str] = "model 1"
    quick: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self.told: list[Situation] = []

    def think(self, situation: Situation) -> Thought:
        self.told.append(situation)
        calls = (Call(self.tool, self.arguments or {}),) if self.tool and len(self.told) == 1 else ()
        return Thought(
            strategy="interact",
            goal=f"thought {len(self.told)}",
            actions="<btn_A>",
            confidence=self.confidence,
            tool_calls=calls,
            valid_frames=self.valid_frames,
            model=self.name,
            remember=("the cave is dark",),
            tokens=(100, 20),
        )


@dataclass
class Heavy(Model):
    """A slow mind that has to be loaded first, which fails, or is done once `release` is set."""

    fails: bool = False

    release: ClassVar[threading.Event] = threading.Event()
    loads: ClassVar[int] = 0

    def load(self) -> None:
        type(self).loads += 1
        if self.fails:
            raise UsageError("no such model")
        assert self.release.wait(30)


@dataclass
class Failing:
    """A slow mind that never has a thought: it raises, or does not come back before `release`."""

    how: str = "status"

    name: ClassVar[str] = "failing"
    quick: ClassVar[bool] = False
    release: ClassVar[threading.Event] = threading.Event()
    asked: ClassVar[int] = 0

    def think(self, situation: Situation) -> Thought:
        type(self).asked += 1
        if self.how == "hang":
            self.release.wait(30)
        if self.how == "bug":
            raise ZeroDivisionError("a bug in a library")
        raise MindError(self.how, "it said no")
