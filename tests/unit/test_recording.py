"""A recording as arrays, columns and lists, whatever it lacks."""

import asyncio
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

import streams
from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError, UsageError
from runtime.pixels import FORMATS, Raw, RgbPainter, to_rgb
from streams.grouping import Cuts
from streams.recorder import Limits
from streams.recording import Recording, recording_in
from streams.session import Hole
from streams.store import MemoryStore
from tests.streams_source import Frame, held_on, meta_of, play, record, without

COUNT = 300
FRAMES = list(play(ScriptedBackend(), COUNT))
META = meta_of(ScriptedBackend(), "s")


def emulate(count: int) -> tuple[list[Raw], list[bytes], str]:
    """Return the pixels and work memory of each frame, and the pixel format."""
    backend = ScriptedBackend()
    pixels, memory = [], []
    for i in range(count):
        backend.step(frozenset(held_on(i)))
        pixels.append(np.array(backend.frame()))
        memory.append(bytes(backend.memory()["ewram"]))
    return pixels, memory, backend.pixel_format


RAW, EWRAM, FORMAT = emulate(COUNT)
RGB = np.stack([to_rgb(raw, FORMAT) for raw in RAW])


def recorded(frames: list[Frame], limits: Limits | None = None) -> Recording:
    store = MemoryStore()
    asyncio.run(record(store, "s", frames, limits=limits))
    return recording_in(store, "s")


@pytest.fixture
def rec() -> Iterator[Recording]:
    with recorded(FRAMES) as recording:
        yield recording


@pytest.mark.parametrize("kind_bytes", [256 << 10, 9_000])
def test_every_frame_can_be_had_in_any_order(kind_bytes: int) -> None:
    with recorded(FRAMES, Limits(Cuts(kind_bytes=kind_bytes))) as rec:
        for i in np.random.default_rng(1).permutation(COUNT):
            assert np.array_equal(rec.frame(int(i)), RGB[i])
            assert np.array_equal(rec.raw(int(i)), RAW[i])


def test_slices_are_as_pythons(rec: Recording) -> None:
    for key in (slice(100, 164), slice(None, None, 4), slice(-5, None), slice(250, 9999, 7), slice(7, 7)):
        assert np.array_equal(rec[key], RGB[key])
    assert rec[10:20].dtype == np.uint8
    assert np.array_equal(rec[42], RGB[42])
    assert np.array_equal(rec[-1], RGB[-1])
    assert np.array_equal(rec.frames(0, COUNT - 1, 250), RGB[::250])
    assert np.array_equal(rec.frames(5, 9, native=True), np.stack(RAW[5:10]))
    assert sum(1 for _ in rec) == len(rec) == COUNT


def test_what_is_out_of_range_says_what_there_is(rec: Recording) -> None:
    with pytest.raises(UsageError, match="frames 300 to 300: session 's' has frames 0 to 299"):
        rec.frame(300)
    with pytest.raises(IndexError, match="frame 300: 's' has frames 0 to 299"):
        rec[300]
    with pytest.raises(IndexError, match="frame -301"):
        rec[-301]
    with pytest.raises(UsageError, match="step 0"):
        rec.frames(0, 9, 0)
    with pytest.raises(UsageError, match="step -1"):
        rec[::-1]


def test_missing_frames_raise_or_repeat() -> None:
    with recorded(without(FRAMES, 70, 99)) as rec:  # and 100 to 119 cannot be decoded before the next key
        with pytest.raises(SessionError, match="lacks the pixels of frame 80"):
            rec.frame(80)
        with pytest.raises(SessionError, match="lacks the pixels of 50 of 100 frames: 70 to 119; missing="):
            rec[50:150]
        filled = rec.frames(60, 129, missing="repeat")
        assert np.array_equal(filled[:10], RGB[60:70])
        assert (filled[10:60] == RGB[69]).all()
        assert np.array_equal(filled[60:], RGB[120:130])
        assert (rec.frames(110, 121, missing="repeat")[:10] == RGB[120]).all()
        with pytest.raises(SessionError, match="10 of 10 frames: 80 to 89"):
            rec.frames(80, 89, missing="repeat")
        assert Hole("frame", 70, 99, "never written") in rec.holes
        assert np.array_equal(rec.frame(120), RGB[120])


def test_memory_at_a_frame(rec: Recording) -> None:
    for i in (0, 59, 60, 123, 299):
        assert bytes(rec.memory(i, "ewram")) == EWRAM[i]
    rec.memory(5, "ewram")[:] = 0  # a copy
    assert bytes(rec.memory(5, "ewram")) == EWRAM[5]
    with pytest.raises(UsageError, match="no memory region 'vram'; there are ewram"):
        rec.memory(5, "vram")


def test_memory_that_is_missing() -> None:
    with (
        recorded(without(FRAMES, 70, 70, "memory")) as rec,
        pytest.raises(SessionError, match="lacks the memory of frame 70"),
    ):
        rec.memory(70, "ewram")


def test_state_as_columns() -> None:
    with recorded(without(FRAMES, 70, 79, "state")) as rec:
        columns = rec.state("frame", start=60, end=99)
        wanted = [*range(60, 70), *range(80, 100)]
        assert columns["frame_index"].tolist() == wanted
        assert columns["frame"].tolist() == [i + 1 for i in wanted]
        assert columns["frame"].dtype == np.int64
        assert set(rec.state()) == {"frame_index", "frame", "player.x"}
        with pytest.raises(UsageError, match=r"no watch player.z; there are frame, player.x"):
            rec.state("player.z")


def test_a_value_that_is_missing_is_nan() -> None:
    frames = list(FRAMES[:3])
    state = wire.State(frame_index=1, sent_ns=0, values={"frame": 2})
    frames[1] = (1, [("state", wire.encode(state)), *[item for item in frames[1][1] if item[0] != "state"]], False)
    with recorded(frames) as rec:
        x = rec.state("player.x")["player.x"]
        assert x.dtype == np.float64
        assert np.isnan(x).tolist() == [False, True, False]


def test_inputs_as_columns(rec: Recording) -> None:
    inputs = rec.inputs(start=10, end=20)
    assert inputs.frame_index.tolist() == list(range(10, 21))
    assert inputs.buttons.shape == (11, len(rec.meta.buttons))
    for i, row in zip(inputs.frame_index, inputs.buttons, strict=True):
        assert {name for name, held in zip(inputs.names, row, strict=True) if held} == set(held_on(i))
    assert inputs.held("RIGHT").tolist() == ["RIGHT" in held_on(i) for i in range(10, 21)]
    assert set(inputs.actor) == {"reflex"}
    assert set(inputs.plan_id) == {"p0"}
    with pytest.raises(UsageError, match="no button 'TURBO'; there are"):
        inputs.held("TURBO")


def test_events_plans_and_gaps() -> None:
    missed = wire.Gap(source="tactic", sent_ns=0, kind="state", first_frame=3, last_frame=4, count=2, reason="slow")
    frames = list(play(ScriptedBackend(), COUNT))
    frames[5][1].append(("gap", wire.encode(missed)))
    with recorded(frames) as rec:
        assert rec.events()[-1].name == "session.ended"
        assert [event.name for event in rec.events(end=200)][:1] == ["episode.success"]
        assert [plan.frame_index for plan in rec.plans()] == [9, 59, 109, 159, 209, 259]
        assert rec.gaps() == [missed]
        assert rec.gaps(start=6) == []


def test_ticks_can_be_left_early(rec: Recording) -> None:
    seen = []
    for tick in rec.ticks(("frame", "memory"), start=50):
        assert bytes(tick.memory("ewram")) == EWRAM[tick.frame_index]
        seen.append(tick.frame_index)
        if tick.frame_index == 130:
            break
    assert seen == list(range(50, 131))
    with pytest.raises(UsageError, match="view: not recorded"):
        next(rec.ticks(("view",)))


def test_it_works_inside_a_running_loop(rec: Recording) -> None:
    async def cell() -> int:
        return int(rec[3:6].sum()) + len(rec.events())

    assert asyncio.run(cell()) == int(RGB[3:6].sum()) + len(rec.events())


def test_refresh_sees_what_came_since() -> None:
    whole, store = MemoryStore(), MemoryStore()

    async def copy_to(group: int) -> None:
        first = (await store.describe("s")).chunks + 1
        for position in range(first, (await whole.describe("s")).chunks + 1):
            chunk = await whole.read("s", position)
            if chunk.group <= group:
                await store.append("s", position, chunk.kind, wire.encode(chunk))

    asyncio.run(record(whole, "s", FRAMES[:120]))
    asyncio.run(store.create(META))
    asyncio.run(copy_to(0))
    with recording_in(store, "s") as rec:
        assert (len(rec), rec.status) == (60, "recording")
        asyncio.run(copy_to(99))
        asyncio.run(store.complete("s"))
        assert len(rec) == 60
        rec.refresh()
        assert (len(rec), rec.status) == (120, "complete")
        assert np.array_equal(rec[50:120], RGB[50:120])


def test_a_closed_recording_says_so(rec: Recording) -> None:
    rec.close()
    rec.close()
    with pytest.raises(UsageError, match="it was closed"):
        rec.events()


def test_a_session_that_is_not_there() -> None:
    with pytest.raises(SessionError, match="no recorded session 'x'; there are none"):
        recording_in(MemoryStore(), "x")


def test_frames_of_another_size_are_no_array() -> None:
    store = MemoryStore()
    meta = msgspec.structs.replace(META, width=160, height=144)
    asyncio.run(record(store, "s", FRAMES[:10], meta=meta))
    with recording_in(store, "s") as rec:
        with pytest.raises(SessionError, match=r"frame 0 is 240x160 .*, the session 160x144"):
            rec[:5]
        assert np.array_equal(rec.frame(3), RGB[3])


@pytest.mark.parametrize("name", FORMATS)
def test_painting_is_to_rgb(name: str) -> None:
    painter = RgbPainter()
    for shape in ((160, 240), (1, 1), (3, 7)):
        raw = np.random.default_rng(5).integers(0, 1 << 16, shape).astype(FORMATS[name].dtype)
        out = np.empty((*shape, 3), np.uint8)
        painter.paint(raw, name, out)
        assert np.array_equal(out, to_rgb(raw, name))
        planes = np.empty((3, *shape), np.uint8)
        painter.paint(raw, name, planes.transpose(1, 2, 0))
        assert np.array_equal(planes.transpose(1, 2, 0), out)


def test_the_front_door_is_sorted_and_whole() -> None:
    assert streams.__all__ == sorted(streams.__all__)
    assert all(hasattr(streams, name) for name in streams.__all__)
