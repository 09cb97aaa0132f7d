"""Working memory in NATS KV and in Redis keeps one contract, against the real servers."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from agents.knowledge.errors import StoreError
from agents.knowledge.librarian import Librarian
from agents.knowledge.mirror import Mirror
from agents.knowledge.working import CURRENT_QUEST, NOTES, TODOS, Errand, Slot, WorkingMemory, open_working
from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.subjects import SessionId
from tests.alone import missing

A, B = SessionId("a"), SessionId("b")

LIMIT_S = 20.0


class Open(NamedTuple):
    """The memories of two sessions on a fresh server, what ends that, and where it is."""

    a: WorkingMemory
    b: WorkingMemory
    stop: Callable[[], Awaitable[None]]
    url: str


@contextlib.asynccontextmanager
async def nats(folder: Path) -> AsyncIterator[Open]:
    server = EmbeddedServer(folder / "nats")
    await server.start()
    bus = await connect(NatsOptions(url=server.url), "test")
    try:
        yield Open(await open_working("", bus, A), await open_working("", bus, B), server.stop, server.url)
    finally:
        await bus.close()
        await server.stop()


@contextlib.asynccontextmanager
async def redis(folder: Path) -> AsyncIterator[Open]:
    program = shutil.which("redis-server") or missing("redis-server is not installed (Debian: redis-server)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    bus = None

    async def stop() -> None:
        server.kill()
        server.wait()

    async def opened(session: SessionId) -> WorkingMemory:
        async with asyncio.timeout(LIMIT_S):
            while True:
                with contextlib.suppress(StoreError):  # it is starting
                    return await open_working(f"redis://127.0.0.1:{port}/0", bus, session)
                await asyncio.sleep(0.02)

    try:
        a, b = await opened(A), await opened(B)
        yield Open(a, b, stop, f"redis://127.0.0.1:{port}/0")
        await a.close()
        await b.close()
    finally:
        await stop()


Server = Callable[[Path], AbstractAsyncContextManager[Open]]

SERVERS = pytest.mark.parametrize("server", [nats, redis], ids=["nats", "redis"])


@SERVERS
def test_the_contract(server: Server, tmp_path: Path) -> None:
    """One server for all of it: starting one takes longer than the rest."""

    async def main() -> None:
        async with asyncio.timeout(LIMIT_S), server(tmp_path) as (a, b, _, url):
            await values_are_kept_by_session(a, b)
            await values_expire(a)
            await wrong_values_are_refused(a)
            await changes_are_told(a)
            await a_session_shows_what_it_is_about(b, url)

    asyncio.run(main())


async def values_are_kept_by_session(a: WorkingMemory, b: WorkingMemory) -> None:
    assert await a.get(CURRENT_QUEST) is None
    assert await a.names() == []
    todos = (Errand("urgent", "find_healing", "health is low", 9),)
    await a.put(CURRENT_QUEST, "light the shrine")
    await a.put(CURRENT_QUEST, "fetch the ember")
    await a.put(TODOS, todos)
    assert await a.get(CURRENT_QUEST) == "fetch the ember"
    assert await a.get(TODOS) == todos
    assert await a.names() == ["quest.current", "todos"]
    assert await b.get(CURRENT_QUEST) is None
    assert await b.names() == []
    await a.delete(CURRENT_QUEST)
    await a.delete(CURRENT_QUEST)
    assert await a.get(CURRENT_QUEST) is None
    assert await a.names() == ["todos"]


async def values_expire(a: WorkingMemory) -> None:
    await a.put(NOTES, ("soon gone",), expires_s=0.05)
    await a.put(CURRENT_QUEST, "stays", expires_s=60)
    await asyncio.sleep(0.06)
    assert await a.get(NOTES) is None
    assert "notes" not in await a.names()
    assert await a.get(CURRENT_QUEST) == "stays"
    await a.delete(CURRENT_QUEST)


async def wrong_values_are_refused(a: WorkingMemory) -> None:
    with pytest.raises(UsageError):
        await a.put(Slot("notes", int), cast("int", "no number"))
    with pytest.raises(UsageError, match="allowed"):
        await a.put(NOTES, ("x" * 100_000,))
    await a.put(NOTES, ("a note",))
    with pytest.raises(UsageError):
        await a.get(Slot("notes", int))
    await a.delete(NOTES)


async def changes_are_told(a: WorkingMemory) -> None:
    async with a.watch(CURRENT_QUEST) as values:
        assert await anext(values) is None
        await a.put(CURRENT_QUEST, "one")
        assert await anext(values) == "one"
        await a.put(NOTES, ("another slot",))
        await a.put(CURRENT_QUEST, "two")
        await a.delete(CURRENT_QUEST)
        assert [await anext(values), await anext(values)] == ["two", None]
    await a.put(CURRENT_QUEST, "now")
    async with a.watch(CURRENT_QUEST) as values:
        assert await anext(values) == "now"


async def a_session_shows_what_it_is_about(b: WorkingMemory, url: str) -> None:
    mirror = Mirror(url, B)
    errand = Errand("collection", "collect_item", "collect key", 6)
    mirror.show("ask the elder", [])
    mirror.show("light the shrine", [errand])
    async with b.watch(CURRENT_QUEST) as values:
        async for quest in values:
            if quest == "light the shrine":
                break
    await asyncio.to_thread(mirror.close, LIMIT_S)
    assert await b.get(TODOS) == (errand,)


@SERVERS
def test_a_server_that_is_away_is_an_error_that_says_so(server: Server, tmp_path: Path) -> None:
    async def main() -> None:
        async with asyncio.timeout(2 * LIMIT_S), server(tmp_path) as (a, _, stop, _):
            await stop()
            with pytest.raises(StoreError, match="working memory"):
                await a.get(CURRENT_QUEST)
            with pytest.raises(StoreError, match="working memory"):
                await a.put(CURRENT_QUEST, "x")

    asyncio.run(main())


def test_names_and_places_are_checked() -> None:
    with pytest.raises(UsageError, match="allowed"):
        Slot("Quest Current", str)
    with pytest.raises(UsageError, match="allowed"):
        asyncio.run(open_working("memcached://x", None, A))
    with pytest.raises(UsageError, match="allowed"):
        Librarian(working="memcached://x")


def test_a_mirror_without_a_server_ends_when_it_is_told_to() -> None:
    mirror = Mirror("redis://127.0.0.1:1/0", A)
    mirror.show("nobody sees this", [])
    mirror.close(LIMIT_S)
