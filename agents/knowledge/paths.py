"""The shortest way over a relation: breadth first, a ring of nodes at a time, so that a store is asked once a ring."""

from collections.abc import Callable, Iterable

#: Keys from start to goal, both included; empty for no way.
Path = tuple[str, ...]

#: Returns the steps (from, to) that begin at any of these nodes.
Steps = Callable[[list[str]], Iterable[tuple[str, str]]]


def shortest(steps: Steps, start: str, goal: str, most: int) -> Path:
    """Return a way of the fewest steps, at most `most`; of equals the one whose keys come first."""
    came_from = {start: ""}
    ring = [start]
    for _ in range(most):
        if goal in came_from or not ring:
            break
        found: dict[str, str] = {}
        for key, to in sorted(steps(ring)):
            if to not in came_from:
                found.setdefault(to, key)
        came_from |= found
        ring = sorted(found)
    if goal not in came_from:
        return ()
    path = [goal]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))
