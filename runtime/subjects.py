"""The one table of the traffic: what goes over which subject. Nobody else writes a subject string.

Subjects are `fw.<session>.<kind>` for what a bridge publishes, `fw.<session>.in.<kind>.<actor>` for what actors send to
the bridge, and `fw.<session>.<kind>.<actor>` for what they send to all: health and annotations. `view`, `memory10` and
`state10` are for readers at 10 Hz or slower: they need not wake every frame.
The bridge puts accepted plans, facts, events and gaps into its own ordered flow, so that all subscribers and the
recording see one order. Recorded kinds are stored as chunks under `fw.<session>.rec.<kind>` (streams.chunks).
"""

import re
from dataclasses import dataclass
from typing import NewType

from runtime.errors import UsageError
from runtime.wire import (
    Action,
    Annotation,
    Control,
    Event,
    Frame,
    FrameHash,
    Gap,
    Health,
    Input,
    Join,
    Learnt,
    MemoryDiff,
    Payload,
    Plan,
    Savestate,
    State,
    Trace,
)

SessionId = NewType("SessionId", str)

PREFIX = "fw"

#: A session or actor name is one NATS token and one file name; JetStream limits a stream name's length.
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Subject:
    """One kind of message.

    Attributes:
        kind: The last part of the subject.
        payload: What it carries.
        rate: How often, in words.
        recorded: Whether a recording keeps it.
        slow_reader: What a reader that cannot keep up gets.
        sender: Who publishes it: "bridge"; "actor" for what actors send to the bridge or to all; "recorder" for what
            only recordings hold.
        meaning: One line for `runtime topics`.
    """

    kind: str
    payload: type[Payload]
    rate: str
    recorded: bool
    slow_reader: str
    sender: str
    meaning: str


#: In the order in which the bridge publishes them within one frame; `state` closes the frame, `state10` every sixth.
TABLE: tuple[Subject, ...] = (
    Subject("savestate", Savestate, "10 s", True, "newest", "bridge", "emulator state before a frame"),
    Subject("plan", Plan, "on change", True, "newest of each actor", "bridge", "accepted plans"),
    Subject("learnt", Learnt, "on learning", True, "every one, bounded", "bridge", "facts that actors came to know"),
    Subject("event", Event, "on event", True, "every one, bounded", "bridge", "things that happened"),
    Subject("gap", Gap, "on loss", True, "every one, bounded", "bridge", "what a reader or the recording lacks"),
    Subject("trace", Trace, "every 60 frames", True, "newest", "bridge", "where the time of the last frames went"),
    Subject("input", Input, "every frame", True, "newest", "bridge", "buttons held, with their causes"),
    Subject("hash", FrameHash, "every frame", True, "not sent live", "recorder", "hashes in place of video and memory"),
    Subject("frame", Frame, "every frame", True, "resumes at the next key", "bridge", "video, delta stream"),
    Subject("view", Frame, "10 Hz", False, "newest", "bridge", "video, each message stands alone"),
    Subject("memory", MemoryDiff, "every frame", True, "resumes at the next whole image", "bridge", "memory changes"),
    Subject("state", State, "every frame", True, "newest", "bridge", "decoded watches; closes the frame"),
    Subject("memory10", MemoryDiff, "10 Hz", False, "resumes at the next whole image", "bridge", "memory changes"),
    Subject("state10", State, "10 Hz", False, "newest", "bridge", "decoded watches; closes every sixth frame"),
    Subject("health", Health, "1 Hz", False, "newest of each process", "actor", "rates, latency, drops"),
    Subject("annotation", Annotation, "on labels", False, "every one, kept", "actor", "what frames are labelled"),
    Subject("in.action", Action, "every tick", False, "newest of each actor", "actor", "proposed buttons"),
    Subject("in.plan", Plan, "on change", False, "newest of each actor", "actor", "proposed plans"),
    Subject("in.learnt", Learnt, "on learning", False, "every one, bounded", "actor", "facts to be known"),
    Subject("in.event", Event, "on event", False, "every one, bounded", "actor", "reported events"),
    Subject("in.gap", Gap, "on loss", False, "every one, bounded", "actor", "reported gaps"),
    Subject("in.join", Join, "once", False, "request and reply", "actor", "an actor is ready"),
    Subject("in.control", Control, "on request", False, "request and reply", "actor", "pause, resume, step, save …"),
)

BY_KIND = {row.kind: row for row in TABLE}
PUBLISHED = tuple(row.kind for row in TABLE if row.sender == "bridge")
RECORDED = tuple(row.kind for row in TABLE if row.recorded)

#: Every bridge and replay answers a Welcome here; the payload of the request is empty.
DISCOVERY = f"{PREFIX}.discover"

#: The JetStream object store in which savestates lie by name (runtime.jetstream_slots). No session's stream has this
#: name: the server's streams of object stores begin with `OBJ_`.
SLOTS_BUCKET = "FW_SLOTS"

#: The JetStream key-value store of working memory (agents.knowledge.working_nats), keys `<session>.<name>`.
WORKING_BUCKET = "FW_WORKING"


def session_id(name: str) -> SessionId:
    """Check a session's name.

    Raises:
        UsageError: It cannot be part of a subject.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"session name {name!r}: allowed are 1 to 64 letters, digits, '_' and '-'")
    return SessionId(name)


def subject(session: SessionId, kind: str, actor: str = "") -> str:
    """Return the subject of a kind in a session; inbound kinds and health name the actor (or `*`).

    Raises:
        UsageError: There is no such kind.
    """
    if kind not in BY_KIND:
        raise UsageError(f"no kind of message {kind!r}; there are {', '.join(BY_KIND)}")
    return f"{PREFIX}.{session}.{kind}.{actor}" if actor else f"{PREFIX}.{session}.{kind}"


def stored_subject(session: SessionId, kind: str) -> str:
    """Return the subject under which chunks of a recorded kind are stored; `*` for all kinds."""
    return f"{PREFIX}.{session}.rec.{kind}"


def stream_name(session: SessionId) -> str:
    """Return the JetStream stream of a session."""
    return f"FW_{session}"


def annotation_stream(session: SessionId) -> str:
    """Return the JetStream stream of a session's labels.

    It is not the recording's: that has one writer, no gap in its sequence, and is sealed when the session ends.
    """
    return f"FWA_{session}"


def everything(session: SessionId) -> str:
    """Return the wildcard subject of all live traffic of a session."""
    return f"{PREFIX}.{session}.>"


def kind_of(subject_name: str) -> str:
    """Return the kind in the table that a live subject carries.

    Raises:
        UsageError: It is no subject of ours.
    """
    parts = subject_name.split(".")
    if len(parts) >= 3 and parts[0] == PREFIX:
        kind = f"in.{parts[3]}" if parts[2] == "in" and len(parts) > 3 else parts[2]
        if kind in BY_KIND:
            return kind
    raise UsageError(f"{subject_name!r} is no subject of ours; they look like {PREFIX}.<session>.<kind>")
