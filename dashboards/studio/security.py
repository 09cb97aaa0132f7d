"""Who may ask the studio what: by host, origin, token and size.

Threats, and what meets them:
  - another machine            the studio listens on loopback; on any other address every request needs the token
  - a web page elsewhere       it may neither read nor act: Origin and Sec-Fetch-Site must be the studio's own, also of
                               WebSockets, which browsers let any page open
  - DNS rebinding              the Host header must name an address of the studio, never a name from elsewhere
  - a token that leaks         it is compared in constant time, leaves the address bar at once for a cookie that no
                               script and no other site can use, and is never logged
  - scripts in recorded text   the Content-Security-Policy runs only the studio's own files; nobody may frame it
  - bodies without end         they are counted while they come in
"""

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import UsageError

COOKIE = "framewire_studio"

#: Bytes of one request's body: a whole file of annotations to be imported.
BODY_LIMIT = 16 << 20

#: Bytes of one message that a browser may send over a WebSocket: keys held, acknowledgements.
MESSAGE_LIMIT = 64 << 10

#: A token of letters and digits that nobody guesses within a year at a thousand tries a second.
LEAST_TOKEN = 12

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

_DOOR = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Framewire studio</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/css/theme.css">
<main><h1>Framewire studio</h1><p>This studio asks for its token. It was printed where the studio was started.</p>
<form method="get" action="/"><label>Token <input name="token" type="password" autofocus required></label>
<button>Open</button></form></main></html>"""

#: What the page that asks for the token needs itself.
_OPEN_PATHS = frozenset({"/css/theme.css", "/icon.svg", "/favicon.ico"})


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        token: What every request must carry; empty: none is asked for.
        hosts: Names and addresses by which the studio may be called.
        any_address: Whether it may also be called by any IP address, as one that listens on all of them.
    """

    token: str
    hosts: frozenset[str]
    any_address: bool = False


def access_for(host: str, token: str, also: Iterable[str] = ()) -> Access:
    """Return who may ask a studio that listens on `host`; make a token where one is needed and none was given.

    Args:
        host: The address or name that it listens on.
        token: The token that was given; empty for none.
        also: More names by which it may be called, as behind a proxy.

    Raises:
        UsageError: The token is too short or holds other than visible ASCII characters.
    """
    if token and (len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable() or " " in token):
        raise UsageError(f"the token has {len(token)} characters; allowed are {LEAST_TOKEN} or more of visible ASCII")
    names = {name.lower() for name in (*_LOOPBACK_NAMES, *also, host)}
    if is_loopback(host):
        return Access(token, frozenset(names))
    names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return Access(token or secrets.token_urlsafe(24), frozenset(names), any_address=True)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: lets through what may ask, and gives every response its headers."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if problem := self._foreign(scope, headers):
            await self._end(403, problem, scope, receive, send)
            return
        if self._access.token and not self._let_in(scope, headers):
            await self._ask_token(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        try:
            _check_length(headers.get("content-length", "0"))
            await self._app(scope, _counted(receive), _with_headers(send))
        except _RefusedError as error:
            await self._end(error.status_code, error.detail, scope, receive, send)

    def _foreign(self, scope: Scope, headers: Headers) -> str:
        """Return why a request is not from the studio's own pages or a program; empty when it is."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return f"host {', '.join(hosts) or '(none)'}: this studio is not called that; see `runtime studio --help`"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != hosts[0].lower():
            return f"origin {origin}: only the studio's own pages may ask"
        site = headers.get("sec-fetch-site", "none")
        opened = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") == "GET"
        if site not in ("same-origin", "none") and not opened:
            return f"sec-fetch-site {site}: only the studio's own pages may ask"
        return ""

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._access.hosts:
            return True
        if not self._access.any_address:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _let_in(self, scope: Scope, headers: Headers) -> bool:
        if scope["type"] == "http" and scope["path"] in _OPEN_PATHS:
            return True
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(bearer.strip(), self._access.token):
            return True
        return any(_same(value, self._access.token) for value in _cookies(headers))

    async def _ask_token(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the token of an address that carries it, else ask for it."""
        if scope["type"] == "http" and scope["path"] == "/":
            given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
            if _same(given, self._access.token):
                response: Response = RedirectResponse("/", 303)
                secure = scope.get("scheme") == "https"
                response.set_cookie(COOKIE, self._access.token, httponly=True, samesite="strict", secure=secure)
            else:
                response = HTMLResponse(_DOOR, 401)
            await response(scope, receive, _with_headers(send))
            return
        await self._end(
            401, "a token is needed: `Authorization: Bearer TOKEN`, or open /?token=TOKEN", scope, receive, send
        )

    async def _end(self, status: int, problem: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()  # the request to connect; closing it before it is accepted answers 403
            await send({"type": "websocket.close", "code": 1008, "reason": problem[:120]})
            return
        await JSONResponse({"error": problem}, status)(scope, receive, _with_headers(send))


class _RefusedError(HTTPException):
    """A body that is not taken. The application, which reads it, lets it through as it does its own refusals."""


_TOO_LARGE = f"the body is larger than the {BODY_LIMIT} bytes allowed"


def _check_length(text: str) -> None:
    """Refuse a body that is announced as too large.

    Raises:
        _RefusedError: It is, or its length is no number.
    """
    if not (text.isascii() and text.isdigit()):
        raise _RefusedError(400, "content-length: allowed is a number of bytes")
    if len(text) > len(str(BODY_LIMIT)) or int(text) > BODY_LIMIT:
        raise _RefusedError(413, _TOO_LARGE)


def _counted(receive: Receive) -> Receive:
    """Return `receive` that gives up on a body beyond the limit, also on one whose length was not announced."""
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > BODY_LIMIT:
                raise _RefusedError(413, _TOO_LARGE)
        return message

    return counting


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-cache")  # ask each time whether a file is still the same
        await send(message)

    return sending


def _cookies(headers: Headers) -> list[str]:
    try:
        found = SimpleCookie("; ".join(headers.getlist("cookie"))).get(COOKIE)
    except CookieError:
        return []
    return [found.value] if found else []


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
