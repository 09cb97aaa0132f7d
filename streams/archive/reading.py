"""An archive from its first byte to its last, or to where it was cut short, in bounded memory."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
from mcap.opcode import Opcode
from mcap.records import Channel

from runtime.errors import SessionError, WireError
from runtime.wire import Annotation
from streams.archive.layout import (
    ANNOTATIONS_METADATA,
    GROUP_TOPIC,
    IMAGE_TOPIC,
    SESSION_METADATA,
    GroupMark,
    Start,
    acts_from_text,
    start_from_text,
    topic,
    topics,
)
from streams.archive.records import CutError, Message, Record, damaged, open_chunk, parse_metadata, read_records
from streams.archive.schemas import codec

_marks = msgspec.json.Decoder(GroupMark)


class ArchivedFrame(NamedTuple):
    """What was recorded of one frame in one group."""

    mark: GroupMark  # of the group
    frame_index: int
    payloads: list[tuple[str, bytes]]  # (kind, wire bytes)

    @property
    def key(self) -> bool:
        """Whether a reader may begin here."""
        return self.mark.key and self.frame_index == self.mark.first_frame


class Archive:
    """Reads one archive once.

    Attributes:
        start: What it says of its session.
        payloads: Payloads read so far, by kind; `raw` of them had no JSON.
        images: Images passed over so far.
        acts: Acts of labelling, once the first frame was read.
        cut: Where the file ends too early, once `frames` came to it.
        complete: Whether the last group was read whole.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Read the beginning; `name` is for messages.

        Raises:
            SessionError: It is no archive of ours, is damaged, or was cut short before it says what it is.
        """
        self.name = name
        self._records = read_records(file, name)
        self.start = self._read_start()
        self.payloads: Counter[str] = Counter()
        self.raw = self.images = 0
        self.acts: list[Annotation] = []
        self.cut: CutError | None = None
        self.complete = False
        self._kinds = topics(self.start.meta.session)
        self._topics: dict[int, str] = {}
        self._mark: GroupMark | None = None
        self._seen: Counter[str] = Counter()  # payloads of the open group

    def frames(self) -> Iterator[ArchivedFrame]:
        """Yield what was recorded, in order; one that was cut short ends early and sets `cut`.

        Raises:
            SessionError: It is damaged, or something was taken out of it.
        """
        held: ArchivedFrame | None = None
        try:
            for mark, frame_index, kind, data in self._payloads():
                if held and held.mark is mark and held.frame_index == frame_index:
                    held.payloads.append((kind, data))
                    continue
                if held:
                    yield held
                held = ArchivedFrame(mark, frame_index, [(kind, data)])
        except CutError as error:
            self.cut = error
        if held:
            yield held
        if self._mark and self._seen == self._mark.counts:
            self.complete = self._mark.final
        if not self.complete and not self.cut:
            raise SessionError(f"{self.name}: its last group is not there, or not whole: something was taken out of it")

    def _read_start(self) -> Start:
        try:
            for record in self._records:
                if record.opcode == Opcode.METADATA:
                    name, values = parse_metadata(record, self.name)
                    if name == SESSION_METADATA:
                        return start_from_text(values)
                elif record.opcode != Opcode.HEADER:
                    break
        except CutError as error:
            raise SessionError(f"{error}, before it says what session it is; nothing can be read") from error
        except msgspec.DecodeError as error:
            raise damaged(self.name, record.offset, error) from error
        raise SessionError(f"{self.name}: no archive of a session: it has no metadata {SESSION_METADATA!r} in front")

    def _payloads(self) -> Iterator[tuple[GroupMark, int, str, bytes]]:
        session = self.start.meta.session
        marks, images = topic(session, GROUP_TOPIC), topic(session, IMAGE_TOPIC)
        for record, message in self._messages():
            name = self._topics.get(message.channel_id, "")
            if name == marks:
                self._open_group(message, record)
            elif name == images:
                self.images += 1
            elif name in self._kinds:
                yield self._payload(message, record, *self._kinds[name])

    def _messages(self) -> Iterator[tuple[Record, Message]]:
        for record in self._records:
            if record.opcode == Opcode.METADATA:
                self._read_acts(record)
            if record.opcode != Opcode.CHUNK:
                continue
            for item in open_chunk(record, self.name):
                if isinstance(item, Channel):
                    self._topics[item.id] = item.topic
                else:
                    yield record, item

    def _read_acts(self, record: Record) -> None:
        name, values = parse_metadata(record, self.name)
        if name == ANNOTATIONS_METADATA:
            self.acts = acts_from_text(values, self.name)

    def _open_group(self, message: Message, record: Record) -> None:
        before = self._mark
        try:
            mark = _marks.decode(message.data)
        except msgspec.DecodeError as error:
            raise damaged(self.name, record.offset, f"no mark of a group: {error}") from error
        if mark.index != (before.index + 1 if before else 0) or (before and self._seen != before.counts):
            raise SessionError(
                f"{self.name}: group {mark.index} at byte {record.offset} does not follow on what comes before it: "
                "something was taken out"
            )
        self._mark = mark
        self._seen = Counter()

    def _payload(self, message: Message, record: Record, kind: str, raw: bool) -> tuple[GroupMark, int, str, bytes]:
        mark = self._mark
        if mark is None or not mark.first_frame <= message.sequence <= mark.last_frame:
            raise damaged(self.name, record.offset, f"{kind} of frame {message.sequence}, which is not in its group")
        try:
            data = message.data if raw else codec(kind).to_wire(message.data)
        except WireError as error:
            raise damaged(self.name, record.offset, error) from error
        self._seen[kind] += 1
        self.payloads[kind] += 1
        self.raw += raw
        return mark, message.sequence, kind, data


def open_archive(path: Path) -> IO[bytes]:
    """Open a file to read.

    Raises:
        SessionError: It cannot be opened.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror}") from error
