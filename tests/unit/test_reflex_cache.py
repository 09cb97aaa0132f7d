"""The strategy cache: what holds, what is stale, what is missed, and what a battle does not drop."""

from typing import Any

import pytest

from agents.reflex.cache import STUCK_FRAMES, StrategyCache
from agents.reflex.moment import Moment
from agents.reflex.responses import RESPONSES
from agents.reflex.rules import SHIPPED, Rules, Validity, load_rules
from tests.reflex_source import plan

RULES = load_rules(SHIPPED, frozenset(RESPONSES))


def moment(**fields: Any) -> Moment:
    made = Moment(None)
    made.frame_index, made.area, made.cell = 10, 1, (5, 5)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def cache_of(*plans: Any) -> StrategyCache:
    cache = StrategyCache(RULES)
    for each in plans:
        cache.update(each)
    return cache


def test_it_is_empty_first() -> None:
    cache = cache_of()
    assert cache.is_empty
    assert cache.get_action(moment()) is None
    assert (cache.why, cache.misses, cache.hit_rate, cache.newest_id) == ("empty", 1, 0.0, "")


def test_a_plan_that_fits_is_a_hit() -> None:
    cache = cache_of(plan("p", (6, 5)))
    found = cache.get_action(moment())
    assert found is not None
    assert found.is_valid(moment())
    assert (found.plan.plan_id, cache.why, cache.hits, cache.hit_rate) == ("p", "", 1, 1.0)


@pytest.mark.parametrize(
    ("fields", "now", "why"),
    [
        ({"area": 2}, {}, "area"),
        ({"strategy": "fight"}, {}, "context"),
        ({}, {"context": "battle"}, "context"),
        ({}, {"pushed": STUCK_FRAMES}, "stuck"),
        ({"valid_frames": 10, "actions": "<btn_A>"}, {}, "stale"),
        ({"confidence": 0.69}, {"thinking": True}, "unsure"),
    ],
)
def test_a_plan_that_does_not_fit_is_a_miss(fields: dict[str, Any], now: dict[str, Any], why: str) -> None:
    cache = cache_of(plan("p", (6, 5), **fields))
    assert cache.get_action(moment(**now)) is None
    assert (cache.why, cache.hits, cache.misses) == (why, 0, 1)


@pytest.mark.parametrize(
    ("fields", "doubt"), [({"valid_frames": 10}, "stale"), ({"confidence": 0.69}, "unsure"), ({"valid_frames": 11}, "")]
)
def test_a_doubtful_plan_holds_and_says_so(fields: dict[str, Any], doubt: str) -> None:
    cache = cache_of(plan("p", (6, 5), **fields))
    assert cache.get_action(moment()) is not None
    assert (cache.doubt, cache.hits, cache.stale) == (doubt, 1, doubt == "stale")
    assert cache.is_stale(moment()) == (doubt == "stale")


def test_a_precondition_of_the_table_is_asked() -> None:
    rules = Rules(validity=(Validity(strategies=("heal",), contexts=("overworld",), when="player.gold > 5"),))
    cache = StrategyCache(rules)
    cache.update(plan("p", (6, 5), strategy="heal"))
    assert cache.get_action(moment(values={"player.gold": 5})) is None
    assert cache.why == "precondition"
    assert cache.get_action(moment(values={"player.gold": 6})) is not None


def test_a_plan_for_another_context_is_kept_beside_the_newest() -> None:
    cache = cache_of(plan("way", (6, 5)), plan("fight", strategy="fight", actions="<btn_A>"))
    battle, after = cache.get_action(moment(context="battle")), cache.get_action(moment())
    assert battle is not None
    assert after is not None
    assert (battle.plan.plan_id, after.plan.plan_id) == ("fight", "way")
    assert cache.newest_id == "fight"


def test_a_plan_for_the_same_context_is_replaced() -> None:
    cache = cache_of(plan("way", (6, 5)), plan("other", (7, 5), area=2))
    assert cache.get_action(moment()) is None
    assert cache.why == "area"


def test_the_same_plan_again_changes_nothing() -> None:
    cache = cache_of(plan("p", (6, 5)))
    found = cache.get_action(moment())
    cache.update(plan("p", (6, 5)))
    cache.update(None)
    assert cache.get_action(moment()) is found


def test_where_a_plan_is_not_wanted_only_actions_count() -> None:
    cache = cache_of(plan("p", (6, 5)))
    assert cache.get_action(moment(), wanted=False) is None
    assert cache.misses == 0
    cache.update(plan("q", actions="<btn_A>"))
    assert cache.get_action(moment(), wanted=False) is not None


def test_a_fallback_is_for_a_way_that_is_stuck_and_taken_once() -> None:
    cache = cache_of(plan("p", (6, 5), fallback="<btn_B>"))
    assert cache.fallback(moment()) is None
    stuck = cache.fallback(moment(pushed=STUCK_FRAMES))
    assert stuck is not None
    stuck.fell_back = True
    assert cache.fallback(moment(pushed=STUCK_FRAMES)) is None
