"""From what came of trying looks to what they are; and from the looks that were tried to those that were not."""

import numpy as np
from numpy.typing import NDArray

from agents.perception.descriptors import mean_colour
from agents.perception.kinds import INTERACTIVE, OBSTACLES, OUTCOMES, WALKABLE, Outcome, TileType

Counts = NDArray[np.float32]  # (N, len(OUTCOMES))
Types = NDArray[np.uint8]  # (N,) TileType
Surely = NDArray[np.float32]  # (N,) 0 to 1

#: One door, talk or item in four tries makes a look one; fewer are a path that happens to lead away.
_SHARE = 0.25

#: A look that was entered once is an obstacle only if it blocked more than so many times as often: people, doors
#: that wait for a key and lessened patience block what is otherwise free.
_BLOCKED_TIMES = 3.0

#: The neighbours that vote, and the distance at which one is 1/e as sure. Chosen with the weights in `descriptors`.
_NEIGHBOURS, _REACH = 7, 1.5

#: Looks of the rarer side that must be met in a game for its votes to count half as much as later.
_MET = 8

#: Each side has a vote as of a look at this distance, so that nobody is sure before both were met.
_DOUBT = 1.5

#: What a guess of "solid" is less sure by when only looks of another game say so. Of Saltmere's looks guessed with 0.5
#: and more from a walk through Emberwood, 27 of 33 taken for ground were so (97 % of their cells), and 26 of 50 taken
#: for solid (November 2026); and a wrong "solid" hides a way, where a wrong "free" costs a bump.
_ABROAD = 0.5

#: The distance of the nearest at which a guess is 1/e as sure. With it, of guesses for areas left out of two walks
#: through Emberwood those of confidence 0.5 were right for 0.9 of the cells, of 0.7 for all (November 2026).
_SURE_REACH = 5.0


def judge(counts: Counts, descriptors: NDArray[np.float32]) -> tuple[Types, Surely]:
    """Return the type of each look by its own tries, and how surely; UNKNOWN and 0 without any."""
    walked, ledge, blocked, spoke, door, item = (
        counts[:, OUTCOMES.index(outcome)]
        for outcome in (Outcome.WALKED, Outcome.LEDGE, Outcome.BLOCKED, Outcome.SPOKE, Outcome.DOOR, Outcome.ITEM)
    )
    walked = walked + ledge
    free = (walked > 0) & (walked * _BLOCKED_TIMES >= blocked)
    plain = np.where(free, _walkable(descriptors), _obstacle(descriptors))
    choices = (
        (door > _SHARE * (walked + door), TileType.INTERACTIVE_DOOR, door),
        ((item > _SHARE * walked) & ~free, TileType.INTERACTIVE_CHEST, item),
        (item > _SHARE * walked, TileType.INTERACTIVE_ITEM, item),
        (spoke > _SHARE * walked, TileType.INTERACTIVE_NPC, spoke),
    )
    types = np.select([when for when, _, _ in choices], [int(kind) for _, kind, _ in choices], plain)
    votes = np.select(
        [when for when, _, _ in choices], [count for _, _, count in choices], np.where(free, walked, blocked)
    )
    against = np.where(types == plain, np.where(free, blocked, walked), 0)
    tried = walked + blocked + spoke + door + item > 0
    surely = (votes + 1) / (votes + against + 2)  # Laplace: two of three after one try
    return np.where(tried, types, 0).astype(np.uint8), np.where(tried, surely, 0).astype(np.float32)


def guess(
    descriptors: NDArray[np.float32],
    known: NDArray[np.float32],
    judged: tuple[Types, Surely],
    at_home: NDArray[np.bool_],
) -> tuple[Types, Surely]:
    """Return the type of looks by the nearest of those that were tried, and how surely.

    They vote first on whether it can be walked, then on which of such types it is.

    Args:
        descriptors: Of the looks, (N, SIZE).
        known: Of the looks that may vote, (M, SIZE).
        judged: What `judge` says of those.
        at_home: Which of those were tried in this game.
    """
    types, surely = judged
    there = np.flatnonzero(types)
    if not there.size:
        return np.zeros(len(descriptors), np.uint8), np.zeros(len(descriptors), np.float32)
    known, types, surely, at_home = known[there], types[there], surely[there], at_home[there]
    squares = (descriptors**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * descriptors @ known.T
    near = min(_NEIGHBOURS, len(known))
    nearest = np.argpartition(squares, near - 1, axis=1)[:, :near]
    distance = np.sqrt(np.maximum(np.take_along_axis(squares, nearest, axis=1), 0))
    # Looks that can be walked are tried more often than those that block: the votes of either side weigh the same.
    side = _WALKED[types]
    balance = np.where(side, 1 / max(side.mean(), 1e-9), 1 / max(1 - side.mean(), 1e-9))
    # All of a game looks rather alike: its votes count little before both sides were met in it.
    fewer = min(int((side & at_home).sum()), int((~side & at_home).sum()))
    balance = np.where(at_home, balance * (fewer + 1) / (fewer + _MET), balance)
    # What can be acted on is rare and looks like nothing else: only what is very near it may be another.
    reach = np.where(_ACTED_ON[types], _REACH / 3, _REACH)[nearest]
    weights = np.exp(-2 * distance / reach) * (surely * balance)[nearest]
    votes = np.zeros((len(descriptors), len(TileType)), np.float32)
    for place in range(near):
        np.add.at(votes, (np.arange(len(votes)), types[nearest[:, place]]), weights[:, place])
    walkable = votes[:, _WALKED].sum(axis=1)
    others = votes.sum(axis=1) - walkable
    best = np.where((walkable > others)[:, None] == _WALKED, votes, -1).argmax(axis=1)
    doubt = np.exp(-2 * _DOUBT / _REACH)
    share = (np.maximum(walkable, others) + doubt) / (walkable + others + 2 * doubt)
    closeness = np.exp(-distance.min(axis=1) / _SURE_REACH)
    abroad = (weights * (~side & ~at_home)[nearest]).sum(axis=1) / np.maximum(others, 1e-9)
    belief = np.where(_OBSTACLE[best], 1 - _ABROAD * abroad, 1)
    return best.astype(np.uint8), (share * closeness * belief).astype(np.float32)


#: Whether each TileType can be walked, stops, and can be acted on.
_WALKED = np.array([kind in WALKABLE for kind in TileType])
_OBSTACLE = np.array([kind in OBSTACLES for kind in TileType])
_ACTED_ON = np.array([kind in INTERACTIVE for kind in TileType])


def _walkable(descriptors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Tell grass by its green."""
    _, red_green, blue_yellow = mean_colour(descriptors).T
    green = (red_green < -0.08) & (blue_yellow < -0.05)
    return np.where(green, TileType.WALKABLE_GRASS, TileType.WALKABLE_PATH)


def _obstacle(descriptors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Tell water by its blue."""
    _, _, blue_yellow = mean_colour(descriptors).T
    return np.where(blue_yellow > 0.2, TileType.OBSTACLE_WATER, TileType.OBSTACLE_WALL)
