"""Re-execution finds the first frame that differs, and says what it could not compare."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import RomError, StateError, UsageError
from runtime.memory_codec import MemoryDecoder, MemoryEncoder
from streams.difference import ChangedByte, write_report
from streams.execution import find_rom, open_backend, other_options
from streams.session import Hole, open_session
from streams.store import MemoryStore
from streams.verify import Verdict, verify
from tests.inputs_source import inputs_meta, inputs_only
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


async def foreign_verdict(frames: list[Frame], **meta: str) -> Verdict:
    """Verify a recording of an older core."""
    store = MemoryStore()
    old = msgspec.structs.replace(meta_of(ScriptedBackend(), "s"), **{"core": "older 0", **meta})
    await record(store, "s", frames, meta=old)
    return await verify(await open_session(store, "s"), ScriptedBackend())


def test_another_core_follows_from_power_on_and_its_own_resets() -> None:
    async def main() -> None:
        verdict = await foreign_verdict(FRAMES[:300])
        assert (verdict.verified, verdict.skipped, verdict.difference) == (300, [], None)
        assert (verdict.recorded_core, verdict.core) == ("older 0", "scripted 1")
        frames = list(FRAMES)
        reset = wire.Event(source="bridge", frame_index=332, sent_ns=0, name="control.reset")
        frames[333] = (333, [*frames[333][1], ("event", wire.encode(reset))], True)
        assert (await foreign_verdict(frames)).verified == 700
        # A state was loaded there, or nobody knows: another core cannot be where the recording was.
        verdict = await foreign_verdict(FRAMES)
        why = "they begin at a savestate of older 0, which scripted 1 cannot load"
        assert (verdict.verified, verdict.skipped) == (333, [Hole("frame", 333, 699, why)])

    run(main())


def test_a_branch_cannot_be_followed_by_another_core_but_by_another_version() -> None:
    async def main() -> None:
        verdict = await foreign_verdict(FRAMES[:50], parent="other@12")
        assert (verdict.verified, [hole.frames for hole in verdict.skipped]) == (0, [50])
        verdict = await foreign_verdict(FRAMES[:50], parent="other@12", core="scripted 0")
        assert verdict.verified == 50

    run(main())


class _Otherwise(ScriptedBackend):
    """Another core: one byte of memory is another from the start, and the picture from frame 40 on."""

    def __init__(self) -> None:
        super().__init__()
        self.core = "other 1"

    def _show(self, held: int) -> None:
        super()._show(held)
        self._memory["iwram"][7] = 9
        if self._frame > 40:
            self._picture[3, 5] = 1


def test_another_core_parts_in_memory_first_and_then_in_the_picture() -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES)
        verdict = await verify(await open_session(store, "s"), _Otherwise())
        assert verdict.memory_parted is not None
        assert verdict.memory_parted.frame_index == 0
        assert [str(byte) for byte in verdict.memory_parted.memory] == ["iwram 0x03000007 00 → 09"]
        assert verdict.difference is not None
        assert (verdict.difference.frame_index, verdict.verified) == (40, 40)
        changed = verdict.difference.changed_pixels()
        assert changed is not None
        assert np.argwhere(changed).tolist() == [[3, 5]]

    run(main())


def test_an_imported_session_has_no_emulator() -> None:
    meta = msgspec.structs.replace(meta_of(ScriptedBackend(), "s"), origin="video")
    with pytest.raises(RomError, match=r"'s' was imported \(video\)"):
        open_backend(meta)


def test_options_that_differ_are_named() -> None:
    backend = ScriptedBackend()
    backend.core_options = {"speed": "2", "bios": "off"}
    meta = meta_of(backend, "s")
    assert other_options(meta, backend) == []
    meta = msgspec.structs.replace(meta, core_options={"speed": "1", "bios": "off", "gone": "x"})
    assert other_options(meta, backend) == ["speed was 1, here it is 2"]


def test_another_rom_is_refused() -> None:
    async def main() -> None:
        store = MemoryStore()
        other = ScriptedBackend()
        other.rom_sha256 = "0" * 64
        await record(store, "t", FRAMES[:5])
        with pytest.raises(StateError, match="of the ROM"):
            await verify(await open_session(store, "t"), other)

    run(main())


def poked(frames: list[Frame], frame_index: int, offset: int, value: int) -> list[Frame]:
    """Return frames whose recorded memory has another byte from one frame on, as a core's mistake would leave it."""
    decoder, encoder = MemoryDecoder(), MemoryEncoder(ScriptedBackend().regions)
    changed = []
    for index, payloads, key in frames:
        kept = []
        for kind, data in payloads:
            if kind == "memory":
                diff = wire.decode(wire.MemoryDiff, data)
                decoder.apply(diff)
                regions = {region.name: decoder.region(region.name).copy() for region in decoder.regions}
                if index >= frame_index:
                    regions["ewram"][offset] = value
                if diff.whole:
                    encoder.force_whole()
                kept.append((kind, wire.encode(encoder.encode(index, regions, 0))))
            else:
                kept.append((kind, data))
        changed.append((index, kept, key))
    return changed


@pytest.mark.parametrize("frame_index", [0, 1, 59, 60, 77, 334, 500, 660])
def test_the_first_frame_with_other_memory_is_found_though_pictures_are_equal(frame_index: int) -> None:
    async def main() -> None:
        verdict = await verdict_of(poked(FRAMES, frame_index, 0x123, 0x5A))
        difference = verdict.difference
        assert difference is not None
        assert (difference.frame_index, difference.picture_differs) == (frame_index, False)
        assert difference.memory == (ChangedByte("ewram", 0x0200_0123, 0x5A, 0),)
        assert "the picture is equal, memory differs" in str(difference)
        assert difference.lines() == ["memory: 1 bytes differ: ewram 0x02000123 5A → 00"]

    run(main())


def test_watches_that_differ_are_named() -> None:
    async def main() -> None:
        verdict = await verdict_of(poked(FRAMES, 130, 5, 7))
        assert verdict.difference is not None
        (watch,) = verdict.difference.watches
        assert watch.name == "player.x"
        assert int(watch.recorded) >> 8 == 7
        assert int(watch.emulated) >> 8 == 0

    run(main())


def test_memory_that_is_not_in_the_recording_is_not_compared() -> None:
    async def main() -> None:
        verdict = await verdict_of(without(FRAMES, 0, 699, "memory"))
        assert (verdict.verified, verdict.memory_checked) == (700, 0)
        assert (await verdict_of(FRAMES)).memory_checked == 13
        damaged = [
            (i, [(kind, _truncated(data) if kind == "memory" and i == 60 else data) for kind, data in payloads], key)
            for i, payloads, key in FRAMES
        ]
        verdict = await verdict_of(damaged)
        assert (verdict.verified, verdict.memory_unreadable) == (700, 1)

    run(main())


def _truncated(data: bytes) -> bytes:
    diff = wire.decode(wire.MemoryDiff, data)
    return wire.encode(msgspec.structs.replace(diff, data=diff.data[:-5]))


@pytest.mark.parametrize(("start", "end"), [(0, 10), (5, 5), (120, 400), (333, 699), (650, 699)])
def test_a_range_begins_at_the_savestate_before_it(start: int, end: int) -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES)
        session = await open_session(store, "s")
        seen = 0

        def count() -> None:
            nonlocal seen
            seen += 1

        verdict = await verify(session, ScriptedBackend(), count, start=start, end=end)
        assert verdict == Verdict(verified=end - start + 1)
        assert seen == end - start + 1
        with pytest.raises(UsageError, match="frames 5 to 700: session 's' has frames 0 to 699"):
            await verify(session, ScriptedBackend(), start=5, end=700)

    run(main())


def test_a_session_of_inputs_is_verified_by_its_hashes() -> None:
    async def main() -> None:
        store = MemoryStore()
        reduced = inputs_only(FRAMES)
        meta = inputs_meta(ScriptedBackend(), "s")
        await record(store, "s", reduced, meta=meta)
        verdict = await verify(await open_session(store, "s"), ScriptedBackend())
        assert verdict == Verdict(verified=700)
        assert verdict.memory_checked == 12
        await record(store, "t", inputs_only(poked(FRAMES, 130, 5, 7)), meta=msgspec.structs.replace(meta, session="t"))
        verdict = await verify(await open_session(store, "t"), ScriptedBackend())
        assert verdict.difference is not None
        assert verdict.difference.frame_index == 180
        assert verdict.difference.lines() == [
            "memory: its hash differs; the recording holds no bytes of it to show; it was equal at frame 120"
        ]
        await record(store, "u", without(reduced, 9, 9, "hash"), meta=msgspec.structs.replace(meta, session="u"))
        verdict = await verify(await open_session(store, "u"), ScriptedBackend())
        assert verdict == Verdict(699, [Hole("frame", 9, 9, "the recording lacks its hash")])

    run(main())


def test_a_report_shows_both_pictures_and_every_byte(tmp_path: Path) -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES)
        verdict = await verify(await open_session(store, "s"), _Otherwise())
        assert verdict.difference is not None
        folder = tmp_path / "report"
        names = ["difference.png", "emulated.png", "memory.csv", "recorded.png", "report.json"]
        assert write_report(folder, verdict.difference, {"session": "s"}) == names
        assert sorted(path.name for path in folder.iterdir()) == names
        pictures = {
            name: np.asarray(Image.open(folder / f"{name}.png")) for name in ("recorded", "emulated", "difference")
        }
        assert np.argwhere((pictures["recorded"] != pictures["emulated"]).any(axis=2)).tolist() == [[3, 5]]
        assert np.argwhere((pictures["difference"] == (255, 0, 0)).all(axis=2)).tolist() == [[3, 5]]
        rows = (folder / "memory.csv").read_text(encoding="ascii").splitlines()
        assert rows == ["region,address,recorded,emulated", "iwram,0x03000007,0x00,0x09"]
        told = msgspec.json.decode((folder / "report.json").read_bytes())
        assert (told["session"], told["frame_index"], told["picture"]["changed_pixels"]) == ("s", 40, 1)
        write_report(folder, verdict.difference, {})
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine/notes.txt").write_text("keep", encoding="ascii")
        with pytest.raises(UsageError, match=r"no report of `verify`; name another folder with --report"):
            write_report(tmp_path / "mine", verdict.difference, {})
        assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "report"]

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
