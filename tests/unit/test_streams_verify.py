"""Re-execution finds the first frame that differs, and says what it could not compare."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import CoreError, RomError, StateError
from streams.session import Hole, open_session
from streams.store import MemoryStore
from streams.verify import Verdict, find_rom, verify
from tests.streams_source import Frame, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 700, jumps=(333,)))


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def verdict_of(frames: list[Frame]) -> Verdict:
    store = MemoryStore()
    await record(store, "s", frames)
    return await verify(await open_session(store, "s"), ScriptedBackend())


def with_hash(frames: list[Frame], frame_index: int) -> list[Frame]:
    """Return the frames with one wrong hash."""
    changed = []
    for index, payloads, key in frames:
        wrong = [(kind, _wrong(data) if kind == "frame" else data) for kind, data in payloads]
        changed.append((index, wrong if index == frame_index else payloads, key))
    return changed


def _wrong(data: bytes) -> bytes:
    frame = wire.decode(wire.Frame, data)
    return wire.encode(msgspec.structs.replace(frame, pixels_hash=frame.pixels_hash ^ 1))


def test_a_whole_recording_with_a_reset_is_verified() -> None:
    async def main() -> None:
        assert await verdict_of(FRAMES) == Verdict(verified=700)

    run(main())


@pytest.mark.parametrize("frame_index", [0, 1, 60, 333, 699])
def test_the_first_difference_is_named(frame_index: int) -> None:
    async def main() -> None:
        verdict = await verdict_of(with_hash(FRAMES, frame_index))
        assert verdict.difference is not None
        assert verdict.difference.frame_index == frame_index
        assert str(verdict.difference).startswith(f"frame {frame_index}: recorded hash")
        assert verdict.verified == frame_index

    run(main())


def test_after_a_hole_it_goes_on_at_the_next_savestate() -> None:
    async def main() -> None:
        verdict = await verdict_of(without(FRAMES, 100, 110))
        assert verdict.verified == 700 - 233
        assert [(hole.first_frame, hole.last_frame) for hole in verdict.skipped] == [(100, 332)]
        verdict = await verdict_of(without(FRAMES, 400, 400))
        assert [(hole.first_frame, hole.last_frame) for hole in verdict.skipped] == [(400, 599)]
        verdict = await verdict_of(without(FRAMES, 0, 0))
        assert [(hole.first_frame, hole.last_frame) for hole in verdict.skipped] == [(0, 332)]
        verdict = await verdict_of(without(FRAMES, 650, 660))
        assert [(hole.first_frame, hole.last_frame) for hole in verdict.skipped] == [(650, 699)]
        assert verdict.difference is None

    run(main())


def test_frames_without_video_are_emulated_but_not_compared() -> None:
    async def main() -> None:
        verdict = await verdict_of(without(FRAMES, 10, 12, "frame"))
        assert verdict == Verdict(697, [Hole("frame", 10, 12, "the recording lacks its video")])

    run(main())


def test_a_missing_input_ends_the_comparison_until_the_next_savestate() -> None:
    async def main() -> None:
        verdict = await verdict_of(without(FRAMES, 10, 10, "input"))
        assert [(hole.first_frame, hole.last_frame) for hole in verdict.skipped] == [(10, 332)]

    run(main())


def test_another_core_or_rom_is_said() -> None:
    async def main() -> None:
        store = MemoryStore()
        meta = msgspec.structs.replace(meta_of(ScriptedBackend(), "s"), core="scripted 0")
        await record(store, "s", FRAMES[:5], meta=meta)
        with pytest.raises(CoreError, match=r"'scripted 0', this one is 'scripted 1'.*--core"):
            await verify(await open_session(store, "s"), ScriptedBackend())
        other = ScriptedBackend()
        other.rom_sha256 = "0" * 64
        await record(store, "t", FRAMES[:5])
        with pytest.raises(StateError, match="of the ROM"):
            await verify(await open_session(store, "t"), other)

    run(main())


def test_a_rom_is_found_where_it_was_or_among_the_built_in_games(tmp_path: Path) -> None:
    meta = meta_of(ScriptedBackend(), "s", rom=str(tmp_path / "gone.gba"))
    with pytest.raises(RomError, match=r"gone\.gba any more.*--rom"):
        find_rom(meta)
    built_in = Path(__file__).parents[2] / "runtime/games/emberwood"
    digest = (built_in / "emberwood.gba.sha256").read_text(encoding="ascii").split()[0]
    assert find_rom(msgspec.structs.replace(meta, rom_sha256=digest)) == built_in / "emberwood.gba"
    (tmp_path / "gone.gba").write_bytes(b"another ROM")
    with pytest.raises(RomError):
        find_rom(meta)
