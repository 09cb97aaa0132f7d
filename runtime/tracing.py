"""Where the time of each frame goes: noted as it passes, told once for 60 frames, read back.

    bridge   due ─late─► began ─emulate─► emulated ─capture─► sending ─publish─► done
    actor                                             sending ─deliver─► arrived ─tick─► decides ─act─► sent
    bridge                                                           sent ─answer─► arrived ─apply─► next frame begins

The bridge notes a tuple a frame and one an answer; an actor's own times come with its action. Monotonic clocks can be
compared within one host only: of an actor on another, `tick` and `act` are known and `answer` is both ways together.
"""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.errors import WireError
from runtime.metrics import Metrics

#: Frames of which one message tells: a second of a console's time.
TOLD_TOGETHER = 60

#: Stages of a frame in the bridge, and of an answer to it, in their order; what follows them, until the next frame
#: begins, is `apply`.
BRIDGE_STAGES = ("emulate", "capture", "publish")
ANSWER_STAGES = ("deliver", "tick", "act", "answer")

#: Sent times kept to match answers with their frames.
_SENT_KEPT = 256

#: Answers that wait for the frame after them; who presses on while a game is paused must not fill the memory.
_MOST_WAITING = 4096

_FRAME_COLUMNS = ("frames", "began", "late", *BRIDGE_STAGES)
_ANSWER_COLUMNS = ("answered", "by", *ANSWER_STAGES)

_Times = NDArray[np.int64]


class FrameNote(NamedTuple):
    """A frame in the bridge; monotonic ns, but for `late_ns`, which is a duration."""

    frame_index: int
    late_ns: int
    began_ns: int
    emulated_ns: int
    sending_ns: int
    done_ns: int


class AnswerNote(NamedTuple):
    """An answer; the first and the last time are the bridge's, the others its actor's (0: not measured)."""

    frame_index: int
    actor: str
    sending_ns: int
    received_ns: int
    began_ns: int
    sent_ns: int
    arrived_ns: int


class Tracer:
    """The bridge's notes of `frames` and `answers`, until they are taken; `clocks` are those of actors that joined."""

    def __init__(
        self, clock: str, metrics: Metrics | None = None, tell: Callable[[wire.Trace], None] = lambda _: None
    ) -> None:
        """Note times of the monotonic clock `clock`; `tell` gets what was noted."""
        self.frames: list[FrameNote] = []
        self.answers: list[AnswerNote] = []
        self.clocks: dict[str, str] = {}
        self._sending_ns: dict[int, int] = {}  # by frame
        self._clock, self._metrics, self._tell = clock, metrics, tell
        self._answered: dict[str, int] = {}

    def sending(self, frame_index: int, now_ns: int) -> None:
        """Note that the sending of a frame begins."""
        self._sending_ns[frame_index] = now_ns
        self._sending_ns.pop(frame_index - _SENT_KEPT, None)

    def frame(self, frame_index: int, late_ns: int, began_ns: int, emulated_ns: int, done_ns: int) -> None:
        """Note a frame that was sent; tell when there are enough."""
        sending_ns = self._sending_ns[frame_index]
        self.frames.append(FrameNote(frame_index, late_ns, began_ns, emulated_ns, sending_ns, done_ns))
        if len(self.frames) >= TOLD_TOGETHER:
            self.tell(done_ns)

    def answer(self, action: wire.Action, now_ns: int) -> int | None:
        """Note an answer; return how long it took since the sending of its frame began, None for one long ago."""
        sending_ns = self._sending_ns.get(action.frame_index)
        if sending_ns is None:
            return None
        times = (action.received_ns, action.began_ns, action.sent_ns, now_ns)
        self.answers.append(AnswerNote(action.frame_index, action.actor, sending_ns, *times))
        return now_ns - sending_ns

    def tell(self, now_ns: int) -> None:
        """Tell what was noted, if anything was."""
        if trace := self.take(now_ns):
            self._tell(trace)

    def take(self, now_ns: int) -> wire.Trace | None:
        """Return what was noted; None where there is nothing. `now_ns` is the monotonic time."""
        if not self.frames:
            del self.answers[:-_MOST_WAITING]
            return None
        frames: _Times = np.array(self.frames, dtype=np.int64)  # (frames, 6)
        began_ns = frames[:, 2]
        taken, self.answers = self._taken(int(began_ns[-1]))
        self.frames = []
        actors = sorted({note.actor for note in taken})
        answers: _Times = np.array(
            [(note[0], actors.index(note.actor), *note[2:]) for note in taken], dtype=np.int64
        ).reshape(-1, 7)
        base_ns = int(began_ns[0])
        clocks = [self.clocks.get(actor, "") for actor in actors]
        columns = {
            "frames": frames[:, 0],
            "began": (began_ns - base_ns) // 1000,
            "late": frames[:, 1] // 1000,
            **_stages(BRIDGE_STAGES, frames[:, 2:]),
            "answered": answers[:, 0],
            "by": answers[:, 1],
            **_answered(answers, np.array([clock == self._clock for clock in clocks], dtype=bool)),
        }
        if self._metrics:
            arrived_ns = answers[:, 6]
            applied_ns = began_ns[np.searchsorted(began_ns, arrived_ns, side="left")]
            _count(self._metrics, {**columns, "apply": (applied_ns - arrived_ns) // 1000}, actors)
        return wire.Trace(
            frame_index=int(frames[-1, 0]),
            sent_ns=now_ns,
            clock=self._clock,
            base_ns=base_ns,
            base_unix_ns=time.time_ns() - (now_ns - base_ns),
            actors=tuple(actors),
            clocks=tuple(clocks),
            **{name: _packed(column) for name, column in columns.items()},  # type: ignore[arg-type]  # no names of int
        )

    def _taken(self, last_began_ns: int) -> tuple[list[AnswerNote], list[AnswerNote]]:
        """Return the answers that a frame has followed, and those that still wait for one; repeated ones once."""
        taken: list[AnswerNote] = []
        waiting: list[AnswerNote] = []
        for note in self.answers:
            if note.arrived_ns > last_began_ns:
                waiting.append(note)
            elif note.frame_index > self._answered.get(note.actor, -1):
                self._answered[note.actor] = note.frame_index
                taken.append(note)
        return taken, waiting


def columns_of(trace: wire.Trace) -> dict[str, _Times]:
    """Return all columns of a trace: those of frames are (frames,), those of answers (answers,).

    Raises:
        WireError: They are damaged.
    """
    columns: dict[str, _Times] = {}
    try:
        for names in (_FRAME_COLUMNS, _ANSWER_COLUMNS):
            some = {name: np.frombuffer(getattr(trace, name), dtype="<u4").astype(np.int64) for name in names}
            if len({len(values) for values in some.values()}) != 1:
                raise WireError(f"trace up to frame {trace.frame_index}: its columns are not of one length")
            columns |= some
    except ValueError as error:
        raise WireError(f"trace up to frame {trace.frame_index}: {error}") from error
    if columns["by"].size and int(columns["by"].max()) >= len(trace.actors):
        raise WireError(f"trace up to frame {trace.frame_index}: an answer of an actor that it does not name")
    return columns


def _stages(names: tuple[str, ...], times_ns: _Times) -> dict[str, _Times]:
    """Return the durations between neighbouring columns of (rows, stages + 1) times, microseconds; none below 0."""
    times_us = times_ns // 1000
    return dict(zip(names, np.diff(times_us, axis=1).clip(0).T, strict=True))


def _answered(answers: _Times, same_clock: NDArray[np.bool_]) -> dict[str, _Times]:
    """Return the stages of answers, microseconds; `same_clock` says of each actor whether its clock is the bridge's."""
    stages = _stages(ANSWER_STAGES, answers[:, 2:])
    measured = answers[:, 3] > 0
    local = measured & same_clock[answers[:, 1]] if len(answers) else measured
    whole = (answers[:, 6] // 1000 - answers[:, 2] // 1000).clip(0)
    stages["tick"], stages["act"] = stages["tick"] * measured, stages["act"] * measured
    stages["answer"] = np.where(local, stages["answer"], (whole - stages["tick"] - stages["act"]).clip(0))
    stages["deliver"] = stages["deliver"] * local
    return stages


def _count(metrics: Metrics, columns: Mapping[str, _Times], actors: list[str]) -> None:
    for stage in BRIDGE_STAGES:
        metrics.stage(stage, "bridge", columns[stage])
    for place, actor in enumerate(actors):
        its = columns["by"] == place
        for stage in (*ANSWER_STAGES, "apply"):
            metrics.stage(stage, actor, columns[stage][its])


def _packed(values: _Times) -> bytes:
    """Return a column's bytes; what does not fit, as after a suspended laptop, becomes the largest number."""
    return values.clip(0, 0xFFFF_FFFF).astype("<u4").tobytes()
