"""The timeline's tracks: what was pressed, what happened, what watches were, reduced to the columns that are drawn.

session ─► blocks of a minute (changes only) ─► lowest and highest value, buttons, events of each pixel column
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboards.studio.past.track_blocks import BLOCK_FRAMES, Extra, Steps, TrackBlock, read_block
from dashboards.studio.past.track_files import load_block, save_block
from runtime import wire
from streams.memory_search.history import History
from streams.memory_search.search import series
from streams.memory_search.values import kind_named, place_of
from streams.session import Session

#: How long one answer may read on, seconds; what is not there yet comes with the next.
BUDGET_S = 0.1

#: Events and gaps shown at once; more are counted.
_LISTED = 400

#: Of a frame whose input is missing.
_MISSING = -1

_NO_STEPS: Steps = (np.zeros(0, np.int64), np.zeros(0, np.float64))


class Tracks:
    """One session's tracks as far as they were read."""

    def __init__(self, folder: Path | None = None) -> None:
        """Begin with none; those of a complete session are kept in `folder`."""
        self._folder = folder
        self._blocks: dict[int, TrackBlock] = {}

    async def load(
        self, session: Session, first: int, last: int, extras: Sequence[Extra], history: History | None
    ) -> None:
        """Read what is missing of frames `first` to `last`, for `BUDGET_S` at most but one block at least."""
        until_s = time.monotonic() + BUDGET_S
        for number in range(first // BLOCK_FRAMES, last // BLOCK_FRAMES + 1):
            known = number in self._blocks and all(extra in self._blocks[number].extras for extra in extras)
            if known:
                continue
            block = self._blocks.get(number) or await self._block(session, number)
            self._blocks[number] = block
            for extra in extras:
                if extra not in block.extras and history:
                    block.extras[extra] = await _extra(history, extra, block)
            if time.monotonic() > until_s:
                return

    async def _block(self, session: Session, number: int) -> TrackBlock:
        path = self._folder / str(number) if self._folder else None
        if path and (kept := load_block(path)):
            return kept
        block = await read_block(session, number)
        if path:
            save_block(path, block)
        return block

    def view(self, session: Session, first: int, last: int, columns: int, names: Sequence[str | Extra]) -> "View":
        """Return the tracks of frames `first` to `last`, inclusive, in at most `columns` columns."""
        blocks = [
            self._blocks[number]
            for number in range(first // BLOCK_FRAMES, last // BLOCK_FRAMES + 1)
            if number in self._blocks
        ]
        return View(session, blocks, first, last, columns, names)


class View:
    """A range of tracks in columns: column i holds the frames from `edges[i]` up to and without `edges[i + 1]`."""

    def __init__(
        self,
        session: Session,
        blocks: Sequence[TrackBlock],
        first: int,
        last: int,
        columns: int,
        names: Sequence[str | Extra],
    ) -> None:
        self._session, self._blocks, self._names = session, blocks, names
        self._first, self._last = first, last
        count = last - first + 1
        self.edges = first + np.arange(min(columns, count) + 1) * count // min(columns, count)

    @property
    def answer(self) -> dict[str, Any]:
        """The view as JSON."""
        whole = [block for block in self._blocks if all(_has(block, name) for name in self._names)]
        events = [e for block in self._blocks for e in block.events if self._first <= e.frame_index <= self._last]
        gaps = [g for b in self._blocks for g in b.gaps if g.first_frame <= self._last and g.last_frame >= self._first]
        return {
            "first": self._first,
            "last": self._last,
            "edges": self.edges.tolist(),
            "loaded": [[max(b.first, self._first), min(b.last, self._last)] for b in whole],
            "complete": sum(b.last - b.first + 1 for b in whole) >= self._span(),
            "buttons": self._buttons(),
            "actors": self._actors(),
            "watches": {_name(name): self._watch(name) for name in self._names},
            "events": [_event(event) for event in events[:_LISTED]],
            "event_count": len(events),
            "gaps": [_gap(gap) for gap in gaps[:_LISTED]],
            "gap_count": len(gaps),
        }

    def _span(self) -> int:
        """Return the frames of all blocks that the range touches."""
        low = max(self._session.first_frame, self._first // BLOCK_FRAMES * BLOCK_FRAMES)
        return min(self._session.last_frame, (self._last // BLOCK_FRAMES + 1) * BLOCK_FRAMES - 1) - low + 1

    def _buttons(self) -> list[int | None]:
        """Return the buttons held in each column, a bit for each; None where nothing is known."""
        held = np.full(self._last - self._first + 1, _MISSING, np.int64)
        for block in self._blocks:
            low, high = max(block.first, self._first), min(block.last, self._last)
            held[low - self._first : high + 1 - self._first] = block.buttons[low - block.first : high + 1 - block.first]
        starts = self.edges[:-1] - self._first
        known = np.maximum.reduceat(held, starts) >= 0
        masks = np.bitwise_or.reduceat(np.maximum(held, 0), starts)
        return [mask if there else None for mask, there in zip(masks.tolist(), known.tolist(), strict=True)]

    def _actors(self) -> list[tuple[int, str]]:
        """Return who held buttons from a frame on, of short ranges."""
        steps = [step for block in self._blocks for step in block.actors if step[0] <= self._last]
        begun = [i for i, (frame, _) in enumerate(steps) if frame <= self._first]
        steps = steps[begun[-1] if begun else 0 :]
        return steps if len(steps) <= _LISTED else []

    def _watch(self, name: str | Extra) -> dict[str, Any]:
        """Return a watch's lowest and highest value in each column, None where there is none."""
        parts = [(*_steps(block, name), block.last + 1) for block in self._blocks]
        frames = np.concatenate([_NO_STEPS[0], *(np.append(frames, end) for frames, _, end in parts)])
        values = np.concatenate([_NO_STEPS[1], *(np.append(values, np.nan) for _, values, _ in parts)])
        begun = np.searchsorted(frames, self.edges[:-1], "right") - 1  # the value that a column begins with
        ended = np.searchsorted(frames, self.edges[1:], "left")
        known = np.flatnonzero(ended > np.maximum(begun, 0))
        if not known.size:
            return {"min": [None] * begun.size, "max": [None] * begun.size}
        spans = np.stack((np.maximum(begun[known], 0), ended[known]), axis=1).reshape(-1)
        padded = np.append(values, np.nan)
        low, high = np.fmin.reduceat(padded, spans)[::2], np.fmax.reduceat(padded, spans)[::2]
        return {"min": _spread(low, known, begun.size), "max": _spread(high, known, begun.size)}


async def _extra(history: History, extra: Extra, block: TrackBlock) -> Steps:
    kind = kind_named(extra.type)
    place = place_of(extra.address, kind.size, history.regions)
    frames, values = await series(history, kind, place, block.first, block.last)
    return frames, values.astype(np.float64)


def _steps(block: TrackBlock, name: str | Extra) -> Steps:
    return block.extras.get(name, _NO_STEPS) if isinstance(name, Extra) else block.watches.get(name, _NO_STEPS)


def _has(block: TrackBlock, name: str | Extra) -> bool:
    return not isinstance(name, Extra) or name in block.extras


def _name(name: str | Extra) -> str:
    return name.name if isinstance(name, Extra) else name


def _spread(values: NDArray[np.float64], places: NDArray[np.int64], count: int) -> list[float | None]:
    """Return values at their places among `count`; None elsewhere, and for what is no number."""
    spread: list[float | None] = [None] * count
    for at, value in zip(places.tolist(), values.tolist(), strict=True):
        if value == value:  # noqa: PLR0124 - not NaN
            spread[at] = int(value) if value.is_integer() else value
    return spread


def _event(event: wire.Event) -> dict[str, Any]:
    facts = ", ".join(f"{key} {value}" for key, value in event.facts.items())
    return {"frame": event.frame_index, "name": event.name, "source": event.source, "facts": facts[:200]}


def _gap(gap: wire.Gap) -> dict[str, Any]:
    return {
        "first": gap.first_frame,
        "last": gap.last_frame,
        "kind": gap.kind,
        "source": gap.source,
        "reason": gap.reason,
    }
