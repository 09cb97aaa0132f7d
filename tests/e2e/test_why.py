"""A recorded game's buttons are explained as people ask for it."""

import json
from typing import Any

import pytest

from tests.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a recording of the default actors, 600 frames."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.run("up", "--clock", "lockstep", "--frames", "600", "--session", "game")
    return desk


def why(desk: Desk, frame: int, *words: str) -> dict[str, Any]:
    explained: dict[str, Any] = json.loads(desk.outputs("why", "game", "--frame", str(frame), "--json", *words)[0])
    return explained


def test_a_press_is_traced_to_the_plan_of_the_slowest_actor(desk: Desk) -> None:
    for frame in range(599, 300, -23):
        explained = why(desk, frame)
        planned = [answer for answer in explained["answers"] if len(answer["plans"]) > 1]
        if planned:
            break
    else:
        pytest.fail("no plan was followed in 300 frames")
    (answer, *_) = planned
    assert answer["missing"] == ""
    assert answer["cause"]["plan_id"] == answer["plans"][0]["plan"]["plan_id"]
    for link, parent in zip(answer["plans"], answer["plans"][1:], strict=False):
        assert link["plan"]["parent_id"] == parent["plan"]["plan_id"]
        assert 0 < link["age_frames"] <= parent["age_frames"] < frame
    assert answer["plans"][-1]["plan"]["parent_id"] == ""
    button = answer["cause"]["buttons"][0]
    assert why(desk, frame, "--button", button.lower())["answers"] == [
        other for other in explained["answers"] if button in other["cause"]["buttons"]
    ]
    shown = desk.run("why", "game", "--frame", str(frame))
    for word in (
        f"game, frame {frame}",
        answer["cause"]["actor"],
        *(link["plan"]["plan_id"] for link in answer["plans"]),
    ):
        assert word in shown


def test_a_frame_that_is_not_there_is_an_error(desk: Desk) -> None:
    said = desk.run("why", "game", "--frame", "600", status=2)
    assert said == "error: frame 600: session 'game' has frames 0 to 599\n"
    assert "no recorded session 'other'" in desk.run("why", "other", "--frame", "1", status=1)
