"""A recorded session → one MCAP file, laid out as `streams.archive.layout` says."""

import contextlib
import os
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from runtime import wire
from runtime.errors import UsageError
from runtime.subjects import RECORDED
from streams.archive.images import Images
from streams.archive.writing import ArchiveWriter
from streams.session import Session
from streams.store import SessionStore

T = TypeVar("T")


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        frames: Frames with at least one payload.
        payloads: By kind.
        raw: How many of them could not be JSON.
        images: PNG images.
        undecodable: Frames with video but without an image: damaged, or after a hole.
        file_bytes: Size of the file.
    """

    frames: int
    payloads: Counter[str]
    raw: int
    images: int
    undecodable: int
    file_bytes: int


async def export(
    store: SessionStore,
    session: Session,
    path: Path,
    *,
    images: bool = True,
    overwrite: bool = False,
    on_frame: Callable[[], None] = lambda: None,
) -> Exported:
    """Write a session to a file, whole or not at all; memory is bounded by its largest group.

    Raises:
        UsageError: The file is there, or cannot be written.
        WireError: A chunk is damaged.
        BusError: The store cannot be reached.
    """
    if path.exists() and not overwrite:
        raise UsageError(f"{path}: is there already; remove it, or add --overwrite")
    acts = [act for _, act in await store.annotations(session.name)]
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
            writer = ArchiveWriter(file, session, acts, Images(pool) if images else None, on_frame)
            async with contextlib.aclosing(_groups(store.chunks(session.name, RECORDED), session.last_frame)) as groups:
                async for group, final in _with_last(groups):
                    writer.add(group, final=final)
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
            file_bytes = file.tell()
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    undecodable = writer.payloads["frame"] - writer.image_count if images else 0
    return Exported(writer.frames, writer.payloads, writer.raw, writer.image_count, undecodable, file_bytes)


async def _groups(chunks: AsyncGenerator[wire.Chunk, None], last_frame: int) -> AsyncGenerator[list[wire.Chunk], None]:
    """Yield the chunks that were stored together; what was recorded after the session was opened is left out."""
    group: list[wire.Chunk] = []
    async with contextlib.aclosing(chunks):
        async for chunk in chunks:
            if chunk.first_frame > last_frame:
                break
            if group and chunk.group != group[0].group:
                yield group
                group = []
            group.append(chunk)
    if group:
        yield group


async def _with_last(items: AsyncIterator[T]) -> AsyncIterator[tuple[T, bool]]:
    """Yield each item with whether it is the last."""
    held: list[T] = []
    async for item in items:
        if held:
            yield held.pop(), False
        held.append(item)
    if held:
        yield held.pop(), True
