"""An archive holds a recording message for message, and other people's tools read it."""

import asyncio
import base64
import io
import json
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Coroutine, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.reader import make_reader
from PIL import Image

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import FramewireError, SessionError, UsageError, WireError
from runtime.session_meta import SessionMeta
from runtime.subjects import BY_KIND, RECORDED
from streams.archive.export import Exported, export
from streams.archive.importing import import_archive
from streams.archive.layout import LAYOUT, FrameTime
from streams.archive.schemas import codec
from streams.archive.store import McapStore
from streams.chunks import Group, Record, pack, unpack
from streams.session import open_session
from streams.store import MemoryStore, SessionStore
from tests.golden.payloads import EXAMPLES
from tests.streams_source import Frame, meta_of, play, record

FRAMES = list(play(ScriptedBackend(), 200, jumps=(33,)))
Sequences = dict[str, list[Record]]


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def sequences(store: SessionStore, name: str) -> Sequences:
    """Return every kind's (frame it was published with, bytes), in order."""
    found: Sequences = {}
    async for chunk in store.chunks(name, RECORDED):
        found.setdefault(chunk.kind, []).extend(unpack(chunk))
    return found


async def groups(store: SessionStore, name: str) -> list[tuple[int, int, bool]]:
    """Return each group's first frame, last frame and key."""
    found: dict[int, tuple[int, int, bool]] = {}
    async for chunk in store.chunks(name, RECORDED):
        found[chunk.group] = chunk.first_frame, chunk.last_frame, chunk.key
    return list(found.values())


async def export_all(store: SessionStore, path: Path, *, images: bool = False) -> Exported:
    return await export(store, await open_session(store, "s"), path, images=images, overwrite=True)


async def round_trip(store: SessionStore, path: Path) -> MemoryStore:
    """Export session s and import it as t."""
    await export_all(store, path)
    imported = MemoryStore()
    await import_archive(path, imported, "t")
    return imported


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of FRAMES with images."""
    path = tmp_path_factory.mktemp("archive") / "s.mcap"

    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES)
        assert (await export_all(store, path, images=True)).images == 200

    run(main())
    return path


def test_a_round_trip_is_identical(archived: Path) -> None:
    async def main() -> None:
        original, imported = MemoryStore(), MemoryStore()
        await record(original, "s", FRAMES)
        told = await import_archive(archived, imported, "t")
        assert (told.frames, told.last_frame, told.cut, told.complete) == (200, 199, False, True)
        wanted = await sequences(original, "s")
        assert set(wanted) == {"savestate", "plan", "learnt", "event", "input", "frame", "memory", "state"}
        assert await sequences(imported, "t") == wanted
        assert told.payloads == sum(len(records) for records in wanted.values())
        assert await groups(imported, "t") == await groups(original, "s")
        there, here = await original.describe("s"), await imported.describe("t")
        assert here.meta == msgspec.structs.replace(there.meta, session="t")
        assert here.status == "complete"

    run(main())


def odd(payload: wire.Payload) -> Iterator[bytes]:
    """Yield bytes that are nearly this payload and that JSON could not give back."""
    fields = msgspec.msgpack.decode(wire.encode(payload))
    yield msgspec.msgpack.encode([*fields, "a field of tomorrow"])
    yield msgspec.msgpack.encode([fields[0], 99, *fields[2:]])
    yield wire.encode(payload) + b"\xc0"
    yield b""


def of_kind(kind: str) -> list[bytes]:
    examples = [example for example in EXAMPLES if type(example) is BY_KIND[kind].payload]
    return [wire.encode(example) for example in examples] + [data for e in examples for data in odd(e)]


POOL = [(kind, data) for kind in RECORDED for data in of_kind(kind)] + [
    ("state", wire.encode(wire.State(frame_index=1, sent_ns=2, values={"x": float("nan"), "y": float("-inf")}))),
    ("state", wire.encode(wire.State(frame_index=1, sent_ns=2, values={"x": -0.0, "y": 1e300, "z": 2**63, "w": ""}))),
]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.lists(st.sampled_from(POOL), max_size=6), st.booleans()), min_size=1),
    st.text(max_size=20),
)
def test_anything_recorded_comes_back(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, list[tuple[str, bytes]], bool]], text: str
) -> None:
    async def main() -> None:
        frames: list[Frame] = []
        for step, payloads, key in steps:
            frame_index = step + (frames[-1][0] if frames else -1)
            event = wire.Event(source=text, frame_index=0, sent_ns=-1, name=text, facts={text: text})
            frames.append((frame_index, [("event", wire.encode(event)), *payloads], key))
        store = MemoryStore()
        await record(store, "s", frames)
        imported = await round_trip(store, path)
        assert await sequences(imported, "t") == await sequences(store, "s")
        assert await groups(imported, "t") == await groups(store, "s")
        assert await sequences(McapStore(path), "s") == await sequences(store, "s")

    path = tmp_path_factory.mktemp("any") / "s.mcap"
    run(main())


def test_what_json_cannot_hold_is_kept_as_bytes(tmp_path: Path) -> None:
    async def main() -> None:
        store = MemoryStore()
        nan = wire.encode(wire.State(frame_index=0, sent_ns=0, values={"x": float("nan")}))
        fine = wire.encode(wire.State(frame_index=0, sent_ns=0, values={"x": 1.5}))
        await record(store, "s", [(0, [("state", fine), ("state", nan), ("state", fine)], True)])
        path = tmp_path / "s.mcap"
        assert (await export_all(store, path)).raw == 1
        with path.open("rb") as file:
            messages = [(c, m.data) for _, c, m in make_reader(file).iter_messages(["/s/state", "/s/raw/state"])]
        assert [c.topic for c, _ in messages] == ["/s/state", "/s/raw/state", "/s/state"]
        assert (messages[1][0].message_encoding, messages[1][0].schema_id, messages[1][1]) == ("msgpack", 0, nan)
        assert (await sequences(McapStore(path), "s"))["state"] == [Record(0, data) for data in (fine, nan, fine)]

    run(main())


def test_the_plain_reader_reads_it(archived: Path) -> None:
    with archived.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        summary = reader.get_summary()
        assert summary is not None
        assert summary.statistics is not None
        counts = {
            channel.topic: summary.statistics.channel_message_counts[channel.id]
            for channel in summary.channels.values()
        }
        recorded = Counter(f"/s/{kind}" for _, payloads, _ in FRAMES for kind, _ in payloads)
        recorded["/s/event"] += 1  # the session's end
        assert counts == {**recorded, "/s/group": 3, "/s/image": 200}
        schemas = {schema.name: schema for schema in summary.schemas.values()}
        assert {"foxglove.CompressedImage", "framewire.Input", "framewire.Frame"} < set(schemas)
        assert {schema.encoding for schema in schemas.values()} == {"jsonschema"}
        values = json.loads(schemas["framewire.State"].data)["properties"]["values"]
        assert set(values["properties"]) == {"frame", "player.x"}
        assert {index.compression for index in summary.chunk_indexes} == {"zstd"}
        metadata = {record.name: record.metadata for record in reader.iter_metadata()}
        meta = msgspec.json.decode(metadata["framewire.session"]["meta"], type=SessionMeta)
        assert meta == meta_of(ScriptedBackend(), "s")
        assert metadata["framewire.session"]["layout"] == str(LAYOUT)
        for schema, channel, message in reader.iter_messages():
            assert schema is not None
            assert set(json.loads(message.data)) == set(json.loads(schema.data)["properties"]) - {"frame_id"} | (
                {"frame_id"} if channel.topic == "/s/image" else set()
            )


def test_messages_lie_at_their_time_in_the_game(archived: Path) -> None:
    created_ns = int(datetime.fromisoformat("2026-11-20T12:00:00+00:00").timestamp()) * 1_000_000_000
    rate_hz = ScriptedBackend().console.rate_hz
    with archived.open("rb") as file:
        messages = [
            (channel.topic, message)
            for _, channel, message in make_reader(file).iter_messages()
            if channel.topic != "/s/image"
        ]
    log_times = [message.log_time for _, message in messages]
    assert log_times == sorted(set(log_times))
    for _, message in messages:
        assert message.publish_time == created_ns + round(message.sequence * 1e9 / rate_hz)
        assert 0 <= message.log_time - message.publish_time < 20
    plans = [(m.sequence, json.loads(m.data)["frame_index"]) for topic, m in messages if topic == "/s/plan"]
    assert plans == [(10, 9), (60, 59), (110, 109), (160, 159)]
    of_frame = [topic.rpartition("/")[2] for topic, m in messages if m.sequence == 60]
    assert of_frame == ["plan", "input", "frame", "memory", "state"]


def test_a_session_without_a_date_or_a_rate_begins_in_1970() -> None:
    meta = msgspec.structs.replace(meta_of(ScriptedBackend(), "s"), created="yesterday", rate_hz=0.0)
    assert FrameTime(meta).ns(60) == 1_000_000_000


def test_images_are_the_pixels(archived: Path) -> None:
    async def main() -> None:
        with archived.open("rb") as file:
            messages = make_reader(file).iter_messages("/s/image")
            session = await open_session(McapStore(archived), "s")
            async for tick in session.ticks():
                _, _, message = next(messages)
                image = json.loads(message.data)
                shown = Image.open(io.BytesIO(base64.b64decode(image["data"])))
                assert np.array_equal(np.asarray(shown), tick.rgb())
                assert image["format"] == "png"
                assert image["timestamp"]["sec"] * 1_000_000_000 + image["timestamp"]["nsec"] == message.publish_time
                assert message.sequence == tick.frame_index
            assert next(messages, None) is None

    run(main())


def test_a_frame_that_cannot_be_decoded_has_no_image(tmp_path: Path) -> None:
    async def main() -> None:
        store = MemoryStore()
        frames = [(i, payloads if i != 70 else payloads[:1], key) for i, payloads, key in FRAMES]
        await record(store, "s", frames)
        exported = await export_all(store, tmp_path / "s.mcap", images=True)
        assert exported.payloads["frame"] == 199
        assert (exported.images, exported.undecodable) == (200 - 23, 22)  # until the key at 93

    run(main())


@pytest.mark.parametrize("kind", RECORDED)
def test_schemas_stay_within_what_foxglove_reads(kind: str) -> None:
    def check(schema: dict[str, Any]) -> None:
        assert schema["type"] in ("object", "array", "string", "integer", "number", "boolean")
        if schema["type"] == "object":
            for part in schema["properties"].values():
                check(part)
        elif schema["type"] == "array":
            assert schema["items"]["type"] != "array"
            check(schema["items"])

    schema = codec(kind).schema(["player.x"])
    check(schema)
    assert set(schema["properties"]) == set(BY_KIND[kind].payload.__struct_fields__)


def test_json_that_is_no_payload_is_a_clear_error() -> None:
    with pytest.raises(WireError, match=r"wanted framewire.Input as JSON, got 2 bytes that are none: .*version"):
        codec("input").to_wire(b"{}")


def test_an_archive_is_a_store(archived: Path) -> None:
    async def main() -> None:
        original = MemoryStore()
        await record(original, "s", FRAMES)
        store = McapStore(archived)
        described = await store.describe("s")
        assert described.meta == (await original.describe("s")).meta
        assert described.stored_bytes == archived.stat().st_size
        assert await store.sessions() == [described]
        there, here = await open_session(original, "s"), await open_session(store, "s")
        assert (here.first_frame, here.last_frame) == (0, 199)
        for start in (0, 1, 32, 33, 92, 93, 151, 199):
            wanted = [(t.frame_index, list(t.payloads), t.rgb().tobytes()) async for t in there.ticks(start=start)]
            got = [(t.frame_index, list(t.payloads), t.rgb().tobytes()) async for t in here.ticks(start=start)]
            assert got == wanted
        assert await here.find_holes() == []
        chunk = await store.read("s", described.chunks)
        assert (chunk.kind, chunk.last_frame) == ("state", 199)

    run(main())


def test_one_position_needs_no_other_chunk(archived: Path, tmp_path: Path) -> None:
    async def main() -> None:
        with archived.open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        data = bytearray(archived.read_bytes())
        for index in summary.chunk_indexes[1:]:
            end = index.chunk_start_offset + index.chunk_length
            data[index.chunk_start_offset + 60 : end] = bytes(index.chunk_length - 60)
        path = tmp_path / "holed.mcap"
        path.write_bytes(data)
        store = McapStore(path)
        original = MemoryStore()
        await record(original, "s", FRAMES)
        first = [c.group async for c in original.chunks("s", RECORDED)].count(0)
        for position in range(1, first + 1):
            assert unpack(await store.read("s", position)) == unpack(await original.read("s", position))
        with pytest.raises(WireError, match=rf"{path}: damaged at byte \d+: "):
            await store.read("s", first + 1)

    run(main())


def test_an_archive_can_only_be_read(archived: Path) -> None:
    async def main() -> None:
        store = McapStore(archived)
        for refused in (
            store.create(store.start.meta),
            store.append("s", 1, "input", b""),
            store.complete("s"),
            store.remove("s"),
        ):
            with pytest.raises(SessionError, match="an archive can only be read; `runtime archive import` makes"):
                await refused
        with pytest.raises(SessionError, match="no recorded session 't'; there are s"):
            await store.describe("t")
        last = (await store.describe("s")).chunks
        for position in (0, last + 1):
            with pytest.raises(SessionError, match=f"has no chunk {position}; it has {last}"):
                await store.read("s", position)

    run(main())


def test_large_groups_lie_in_several_chunks(tmp_path: Path) -> None:
    async def main() -> None:
        store = MemoryStore()
        store.max_chunk_bytes = 1 << 24
        await store.create(meta_of(ScriptedBackend(), "s"))
        rng = np.random.default_rng(7)
        states = [
            wire.Savestate(frame_index=i, sent_ns=0, core="c", rom_sha256="r", raw_bytes=1, data=rng.bytes(1 << 21))
            for i in range(4)
        ]
        group = Group(0, 0, 3, True, {"savestate": [Record(s.frame_index, wire.encode(s)) for s in states]})
        chunks, refused = pack(group, store.max_chunk_bytes)
        assert refused == 0
        for position, (kind, chunk) in enumerate(chunks, 1):
            await store.append("s", position, kind, chunk)
        path = tmp_path / "s.mcap"
        await export_all(store, path)
        with path.open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        assert len(summary.chunk_indexes) == 2
        wanted = await sequences(store, "s")
        assert await sequences(McapStore(path), "s") == wanted
        imported = MemoryStore()
        imported.max_chunk_bytes = 1 << 24
        await import_archive(path, imported)
        assert await sequences(imported, "s") == wanted

    run(main())


class _Breaking(MemoryStore):
    """Breaks in the middle of reading."""

    async def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        yielded = 0
        async for chunk in super().chunks(session, kinds, start):
            yielded += 1
            if yielded > 10:
                raise WireError("broken")
            yield chunk


def test_an_export_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    async def main() -> None:
        store = _Breaking()
        await record(store, "s", FRAMES)
        session = await open_session(store, "s")
        path = tmp_path / "s.mcap"
        path.write_bytes(b"mine")
        with pytest.raises(UsageError, match="is there already; remove it, or add --overwrite"):
            await export(store, session, path)
        with pytest.raises(WireError, match="broken"):
            await export(store, session, path, overwrite=True)
        assert [p.name for p in tmp_path.iterdir()] == ["s.mcap"]
        assert path.read_bytes() == b"mine"
        with pytest.raises(UsageError, match="cannot be written"):
            await export(store, session, tmp_path / "no" / "s.mcap")

    run(main())


def test_an_import_leaves_a_session_of_that_name_alone(archived: Path) -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES[:70])
        before = await sequences(store, "s")
        with pytest.raises(SessionError, match="a session 's' is already recorded"):
            await import_archive(archived, store)
        assert await sequences(store, "s") == before
        with pytest.raises(SessionError, match="cannot be read: No such file"):
            await import_archive(archived.with_name("nope.mcap"), store, "u")
        with pytest.raises(SessionError, match="no MCAP file, it begins with"):
            await import_archive(Path(__file__), store, "u")
        with pytest.raises(FramewireError):
            McapStore(Path(__file__))

    run(main())
