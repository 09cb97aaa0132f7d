"""The Lua wire's two sides agree: lua/protocol.lua under real Lua 5.4, and its Python twin."""

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.bridges import lua_wire
from runtime.errors import VersionError, WireError
from tests.golden.lua_wire import REPLIES, REQUESTS, golden, lua_protocol


@pytest.fixture(scope="module")
def lua() -> Any:
    return lua_protocol()


def test_every_reply_and_request_has_golden_bytes() -> None:
    assert set(golden()) == set(REPLIES) | {f"request {name}" for name in REQUESTS}


@pytest.mark.parametrize("name", REPLIES)
def test_lua_writes_the_golden_bytes_of_a_reply(lua: Any, name: str) -> None:
    assert lua.eval(REPLIES[name][0].encode()).hex() == golden()[name][-1]


@pytest.mark.parametrize("name", REPLIES)
def test_python_reads_the_golden_bytes_of_a_reply(name: str) -> None:
    for data in golden()[name]:
        assert lua_wire.decode(bytes.fromhex(data)) == REPLIES[name][1]


@pytest.mark.parametrize("name", REQUESTS)
def test_python_writes_a_request_that_lua_reads(lua: Any, name: str) -> None:
    message = lua_wire.request(*REQUESTS[name])
    assert message.hex() == golden()[f"request {name}"][-1]
    payload = lua.eval(b"function(m) local r = protocol.reader() r.feed(m) return r.next() end")(message)
    words = lua.eval(b"protocol.words")(payload)
    assert tuple(word.decode() for word in words.values()) == REQUESTS[name]


# --- what Lua does with a request's words -----------------------------------------------------------------------------


def test_lua_makes_a_mask_of_keys(lua: Any) -> None:
    mask = lua.eval(b'function(keys) return protocol.keys_mask(keys, {"A", "B", "UP"}) end')
    assert (mask(b"-"), mask(b"A"), mask(b"UP,A")) == (0, 1, 5)
    assert mask(b"A,X") == (None, b"no button X; there are A, B, UP")


def test_lua_reads_pages_and_refuses_those_outside_a_region(lua: Any) -> None:
    blocks = lua.eval(
        b"function(text) local b, why = protocol.blocks(protocol.words(text), {{size = 512}, {size = 100}}) "
        b"return b and #b > 0 and {b[1].region, b[1].offset, b[1].length, #b} or why end"
    )
    assert list(blocks(b"pages 0:256:256 1:0:100").values()) == [0, 256, 256, 2]
    assert blocks(b"pages all") is None
    for wrong in (b"0:257:256", b"1:0:101", b"2:0:1", b"0:0", b"x"):
        assert blocks(b"pages " + wrong) == b"no page " + wrong + b" in 2 regions"


@given(st.binary(max_size=300))
def test_lua_reads_hexadecimal_digits(data: bytes) -> None:
    assert lua_protocol().eval(b"protocol.from_hex")(data.hex().encode()) == data


def test_lua_refuses_what_is_not_hexadecimal(lua: Any) -> None:
    for wrong in (b"0", b"0g", b"00 0"):
        assert lua.eval(b"protocol.from_hex")(wrong) is None


# --- messages, whole, in pieces, and none -----------------------------------------------------------------------------

payloads = st.lists(st.binary(max_size=40), max_size=6)


def pieces_of(stream: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({cut % (len(stream) + 1) for cut in cuts} | {0, len(stream)})
    return [stream[first:end] for first, end in itertools.pairwise(at)]


@given(sent=payloads, cuts=st.lists(st.integers(0, 1000), max_size=8))
def test_python_reads_messages_in_whatever_pieces_they_come(sent: list[bytes], cuts: list[int]) -> None:
    reader, seen = lua_wire.Reader(), []
    for piece in pieces_of(b"".join(map(lua_wire.message, sent)), cuts):
        reader.feed(piece)
        while (payload := reader.next()) is not None:
            seen.append(payload)
    assert seen == sent


@given(sent=payloads, cuts=st.lists(st.integers(0, 1000), max_size=8))
def test_lua_reads_messages_in_whatever_pieces_they_come(sent: list[bytes], cuts: list[int]) -> None:
    lua = lua_protocol()
    reader = lua.eval(b"protocol.reader()")
    stream, seen = b"".join(lua.eval(b"protocol.message")(payload) for payload in sent), []
    assert stream == b"".join(map(lua_wire.message, sent))
    for piece in pieces_of(stream, cuts):
        reader[b"feed"](piece)
        while (payload := reader[b"next"]()) is not None:
            seen.append(payload)
    assert seen == sent


NO_MESSAGES = (
    b"GET / HTTP/1.1",
    b" 1",
    b"-1 x",
    b"123456789",
    b"999999999 x",
    b"16777217 x",
    b"99999999 x",
    b"1x",
    b"\xff",
)


@pytest.mark.parametrize("data", NO_MESSAGES)
def test_neither_side_reads_what_is_no_message(lua: Any, data: bytes) -> None:
    reader = lua_wire.Reader()
    reader.feed(data)
    with pytest.raises(WireError, match="message"):
        reader.next()
    seen = lua.eval(b"function(m) local r = protocol.reader() r.feed(m) return r.next() end")(data)
    assert seen[0] is None
    assert seen[1].startswith(b"no message: it begins with")


@pytest.mark.parametrize("data", [b"", b"1", b"12345678", b"2 a", b"16777216 x"])
def test_both_sides_wait_for_the_rest_of_a_message(lua: Any, data: bytes) -> None:
    reader = lua_wire.Reader()
    reader.feed(data)
    assert reader.next() is None
    assert lua.eval(b"function(m) local r = protocol.reader() r.feed(m) return r.next() end")(data) is None


def test_neither_side_writes_a_longer_payload_than_the_other_reads(lua: Any) -> None:
    assert lua.eval(b"protocol.MAX_BYTES") == lua_wire.MAX_BYTES
    with pytest.raises(WireError, match="allowed are 16777216"):
        lua_wire.request("load", "0" * lua_wire.MAX_BYTES)
    with pytest.raises(Exception, match="at most 16777216 bytes"):
        lua.eval(b'protocol.message(("x"):rep(protocol.MAX_BYTES + 1))')


# --- replies that are damaged -----------------------------------------------------------------------------------------


def test_another_version_is_named_beside_ours(lua: Any) -> None:
    assert lua.eval(b"protocol.VERSION") == lua_wire.VERSION
    with pytest.raises(VersionError, match=f"version 7, this program reads version {lua_wire.VERSION}"):
        lua_wire.decode(b"H\x07\x00whatever")


@pytest.mark.parametrize("name", ["hello", "frame", "alive"])
def test_a_reply_that_is_cut_off_or_too_long_is_refused(name: str) -> None:
    data = bytes.fromhex(golden()[name][-1])
    for length in range(1, len(data)):
        with pytest.raises(WireError, match="too early"):
            lua_wire.decode(data[:length])
    with pytest.raises(WireError, match="1 bytes too many"):
        lua_wire.decode(data + b"x")


@given(st.binary(max_size=64))
def test_random_bytes_raise_nothing_but_wire_errors(data: bytes) -> None:
    with contextlib.suppress(WireError):
        lua_wire.decode(data)
    reader = lua_wire.Reader()
    reader.feed(data)
    with contextlib.suppress(WireError):
        while reader.next() is not None:
            pass


@given(name=st.sampled_from(sorted(REPLIES)), at=st.integers(0, 300), value=st.integers(0, 255))
def test_damaged_replies_raise_nothing_but_wire_errors(name: str, at: int, value: int) -> None:
    data = bytearray(bytes.fromhex(golden()[name][-1]))
    data[at % len(data)] = value
    with contextlib.suppress(WireError):
        lua_wire.decode(bytes(data))
