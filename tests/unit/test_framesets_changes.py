"""Every changed word is found, with its address, chunk and frequency, by the vectorised code as by the plain one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import WireError
from runtime.wire import Region
from streams.framesets.changes import ChangeFinder, Scan, hex8
from streams.framesets.layout import CHUNKS, GBA_REGIONS, Layout, chunk_bytes

#: Sizes that are no multiple of 8, of 4, of 5 chunks.
SMALL = (Region("wram", 0xC000, 44), Region("hram", 0xFF80, 7), Region("ewram", 0x0200_0000, 64))


def test_the_chunks_of_a_gba_are_those_that_cover_all_of_it() -> None:
    sizes = {region.name: region.size for region in GBA_REGIONS}
    assert sizes == {"iwram": 0x8000, "ewram": 0x40000}
    assert {name: chunk_bytes(size) for name, size in sizes.items()} == {"iwram": 6556, "ewram": 52432}


@pytest.mark.parametrize("regions", [GBA_REGIONS, SMALL])
def test_five_chunks_cover_each_word_once(regions: tuple[Region, ...]) -> None:
    layout = Layout(regions)
    seen = np.zeros(layout.words, dtype=int)
    for number in range(CHUNKS):
        for where in layout.chunk(number):
            seen[where] += 1
            words = np.arange(where.start, where.stop)
            assert set(layout.chunks(words, layout.region_of(words)).tolist()) == {number}
    covered = sum(part.count for part in layout.parts)
    assert seen.sum() == covered
    assert seen.max() == 1


def test_a_word_has_the_address_of_its_region() -> None:
    layout = Layout(SMALL)
    for part in layout.parts:
        words = np.array([part.first, part.first + part.count - 1])
        regions = layout.region_of(words)
        assert [layout.parts[region].name for region in regions] == [part.name, part.name]
        assert layout.addresses(words, regions).tolist() == [part.address, part.address + 4 * (part.count - 1)]


def test_an_image_of_other_regions_is_refused() -> None:
    with pytest.raises(WireError, match=r"100 bytes is not of wram 44, hram 7, ewram 64: those are 120"):
        ChangeFinder(Layout(SMALL)).compare(0, np.zeros(100, dtype=np.uint8))


def test_memory_without_padding_becomes_an_image() -> None:
    layout = Layout(SMALL)
    memory = np.arange(115, dtype=np.uint8)
    image = layout.padded(memory)
    assert image[:44].tolist() == list(range(44))
    assert image[48:55].tolist() == list(range(44, 51))
    assert image[56:].tolist() == list(range(51, 115))
    assert not image[44:48].any()
    with pytest.raises(WireError, match="114 bytes are not of wram 44"):
        layout.padded(memory[1:])


def test_hex_has_eight_upper_case_digits() -> None:
    values = np.array([0, 1, 0x1F8, 0xDEADBEEF], dtype="<u4")
    assert hex8(values) == ["00000000", "00000001", "000001F8", "DEADBEEF"]
    assert hex8(values[:0]) == []


steps = st.lists(
    st.tuples(st.integers(1, 3), st.lists(st.tuples(st.integers(0, 119), st.integers(0, 255)), max_size=4)), max_size=40
)


@given(steps, st.sampled_from(["full", "chunked"]))
def test_it_finds_what_a_plain_comparison_finds(story: list[tuple[int, list[tuple[int, int]]]], scan: Scan) -> None:
    layout = Layout(SMALL)
    finder, plain = ChangeFinder(layout, scan), _Plain(layout, scan)
    image = np.zeros(layout.image_bytes, dtype=np.uint8)
    frame_index = 0
    for skipped, writes in story:
        for at, value in writes:
            image[at] = value
        found = finder.compare(frame_index, image)
        rows = list(
            zip(found.words.tolist(), found.before.tolist(), found.after.tolist(), found.freq.tolist(), strict=True)
        )
        assert rows == plain.compare(frame_index, image)
        frame_index += skipped if skipped < 3 else 60


class _Plain:
    """The definition, word by word."""

    def __init__(self, layout: Layout, scan: Scan) -> None:
        self._layout, self._scan = layout, scan
        self._seen: dict[int, int] = {}
        self._last = -1
        self._changed: list[tuple[int, int]] = []

    def compare(self, frame_index: int, image: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> list[tuple[int, ...]]:
        rows: list[tuple[int, ...]] = []
        if self._scan == "full" and frame_index != self._last + 1:
            self._seen.clear()
        self._last = frame_index
        for word in range(image.size // 4):
            if self._scan == "chunked" and not self._reads(word, frame_index % 5):
                continue
            now = int.from_bytes(image[word * 4 : word * 4 + 4].tobytes(), "little")
            before = self._seen.get(word, now)
            self._seen[word] = now
            if before != now:
                self._changed.append((frame_index, word))
                freq = sum(1 for frame, one in self._changed if one == word and frame > frame_index - 100)
                rows.append((word, before, now, freq))
        return rows

    def _reads(self, word: int, chunk: int) -> bool:
        return any(
            part.first <= word < part.first + part.count and (word - part.first) // part.chunk_words == chunk
            for part in self._layout.parts
        )


def test_frequency_is_of_a_hundred_frames() -> None:
    layout = Layout(SMALL)
    finder = ChangeFinder(layout)
    image = np.zeros(layout.image_bytes, dtype=np.uint8)
    freq = []
    for frame_index in range(260):
        image[0] = frame_index % 256 if frame_index < 130 else 129  # changes on each of the frames 1 to 129
        image[4] = frame_index // 50  # on 50, 100, 150 ...
        changes = finder.compare(frame_index, image)
        freq.append(dict(zip(changes.words.tolist(), changes.freq.tolist(), strict=True)))
    assert [freq[i].get(0) for i in (1, 2, 99, 100, 101, 129, 130)] == [1, 2, 99, 100, 100, 100, None]
    assert [freq[i].get(1) for i in (50, 100, 150, 200)] == [1, 2, 2, 2]
