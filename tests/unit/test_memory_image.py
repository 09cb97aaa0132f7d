"""An image follows memory exactly, and says which bytes changed."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from runtime.memory_image import Bytes, Changes, MemoryImage, memory_image
from runtime.wire import Region

#: One that no word ends with, one that holds few words, and one large enough for many changes.
REGIONS = (Region("odd", 0, 13), Region("small", 0x100, 24), Region("large", 0x1000, 4096))

#: How many bytes of each region change on a frame: none, a few, or more than are told as a list.
AMOUNTS = st.tuples(*[st.sampled_from([0, 0, 1, 2, 9, 200])] * 3)


def changed(memory: Mapping[str, Bytes], amounts: tuple[int, ...], seed: int) -> None:
    """Change so many bytes of each region, or what it has."""
    rng = np.random.default_rng(seed)
    for data, amount in zip(memory.values(), amounts, strict=True):
        places = rng.choice(data.size, min(amount, data.size), replace=False)
        data[places] += rng.integers(1, 256, places.size).astype(np.uint8)


def check(changes: Changes, before: Bytes, after: Bytes) -> None:
    offsets = np.flatnonzero(before != after)
    assert list(changes.offsets) == offsets.tolist()
    assert changes.data == after[offsets].tobytes()
    assert isinstance(changes.offsets, list) or len(changes.offsets) > 64


@given(st.lists(st.tuples(AMOUNTS, st.integers(0, 999)), max_size=8), st.booleans())
def test_an_image_holds_memory_and_tells_each_changed_byte(
    frames: list[tuple[tuple[int, ...], int]], same_arrays: bool
) -> None:
    memory = {region.name: np.zeros(region.size, dtype=np.uint8) for region in REGIONS}
    kept, told = MemoryImage(REGIONS), MemoryImage(REGIONS)
    for amounts, seed in frames:
        changed(memory, amounts, seed)
        before = kept.image.copy()
        changes = kept.take(memory if same_arrays else {name: data.copy() for name, data in memory.items()})
        assert np.array_equal(kept.image, memory_image(REGIONS, memory))
        check(changes, before, kept.image)
        told.put(changes)
        assert np.array_equal(told.image, kept.image)


@given(st.lists(st.tuples(AMOUNTS, st.integers(0, 999)), max_size=8), st.integers(1, 3))
def test_an_image_follows_another_by_the_bytes_that_may_differ(
    frames: list[tuple[tuple[int, ...], int]], every: int
) -> None:
    memory = {region.name: np.zeros(region.size, dtype=np.uint8) for region in REGIONS}
    leader, follower = MemoryImage(REGIONS), MemoryImage(REGIONS)
    maybe: set[int] | None = set()
    for i, (amounts, seed) in enumerate(frames):
        changed(memory, amounts, seed)
        offsets = leader.take(memory).offsets
        maybe = maybe | set(offsets) if maybe is not None and isinstance(offsets, list) else None
        if i % every == 0:
            before = follower.image.copy()
            check(follower.follow(leader.image, maybe), before, leader.image)
            assert np.array_equal(follower.image, leader.image)
            maybe = set()
