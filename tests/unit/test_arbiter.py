"""Many actors, one pad."""

import pytest

from runtime import wire
from runtime.arbiter import Arbiter
from runtime.console import CONSOLES

GBA = CONSOLES["gba"].buttons


def action(
    actor: str,
    frame: int,
    *buttons: str,
    opinion: bool = True,
    hold: int = 30,
    priority: int = 0,
    plan_id: str = "",
    reason: str = "",
) -> wire.Action:
    return wire.Action(
        actor=actor,
        frame_index=frame,
        sent_ns=0,
        buttons=buttons if opinion else None,
        hold_frames=hold,
        priority=priority,
        plan_id=plan_id,
        reason=reason,
    )


@pytest.fixture
def arbiter() -> Arbiter:
    return Arbiter(GBA)


def test_without_actions_nothing_is_held(arbiter: Arbiter) -> None:
    assert arbiter.held(0) == ((), ())


def test_an_action_counts_for_the_frames_after_it_and_as_long_as_asked(arbiter: Arbiter) -> None:
    arbiter.put(action("a", 10, "A", hold=3))
    held = [frame for frame in range(8, 18) if arbiter.held(frame)[0]]
    assert held == [11, 12, 13]


def test_the_next_action_of_the_actor_ends_the_one_before(arbiter: Arbiter) -> None:
    arbiter.put(action("a", 10, "A"))
    arbiter.put(action("a", 12, "B"))
    assert arbiter.held(13)[0] == ("B",)
    arbiter.put(action("a", 13))
    assert arbiter.held(14)[0] == ()


def test_an_action_on_an_older_frame_comes_too_late(arbiter: Arbiter) -> None:
    arbiter.put(action("a", 12, "B"))
    arbiter.put(action("a", 11, "A"))
    assert arbiter.held(13)[0] == ("B",)


def test_a_second_action_on_the_same_frame_replaces_the_first(arbiter: Arbiter) -> None:
    arbiter.put(action("a", 12, "B"))
    arbiter.put(action("a", 12, "A"))
    assert arbiter.held(13)[0] == ("A",)


def test_actors_of_equal_priority_are_merged_in_the_consoles_order(arbiter: Arbiter) -> None:
    arbiter.put(action("walker", 1, "RIGHT"))
    arbiter.put(action("presser", 1, "B", "A"))
    buttons, causes = arbiter.held(2)
    assert buttons == ("A", "B", "RIGHT")
    assert [cause.actor for cause in causes] == ["presser", "walker"]


def test_the_highest_priority_wins_alone(arbiter: Arbiter) -> None:
    arbiter.put(action("low", 1, "A"))
    arbiter.put(action("high", 1, "B", priority=1))
    buttons, causes = arbiter.held(2)
    assert buttons == ("B",)
    assert [cause.actor for cause in causes] == ["high"]


def test_releasing_everything_is_an_opinion_that_wins(arbiter: Arbiter) -> None:
    arbiter.put(action("low", 1, "A"))
    arbiter.put(action("high", 1, priority=1))
    assert arbiter.held(2)[0] == ()


def test_no_opinion_leaves_the_pad_to_others(arbiter: Arbiter) -> None:
    arbiter.put(action("low", 1, "A"))
    arbiter.put(action("high", 1, opinion=False, priority=1))
    assert arbiter.held(2)[0] == ("A",)


def test_when_the_highest_lets_go_the_next_one_has_the_pad(arbiter: Arbiter) -> None:
    arbiter.put(action("low", 1, "A", hold=10))
    arbiter.put(action("high", 1, "B", hold=2, priority=1))
    assert [arbiter.held(frame)[0] for frame in (2, 3, 4)] == [("B",), ("B",), ("A",)]


def test_a_cause_names_actor_plan_and_the_frame_that_was_seen(arbiter: Arbiter) -> None:
    arbiter.put(action("a", 7, "A", plan_id="p-1", reason="dialogue"))
    assert arbiter.held(9)[1] == (
        wire.Cause(actor="a", buttons=("A",), observed_frame=7, plan_id="p-1", model="", reason="dialogue"),
    )


def test_an_unknown_button_is_refused_whole_and_named(arbiter: Arbiter) -> None:
    arbiter.put(action("a", 1, "A"))
    problem = arbiter.put(action("a", 2, "B", "TURBO"))
    assert problem == f"a presses TURBO; there are {', '.join(GBA)}"
    assert arbiter.held(3)[0] == ("A",)


def test_forgetting_releases_everything(arbiter: Arbiter) -> None:
    arbiter.put(action("a", 1, "A"))
    arbiter.forget()
    assert arbiter.held(2) == ((), ())
