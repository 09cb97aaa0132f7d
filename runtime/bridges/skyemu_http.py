"""SkyEmu's HTTP control server, as it speaks: GET only, texts that end in a NUL, failures with status 200.

It closes a connection after five requests, or five seconds without one (both are its library's defaults, cpp-httplib
CPPHTTPLIB_KEEPALIVE_MAX_COUNT and _TIMEOUT_SECOND). A request is never sent twice, for a step must not be made twice:
we leave a connection before it leaves us.
"""

import contextlib
import json
import socket
import time
from collections.abc import Iterable
from typing import Any

from runtime.errors import EmulatorError

#: A step takes 5 ms and a picture with all memory 30 ms (measured); whoever is silent so long is gone.
PATIENCE_S = 10.0

#: Well below the five seconds after which SkyEmu closes an idle connection.
_IDLE_S = 2.0

#: Above any answer: a picture with a Nintendo DS's state has 17 MB.
_MAX_BODY_BYTES = 1 << 26

_MAX_HEAD_BYTES = 1 << 14

#: SkyEmu refuses a request target of more than 8,192 bytes (CPPHTTPLIB_REQUEST_URI_MAX_LENGTH).
MAX_TARGET_BYTES = 8_192 - len("GET  HTTP/1.1\r\n")


class SkyEmuHttp:
    """Requests to one SkyEmu, one at a time; only `close` may be called by another thread."""

    def __init__(self, host: str, port: int) -> None:
        self.url = f"http://{host}:{port}"
        self.address = (host, port)
        self._head = f" HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        self._socket: socket.socket | None = None
        self._used_s = 0.0
        self._closed = False

    def close(self) -> None:
        """End the request under way, which then raises; a second call does nothing."""
        self._closed = True
        if (connection := self._socket) is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def get(self, target: str, into: memoryview | None = None, limit_s: float = PATIENCE_S) -> memoryview:
        """Ask, and return the answer's body.

        Args:
            target: Path and query, as `/step?frames=2`.
            into: Where the body is written if it fits; otherwise, and without it, new memory.
            limit_s: How long it may take.

        Raises:
            EmulatorError: Nobody answers in time, or not with status 200.
        """
        try:
            return self._exchange(target, into, time.monotonic() + limit_s)
        except (OSError, ValueError) as error:
            self._drop()
            problem = "no answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise self._failed(target, "closed by us" if self._closed else problem) from error

    def text(self, target: str, limit_s: float = PATIENCE_S) -> str:
        """Ask for a text; return it without its NUL.

        Raises:
            EmulatorError: As `get`, or it is no ASCII.
        """
        body = bytes(self.get(target, limit_s=limit_s)).rstrip(b"\0")
        try:
            return body.decode("ascii")
        except UnicodeDecodeError as error:
            raise self._failed(target, f"no text but {body[:40]!r}") from error

    def do(self, target: str, limit_s: float = PATIENCE_S) -> None:
        """Ask for something to be done.

        Raises:
            EmulatorError: As `get`, or the answer is not "ok".
        """
        if (answer := self.text(target, limit_s)) != "ok":
            raise self._failed(target, f"{answer[:80]!r}")

    def status(self, limit_s: float = PATIENCE_S) -> dict[str, Any]:
        """Return `/status`: emulator, run-mode, rom-loaded, rom-path, inputs.

        Raises:
            EmulatorError: As `get`, or it is no such table.
        """
        body = bytes(self.get("/status", limit_s=limit_s))
        try:
            found = json.loads(body)
        except ValueError as error:
            raise self._failed("/status", f"no JSON but {body[:80]!r}") from error
        if not isinstance(found, dict) or not str(found.get("emulator", "")).startswith("SkyEmu"):
            raise self._failed("/status", f"{body[:80]!r}: no SkyEmu")
        return found

    def read_bytes(self, targets: Iterable[str], size: int) -> bytes:
        """Return the bytes that requests of `read_targets` are for.

        Raises:
            EmulatorError: As `get`, or the answers hold another number of bytes.
        """
        digits, last = "", ""
        for last in targets:
            digits += self.text(last)
        if len(digits) != 2 * size:
            raise self._failed(last, f"{len(digits)} digits, wanted {2 * size}")
        try:
            return bytes.fromhex(digits)
        except ValueError as error:
            raise self._failed(last, f"no hexadecimal digits: {digits[:40]!r}") from error

    def _exchange(self, target: str, into: memoryview | None, deadline_s: float) -> memoryview:
        connection = self._connection(deadline_s)
        connection.sendall(b"GET " + target.encode("ascii") + self._head)
        head, body = self._read_head(connection, deadline_s)
        status, length, stays = _parse(head)
        if length > _MAX_BODY_BYTES or len(body) > length:
            raise ValueError(f"an answer of {length} bytes")
        view = (into if into is not None and length <= len(into) else memoryview(bytearray(length)))[:length]
        view[: len(body)] = body
        at = len(body)
        while at < length:
            connection.settimeout(_left(deadline_s))
            if not (count := connection.recv_into(view[at:])):
                raise ConnectionError(f"it hung up after {at} of {length} bytes")
            at += count
        self._used_s = time.monotonic()
        if not stays:
            self._drop()
        if status != 200:
            raise ValueError(f"status {status}")
        return view

    def _connection(self, deadline_s: float) -> socket.socket:
        """Return a connection that SkyEmu is not about to close."""
        if self._closed:
            raise ConnectionError
        if self._socket is not None and time.monotonic() - self._used_s > _IDLE_S:
            self._drop()
        if self._socket is None:
            self._socket = socket.create_connection(self.address, _left(deadline_s))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(_left(deadline_s))
        return self._socket

    @staticmethod
    def _read_head(connection: socket.socket, deadline_s: float) -> tuple[bytes, bytes]:
        """Return an answer's head, and what came of its body."""
        seen = b""
        while b"\r\n\r\n" not in seen:
            connection.settimeout(_left(deadline_s))
            if not (piece := connection.recv(_MAX_HEAD_BYTES)):
                raise ConnectionError("it hung up without an answer")
            seen += piece
            if len(seen) > 2 * _MAX_HEAD_BYTES:
                raise ValueError(f"no HTTP: {seen[:40]!r}")
        head, _, body = seen.partition(b"\r\n\r\n")
        return head, body

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _failed(self, target: str, problem: str) -> EmulatorError:
        shown = target if len(target) <= 60 else f"{target[:60]}…"
        return EmulatorError(f"SkyEmu at {self.url} answers GET {shown} with {problem}")


def read_targets(addresses: Iterable[int]) -> list[str]:
    """Return the requests for the bytes at some addresses, each as long as SkyEmu takes it."""
    targets: list[str] = []
    target = ""
    for address in addresses:
        part = f"addr={address:x}"
        if target and len(target) + 1 + len(part) <= MAX_TARGET_BYTES:
            target += f"&{part}"
        else:
            targets += [target] if target else []
            target = f"/read_byte?{part}"
    return [*targets, target] if target else targets


def _parse(head: bytes) -> tuple[int, int, bool]:
    """Return an answer's status, its body's length, and whether the connection stays.

    Raises:
        ValueError: It is no HTTP, or names no length.
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    protocol, _, rest = first.partition(" ")
    if not protocol.startswith("HTTP/1."):
        raise ValueError(f"no HTTP: {first[:40]!r}")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not fields.get("content-length", "").isdigit():
        raise ValueError(f"no Content-Length: {fields.get('content-length', '')!r}")
    return int(rest[:3]), int(fields["content-length"]), fields.get("connection", "").lower() != "close"


def _left(deadline_s: float) -> float:
    """Return the seconds left.

    Raises:
        TimeoutError: None are.
    """
    left = deadline_s - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
