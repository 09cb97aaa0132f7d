"""Columns give payloads back byte for byte, and whatever is damaged or made up is a clear error in bounded memory."""

import contextlib
import json
import random
import tracemalloc
from typing import Any

import msgspec
import pytest
import xxhash
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from runtime import wire
from runtime.errors import WireError
from streams.packing import pack_columns, unpack_columns
from tests.golden.payloads import EXAMPLES
from tests.golden.write_columns import COLUMNS

Pairs = list[tuple[int, bytes]]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.integers(-3, 300)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=12)
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def encoded(values: list[Any]) -> Pairs:
    return [(i, msgspec.msgpack.encode(value)) for i, value in enumerate(values)]


def packed(pairs: Pairs, *, compressed: bool = False) -> bytes:
    data = pack_columns(pairs, compressed=compressed)
    assert data is not None
    return data


@given(st.lists(st.tuples(st.integers(-(1 << 63), (1 << 63) - 1), trees), max_size=12), st.booleans())
def test_any_trees_come_back_byte_for_byte(rows: list[tuple[int, Any]], compressed: bool) -> None:
    pairs = [(number, msgspec.msgpack.encode(tree)) for number, tree in rows]
    data = pack_columns(pairs, compressed=compressed)
    assert data is None or unpack_columns(data) == pairs


@given(trees, st.integers(1, 20), st.randoms(use_true_random=False))
def test_payloads_that_differ_in_their_numbers_are_always_packed(tree: Any, count: int, rng: random.Random) -> None:
    pairs = encoded([[i, rng.randint(-9, 9), rng.random(), tree] for i in range(count)])
    assert unpack_columns(packed(pairs)) == pairs


@given(st.lists(st.lists(st.integers(0, (1 << 24) + 1), max_size=9), min_size=1, max_size=9), st.booleans())
def test_byte_strings_that_are_arrays_of_u32_come_back(arrays: list[list[int]], compressed: bool) -> None:
    pairs = encoded([b"".join(number.to_bytes(4, "little") for number in array) for array in arrays])
    assert unpack_columns(packed(pairs, compressed=compressed)) == pairs


@given(st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=30)), max_size=12))
def test_any_bytes_are_packed_exactly_or_not_at_all(pairs: Pairs) -> None:
    data = pack_columns(pairs, compressed=False)
    assert data is None or unpack_columns(data) == pairs


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: wire.tag_of(type(example)))
@pytest.mark.parametrize("count", [1, 2, 60])
@pytest.mark.parametrize("compressed", [True, False])
def test_every_payload_is_packed(example: wire.Payload, count: int, compressed: bool) -> None:
    pairs = []
    for i in range(count):
        field = next((name for name in ("sent_ns", "frame_index") if hasattr(example, name)), "")
        changed = msgspec.structs.replace(example, **{field: i * i}) if field else example
        pairs.append((i, wire.encode(changed)))
    assert unpack_columns(packed(pairs, compressed=compressed)) == pairs


NOT_PACKED = {
    "a number in more bytes than it needs": b"\xcd\x00\x01",
    "a float of four bytes": b"\xca\x3f\x80\x00\x00",
    "a key twice": b"\x82\xa1a\x01\xa1a\x02",
    "keys that are no text": b"\x81\x01\x02",
    "an extension": b"\xd4\x05\x00",
    "a time": msgspec.msgpack.encode(msgspec.msgpack.Ext(-1, b"\0\0\0\1")),
    "text that is no UTF-8": b"\xa1\xff",
    "something behind": b"\x01\x02",
    "something missing": b"\x92\x01",
    "nothing": b"",
    "an array in an array in an array …": b"\x91" * 40 + b"\x01",
    "no end of arrays": b"\x91" * 100_000 + b"\x01",
}


@pytest.mark.parametrize("what", NOT_PACKED)
def test_what_would_not_come_back_is_not_packed(what: str) -> None:
    assert pack_columns([(0, b"\x01"), (1, NOT_PACKED[what])], compressed=False) is None


@pytest.mark.parametrize(
    "values",
    [
        [{"a": 1}, {"b": 1}],
        [{"a": 1, "b": 2}, {"b": 1, "a": 2}],
        [1, True, 1.0, "1", b"1", None],
        [0.0, -0.0],
        [float("nan"), float("inf"), 1.5],
        [(1 << 64) - 1, 0],
        [-(1 << 63), (1 << 63) - 1, 0, -1, 1],
        [[], {}, [[]], [{}]],
        [[], [], []],
        [{}, {}],
        [[[1, 2], [3, 4]], [[1, 2], [3, 4]]],
        [[[1, "A"]], [], [[2, "B"], [3, "A"]]],
        [b"", b"abcd", b"abc"],
        ["", "ä", ""],
    ],
    ids=repr,
)
def test_what_looks_alike_stays_apart(values: list[Any]) -> None:
    assert unpack_columns(packed(encoded(values))) == encoded(values)


def test_numbers_beyond_64_bits_signed_and_unsigned_together_are_not_packed() -> None:
    assert pack_columns(encoded([-1, (1 << 64) - 1]), compressed=False) is None


def test_too_many_kinds_of_maps_are_not_packed() -> None:
    assert pack_columns(encoded([{f"k{i}": i} for i in range(65)]), compressed=False) is None


def test_more_than_a_group_ever_has_is_not_packed() -> None:
    assert pack_columns([(0, msgspec.msgpack.encode(bytes(1 << 24)))], compressed=True) is None
    assert pack_columns(encoded([[0] * 1000] * 1100), compressed=False) is None


def test_alike_payloads_take_few_bytes() -> None:
    rng = random.Random(1)
    states = [
        wire.State(frame_index=i, sent_ns=i * 16_743_000 + rng.randint(0, 40_000), values={"x": 3 * i, "hp": 10})
        for i in range(60)
    ]
    pairs = [(i, wire.encode(state)) for i, state in enumerate(states)]
    assert sum(len(data) for _, data in pairs) > 1300
    assert len(packed(pairs)) < 300


def test_what_is_compressed_already_is_kept_as_it_is() -> None:
    contents = [random.Random(i).randbytes(500) for i in range(4)]
    data = packed(encoded(contents), compressed=True)
    assert b"".join(contents) in data


GOLDEN: dict[str, dict[str, Any]] = json.loads(COLUMNS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", GOLDEN)
def test_what_every_packer_so_far_made_unpacks_to_the_same_payloads(name: str) -> None:
    wanted = [(number, bytes.fromhex(data)) for number, data in GOLDEN[name]["payloads"]]
    assert unpack_columns(bytes.fromhex(GOLDEN[name]["packed"])) == wanted


def test_the_golden_file_has_every_node() -> None:
    seen = set()
    for entry in GOLDEN.values():
        plain = zstandard.ZstdDecompressor().decompress(msgspec.msgpack.decode(bytes.fromhex(entry["packed"]))[2])
        size = int.from_bytes(plain[:4], "little")
        seen |= names_in(msgspec.msgpack.decode(plain[4 : 4 + size]))
    assert seen >= set("ciufdbwalmv")


def names_in(node: object) -> set[str]:
    if not isinstance(node, list):
        return {node} if isinstance(node, str) else set()
    return set().union(*map(names_in, node))


GROUP = [(i, wire.encode(example)) for i, example in enumerate(EXAMPLES)]


@given(st.data(), st.booleans())
def test_damage_is_an_error(data: st.DataObject, compressed: bool) -> None:
    damaged = bytearray(packed(GROUP, compressed=compressed))
    if data.draw(st.booleans()):
        damaged = damaged[: data.draw(st.integers(0, len(damaged) - 1))]
    else:
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        pairs = unpack_columns(bytes(damaged))
    except WireError:
        return
    assert pairs == GROUP


def crafted(tree: object, columns: bytes = b"", apart: bytes = b"") -> bytes:
    """Return bytes with the right check around nodes that may be wrong."""
    nodes = msgspec.msgpack.encode(tree)
    plain = len(nodes).to_bytes(4, "little") + nodes + columns
    check = xxhash.xxh3_64_digest(plain + apart)
    return msgspec.msgpack.encode((check, len(plain), zstandard.ZstdCompressor().compress(plain), apart))


def test_nodes_are_as_described() -> None:
    tree = [3, ["i", 2, 0, [5, 6]], ["a", [["c", "x"], ["i", 1, 1, [10]], ["d", [None, "y"], ["i", 0, 1, []]]]]]
    pairs = unpack_columns(crafted(tree, bytes([2, 3]) + bytes([2, 0, 2])))
    assert pairs == [
        (number, msgspec.msgpack.encode(row))
        for number, row in [(5, ["x", 10, "y"]), (6, ["x", 11, None]), (7, ["x", 9, "y"])]
    ]


MADE_UP: dict[str, object] = {
    "no array": 7,
    "two elements": [1, ["c", 0]],
    "an unknown node": [1, ["c", 0], ["z"]],
    "a node without a name": [1, ["c", 0], []],
    "a node that is none": [1, ["c", 0], 7],
    "a node that lacks a part": [1, ["c", 0], ["i", 0]],
    "a node with a part too many": [1, ["c", 0], ["c", 0, 0]],
    "a count below zero": [-1, ["c", 0], ["c", 0]],
    "a count that is no integer": [1.5, ["c", 0], ["c", 0]],
    "a count beyond all bounds": [1 << 60, ["c", 0], ["c", 0]],
    "many values of one byte": [1 << 20, ["c", 0], ["c", 0]],
    "a large value many times": [1 << 14, ["c", 0], ["c", "x" * (1 << 15)]],
    "a large word many times": [1 << 14, ["c", 0], ["d", ["x" * (1 << 15)], ["c", 0]]],
    "large keys many times": [1 << 14, ["c", 0], ["m", ["x" * (1 << 15)], [["c", 0]]]],
    "numbers that are text": [1, ["c", "x"], ["c", 0]],
    "numbers beyond 64 bits": [1, ["c", 1 << 63], ["c", 0]],
    "an unknown order": [1, ["c", 0], ["i", 3, 0, [1, 2, 3]]],
    "an unknown width": [2, ["c", 0], ["i", 1, 3, [1]]],
    "more heads than values": [1, ["c", 0], ["i", 2, 0, [1, 2]]],
    "heads that are missing": [3, ["c", 0], ["i", 2, 0, [1]]],
    "heads beyond 64 bits": [3, ["c", 0], ["i", 1, 0, [1 << 63]]],
    "heads that are text": [3, ["c", 0], ["i", 1, 0, ["x"]]],
    "a column that is missing": [3, ["c", 0], ["i", 0, 8, []]],
    "a word beyond the list": [1, ["c", 0], ["d", ["x"], ["c", 1]]],
    "a word before the list": [1, ["c", 0], ["d", ["x"], ["c", -1]]],
    "lengths below zero": [1, ["c", 0], ["b", ["c", -1]]],
    "lengths beyond the column": [1, ["c", 0], ["b", ["c", 1 << 40]]],
    "words beyond all bounds": [1, ["c", 0], ["w", ["c", 1 << 40], ["c", 1]]],
    "a list beyond all bounds": [1, ["c", 0], ["l", ["c", 1 << 40], ["c", 1]]],
    "lists in lists in lists": [1 << 8, ["c", 0], ["l", ["c", 1 << 8], ["l", ["c", 1 << 8], ["c", 0]]]],
    "a map of fewer keys": [1, ["c", 0], ["m", ["a"], [["c", 0], ["c", 1]]]],
    "keys that cannot be keys": [1, ["c", 0], ["m", [[1]], [["c", 0]]]],
    "a choice beyond the nodes": [1, ["c", 0], ["v", ["c", 1], [["c", 0]]]],
    "a choice of too many nodes": [1, ["c", 0], ["v", ["c", 0], [["c", 0]] * 100]],
}


@pytest.mark.parametrize("what", MADE_UP)
def test_made_up_nodes_are_an_error_in_bounded_memory(what: str) -> None:
    data = crafted(MADE_UP[what])
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            unpack_columns(data)
        assert tracemalloc.get_traced_memory()[1] < 48 << 20
    finally:
        tracemalloc.stop()


def test_columns_that_nothing_needs_are_an_error() -> None:
    assert unpack_columns(crafted([1, ["c", 0], ["c", 0]])) == [(0, b"\x00")]
    with pytest.raises(WireError, match="belong to no column"):
        unpack_columns(crafted([1, ["c", 0], ["c", 0]], b"x"))
    with pytest.raises(WireError, match="belong to no column"):
        unpack_columns(crafted([1, ["c", 0], ["c", 0]], b"", b"x"))


nodes = st.recursive(
    st.tuples(st.just("c"), scalars)
    | st.tuples(st.just("i"), st.integers(0, 2), st.sampled_from([0, 1, 2, 4, 8]), st.lists(st.integers(), max_size=2))
    | st.tuples(st.sampled_from(["u", "f"])),
    lambda inner: (
        st.tuples(st.just("b"), inner)
        | st.tuples(st.just("a"), st.lists(inner, max_size=3))
        | st.tuples(st.sampled_from(["l", "w"]), inner, inner)
        | st.tuples(st.just("d"), st.lists(scalars, max_size=3), inner)
        | st.tuples(st.just("m"), st.lists(st.text(max_size=2), max_size=3), st.lists(inner, max_size=3))
        | st.tuples(st.just("v"), inner, st.lists(inner, max_size=3))
    ),
    max_leaves=8,
)


@given(st.integers(0, 5), nodes, nodes, st.binary(max_size=60))
def test_random_nodes_raise_nothing_but_wire_errors(count: int, numbers: Any, payloads: Any, columns: bytes) -> None:
    try:
        tree = crafted([count, numbers, payloads], columns)
    except OverflowError:  # an integer that MessagePack does not have
        return
    with contextlib.suppress(WireError):
        assert len(unpack_columns(tree)) == count


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "truncated"),
        (b"\x00", "array"),
        (msgspec.msgpack.encode((b"", 4, zstandard.ZstdCompressor().compress(bytes(9)), b"")), "names 4"),
        (msgspec.msgpack.encode((b"", 1 << 40, b"\x28\xb5\x2f\xfd\xe4\0\0\0\0\0\x01\0\0\0", b"")), "unpack to"),
        (msgspec.msgpack.encode((b"", 9, zstandard.ZstdCompressor().compress(bytes(9)), b"")), "hash"),
    ],
)
def test_errors_say_what_was_seen(data: bytes, said: str) -> None:
    with pytest.raises(WireError, match=said):
        unpack_columns(data)
