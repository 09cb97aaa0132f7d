"""Groups of chunks → an MCAP file, laid out as `streams.archive.layout` says."""

from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import IO, Any

import msgspec
from mcap.writer import CompressionType, Writer

from runtime import wire
from runtime.names import OURS
from streams.archive.images import Images, Video
from streams.archive.layout import (
    ANNOTATIONS_METADATA,
    CHUNK_BYTES,
    GROUP_TOPIC,
    GROUPS_METADATA,
    IMAGE_TOPIC,
    LAYOUT,
    RAW_TOPIC,
    SESSION_METADATA,
    FrameTime,
    GroupEntry,
    GroupMark,
    Start,
    acts_to_text,
    sealed,
    start_to_text,
    topic,
)
from streams.archive.schemas import IMAGE_SCHEMA, codec, schema_of, watches_of
from streams.chunks import unpack
from streams.session import Session

_SECOND_NS = 1_000_000_000


class _Image(msgspec.Struct, frozen=True):
    """foxglove.CompressedImage."""

    timestamp: dict[str, int]
    frame_id: str
    data: bytes
    format: str


class ArchiveWriter:
    """Writes one archive.

    Attributes:
        frames: Frames written.
        payloads: Payloads written, by kind; `raw` of them could not be JSON.
        image_count: Images written.
    """

    def __init__(
        self,
        file: IO[bytes],
        session: Session,
        acts: Sequence[wire.Annotation],
        images: Images | None,
        on_frame: Callable[[], None],
    ) -> None:
        """Begin with what the session is, and its acts of labelling; without `images` there are none."""
        self._meta = session.meta
        self._time = FrameTime(session.meta)
        self._images = images
        self._on_frame = on_frame
        self._channels: dict[str, int] = {}
        self._entries: list[GroupEntry] = []
        self._log_time = -1
        self._last_frame = -1
        self._unflushed_bytes = 0
        self.frames = self.raw = self.image_count = 0
        self.payloads: Counter[str] = Counter()
        # No chunk gets so large that it ends by itself: they end where we flush, between frames.
        self._writer = Writer(file, chunk_size=1 << 62, compression=CompressionType.ZSTD, enable_data_crcs=True)
        ours = version(OURS)
        self._writer.start(library=f"{OURS} {ours}")
        start = Start(
            layout=LAYOUT,
            framewire_version=ours,
            status=session.stored.status,
            first_frame=session.first_frame,
            last_frame=session.last_frame,
            images="png" if images else "none",
            meta=session.meta,
        )
        self._writer.add_metadata(SESSION_METADATA, start_to_text(start))
        if acts:
            self._writer.add_metadata(ANNOTATIONS_METADATA, acts_to_text(acts))

    def add(self, chunks: Sequence[wire.Chunk], *, final: bool) -> None:
        """Write the chunks that were stored together."""
        frames: dict[int, list[tuple[str, bytes]]] = {}
        counts: Counter[str] = Counter()
        for chunk in chunks:
            for frame_index, data in unpack(chunk):
                frames.setdefault(frame_index, []).append((chunk.kind, data))
                counts[chunk.kind] += 1
        first = chunks[0]
        mark = GroupMark(
            index=len(self._entries),
            group=first.group,
            first_frame=first.first_frame,
            last_frame=first.last_frame,
            key=first.key,
            final=final,
            counts=dict(counts),
        )
        self.payloads += counts
        began_ns = self._add(self._channel_of_groups(), first.first_frame, msgspec.json.encode(mark))
        video: list[Video] = []
        for frame_index, payloads in sorted(frames.items()):
            for kind, data in payloads:
                log_time = self._add_payload(kind, frame_index, data)
                if kind == "frame":
                    video.append(Video(frame_index, log_time, data))
            if frame_index != self._last_frame:
                self.frames += 1
                self._last_frame = frame_index
                self._on_frame()
            if self._unflushed_bytes > CHUNK_BYTES:
                self._flush()
        self._flush()
        self._entries.append(
            GroupEntry(
                first.group, first.first_frame, first.last_frame, first.key, began_ns, self._log_time, dict(counts)
            )
        )
        if self._images:
            self._add_images(self._images, video)

    def finish(self) -> None:
        """Write the indexes."""
        groups = msgspec.json.encode(self._entries).decode()
        self._writer.add_metadata(GROUPS_METADATA, sealed({"groups": groups}))
        self._writer.finish()  # type: ignore[no-untyped-call] # mcap annotates no method without arguments

    def _add_payload(self, kind: str, frame_index: int, data: bytes) -> int:
        text = codec(kind).to_json(data)
        if text is not None:
            return self._add(self._channel_of(kind), frame_index, text)
        self.raw += 1
        return self._add(self._raw_channel_of(kind), frame_index, data)

    def _add(self, channel: int, frame_index: int, data: bytes) -> int:
        """Write a record; return its log time."""
        published = self._time.ns(frame_index)
        self._log_time = max(published, self._log_time + 1)
        self._writer.add_message(channel, self._log_time, data, published, frame_index)
        self._unflushed_bytes += len(data)
        return self._log_time

    def _add_images(self, images: Images, video: Sequence[Video]) -> None:
        channel = self._channel_of_images() if video else 0
        for shown, data in images.of(video):
            published = self._time.ns(shown.frame_index)
            seconds, nanoseconds = divmod(published, _SECOND_NS)
            image = _Image({"sec": seconds, "nsec": nanoseconds}, "screen", data, "png")
            text = msgspec.json.encode(image)
            self._writer.add_message(channel, shown.log_time, text, published, shown.frame_index)
            self.image_count += 1
            self._unflushed_bytes += len(text)
            if self._unflushed_bytes > CHUNK_BYTES:
                self._flush()
        self._flush()

    def _flush(self) -> None:
        self._writer.flush()  # type: ignore[no-untyped-call] # mcap annotates no method without arguments
        self._unflushed_bytes = 0

    def _channel_of(self, kind: str) -> int:
        known = codec(kind)
        return self._channel(kind, lambda: (known.name, known.schema(watches_of(self._meta.game_toml))))

    def _raw_channel_of(self, kind: str) -> int:
        return self._channel(RAW_TOPIC + kind, None)

    def _channel_of_groups(self) -> int:
        return self._channel(GROUP_TOPIC, lambda: ("framewire.GroupMark", schema_of(GroupMark)))

    def _channel_of_images(self) -> int:
        return self._channel(IMAGE_TOPIC, lambda: ("foxglove.CompressedImage", IMAGE_SCHEMA))

    def _channel(self, what: str, schema: Callable[[], tuple[str, dict[str, Any]]] | None) -> int:
        """Return the id of a topic's channel, which its first message brings into the file; without schema, raw."""
        if what not in self._channels:
            schema_id, encoding = 0, "msgpack"
            if schema:
                name, described = schema()
                schema_id = self._writer.register_schema(name, "jsonschema", msgspec.json.encode(described))
                encoding = "json"
            self._channels[what] = self._writer.register_channel(topic(self._meta.session, what), encoding, schema_id)
        return self._channels[what]
