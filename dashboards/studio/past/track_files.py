"""Blocks of tracks on disk: a session that is complete is read once, and opens at once the next time."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zstandard

from dashboards.studio.past.track_blocks import TrackBlock
from runtime import wire

#: Changes with what a block is.
_FORMAT = 1

_LEVEL = 3


class _Kept(msgspec.Struct, array_like=True):
    """A block as it lies in its file; arrays are little-endian bytes."""

    format: int
    first: int
    last: int
    buttons: bytes  # i64
    actors: list[tuple[int, str]]
    watches: dict[str, tuple[bytes, bytes]]  # frames i64, values f64
    events: list[wire.Event]
    gaps: list[wire.Gap]


def load_block(path: Path) -> TrackBlock | None:
    """Return the block that a file holds; None where there is none that can be used."""
    try:
        kept = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(path.read_bytes()), type=_Kept)
    except (OSError, zstandard.ZstdError, msgspec.MsgspecError):
        return None
    if kept.format != _FORMAT:
        return None
    return TrackBlock(
        kept.first,
        kept.last,
        _array(kept.buttons, "<i8"),
        kept.actors,
        {name: (_array(frames, "<i8"), _array(values, "<f8")) for name, (frames, values) in kept.watches.items()},
        {},
        kept.events,
        kept.gaps,
    )


def save_block(path: Path, block: TrackBlock) -> None:
    """Write a block to its file, whole or not at all; a disk that does not take it costs the next reader time."""
    kept = _Kept(
        _FORMAT,
        block.first,
        block.last,
        block.buttons.tobytes(),
        block.actors,
        {name: (frames.tobytes(), values.tobytes()) for name, (frames, values) in block.watches.items()},
        block.events,
        block.gaps,
    )
    partial = path.with_suffix(".partial")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(
            zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(msgspec.msgpack.encode(kept))
        )
        partial.replace(path)


def _array(data: bytes, dtype: str) -> Any:
    return np.frombuffer(data, dtype)
