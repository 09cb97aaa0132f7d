"""Who may ask the studio what: the guard alone, before an application that answers everything."""

import asyncio
from collections.abc import Mapping

import pytest
from starlette.types import Message, Receive, Scope, Send

from dashboards.studio.security import BODY_LIMIT, COOKIE, Access, Guard, access_for, is_loopback
from runtime.errors import UsageError

TOKEN = "a-token-of-length"
HERE = "127.0.0.1:8420"


class Answer:
    """What came back: a WebSocket that was closed before it was accepted has the status 403, as servers give it."""

    def __init__(self, messages: list[Message]) -> None:
        closed = messages[0]["type"] == "websocket.close"
        self.status = 403 if closed else messages[0].get("status", 101)
        self.headers = {name.decode(): value.decode() for name, value in messages[0].get("headers", ())}
        self.body = b"".join(message.get("body", b"") for message in messages)
        self.reason = messages[0].get("reason", "")


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body, then answer: what the guard stands before."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(
    access: Access,
    headers: Mapping[str, str],
    *,
    path: str = "/api/x",
    query: str = "",
    method: str = "GET",
    kind: str = "http",
    body: tuple[bytes, ...] = (b"",),
) -> Answer:
    pieces = list(body)
    scope: Scope = {
        "type": kind, "method": method, "path": path, "query_string": query.encode(), "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        if kind == "websocket":
            return {"type": "websocket.connect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Guard(everything, access)(scope, receive, send))
    return Answer(sent)


LOOPBACK = access_for("127.0.0.1", "")
OPEN = access_for("0.0.0.0", TOKEN)
BEARER = {"host": "192.168.1.5:8420", "authorization": f"Bearer {TOKEN}"}


def test_loopback_asks_for_no_token() -> None:
    assert LOOPBACK.token == ""
    assert ask(LOOPBACK, {"host": HERE}).status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_any_other_address_asks_for_a_token_made_if_none_is_given(host: str) -> None:
    assert len(access_for(host, "").token) >= 24
    assert access_for(host, "").token != access_for(host, "").token
    assert access_for(host, TOKEN).token == TOKEN


@pytest.mark.parametrize("token", ["short", "with a blank in it", "umlaut-äöüß-long-enough", "line\nbreak-long-enough"])
def test_a_token_that_can_be_guessed_or_not_sent_is_refused(token: str) -> None:
    with pytest.raises(UsageError, match="allowed are 12 or more of visible ASCII"):
        access_for("0.0.0.0", token)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_addresses_are_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["evil.example:8420", "evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:8420"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_name_from_elsewhere_is_refused_as_a_rebound_one_would_be(host: str, kind: str) -> None:
    assert ask(LOOPBACK, {"host": host}, kind=kind).status == 403


def test_a_request_without_or_with_two_hosts_is_refused() -> None:
    assert ask(LOOPBACK, {}).status == 403


@pytest.mark.parametrize("host", ["localhost:8420", "127.0.0.1", "[::1]:8420", "LOCALHOST:1234"])
def test_its_own_names_are_taken(host: str) -> None:
    assert ask(LOOPBACK, {"host": host}).status == 200


def test_names_that_were_allowed_are_taken() -> None:
    access = access_for("127.0.0.1", "", ["Studio.Example"])
    assert ask(access, {"host": "studio.example"}).status == 200


def test_a_studio_on_all_addresses_is_called_by_any_address_but_not_by_any_name() -> None:
    assert ask(OPEN, BEARER).status == 200
    assert ask(OPEN, {**BEARER, "host": "[fe80::1]:8420"}).status == 200
    assert ask(OPEN, {**BEARER, "host": "evil.example"}).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8420"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_another_origin_is_refused_also_of_a_websocket(origin: str, kind: str) -> None:
    assert ask(LOOPBACK, {"host": HERE, "origin": origin}, kind=kind, method="POST").status == 403


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_its_own_origin_is_taken(kind: str) -> None:
    assert ask(LOOPBACK, {"host": HERE, "origin": f"http://{HERE}"}, kind=kind).status in (200, 101)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_page_loads_is_refused_also_without_an_origin(site: str) -> None:
    assert ask(LOOPBACK, {"host": HERE, "sec-fetch-site": site, "sec-fetch-mode": "no-cors"}).status == 403
    assert (
        ask(LOOPBACK, {"host": HERE, "sec-fetch-site": site, "sec-fetch-mode": "navigate"}, method="POST").status == 403
    )


def test_a_link_from_elsewhere_may_open_the_studio() -> None:
    assert ask(LOOPBACK, {"host": HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status == 200


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer"},
        {"cookie": f"{COOKIE}=wrong"},
        {"cookie": f"other={TOKEN}"},
        {"cookie": ";;=;"},
    ],
)
def test_without_the_token_nothing_is_told(headers: Mapping[str, str], kind: str) -> None:
    answer = ask(OPEN, {"host": "192.168.1.5", **headers}, kind=kind)
    assert answer.status in (401, 403)
    assert TOKEN.encode() not in answer.body
    assert TOKEN not in answer.reason


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("headers", [{"authorization": f"bearer {TOKEN}"}, {"cookie": f"a=b; {COOKIE}={TOKEN}"}])
def test_the_token_opens_by_header_and_by_cookie(headers: Mapping[str, str], kind: str) -> None:
    assert ask(OPEN, {"host": "192.168.1.5", **headers}, kind=kind).status in (200, 101)


def test_the_token_in_the_address_becomes_a_cookie_for_this_site_alone() -> None:
    answer = ask(OPEN, {"host": "192.168.1.5"}, path="/", query=f"token={TOKEN}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={TOKEN};")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_a_wrong_token_in_the_address_is_asked_for_again() -> None:
    answer = ask(OPEN, {"host": "192.168.1.5"}, path="/", query="token=wrong")
    assert answer.status == 401
    assert b"printed where the studio was started" in answer.body
    assert "set-cookie" not in answer.headers


def test_the_token_in_the_address_opens_nothing_but_the_front_door() -> None:
    assert ask(OPEN, {"host": "192.168.1.5"}, path="/api/x", query=f"token={TOKEN}").status == 401


def test_a_body_beyond_the_limit_is_refused_by_its_length_and_by_its_bytes() -> None:
    said = ask(LOOPBACK, {"host": HERE, "content-length": str(BODY_LIMIT + 1)}, method="POST")
    assert said.status == 413
    piece = b"x" * (1 << 20)
    seen = ask(LOOPBACK, {"host": HERE}, method="POST", body=(piece,) * (BODY_LIMIT // len(piece) + 1))
    assert seen.status == 413
    assert b"allowed" in seen.body


@pytest.mark.parametrize("length", ["nonsense", "-1", "1" * 5000])
def test_a_length_that_is_no_length_is_refused(length: str) -> None:
    assert ask(LOOPBACK, {"host": HERE, "content-length": length}, method="POST").status in (400, 413)


def test_a_body_at_the_limit_is_taken() -> None:
    assert ask(LOOPBACK, {"host": HERE}, method="POST", body=(b"x" * BODY_LIMIT,)).body == str(BODY_LIMIT).encode()


def test_every_answer_forbids_foreign_scripts_frames_and_guesses() -> None:
    for answer in (
        ask(LOOPBACK, {"host": HERE}),
        ask(LOOPBACK, {"host": "evil.example"}),
        ask(OPEN, {"host": "10.0.0.1"}),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
