"""Searches of recorded memory against the same question asked of every frame's bytes."""

import asyncio
import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from runtime.errors import SessionError, UsageError
from streams.memory_search import blocks
from streams.memory_search.conditions import COMPARISONS, Condition, parse
from streams.memory_search.history import History
from streams.memory_search.search import change_counts, search, series
from streams.memory_search.values import Kind, addresses, kind_named, place_of, places_of
from tests.memory_source import REGIONS, by_region, memory_of, recorded

FRAMES = 300
MEMORY = memory_of(FRAMES, 1)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks a session, the last one short."""
    for module in (blocks, __import__("streams.memory_search.history", fromlist=["history"])):
        monkeypatch.setattr(module, "BLOCK_FRAMES", 110)


def values_by_address(kind: Kind, *, aligned: bool) -> dict[int, NDArray[np.int64]]:
    """Return each address's values on all frames, read the plain way."""
    found: dict[int, NDArray[np.int64]] = {}
    for region in REGIONS:
        rows = np.array([by_region(row)[region.name] for row in MEMORY])
        for offset in range(region.size - kind.size + 1):
            address = region.address + offset
            if not aligned or address % kind.size == 0:
                raw = np.ascontiguousarray(rows[:, offset : offset + kind.size])
                found[address] = raw.view(kind.dtype)[:, 0].astype(np.int64)
    return found


def plainly(condition: Condition, values: NDArray[np.int64]) -> bool:
    """Return whether one address's values fulfil a condition, frame by frame."""
    span = values[condition.first : condition.last + 1].tolist()
    if condition.op in COMPARISONS:
        fits = [COMPARISONS[condition.op](value, condition.operand) for value in span]
        return all(fits) if condition.scope == "every" else any(fits)
    steps = [(span[0], span[-1])] if condition.scope == "ends" else list(itertools.pairwise(span))
    moved = [(before, after) for before, after in itertools.pairwise(span) if before != after]
    if condition.times is not None:
        return len(moved) == condition.times
    by = condition.operand
    rules: dict[str, Callable[[int, int], bool]] = {
        "unchanged": operator.eq,
        "changed": lambda a, b: a != b if by is None else abs(b - a) == by,
        "increased": lambda a, b: b > a if by is None else b - a == by,
        "decreased": lambda a, b: a > b if by is None else a - b == by,
    }
    rule = rules[condition.op]
    if condition.scope == "some":
        return any(rule(a, b) for a, b in steps)
    if condition.scope == "every" and condition.op in ("increased", "decreased"):
        return bool(moved) and all(rule(a, b) for a, b in moved)
    if condition.scope == "every" and by is not None:
        return bool(moved) and all(rule(a, b) for a, b in moved)
    return all(rule(a, b) for a, b in steps)


def found_by(conditions: list[Condition], kind: Kind, *, aligned: bool) -> dict[int, tuple[int, int]]:
    async def run() -> dict[int, tuple[int, int]]:
        found = await search(History(await recorded(MEMORY)), kind, conditions, aligned=aligned)
        at = [address for _, address in addresses(found.places, REGIONS)]
        return dict(zip(at, zip(found.first_values.tolist(), found.last_values.tolist(), strict=True), strict=True))

    return asyncio.run(run())


CONDITIONS = [
    "> 5 @ 20:280", "= 7 @ 290", "!= 0 some @ 0:299", "<= -1 some @ 5:250", ">= 250 @ 0:299", "= 1 some @ 100:119",
    "changed @ 10:290", "unchanged @ 10:290", "increased @ 109:110", "decreased @ 0:299", "increased by 1 @ 100:101",
    "decreased by 3 every @ 0:299", "increased every @ 3:297", "changed some @ 111:219", "unchanged every @ 0:299",
    "changed every @ 0:299", "changed 7 times @ 0:299", "changed 0 times @ 4:200", "increased by 70000 some @ 0:299",
    "unchanged some @ 30:90", "changed by 1 some @ 0:299", "decreased some @ 60:61", "< 4 @ 0:0",
]  # fmt: skip


@pytest.mark.parametrize("name", ["u8", "s8", "u16le", "s16be", "u32le", "s32be"])
@pytest.mark.parametrize("aligned", [True, False])
def test_a_search_finds_what_looking_at_every_frame_finds(name: str, aligned: bool) -> None:
    kind = Kind(name)
    plain = values_by_address(kind, aligned=aligned)

    async def run() -> None:
        history = History(await recorded(MEMORY))
        for text in CONDITIONS:
            (condition,) = parse(text, 0, FRAMES - 1)
            found = await search(history, kind, [condition], aligned=aligned)
            seen = [address for _, address in addresses(found.places, REGIONS)]
            assert seen == [address for address, values in plain.items() if plainly(condition, values)], text
            assert found.last_values.tolist() == [plain[address][condition.last] for address in seen], text

    asyncio.run(run())


def test_conditions_narrow_and_go_on_from_an_earlier_search() -> None:
    steps = parse("> 100 @ 0 increased @ 0:20 decreased by 1 every @ 0:20 = 0 @ 5", 0, 299)[:2]
    together = found_by(steps, kind_named("u16"), aligned=False)

    async def one_by_one() -> list[int]:
        history = History(await recorded(MEMORY))
        first = await search(history, kind_named("u16"), steps[:1], aligned=False)
        both = await search(history, kind_named("u16"), steps[1:], aligned=False, before=first)
        assert both.left == (first.places.size, both.places.size)
        assert both.conditions == tuple(steps)
        return [address for _, address in addresses(both.places, REGIONS)]

    assert asyncio.run(one_by_one()) == list(together)
    assert 0x1004 in together
    assert together[0x1004] == (250, 270)


def test_changed_words_are_counted() -> None:
    async def run(first: int, last: int) -> dict[int, int]:
        places, counts = await change_counts(History(await recorded(MEMORY)), first, last)
        return dict(zip((at for _, at in addresses(places, REGIONS)), counts.tolist(), strict=True))

    rows = np.array([by_region(row)["low"] for row in MEMORY])
    padded = np.zeros((FRAMES, 64), np.uint8)
    padded[:, :61] = rows
    words = padded.view("<u4")
    for first, last in ((1, 299), (100, 100), (109, 111)):
        moved = (words[first : last + 1] != words[first - 1 : last]).sum(axis=0)
        wanted = {0x1000 + 4 * i: count for i, count in enumerate(moved.tolist()) if count}
        seen = asyncio.run(run(first, last))
        assert {at: count for at, count in seen.items() if at < 0x2000} == wanted


@pytest.mark.parametrize(
    ("address", "name"), [(0x1004, "u16le"), (0x1007, "s16be"), (0x2002, "u32le"), (0x1003, "u32be")]
)
def test_a_place_has_its_values_over_time(address: int, name: str) -> None:
    kind = Kind(name)

    async def run(first: int, last: int) -> list[int]:
        history = History(await recorded(MEMORY))
        frames, values = await series(history, kind, place_of(address, kind.size, REGIONS), first, last)
        assert frames[0] == first
        assert np.all(np.diff(frames) > 0)
        return np.repeat(values, np.diff(frames, append=last + 1)).tolist()

    plain = values_by_address(kind, aligned=False)[address]
    for first, last in ((0, 299), (50, 260), (110, 110), (109, 110)):
        assert asyncio.run(run(first, last)) == plain[first : last + 1].tolist()


def test_after_a_hole_the_next_whole_image_says_what_changed() -> None:
    async def run() -> None:
        history = History(await recorded(MEMORY, missing=(130, 131)))
        assert np.array_equal(await history.image(129), await History(await recorded(MEMORY)).image(129))
        for frame in (180, 250, 299):  # 180 is the next whole image
            assert np.array_equal(await history.image(frame), await History(await recorded(MEMORY)).image(frame))

    asyncio.run(run())


def test_a_session_that_begins_without_memory_says_so() -> None:
    async def run() -> None:
        history = History(await recorded(MEMORY, missing=tuple(range(20))))
        with pytest.raises(SessionError, match=r"it lacks the memory of frame 30$"):
            await history.image(30)
        assert (await history.image(60)).size

    asyncio.run(run())


def test_blocks_beyond_the_room_are_read_again() -> None:
    async def run() -> None:
        history = History(await recorded(MEMORY), keep_bytes=1)
        images = [await history.image(frame) for frame in (0, 150, 299, 0)]
        assert np.array_equal(images[0], images[3])
        assert not history.is_kept(0, 299)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no condition"),
        ("foo", "'foo': a condition begins with ="),
        ("> five", "after >: wanted a whole number such as 5, -1 or 0x1F, got 'five'"),
        (">", "after >: wanted a whole number"),
        ("= 5 ends", "a comparison holds on every frame or on some"),
        ("unchanged by 5", "that is no change"),
        ("increased 3 times", "only changes are counted"),
        ("= 5 @ 9:3", "frames 9 to 3: the first must not be after the last"),
        ("= 5 @", "after @: wanted a whole number"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text, 0, 100)
    assert problem in str(refused.value)


def test_conditions_are_written_as_they_are_read() -> None:
    text = "> 5 @ 0:100 = 0x1F @ 7 != 0 some @ 3:9 decreased by 3 @ 1:2 increased every @ 0:100 changed 3 times @ 0:100"
    conditions = parse(text, 0, 100)
    assert parse(" ".join(map(str, conditions)), 5, 6) == conditions
    assert [one.operand for one in conditions] == [5, 31, 0, 3, None, None]


def test_types_have_short_names_and_unknown_ones_are_refused() -> None:
    assert [kind_named(name).name for name in ("u16", "I16", "s32be", "i8")] == ["u16le", "s16le", "s32be", "s8"]
    with pytest.raises(UsageError, match=r"no type 'f32'; there are u8, s8, u16le"):
        kind_named("f32")
    assert {name: Kind(name).limits for name in ("s8", "u16be")} == {"s8": (-128, 127), "u16be": (0, 65535)}


def test_places_keep_to_their_region() -> None:
    places = np.flatnonzero(places_of(Kind("u32le"), REGIONS, aligned=True))
    at: list[Any] = addresses(places, REGIONS)
    assert at[0] == ("low", 0x1000)
    assert at[-1] == ("odd", 0x2018)
    assert all(address % 4 == 0 for _, address in at)
    with pytest.raises(
        UsageError, match=r"0x0000103C \(\+4 bytes\) is outside the recorded memory: low 0x00001000-0x0000103C"
    ):
        place_of(0x103C, 4, REGIONS)
