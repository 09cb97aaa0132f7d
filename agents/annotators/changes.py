"""What happened, from changes of watches: "HP fell from 45 to 7" becomes description, action, intent and outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from agents.annotators.rules import DEFAULT, Happened, Reader, load_rules
from runtime.actor import Annotate, Outputs
from runtime.clock import Rate
from runtime.observation import Observation
from runtime.wire import Scalar

#: Frames of a frame set (R1): what happened is said of the whole set in which it happened, as A4.3 has it.
_SET = 5


@dataclass
class Changes:
    """Label the frame sets in which something happened.

    Attributes:
        rules: A file of rules; empty for the default (agents/annotators/rules.toml).
    """

    rules: str = ""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("annotation",)

    _reader: Reader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._reader = load_rules(Path(self.rules) if self.rules else DEFAULT)
        self._frame_index = -2
        self._before: Mapping[str, Scalar] = {}
        self._said: tuple[int, Happened] | None = None  # the frame set spoken of last, and what was said of it

    def act(self, seen: Observation) -> Outputs:
        """Compare the watches with those of the frame before; after a jump there is nothing to compare with."""
        goes_on = seen.frame_index == self._frame_index + 1
        happened = self._reader.happened(self._before, seen.state) if goes_on else []
        self._frame_index, self._before = seen.frame_index, seen.state
        if not happened:
            return None
        first, set_id = happened[0], seen.frame_index // _SET
        if self._said and self._said[0] == set_id and self._said[1].rank <= first.rank:
            return None
        self._said = set_id, first
        return Annotate(first.labels, first_frame=set_id * _SET, last_frame=set_id * _SET + _SET - 1)
