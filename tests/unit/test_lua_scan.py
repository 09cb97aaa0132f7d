"""lua/scan.lua in real Lua 5.4: five chunks that cover a region, and pages that are read only when they changed."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lupa.lua54 import LuaRuntime

import lua
from runtime.console import CONSOLES
from streams.framesets.layout import chunk_bytes

SCRIPT = Path(lua.__file__).parent / "scan.lua"


RUNTIME = LuaRuntime()


@pytest.fixture
def scan() -> Any:
    return RUNTIME.execute(SCRIPT.read_text())


def region(size: int, **more: int) -> Any:
    return RUNTIME.table_from({"name": "iwram", "domain": "IWRAM", "size": size, **more})


@pytest.mark.parametrize("size", [1, 3, 4, 5, 19, 20, 21, 127, 0x800, 0x2000, 0x8000, 0x40000])
def test_five_chunks_cover_a_region_once(scan: Any, size: int) -> None:
    spans = [scan.span(region(size), chunk) for chunk in range(5)]
    assert (spans[0][0], spans[-1][1]) == (0, size)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert all(first % 4 == 0 or first == past for first, past in spans)
    assert scan.chunk_bytes(size) == chunk_bytes(size), "as Python counts them"


def test_a_gbas_chunks_are_those_of_the_requirements(scan: Any) -> None:
    sizes = {area.name: scan.chunk_bytes(area.size) for area in CONSOLES["gba"].memory}
    assert sizes == {"ewram": 52_432, "iwram": 6_556}


@pytest.mark.parametrize("chunk", [6_552, 6_557, 0])
def test_chunks_that_do_not_cover_a_region_are_refused(scan: Any, chunk: int) -> None:
    problem = scan.problem(region(0x8000, chunk=chunk))
    assert problem == (
        f"iwram: chunks of {chunk} bytes; allowed are multiples of 4 from 6556 on, so that 5 cover its 32768 bytes"
    )
    assert scan.problem(region(0x8000, chunk=8192)) is None
    assert scan.span(region(0x8000, chunk=8192), 3) == (24576, 32768)
    assert scan.span(region(0x8000, chunk=8192), 4) == (32768, 32768)


class Memory:
    """EmuHawk's memory library over some bytes; notes what is read."""

    def __init__(self, size: int) -> None:
        self.bytes = bytearray(size)
        self.read: list[tuple[int, int]] = []
        self.table = RUNTIME.table_from({"hash_region": self._hash, "read_bytes_as_array": self._read})

    def _hash(self, offset: int, length: int, domain: str) -> str:
        assert 0 <= offset < offset + length <= len(self.bytes)
        return self.bytes[offset : offset + length].hex()

    def _read(self, offset: int, length: int, domain: str) -> Any:
        self.read.append((offset, length))
        return RUNTIME.table_from(list(self.bytes[offset : offset + length]))


def test_only_pages_that_changed_are_read_and_only_changed_words_found(scan: Any) -> None:
    memory = Memory(0x8000)
    finder, iwram = scan.words(memory.table), region(0x8000)

    def changed(chunk: int) -> list[tuple[int, int, int]]:
        memory.read.clear()
        return [(word.offset, word.before, word.after) for word in finder.changed(iwram, chunk).values()]

    for chunk in range(5):
        assert changed(chunk) == [], "the first time nothing is known"
        assert sum(length for _, length in memory.read) == (6556 if chunk < 4 else 0x8000 - 4 * 6556)
    assert changed(1) == []
    assert memory.read == []
    memory.bytes[6556] = 0xAB
    memory.bytes[6556 + 1030 : 6556 + 1034] = b"\x01\x02\x03\x84"
    assert changed(0) == []
    assert changed(1) == [(6556, 0, 0xAB), (7584, 0, 0x02010000), (7588, 0, 0x8403)]
    assert memory.read == [(6556, 1024), (7580, 1024)]
    assert changed(1) == []
    memory.bytes[-1] = 7
    assert changed(4) == [(0x7FFC, 0, 0x07000000)]
