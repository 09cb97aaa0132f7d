"""Following a session while a real bridge plays it, over a server that restarts, and from a synchronous trainer."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvloop

import streams
from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.private_loop import PrivateLoop
from streams.datasets.rows import Row, Sampling, rows
from streams.following import Pace, follow_session
from streams.jetstream_store import JetStreamStore
from streams.session import HoleFinder, open_session
from streams.store import MemoryStore
from tests.streams_source import meta_of, play, record

RUNTIME = Path(sys.executable).parent / "runtime"

WAIT_S = 30.0
FRAMES = list(play(ScriptedBackend(), 400))


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


def assert_equal(found: list[Row], wanted: list[Row]) -> None:
    assert [row.frame_index for row in found] == [row.frame_index for row in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(np.stack(one.stack), np.stack(other.stack))
        assert (one.action, one.held, one.episode_index, one.state) == (
            other.action,
            other.held,
            other.episode_index,
            other.state,
        )


async def stored_rows(store: JetStreamStore, name: str, sampling: Sampling | None = None) -> list[Row]:
    session = await open_session(store, name)
    return [row async for row in rows(session, HoleFinder(()), sampling)]


def test_a_live_session_is_followed_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame arrives exactly once, in order, while the game is played, and equals what is stored afterwards."""
    monkeypatch.setenv("FRAMEWIRE_HOME", str(tmp_path / "state"))
    loop = PrivateLoop("server")
    embedded = EmbeddedServer(tmp_path / "nats")
    loop.call(embedded.start())
    output = tmp_path / "output.txt"
    with output.open("wb") as file:
        game = subprocess.Popen(
            [RUNTIME, "up", "--rom", "scripted", "--session", "live", "--nats", embedded.url],
            cwd=tmp_path,
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
        )
    try:
        deadline = time.monotonic() + WAIT_S
        while "session.started" not in output.read_text():
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.05)
        found: list[Row] = []
        with streams.follow("live", nats=embedded.url, pace=Pace(poll_s=0.1)) as stream:
            while len(found) < 100:
                found.append(next(stream))
            assert game.poll() is None  # it is still being played
            positions = stream.positions
        with streams.follow("live", nats=embedded.url, pace=Pace(poll_s=0.1), positions=positions) as stream:
            while len(found) < 200:
                found.append(next(stream))
            game.send_signal(signal.SIGINT)
            found += stream
            assert stream.lag_frames == 0
        assert game.wait(WAIT_S) == 0, output.read_text()
    finally:
        if game.poll() is None:
            game.kill()
        game.wait()

    async def main() -> None:
        bus = await connect(NatsOptions(url=embedded.url), "test")
        assert_equal(found, await stored_rows(JetStreamStore(bus), "live"))
        await bus.close()

    run(main())
    loop.call(embedded.stop())
    loop.close()


def test_it_survives_a_killed_server(tmp_path: Path) -> None:
    async def main() -> None:
        server = EmbeddedServer(tmp_path / "nats")
        await server.start()
        bus = await connect(NatsOptions(url=server.url), "test")
        store = JetStreamStore(bus)
        whole = MemoryStore()
        await record(whole, "s", FRAMES)
        await store.create(meta_of(ScriptedBackend(), "s"))
        count = (await whole.describe("s")).chunks

        async def write(first: int, last: int) -> None:
            for position in range(first, last + 1):
                chunk = await whole.read("s", position)
                await store.append("s", position, chunk.kind, wire.encode(chunk))

        await write(1, count // 2)
        found: list[Row] = []
        async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as tasks:

            async def restart() -> None:
                os.kill(server.pid, signal.SIGKILL)
                await server.wait()
                await asyncio.sleep(0.5)
                await server.start()
                while not bus.connected:  # noqa: ASYNC110 - the bus says it no other way
                    await asyncio.sleep(0.05)
                await write(count // 2 + 1, count)
                await store.complete("s")

            async for row in follow_session(store, "s", sampling=Sampling(stack=2), pace=Pace(poll_s=0.05)):
                found.append(row)
                if len(found) == 50:
                    tasks.create_task(restart())
        assert_equal(found, await stored_rows(store, "s", Sampling(stack=2)))
        assert len(found) == 400
        await bus.close()
        await server.stop()

    run(main())


def test_errors_reach_a_synchronous_trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEWIRE_HOME", str(tmp_path))
    with streams.follow("x") as stream, pytest.raises(SessionError, match="no recorded session 'x'; there are none"):
        next(stream)
    assert not (tmp_path / "nats/server.json").exists()
