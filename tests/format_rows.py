"""Rows made by hand, for the tests of dataset formats; and a session's summary to end a dataset with."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from runtime.bridges.scripted import ScriptedBackend
from runtime.pixels import Raw, to_rgb
from streams.datasets.format import DatasetSpec, DatasetSummary, SessionSummary, load_format
from streams.datasets.rows import Row, StateColumn
from streams.datasets.shards import JOURNAL, Shards
from tests.streams_source import meta_of

WIDTH, HEIGHT = 48, 32
BUTTONS = ("A", "B", "RIGHT", "LEFT")
COLUMNS = (StateColumn("frame", "u32le", "Frames emulated"), StateColumn("player.x", "u16le", "Column"))
RATE = 262144 / 4389  # a GBA's


def spec(**other: Any) -> DatasetSpec:
    known: dict[str, Any] = {
        "columns": COLUMNS,
        "buttons": BUTTONS,
        "width": WIDTH,
        "height": HEIGHT,
        "rows_per_s": RATE,
    }
    return DatasetSpec(**{**known, **other})


def picture(seed: int) -> Raw:
    """Return (H, W) native pixels; every third frame is like the one before."""
    noise = np.random.default_rng(seed - (seed % 3 == 2)).integers(0, 1 << 16, (HEIGHT, WIDTH), dtype=np.uint16)
    return noise & np.uint16(0xFFDF)  # gba565: green has no lowest bit


def rgb(row: Row) -> NDArray[np.uint8]:
    return to_rgb(row.raw, row.pixel_format)


def episode(
    session: str,
    episode_index: int,
    count: int,
    *,
    first: int = 0,
    outcome: str = "",
    split: str = "train",
    stack: int = 1,
    labels: Mapping[str, str] | None = None,
    goes_on: bool = False,
) -> list[Row]:
    """Return an episode's rows; with `goes_on` even the last has an action, for the next episode follows at once."""
    made = []
    for i in range(count):
        frame_index = first + i
        raw = picture(frame_index)
        action = (("A",), ("A", "RIGHT"), (), ("LEFT",))[i % 4] if i < count - 1 or goes_on else None
        frames = tuple(picture(first + max(0, i - back)) for back in reversed(range(stack)))
        row = Row(
            session=session,
            episode_index=episode_index,
            frame_index=frame_index,
            raw=raw,
            pixel_format="gba565",
            pixels_hash=xxhash.xxh3_64_intdigest(raw.tobytes()),
            held=("B",),
            action=action,
            actor="reflex",
            plan_id="p1",
            model="",
            state={"frame": 4_000_000_001 + frame_index, "player.x": 7 * i},
            split=split,
            stack=frames,
            actions=() if action is None else (action,),
            labels=labels or {},
            ends=i == count - 1,
            outcome=outcome if i == count - 1 else "",
        )
        made.append(row)
    return made


def summary(rows: Iterable[Row]) -> DatasetSummary:
    by_session: dict[str, set[int]] = {}
    counts: dict[str, int] = {}
    for row in rows:
        by_session.setdefault(row.session, set()).add(row.episode_index)
        counts[row.split] = counts.get(row.split, 0) + 1
    backend = ScriptedBackend()
    sessions = [SessionSummary(meta_of(backend, name), 0, len(there), ()) for name, there in by_session.items()]
    return DatasetSummary(sessions, counts, {}, {}, "runtime dataset build")


def write(folder: Path, format_name: str, rows: list[Row], of: DatasetSpec, *, stop_after: int | None = None) -> Shards:
    """Build a dataset of rows; with `stop_after` as if killed after so many."""
    folder.mkdir(parents=True, exist_ok=True)
    shards = Shards(folder)
    writer = load_format(format_name)(shards, of)
    try:
        for row in rows[:stop_after]:
            writer.add(row)
        if stop_after is None:
            writer.finish(summary(rows))
    finally:
        writer.close()
    return shards


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a dataset by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != JOURNAL
    }
