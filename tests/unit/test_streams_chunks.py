"""Chunks keep payloads byte for byte, and say clearly when they are damaged."""

import asyncio
import random

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from runtime import wire
from runtime.errors import WireError
from runtime.subjects import RECORDED
from streams.chunks import Group, Record, gap_of, pack, seek, unpack

MAX_BYTES = 1 << 20


def group_of(records: dict[str, list[Record]], *, number: int = 3, first: int = 100, last: int = 159) -> Group:
    return Group(number, first, last, True, records)


def decoded(chunks: list[tuple[str, bytes]]) -> list[wire.Chunk]:
    return [wire.decode(wire.Chunk, data) for _, data in chunks]


record_lists = st.lists(st.builds(Record, st.integers(100, 159), st.binary(max_size=200)), max_size=20)


@given(st.dictionaries(st.sampled_from(RECORDED), record_lists))
def test_payloads_come_back_byte_for_byte(records: dict[str, list[Record]]) -> None:
    chunks, refused = pack(group_of(records), MAX_BYTES)
    assert refused == 0
    back = {chunk.kind: unpack(chunk) for chunk in decoded(chunks)}
    assert back == {kind: listed for kind, listed in records.items() if listed}


def test_chunks_come_in_publishing_order_and_name_their_group() -> None:
    chunks, _ = pack(group_of({kind: [Record(100, b"x")] for kind in reversed(RECORDED)}), MAX_BYTES)
    assert [kind for kind, _ in chunks] == list(RECORDED)
    for chunk in decoded(chunks):
        assert (chunk.group, chunk.first_frame, chunk.last_frame, chunk.key) == (3, 100, 159, True)


def test_payloads_become_columns_and_what_is_none_is_compressed_as_it_is() -> None:
    payload = wire.encode(wire.State(frame_index=100, sent_ns=0, values={"x": 1}))
    chunks, _ = pack(group_of({"input": [Record(100, b"x" * 500)], "state": [Record(100, payload)]}), MAX_BYTES)
    assert [chunk.packing for chunk in decoded(chunks)] == ["zstd", "columns"]


def test_video_is_not_compressed_twice() -> None:
    contents = random.Random(1).randbytes(500)
    for kind, apart in (("frame", True), ("savestate", True), ("state", False)):
        ((_, data),), _ = pack(group_of({kind: [Record(100, msgspec.msgpack.encode(contents * 2))]}), MAX_BYTES)
        assert (contents * 2 in data) == apart


@pytest.mark.parametrize("packing", ["", "zstd"])
def test_older_packings_are_read(packing: str) -> None:
    data = msgspec.msgpack.encode([(0, b"a"), (59, b"b")])
    if packing:
        data = zstandard.ZstdCompressor(level=3).compress(data)
    chunk = msgspec.structs.replace(chunk_at(3, 100, 159, key=True), packing=packing, count=2, data=data)
    assert unpack(chunk) == [Record(100, b"a"), Record(159, b"b")]


def test_a_large_kind_is_split_and_comes_back_in_order() -> None:
    records = [Record(100 + i, random.Random(i).randbytes(300)) for i in range(40)]
    chunks, refused = pack(group_of({"frame": records}), 2000)
    assert refused == 0
    assert len(chunks) > 6
    assert all(len(data) <= 2000 for _, data in chunks)
    assert [record for chunk in decoded(chunks) for record in unpack(chunk)] == records


def test_a_payload_that_fits_nowhere_becomes_a_gap() -> None:
    records = [Record(100, b"small"), Record(101, random.Random(1).randbytes(5000)), Record(102, b"small")]
    chunks, refused = pack(group_of({"savestate": records}), 1000)
    assert refused == 1
    last = decoded(chunks)[-1]
    gap = wire.decode(wire.Gap, unpack(last)[0].data)
    assert (last.kind, gap.kind, gap.first_frame, gap.count, gap.source) == ("gap", "savestate", 101, 1, "recorder")
    kept = [record for chunk in decoded(chunks)[:-1] for record in unpack(chunk)]
    assert kept == [records[0], records[2]]


@given(st.data())
def test_damaged_chunks_are_clear_errors(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["frame", "state"]))
    contents = [b"payload %d" % i for i in range(9)]
    if data.draw(st.booleans()):
        contents = [msgspec.msgpack.encode(content) for content in contents]  # columns
    (_, packed), *_ = pack(group_of({kind: [Record(100 + i, c) for i, c in enumerate(contents)]}), MAX_BYTES)[0]
    damaged = bytearray(packed)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        chunk = wire.decode(wire.Chunk, bytes(damaged))
        records = unpack(chunk)
    except WireError:
        return
    assert len(records) == chunk.count
    assert [record.data for record in records] == contents
    assert [record.frame_index - chunk.first_frame for record in records] == list(range(9))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"packing": "lzma"}, "packing 'lzma' is unknown"),
        ({"count": 3}, "names 3 payloads"),
        ({"last_frame": 100}, "at other frames"),
        ({"data": b"\x00" * 10}, "damaged"),
        ({"packing": "zstd"}, "damaged"),
        ({"packing": ""}, "damaged"),
        ({"packing": "zstd", "data": b"\x28\xb5\x2f\xfd\xe4\0\0\0\0\0\x01\0\0\0"}, "would unpack to"),
    ],
)
def test_errors_say_what_was_seen(change: dict[str, object], said: str) -> None:
    chunks, _ = pack(group_of({"frame": [Record(100, b"a"), Record(101, b"b")]}), MAX_BYTES)
    chunk = msgspec.structs.replace(decoded(chunks)[0], **change)
    with pytest.raises(WireError, match=said):
        unpack(chunk)


def test_a_lost_group_is_named_kind_by_kind() -> None:
    records = {"frame": [Record(i, b"") for i in range(100, 160)], "plan": [Record(120, b"")]}
    gaps = [wire.decode(wire.Gap, r.data) for r in gap_of(group_of(records), 0, "disk full").records["gap"]]
    assert [(g.kind, g.first_frame, g.last_frame, g.count) for g in gaps] == [
        ("frame", 100, 159, 60),
        ("plan", 120, 120, 1),
    ]


def chunk_at(number: int, first: int, last: int, *, key: bool) -> wire.Chunk:
    return wire.Chunk(
        kind="x", group=number, first_frame=first, last_frame=last, count=0, key=key, packing="", data=b""
    )


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(1, 4)), min_size=1, max_size=30), st.data())
def test_seek_finds_the_start_of_the_last_key_group_before_a_frame(
    shape: list[tuple[int, bool, int]], data: st.DataObject
) -> None:
    chunks: list[wire.Chunk] = []
    at = 0
    for number, (length, key, kinds) in enumerate(shape):
        chunks += [chunk_at(number, at, at + length - 1, key=key or number == 0)] * kinds
        at += length
    wanted = data.draw(st.integers(0, at - 1))

    async def read(position: int) -> wire.Chunk:
        return chunks[position - 1]

    found = asyncio.run(seek(read, len(chunks), wanted))
    expected = max(c.group for c in chunks if c.key and c.first_frame <= wanted)
    assert found == 1 + next(i for i, c in enumerate(chunks) if c.group == expected)
