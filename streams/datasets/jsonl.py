"""The format `jsonl`: one line for a few frame sets: keys and net memory changes in, an annotation out.

    <split>-00000.jsonl     500 lines a file

    {"inputs": {"buttons": […], "frame_range": 10, "memory_changes": [{"address", "prev_val", "curr_val"}, …]},
     "outputs": {"context", "scene", "description", "action", "intent", "outcome"}}

A line spans `sets_per_row` consecutive whole frame sets (5 frames each); frame_range is the number of frames it really
spans. `buttons` are those held on any of them, in the console's order, or ["None"]. memory_changes are net: prev_val is
the word before the span, curr_val at its end, by address; a word that comes back to its value is left out, for it says
nothing of the outcome. Where the frame before is not recorded, the span's first frame counts as before. outputs come
from the labels of the span, the last that is not empty; a text that no label gives is empty.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
import numpy as np

from streams.annotations.exchange.rows import OUTPUTS
from streams.datasets.format import DatasetSpec, DatasetSummary
from streams.datasets.frameset import check_rows
from streams.datasets.options import check_names, choice, whole_number
from streams.datasets.rows import Row
from streams.datasets.shards import Shards
from streams.framesets.changes import hex8
from streams.framesets.keys import NONE
from streams.framesets.layout import FRAMES_PER_SET, PIXEL_REGIONS, Layout, Words
from streams.framesets.sets import FrameSet, SetGrouper, in_order

#: About 10 to 50 MB a file.
SHARD_LINES = 500


class JsonlWriter:
    """Writes a line when the last frame of its span comes."""

    reads_memory: ClassVar[bool] = True
    stacks: ClassVar[bool] = False
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "sets_per_row": "frame sets in a line, 1 to 100 (default 2)",
        "labelled_only": "true: leave lines out whose outputs are all empty (default false)",
        "variables_only": "true: leave out memory that holds pixels, colours or sprites (default false)",
    }

    def __init__(self, shards: Shards, spec: DatasetSpec) -> None:
        check_names("jsonl", spec.options, self.OPTIONS)
        check_rows(spec, "jsonl")
        self._shards, self._spec = shards, spec
        self._layout = Layout(spec.regions)
        self._sets_per_row = whole_number(spec.options, "sets_per_row", 2, 1, 100)
        self._labelled_only = choice(spec.options, "labelled_only", ("false", "true")) == "true"
        self._wanted = _wanted(self._layout, choice(spec.options, "variables_only", ("false", "true")) == "true")
        self._grouper = SetGrouper()
        self._sets: list[FrameSet] = []  # of the line under way
        self._before: Words = np.zeros(self._layout.words, dtype="<u4")
        self._last: Row | None = None  # the row before
        self._lines: dict[str, list[bytes]] = {}  # by split, of the file under way
        self._files: dict[str, int] = {}

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        if row.memory is None:
            self._sets, self._last = [], None
            return
        now = self._layout.view(self._layout.padded(row.memory))
        if not _follows(self._last, row):
            self._sets = []
            self._before = now.copy()
        self._last = row
        whole = self._grouper.add(row)
        if (row.frame_index + 1) % FRAMES_PER_SET:
            return
        if whole:
            self._sets.append(whole)
        if whole is None or len(self._sets) == self._sets_per_row:
            if whole:
                self._add_line(now)
            self._sets = []
            self._before = now.copy()

    def finish(self, summary: DatasetSummary) -> None:
        """See DatasetWriter."""
        del summary
        for split in sorted(self._lines):
            self._write_file(split)

    def close(self) -> None:
        """See DatasetWriter."""

    def _add_line(self, now: Words) -> None:
        rows = [row for one in self._sets for row in one.rows]
        outputs = _outputs(rows)
        if self._labelled_only and not any(outputs.values()):
            return
        held = {button for one in self._sets for button in one.held()}
        inputs = {
            "buttons": in_order(held, self._spec.buttons) or [NONE],
            "frame_range": len(rows),
            "memory_changes": self._changes(now),
        }
        lines = self._lines.setdefault(rows[0].split, [])
        lines.append(msgspec.json.encode({"inputs": inputs, "outputs": outputs}))
        if len(lines) == SHARD_LINES:
            self._write_file(rows[0].split)

    def _changes(self, now: Words) -> list[dict[str, str]]:
        words = np.flatnonzero((self._before != now) & self._wanted)
        addresses = self._layout.addresses(words, self._layout.region_of(words))
        words = words[np.argsort(addresses)]
        columns = (np.sort(addresses), self._before[words], now[words])
        return [
            {"address": address, "prev_val": before, "curr_val": after}
            for address, before, after in zip(*map(hex8, columns), strict=True)
        ]

    def _write_file(self, split: str) -> None:
        lines = self._lines.pop(split)
        number = self._files.get(split, 0)
        self._files[split] = number + 1
        name = f"{split}-{number:05}.jsonl"
        if not self._shards.whole(name):
            with self._shards.writing(name, len(lines)) as path:
                path.write_bytes(b"\n".join(lines) + b"\n")


def _follows(before: Row | None, row: Row) -> bool:
    return (
        before is not None
        and (before.session, before.split) == (row.session, row.split)
        and row.frame_index == before.frame_index + 1
    )


def _outputs(rows: list[Row]) -> dict[str, str]:
    """Return the annotation of a span: of each label the last that is not empty."""
    return {key: next((r.labels[key] for r in reversed(rows) if r.labels.get(key)), "") for key in OUTPUTS}


def _wanted(layout: Layout, variables_only: bool) -> Any:
    """Return which words of the image count, (words,) bool."""
    wanted = np.ones(layout.words, dtype=bool)
    for part in layout.parts if variables_only else ():
        if part.name in PIXEL_REGIONS:
            wanted[part.first : part.first + part.count] = False
    return wanted
