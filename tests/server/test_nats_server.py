"""The embedded server: started once, shared, stopped with its owner, and never twice on one store."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from runtime.errors import BusError
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer, ServerFile, attach, open_bus, read_server_file, server
from tests.waiting import alive, until

OWNER = """
import asyncio, sys
from pathlib import Path
from runtime.nats_server import EmbeddedServer

async def main():
    server = EmbeddedServer(Path(sys.argv[1]) / "nats")
    await server.start()
    print("ready", server.pid, server.url, flush=True)
    await server.wait()

asyncio.run(main())
"""


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


async def started(folder: Path) -> EmbeddedServer:
    embedded = EmbeddedServer(folder / "nats")
    await embedded.start()
    return embedded


def owner_in_another_process(folder: Path) -> tuple["subprocess.Popen[str]", int, str]:
    """Start a server in a process of its own; return that process, the server's id and its URL."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    line = next(line for line in owner.stdout if line.startswith("ready"))  # after the log
    _, pid, url = line.split()
    return owner, int(pid), url


def kill(owner: "subprocess.Popen[str]") -> None:
    """End a process as a crash does."""
    owner.kill()
    owner.wait(10)
    assert owner.stdout is not None
    owner.stdout.close()


def test_a_started_server_answers_and_says_how_to_reach_it(tmp_path: Path) -> None:
    async def main() -> None:
        embedded = await started(tmp_path)
        try:
            found = read_server_file(tmp_path / "nats")
            assert found is not None
            assert (found.url, found.pid) == (embedded.url, embedded.pid)
            bus = await connect(NatsOptions(url=embedded.url), "test")
            assert bus.server_name == found.name
            assert bus.max_payload == 8 << 20
            await bus.jetstream().account_info()
            await bus.close()
        finally:
            await embedded.stop()

    run(main())


def test_a_stopped_server_leaves_no_process_and_no_server_file(tmp_path: Path) -> None:
    async def main() -> None:
        embedded = await started(tmp_path)
        pid = embedded.pid
        await embedded.stop()
        assert not alive(pid)
        assert embedded.pid == 0
        assert read_server_file(tmp_path / "nats") is None
        assert await attach(tmp_path) is None
        await embedded.stop()  # once more does no harm

    run(main())


def test_two_servers_never_share_a_store(tmp_path: Path) -> None:
    async def main() -> None:
        first = await started(tmp_path)
        try:
            with pytest.raises(BusError, match="another command is starting or running a server on this store"):
                await started(tmp_path)
            assert alive(first.pid)
        finally:
            await first.stop()
        second = await started(tmp_path)
        await second.stop()

    run(main())


def test_two_servers_on_two_stores_have_ports_of_their_own(tmp_path: Path) -> None:
    async def main() -> None:
        first, second = await started(tmp_path / "1"), await started(tmp_path / "2")
        assert first.url != second.url
        await first.stop()
        await second.stop()

    run(main())


def test_a_later_command_attaches_to_the_running_server_and_leaves_it_running(tmp_path: Path) -> None:
    async def main() -> None:
        embedded = await started(tmp_path)
        try:
            assert await attach(tmp_path) == NatsOptions(url=embedded.url)
            async with server(NatsOptions(), tmp_path) as reachable:
                assert reachable.url == embedded.url
            async with open_bus(NatsOptions(), tmp_path, "test") as bus:
                assert bus.connected
            assert alive(embedded.pid)
        finally:
            await embedded.stop()

    run(main())


def test_without_a_running_server_one_is_started_for_as_long_as_it_is_needed(tmp_path: Path) -> None:
    async def main() -> None:
        async with server(NatsOptions(), tmp_path) as reachable:
            found = read_server_file(tmp_path / "nats")
            assert found is not None
            assert reachable.url == found.url
            assert alive(found.pid)
        assert not alive(found.pid)

    run(main())


def test_a_named_server_is_used_and_none_is_started(tmp_path: Path) -> None:
    async def main() -> None:
        embedded = await started(tmp_path / "elsewhere")
        try:
            named = NatsOptions(url=embedded.url)
            async with server(named, tmp_path) as reachable:
                assert reachable == named
            assert not (tmp_path / "nats").exists()
        finally:
            await embedded.stop()

    run(main())


@pytest.mark.parametrize("whose", ["nobody", "another program", "another server"])
def test_a_stale_server_file_is_not_believed(tmp_path: Path, whose: str) -> None:
    async def main() -> None:
        other = await started(tmp_path / "other")
        pid = {"nobody": 2**22 + 1, "another program": os.getpid(), "another server": other.pid}[whose]
        folder = tmp_path / "nats"
        folder.mkdir()
        stale = ServerFile("framewire-gone", other.url, "http://127.0.0.1:1", pid)
        (folder / "server.json").write_bytes(msgspec.json.encode(stale))
        try:
            assert await attach(tmp_path) is None
            if whose != "another server":
                mine = await started(tmp_path)
                assert mine.url != other.url
                await mine.stop()
        finally:
            await other.stop()

    run(main())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": 3}'])
def test_a_server_file_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert read_server_file(tmp_path) is None


def test_killing_the_owner_leaves_no_server_behind_and_the_store_can_be_used_again(tmp_path: Path) -> None:
    async def main() -> None:
        owner, pid, _ = owner_in_another_process(tmp_path)
        try:
            assert alive(pid)
            kill(owner)
            await until(lambda: not alive(pid))
            assert await attach(tmp_path) is None
            again = await started(tmp_path)
            assert again.pid != pid
            await again.stop()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    run(main())


def test_another_process_attaches_and_is_refused_a_second_server(tmp_path: Path) -> None:
    async def main() -> None:
        owner, pid, url = owner_in_another_process(tmp_path)
        assert await attach(tmp_path) == NatsOptions(url=url)
        with pytest.raises(BusError, match="another command"):
            await started(tmp_path)
        assert alive(pid)
        kill(owner)
        await until(lambda: not alive(pid))

    run(main())


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_stored_messages_survive_a_restart_and_a_kill(tmp_path: Path, end: str) -> None:
    async def main() -> None:
        embedded = await started(tmp_path)
        bus = await connect(NatsOptions(url=embedded.url), "test")
        store = bus.jetstream()
        await store.add_stream(name="KEEP", subjects=["keep.>"])
        for i in range(20):
            await store.publish("keep.it", b"%d" % i)
        await bus.close()
        if end == "kill":
            os.kill(embedded.pid, signal.SIGKILL)
            await embedded.wait()
            await embedded.start()  # the supervisor restarts it in place, on the port that clients know
        else:
            await embedded.stop()
            embedded = await started(tmp_path)
        bus = await connect(NatsOptions(url=embedded.url), "test")
        kept = [await bus.jetstream().get_msg("KEEP", i + 1) for i in range(20)]
        assert [message.data for message in kept] == [b"%d" % i for i in range(20)]
        await bus.close()
        await embedded.stop()

    run(main())


def test_a_killed_server_comes_back_on_its_port_and_connections_with_it(tmp_path: Path) -> None:
    async def main() -> None:
        embedded = await started(tmp_path)
        url = embedded.url
        bus = await connect(NatsOptions(url=url), "test")
        seen: list[bytes] = []
        await bus.subscribe("x", lambda message: seen.append(message.data))
        os.kill(embedded.pid, signal.SIGKILL)
        assert await embedded.wait() == -signal.SIGKILL
        await until(lambda: not bus.connected)
        await embedded.start()
        assert embedded.url == url
        await until(lambda: bus.connected)
        await bus.flush()
        await bus.publish("x", b"back")
        await until(lambda: seen == [b"back"])
        await bus.close()
        await embedded.stop()

    run(main())


def test_a_request_under_way_fails_when_the_server_is_killed(tmp_path: Path) -> None:
    async def main() -> None:
        embedded = await started(tmp_path)
        bus = await connect(NatsOptions(url=embedded.url), "test")
        heard = asyncio.Event()
        await bus.subscribe("silence", lambda _: heard.set())
        asking = asyncio.create_task(bus.request("silence", b"", timeout_s=600))
        await asyncio.wait_for(heard.wait(), 15)
        os.kill(embedded.pid, signal.SIGKILL)
        with pytest.raises(BusError, match="silence"):
            await asyncio.wait_for(asking, 15)
        await bus.close()
        await embedded.stop()

    run(main())


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "nats").mkdir()
    (tmp_path / "nats" / "jetstream").write_text("no folder")

    async def main() -> None:
        embedded = EmbeddedServer(tmp_path / "nats")
        try:
            with pytest.raises(
                BusError, match=r"nats-server ended with status 1: .*storage directory is not a directory"
            ):
                await embedded.start()
        finally:
            await embedded.stop()
        assert embedded.pid == 0

    run(main())


def test_a_crash_while_the_server_starts_leaves_a_store_that_can_be_used(tmp_path: Path) -> None:
    crash = "    asyncio.get_running_loop().call_later(0.02, os._exit, 9)\n    await server.start()\n"
    script = "import os\n" + OWNER.replace("    await server.start()\n", crash)
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=False, timeout=30)
    assert ended.returncode == 9

    async def main() -> None:
        embedded = await started(tmp_path)
        await embedded.stop()

    run(main())
