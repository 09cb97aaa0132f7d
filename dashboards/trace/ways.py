"""One frame's way through bridge, bus and actors, put together from `trace` and `input` messages as they come."""

from collections.abc import Iterator

import msgspec

from runtime import wire
from runtime.tracing import ANSWER_STAGES, BRIDGE_STAGES, columns_of

#: Frames that wait for their answers: the bridge matches those of 256 frames (runtime.tracing), and tells 60 together.
WAIT_FRAMES = 400

#: Whose clock an answer's own times are of.
SAME, OTHER, UNKNOWN = "same", "other", "unknown"


class Stage(msgspec.Struct, frozen=True):
    """A part of the way: microseconds since the frame began."""

    name: str
    begins_us: int
    took_us: int

    @property
    def ends_us(self) -> int:
        """When it was over."""
        return self.begins_us + self.took_us


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an actor did with the frame.

    Attributes:
        actor: Its name.
        clock: Whose clock its own times are of: the bridge's ("same"), another host's ("other"), or not known.
        stages: Of runtime.tracing.ANSWER_STAGES, those that are known, with another clock `answer` is both ways; then
            `apply`, if a frame followed.
        pressed: The buttons that this answer held, if it won; None if it had no part in any frame.
        pressed_on: The first frame they were held on; -1 for none.
        plan_id: The plan that it followed.
        reason: The actor's word for it.
    """

    actor: str
    clock: str
    stages: tuple[Stage, ...]
    pressed: tuple[str, ...] | None = None
    pressed_on: int = -1
    plan_id: str = ""
    reason: str = ""

    @property
    def arrived_us(self) -> int:
        """When the bridge had it."""
        return next(stage.ends_us for stage in self.stages if stage.name == "answer")


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A frame.

    Attributes:
        frame_index: Which.
        began_unix_ns: When the bridge began it, Unix time.
        late_us: How long after its deadline that was; 0 for clocks without.
        stages: Of runtime.tracing.BRIDGE_STAGES.
        answers: In the order in which they arrived.
    """

    frame_index: int
    began_unix_ns: int
    late_us: int
    stages: tuple[Stage, ...]
    answers: tuple[Answer, ...]

    @property
    def ends_us(self) -> int:
        """When all was done that the frame asked for, but for the wait until the next one."""
        return max(self.stages[-1].ends_us, *(answer.arrived_us for answer in self.answers), 0)

    def took_us(self, actor: str = "") -> int:
        """Return how long it took from its deadline on to the last answer, or to that of an actor; -1 without it."""
        if not actor:
            return self.late_us + self.ends_us
        return max((self.late_us + answer.arrived_us for answer in self.answers if answer.actor == actor), default=-1)


class Assembler:
    """Takes messages in their order, gives ways when nothing more will come for them."""

    def __init__(self) -> None:
        self._ways: dict[int, Way] = {}
        self._began_ns: dict[int, int] = {}
        self._causes: dict[tuple[int, str], tuple[int, wire.Cause]] = {}  # by frame seen and actor: first held on

    def take_input(self, held: wire.Input) -> None:
        """Note who holds buttons in answer to which frame."""
        for cause in held.causes:
            self._causes.setdefault((cause.observed_frame, cause.actor), (held.frame_index, cause))

    def take_trace(self, trace: wire.Trace) -> None:
        """Take in where the time of frames and answers went.

        Raises:
            WireError: It is damaged.
        """
        columns = {name: values.tolist() for name, values in columns_of(trace).items()}
        for row, frame_index in enumerate(columns["frames"]):
            began_us = columns["began"][row]
            stages = _following(0, BRIDGE_STAGES, [columns[name][row] for name in BRIDGE_STAGES])
            self._began_ns[frame_index] = trace.base_ns + began_us * 1000
            self._ways[frame_index] = Way(
                frame_index=frame_index,
                began_unix_ns=trace.base_unix_ns + began_us * 1000,
                late_us=columns["late"][row],
                stages=stages,
                answers=(),
            )
        for row, frame_index in enumerate(columns["answered"]):
            if frame_index in self._ways:
                self._add(trace, columns, row, self._ways[frame_index])

    def take_ready(self) -> Iterator[Way]:
        """Yield the frames that are so old that all is known of them."""
        newest = max(self._ways, default=-1)
        yield from self._take([index for index in self._ways if index <= newest - WAIT_FRAMES])

    def take_all(self) -> Iterator[Way]:
        """Yield the frames that are left, at the end."""
        yield from self._take(list(self._ways))

    def _take(self, indices: list[int]) -> Iterator[Way]:
        for index in sorted(indices):
            way = self._ways.pop(index)
            began_ns = self._began_ns.pop(index)
            answers = [self._applied(index, began_ns, self._with_cause(index, answer)) for answer in way.answers]
            yield msgspec.structs.replace(way, answers=tuple(sorted(answers, key=lambda answer: answer.arrived_us)))
        oldest = min(self._ways, default=0)
        for key in [key for key in self._causes if key[0] < oldest]:
            del self._causes[key]

    def _applied(self, frame_index: int, began_ns: int, answer: Answer) -> Answer:
        """Return an answer with the wait for the next frame, if one followed."""
        arrived_ns = began_ns + answer.arrived_us * 1000
        later = (self._began_ns.get(index, -1) for index in range(frame_index + 1, frame_index + WAIT_FRAMES))
        applied_ns = next((each for each in later if each >= arrived_ns), -1)
        if applied_ns < 0:
            return answer
        stage = Stage("apply", answer.arrived_us, (applied_ns - arrived_ns) // 1000)
        return msgspec.structs.replace(answer, stages=(*answer.stages, stage))

    def _with_cause(self, frame_index: int, answer: Answer) -> Answer:
        held = self._causes.get((frame_index, answer.actor))
        if held is None:
            return answer
        pressed_on, cause = held
        return msgspec.structs.replace(
            answer, pressed=cause.buttons, pressed_on=pressed_on, plan_id=cause.plan_id, reason=cause.reason
        )

    def _add(self, trace: wire.Trace, columns: dict[str, list[int]], row: int, way: Way) -> None:
        place = columns["by"][row]
        took = {name: columns[name][row] for name in ANSWER_STAGES}
        clock = trace.clocks[place]
        whose = UNKNOWN if not clock or not (took["act"] or took["tick"]) else SAME if clock == trace.clock else OTHER
        known = {SAME: ANSWER_STAGES, OTHER: ("tick", "act", "answer"), UNKNOWN: ("answer",)}[whose]
        sending_us = way.stages[-1].begins_us  # the bridge's last stage is that of sending
        stages = _following(sending_us, known, [took[name] for name in known])
        answer = Answer(actor=trace.actors[place], clock=whose, stages=stages)
        self._ways[way.frame_index] = msgspec.structs.replace(way, answers=(*way.answers, answer))


def _following(begins_us: int, names: tuple[str, ...], took_us: list[int]) -> tuple[Stage, ...]:
    """Return stages that follow each other."""
    stages = []
    for name, took in zip(names, took_us, strict=True):
        stages.append(Stage(name, begins_us, took))
        begins_us += took
    return tuple(stages)
