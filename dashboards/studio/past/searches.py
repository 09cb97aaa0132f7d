"""Searches of memory that narrow: what each step left is kept, so that the next one goes on from there."""

from collections import OrderedDict
from collections.abc import Sequence

from streams.memory_search.conditions import Condition
from streams.memory_search.history import History
from streams.memory_search.search import Found, search
from streams.memory_search.values import kind_named

#: Steps kept of a session; of a whole GBA memory one is 9 MB, of what is left after another much less.
_KEPT = 12


class Searches:
    """What the steps of searches left, those used longest ago leaving first."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[object, ...], Found] = OrderedDict()

    async def search(self, history: History, kind: str, aligned: bool, steps: Sequence[Condition]) -> Found:
        """Return what all steps leave; see `streams.memory_search.search`."""
        found: Found | None = None
        for count in range(1, len(steps) + 1):
            key = (kind, aligned, *steps[:count])
            if key in self._found:
                found = self._found[key]
                self._found.move_to_end(key)
                continue
            found = await search(history, kind_named(kind), [steps[count - 1]], aligned=aligned, before=found)
            self._found[key] = found
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        assert found is not None
        return found
