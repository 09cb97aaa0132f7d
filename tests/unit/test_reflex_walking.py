"""Waypoints become steps; a tap is a fresh press; who must look somewhere turns first."""

import pytest

from agents.reflex.walking import TAP_FRAMES, Move, move, next_point
from runtime.wire import Waypoint
from tests.reflex_source import plan


@pytest.mark.parametrize(
    ("here", "hold"),
    [((2, 2), "RIGHT"), ((3, 2), "RIGHT"), ((4, 2), "DOWN"), ((4, 3), "DOWN"), ((2, 4), "UP"), ((0, 1), "RIGHT")],
)
def test_a_step_leads_to_the_waypoint_after_the_cell(here: tuple[int, int], hold: str) -> None:
    path = plan("p", (3, 2), (4, 2), (4, 3), (4, 4))
    if here == (2, 4):  # off the path: to its beginning, the longer way first
        assert move(path, (3, 4)).hold == (hold,)
        return
    assert move(path, here) == Move((hold,))


def test_at_the_last_waypoint_there_is_nothing_left() -> None:
    assert move(plan("p", (3, 2), (4, 2)), (4, 2)) == Move(arrived=True)
    assert move(plan("p"), (4, 2)) == Move(arrived=True)


def test_a_lone_direction_at_the_end_is_held() -> None:
    assert move(plan("p", (4, 2), press=("RIGHT",)), (4, 2), "DOWN") == Move(("RIGHT",))
    assert move(plan("p", (4, 2), press=("RIGHT",)), (4, 2), "RIGHT").buttons(7) == ("RIGHT",)


def test_who_looks_elsewhere_turns_and_then_taps() -> None:
    talk = plan("p", (4, 2), press=("UP", "A"))
    assert move(talk, (4, 2), "LEFT") == Move(("UP",))
    assert move(talk, (4, 2), "UP") == Move((), ("A",))
    assert move(talk, (4, 2), "UP", moving=True) == Move()


def test_without_a_facing_turn_and_tap_take_turns() -> None:
    wanted = move(plan("p", (4, 2), press=("UP", "A")), (4, 2))
    assert [wanted.buttons(i) for i in range(16)] == [("UP",)] * 6 + [()] * 2 + [("A",)] * 4 + [()] * 4


def test_a_tap_is_released_as_long_as_it_is_held() -> None:
    presses = [Move((), ("B",)).buttons(i) for i in range(4 * TAP_FRAMES)]
    assert presses == ([("B",)] * TAP_FRAMES + [()] * TAP_FRAMES) * 2


def test_only_the_last_waypoint_is_acted_on() -> None:
    points = (Waypoint(1, 1, ("A",)), Waypoint(2, 1, ("B",)))
    assert next_point(points, (1, 1)) == points[1]
    assert next_point(points, (2, 1)) == points[1]
    assert next_point(points, (9, 9)) == points[0]
    assert next_point((), (0, 0)) is None
