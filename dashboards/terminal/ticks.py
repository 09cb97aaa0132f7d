"""Reports at a steady pace."""

import asyncio
from collections.abc import AsyncIterator


async def ticks(interval_s: float, count: int | None) -> AsyncIterator[int]:
    """Give 1, 2, … every `interval_s`, the first after one interval; a late one is not made up for.

    Args:
        interval_s: Seconds between reports.
        count: How many; None for ever.
    """
    clock = asyncio.get_running_loop().time
    due = clock()
    number = 0
    while count is None or number < count:
        due = max(due + interval_s, clock())
        await asyncio.sleep(due - clock())
        number += 1
        yield number
