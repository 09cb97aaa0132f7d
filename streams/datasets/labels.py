"""Labels: what people and models said of spans of frames; each key becomes a column `label.<key>`.

They are what a session's annotations come to (streams.annotations): what people, rules and models said of its frames,
and suggestions that somebody accepted. Two more ways in: a recorded event `label` has facts `first_frame` and
`last_frame` (its own frame where they are missing) and any other keys; a file has one JSON object a line:

    {"session": "quest", "first_frame": 0, "last_frame": 119, "scene": "title", "tags": ["menu", "calm"]}

Where several labels give a frame the same key, the later one holds: events in the order recorded, then annotations,
then files line by line. A number or truth value becomes its JSON text, a list of strings is joined by ","; null takes a
key away.
"""

import contextlib
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from runtime import wire
from runtime.errors import UsageError
from streams.annotations.credits import Credits, credits_of
from streams.annotations.fold import Fold
from streams.session import Session

#: The event that carries a label.
EVENT = "label"

_PLACE = ("session", "first_frame", "last_frame")


@dataclass(frozen=True)
class Label:
    """What is said of the frames from first to last, inclusive; a None takes the key away."""

    session: str
    first_frame: int
    last_frame: int
    values: Mapping[str, str | None]


class Labels:
    """All labels, in the order in which they were made."""

    def __init__(self, labels: Iterable[Label] = (), credits_: Mapping[str, Credits] | None = None) -> None:
        """Take labels, and by session who made its annotations."""
        self.credits = dict(credits_ or {})
        self._by_session: dict[str, list[Label]] = {}
        for label in labels:
            self._by_session.setdefault(label.session, []).append(label)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key, sorted."""
        labels = (label for listed in self._by_session.values() for label in listed)
        return tuple(sorted({key for label in labels for key in label.values}))

    @property
    def digest(self) -> str:
        """SHA-256 of all labels; empty when there are none."""
        listed = [msgspec.to_builtins(label) for labels in self._by_session.values() for label in labels]
        return hashlib.sha256(msgspec.json.encode(listed)).hexdigest() if listed else ""

    def of(self, session: str) -> Sequence[Label]:
        """Return a session's labels."""
        return self._by_session.get(session, ())

    def has(self, session: str, key: str, value: str) -> bool:
        """Return whether some frame of the session ends up with this value."""
        track = Track(self.of(session))
        return any(
            track.at(frame_index).get(key) == value
            for frame_index in sorted({edge for label in self.of(session) for edge in _edges(label)})
        )


class Track:
    """Tells one session's labels frame by frame; frames are asked for in ascending order."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._waiting = sorted(enumerate(labels), key=lambda numbered: numbered[1].first_frame, reverse=True)
        self._active: list[tuple[int, Label]] = []
        self._until = -1
        self._values: Mapping[str, str] = {}

    def at(self, frame_index: int) -> Mapping[str, str]:
        """Return the frame's labels."""
        if frame_index <= self._until:
            return self._values
        while self._waiting and self._waiting[-1][1].first_frame <= frame_index:
            self._active.append(self._waiting.pop())
        self._active = sorted(entry for entry in self._active if entry[1].last_frame >= frame_index)
        values: dict[str, str | None] = {}
        for _, label in self._active:
            values.update(label.values)
        self._values = {key: value for key, value in values.items() if value is not None}
        ends = [label.last_frame for _, label in self._active]
        if self._waiting:
            ends.append(self._waiting[-1][1].first_frame - 1)
        self._until = min(ends) if ends else 1 << 62
        return self._values


async def read_labels(sessions: Sequence[Session], files: Sequence[Path], known: Collection[str]) -> Labels:
    """Return what recordings and files say of these sessions.

    Args:
        sessions: The sessions wanted.
        files: JSONL files.
        known: Names of all recorded sessions: a file may speak of more than are wanted.

    Raises:
        UsageError: A line or an event is malformed, or names no recorded session.
        BusError: The store cannot be reached.
    """
    labels: list[Label] = []
    credits_: dict[str, Credits] = {}
    for session in sessions:
        labels += await _recorded(session)
        fold = Fold(await session.annotations())
        labels += _annotated(session.name, fold)
        if fold.acts:
            credits_[session.name] = credits_of(fold)
    wanted = {session.name for session in sessions}
    for file in files:
        labels += [label for label in read_file(file, known) if label.session in wanted]
    return Labels(labels, credits_)


def read_file(path: Path, known: Collection[str]) -> list[Label]:
    """Return a file's labels.

    Raises:
        UsageError: It cannot be read, a line is malformed, or names none of the `known` sessions; names file and line.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return [_of_line(line, f"{path}:{number}", known) for number, line in enumerate(lines, 1) if line.strip()]


def _of_line(line: bytes, where: str, known: Collection[str]) -> Label:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{where}: no JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{where}: wanted an object with session, first_frame, last_frame and labels")
    session = found.get("session")
    if not isinstance(session, str) or session not in known:
        raise UsageError(f"{where}: no recorded session {session!r}; there are {', '.join(sorted(known)) or 'none'}")
    return _label(session, found, where)


async def _recorded(session: Session) -> list[Label]:
    """Return the labels that were published while the session was played."""
    labels = []
    async with contextlib.aclosing(session.ticks(("event",))) as ticks:
        async for tick in ticks:
            for event in tick.events:
                if event.name == EVENT:
                    labels.append(_of_event(session.name, event))
    return labels


def _annotated(session: str, fold: Fold) -> list[Label]:
    """Return what a session's annotations come to."""
    return [
        Label(session, run.first_frame, run.last_frame, {key: _text(run.value.value, key, session)})
        for key in fold.keys
        for run in fold.runs(key)
    ]


def _of_event(session: str, event: wire.Event) -> Label:
    facts = {"first_frame": event.frame_index, "last_frame": event.frame_index, **event.facts}
    return _label(session, facts, f"session {session!r}, frame {event.frame_index}, event {EVENT!r}")


def _label(session: str, found: Mapping[str, Any], where: str) -> Label:
    first, last = found.get("first_frame"), found.get("last_frame")
    if type(first) is not int or type(last) is not int or not 0 <= first <= last:
        raise UsageError(
            f"{where}: first_frame {first!r}, last_frame {last!r}: wanted two frames, the first not behind the last"
        )
    values = {key: _text(value, key, where) for key, value in found.items() if key not in _PLACE}
    if not values:
        raise UsageError(f"{where}: it labels nothing; wanted keys beside {', '.join(_PLACE)}")
    return Label(session, first, last, values)


def _text(value: object, key: str, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return msgspec.json.encode(value).decode()
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    raise UsageError(f"{where}: label {key!r} is {value!r}; allowed are text, numbers, true, false, lists of text")


def _edges(label: Label) -> tuple[int, int]:
    return label.first_frame, label.last_frame + 1
