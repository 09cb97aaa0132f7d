"""The pages of memory around a game's watches, for emulators in other programs where reading all of it is slow."""

from collections.abc import Iterable

from runtime.console import Console
from runtime.game import Watch
from runtime.wire import Region

#: Bytes. Watches that belong together lie close together; a page holds what stands around them for whoever searches.
PAGE_BYTES = 256


def watched_regions(console: Console, watches: Iterable[Watch], page: int = PAGE_BYTES) -> tuple[Region, ...]:
    """Return the memory that holds all watches, in the order of the console's areas and ascending in each.

    Pages begin at multiples of `page` on the bus and end with their area; neighbours are one region, named after its
    area and its address in it: `ewram+1200`. A watch outside the console's areas has no page; `game.check_regions`
    names it.

    Args:
        console: Whose memory it is.
        watches: The game's.
        page: Bytes, a power of two.
    """
    spans = [(watch.address, watch.address + watch.size) for watch in watches]
    regions = []
    for area in console.memory:
        end = area.address + area.size
        inside = [(first, last) for first, last in spans if area.address <= first and last <= end]
        for first, last in _merged((first // page * page, -(-last // page) * page) for first, last in inside):
            first, last = max(first, area.address), min(last, end)  # noqa: PLW2901 - a page ends with its area
            regions.append(Region(f"{area.name}+{first - area.address:x}", first, last - first))
    return tuple(regions)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in ascending order, those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
