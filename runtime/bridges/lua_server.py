"""Where a script inside an emulator connects: listens, greets one emulator, asks and is answered, all within limits.

A peer that is none of ours, or not the one wanted, gets a log line and a closed socket, and the waiting goes on.
"""

import contextlib
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable

import structlog

from runtime.bridges import lua_wire
from runtime.errors import EmulatorError, WireError

log = structlog.get_logger()

#: How long a new peer may take for its hello.
_HELLO_S = 5.0

#: How often an emulator that waits for us hears that we live; a script gives up after several times as long.
_ALIVE_S = 1.0

#: How long a leaving emulator may take to close first. mGBA dies of SIGPIPE when it writes to a closed socket.
_LEAVE_S = 2.0

_READ_BYTES = 1 << 18

#: SO_LINGER, on, 0 s: closing resets the connection, also when the system closes it for a killed process.
_RESET = struct.pack("ii", 1, 0)


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT.

    Raises:
        ValueError: It is none.
    """
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise ValueError(f"address {address!r}: allowed is HOST:PORT, with a port below 65536")
    return host, int(port)


class LuaServer:
    """Listens from the start; holds at most one emulator.

    One thread asks at a time; `close` may be called by another, and ends its waiting with an EmulatorError.
    """

    def __init__(
        self,
        address: str,
        wrong: Callable[[lua_wire.Hello], str] = lambda hello: "",
        *,
        hello_s: float = _HELLO_S,
        alive_s: float = _ALIVE_S,
        resets: bool = False,
    ) -> None:
        """Begin to listen.

        Args:
            address: HOST:PORT; port 0 for a free one.
            wrong: Returns why an emulator is not the one wanted; empty when it is.
            hello_s: How long a new peer may take for its hello.
            alive_s: How often an emulator that is asked nothing hears that we live.
            resets: Close by a reset, and do not wait for the emulator to close first: EmuHawk never does, and hangs
                when it reads from a connection that was closed in order.

        Raises:
            EmulatorError: Nothing can listen there.
            ValueError: The address is none.
        """
        self._wrong, self._hello_s, self._alive_s, self._resets = wrong, hello_s, alive_s, resets
        self._lock = threading.Lock()  # held by whoever uses the peer
        self._closing = threading.Event()
        self._asked = 0.0  # when, by the monotonic clock
        self._reader = lua_wire.Reader()
        self._peer: socket.socket | None = None
        self._refused = ""
        host, port = split_address(address)
        try:
            self._listener = socket.create_server((host, port), backlog=8)
        except OSError as error:
            raise EmulatorError(f"{address}: nobody can listen there: {error.strerror or error}") from error
        self._listener.setblocking(False)
        self._wake, self._waker = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        host, port = self._listener.getsockname()[:2]
        self.address = f"{host}:{port}"
        threading.Thread(target=self._keep_alive, name="lua-alive", daemon=True).start()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closing.is_set()

    @property
    def connected(self) -> bool:
        """Whether an emulator is there, as far as we know."""
        return self._peer is not None

    def accept(self, wait_s: float) -> lua_wire.Hello:
        """Wait for an emulator; whoever was there before is dropped.

        Raises:
            EmulatorError: None came in time, or `close` was called.
        """
        deadline = time.monotonic() + wait_s
        with self._lock:
            self._drop("another emulator is waited for")
            self._refused = ""
            while True:
                if hello := self._greet(self._next_peer(deadline, wait_s)):
                    log.info("lua.connected", emulator=f"{hello.emulator} {hello.version}", title=hello.title)
                    return hello

    def ask(self, *words: str, timeout_s: float) -> lua_wire.Reply:
        """Send a request and return its answer.

        Raises:
            EmulatorError: The emulator is gone, silent, or speaks nonsense; it was dropped, and `accept` waits anew.
        """
        with self._lock:
            deadline = time.monotonic() + timeout_s
            self._send(lua_wire.request(*words), deadline)
            try:
                return self._receive(words[0], deadline)
            finally:
                self._asked = time.monotonic()

    def receive(self, timeout_s: float) -> lua_wire.Reply:
        """Return what the emulator sends next, signs of life aside.

        Raises:
            EmulatorError: As `ask`.
        """
        with self._lock:
            return self._receive("a request", time.monotonic() + timeout_s)

    def close(self, why: str = "the session ends") -> None:
        """Tell the emulator, let it close first, and stop listening; a second call does nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._waker.send(b"x")
        with self._lock:
            self._drop(why)
            self._selector.close()
            for end in (self._listener, self._wake, self._waker):
                end.close()

    def _next_peer(self, deadline: float, wait_s: float) -> socket.socket:
        while True:
            if self._listener in self._ready(deadline):
                with contextlib.suppress(OSError):  # it left again
                    return self._listener.accept()[0]
            elif time.monotonic() >= deadline:
                refused = f"; one was refused: {self._refused}" if self._refused else ""
                raise EmulatorError(f"no emulator connected to {self.address} within {wait_s:g} s{refused}")

    def _greet(self, peer: socket.socket) -> lua_wire.Hello | None:
        """Return a new peer's hello; None when it was refused."""
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._resets:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._reader = lua_wire.Reader()
        self._peer = peer
        self._selector.register(peer, selectors.EVENT_READ)
        try:
            hello = self._receive("hello", time.monotonic() + self._hello_s)
        except EmulatorError as error:
            if self.closed:
                raise
            self._refused = str(error)
            return None
        problem = self._wrong(hello) if isinstance(hello, lua_wire.Hello) else "its first message is no hello"
        if isinstance(hello, lua_wire.Hello) and not problem:
            return hello
        self._refused = problem
        log.warning("lua.refused", why=problem)
        self._drop(problem)
        return None

    def _receive(self, asked: str, deadline: float) -> lua_wire.Reply:
        while True:
            if self._peer is None:
                raise EmulatorError("the emulator is gone")
            try:
                reply = self._next_reply()
            except WireError as error:
                raise self._lost(f"the emulator speaks nonsense: {error}") from error
            if isinstance(reply, lua_wire.Bye):
                raise self._lost(f"the emulator left: {reply.why}")
            if reply is not None and not isinstance(reply, lua_wire.Alive):
                return reply
            if reply is None:
                self._read_more(asked, deadline)

    def _next_reply(self) -> lua_wire.Reply | None:
        payload = self._reader.next()
        return None if payload is None else lua_wire.decode(payload)

    def _read_more(self, asked: str, deadline: float) -> None:
        assert self._peer is not None
        ready = self._ready(deadline)
        if self._peer in ready:
            try:
                data = self._peer.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                raise self._lost(f"the emulator is gone: {error.strerror}") from error
            if not data:
                raise self._lost("the emulator is gone: it closed the connection")
            self._reader.feed(data)
            _acknowledge(self._peer)
        elif self._listener in ready:
            self._turn_away()
        elif time.monotonic() >= deadline:
            raise self._lost(f"the emulator did not answer {asked} in time; is it paused?")

    def _turn_away(self) -> None:
        """Refuse a second emulator."""
        with contextlib.suppress(OSError):
            peer = self._listener.accept()[0]
            log.warning("lua.refused", why="there is an emulator already")
            with peer:
                peer.send(lua_wire.request("bye", "the bridge has an emulator already"))

    def _send(self, data: bytes, deadline: float) -> None:
        if self._peer is None:
            raise EmulatorError("the emulator is gone")
        left = memoryview(data)
        while left:
            try:
                left = left[self._peer.send(left) :]
            except BlockingIOError:
                self._selector.modify(self._peer, selectors.EVENT_WRITE)
                ready = self._ready(deadline)
                self._selector.modify(self._peer, selectors.EVENT_READ)
                if self._listener in ready:
                    self._turn_away()
                elif not ready:
                    raise self._lost("the emulator does not read what it is sent; is it paused?") from None
            except OSError as error:
                raise self._lost(f"the emulator is gone: {error.strerror}") from error

    def _ready(self, deadline: float) -> set[object]:
        """Wait until something can be read or written; empty when the time is over.

        Raises:
            EmulatorError: `close` was called.
        """
        ready: set[object] = {key.fileobj for key, _ in self._selector.select(max(0.0, deadline - time.monotonic()))}
        if self.closed:
            raise EmulatorError("the connection to the emulator was closed")
        return ready

    def _lost(self, why: str) -> EmulatorError:
        log.warning("lua.lost", why=why)
        self._drop(why)
        return EmulatorError(why)

    def _drop(self, why: str) -> None:
        """Say bye, let the emulator close first, and close."""
        if (peer := self._peer) is None:
            return
        self._peer = None
        self._selector.unregister(peer)
        with peer, contextlib.suppress(OSError):
            peer.send(lua_wire.request("bye", why.encode("ascii", "replace").decode()))
            deadline = time.monotonic() + _LEAVE_S
            peer.settimeout(_LEAVE_S)
            while (data := peer.recv(_READ_BYTES)) and (left := deadline - time.monotonic()) > 0:
                peer.settimeout(left)
                if self._resets and self._said_bye(data):
                    return

    def _said_bye(self, data: bytes) -> bool:
        self._reader.feed(data)
        with contextlib.suppress(WireError):
            while (reply := self._next_reply()) is not None:
                if isinstance(reply, lua_wire.Bye):
                    return True
        return False

    def _keep_alive(self) -> None:
        """Say that we live, whenever nobody asks anything for a while."""
        while not self._closing.wait(self._alive_s):
            if time.monotonic() - self._asked < self._alive_s:
                continue
            if self._lock.acquire(blocking=False):
                try:
                    if self._peer is not None and not self.closed:
                        self._send(lua_wire.request("wait"), time.monotonic() + _ALIVE_S)
                except EmulatorError:
                    pass  # it is logged, and the next request finds it gone
                finally:
                    self._lock.release()


def _acknowledge(peer: socket.socket) -> None:
    """Acknowledge what was read without delay, where the system can (Linux).

    EmuHawk sends picture and memory one after the other and with Nagle's algorithm: the second waits until the first is
    acknowledged, which takes 40 ms otherwise.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
