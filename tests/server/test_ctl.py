"""`runtime ctl` as people type it, on a live session, a replay, and a store that stands still."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a desk beside which the scripted emulator runs as session `s1`."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    game = desk.start("up", "--rom", "scripted", "--no-actors", "--session", "s1")
    try:
        desk.wait_for("session.started")
        yield desk
    finally:
        game.send_signal(signal.SIGINT)
        assert game.wait(30) == 0
    assert "Traceback" not in desk.said()


def told(desk: Desk, *words: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(desk.outputs("ctl", *words, "--json")[0])
    return facts


def test_a_session_is_controlled_by_hand(desk: Desk) -> None:
    paused = told(desk, "pause")
    assert (paused["session"], paused["paused"], paused["clock"], paused["speed"]) == ("s1", True, "realtime", 1.0)
    at = paused["frame_index"]
    assert told(desk, "status")["frame_index"] == at
    assert told(desk, "step", "7")["frame_index"] == at + 7
    assert told(desk, "step")["frame_index"] == at + 8
    assert desk.outputs("ctl", "status")[0] == f"s1: frame {at + 8}, paused, realtime x 1\n"
    assert told(desk, "save", "here")["frame_index"] == at + 8
    assert told(desk, "load", "here")["paused"]
    assert told(desk, "load", "s1/here", "--session", "s1")["paused"]
    assert told(desk, "speed", "4")["speed"] == 4.0
    resumed = told(desk, "resume")
    assert not resumed["paused"]
    time.sleep(0.5)
    assert told(desk, "status")["frame_index"] > resumed["frame_index"]
    assert (told(desk, "speed", "max")["clock"], told(desk, "status")["speed"]) == ("free", 0.0)
    assert told(desk, "clock", "realtime")["speed"] == 1.0
    assert told(desk, "reset")["origin"] == "live"
    (facts,) = json.loads(desk.outputs("ctl", "slots", "--json")[0])
    assert (facts["session"], facts["slot"], facts["frame_index"], facts["core"]) == (
        "s1",
        "here",
        at + 9,
        "scripted 1",
    )
    assert "s1/here" in desk.outputs("ctl", "slots", "--session", "s1")[0]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("load", "nothing"), 1, "session 's1' has no slot 'nothing'; there are"),
        (("load", "s9/x"), 1, "session 's9' has no slot 'x'; there are none"),
        (("save", "a/b"), 1, "slot 'a/b': allowed are 1 to 64 letters"),
        (("speed", "0"), 2, "'0': allowed are numbers above 0, and 'max'"),
        (("step", "0"), 2, "0 is not in the range"),
        (("clock", "warp"), 2, "'warp' is not one of"),
        (("seek", "5"), 1, "no operation 'seek'"),
        (("keep",), 1, "is recorded as a whole"),
        (("pause", "--session", "s9"), 1, "session 's9' is not on the bus; there: s1"),
        (("slots", "--remove", "s9/x"), 1, "session 's9' has no slot 'x'"),
    ],
)
def test_what_cannot_be_is_one_clear_error(desk: Desk, words: tuple[str, ...], status: int, said: str) -> None:
    _, error = desk.outputs("ctl", *words, status=status)
    assert said in error


def test_slots_outlive_the_session_and_go_with_its_recording(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first = desk.start("up", "--rom", "scripted", "--no-actors", "--session", "one")
    desk.wait_for("session.started")
    told(desk, "save", "far")
    told(desk, "save", "farther")
    told(desk, "stop")
    assert first.wait(30) == 0
    assert [f["slot"] for f in json.loads(desk.outputs("ctl", "slots", "--json")[0])] == ["far", "farther"]
    second = desk.start("up", "--rom", "scripted", "--no-actors", "--session", "two")
    desk.wait_for("session.started.*session=two")
    assert told(desk, "load", "one/far")["session"] == "two"
    told(desk, "save", "far")
    told(desk, "stop")
    assert second.wait(30) == 0
    third = desk.start("up", "--rom", "scripted", "--no-actors", "--no-record", "--session", "one")
    desk.wait_for("session.started.*session=one(?s:.*)session.started.*session=one")
    assert told(desk, "load", "farther")["session"] == "one"
    told(desk, "stop")
    assert third.wait(30) == 0
    desk.run("sessions", "rm", "one", "--yes")
    left = json.loads(desk.outputs("ctl", "slots", "--json")[0])
    assert [(f["session"], f["slot"]) for f in left] == [("two", "far")]
    desk.run("ctl", "slots", "--remove", "two/far")
    assert "no slot is saved" in desk.outputs("ctl", "slots")[0]
    assert "start a game with `runtime up`" in desk.outputs("ctl", "status", status=1)[1]


def test_a_replay_is_controlled_too(desk: Desk, tmp_path: Path) -> None:
    here = Desk(tmp_path)
    here.run("up", "--rom", "scripted", "--no-actors", "--clock", "free", "--frames", "300", "--session", "r")
    replay = here.start("replay", "r", "--pause", "--as", "again")
    here.wait_for("replaying frames")
    assert told(here, "status")["origin"] == "replay"
    assert told(here, "step", "3")["frame_index"] == 2
    assert told(here, "seek", "100")["frame_index"] == 100
    assert told(here, "speed", "0.5")["speed"] == 0.5
    assert "this is a replay, only a live game can do that" in here.outputs("ctl", "save", "x", status=1)[1]
    assert told(here, "speed", "max")["clock"] == "free"
    assert not told(here, "resume")["paused"]
    assert replay.wait(60) == 0
