"""What terminals send for keys, in any pieces, with and without releases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.commands.keys import Key, KeyReader, keys_in


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (b"xZ ", ["x", "Z", " "]),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        (b"\x1bOA\x1bOP\x1bOS", ["up", "f1", "f4"]),
        (b"\x1b[15~\x1b[24~\x1b[3~", ["f5", "f12", "delete"]),
        (b"\x1b[11~\x1b[[A\x1b[[E", ["f1", "f1", "f5"]),
        (b"\r\n\t\x7f\x08\x1b", ["enter", "enter", "tab", "backspace", "backspace", "escape"]),
        (b"\x03\x1a", ["ctrl+c", "ctrl+z"]),
        (b"\x1b[1;5C", ["ctrl+right"]),
        ("é".encode(), ["é"]),
        (b"\x1b[200;3;9Q\x1b[99~\x1b[Zx", ["f2", "x"]),
        (b"", []),
    ],
)
def test_keys_have_names(sent: bytes, names: list[str]) -> None:
    assert keys_in(sent) == names


def test_the_kitty_protocol_tells_of_repeats_and_releases() -> None:
    reader = KeyReader()
    told = [reader.releases]
    assert reader.feed(b"\x1b[?11u") == []
    told.append(reader.releases)
    assert told == [False, True]
    sent = b"\x1b[120;1:1u\x1b[120;1:2u\x1b[120;1:3u\x1b[1;1:3A\x1b[15;1:3~\x1b[13;1:3u\x1b[99;5u\x1b[120u"
    assert reader.feed(sent) == [
        Key("x"), Key("x", "repeat"), Key("x", "release"), Key("up", "release"), Key("f5", "release"),
        Key("enter", "release"), Key("ctrl+c"), Key("x"),
    ]  # fmt: skip


@given(st.lists(st.sampled_from([b"x", b"\x1b[A", b"\x1b[120;1:3u", b"\x1bOC", b"\x1b[24~", "é".encode()])), st.data())
def test_keys_may_arrive_in_pieces(keys: list[bytes], data: st.DataObject) -> None:
    """Cut anywhere but after a lone ESC, which is a key of its own, and within a character."""
    sent = b"".join(keys)
    whole = KeyReader().feed(sent)
    reader, pieces, at = KeyReader(), [], 0
    while at < len(sent):
        end = data.draw(st.integers(at + 1, len(sent)))
        while sent[end - 1 : end] in (b"\x1b", b"\xc3"):
            end += 1
        pieces += reader.feed(sent[at:end])
        at = end
    assert pieces == whole


@given(st.binary(max_size=64))
def test_no_bytes_end_the_reader(sent: bytes) -> None:
    for key in KeyReader().feed(sent):
        assert key.name
