"""The predictor learns what comes after what, decides ahead of time, and knows how good it is."""

import pytest

from agents.reflex import Reflex
from agents.reflex.predictor import CHECK_EVERY, FEWEST, MOST, Compact, Predictor, TransitionModel
from tests.reflex_source import RIGHT, Player, plan

HERE = Compact("overworld", 1, 5, 5, "RIGHT", False, 4)


def walk(count: int) -> list[Compact]:
    """Return the states of steps to the right: stepping for a while, standing for a frame."""
    return [HERE._replace(x=5 + (i + 1) // 2, moving=i % 2 == 1) for i in range(count)]


def test_the_likeliest_change_comes_first() -> None:
    model = TransitionModel()
    step, bump = HERE._replace(x=6, moving=True), HERE._replace(facing="UP")
    for after in (step, bump, step):
        model.learn(HERE, "RIGHT", after)
    assert model.next_states(HERE, "RIGHT") == [step, bump]
    assert model.next_states(HERE, "LEFT") == []
    there = HERE._replace(x=9, y=2)
    assert model.next_states(there, "RIGHT")[0] == there._replace(x=10, moving=True)


def test_three_to_five_states_are_likely() -> None:
    model = TransitionModel()
    for hp in range(5):
        for y in range(4):
            model.learn(HERE, "RIGHT", HERE._replace(y=y, hp=hp))
    assert len(model.next_states(HERE, "RIGHT")) == MOST
    for _ in range(400):
        model.learn(HERE, "RIGHT", HERE._replace(x=6))
    assert len(model.next_states(HERE, "RIGHT")) == FEWEST


def test_a_change_of_area_is_not_learnt() -> None:
    model = TransitionModel()
    model.learn(HERE, "RIGHT", HERE._replace(area=2, x=0))
    assert model.next_states(HERE, "RIGHT") == []


def test_memory_is_bounded() -> None:
    model = TransitionModel()
    for x in range(1000):
        model.learn(HERE, "RIGHT", HERE._replace(x=x))
    assert len(model.next_states(HERE, "RIGHT")) <= MOST
    assert sum(len(seen) for seen in model._seen.values()) <= 16


def test_what_was_foreseen_is_answered_from_the_cache() -> None:
    made: list[Compact] = []

    def decide(state: Compact) -> str:
        made.append(state)
        return "RIGHT"

    predictor: Predictor[str] = Predictor(str)
    for state in walk(60):
        for _ in range(7 if state.moving else 2):
            assert predictor.look(state, "RIGHT", decide) == "RIGHT"
    assert predictor.asked == 60
    assert predictor.hits >= 50
    assert predictor.expected >= 50
    assert predictor.checked == predictor.hits // CHECK_EVERY
    assert predictor.agreed == predictor.checked


def test_a_near_state_answers_one_of_another_place_does_not() -> None:
    predictor: Predictor[str] = Predictor(str)
    assert predictor.look(HERE, "", lambda _: "first") == "first"
    assert predictor.look(HERE._replace(moving=True), "", lambda _: "second") == "first"
    assert (predictor.hits, predictor.near) == (1, 1)
    assert predictor.look(HERE._replace(moving=True), "", lambda _: "second") == "second"  # idle: there was time
    for other in ({"x": 6}, {"facing": "UP"}, {"area": 2}, {"context": "battle"}):
        assert predictor.look(HERE._replace(**other), "", lambda _: "anew") == "anew"


def test_a_wrong_answer_is_found_out() -> None:
    predictor: Predictor[str] = Predictor(str)
    for number in range(2 * CHECK_EVERY + 2):
        predictor.look(HERE._replace(moving=number % 2 == 1), "", lambda _, number=number: str(number))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert predictor.checked == 2
    assert predictor.agreed < 2


def test_decisions_for_one_plan_say_nothing_about_another() -> None:
    predictor: Predictor[str] = Predictor(str)
    predictor.begin("p")
    predictor.look(HERE, "", lambda _: "p")
    predictor.begin("q")
    assert predictor.look(HERE._replace(moving=True), "", lambda _: "q") == "q"
    predictor.begin("q")
    assert predictor.look(HERE, "", lambda _: "r") == "q"


@pytest.mark.parametrize("predict", [True, False])
def test_it_changes_no_press(predict: bool) -> None:
    player = Player(Reflex(predictor=predict))
    player.state["player.facing"] = RIGHT
    player.plan = plan("p", *((x, 5) for x in range(6, 40)))
    held = []
    for frame in range(240):
        player.state["player.x"] = 5 + (frame + 7) // 8
        player.state["player.moving"] = frame % 8 != 0
        held.append(player.see().buttons)
    assert held == [("RIGHT",)] * 240


def test_it_can_be_switched_off_and_is_measured() -> None:
    for predict in (True, False):
        player = Player(Reflex(predictor=predict))
        player.plan = plan("p", (9, 5))
        player.run(600)
        facts = next(report.facts for report in player.reports if report.name == "reflex.stats")
        assert ("predict.hits" in facts) == predict
