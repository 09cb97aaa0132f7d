"""Ways of frames out of trace messages: what belongs together, which are slowest, how they look, as spans."""

import asyncio
import io

import msgspec
import pytest
from rich.console import Console

from dashboards.trace.choosing import Wanted
from dashboards.trace.otlp import spans_of
from dashboards.trace.sources import from_recording
from dashboards.trace.waterfall import waterfall
from dashboards.trace.ways import OTHER, SAME, UNKNOWN, WAIT_FRAMES, Assembler, Way
from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError
from runtime.session_meta import STORES
from runtime.tracing import AnswerNote, FrameNote, Tracer
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import meta_of, play, record

MS = 1_000_000
CLOCKS = {"reflex": "here", "tactic": "elsewhere"}


def trace_of(*frames: int, slow: int = -1, actors: tuple[str, ...] = ("reflex",)) -> wire.Trace:
    """Return what is told of frames 16 ms apart, each answered after 7 ms; the slow one's answers took 3 ms more."""
    tracer = Tracer("here")
    tracer.clocks |= CLOCKS
    for index in frames:
        began = index * 16 * MS
        tracer.frames.append(FrameNote(index, 1 * MS, began, began + 1 * MS, began + 2 * MS, began + 3 * MS))
        sending, more = began + 2 * MS, 3 * MS * (index == slow)
        for actor in actors:
            times = (sending + 1 * MS, sending + 2 * MS, sending + 4 * MS + more) if actor in CLOCKS else (0, 0, 0)
            tracer.answers.append(AnswerNote(index, actor, sending, *times, sending + 5 * MS + more))
    trace = tracer.take(10_000 * MS)
    assert trace is not None
    return trace


def ways_of(*traces: wire.Trace, inputs: tuple[wire.Input, ...] = ()) -> list[Way]:
    assembler = Assembler()
    for held in inputs:
        assembler.take_input(held)
    for trace in traces:
        assembler.take_trace(trace)
    return list(assembler.take_all())


def shown(way: Way, actor: str = "") -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(waterfall(way, actor))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_stages_of_a_way_follow_each_other_from_its_begin_to_the_next_frame() -> None:
    way, _ = ways_of(trace_of(7, 8))
    assert (way.frame_index, way.late_us, way.ends_us, way.took_us()) == (7, 1000, 7000, 8000)
    assert [(s.name, s.begins_us, s.took_us) for s in way.stages] == [
        ("emulate", 0, 1000), ("capture", 1000, 1000), ("publish", 2000, 1000),
    ]  # fmt: skip
    (answer,) = way.answers
    assert (answer.actor, answer.clock, answer.arrived_us) == ("reflex", SAME, 7000)
    assert [(s.name, s.begins_us, s.took_us) for s in answer.stages] == [
        ("deliver", 2000, 1000), ("tick", 3000, 1000), ("act", 4000, 2000), ("answer", 6000, 1000),
        ("apply", 7000, 9000),
    ]  # fmt: skip


def test_an_answer_that_is_told_with_later_frames_comes_to_its_own() -> None:
    tracer = Tracer("here")
    tracer.frames.append(FrameNote(7, 0, 0, MS, 2 * MS, 3 * MS))
    tracer.answers.append(AnswerNote(7, "late", 2 * MS, 0, 0, 0, 40 * MS))
    traces = [tracer.take(0)]
    tracer.frames.append(FrameNote(8, 0, 41 * MS, 42 * MS, 43 * MS, 44 * MS))
    traces.append(tracer.take(0))
    way, _ = ways_of(*(trace for trace in traces if trace))
    (answer,) = way.answers
    assert (answer.clock, answer.arrived_us, answer.stages[-1].took_us) == (UNKNOWN, 40_000, 1000)


def test_who_held_buttons_in_answer_to_a_frame_is_named_with_the_first_frame_they_were_held_on() -> None:
    cause = wire.Cause(actor="reflex", buttons=("A",), observed_frame=7, plan_id="tactic-3", reason="plan: door")
    inputs = tuple(wire.Input(frame_index=i, sent_ns=0, buttons=("A",), causes=(cause,)) for i in (8, 9))
    way, after = ways_of(trace_of(7, 8, 9), inputs=inputs)[:2]
    (answer,) = way.answers
    assert (answer.pressed, answer.pressed_on, answer.plan_id) == (("A",), 8, "tactic-3")
    assert after.answers[0].pressed is None
    assert "reflex held A from frame 8 on, plan tactic-3: plan: door" in shown(way)


def test_frames_are_given_when_no_answer_can_come_any_more_and_only_once() -> None:
    assembler = Assembler()
    assembler.take_trace(trace_of(*range(60)))
    assert list(assembler.take_ready()) == []
    assembler.take_trace(trace_of(*range(60, 120), WAIT_FRAMES + 30))
    assert [way.frame_index for way in assembler.take_ready()] == list(range(31))
    assert [way.frame_index for way in assembler.take_all()] == [*range(31, 120), WAIT_FRAMES + 30]


def test_the_slowest_are_kept_and_one_frame_is_found() -> None:
    ways = ways_of(trace_of(*range(20), slow=13))
    slowest = Wanted(slowest=2)
    slowest.see(ways)
    assert [way.frame_index for way in slowest.found] == [13, 0]
    one = Wanted(frame=5)
    one.see(ways)
    assert [way.frame_index for way in one.found] == [5]
    nobody = Wanted(slowest=2, actor="tactic")
    nobody.see(ways)
    assert nobody.found == []


def test_another_hosts_clock_is_not_compared_and_said_not_to_be() -> None:
    way, _ = ways_of(trace_of(7, 8, actors=("reflex", "tactic", "stranger")))
    clocks = {answer.actor: answer.clock for answer in way.answers}
    assert clocks == {"reflex": SAME, "tactic": OTHER, "stranger": UNKNOWN}
    tactic = next(answer for answer in way.answers if answer.actor == "tactic")
    assert [(s.name, s.took_us) for s in tactic.stages[:-1]] == [("tick", 1000), ("act", 2000), ("answer", 2000)]
    assert tactic.arrived_us == 7000
    text = shown(way)
    assert "tactic runs on another host, whose clock cannot be compared" in text
    assert "both ways" in text
    assert "stranger does not say when it got the frame" in text
    assert "stranger" not in shown(way, "reflex")


def test_bars_are_to_scale() -> None:
    way, _ = ways_of(trace_of(7, 8))
    lines = {line.split()[1]: line.rstrip() for line in shown(way).splitlines()[2:]}
    assert lines["emulate"].count("█") + lines["emulate"].count("#") == 4  # 1 of 16 ms
    assert lines["apply"].count("█") + lines["apply"].count("#") == 36
    assert len(lines["apply"]) - len(lines["emulate"]) == 60


def test_a_way_becomes_json_and_comes_back() -> None:
    way, _ = ways_of(trace_of(7, 8))
    assert msgspec.convert(msgspec.to_builtins(way), Way) == way


def test_spans_lie_in_their_frame_at_unix_time() -> None:
    way, _ = ways_of(trace_of(7, 8))
    spans = {span.name: span for span in spans_of("s", [way])}
    whole, act = spans["frame 7"], spans["act"]
    assert whole.start_time == way.began_unix_ns - 1000 * 1000
    assert whole.end_time == way.began_unix_ns + 7 * MS
    assert (act.start_time, act.end_time) == (way.began_unix_ns + 4 * MS, way.began_unix_ns + 6 * MS)
    assert whole.parent is None
    for name, within in (("emulate", "frame 7"), ("answer of reflex", "frame 7"), ("act", "answer of reflex")):
        parent = spans[name].parent
        outer = spans[within].get_span_context()
        assert parent is not None
        assert outer is not None
        assert parent.span_id == outer.span_id
    assert act.resource.attributes["service.name"] == "framewire reflex"
    assert act.attributes is not None
    assert act.attributes["framewire.session"] == "s"


@pytest.mark.parametrize("count", [1, 3])
def test_each_frame_is_a_trace_of_its_own(count: int) -> None:
    spans = spans_of("s", ways_of(trace_of(*range(count))))
    assert len({context.trace_id for span in spans if (context := span.get_span_context())}) == count


def test_a_session_that_keeps_only_inputs_says_that_it_has_no_traces() -> None:
    async def look() -> None:
        store, backend = MemoryStore(), ScriptedBackend()
        meta = msgspec.structs.replace(meta_of(backend, "thin"), store="inputs", kinds=STORES["inputs"])
        await record(store, "thin", list(play(backend, 60)), meta=meta)
        await from_recording(await open_session(store, "thin"), Wanted(frame=5))

    with pytest.raises(SessionError, match="'thin' keeps no traces"):
        asyncio.run(look())
