"""The fake over TCP: connections that end after five requests, targets that are too long, answers byte for byte."""

import contextlib
import socket
import socketserver

from tests.skyemu_fake.replies import Replies

#: cpp-httplib's CPPHTTPLIB_KEEPALIVE_MAX_COUNT, _TIMEOUT_SECOND and CPPHTTPLIB_REQUEST_URI_MAX_LENGTH.
MOST_REQUESTS = 5
IDLE_S = 5
MOST_LINE_BYTES = 8192


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, replies: Replies, port: int) -> None:
        self.replies = replies
        super().__init__(("0.0.0.0", port), _Connection)


class _Connection(socketserver.StreamRequestHandler):
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            for left in reversed(range(MOST_REQUESTS)):
                if not self._one(last=left == 0):
                    return

    def _one(self, *, last: bool) -> bool:
        """Answer one request; False when the connection ends with it."""
        line = self.rfile.readline(1 << 16)
        if not line:
            return False
        if len(line) > MOST_LINE_BYTES:
            self.wfile.write(reply("414 URI Too Long", None))
            return False
        close = last
        while (field := self.rfile.readline(1 << 16)) not in (b"\r\n", b""):
            close = close or field.strip().lower() == b"connection: close"
        target = line.split()[1].decode()
        assert isinstance(self.server, _Server)
        answer = self.server.replies.answer(target)
        status = "200 OK" if answer else "404 Not Found"
        self.wfile.write(reply(status, answer, close=close))
        return not close


def reply(status: str, answer: tuple[bytes, str] | None, *, close: bool = False) -> bytes:
    """Return an answer as it goes over the wire; its fields are in alphabetical order."""
    body, kind = answer or (b"", "")
    fields = {"Content-Length": str(len(body)), **({"Content-Type": kind} if kind else {})}
    fields |= {"Connection": "close"} if close else {"Keep-Alive": f"timeout={IDLE_S}, max={MOST_REQUESTS}"}
    head = "".join(f"{name}: {value}\r\n" for name, value in sorted(fields.items()))
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def serve(replies: Replies, port: int = 0) -> socketserver.ThreadingTCPServer:
    """Return a server that listens; port 0 for a free one."""
    server = _Server(replies, port)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return server
