"""A real core re-executes: inputs become frames and memory again, and another core is seen to part."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime.bridges.core_search import find_core, search_folders
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.game import find_game
from streams.compact import compact
from streams.rebuild import Rebuild
from streams.rerecord import beside
from streams.session import Session, open_session
from streams.store import MemoryStore
from streams.verify import Verdict, verify
from tests.streams_source import meta_of, play, record, walk

GBA = CONSOLES["gba"]
GAME = find_game("emberwood")
ROM = GAME.parent / "emberwood.gba"
FRAMES = 400
CORES = [
    path for folder in search_folders() for path in sorted(folder.glob("mgba_libretro.*")) if path.suffix != ".libretro"
]


@pytest.fixture(scope="module")
def recording() -> tuple[MemoryStore, str]:
    """Return a store with the session `s`, played from power-on, and its core's name; the core is closed again."""
    backend = LibretroBackend(find_core(GBA), ROM, GBA)
    store = MemoryStore()
    game_toml = GAME.read_text(encoding="utf-8")
    try:
        frames = list(play(backend, FRAMES, game_toml=game_toml, held=walk))
        run(_record(store, frames, backend, game_toml))
    finally:
        backend.close()
    return store, backend.core


async def _record(store: MemoryStore, frames: list[Any], backend: LibretroBackend, game_toml: str) -> None:
    await record(store, "s", frames, meta=meta_of(backend, "s", rom=str(ROM), game_toml=game_toml))


@pytest.fixture
def other_core(recording: tuple[MemoryStore, str]) -> Iterator[LibretroBackend]:
    """Load an mGBA of another version."""
    for path in CORES:
        backend = LibretroBackend(path, ROM, GBA)
        if backend.core != recording[1]:
            yield backend
            backend.close()
            return
        backend.close()
    pytest.skip("there is one version of mGBA here, not two")


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def reduced(store: MemoryStore, name: str) -> Session:
    backend = LibretroBackend(find_core(GBA), ROM, GBA)
    try:
        return await compact(store, await open_session(store, "s"), name, backend)
    finally:
        backend.close()


def test_a_real_game_comes_back_from_its_inputs(recording: tuple[MemoryStore, str]) -> None:
    store, _ = recording

    async def main() -> None:
        full, small = await open_session(store, "s"), await reduced(store, "small")
        assert small.stored.stored_bytes * 10 < full.stored.stored_bytes
        count = 0
        async for _, first, second in beside(full, small, ("input", "frame", "memory", "state")):
            assert first is not None
            assert second is not None
            assert np.array_equal(first.rgb(), second.rgb())
            assert np.array_equal(first.memory_image().image, second.memory_image().image)
            assert (first.state, first.input) == (second.state, second.input)
            count += 1
        assert count == FRAMES
        for start in (250, 7, 399):
            tick = await anext(small.ticks(("frame",), start=start))
            there = await anext(full.ticks(("frame",), start=start))
            assert tick.pixels_hash == there.pixels_hash

    run(main())


def test_the_core_is_let_go_when_reading_ends_early(recording: tuple[MemoryStore, str]) -> None:
    store, _ = recording

    async def main() -> None:
        small = await reduced(store, "early")
        ticks = small.ticks(("frame",))
        await anext(ticks)
        assert Rebuild.busy()
        await ticks.aclose()
        assert not Rebuild.busy()

    run(main())


def test_another_version_of_the_core_parts_and_says_where(
    recording: tuple[MemoryStore, str], other_core: LibretroBackend
) -> None:
    store, core = recording

    async def main() -> None:
        verdict = await verify(await open_session(store, "s"), other_core)
        assert (verdict.recorded_core, verdict.core) == (core, other_core.core)
        assert verdict.skipped == []
        assert verdict.memory_parted is not None
        assert verdict.memory_parted.memory
        if verdict.difference is not verdict.memory_parted:
            assert verdict.difference is not None
            assert verdict.difference.frame_index == verdict.verified > 0
            assert verdict.difference.recorded is not None

    run(main())


def test_another_version_of_the_core_cannot_rebuild(
    recording: tuple[MemoryStore, str], other_core: LibretroBackend
) -> None:
    store, core = recording
    path = other_core.core_path
    other_core.close()

    async def main() -> None:
        await reduced(store, "mine")
        session = await open_session(store, "mine", core=str(path))
        with pytest.raises(CoreError, match=f"of the core {core!r}"):
            await anext(session.ticks(("frame",)))
        assert (await anext((await open_session(store, "mine", rom=Path(ROM))).ticks(("frame",)))).frame is not None

    run(main())


def test_a_branch_of_another_core_is_not_compared(
    recording: tuple[MemoryStore, str], other_core: LibretroBackend
) -> None:
    store, core = recording

    async def main() -> None:
        session = await open_session(store, "s")
        meta = msgspec.structs.replace(session.meta, session="branch", parent="s@0")
        frames = [
            (tick.frame_index, list(tick.payloads), tick.has("savestate")) async for tick in session.ticks(end=30)
        ]
        await record(store, "branch", frames, meta=meta)
        verdict = await verify(await open_session(store, "branch"), other_core)
        assert (verdict.verified, verdict.difference) == (0, None)
        assert [hole.reason for hole in verdict.skipped] == [
            f"they begin at a savestate of {core}, which {other_core.core} cannot load"
        ]

    run(main())


def test_the_same_core_verifies_every_frame(recording: tuple[MemoryStore, str]) -> None:
    store, _ = recording

    async def main() -> None:
        backend = LibretroBackend(find_core(GBA), ROM, GBA)
        try:
            verdict = await verify(await open_session(store, "s"), backend)
        finally:
            backend.close()
        assert verdict == Verdict(verified=FRAMES)
        assert verdict.memory_checked == 7

    run(main())
