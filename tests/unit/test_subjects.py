"""The table of the traffic, and the strings made from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import wire
from runtime.errors import UsageError
from runtime.subjects import (
    BY_KIND,
    DISCOVERY,
    NAME,
    RECORDED,
    TABLE,
    SessionId,
    Subject,
    everything,
    kind_of,
    session_id,
    stored_subject,
    stream_name,
    subject,
)

SESSION = SessionId("s1")
names = st.from_regex(NAME, fullmatch=True)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.kind)
def test_table_rows_are_well_formed(row: Subject) -> None:
    assert row.payload in wire.payload_types().values()
    assert row.sender in ("bridge", "actor", "recorder")
    for text in (row.kind, row.rate, row.slow_reader, row.meaning):
        assert text
        assert text == text.strip()
    assert row.kind.startswith("in.") == (row.sender == "actor" and row.kind not in ("health", "annotation"))
    assert not (row.recorded and row.sender == "actor"), "the bridge is the only writer of what is recorded"


def test_kinds_are_unique() -> None:
    assert len(BY_KIND) == len(TABLE)


def test_state_closes_the_frame_and_its_flow_precedes_it() -> None:
    before = ("savestate", "plan", "learnt", "event", "gap", "trace")
    assert (*before, "input", "hash", "frame", "memory", "state") == RECORDED


def test_what_an_actor_sends_is_of_the_type_that_the_bridge_passes_on() -> None:
    for kind in ("plan", "learnt", "event", "gap"):
        assert BY_KIND[kind].payload is BY_KIND[f"in.{kind}"].payload


@given(session=names, kind=st.sampled_from(sorted(BY_KIND)), actor=names)
def test_kind_of_reads_back_what_subject_wrote(session: str, kind: str, actor: str) -> None:
    checked = session_id(session)
    assert kind_of(subject(checked, kind)) == kind
    assert kind_of(subject(checked, kind, actor)) == kind
    assert kind_of(subject(checked, kind, "*")) == kind


def test_subjects_look_as_documented() -> None:
    assert subject(SESSION, "frame") == "fw.s1.frame"
    assert subject(SESSION, "in.action", "reflex") == "fw.s1.in.action.reflex"
    assert subject(SESSION, "health", "*") == "fw.s1.health.*"
    assert stored_subject(SESSION, "frame") == "fw.s1.rec.frame"
    assert stream_name(SESSION) == "FW_s1"
    assert everything(SESSION) == "fw.s1.>"
    assert DISCOVERY == "fw.discover"


@pytest.mark.parametrize("name", ["", "a.b", "a b", "*", ">", "ä", "x" * 65, "a/b", "..", "a\n"])
def test_a_session_name_that_is_no_subject_token_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="session name"):
        session_id(name)


@pytest.mark.parametrize("name", ["a", "x" * 64, "A-b_9", "-"])
def test_a_session_name_of_letters_digits_and_dashes_is_taken(name: str) -> None:
    assert session_id(name) == name


@pytest.mark.parametrize("kind", ["", "frames", "in", "in.frame", "rec.frame"])
def test_an_unknown_kind_is_refused_with_the_known_ones(kind: str) -> None:
    with pytest.raises(UsageError, match="there are savestate, plan"):
        subject(SESSION, kind)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "fw",
        "fw.s1",
        "fw.discover",
        "other.s1.frame",
        "fw.s1.frames",
        "fw.s1.in",
        "fw.s1.in.frame.a",
        "fw.s1.rec.frame",
    ],
)
def test_a_subject_that_is_not_ours_has_no_kind(name: str) -> None:
    with pytest.raises(UsageError, match="no subject of ours"):
        kind_of(name)
