"""What actors measure of themselves, under the names that the dashboard "Agent" asks for."""

import re

import pytest

from agents.atlas import Atlas
from agents.atlas.atlas import coverage
from agents.knowledge.librarian import Librarian
from agents.quests.scribe import Scribe
from agents.strategist.actor import Strategist
from agents.tactics.actor import Tactic
from dashboards.grafana.committed import committed, queries
from runtime.game import find_game, load_game
from runtime.wire import Fact
from tests.reflex_source import Player, plan


def test_the_reflex_tells_how_old_its_plan_is_and_how_often_one_held() -> None:
    player = Player()
    assert player.reflex.measures() == {}
    player.plan = plan("p", (9, 5))
    player.run(30)
    figures = player.reflex.measures()
    assert figures["plan.age_frames"] == 29
    assert figures["cache.hits"] + figures["cache.misses"] == 30
    assert figures["predict.asked"] >= figures["predict.hits"]


def test_coverage_counts_areas_that_were_seen_and_not_only_heard_of() -> None:
    atlas = Atlas()
    assert set(coverage(atlas).values()) == {0}
    atlas.add([Fact("Area", "area:9", {"width": 5, "height": 5})])
    atlas.add([Fact("Tile", f"tile:1:{x}:0", {"look": "aa"}) for x in range(3)])
    atlas.add([Fact("NPC", "npc:1:4:4"), Fact("Item", "item:1:2:2", {"taken": True}), Fact("Item", "item:1:3:2")])
    atlas.add([Fact("LEADS_TO", "tile:1:2:0", {"kind": "RIGHT"}, to="tile:2:0:0")])
    assert coverage(atlas) == {
        "areas.seen": 1, "cells.seen": 3, "doors.known": 1, "people.known": 1, "items.known": 2, "items.taken": 1,
    }  # fmt: skip


def test_quests_are_counted_by_status() -> None:
    scribe = Scribe(load_game(find_game("emberwood")), "emberwood")
    before = scribe.figures()
    assert before["quests.pending"] + before["quests.active"] > 0
    assert (before["quests.completed"], before["todos.open"]) == (0, 0)


@pytest.mark.parametrize("name", ["thoughts", "plans", "failures", "fallbacks", "tokens.prompt", "last_thought_ms"])
def test_what_a_strategist_never_did_is_zero(name: str) -> None:
    assert Strategist().measures()[name] == 0.0


def test_every_figure_that_the_board_asks_for_is_some_actors() -> None:
    player = Player()
    player.run(2)
    scribe = Scribe(load_game(find_game("emberwood")), "emberwood")
    told = {
        *player.reflex.measures(), *Strategist().measures(), *Tactic().measures(), *Librarian().measures(),
        *scribe.figures(),
    }  # fmt: skip
    for query in queries(committed()["framewire-agent"]):
        for pattern in re.findall(r'name=~"([^"]+)"', query.expression):
            for choice in pattern.replace("\\\\", "\\").split("|"):
                assert any(re.fullmatch(choice, name) for name in told), f"{query.panel}: {choice}"
