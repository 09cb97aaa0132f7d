"""Bytes on the wire stay readable: by this program, by older ones and by newer ones."""

import functools
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import wire
from runtime.errors import VersionError, WireError
from tests.golden.payloads import EXAMPLES
from tests.golden.write import golden

BY_TAG = {wire.tag_of(type(example)): example for example in EXAMPLES}
TAGS = sorted(wire.payload_types())


def fields_of(example: wire.Payload) -> list[Any]:
    """Return the MessagePack array of a payload: tag, version, fields."""
    array: list[Any] = msgspec.msgpack.decode(wire.encode(example))
    return array


def pack(array: object) -> bytes:
    return msgspec.msgpack.encode(array)


def test_every_payload_type_has_golden_bytes() -> None:
    missing = set(wire.payload_types()) - set(golden())
    assert not missing, f"add an example to tests/golden/payloads.py, then run python -m tests.golden.write: {missing}"
    assert set(golden()) == set(BY_TAG) == set(wire.payload_types())


@pytest.mark.parametrize("tag", TAGS)
def test_golden_bytes_decode_to_the_same_object_and_encode_to_the_same_bytes(tag: str) -> None:
    data = bytes.fromhex(golden()[tag][-1])
    payload = wire.decode(wire.payload_types()[tag], data)
    assert payload == BY_TAG[tag]
    assert wire.encode(payload) == data
    assert wire.decode_any(data) == payload


@pytest.mark.parametrize("tag", TAGS)
def test_golden_bytes_of_older_programs_decode_to_the_fields_they_have(tag: str) -> None:
    for text in golden()[tag]:
        data = bytes.fromhex(text)
        array = msgspec.msgpack.decode(data)
        assert opens(array, fields_of(BY_TAG[tag]))
        seen = fields_of(wire.decode(wire.payload_types()[tag], data))
        assert opens(array, seen), "a field was moved, renamed or retyped"


def opens(old: object, new: object) -> bool:
    """Return whether two arrays are equal but for elements that the newer one has more, at any depth."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) <= len(new) and all(map(opens, old, new))
    return old == new


@pytest.mark.parametrize("tag", TAGS)
def test_golden_examples_leave_no_field_at_its_default(tag: str) -> None:
    example = BY_TAG[tag]
    for field in msgspec.structs.fields(example)[1:]:
        assert getattr(example, field.name) != field.default, field.name


@pytest.mark.parametrize("tag", TAGS)
def test_tag_and_version_open_every_payload(tag: str) -> None:
    assert fields_of(BY_TAG[tag])[:2] == [tag, wire.version_of(type(BY_TAG[tag]))]


@pytest.mark.parametrize("tag", TAGS)
def test_bytes_of_an_older_writer_without_the_last_default_fields_decode_to_the_defaults(tag: str) -> None:
    example = BY_TAG[tag]
    optional = [field for field in msgspec.structs.fields(example)[1:] if not field.required]
    array = fields_of(example)
    for dropped in range(1, len(optional) + 1):
        payload = wire.decode(type(example), pack(array[:-dropped]))
        for field in optional[-dropped:]:
            default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
            assert getattr(payload, field.name) == default
        for field in optional[:-dropped]:
            assert getattr(payload, field.name) == getattr(example, field.name)


def test_a_cause_without_its_last_default_fields_decodes_to_the_defaults() -> None:
    array = fields_of(BY_TAG["input"])
    array[-1] = [["reflex", ["A"], 62]]
    assert wire.decode(wire.Input, pack(array)).causes == (
        wire.Cause(actor="reflex", buttons=("A",), observed_frame=62),
    )


def test_a_waypoint_without_buttons_decodes_to_one_that_walks_on() -> None:
    array = fields_of(BY_TAG["plan"])
    array[8] = [[1, 2]]
    assert wire.decode(wire.Plan, pack(array)).waypoints == (wire.Waypoint(1, 2),)


@pytest.mark.parametrize("tag", TAGS)
def test_fields_of_a_newer_writer_are_ignored(tag: str) -> None:
    array = fields_of(BY_TAG[tag])
    assert wire.decode(type(BY_TAG[tag]), pack([*array, "new", {"deep": [1]}])) == BY_TAG[tag]


@pytest.mark.parametrize("tag", TAGS)
def test_bytes_without_a_required_field_are_refused(tag: str) -> None:
    required = [field for field in msgspec.structs.fields(BY_TAG[tag])[1:] if field.required]
    with pytest.raises(WireError, match=tag):
        wire.decode(type(BY_TAG[tag]), pack(fields_of(BY_TAG[tag])[: 1 + len(required)]))


@pytest.mark.parametrize("tag", TAGS)
def test_another_version_is_named_beside_ours(tag: str) -> None:
    known = wire.version_of(type(BY_TAG[tag]))
    array = fields_of(BY_TAG[tag])
    array[1] = known + 1
    with pytest.raises(VersionError) as caught:
        wire.decode(type(BY_TAG[tag]), pack(array))
    assert (caught.value.payload, caught.value.seen, caught.value.known) == (tag, known + 1, known)
    for part in (repr(tag), f"version {known + 1}", f"version {known}"):
        assert part in str(caught.value)


@pytest.mark.parametrize("tag", TAGS)
def test_another_version_is_named_even_when_its_fields_are_of_other_types(tag: str) -> None:
    array = fields_of(BY_TAG[tag])
    retyped = [tag, 7, *({"retyped": True} for _ in array[2:])]
    with pytest.raises(VersionError, match="version 7"):
        wire.decode(type(BY_TAG[tag]), pack(retyped))
    with pytest.raises(VersionError, match="version 7"):
        wire.decode_any(pack(retyped))


def test_another_payload_is_named() -> None:
    with pytest.raises(WireError, match="wanted payload 'state', got 'join'"):
        wire.decode(wire.State, wire.encode(BY_TAG["join"]))


def test_a_wrong_type_within_our_version_is_named() -> None:
    array = fields_of(BY_TAG["join"])
    array[3] = "sixty"
    with pytest.raises(WireError, match="payload 'join' version 1: Expected `int`"):
        wire.decode(wire.Join, pack(array))


BAD = {
    "empty": b"",
    "no MessagePack": b"\xc1",
    "cut off": wire.encode(EXAMPLES[0])[:-3],
    "text": b"hello",
    "invalid UTF-8": b"\x93\xa5state\x01\xa1\xff",
    "a number": pack(5),
    "an object": pack({"state": 1}),
    "an empty array": pack([]),
    "no version": pack(["state"]),
    "unknown tag": pack(["nonsense", 1, 2]),
    "tag no text": pack([1, 1, 2]),
    "tag no key": pack([[], 1, 2]),
    "version no number": pack(["state", "one", 2]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_bytes_are_a_wire_error(name: str) -> None:
    with pytest.raises(WireError):
        wire.decode(wire.State, BAD[name])
    with pytest.raises(WireError):
        wire.decode_any(BAD[name])


def decodes_or_raises_a_wire_error(tag: str, data: bytes) -> None:
    decoders: tuple[Callable[[bytes], wire.Payload], ...] = (
        functools.partial(wire.decode, wire.payload_types()[tag]),
        wire.decode_any,
    )
    for decode in decoders:
        try:
            payload = decode(data)
        except WireError:
            continue
        assert isinstance(payload, wire.Payload)


@given(tag=st.sampled_from(TAGS), data=st.binary(max_size=64))
def test_random_bytes_raise_nothing_but_wire_errors(tag: str, data: bytes) -> None:
    decodes_or_raises_a_wire_error(tag, data)


@given(tag=st.sampled_from(TAGS), at=st.integers(0, 400), value=st.integers(0, 255), cut=st.integers(0, 400))
def test_damaged_payloads_raise_nothing_but_wire_errors(tag: str, at: int, value: int, cut: int) -> None:
    data = bytearray(wire.encode(BY_TAG[tag]))
    data[at % len(data)] = value
    decodes_or_raises_a_wire_error(tag, bytes(data))
    decodes_or_raises_a_wire_error(tag, bytes(data[: cut % len(data)]))


_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(tag=st.sampled_from(TAGS), fields=st.lists(_anything, max_size=20))
def test_fields_of_any_type_raise_nothing_but_wire_errors(tag: str, fields: list[object]) -> None:
    decodes_or_raises_a_wire_error(tag, pack([tag, *fields]))
