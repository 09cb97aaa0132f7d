"""Train, validation, test: by session or by episode, never by frame.

Each is drawn by a hash of seed, session and, if so wanted, episode. So a session stays in its split when others join
the dataset, and neighbouring frames, which are nearly equal, are never on both sides.
"""

import hashlib
import itertools
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from runtime.errors import UsageError

#: Seeds that an error tries, to name one that does better.
_SEEDS_TRIED = 100

By = Literal["session", "episode"]

#: A split's name is a file name and, for `datasets`, part of an identifier.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True)
class Splits:
    """How rows are divided.

    Attributes:
        shares: Share of each split, in order; they sum to 1.
        by: What stays together.
        seed: Another seed gives another division.
    """

    shares: Mapping[str, float] = field(default_factory=lambda: {"train": 1.0})
    by: By = "session"
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The splits, in order."""
        return tuple(self.shares)

    def of(self, session: str, episode_index: int) -> str:
        """Return the split of an episode."""
        if len(self.shares) == 1:
            return self.names[0]
        drawn_by = f"{self.seed}/{session}" + (f"/{episode_index}" if self.by == "episode" else "")
        drawn = int.from_bytes(hashlib.sha256(drawn_by.encode()).digest()[:8], "big") / 2**64
        for name, reached in zip(self.shares, itertools.accumulate(self.shares.values()), strict=True):
            if drawn < reached:
                return name
        return self.names[-1]  # the shares sum to a hair under 1


def parse_shares(text: str) -> dict[str, float]:
    """Read `train=0.8,validation=0.1,test=0.1`.

    Raises:
        UsageError: It is not of that form, or does not sum to 1.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = (word.strip() for word in part.partition("="))
        try:
            share = float(number)
        except ValueError:
            share = math.nan
        if not _NAME.fullmatch(name) or not 0 < share <= 1:
            raise UsageError(
                f"split {part.strip()!r}: wanted NAME=SHARE, a name of small letters, digits and '_', a share above 0 "
                f"and at most 1, as in train=0.8,test=0.2"
            )
        if name in shares:
            raise UsageError(f"split {name!r} is given twice")
        shares[name] = share
    if not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
        raise UsageError(f"split {text!r}: the shares sum to {sum(shares.values()):g}; wanted 1")
    return shares


def check_filled(splits: Splits, rows: Mapping[str, int], drawn: Collection[tuple[str, int]]) -> None:
    """Check that every split got rows.

    Args:
        splits: The division.
        rows: Rows by split.
        drawn: (session, episode) of everything that was divided.

    Raises:
        UsageError: A split is empty; says how many sessions or episodes there were, and a seed that fills every split.
    """
    empty = [name for name in splits.names if not rows.get(name)]
    if not empty:
        return
    there = len(drawn) if splits.by == "episode" else len({session for session, _ in drawn})
    others = (replace(splits, seed=seed) for seed in range(_SEEDS_TRIED))
    filling = next((one.seed for one in others if {one.of(*each) for each in drawn} == set(splits.names)), None)
    advice = "with none tried are they all filled" if filling is None else f"--seed {filling} fills them all"
    hint = ", or divide by episode (--split-by episode)" if splits.by == "session" else ""
    raise UsageError(
        f"no rows for {', '.join(empty)}: {there} {splits.by}s were drawn into {', '.join(splits.names)} with seed "
        f"{splits.seed}; {advice}{hint}"
    )
