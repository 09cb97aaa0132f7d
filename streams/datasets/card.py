"""The dataset card: README.md with the YAML that `datasets` reads, a picture, the columns, and where it comes from."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from runtime.pixels import to_rgb
from streams.datasets import png
from streams.datasets.format import DatasetSpec, DatasetSummary, SessionSummary, load_format
from streams.datasets.manifest import PICTURE
from streams.datasets.rows import Row

if TYPE_CHECKING:
    from streams.datasets.columns import Column, Feature

#: Frames in the picture.
_PICTURES = 4


class Strip:
    """Picks a few frames spread evenly over a dataset whose length is not known before its end."""

    def __init__(self) -> None:
        self._kept: list[Row] = []
        self._every = 1
        self._seen = 0

    def add(self, row: Row) -> None:
        """Take the next row."""
        if self._seen % self._every == 0:
            self._kept.append(row)
            if len(self._kept) == 4 * _PICTURES:
                self._kept = self._kept[::2]
                self._every *= 2
        self._seen += 1

    def png(self) -> bytes:
        """Return the frames side by side."""
        places = np.linspace(0, len(self._kept) - 1, min(_PICTURES, len(self._kept))).round().astype(int)
        shown = [self._kept[place] for place in places]
        return png.encode_rgb(np.concatenate([to_rgb(row.raw, row.pixel_format) for row in shown], axis=1))


def card(format_name: str, spec: DatasetSpec, summary: DatasetSummary, sizes: Mapping[str, int]) -> str:
    """Return the card's text.

    Args:
        format_name: The dataset's format.
        spec: What was known before the first row.
        summary: What is known after the last.
        sizes: Bytes of the data files by split.
    """
    rows = sum(summary.rows.values())
    lines = [
        *_front_matter(format_name, spec, summary, sizes),
        f"# {_title(summary.sessions)}",
        "",
        f"![A few of its frames]({PICTURE})",
        "",
        f"{rows} frames of recorded play in {sum(s.episodes for s in summary.sessions)} episodes, one row a frame, "
        f"{spec.rows_per_s:.4g} rows a second of play.",
        "",
        *_splits(summary),
        *_layout(format_name),
        *_columns(format_name, spec),
        "## Where it comes from",
        "",
        "| session | game | recorded | rows | episodes | core | ROM SHA-256 | Framewire |",
        "|---|---|---|---|---|---|---|---|",
        *map(_session_line, summary.sessions),
        "",
        "Built with:",
        "",
        f"    {summary.command}",
        "",
        "## What is missing",
        "",
        *_holes(summary.sessions),
        "",
    ]
    return "\n".join(lines)


def _front_matter(
    format_name: str, spec: DatasetSpec, summary: DatasetSummary, sizes: Mapping[str, int]
) -> Iterator[str]:
    if format_name != "parquet":
        return
    splits = [split for split in spec.splits if summary.rows.get(split)]
    yield from ("---", "configs:", "- config_name: default", "  data_files:")
    for split in splits:
        yield from (f"  - split: {split}", f"    path: data/{split}-*.parquet")
    yield from ("dataset_info:", "  features:")
    for column in _parquet_columns(spec):
        yield f"  - name: {_yaml(column.name)}"
        yield from (f"    {line}" for line in _feature_lines(column.feature))
    yield "  splits:"
    for split in splits:
        yield from (
            f"  - name: {split}",
            f"    num_bytes: {sizes.get(split, 0)}",
            f"    num_examples: {summary.rows[split]}",
        )
    yield from (f"  dataset_size: {sum(sizes.values())}", "---", "")


def _feature_lines(feature: "Feature") -> Iterator[str]:
    """Yield a feature as `datasets` writes it into cards."""
    if feature["_type"] != "List":
        yield f"dtype: {_dtype(feature)}"
    elif feature["feature"]["_type"] != "List":
        yield f"list: {_dtype(feature['feature'])}"
    else:
        yield "list:"
        yield from (f"  {line}" for line in _feature_lines(feature["feature"]))


def _dtype(feature: "Feature") -> str:
    return "image" if feature["_type"] == "Image" else str(feature["dtype"])


def _splits(summary: DatasetSummary) -> Iterator[str]:
    yield from ("| split | rows |", "|---|---|")
    yield from (f"| {split} | {rows} |" for split, rows in summary.rows.items())
    yield ""


def _columns(format_name: str, spec: DatasetSpec) -> Iterator[str]:
    if format_name == "parquet":
        from streams.datasets.columns import type_name  # noqa: PLC0415 - loads pyarrow

        yield from ("## Columns", "", "| column | type | meaning |", "|---|---|---|")
        for column in _parquet_columns(spec):
            yield f"| `{column.name}` | {type_name(column.feature)} | {_cell(column.meaning)} |"
        yield ""
        return
    if spec.columns:
        yield from ("## State", "", "| watch | type | meaning |", "|---|---|---|")
        for watch in spec.columns:
            yield f"| `{watch.watch}` | {watch.type} | {_cell(watch.meaning)} |"
        yield ""
    if spec.labels:
        yield from (f"Labels: {', '.join(f'`{key}`' for key in spec.labels)}", "")


def _layout(format_name: str) -> Iterator[str]:
    """Yield what the format's module says of its files and how to load them, its title line excepted."""
    text = (sys.modules[load_format(format_name).__module__].__doc__ or "").partition("\n")[2].strip("\n")
    if text:
        yield from ("## Files", "", text, "", "DIR is this folder.", "")


def _parquet_columns(spec: DatasetSpec) -> "list[Column]":
    from streams.datasets.columns import all_columns  # noqa: PLC0415 - loads pyarrow

    return all_columns(spec)


def _title(sessions: Sequence[SessionSummary]) -> str:
    games = sorted({session.meta.game for session in sessions})
    return f"{', '.join(games)}: recorded play"


def _session_line(session: SessionSummary) -> str:
    meta = session.meta
    version = meta.framewire_version + (f" ({meta.git_commit[:12]})" if meta.git_commit else "")
    cells = (
        meta.session,
        meta.game,
        meta.created,
        session.rows,
        session.episodes,
        meta.core,
        f"`{meta.rom_sha256}`",
        version,
    )
    return f"| {' | '.join(_cell(str(cell)) for cell in cells)} |"


def _holes(sessions: Sequence[SessionSummary]) -> Iterator[str]:
    lacking = [session for session in sessions if session.holes]
    if not lacking:
        yield "Nothing: every recorded frame that was asked for is here."
        return
    yield "The recordings lack these; nothing was put in their place."
    yield ""
    yield "| session | kind | first frame | last frame | why |"
    yield "|---|---|---|---|---|"
    for session in lacking:
        for hole in session.holes:
            cells = (session.meta.session, hole.kind, hole.first_frame, hole.last_frame, hole.reason)
            yield f"| {' | '.join(_cell(str(cell)) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _yaml(text: str) -> str:
    """Quote a string for YAML, of which JSON is a part."""
    return msgspec.json.encode(text).decode()
