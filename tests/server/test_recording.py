"""The reading API against a real server, as a notebook uses it."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

import streams
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from streams.archive.export import export
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import held_on, play, record

FRAMES = list(play(ScriptedBackend(), 300))


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a state folder with a recording and no server running."""

    async def write() -> None:
        embedded = EmbeddedServer(tmp_path / "nats")
        await embedded.start()
        bus = await connect(NatsOptions(url=embedded.url), "test")
        await record(JetStreamStore(bus), "quest", FRAMES)
        await bus.close()
        await embedded.stop()

    asyncio.run(write())
    monkeypatch.setenv("FRAMEWIRE_HOME", str(tmp_path))
    monkeypatch.setenv("FRAMEWIRE_NATS", "")
    return tmp_path


def test_a_recording_by_name(state: Path) -> None:
    backend = ScriptedBackend()
    pixels = []
    for i in range(300):
        backend.step(frozenset(held_on(i)))
        pixels.append(np.array(backend.frame()))
    with streams.open_recording("quest") as rec:
        assert (rec.name, rec.first_frame, rec.last_frame, len(rec), rec.holes) == ("quest", 0, 299, 300, ())
        for i in np.random.default_rng(2).permutation(300)[:40]:
            assert np.array_equal(rec.raw(int(i)), pixels[i])
        assert np.array_equal(rec.frames(100, 163, native=True), np.stack(pixels[100:164]))
        assert rec.state("frame")["frame"].tolist() == list(range(1, 301))
        assert rec.inputs().held("RIGHT").tolist() == ["RIGHT" in held_on(i) for i in range(300)]
        left = [tick.frame_index for tick, _ in zip(rec.ticks(("input",), 10), range(5), strict=False)]
        assert left == [10, 11, 12, 13, 14]
        with streams.open_recording("quest") as second:  # attaches to the first one's server
            assert second.memory(7, "ewram").tobytes() == rec.memory(7, "ewram").tobytes()
        assert rec.events()[-1].name == "session.ended"
    assert not (state / "nats/server.json").exists()
    assert "recording" not in {thread.name for thread in threading.enumerate()}


def test_an_archive_reads_as_the_session_it_was_made_of(tmp_path: Path) -> None:
    async def write() -> None:
        store = MemoryStore()
        await record(store, "quest", FRAMES)
        await export(store, await open_session(store, "quest"), tmp_path / "quest.mcap", images=False)

    asyncio.run(write())
    backend = ScriptedBackend()
    with streams.open_recording(tmp_path / "quest.mcap") as rec:
        assert (rec.name, len(rec), rec.status) == ("quest", 300, "complete")
        for i in range(300):
            backend.step(frozenset(held_on(i)))
            if i % 29 == 0:
                assert np.array_equal(rec.raw(i), backend.frame())
                assert np.array_equal(rec.memory(i, "ewram"), backend.memory()["ewram"])
        assert rec.inputs().held("A").tolist() == ["A" in held_on(i) for i in range(300)]


def test_a_recording_that_is_not_there_leaves_nothing_running(state: Path) -> None:
    with pytest.raises(SessionError, match="no recorded session 'x'; there are quest"):
        streams.open_recording("x")
    assert not (state / "nats/server.json").exists()
    assert "recording" not in {thread.name for thread in threading.enumerate()}
