"""What an actor is: one class with a rate, what it reads, what it writes, and its config as dataclass fields.

    @dataclass
    class HoldRight:
        '''Hold right until the map changes.'''

        start: int                                  # config, from the launch file
        rate: ClassVar[Rate] = 10                   # Hz, "frame" or "message"
        reads: ClassVar[tuple[str, ...]] = ("state",)
        writes: ClassVar[tuple[str, ...]] = ("action",)

        def act(self, seen: Observation) -> Outputs:
            return Press("RIGHT") if seen.state["area"] == self.start else None

`act` decides and does no I/O; the loop (runtime.loop) owns the bus, the rate, deadlines, metrics and shutdown.

With `writes = ("action", "control")` an actor controls the game, too. What a generator yields is sent at once, so the
game stands while this one thinks:

        def act(self, seen: Observation) -> Generator[Output, wire.ControlReply | None]:
            if seen.state["area"] != self.area:
                yield Request("pause")
                self.area, way = seen.state["area"], think(seen)
                yield Intend("explore", waypoints=way)
                yield Request("resume")

With `writes = ("annotation",)` it labels frames: `Annotate({"context": "battle"})` speaks of the frame that was seen,
and equal labels of consecutive ticks become one range in the session's stream of labels (streams.annotations), of a
replay in that of the recorded session. Labels are no input of the game, and nobody waits for them.

A generator gets the bridge's answer: `reply = yield Request("pause")` is a wire.ControlReply, whose `error` is empty
when it was done; after that of a pause no frame is emulated until somebody resumes. Waiting has a limit, after which
`error` says so. Nobody waits for a request in a list, nor for `step`, which in lockstep only goes on when this actor
has answered: the reply is None. What is refused becomes the event `control.refused` in any case. A paused game has no
ticks: who pauses it for longer is called on messages (`rate = "message"`, `reads = ("health",)`).
"""

import dataclasses
import importlib
import sys
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, get_type_hints

import msgspec

from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.observation import READABLE, Observation
from runtime.wire import ControlReply, Fact, Scalar, ToolCall, Waypoint

WRITABLE = ("action", "plan", "learnt", "event", "control", "annotation")


class Press:
    """Propose to hold these buttons; none given releases all."""

    kind = "action"

    def __init__(self, *buttons: str, plan_id: str = "", model: str = "", reason: str = "") -> None:
        self.buttons = tuple(buttons)
        self.plan_id, self.model, self.reason = plan_id, model, reason


@dataclasses.dataclass(frozen=True)
class Intend:
    """Publish a plan for faster actors; they see it from the next frame on."""

    goal: str
    area: int = -1
    waypoints: tuple[Waypoint, ...] = ()
    parent_id: str = ""
    confidence: float = 1.0
    reason: str = ""
    strategy: str = ""
    actions: str = ""
    fallback: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    model: str = ""
    valid_frames: int = 0
    kind: ClassVar[str] = "plan"


@dataclasses.dataclass(frozen=True)
class Learn:
    """Publish what was learnt; readers of `learnt`, this actor among them, see it from the next frame on."""

    facts: tuple[Fact, ...]
    kind: ClassVar[str] = "learnt"


@dataclasses.dataclass(frozen=True)
class Report:
    """Publish an event."""

    name: str
    facts: Mapping[str, Scalar] = dataclasses.field(default_factory=dict)
    kind: ClassVar[str] = "event"


@dataclasses.dataclass(frozen=True)
class Request:
    """Control the game: an operation of runtime.control.OPS with the field that it uses."""

    op: str
    frames: int = 0
    slot: str = ""
    clock: str = ""
    rate: float = 0.0
    kind: ClassVar[str] = "control"


@dataclasses.dataclass(frozen=True)
class Annotate:
    """Label the frame that was seen, or a range; the loop joins equal labels of consecutive ticks to one range.

    Attributes:
        labels: By key of the vocabulary (streams.annotations.vocabulary); of tags a tuple.
        first_frame: The first frame; None for the one that was seen.
        last_frame: The last, inclusive; None for the one that was seen.
        suggestion: Whether it counts only where a person accepts it.
        confidence: 0 to 1; of joined ticks the lowest.
        model: Name and version of the model; empty for rules.
    """

    labels: Mapping[str, str | tuple[str, ...]]
    first_frame: int | None = None
    last_frame: int | None = None
    suggestion: bool = False
    confidence: float = 1.0
    model: str = ""
    kind: ClassVar[str] = "annotation"


Output = Press | Intend | Learn | Report | Request | Annotate
Outputs = Output | Iterable[Output] | Generator[Output, ControlReply | None] | None


class Actor(Protocol):
    """See the module's text.

    A class may also define `close(self) -> None`, called once at the end; `sources: ClassVar[tuple[str, ...]]`: words
    that its reasons begin with, before a colon, by which the metrics count its actions;
    `sheds: ClassVar[tuple[str, ...]]`: parts of its work that it can leave out, in this order. When its ticks take
    longer than its budget, `seen.shed` names those to leave out now (runtime.quality); in lockstep it is always empty;
    and `measures(self) -> Mapping[str, float]`: figures of its own for the metrics, asked for about once a second.
    """

    rate: ClassVar[Rate]
    reads: ClassVar[tuple[str, ...]]
    writes: ClassVar[tuple[str, ...]]

    def act(self, seen: Observation) -> Outputs:
        """Answer one observation. For rate "message" it is called once per message, with `seen.message`."""


def load_class(uses: str, folder: Path | None = None) -> type[Actor]:
    """Import an actor class by `module:Class`; `folder` is searched first, so a plain file beside a launch file works.

    Raises:
        UsageError: It cannot be imported, or is no actor.
    """
    loaded = load_object(uses, folder)
    for name, allowed in (("rate", None), ("reads", READABLE), ("writes", WRITABLE), ("act", None)):
        value = getattr(loaded, name, None)
        if value is None:
            raise UsageError(f"{uses}: is no actor: it has no `{name}` (see runtime.actor)")
        if allowed and (wrong := sorted(set(value) - set(allowed))):
            raise UsageError(f"{uses}: {name} {', '.join(wrong)}: allowed are {', '.join(allowed)}")
    check_rate(loaded.rate, uses)
    sheds = getattr(loaded, "sheds", ())
    if not isinstance(sheds, tuple) or not all(isinstance(part, str) for part in sheds):
        raise UsageError(f"{uses}: sheds {sheds!r}: allowed is a tuple of names")
    return loaded  # type: ignore[no-any-return]  # checked above; a Protocol with ClassVars cannot be


def load_object(uses: str, folder: Path | None = None) -> Any:
    """Import `module:name`.

    Raises:
        UsageError: There is no such thing, or it cannot be imported.
    """
    module_name, _, name = uses.partition(":")
    if not module_name or not name:
        raise UsageError(f"{uses!r} is no import path; they look like module:Class")
    if folder and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, SyntaxError) as error:
        raise UsageError(f"{uses}: cannot be imported: {error}") from error


def check_rate(rate: object, where: str) -> Rate:
    """Check a rate.

    Raises:
        UsageError: It is none.
    """
    number = isinstance(rate, (int, float)) and not isinstance(rate, bool) and 0 < rate < float("inf")
    if number or rate in ("frame", "message"):
        return rate  # type: ignore[return-value]  # checked
    raise UsageError(f"{where}: rate {rate!r}: allowed are a number of Hz above 0, 'frame' and 'message'")


def config_fields(actor: type) -> dict[str, Any]:
    """Return the config an actor takes: its dataclass fields and their types."""
    if not dataclasses.is_dataclass(actor):
        return {}
    hints = get_type_hints(actor)
    return {field.name: hints[field.name] for field in dataclasses.fields(actor) if field.init}


def make(actor: type[Actor], config: Mapping[str, Any], where: str) -> Actor:
    """Make an actor from its config table.

    Raises:
        UsageError: A key is unknown, missing, or of the wrong type.
    """
    allowed = config_fields(actor)
    if unknown := sorted(set(config) - set(allowed)):
        raise UsageError(f"{where}: unknown config {', '.join(unknown)}; allowed are {', '.join(allowed) or 'none'}")
    values = {}
    for key, value in config.items():
        try:
            values[key] = msgspec.convert(value, allowed[key])
        except msgspec.ValidationError as error:
            raise UsageError(f"{where}: config {key}: {error}") from error
    try:
        return actor(**values)
    except TypeError as error:
        raise UsageError(f"{where}: {error}") from error
