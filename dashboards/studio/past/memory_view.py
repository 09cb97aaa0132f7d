"""A session's memory as pages show it: what changed, how often and where, bytes at a frame, searches that narrow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboards.studio.past.recordings import Opened
from runtime.errors import UsageError
from runtime.memory_image import Bytes
from streams.memory_search.conditions import parse
from streams.memory_search.search import change_counts
from streams.memory_search.values import addresses, kind_named, place_of

#: Bytes of one hex view.
MOST_BYTES = 4096

_WORD = 4


def searched(opened: Opened, text: Sequence[str], kind: str, aligned: bool, limit: int) -> dict[str, Any]:
    """Return what a search leaves as JSON; each of `text` is a condition, the last frame of the last one is shown."""
    recording = opened.recording
    span = recording.first_frame, recording.last_frame
    steps = [condition for each in text for condition in parse(each, *span)]
    if not steps:
        raise UsageError("no condition: write one such as '> 5' or 'changed'")
    found = recording.run(opened.searches.search(opened.history, kind_named(kind).name, aligned, steps))
    places = found.places[:limit]
    rows = zip(
        addresses(places, recording.meta.regions),
        found.first_values[:limit].tolist(),
        found.last_values[:limit].tolist(),
        found.changes[:limit].tolist(),
        strict=True,
    )
    return {
        "type": found.kind.name,
        "steps": [{"condition": str(step), "left": left} for step, left in zip(steps, found.left, strict=True)],
        "first": steps[-1].first,
        "last": steps[-1].last,
        "count": found.places.size,
        "found": [
            {"address": address, "region": region, "first": first, "last": last, "changes": changes}
            for (region, address), first, last, changes in rows
        ],
    }


def changed(opened: Opened, first: int, last: int, limit: int) -> dict[str, Any]:
    """Return the words that changed in a range, most often first, with their values before and after.

    The values before are those of the frame before the range, where it has one.
    """
    recording = opened.recording
    recording.session.span(first, last)
    places, counts = recording.run(change_counts(opened.history, first, last))
    total = places.size
    order = np.argsort(-counts, kind="stable")[:limit]
    places, counts = places[order], counts[order]
    before = _words(recording.run(opened.history.image(max(first - 1, recording.first_frame))), places)
    after = _words(recording.run(opened.history.image(last)), places)
    rows = zip(addresses(places, recording.meta.regions), counts.tolist(), before, after, strict=True)
    return {
        "first": first,
        "last": last,
        "count": total,
        "words": [
            {"address": address, "region": region, "changes": count, "before": was, "after": now}
            for (region, address), count, was, now in rows
        ],
    }


def heat(opened: Opened, first: int, last: int, cells: int) -> list[dict[str, Any]]:
    """Return, of each region, how often its parts changed in a range: `cells` of equal size, each a sum of changes."""
    recording = opened.recording
    places, counts = recording.run(change_counts(opened.history, first, last))
    maps, at = [], 0
    for region in recording.meta.regions:
        size = max(_WORD, -(-region.size // cells // _WORD) * _WORD)  # bytes of a cell
        here = (places >= at) & (places < at + region.size)
        total = -(-region.size // size)
        sums = np.bincount((places[here] - at) // size, counts[here], total).astype(np.int64)
        maps.append({"region": region.name, "address": region.address, "cell_bytes": size, "changes": sums.tolist()})
        at += -(-region.size // 8) * 8
    return maps


def content(opened: Opened, frame: int, address: int, count: int) -> dict[str, Any]:
    """Return bytes at the end of a frame, as hexadecimal text, and which of them changed on it.

    Raises:
        UsageError: They do not lie in one region, or are too many.
    """
    if not 1 <= count <= MOST_BYTES:
        raise UsageError(f"{count} bytes: allowed are 1 to {MOST_BYTES}")
    recording, history = opened.recording, opened.history
    region = next((r for r in recording.meta.regions if r.address <= address < r.address + r.size), None)
    count = min(count, region.address + region.size - address) if region else count
    place = place_of(address, count, recording.meta.regions)
    now = recording.run(history.image(frame))[place : place + count]
    changed_here: list[int] = []
    if frame > recording.first_frame:
        before = recording.run(history.image(frame - 1))[place : place + count]
        changed_here = np.flatnonzero(now != before).tolist()
    return {"frame": frame, "address": address, "bytes": now.tobytes().hex(), "changed": changed_here}


def _words(image: Bytes, places: NDArray[np.int64]) -> list[int]:
    values: list[int] = image.view("<u4")[places // _WORD].tolist()
    return values
