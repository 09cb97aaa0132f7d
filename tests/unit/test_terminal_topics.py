"""Naming a stream, and the tables of `runtime topics`."""

from collections import Counter

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.table import Table

from dashboards.terminal.payload_fields import nested_structs, payload_fields
from dashboards.terminal.targets import Target, one_session, stream_name, target
from dashboards.terminal.topics import subject_text, topics, topics_table
from runtime import subjects, wire
from runtime.errors import UsageError
from runtime.subjects import BY_KIND, TABLE, SessionId

S1 = SessionId("s1")


def text(table: Table) -> str:
    console = Console(width=200, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


@pytest.mark.parametrize(
    ("typed", "found", "patterns"),
    [
        ("state", Target("state"), ("fw.s1.state", "fw.s1.state.*")),
        ("in.action", Target("in.action"), ("fw.s1.in.action", "fw.s1.in.action.*")),
        ("in.action.reflex", Target("in.action", "reflex"), ("fw.s1.in.action.reflex",)),
        ("health.bridge", Target("health", "bridge"), ("fw.s1.health.bridge",)),
        ("fw.s1.state", Target("state", session="s1"), ("fw.s1.state", "fw.s1.state.*")),
        ("fw.s1.in.action.reflex", Target("in.action", "reflex", "s1"), ("fw.s1.in.action.reflex",)),
        ("fw.s1.in.action.*", Target("in.action", "*", "s1"), ("fw.s1.in.action.*",)),
    ],
)
def test_target(typed: str, found: Target, patterns: tuple[str, ...]) -> None:
    assert target(typed) == found
    assert found.patterns(S1) == patterns


@pytest.mark.parametrize("typed", ["nothing", "in", "in.action.a.b", "fw.s1", "fw.s1.rec.state", "fw.*.state", ""])
def test_what_is_no_target(typed: str) -> None:
    with pytest.raises(UsageError):
        target(typed)


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"'stat'; there are savestate, plan, .*in\.control"):
        target("stat")


def test_one_session_for_all_targets() -> None:
    assert one_session([target("state"), target("fw.s1.input")]) == "s1"
    with pytest.raises(UsageError, match="several sessions"):
        one_session([target("fw.s1.input"), target("fw.s2.input")])
    with pytest.raises(UsageError, match="--session says 's2'"):
        target("fw.s1.state", "s2")


def test_stream_name() -> None:
    assert stream_name("fw.s1.in.action.reflex") == "in.action.reflex"


def test_topics_table_has_every_row() -> None:
    shown = text(topics_table()).splitlines()
    assert [line.split()[0] for line in shown[1:]] == [row.kind for row in TABLE]
    assert "every frame      yes  resumes at the next key" in shown[9]


def test_topics_table_with_counts() -> None:
    shown = text(topics_table(Counter(state=120), 2.0)).splitlines()
    assert shown[0].split()[:3] == ["kind", "msgs", "Hz"]
    assert next(line for line in shown if line.startswith("state")).split()[1:3] == ["120", "60.00"]
    assert next(line for line in shown if line.startswith("in.join")).split()[1:3] == ["-", "-"]


def test_payload_fields_are_those_of_the_wire() -> None:
    for row in TABLE:
        names = [field.name for field in payload_fields(row.payload)]
        assert names == list(row.payload.__struct_fields__)
    shown = {field.name: field for field in payload_fields(wire.Frame)}
    assert shown["width"].meaning == "pixels"
    assert shown["width"].type_text == "int"
    assert shown["frame_index"].meaning
    assert {field.name: field.default for field in payload_fields(wire.Cause)}["plan_id"] == "''"


def test_nested_structs() -> None:
    assert nested_structs(wire.Input) == [wire.Cause]
    assert nested_structs(wire.State) == []


def test_subject_text_fits_the_table_of_subjects() -> None:
    assert subject_text(BY_KIND["in.action"]) == "fw.<session>.in.action.<sender>"
    assert subject_text(BY_KIND["state"]) == "fw.<session>.state"
    assert subjects.subject(S1, "in.join") == subject_text(BY_KIND["in.join"]).replace("<session>", "s1")


def test_info_needs_no_server() -> None:
    result = CliRunner().invoke(topics, ["info", "input"])
    assert result.exit_code == 0
    assert "fw.<session>.input" in result.output
    assert "observed_frame" in result.output
    assert "the frame the decision was made on" in result.output
