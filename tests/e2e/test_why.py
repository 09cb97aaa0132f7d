"""A recorded game's buttons are explained as people ask for it."""

import asyncio
import json
import re
from typing import Any

import pytest

from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.desk import Desk

FRAMES = 1200


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a recording of the default actors."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.run("up", "--clock", "lockstep", "--frames", str(FRAMES), "--session", "game")
    return desk


def why(desk: Desk, frame: int, *words: str) -> dict[str, Any]:
    explained: dict[str, Any] = json.loads(desk.outputs("why", "game", "--frame", str(frame), "--json", *words)[0])
    return explained


async def followed(desk: Desk) -> int:
    """Return the last frame with a button of a plan that serves another."""
    async with open_bus(NatsOptions(), desk.home, "test") as bus:
        session = await open_session(JetStreamStore(bus), "game")
        serving, found = set[str](), -1
        async for tick in session.ticks(("plan", "input")):
            serving |= {plan.plan_id for plan in tick.plans if plan.parent_id}
            causes = tick.input.causes if tick.input else ()
            found = tick.frame_index if any(cause.buttons and cause.plan_id in serving for cause in causes) else found
        return found


def test_a_press_is_traced_to_the_plan_of_the_slowest_actor(desk: Desk) -> None:
    frame = asyncio.run(followed(desk))
    explained = why(desk, frame)
    planned = [answer for answer in explained["answers"] if len(answer["plans"]) > 1]
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
    assert all(len(look) <= 16 for look in re.findall(r"look=(\w+)", shown)), "what eyes compare looks by is for nobody"


def test_a_frame_that_is_not_there_is_an_error(desk: Desk) -> None:
    said = desk.run("why", "game", "--frame", str(FRAMES), status=2)
    assert said == f"error: frame {FRAMES}: session 'game' has frames 0 to {FRAMES - 1}\n"
    assert "no recorded session 'other'" in desk.run("why", "other", "--frame", "1", status=1)
