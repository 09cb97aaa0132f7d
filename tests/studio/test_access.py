"""A studio that is open to the network, asked over real sockets and by Chromium."""

import http.client
import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from dashboards.studio.security import BODY_LIMIT
from dashboards.studio.serving import bind
from runtime.errors import UsageError
from tests.studio.running import Studio, studio_over


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio that listens on all addresses; its address carries the token that it made."""
    with studio_over(tmp_path_factory.mktemp("open"), "--host", "0.0.0.0") as running:
        yield running


def token(studio: Studio) -> str:
    return urlsplit(studio.url).query.removeprefix("token=")


def base(studio: Studio) -> str:
    return studio.url.partition("/?")[0]


def ask(studio: Studio, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, bytes]:
    """Send a request with the token, its path as it is."""
    address = urlsplit(base(studio)).netloc
    connection = http.client.HTTPConnection(address, timeout=20)
    given: Mapping[str, str] = {"Authorization": f"Bearer {token(studio)}", **headers}
    try:
        connection.request(method, path, body, given)  # type: ignore[arg-type]  # bytes, or pieces of them
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_browser_is_asked_for_the_token_once(opened: Studio, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(base(opened))
    expect(page.get_by_text("This studio asks for its token")).to_be_visible()
    page.get_by_label("Token").fill("wrong-wrong-wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("This studio asks for its token")).to_be_visible()
    page.get_by_label("Token").fill(token(opened))
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Nothing runs")).to_be_visible()
    assert token(opened) not in page.url
    page.reload()
    expect(page.get_by_role("heading", name="Nothing runs")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    page.close()


def test_the_address_that_is_printed_opens_it(opened: Studio, page: Page) -> None:
    page.goto(opened.url)
    expect(page.get_by_role("heading", name="Nothing runs")).to_be_visible()
    assert token(opened) not in page.url


def test_a_websocket_needs_token_and_origin_as_everything_does(opened: Studio) -> None:
    url = base(opened).replace("http", "ws") + "/api/live/nobody/watch"
    bearer = {"Authorization": f"Bearer {token(opened)}"}
    refused: tuple[tuple[dict[str, str], str], ...] = (({}, base(opened)), (bearer, "http://evil.example"))
    for headers, origin in refused:
        with pytest.raises(InvalidStatus, match="403"), connect(url, additional_headers=headers, origin=Origin(origin)):
            pass
    with connect(url, additional_headers=bearer, origin=Origin(base(opened))) as socket:
        assert json.loads(socket.recv())["error"] == "session 'nobody' is not on the bus; there: none"


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/js/../../app.py",
        "/%2e%2e/app.py",
        "/js/%2e%2e%2f%2e%2e%2fapp.py",
        "/..%5capp.py",
        "//etc/passwd",
        "/%00",
    ],
)
def test_no_path_leads_out_of_the_static_files(opened: Studio, path: str) -> None:
    status, body = ask(opened, path)
    assert status in (400, 404)
    assert b"FastAPI" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("name", ["..", "a.b", "a*", "x" * 65, "%2e%2e", "a%20b", ">"])
def test_no_session_name_becomes_another_subject(opened: Studio, name: str) -> None:
    status, body = ask(
        opened, f"/api/live/{name}/control", "POST", b'{"op": "pause"}', **{"Content-Type": "application/json"}
    )
    assert status in (400, 404, 405)
    assert b"error" in body


def test_a_request_that_cannot_be_is_explained(opened: Studio) -> None:
    json_type = {"Content-Type": "application/json"}
    status, body = ask(opened, "/api/live/s1/control", "POST", b'{"op": "explode"}', **json_type)
    assert status == 422
    assert "op" in json.loads(body)["error"]
    status, body = ask(opened, "/api/live/s1/control", "POST", b'{"op": "pause"}', **json_type)
    assert (status, list(json.loads(body))) == (503, ["error"])


def test_a_body_without_end_is_refused(opened: Studio) -> None:
    piece = b" " * (1 << 20)
    endless = (piece for _ in range(BODY_LIMIT // len(piece) + 2))
    try:
        status, body = ask(opened, "/api/live/s1/control", "POST", endless)
    except (BrokenPipeError, ConnectionResetError):  # it hung up on what came
        return
    assert status == 413
    assert b"larger" in body


def test_the_api_describes_itself(opened: Studio) -> None:
    status, body = ask(opened, "/api/openapi.json")
    assert status == 200
    assert "/api/live/{session}/control" in json.loads(body)["paths"]


def test_the_token_is_not_written_into_the_log(opened: Studio) -> None:
    ask(opened, f"/?token={token(opened)}")
    assert not [line for line in opened.running.lines[1:] if token(opened) in line]


def test_a_port_that_is_taken_is_named_and_the_usual_one_gives_way() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1 port {port}"):
            bind("127.0.0.1", port)
    with bind("127.0.0.1", None) as usual, bind("127.0.0.1", None) as other:
        assert usual.getsockname() != other.getsockname()
