"""Columns: how many small payloads of one kind become few bytes, and come back byte for byte.

Payloads of a kind look alike: the same fields, most of them as before or counting up. So their MessagePack trees are
turned on their side: the values at one place of all trees are a column, a column is stored by the rule that suits it,
and zstd sees what belongs together side by side. Packing takes payloads of any kind; what MessagePack does not give
back byte for byte (it is another encoding of the same, or none) is not packed.

Bytes: a MessagePack array of four.

    check    8 bytes: xxh3-64, big-endian, of the unpacked `plain` followed by `apart`
    size     bytes of the unpacked `plain`
    plain    one zstd frame
    apart    contents of byte strings that are compressed already; else empty

`plain` is a u32, little-endian, the length of what follows: a MessagePack array `[count, numbers, payloads]`, the two
nodes of `count` values each. Then come the columns' bytes, in the order in which the nodes, read from left to right,
need them. A node says how n values are made:

    ["c", value]                   n times this one
    ["i", order, width, heads]     integers, modulo 2^64 as i64. The column has width (0, 1, 2, 4, 8) bytes for each of
                                   the n - order values after `heads`, in planes: all lowest bytes, then all next ones …
                                   They are zigzag numbers (0 -1 1 -2 …): of the values themselves (order 0, no heads),
                                   of differences to the value before (order 1, heads: the first value), or of
                                   differences of differences (order 2, heads: the first two values)
    ["u"]                          n u64, little-endian
    ["f"]                          n f64, little-endian, in planes
    ["d", values, node]            values[i] for each i of the node
    ["b", lengths]                 byte strings: a node of their lengths; contents end to end, in `apart` unless it is
                                   empty
    ["w", lengths, words]          byte strings of u32, little-endian: a node of their lengths in words, a node of all
                                   words
    ["a", [node …]]                arrays of as many elements as there are nodes, each a node of n
    ["l", lengths, node]           arrays of any length: a node of their lengths, a node of all elements
    ["m", keys, [node …]]          maps with these keys in this order
    ["v", choices, [node …]]       for each value a node of 0, 1, …: which of the nodes gives the next value

Measured on two minutes of the built-in game with its actors at 60 Hz (2 cores at 2.5 GHz, November 2026), bytes a frame
as MessagePack pairs through zstd level 3, and as columns in groups of 60 and of 600 frames:

    input  11.5 → 6.4, 3.5    state  20.1 → 11.7, 4.7    hash  14.0 → 9.2, 7.7    memory  36.6 → 29.6
    frame, what it has beside the video's own bytes: 48.7 → 14.6, of which 8 are its hash

`sent_ns` is 4.1 and 3.0 of the bytes of an input. To pack input and state takes 18 µs a frame, to unpack both 10 µs.
"""

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice, pairwise, repeat
from typing import Any, ClassVar

import msgspec
import numpy as np
import xxhash
import zstandard
from numpy.typing import NDArray

from runtime.errors import WireError

Node = list[Any]
Values = Sequence[Any]
Ints = NDArray[np.int64]

_LEVEL = 3

#: What packing takes; about a hundred times a usual group.
_MAX_PAYLOAD_BYTES = 1 << 24
_MAX_VALUES = 1 << 20
_MAX_DEPTH = 32
_MAX_CHOICES = 64

#: Byte strings of numbers below this may be arrays of u32: offsets into memory, lengths.
_MAX_WORD = 1 << 24

#: Bounds what a damaged or hostile chunk can make us allocate; what packing takes stays below.
_MAX_PLAIN_BYTES = 1 << 26
_MAX_TOTAL_BYTES = 1 << 28

#: Bytes in memory of one value as a Python object, and of one in an array, about.
_OBJECT_BYTES = 64
_NUMBER_BYTES = 16

#: A number, a payload and what holds them.
_PAIR_BYTES = 192

_WIDTHS = (0, 1, 2, 4, 8)

_decode = msgspec.msgpack.Decoder().decode
_encode = msgspec.msgpack.Encoder().encode
_outer = msgspec.msgpack.Decoder(tuple[bytes, int, bytes, bytes])


def pack_columns(pairs: Sequence[tuple[int, bytes]], *, compressed: bool) -> bytes | None:
    """Return (number, payload) pairs packed, or None when they are not MessagePack as msgspec writes it.

    Args:
        pairs: Numbers fit into 64 bits.
        compressed: Byte strings within the payloads are compressed already and stay as they are.
    """
    writer = _Writer(compressed)
    try:
        trees = _trees([data for _, data in pairs])
        tree = [len(pairs), writer.column([number for number, _ in pairs]), writer.column(trees)]
        columns, apart = writer.finish()
    except _UnpackableError:
        return None
    nodes = _encode(tree)
    plain = len(nodes).to_bytes(4, "little") + nodes + columns
    squeezed = zstandard.ZstdCompressor(level=_LEVEL).compress(plain)
    return _encode((_check(plain, apart), len(plain), squeezed, apart))


def unpack_columns(data: bytes) -> list[tuple[int, bytes]]:
    """Return the pairs that were packed.

    Raises:
        WireError: The bytes are damaged.
    """
    try:
        check, size, squeezed, apart = _outer.decode(data)
        return _Reader(_unzip(squeezed, size), apart, check).pairs()
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WireError(str(error)) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:  # no packer wrote such nodes
        raise WireError(f"its columns make no sense: {error}") from error


class _UnpackableError(Exception):
    """Values that columns cannot hold."""


class _Writer:
    """Turns values into nodes and columns."""

    def __init__(self, compressed: bool) -> None:
        self._compressed = compressed
        self._columns: list[bytes] = []
        self._apart: list[bytes] = []
        self._pending: dict[int, list[tuple[Node, int, Values]]] = {}
        self._values = self._depth = 0

    def column(self, values: Values) -> Node:
        """Return the node of these values; it is whole after `finish`."""
        self._values += len(values)
        self._depth += 1
        if self._values > _MAX_VALUES or self._depth > _MAX_DEPTH:
            raise _UnpackableError
        types = set(map(type, values))
        write = self._WRITERS.get(types.pop()) if len(types) == 1 else _Writer._mixed
        if write is None:
            raise _UnpackableError
        node = write(self, values)
        self._depth -= 1
        return node

    def finish(self) -> tuple[bytes, bytes]:
        """Return all columns' bytes, and those set apart."""
        for waiting in self._pending.values():
            rows = np.array([values for _, _, values in waiting], dtype=np.int64)
            for (node, place, _), (rule, column) in zip(waiting, _best(rows), strict=True):
                node[:] = rule
                self._columns[place] = column
        return b"".join(self._columns), b"".join(self._apart)

    def _mixed(self, values: Values) -> Node:
        return self._choice(values, list(map(type, values))) if values else ["c", 0]

    def _scalars(self, values: Values) -> Node:
        if values.count(values[0]) == len(values):
            return ["c", values[0]]
        places = {value: i for i, value in enumerate(dict.fromkeys(values))}
        return ["d", list(places), self._ints([places[value] for value in values])]

    def _ints(self, values: Values) -> Node:
        if values.count(values[0]) == len(values):
            return ["c", values[0]]
        if max(values) >= 1 << 63:
            return self._unsigned(values)
        node: Node = []  # many short columns take one pass together, at the end
        self._pending.setdefault(len(values), []).append((node, len(self._columns), values))
        self._columns.append(b"")
        return node

    def _unsigned(self, values: Values) -> Node:
        if min(values) < 0:
            raise _UnpackableError
        self._columns.append(np.array(values, dtype="<u8").tobytes())
        return ["u"]

    def _floats(self, values: Values) -> Node:
        self._columns.append(_planes(np.array(values, dtype="<f8")))
        return ["f"]

    def _bytes(self, values: Values) -> Node:
        lengths = list(map(len, values))
        contents = b"".join(values)
        if self._compressed:
            self._apart.append(contents)
            return ["b", self._ints(lengths)]
        if contents and not any(length % 4 for length in lengths):
            words = np.frombuffer(contents, dtype="<u4")
            if int(words.max()) < _MAX_WORD:
                node = self._ints([length // 4 for length in lengths])
                rule, column = next(_best(words.astype(np.int64).reshape(1, -1)))
                self._columns.append(column)
                return ["w", node, rule]
        node = self._ints(lengths)
        self._columns.append(contents)
        return ["b", node]

    def _lists(self, values: Values) -> Node:
        lengths = list(map(len, values))
        elements = list(chain.from_iterable(values))
        if lengths.count(lengths[0]) != len(lengths) or (elements and set(map(type, elements)) == {list}):
            return ["l", self._ints(lengths), self.column(elements)]
        return ["a", [self.column(place) for place in zip(*values, strict=True)]]

    def _maps(self, values: Values) -> Node:
        keys = list(values[0])
        if not set(map(type, keys)) <= {str}:  # 1, True and 1.0 are one key to Python, and three on the wire
            raise _UnpackableError
        if any(list(value) != keys for value in values):
            return self._choice(values, [tuple(value) for value in values])
        columns = zip(*(value.values() for value in values), strict=True)
        return ["m", keys, [self.column(place) for place in columns]]

    def _choice(self, values: Values, keys: Sequence[Any]) -> Node:
        places = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        if not 1 < len(places) <= _MAX_CHOICES:
            raise _UnpackableError
        choices = [places[key] for key in keys]
        parts: list[list[Any]] = [[] for _ in places]
        for choice, value in zip(choices, values, strict=True):
            parts[choice].append(value)
        return ["v", self._ints(choices), [self.column(part) for part in parts]]

    _WRITERS: ClassVar[dict[type, Callable[["_Writer", Values], Node]]] = {
        type(None): _scalars,
        bool: _scalars,
        int: _ints,
        float: _floats,
        str: _scalars,
        bytes: _bytes,
        list: _lists,
        dict: _maps,
    }


class _Reader:
    """Turns nodes and columns into values, within bounds."""

    def __init__(self, plain: bytes, apart: bytes, check: bytes) -> None:
        if _check(plain, apart) != check:
            raise WireError("its bytes do not have the hash it names")
        self._plain, self._apart = plain, apart
        self._at = self._apart_at = 0
        self._left = _MAX_TOTAL_BYTES

    def pairs(self) -> list[tuple[int, bytes]]:
        """Return all pairs."""
        size = int.from_bytes(self._column(4), "little")
        count, numbers, payloads = _decode(self._column(size))
        self._spend(count, _PAIR_BYTES)
        listed = self._ints(numbers, count).tolist()
        rows = self._values(payloads, count)
        if self._at != len(self._plain) or self._apart_at != len(self._apart):
            raise WireError("it has bytes that belong to no column")
        return list(zip(listed, map(_encode, rows), strict=True))

    def _values(self, node: Node, count: int) -> Iterable[Any]:
        """Return `count` values."""
        self._spend(count, _OBJECT_BYTES)
        read = self._READERS.get(node[0])
        if read is None:
            raise WireError(f"there is no node {node[0]!r}")
        return read(self, count, *node[1:])

    def _constant(self, count: int, value: object) -> Iterable[Any]:
        self._spend(count, len(_encode(value)))
        return repeat(value, count)

    def _integers(self, count: int, order: int, width: int, heads: list[int]) -> list[int]:
        listed: list[int] = self._ordered(count, order, width, heads).tolist()
        return listed

    def _unsigned(self, count: int) -> list[int]:
        listed: list[int] = np.frombuffer(self._column(8 * count), dtype="<u8").tolist()
        return listed

    def _floats(self, count: int) -> list[float]:
        listed: list[float] = _from_planes(self._column(8 * count), 8).view("<f8").tolist()
        return listed

    def _looked_up(self, count: int, values: list[Any], places: Node) -> list[Any]:
        chosen = self._natural(places, count)
        sizes = np.array([len(_encode(value)) for value in values], dtype=np.int64)
        self._spend(1, int(sizes[chosen].sum()))
        return list(map(values.__getitem__, chosen.tolist()))

    def _contents(self, count: int, lengths: Node) -> list[bytes]:
        ends = list(accumulate(self._natural(lengths, count).tolist(), initial=0))
        contents = self._cut_apart(ends[-1]) if self._apart else self._column(ends[-1])
        return [contents[start:end] for start, end in pairwise(ends)]

    def _words(self, count: int, lengths: Node, words: Node) -> list[bytes]:
        ends = list(accumulate(self._natural(lengths, count).tolist(), initial=0))
        contents = self._ints(words, ends[-1]).astype("<u4").tobytes()
        return [contents[4 * start : 4 * end] for start, end in pairwise(ends)]

    def _arrays(self, count: int, nodes: list[Node]) -> Iterable[tuple[Any, ...]]:
        return zip(*[self._values(each, count) for each in nodes], strict=True) if nodes else repeat((), count)

    def _lists(self, count: int, lengths: Node, node: Node) -> list[tuple[Any, ...]]:
        listed = self._natural(lengths, count).tolist()
        elements = iter(self._values(node, sum(listed)))
        return [tuple(islice(elements, length)) for length in listed]

    def _maps(self, count: int, keys: list[str], nodes: list[Node]) -> Iterable[dict[str, Any]]:
        if len(keys) != len(nodes):
            raise WireError(f"a map has {len(keys)} keys and {len(nodes)} values")
        self._spend(count, len(_encode(keys)) + _OBJECT_BYTES)
        rows = self._arrays(count, nodes)
        return map(dict, map(zip, repeat(keys), rows))

    def _chosen(self, count: int, choices: Node, nodes: list[Node]) -> list[Any]:
        listed = self._natural(choices, count).tolist()
        if len(nodes) > _MAX_CHOICES or max(listed, default=0) >= len(nodes):
            raise WireError(f"a choice is beyond the {len(nodes)} there are; allowed are {_MAX_CHOICES}")
        counts = Counter(listed)
        parts = [iter(self._values(node, counts[i])) for i, node in enumerate(nodes)]
        return [next(parts[choice]) for choice in listed]

    def _ints(self, node: Node, count: int) -> NDArray[Any]:
        """Return `count` integers of a node that has nothing else."""
        self._spend(count, _NUMBER_BYTES)
        match node:
            case ["c", value]:
                return np.full(count, operator.index(value), dtype=np.int64)
            case ["i", order, width, heads]:
                return self._ordered(count, order, width, heads)
        raise WireError(f"there is no node {node!r:.40} of lengths or places")

    def _natural(self, node: Node, count: int) -> Ints:
        numbers = self._ints(node, count)
        if count and int(numbers.min()) < 0:
            raise WireError("a length or place is below zero")
        return numbers

    def _ordered(self, count: int, order: int, width: int, heads: list[int]) -> Ints:
        if order not in (0, 1, 2) or order > count or len(heads) != order or width not in _WIDTHS:
            raise WireError(f"integers of order {order}, {width} bytes and {len(heads)} heads")
        numbers = np.zeros(count, dtype=np.int64)
        if width:
            coded = _from_planes(self._column(width * (count - order)), width).astype(np.uint64)
            numbers[order:] = _unzigzag(coded)
        if order == 2:
            numbers[1] = _wrapped(heads[1] - heads[0])
            np.add.accumulate(numbers[1:], out=numbers[1:])
        if order:
            numbers[0] = heads[0]
            np.add.accumulate(numbers, out=numbers)
        return numbers

    def _spend(self, count: int, each: int) -> None:
        """Account for what is about to be allocated."""
        if type(count) is not int or count < 0:
            raise WireError(f"there is no column of {count!r} values")
        self._left -= count * each
        if self._left < 0:
            raise WireError(f"it would unpack to more than {_MAX_TOTAL_BYTES} bytes")

    def _column(self, size: int) -> bytes:
        column = self._plain[self._at : self._at + size]
        if len(column) != size:
            raise WireError(f"a column of {size} bytes is cut off")
        self._at += size
        return column

    def _cut_apart(self, size: int) -> bytes:
        part = self._apart[self._apart_at : self._apart_at + size]
        if len(part) != size:
            raise WireError(f"{size} bytes set apart are cut off")
        self._apart_at += size
        return part

    _READERS: ClassVar[dict[str, Callable[..., Iterable[Any]]]] = {
        "c": _constant,
        "i": _integers,
        "u": _unsigned,
        "f": _floats,
        "d": _looked_up,
        "b": _contents,
        "w": _words,
        "a": _arrays,
        "l": _lists,
        "m": _maps,
        "v": _chosen,
    }


def _trees(payloads: Sequence[bytes]) -> list[Any]:
    """Return the payloads' trees, if encoding them gives the same bytes."""
    if sum(map(len, payloads)) > _MAX_PAYLOAD_BYTES:
        raise _UnpackableError
    try:
        trees = list(map(_decode, payloads))
        same = all(map(operator.eq, map(_encode, trees), payloads))
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _UnpackableError from error
    if not same:
        raise _UnpackableError
    return trees


def _zigzag(values: Ints) -> NDArray[np.uint64]:
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def _unzigzag(coded: NDArray[np.uint64]) -> Ints:
    return (coded >> np.uint64(1)).view(np.int64) ^ -(coded & np.uint64(1)).view(np.int64)


def _best(rows: Ints) -> Iterator[tuple[Node, bytes]]:
    """Yield each row's node and column, by the order whose zigzag numbers have the fewest bits."""
    count = rows.shape[1]
    steps = np.diff(rows)
    candidates = [_zigzag(rows), _zigzag(steps), _zigzag(np.diff(steps))][:count]
    orders = np.argmin([np.log2(each + 1.0).sum(axis=1) for each in candidates], axis=0).tolist()
    largest = [each.max(axis=1, initial=0).tolist() for each in candidates]
    heads = rows[:, :2].tolist()
    for i, order in enumerate(orders):
        width = next(w for w in _WIDTHS if largest[order][i] >> (8 * w) == 0)
        column = _planes(candidates[order][i].astype(f"<u{width}")) if width else b""
        yield ["i", order, width, heads[i][:order]], column


def _wrapped(number: int) -> int:
    """Return a number modulo 2^64 as i64."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def _planes(values: NDArray[Any]) -> bytes:
    return values.view(np.uint8).reshape(values.size, values.itemsize).T.tobytes()


def _from_planes(column: bytes, width: int) -> NDArray[Any]:
    planes = np.frombuffer(column, dtype=np.uint8).reshape(width, -1)
    return np.ascontiguousarray(planes.T).reshape(-1).view(f"<u{width}")


def _unzip(squeezed: bytes, wanted: int) -> bytes:
    size = zstandard.frame_content_size(squeezed)  # what decompress will allocate
    if size != wanted or not 0 <= size <= _MAX_PLAIN_BYTES:
        raise WireError(f"it would unpack to {size} bytes, it names {wanted}; allowed are {_MAX_PLAIN_BYTES}")
    return zstandard.ZstdDecompressor().decompress(squeezed)


def _check(plain: bytes, apart: bytes) -> bytes:
    return xxhash.xxh3_64_digest(plain + apart) if apart else xxhash.xxh3_64_digest(plain)
