"""The web server: one socket, one event loop, ends in order."""

import contextlib
import socket
from collections.abc import Generator

import uvicorn
from fastapi import FastAPI

from dashboards.studio.security import MESSAGE_LIMIT
from runtime.errors import UsageError

#: Where the studio is when nobody says otherwise and the port is free.
DEFAULT_PORT = 8420

#: What open requests get when the studio ends; WebSockets are told at once.
_GRACE_S = 2


def bind(host: str, port: int | None) -> socket.socket:
    """Return a socket bound to an address; without a port to the usual one, or a free one when that is taken.

    Raises:
        UsageError: The address is not this machine's, or the port is taken.
    """
    try:
        return _bound(host, DEFAULT_PORT if port is None else port)
    except OSError as error:
        if port is None:
            with contextlib.suppress(OSError):
                return _bound(host, 0)
        raise UsageError(f"cannot listen on {host} port {port or DEFAULT_PORT}: {error.strerror or error}") from error


def url_of(host: str, listening: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    port = listening.getsockname()[1]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}/"


class WebServer:
    """Serves an application on a socket until it is stopped."""

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        self._socket = listening
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=MESSAGE_LIMIT,
            ws_per_message_deflate=False,  # what is large, pictures, is compressed already
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        self._server = _Server(config)

    def stop(self) -> None:
        """End in order."""
        self._server.should_exit = True

    async def serve(self) -> None:
        """Answer requests until `stop`."""
        await self._server.serve(sockets=[self._socket])


class _Server(uvicorn.Server):
    """Leaves signals to the command."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()  # from now on the port is ours: two sockets may be bound to one port until one listens
    except OSError:
        listening.close()
        raise
    return listening
