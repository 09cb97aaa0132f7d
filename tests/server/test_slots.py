"""Slots in memory and in JetStream keep one contract; and what a server that is away, slow or new does to them."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import pytest

from runtime import wire
from runtime.backend import pack_state
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import ControlError
from runtime.jetstream_slots import JetStreamSlots
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import find_binary
from runtime.slots import MemorySlots, Slots
from runtime.subjects import SLOTS_BUCKET, SessionId
from tests.stores import jetstream

A, B = SessionId("a"), SessionId("b")

OpenSlots = Callable[[Path], AbstractAsyncContextManager[Slots]]


def state(frame: int = 5, size: int = 0) -> wire.Savestate:
    """Return a state; with `size`, one of that many bytes that do not compress."""
    packed = pack_state(ScriptedBackend(), frame, 1, "slot")
    return msgspec.structs.replace(packed, data=os.urandom(size)) if size else packed


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to hold")


@contextlib.asynccontextmanager
async def memory(folder: Path) -> AsyncIterator[Slots]:
    yield MemorySlots()


@contextlib.asynccontextmanager
async def jetstream_slots(folder: Path) -> AsyncIterator[Slots]:
    async with jetstream(folder) as (_, bus):
        yield JetStreamSlots(bus)


@pytest.fixture(params=[memory, jetstream_slots], ids=["MemorySlots", "JetStreamSlots"])
def opened(request: pytest.FixtureRequest) -> OpenSlots:
    found: OpenSlots = request.param
    return found


def test_a_slot_gives_back_what_was_saved_last(opened: OpenSlots, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as slots:
            await slots.save(A, "one", state(1))
            await slots.save(A, "two", state(2))
            await slots.save(A, "one", state(3))
            await slots.save(B, "one", state(4))
            assert await slots.load(A, "one") == state(3)
            assert await slots.load(A, "two") == state(2)
            assert await slots.load(B, "one") == state(4)

    asyncio.run(main())


@pytest.mark.parametrize("size", [100_000, 128 * 1024, 1_000_000])
def test_a_state_of_any_size_comes_back_whole(opened: OpenSlots, tmp_path: Path, size: int) -> None:
    async def main() -> None:
        async with opened(tmp_path) as slots:
            large = state(7, size)
            await slots.save(A, "large", large)
            assert await slots.load(A, "large") == large
            (facts,) = await slots.list(A)
            assert facts.stored_bytes == len(wire.encode(large))

    asyncio.run(main())


def test_slots_are_listed_with_what_they_hold_and_removed(opened: OpenSlots, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as slots:
            assert list(await slots.list()) == []
            assert list(await slots.list("a")) == []
            for session, slot, frame in ((B, "z", 9), (A, "y", 8), (A, "x", 7)):
                await slots.save(session, slot, state(frame))
            listed = await slots.list()
            assert [(f.session, f.slot, f.frame_index) for f in listed] == [("a", "x", 7), ("a", "y", 8), ("b", "z", 9)]
            assert {(f.core, f.rom_sha256) for f in listed} == {(state().core, state().rom_sha256)}
            assert [f.slot for f in await slots.list("a")] == ["x", "y"]
            await slots.remove(A, "x")
            await slots.remove(B, "z")
            assert [f.slot for f in await slots.list()] == ["y"]
            await slots.save(A, "x", state(1))
            assert [f.slot for f in await slots.list("a")] == ["x", "y"]

    asyncio.run(main())


def test_an_unknown_slot_is_named_with_those_there_are(opened: OpenSlots, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as slots:
            for work in (slots.load, slots.remove):
                with pytest.raises(ControlError, match="session 'a' has no slot 'q'; there are none"):
                    await work(A, "q")
            for slot in ("c", "b"):
                await slots.save(A, slot, state())
            await slots.save(B, "q", state())
            for work in (slots.load, slots.remove):
                with pytest.raises(ControlError, match="session 'a' has no slot 'q'; there are b, c"):
                    await work(A, "q")
            await slots.remove(A, "b")
            with pytest.raises(ControlError, match="there are c"):
                await slots.load(A, "b")

    asyncio.run(main())


@pytest.mark.parametrize("data", [b"nonsense", wire.encode(wire.Join(actor="a", every=1)), wire.encode(state())[:-4]])
def test_a_damaged_slot_is_named(tmp_path: Path, data: bytes) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (_, bus):
            slots = JetStreamSlots(bus)
            await slots.save(A, "good", state())
            store = await bus.jetstream().object_store(SLOTS_BUCKET)
            await store.put("a/bad", data)
            with pytest.raises(ControlError, match="slot 'bad' of session 'a' is damaged"):
                await slots.load(A, "bad")
            assert [facts.slot for facts in await slots.list()] == ["good"], "what is not ours is not listed"

    asyncio.run(main())


def test_slots_survive_the_server(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream_slots(tmp_path) as slots:
            await slots.save(A, "kept", state(3, 300_000))
            kept = await slots.load(A, "kept")
        async with jetstream_slots(tmp_path) as slots:
            assert await slots.load(A, "kept") == kept
            assert [facts.slot for facts in await slots.list()] == ["kept"]

    asyncio.run(main())


def test_a_server_that_stands_still_or_is_gone_is_an_error_after_the_limit(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (embedded, bus):
            slots = JetStreamSlots(bus, limit_s=0.5)
            await slots.save(A, "kept", state())
            os.kill(embedded.pid, signal.SIGSTOP)
            try:
                for work in (slots.save(A, "x", state()), slots.load(A, "kept"), slots.list(), slots.remove(A, "kept")):
                    with pytest.raises(ControlError, match=r"JetStream does not answer within 0\.5 s"):
                        await work
            finally:
                os.kill(embedded.pid, signal.SIGCONT)
            assert await slots.load(A, "kept") == state()
            embedded.terminate()
            await embedded.wait()
            await until(lambda: not bus.connected)
            with pytest.raises(ControlError, match="slot 'x' is not saved: no connection to the NATS server"):
                await slots.save(A, "x", state())

    asyncio.run(main())


def test_a_server_without_jetstream_is_an_error(tmp_path: Path) -> None:
    async def main() -> None:
        process = await asyncio.create_subprocess_exec(
            str(find_binary()), "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(tmp_path),
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            ports = tmp_path / f"nats-server_{process.pid}.ports"
            await until(lambda: ports.exists() and bool(ports.read_bytes()))
            url = msgspec.json.decode(ports.read_bytes(), type=dict[str, list[str]])["nats"][0]
            bus = await connect(NatsOptions(url=url), "test")
            slots = JetStreamSlots(bus, limit_s=5.0)
            for work in (slots.save(A, "x", state()), slots.load(A, "x"), slots.list(), slots.remove(A, "x")):
                with pytest.raises(ControlError, match="JetStream"):
                    await work
            await bus.close()
        finally:
            process.terminate()
            await process.wait()

    asyncio.run(main())
