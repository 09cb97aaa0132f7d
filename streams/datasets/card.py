"""The dataset card: README.md with the YAML that `datasets` reads, the columns, and where the rows came from."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from streams.datasets.columns import Column
from streams.datasets.format import SessionSummary


def card(columns: Sequence[Column], sessions: Sequence[SessionSummary], command: str, data_bytes: int) -> str:
    """Return the card's text.

    Args:
        columns: All columns, in order.
        sessions: What each session gave.
        command: The command line that built the dataset.
        data_bytes: Size of all Parquet files.
    """
    rows = sum(session.rows for session in sessions)
    lines = [
        "---",
        *_front_matter(columns, rows, data_bytes),
        "---",
        "",
        f"# {_title(sessions)}",
        "",
        f"{rows} frames of recorded play in {sum(s.episodes for s in sessions)} episodes, one row a frame. Images are "
        "lossless: each is, pixel for pixel, what the emulator showed.",
        "",
        "```python",
        "from datasets import load_dataset",
        "",
        'rows = load_dataset("DIR", split="train")  # DIR is this folder',
        "```",
        "",
        "## Columns",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
        *(f"| `{column.name}` | {_type(column.feature)} | {_cell(column.meaning)} |" for column in columns),
        "",
        "## Where it comes from",
        "",
        "| session | game | recorded | frames | episodes | core | ROM SHA-256 | Framewire |",
        "|---|---|---|---|---|---|---|---|",
        *map(_session_line, sessions),
        "",
        "Built with:",
        "",
        f"    {command}",
        "",
        "## What is missing",
        "",
        *_holes(sessions),
        "",
    ]
    return "\n".join(lines)


def _front_matter(columns: Sequence[Column], rows: int, data_bytes: int) -> Iterator[str]:
    yield from (
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        "    path: data/*.parquet",
        "dataset_info:",
        "  features:",
    )
    for column in columns:
        yield f"  - name: {_yaml(column.name)}"
        feature = column.feature
        if feature["_type"] == "List":
            yield f"    list: {feature['feature']['dtype']}"
        else:
            yield f"    dtype: {'image' if feature['_type'] == 'Image' else feature['dtype']}"
    yield from ("  splits:", "  - name: train", f"    num_bytes: {data_bytes}", f"    num_examples: {rows}")
    yield f"  dataset_size: {data_bytes}"


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
        yield "Nothing: every recorded frame is here."
        return
    yield "The recordings lack these; nothing was put in their place."
    yield ""
    yield "| session | kind | first frame | last frame | why |"
    yield "|---|---|---|---|---|"
    for session in lacking:
        for hole in session.holes:
            cells = (session.meta.session, hole.kind, hole.first_frame, hole.last_frame, hole.reason)
            yield f"| {' | '.join(_cell(str(cell)) for cell in cells)} |"


def _type(feature: dict[str, Any]) -> str:
    if feature["_type"] == "List":
        return f"list of {feature['feature']['dtype']}"
    return "image" if feature["_type"] == "Image" else str(feature["dtype"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _yaml(text: str) -> str:
    """Quote a string for YAML, of which JSON is a part."""
    return msgspec.json.encode(text).decode()
