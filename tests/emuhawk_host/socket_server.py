"""`comm.socketServer*` as EmuHawk's SocketServer does it, with its traps."""

import socket
import sys
import time
from collections.abc import Callable

_RETRIES = 10

_AGAIN_S = 0.05


class SocketServer:
    """EmuHawk's end of the connection; in spite of its name it is the client."""

    def __init__(self, address: str, port: int, screenshot: Callable[[], bytes], patience_s: float = 0.0) -> None:
        """Connect; while nobody listens, try for so long. EmuHawk would end at once: that is for tests alone."""
        self._target, self._screenshot = (address, port), screenshot
        self._timeout_s: float | None = None
        deadline = time.monotonic() + patience_s
        while True:
            try:
                self.connect()
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return

    def connect(self) -> None:
        """Open a new connection; an error is the caller's, as in EmuHawk."""
        self._socket = socket.create_connection(self._target)

    @property
    def port(self) -> int:
        """The port that was asked for."""
        return self._target[1]

    def set_port(self, port: int) -> None:
        """Connect anew, to this port."""
        self._target = (self._target[0], port)
        self.connect()

    def set_timeout(self, timeout_ms: int) -> None:
        """Limit each single read; 0 is no limit."""
        self._timeout_s = timeout_ms / 1000 or None

    def send_bytes(self, data: bytes) -> int:
        """Send as they are; -1 when it cannot."""
        self._socket.settimeout(None)
        try:
            self._socket.sendall(data)
        except OSError:
            return -1
        return len(data)

    def send_string(self, data: bytes) -> int:
        """Send with a length; bytes that are no UTF-8 are lost on the way through C#'s strings."""
        return self.send_bytes(_with_length(_through_utf8(data)))

    def send_screenshot(self) -> bytes:
        """Send a PNG file with its length; connect anew when that fails, and raise when nobody listens any more."""
        data, tries, sent = _with_length(self._screenshot()), 0, 0
        while sent <= 0 and tries < _RETRIES:
            tries += 1
            sent = self.send_bytes(data)
            if sent == -1:
                self.connect()
        return b"Screenshot was sent" if tries < _RETRIES else b"Screenshot could not be sent"

    def receive(self) -> bytes:
        """Return the next message; empty after a timeout or an error, and then what was read of it is lost.

        When the peer has closed, EmuHawk reads nothing for ever while it looks for the length: it hangs.
        """
        self._socket.settimeout(self._timeout_s)
        digits, last = bytearray(), b"\0"
        try:
            while True:
                last = self._socket.recv(1) or _hang()
                if last == b" ":
                    break
                digits += last
            wanted = int(digits)
            payload = bytearray()
            while len(payload) < wanted or not wanted:
                more = self._socket.recv(wanted - len(payload))
                if not more:
                    return b""
                payload += more
        except (OSError, ValueError):
            return b""
        return _through_utf8(bytes(payload))


def _with_length(payload: bytes) -> bytes:
    return b"%d %s" % (len(payload), payload)


def _through_utf8(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode()


def _hang() -> bytes:
    """Do what EmuHawk does from here on: nothing, for ever."""
    sys.stderr.write("emuhawk hangs: the peer closed its socket\n")
    sys.stderr.flush()
    while True:
        time.sleep(3600)
