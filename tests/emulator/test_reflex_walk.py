"""Emberwood: the reflex walks waypoints cell by cell and never a cell too far, plays actions, and obeys a policy."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from agents.reflex import PolicyReflex, Reflex, source_of
from runtime import wire
from runtime.actor import Actor, Intend, Outputs
from runtime.bridges.core_search import find_core
from runtime.bus import Message
from runtime.clock import Rate
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.observation import Observation
from runtime.wire import Waypoint
from tests.alone import alone, missing
from tests.whole_session import play_whole

Cell = tuple[int, int]

#: Frames a leg of a route may take: the longest is 7 steps of 8 frames, and frames for the plan to be seen.
LEG_FRAMES = 90


@dataclass
class Guide:
    """A stand-in for the tactic: sends the player along a square around the place it begins on, leg by leg."""

    sides: tuple[Cell, ...]
    actions: str = ""
    legs: list[list[Cell]] = field(default_factory=list)
    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("plan",)

    def __post_init__(self) -> None:
        self._due = -1

    def act(self, seen: Observation) -> Outputs:
        if seen.state["mode"] != 1 or seen.frame_index < self._due:
            return None
        self._due = seen.frame_index + LEG_FRAMES
        if len(self.legs) == len(self.sides):
            return Intend("stand", strategy="wait")
        here = (int(seen.state["player.x"]), int(seen.state["player.y"]))
        dx, dy = self.sides[len(self.legs)]
        steps = max(abs(dx), abs(dy))
        cells = [(here[0] + dx * i // steps, here[1] + dy * i // steps) for i in range(1, steps + 1)]
        self.legs.append(cells)
        points = tuple(Waypoint(*cell) for cell in cells)
        return Intend(f"leg {len(self.legs)}", waypoints=points, strategy="goto", actions=self.actions)


@dataclass
class Walked:
    """What was seen.

    Attributes:
        cells: The cells the player was on, without repetition.
        pixels: Every place in pixels.
        events: The reflex's events by name.
    """

    legs: list[list[Cell]]
    cells: list[Cell] = field(default_factory=list)
    pixels: list[Cell] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


async def _walk(sides: tuple[Cell, ...], actions: str, *, predict: bool) -> Walked:
    guide = Guide(sides, actions)
    walked = Walked(guide.legs)

    def on_state(message: Message) -> None:
        values = wire.decode(wire.State, message.data).values
        if values["mode"] != 1:
            return
        cell = (int(values["player.x"]), int(values["player.y"]))
        if walked.cells[-1:] != [cell]:
            walked.cells.append(cell)
        walked.pixels.append((int(values["player.pixel_x"]), int(values["player.pixel_y"])))

    def on_event(message: Message) -> None:
        event = wire.decode(wire.Event, message.data)
        if event.source == "reflex" and event.name.startswith("plan."):
            walked.events.append(event.name)

    actors: dict[str, tuple[Actor, Rate]] = {
        "reflex": (Reflex(predictor=predict), Reflex.rate),
        "tactic": (guide, Guide.rate),
    }
    await play_whole(actors, 240 + LEG_FRAMES * len(sides), {"state": on_state, "event": on_event})
    return walked


def walk(sides: tuple[Cell, ...], actions: str = "", *, predict: bool = True) -> Walked:
    return asyncio.run(_walk(sides, actions, predict=predict))


@pytest.fixture(autouse=True)
def _core() -> None:
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        missing(str(error))


@pytest.mark.parametrize("predict", [True, False])
def test_it_walks_exactly_the_waypoints_and_stands(predict: bool) -> None:
    walked = alone(walk, ((2, 0), (0, 1), (-1, 0), (0, -1), (-1, 0)), predict=predict)
    wanted = [cell for leg in walked.legs for cell in leg]
    assert len(walked.legs) == 5
    assert walked.cells[1:] == wanted
    assert walked.events == ["plan.arrived"] * 5
    assert walked.pixels[-1] == (16 * wanted[-1][0], 16 * wanted[-1][1])  # whole on the last cell, and no step begun


def test_it_plays_actions_at_the_end_of_the_way_cell_by_cell() -> None:
    walked = alone(walk, ((1, 0),), "<seq><btn_right><btn_left><btn_left></seq>")
    (x, y), *_ = walked.cells
    assert walked.cells == [(x, y), (x + 1, y), (x + 2, y), (x + 1, y), (x, y)]
    assert walked.events == ["plan.done"]


def play_by_policy() -> list[tuple[tuple[str, ...], str, str]]:
    """Return what was held on each frame, where the decision came from, and what decided."""
    held: list[tuple[tuple[str, ...], str, str]] = []

    def on_input(message: Message) -> None:
        for cause in wire.decode(wire.Input, message.data).causes:
            held.append((cause.buttons, source_of(cause.reason), cause.model))

    reflex = PolicyReflex(policy="tests.tiny_policy:TinyPolicy")
    asyncio.run(play_whole({"reflex": (reflex, Reflex.rate)}, 400, {"input": on_input}))
    return held


def test_a_policy_plays_from_pixels_and_the_same_way_every_time() -> None:
    first, second = alone(play_by_policy), alone(play_by_policy)
    assert first == second
    assert {source for _, source, _ in first} == {"rule", "policy", "default"}  # default: a transition
    assert {model for _, source, model in first if source == "policy"} == {"tiny-1"}
