"""Where the time of frames goes: what the bridge notes, tells and counts, and what is read of it."""

from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from runtime import wire
from runtime.actor import Press
from runtime.clock import ManualClock, Rate
from runtime.errors import WireError
from runtime.loop import ActorLoop, LoopOptions
from runtime.metrics import Metrics
from runtime.observation import Observation
from runtime.tracing import ANSWER_STAGES, TOLD_TOGETHER, AnswerNote, FrameNote, Tracer, columns_of
from tests.stage import SESSION, Stage

MS = 1_000_000
NOW = 1000 * MS


def frame(index: int) -> FrameNote:
    """Return a frame that began 1 ms late, every 16 ms, and took 2, 3 and 4 ms."""
    began = index * 16 * MS
    return FrameNote(index, 1 * MS, began, began + 2 * MS, began + 5 * MS, began + 9 * MS)


def answer(index: int, actor: str = "reflex", *, measured: bool = True) -> AnswerNote:
    """Return an answer that arrived 8 ms after its frame's sending began, 2 ms before the next frame."""
    sending = index * 16 * MS + 5 * MS
    times = (sending + 1 * MS, sending + 3 * MS, sending + 6 * MS) if measured else (0, 0, sending + 6 * MS)
    return AnswerNote(index, actor, sending, *times, sending + 9 * MS)


def told(*frames: FrameNote, answers: tuple[AnswerNote, ...] = (), metrics: Metrics | None = None) -> wire.Trace:
    tracer = Tracer("here", metrics)
    tracer.clocks = {"reflex": "here", "tactic": "elsewhere"}
    tracer.frames += frames
    tracer.answers += answers
    trace = tracer.take(NOW)
    assert trace is not None
    return trace


def test_the_stages_of_a_frame_and_of_its_answer_follow_each_other() -> None:
    trace = told(frame(7), frame(8), answers=(answer(7),))
    columns = {name: values.tolist() for name, values in columns_of(trace).items()}
    assert trace.frame_index == 8
    assert trace.base_ns == 7 * 16 * MS
    assert columns["frames"] == [7, 8]
    assert columns["began"] == [0, 16_000]
    assert columns["late"] == [1000, 1000]
    assert [columns[name] for name in ("emulate", "capture", "publish")] == [[2000] * 2, [3000] * 2, [4000] * 2]
    assert (columns["answered"], columns["by"]) == ([7], [0])
    assert [columns[name][0] for name in ANSWER_STAGES] == [1000, 2000, 3000, 3000]


def test_unix_time_is_told_of_the_moment_that_times_count_from() -> None:
    earlier, later = told(frame(0)), told(frame(1))
    apart = later.base_unix_ns - earlier.base_unix_ns
    assert apart >= 16 * MS  # the notes' 16 ms, and what passed between the two calls


def test_an_actor_on_another_host_has_its_own_times_and_the_way_as_a_whole() -> None:
    columns = columns_of(told(frame(7), frame(8), answers=(answer(7, "tactic"),)))
    assert [int(columns[name][0]) for name in ANSWER_STAGES] == [0, 2000, 3000, 4000]


def test_an_answer_without_times_is_known_as_a_whole() -> None:
    columns = columns_of(told(frame(7), frame(8), answers=(answer(7, measured=False),)))
    assert [int(columns[name][0]) for name in ANSWER_STAGES] == [0, 0, 0, 9000]


def test_an_answer_waits_for_the_frame_after_it_and_a_repeated_one_counts_once() -> None:
    tracer = Tracer("here")
    tracer.frames.append(frame(7))
    tracer.answers.append(answer(7))
    first = tracer.take(NOW)
    assert first is not None
    assert columns_of(first)["answered"].tolist() == []
    tracer.frames.append(frame(8))
    tracer.answers.append(answer(7))  # as a lockstep game gets it when it asks again
    second = tracer.take(NOW)
    assert second is not None
    assert columns_of(second)["answered"].tolist() == [7]
    assert tracer.take(NOW) is None


def test_answers_to_a_paused_game_do_not_grow_without_end() -> None:
    tracer = Tracer("here")
    for _ in range(3):
        tracer.answers += [answer(7)] * 5000
        assert tracer.take(NOW) is None
        assert len(tracer.answers) < 5000


def test_durations_that_do_not_fit_become_the_largest() -> None:
    asleep = FrameNote(9, 0, 0, 5_000_000 * MS, 5_000_000 * MS, 5_000_000 * MS)
    assert columns_of(told(asleep))["emulate"].tolist() == [0xFFFF_FFFF]


def test_stages_are_counted_for_prometheus() -> None:
    metrics = Metrics("s", "bridge")
    told(frame(7), frame(8), answers=(answer(7),), metrics=metrics)
    labels = {"session": "s", "process": "bridge"}
    value = metrics.registry.get_sample_value
    assert value("framewire_stage_seconds_count", {**labels, "actor": "bridge", "stage": "capture"}) == 2
    assert value("framewire_stage_seconds_sum", {**labels, "actor": "bridge", "stage": "capture"}) == 0.006
    assert value("framewire_stage_seconds_sum", {**labels, "actor": "reflex", "stage": "act"}) == 0.003
    assert value("framewire_stage_seconds_sum", {**labels, "actor": "reflex", "stage": "apply"}) == 0.002
    assert value("framewire_stage_seconds_bucket", {**labels, "actor": "reflex", "stage": "act", "le": "0.002"}) == 0
    assert value("framewire_stage_seconds_bucket", {**labels, "actor": "reflex", "stage": "act", "le": "0.004"}) == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"late": b""}, "not of one length"),
        ({"late": b"\x00\x00\x00"}, "buffer size"),
        ({"by": b"\x07\x00\x00\x00"}, "does not name"),
    ],
)
def test_a_damaged_trace_is_said_to_be_one(changes: dict[str, bytes], problem: str) -> None:
    trace = told(frame(7), frame(8), answers=(answer(7),))
    with pytest.raises(WireError, match=problem):
        columns_of(msgspec.structs.replace(trace, **changes))


class Presser:
    """Presses A on every frame."""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def act(self, seen: Observation) -> Press:
        assert seen.received_ns > 0
        return Press("A")


def test_a_session_tells_once_for_sixty_frames_and_at_its_end(tmp_path: Path) -> None:
    clock = ManualClock()
    stage = Stage(tmp_path, frames=2 * TOLD_TOGETHER + 5, wait_for=("presser",), manual_clock=clock)
    options = LoopOptions("presser", SESSION, "frame")
    stage.play(ActorLoop(Presser(), stage.bus, options, clock=clock).run)
    traces = [columns_of(trace) for trace in stage.of("trace")]
    assert [len(columns["frames"]) for columns in traces] == [TOLD_TOGETHER, TOLD_TOGETHER, 5]
    assert [int(frame) for columns in traces for frame in columns["frames"]] == list(range(2 * TOLD_TOGETHER + 5))
    answered = [int(frame) for columns in traces for frame in columns["answered"]]
    assert answered == list(range(2 * TOLD_TOGETHER + 4)), "no frame follows the last one's answer"
    assert {trace.actors for trace in stage.of("trace")} == {("presser",)}
    assert {(trace.clock, *trace.clocks) for trace in stage.of("trace")} == {("manual", "manual")}
