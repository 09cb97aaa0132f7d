"""Fields of payloads by name, and conditions over them."""

import pytest

from dashboards.terminal.fields import check_present, full_path, leaves, look_up, plain
from dashboards.terminal.filters import payload_filter
from runtime import wire
from runtime.errors import UsageError

STATE = wire.State(frame_index=120, sent_ns=5, values={"player.x": 7, "player.hp": 2, "area": 0, "name": "Ember"})
CAUSE = wire.Cause(actor="reflex", buttons=("A",), observed_frame=8)
INPUT = wire.Input(frame_index=9, sent_ns=5, buttons=("A", "UP"), causes=(CAUSE,))


def test_plain_holds_dicts_lists_and_scalars() -> None:
    tree = plain(INPUT)
    assert tree["buttons"] == ["A", "UP"]
    assert tree["causes"][0]["actor"] == "reflex"


def test_leaves_are_dotted() -> None:
    assert leaves(plain(STATE))["values.player.x"] == 7


@pytest.mark.parametrize(
    ("tree", "path", "found"),
    [
        ({"values": {"player.x": 7}}, "values.player.x", 7),
        ({"values": {"player": {"x": 1}, "player.x": 7}}, "values.player.x", 7),
        ({"values": {"player": {"x": 1}}}, "values.player", {"x": 1}),
        ({"a.b": {"c.d": 3}}, "a.b.c.d", 3),
        ({"causes": [{"actor": "reflex"}]}, "causes.0.actor", "reflex"),
        ({"buttons": ["A", "UP"]}, "buttons.1", "UP"),
    ],
)
def test_look_up_matches_the_longest_key(tree: object, path: str, found: object) -> None:
    assert look_up(tree, path) == found


@pytest.mark.parametrize("path", ["values.player.y", "buttons.2", "buttons.x", "frame_index.x"])
def test_look_up_of_what_is_not_there(path: str) -> None:
    with pytest.raises(KeyError):
        look_up({"values": {"player.x": 7}, "buttons": ["A"], "frame_index": 3}, path)


def test_a_bare_watch_is_enough() -> None:
    assert full_path(wire.State, "player.x") == "values.player.x"
    assert full_path(wire.State, "frame_index") == "frame_index"
    assert full_path(wire.Action, "buttons.0") == "buttons.0"


@pytest.mark.parametrize(
    ("payload_type", "path", "problem"),
    [
        (wire.Health, "tick", "no field 'tick'; there are version, process, .*tick_ms_p50"),
        (wire.Input, "causes.0.who", "no field 'causes.0.who'; there are actor, buttons"),
        (wire.Input, "causes.actor", "'actor' follows a list"),
        (wire.Health, "pid.x", "'x' follows a single value"),
    ],
)
def test_a_field_that_cannot_be(payload_type: type[wire.Payload], path: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        full_path(payload_type, path)


def test_a_watch_that_the_state_lacks_is_an_error_that_names_those_there() -> None:
    check_present(STATE, ["values.player.x"])
    with pytest.raises(UsageError, match=r"'values.player.z'; there are .*player.hp, area"):
        check_present(STATE, ["values.player.z"])


@pytest.mark.parametrize(
    ("text", "payload", "holds"),
    [
        ("values.player.hp < 3 and frame_index > 100", STATE, True),
        ("player.hp < 3", STATE, True),
        ("player.hp > 3", STATE, False),
        ("name == 'Ember'", STATE, True),
        ("1 / area > 0", STATE, False),
        ("player.hp < 'three'", STATE, False),
        ("'A' in buttons", INPUT, True),
        ("'tactic' in causes.actor", INPUT, False),
        ("'reflex' in causes.actor", INPUT, True),
    ],
)
def test_filter(text: str, payload: wire.Payload, holds: bool) -> None:
    assert payload_filter(text, type(payload))(payload) is holds


@pytest.mark.parametrize(
    "text", ["player.hp <", "", "player.hp = 3", "import os", "open('x')", "x\0y", "causes[0].actor == 1"]
)
def test_a_filter_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError, match="condition"):
        payload_filter(text, wire.State)


def test_a_filter_over_names_that_are_not_there() -> None:
    with pytest.raises(UsageError, match="no field 'button'; there are version, frame_index"):
        payload_filter("button == 1", wire.Input)
    with pytest.raises(UsageError, match=r"no field 'causes.acter'; there are actor, buttons"):
        payload_filter("'reflex' in causes.acter", wire.Input)
    with pytest.raises(UsageError, match=r"no field 'player.hpp'; there are .*player.hp"):
        payload_filter("player.hpp < 3", wire.State)(STATE)
