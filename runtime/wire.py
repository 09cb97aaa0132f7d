"""The wire: every payload that crosses the bus, as MessagePack arrays `[tag, version, field, …]`.

Rules: a field may be added at the end with a default; none is ever renamed, retyped, moved or reused. A change that an
old reader would misread makes that payload redefine `version` one higher. `tests/golden/wire.json` holds the bytes of
every payload.

The subject carries the session, so a payload does not: a recording replays under another session name byte for byte.
`sent_ns` is `time.monotonic_ns()` of the publishing host: it measures latency within one host and orders nothing. Order
is `frame_index`, which counts emulated frames from 0 in each session.
"""

import sys
from functools import cache
from typing import Any, TypeVar

import msgspec

from runtime.errors import VersionError, WireError

Scalar = int | float | str | bool


class Payload(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Base of all payloads; `version` is the first field on the wire."""

    version: int = 1


class Frame(Payload, frozen=True, array_like=True, kw_only=True, tag="frame"):
    """One video frame in the console's own colours (subjects `frame` and `view`).

    `data` is one message of the stream that `runtime.frame_codec` describes. With `key` the stream starts here, so a
    reader may begin at this message.
    """

    frame_index: int
    sent_ns: int
    width: int  # pixels
    height: int  # pixels
    pixel_format: str  # a name in runtime.pixels.FORMATS
    key: bool
    pixels_hash: int  # xxh3-64 of the raw pixels, height * width * bytes a pixel
    data: bytes


class Region(msgspec.Struct, frozen=True, array_like=True):
    """One memory region: `size` bytes from console bus address `address`."""

    name: str
    address: int
    size: int


class MemoryDiff(Payload, frozen=True, array_like=True, kw_only=True, tag="memory"):
    """What changed in memory since the last frame, or with `whole` a complete image.

    Offsets count through all regions laid end to end in the order of `regions`.
    """

    frame_index: int
    sent_ns: int
    whole: bool
    regions: tuple[Region, ...]  # sent with whole images only; empty otherwise
    starts: bytes  # u32 LE, one a run of changed bytes
    lengths: bytes  # u32 LE, one a run
    data: bytes  # the runs' new bytes end to end; of a whole image, one zstd frame of all regions
    since: int = -1  # the frame these are changes from; -1 for the one before


class State(Payload, frozen=True, array_like=True, kw_only=True, tag="state"):
    """The watches of game.toml decoded; published last on every frame, so it is also the tick actors act on."""

    frame_index: int
    sent_ns: int
    values: dict[str, Scalar]


class Cause(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Who held which buttons, and why."""

    actor: str
    buttons: tuple[str, ...]
    observed_frame: int  # the frame the decision was made on
    plan_id: str = ""
    model: str = ""  # name and version of the model that decided; empty for rules
    reason: str = ""


class Input(Payload, frozen=True, array_like=True, kw_only=True, tag="input"):
    """The buttons held while frame `frame_index` was emulated, with their causes."""

    frame_index: int
    sent_ns: int
    buttons: tuple[str, ...]
    causes: tuple[Cause, ...] = ()


class Action(Payload, frozen=True, array_like=True, kw_only=True, tag="action"):
    """An actor's answer to the frame it saw: the buttons it proposes, or None for no opinion.

    In lockstep this is also the answer that lets the game advance, so every due actor sends exactly one per tick.
    """

    actor: str
    frame_index: int  # the frame it saw
    sent_ns: int
    buttons: tuple[str, ...] | None
    hold_frames: int  # kept until the actor's next action, at most this long
    priority: int  # the highest wins; equal ones merge
    plan_id: str = ""
    model: str = ""
    reason: str = ""
    received_ns: int = 0  # when the frame had arrived, by the same clock as sent_ns; 0: not measured
    began_ns: int = 0  # when the decision began


class Waypoint(msgspec.Struct, frozen=True, array_like=True):
    """A cell of an area's map; `press` names buttons to press when there (a door, a talk), empty to walk on."""

    x: int
    y: int
    press: tuple[str, ...] = ()


class ToolCall(msgspec.Struct, frozen=True, array_like=True):
    """A tool that a plan's maker wants used (C1.4), with its arguments by name."""

    name: str
    arguments: dict[str, Scalar] = {}


class Plan(Payload, frozen=True, array_like=True, kw_only=True, tag="plan"):
    """What a slower actor wants of a faster one. Seen by others from the frame after the one it was made on."""

    actor: str
    frame_index: int
    sent_ns: int
    plan_id: str
    goal: str
    area: int = -1  # the area the waypoints are in; -1 for any
    waypoints: tuple[Waypoint, ...] = ()
    parent_id: str = ""  # the plan this one serves
    confidence: float = 1.0
    reason: str = ""
    strategy: str = ""  # explore | goto | interact | fight | heal | buy | use | wait; empty: the goal says it
    actions: str = ""  # a sequence in the action grammar; empty for none
    fallback: str = ""  # the same, for when the plan cannot be followed
    tool_calls: tuple[ToolCall, ...] = ()
    model: str = ""  # name and version of the model that made it; empty for rules
    valid_frames: int = 0  # how long it holds from frame_index on; 0: until it is replaced


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """A node of the knowledge graph, or with `to` a relation from `key` to `to`.

    Properties are merged into what is known of it; the last writer wins.
    """

    kind: str  # a node's label (Area, Tile, NPC …) or a relation's name (LEADS_TO …)
    key: str  # area:3, tile:3:12:7, npc:3:10:6 …; of a relation where it begins
    props: dict[str, Scalar] = {}
    to: str = ""


class Learnt(Payload, frozen=True, array_like=True, kw_only=True, tag="learnt"):
    """What an actor has come to know. Everybody's knowledge is the fold of these messages, in the bridge's order."""

    actor: str
    frame_index: int
    sent_ns: int
    facts: tuple[Fact, ...]


class Event(Payload, frozen=True, array_like=True, kw_only=True, tag="event"):
    """Something that happened, named with dots: `episode.success`, `area.entered`."""

    source: str
    frame_index: int
    sent_ns: int
    name: str
    facts: dict[str, Scalar] = {}


class Gap(Payload, frozen=True, array_like=True, kw_only=True, tag="gap"):
    """Messages that a reader or the recording lacks: `count` of `kind`, from first to last frame inclusive."""

    source: str
    sent_ns: int
    kind: str
    first_frame: int
    last_frame: int
    count: int
    reason: str


class Savestate(Payload, frozen=True, array_like=True, kw_only=True, tag="savestate"):
    """The emulator's state just before frame `frame_index` is emulated."""

    frame_index: int
    sent_ns: int
    core: str  # library name and version
    rom_sha256: str
    raw_bytes: int  # size once unpacked
    data: bytes  # one zstd frame
    reason: str = "periodic"  # start | periodic | jump (a reset or load: re-execution must restore it)


class FrameHash(Payload, frozen=True, array_like=True, kw_only=True, tag="hash"):
    """What a frame was, for recordings that keep no pixels and memory: re-execution must come to the same."""

    frame_index: int
    pixels_hash: int  # as in Frame
    memory_hash: int = 0  # xxh3-64 of all regions end to end (runtime.memory_codec); 0 where it was not taken


class Health(Payload, frozen=True, array_like=True, kw_only=True, tag="health"):
    """How a process is doing, about once a second of wall time."""

    process: str
    sent_ns: int
    pid: int
    metrics_port: int
    frame_index: int
    ticks: int  # since start
    rate_hz: float  # ticks a second since the last report
    wanted_hz: float  # 0 for "on message" and for clocks without a rate
    rate_ok: bool
    valid: bool  # its last inputs and outputs were good
    deadline_misses: int
    dropped: int
    tick_ms_p50: float
    tick_ms_p99: float
    latency_ms_p50: float  # actors: frame sent → action sent; bridge: frame sent → action received
    latency_ms_p99: float
    lateness_ms_p99: float  # bridge: how late frames started
    restarts: int = 0  # how often its supervisor has started it again
    cpu_s: float = 0.0  # processor time since its start, user and system
    memory_bytes: int = 0  # resident; 0 where the system does not tell
    unstored_bytes: int = 0  # bridge: recorded, and not yet stored; in the journal all the same
    figures: dict[str, float] = {}  # what an actor measures itself, by name


class Trace(Payload, frozen=True, array_like=True, kw_only=True, tag="trace"):
    """Where the time of the last frames went, and of the answers that came meanwhile; once for 60 frames.

    Columns are u32, little-endian: frame numbers, places in `actors`, else microseconds; `runtime.tracing` reads them.
    An answer's stages follow each other, and begin when the bridge began to send the frame.
    """

    frame_index: int  # the last frame of which it tells
    sent_ns: int
    clock: str  # whose monotonic clock the bridge's times are of
    base_ns: int  # when the first of the frames began, by that clock
    base_unix_ns: int  # the same moment in Unix time
    frames: bytes  # which frames; a value of the next five columns for each
    began: bytes  # since base_ns
    late: bytes  # how long after its deadline; 0 for clocks without
    emulate: bytes  # with what precedes it: flow, savestate
    capture: bytes  # reading and encoding pictures, memory, watches
    publish: bytes  # journal, and handing to the bus
    actors: tuple[str, ...]
    clocks: tuple[str, ...]  # whose clock each actor's times are of; empty: it does not say
    answered: bytes  # the frame that was answered; a value of the next five columns for each answer
    by: bytes  # which of `actors`
    deliver: bytes  # sending begins → arrived at the actor; 0 when its clock is another
    tick: bytes  # → the decision begins
    act: bytes  # → the answer is sent
    answer: bytes  # → arrived at the bridge; when its clock is another, both ways together


class Join(Payload, frozen=True, array_like=True, kw_only=True, tag="join"):
    """An actor asks to play: it is subscribed and ready for the next frame. The reply is a Welcome."""

    actor: str
    every: int  # frames between its ticks; 0: it answers no ticks; -1: it only asks what the session is
    clock: str = ""  # whose monotonic clock its times are of (runtime.clock); times of two clocks cannot be compared


class Welcome(Payload, frozen=True, array_like=True, kw_only=True, tag="welcome"):
    """What a session is, for whoever joins or asks."""

    session: str
    origin: str  # live | replay
    clock: str  # realtime | free | lockstep
    paused: bool
    frame_index: int  # the last frame published; -1 before the first
    game: str
    game_toml: str  # the description's text; empty for a ROM without one
    rom_sha256: str
    console: str
    width: int
    height: int
    rate_hz: float
    buttons: tuple[str, ...]
    pixel_format: str
    regions: tuple[Region, ...]
    core: str
    recorded: bool
    speed: float = 1.0  # times the console's rate; 0: as fast as it goes, or as the actors answer
    recording: str = ""  # the recorded session that labels of these frames belong to; empty: none keeps them


class Control(Payload, frozen=True, array_like=True, kw_only=True, tag="control"):
    """A request to the bridge, or to a replay. `op` is one of runtime.control.OPS or streams.replay_control.OPS."""

    op: str
    frames: int = 0  # step
    slot: str = ""  # save, load: NAME; load also takes SESSION/NAME
    clock: str = ""  # set_clock
    frame: int = -1  # seek
    rate: float = 0.0  # set_rate: times real time; 0 for as fast as it goes
    loop: int = 1  # set_loop: times to play from now on; 0 without end
    by: str = ""  # who asks


class ControlReply(Payload, frozen=True, array_like=True, kw_only=True, tag="control_reply"):
    """The bridge's answer; `error` is empty when it was done. Of a save, `frame_index` is the last before the state."""

    frame_index: int
    paused: bool
    clock: str
    error: str = ""
    speed: float = 1.0  # as in Welcome


class Chunk(Payload, frozen=True, array_like=True, kw_only=True, tag="chunk"):
    """A run of recorded payloads of one kind, as stored in JetStream (`streams.chunks`)."""

    kind: str
    group: int  # chunks written together share it; counts from 0
    first_frame: int  # of the group
    last_frame: int
    count: int  # payloads
    key: bool  # a reader may begin here: the group's first frame is a key and its first memory a whole image
    packing: str  # "columns", "zstd" or ""
    data: bytes  # [frame - first_frame, payload's bytes] of each payload, as `packing` says


class Annotation(Payload, frozen=True, array_like=True, kw_only=True, tag="annotation"):
    """One act of labelling. What a frame is labelled is the fold of all acts in order (streams.annotations.fold)."""

    act_id: str  # unique, and the message's id: one that is sent twice is kept once
    annotator: str  # a person's or an actor's name
    kind: str  # human | rules | model
    first_frame: int
    last_frame: int  # inclusive
    sent_ns: int
    at_ms: int  # Unix time
    labels: dict[str, str | tuple[str, ...]] = {}  # by key of the vocabulary; empty text takes a label away
    suggestion: bool = False  # a proposal: it counts only where a person accepts it
    confidence: float = 1.0
    model: str = ""  # name and version of the model; empty for people and rules
    accepts: str = ""  # the suggestion that this act accepts; labels that differ from its are corrections
    undoes: str = ""  # the act of this annotator that is taken back; to do it again, undo the undo


P = TypeVar("P", bound=Payload)

_encoder = msgspec.msgpack.Encoder()
_decoders: dict[type[Payload], msgspec.msgpack.Decoder[Any]] = {}


def encode(payload: Payload) -> bytes:
    """Return the payload's bytes."""
    return _encoder.encode(payload)


def decode(payload_type: type[P], data: bytes) -> P:
    """Decode bytes that should hold `payload_type`.

    Raises:
        VersionError: It is that payload in another version.
        WireError: It is anything else.
    """
    decoder = _decoders.get(payload_type)
    if decoder is None:
        decoder = _decoders[payload_type] = msgspec.msgpack.Decoder(payload_type)
    try:
        payload: P = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _explain(payload_type, data, error) from error
    if payload.version != version_of(payload_type):
        raise VersionError(tag_of(payload_type), payload.version, version_of(payload_type))
    return payload


def decode_any(data: bytes) -> Payload:
    """Decode bytes that should hold some payload of ours, by their tag.

    Raises:
        WireError: They hold none, or one of another version.
    """
    try:
        head = msgspec.msgpack.decode(data)
        payload_type = payload_types()[head[0]]
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError) as error:
        raise WireError(f"{len(data)} bytes that are no payload of ours ({error!r})") from error
    return decode(payload_type, data)


def tag_of(payload_type: type[Payload]) -> str:
    """Return the tag that opens this payload on the wire."""
    return str(payload_type.__struct_config__.tag)


@cache
def version_of(payload_type: type[Payload]) -> int:
    """Return the version of this payload that this program writes and reads."""
    version = msgspec.structs.fields(payload_type)[0].default
    assert isinstance(version, int)
    return version


@cache
def payload_types() -> dict[str, type[Payload]]:
    """Return every payload type by its tag, in the order of this file."""
    module = sys.modules[__name__]
    types = [t for t in vars(module).values() if isinstance(t, type) and issubclass(t, Payload) and t is not Payload]
    return {tag_of(payload_type): payload_type for payload_type in types}


def _explain(payload_type: type[Payload], data: bytes, error: Exception) -> WireError:
    """Say what the bytes are instead: another version, another payload, or none at all."""
    wanted = tag_of(payload_type)
    try:
        head = msgspec.msgpack.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return WireError(f"wanted payload {wanted!r}, got {len(data)} bytes that are no MessagePack: {error}")
    if not isinstance(head, list) or len(head) < 2:
        return WireError(f"wanted payload {wanted!r}, got {type(head).__name__} without tag and version")
    if head[0] != wanted:
        return WireError(f"wanted payload {wanted!r}, got {head[0]!r}")
    if head[1] != version_of(payload_type):
        return VersionError(wanted, head[1], version_of(payload_type))
    return WireError(f"payload {wanted!r} version {head[1]}: {error}")
