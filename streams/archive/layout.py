"""How a session lies in an MCAP file (https://mcap.dev/spec), so that nothing of it is lost.

The file, in order:

    magic, Header(profile "", library "framewire VERSION")
    Metadata "framewire.session"          what the session is, see `Start`
    Metadata "framewire.annotations"      acts of labelling, see `acts_to_text`; absent without any
    for each group that was written together:
        Chunk + MessageIndexes            the group's mark, then its records, frame by frame
        …                                 further chunks of it when one would exceed 4 MiB; each holds whole frames
        Chunk + MessageIndexes            the same frames as PNG, if asked for
    Metadata "framewire.groups"           where each group lies, see `GroupEntry`
    DataEnd (CRC-32 of all bytes before it), summary (schemas, channels, statistics, indexes, CRC-32), Footer, magic

Chunks are zstd with CRC-32 of their contents. Keys of both metadata maps are text; `xxh3_64`, 16 hex digits, is the
hash of the others as lines `key=value` in order of keys, for MCAP protects metadata only by the CRC of the whole file.

Topics, all of session SESSION as it was named when it was exported:

    /SESSION/group      JSON of `GroupMark`, schema framewire.GroupMark: opens a group
    /SESSION/KIND       JSON object with the payload's field names, schema framewire.PAYLOAD; bytes are base64
    /SESSION/raw/KIND   the payload's wire bytes (message encoding "msgpack", no schema), where JSON would not give
                        the same bytes back: NaN and infinity, another version, fields this program does not know
    /SESSION/image      JSON of foxglove.CompressedImage, PNG; what people look at, an import ignores it

Fields of each message:

    sequence      u32, the frame with which the payload was published (a plan's own frame_index may be older)
    publish_time  the frame's time: `SessionMeta.created` + frame / rate_hz, ns since 1970
    log_time      publish_time, or one more than the message before, whichever is later: it strictly rises from record
                  to record, so order by log_time is the recording's order. An image has its frame record's.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import xxhash

from runtime.errors import SessionError, UsageError
from runtime.session_meta import SessionMeta
from runtime.subjects import RECORDED
from runtime.wire import Annotation
from streams.annotations.exchange import acts as acts_exchange
from streams.annotations.fold import Fold
from streams.store import Status

#: The version of this layout.
LAYOUT = 1

SESSION_METADATA = "framewire.session"
ANNOTATIONS_METADATA = "framewire.annotations"
GROUPS_METADATA = "framewire.groups"

GROUP_TOPIC, IMAGE_TOPIC, RAW_TOPIC = "group", "image", "raw/"

#: A longer run of records is cut into chunks of about this size, uncompressed.
CHUNK_BYTES = 4 << 20

#: No MCAP record is longer; bounds what a damaged length can make us allocate.
MAX_RECORD_BYTES = 1 << 28


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What "framewire.session" says, each value as text in a key of its own; `meta` is SessionMeta as JSON."""

    layout: int
    framewire_version: str  # of the program that exported it
    status: Status  # of the recording when it was exported
    first_frame: int
    last_frame: int
    images: str  # png | none
    meta: SessionMeta


class GroupMark(msgspec.Struct, frozen=True, kw_only=True):
    """What opens a group: counts are payloads by kind, and `final` marks the last group of the archive."""

    index: int  # counts from 0 in this archive
    group: int  # its number in the recording
    first_frame: int
    last_frame: int
    key: bool  # a reader may begin here
    final: bool
    counts: dict[str, int]


class GroupEntry(msgspec.Struct, frozen=True, array_like=True):
    """A line of "framewire.groups", whose key `groups` is a JSON array of such arrays."""

    group: int
    first_frame: int
    last_frame: int
    key: bool
    first_log_ns: int  # of its mark
    last_log_ns: int  # of its last record
    counts: dict[str, int]


class FrameTime:
    """Frames as nanoseconds since 1970."""

    def __init__(self, meta: SessionMeta) -> None:
        self._created_ns = _created_ns(meta.created)
        self._rate_hz = meta.rate_hz if meta.rate_hz > 0 else 60.0

    def ns(self, frame_index: int) -> int:
        """Return when a frame was, had the session run at the console's rate without a pause."""
        return self._created_ns + round(frame_index * 1_000_000_000 / self._rate_hz)


def sealed(values: dict[str, str]) -> dict[str, str]:
    """Return a metadata map with its hash."""
    return {**values, "xxh3_64": _hash(values)}


def is_sealed(values: dict[str, str]) -> bool:
    """Return whether a metadata map is what its hash says."""
    others = {key: value for key, value in values.items() if key != "xxh3_64"}
    return values.get("xxh3_64") == _hash(others)


def start_to_text(start: Start) -> dict[str, str]:
    """Return the metadata map that says what the session is."""
    values = {field: str(getattr(start, field)) for field in start.__struct_fields__ if field != "meta"}
    return sealed({**values, "meta": msgspec.json.encode(start.meta).decode()})


def start_from_text(values: dict[str, str]) -> Start:
    """Read what `start_to_text` wrote.

    Raises:
        msgspec.ValidationError: A value is missing or no such thing.
    """
    if not is_sealed(values):
        raise msgspec.ValidationError("what it says of the session does not have the hash it names")
    meta = msgspec.json.decode(values.get("meta", ""), type=SessionMeta)
    start = msgspec.convert({**values, "meta": meta}, Start, strict=False)
    if start.layout != LAYOUT:
        raise msgspec.ValidationError(f"layout {start.layout} is unknown; this program reads {LAYOUT}")
    return start


def acts_to_text(acts: Sequence[Annotation]) -> dict[str, str]:
    """Return the metadata map that holds acts of labelling: key `acts`, JSON lines in order (streams.annotations)."""
    return sealed({"acts": acts_exchange.write("", Fold(acts))})


def acts_from_text(values: dict[str, str], name: str) -> list[Annotation]:
    """Read what `acts_to_text` wrote.

    Raises:
        SessionError: It is damaged.
    """
    if not is_sealed(values):
        raise SessionError(f"{name}: damaged: its labels do not have the hash they name")
    try:
        return acts_exchange.read(values.get("acts", ""), name, "unknown")
    except UsageError as error:
        raise SessionError(f"{name}: damaged: {error}") from error


def topic(session: str, what: str) -> str:
    """Return a topic's name; `what` is a kind, RAW_TOPIC and a kind, GROUP_TOPIC or IMAGE_TOPIC."""
    return f"/{session}/{what}"


def topics(session: str) -> dict[str, tuple[str, bool]]:
    """Return, for each topic that holds records, (kind, whether it holds wire bytes)."""
    plain = {topic(session, kind): (kind, False) for kind in RECORDED}
    return plain | {topic(session, RAW_TOPIC + kind): (kind, True) for kind in RECORDED}


def _hash(values: dict[str, str]) -> str:
    text = "".join(f"{key}={value}\n" for key, value in sorted(values.items()))
    return xxhash.xxh3_64_hexdigest(text.encode())


def _created_ns(created: str) -> int:
    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return 0
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    since = when - datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000)
