"""The Lua server against peers over real sockets: good ones, bad ones, slow ones, and none."""

import collections
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from runtime.bridges import lua_wire
from runtime.bridges.lua_server import LuaServer, split_address
from runtime.errors import EmulatorError
from tests.golden.lua_wire import golden

HELLO = lua_wire.message(bytes.fromhex(golden()["hello"][-1]))
FRAME = lua_wire.message(bytes.fromhex(golden()["frame"][-1]))
DONE = lua_wire.message(b"O")


@pytest.fixture
def server() -> Iterator[LuaServer]:
    server = LuaServer("127.0.0.1:0", hello_s=1.0)
    yield server
    server.close()


@pytest.fixture
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


class StandInScript:
    """Bytes from a socket, as a script in an emulator would send them; it answers `bye` by closing."""

    def __init__(self, server: LuaServer, *sent: bytes) -> None:
        self.socket = socket.create_connection(split_address(server.address), timeout=20)
        self.send(*sent)
        self._reader = lua_wire.Reader()
        self.heard: list[bytes] = []

    def send(self, *sent: bytes) -> None:
        for data in sent:
            self.socket.sendall(data)

    def hear(self) -> bytes:
        """Return the next request; empty when the other side closed."""
        while (payload := self._reader.next()) is None:
            data = self.socket.recv(4096)
            if not data:
                return b""
            self._reader.feed(data)
        return payload

    def serve(self, answers: dict[bytes, bytes]) -> threading.Thread:
        """Answer requests by their first word until `bye`, in a thread."""

        def run() -> None:
            with self.socket, contextlib.suppress(OSError):
                while request := self.hear():
                    self.heard.append(request)
                    word = request.split(b" ")[0]
                    if word == b"bye":
                        self.send(lua_wire.message(b"Bas asked"))
                        return
                    if word in answers:
                        self.send(answers[word])

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Do work in a thread; its result or EmulatorError comes in the list."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work())
        except EmulatorError as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def test_an_emulator_is_greeted_asked_and_left(server: LuaServer) -> None:
    script = StandInScript(server, HELLO)
    serving = script.serve({b"ping": DONE, b"step": FRAME})
    assert server.accept(10).emulator == "mGBA"
    assert server.connected
    assert server.ask("ping", timeout_s=10) == lua_wire.Done()
    frame = server.ask("step", "1", "-", timeout_s=10)
    assert isinstance(frame, lua_wire.Frame)
    assert frame.count == 69
    server.close("the game is over")
    serving.join(10)
    assert server.closed
    assert [word for word in script.heard if word != b"wait"] == [b"ping", b"step 1 -", b"bye the game is over"]
    server.close()


def test_a_frame_may_come_byte_by_byte_and_after_signs_of_life(server: LuaServer) -> None:
    script = StandInScript(server, HELLO)
    server.accept(10)
    alive = lua_wire.message(bytes.fromhex(golden()["alive"][-1]))
    picture = lua_wire.message(bytes.fromhex(golden()["picture"][-1]))

    def trickle() -> None:
        for value in alive + picture + alive + FRAME:
            script.send(bytes([value]))

    thread = threading.Thread(target=trickle)
    thread.start()
    assert isinstance(server.receive(10), lua_wire.Picture)
    assert isinstance(server.receive(10), lua_wire.Frame)
    thread.join()
    script.socket.close()


def test_a_large_request_arrives_whole(server: LuaServer) -> None:
    script = StandInScript(server, HELLO)
    serving = script.serve({b"load": DONE})
    server.accept(10)
    state = "5a" * 500_000
    assert server.ask("load", state, timeout_s=20) == lua_wire.Done()
    assert script.heard[-1] == b"load " + state.encode()
    server.close()
    serving.join(10)


BAD_PEERS = {
    "garbage": b"GET / HTTP/1.1\r\n\r\n",
    "a huge length": b"99999999 x",
    "no length": b"\xff\xfe\x00",
    "another version": lua_wire.message(b"H\x07\x00whatever"),
    "a cut hello": lua_wire.message(bytes.fromhex(golden()["hello"][-1])[:-3]),
    "no hello": DONE,
    "nothing": b"",
}


@pytest.mark.parametrize("name", BAD_PEERS)
def test_a_bad_peer_is_logged_and_closed_and_a_good_one_is_still_taken(
    server: LuaServer, log: list[MutableMapping[str, Any]], name: str
) -> None:
    thread, results = in_thread(lambda: server.accept(20))
    bad = StandInScript(server, BAD_PEERS[name])
    heard = bad.hear()
    bad.socket.close()
    assert heard.startswith(b"bye ")
    good = StandInScript(server, HELLO)
    thread.join(20)
    assert isinstance(results[0], lua_wire.Hello)
    good.socket.close()
    assert any(line["event"] in ("lua.lost", "lua.refused") and line["why"] for line in log), log


@settings(deadline=None, max_examples=25)
@given(data=st.binary(min_size=1, max_size=60) | st.binary(max_size=40).map(lua_wire.message))
def test_whatever_a_peer_sends_first_the_bridge_lives(data: bytes) -> None:
    server = LuaServer("127.0.0.1:0")
    thread, results = in_thread(lambda: server.accept(20))
    bad = StandInScript(server, data)
    bad.socket.close()
    good = StandInScript(server, HELLO)
    thread.join(20)
    assert isinstance(results[0], lua_wire.Hello)
    good.socket.close()
    server.close()


@settings(deadline=None, max_examples=25)
@given(data=st.binary(min_size=1, max_size=60) | st.binary(max_size=40).map(lua_wire.message))
def test_whatever_an_emulator_answers_is_a_reply_or_an_error_and_another_can_come(data: bytes) -> None:
    server = LuaServer("127.0.0.1:0")
    script = StandInScript(server, HELLO)
    server.accept(10)
    script.send(data)
    script.socket.shutdown(socket.SHUT_WR)
    with pytest.raises(EmulatorError, match=r"the emulator (is gone|left|speaks nonsense)"):
        collections.deque((server.receive(10) for _ in itertools.count()), maxlen=0)
    assert not server.connected
    script.socket.close()
    again = StandInScript(server, HELLO)
    server.accept(10)
    again.socket.close()
    server.close()


def test_an_emulator_that_is_not_the_one_wanted_hears_why() -> None:
    server = LuaServer("127.0.0.1:0", lambda hello: f"the ROM is {hello.title}, wanted is PAD")
    script = StandInScript(server, HELLO)
    serving = script.serve({})
    with pytest.raises(EmulatorError, match=r"within 0\.5 s; one was refused: the ROM is EMBERWOOD, wanted is PAD"):
        server.accept(0.5)
    serving.join(10)
    assert script.heard == [b"bye the ROM is EMBERWOOD, wanted is PAD"]
    server.close()


def test_a_second_emulator_is_turned_away_and_the_first_goes_on(server: LuaServer) -> None:
    first = StandInScript(server, HELLO)
    server.accept(10)
    thread, results = in_thread(lambda: server.receive(20))
    second = StandInScript(server, HELLO)
    assert second.hear() == b"bye the bridge has an emulator already"
    second.socket.close()
    first.send(FRAME)
    thread.join(20)
    assert isinstance(results[0], lua_wire.Frame)
    first.socket.close()


def test_an_emulator_that_waits_hears_that_the_bridge_lives(server: LuaServer) -> None:
    script = StandInScript(server, HELLO)
    server.accept(10)
    assert script.hear() == script.hear() == b"wait"
    script.socket.close()


# --- when it ends -----------------------------------------------------------------------------------------------------


def test_an_emulator_that_leaves_or_dies_is_an_error_that_says_so(server: LuaServer) -> None:
    for sent, told in ((lua_wire.message(b"Bthe script ends"), "left: the script ends"), (b"12 cut", "is gone")):
        script = StandInScript(server, HELLO)
        server.accept(10)
        script.send(sent)
        script.socket.close()
        with pytest.raises(EmulatorError, match=told):
            server.receive(10)
        with pytest.raises(EmulatorError, match="the emulator is gone"):
            server.ask("ping", timeout_s=10)


def test_a_silent_emulator_is_dropped(server: LuaServer) -> None:
    script = StandInScript(server, HELLO)
    server.accept(10)
    thread, results = in_thread(lambda: server.ask("ping", timeout_s=0.2))
    assert script.hear() == b"ping"
    assert script.hear().startswith(b"bye the emulator did not answer ping in time")
    script.socket.close()
    thread.join(10)
    assert "did not answer ping in time" in str(results[0])


def test_an_emulator_that_does_not_read_is_dropped(server: LuaServer) -> None:
    script = StandInScript(server, HELLO)
    server.accept(10)
    with pytest.raises(EmulatorError, match="does not read what it is sent"):
        server.ask("load", "0" * (lua_wire.MAX_BYTES - 5), timeout_s=0.3)
    script.socket.close()


def test_nobody_came(server: LuaServer) -> None:
    with pytest.raises(EmulatorError, match=rf"no emulator connected to {server.address} within 0\.1 s$"):
        server.accept(0.1)


@pytest.mark.parametrize("waiting", ["accept", "greet", "receive"])
def test_close_ends_a_wait_in_another_thread(waiting: str) -> None:
    server = LuaServer("127.0.0.1:0")
    script = None
    if waiting == "greet":
        script = StandInScript(server)
    if waiting == "receive":
        script = StandInScript(server, HELLO)
        server.accept(10)
    thread, results = in_thread(lambda: server.receive(60) if waiting == "receive" else server.accept(60))
    time.sleep(0.2)  # so that it waits
    serving = script.serve({}) if script else None
    server.close()
    thread.join(10)
    assert str(results[0]) == "the connection to the emulator was closed"
    assert server.closed
    if serving:
        serving.join(10)


def test_a_port_that_is_taken_is_an_error_that_names_it(server: LuaServer) -> None:
    with pytest.raises(EmulatorError, match=rf"{server.address}: nobody can listen there: Address already in use"):
        LuaServer(server.address)


@pytest.mark.parametrize("address", ["", "8889", "host:", ":1", "host:port", "host:65536", "host:-1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="allowed is HOST:PORT"):
        split_address(address)
