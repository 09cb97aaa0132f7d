"""What is tried again: locks for which something came, things since the story went on, people with something new."""

import pytest

from agents.atlas import Atlas, Reach, Routes, Unknowns
from agents.strategist.again import Words, opened, people, refused
from agents.strategist.news import News
from runtime.wire import Fact, Learnt, Scalar

GROUND = "00000000000000aa"
DOOR = {"role": "sign", "name": "DOOR", "text": "The boathouse is locked. Its lock is made of brass."}
SIGN = {"role": "sign", "name": "SIGN", "text": "North: the lighthouse"}
PUMP = {"role": "sign", "name": "PUMP", "text": "Clear, cold water. Your wounds close."}


@pytest.fixture
def atlas() -> Atlas:
    """Return open ground with a locked door, a signpost and a pump that were tried at progress 2."""
    atlas = Atlas()
    atlas.add(
        [Fact("TileKind", f"kind:{GROUND}", {"walked": 9, "ways": 15}), Fact("Player", "player:x", {"progress": 2})]
    )
    atlas.add([Fact("Tile", f"tile:1:{x}:{y}", {"look": GROUND}) for x in range(8) for y in range(2)])
    for x, props in ((2, DOOR), (4, SIGN), (6, PUMP)):
        atlas.add([Fact("NPC", f"npc:1:{x}:0", {**props, "talked": 2})])
        heals: dict[str, Scalar] = {"heals": True} if props is PUMP else {}
        tried: dict[str, Scalar] = {"look": f"{x:016x}", "spoke": True, "tried": 2, "stops": 1}
        atlas.add([Fact("Tile", f"tile:1:{x}:0", tried | heals)])
    return atlas


def here(atlas: Atlas) -> Reach:
    return Routes(atlas).reach((1, (0, 1)), 0)


def came_on(atlas: Atlas) -> None:
    atlas.add([Fact("Player", "player:x", {"progress": 3})])


def news(*states: tuple[int, dict[str, Scalar]]) -> News:
    told = News()
    for progress, state in states:
        told.look(progress, state)
    return told


def test_a_lock_is_tried_again_for_what_may_fit_it(atlas: Atlas) -> None:
    before: tuple[int, dict[str, Scalar]] = (2, {"main.stage": 1, "item.key": 0})
    assert refused(atlas, here(atlas), news(before)) == []  # nothing has changed
    came_on(atlas)
    (key,) = refused(atlas, here(atlas), news(before, (3, {"main.stage": 1, "item.key": 1})))
    assert (key.goal.cell, key.fits, key.stage) == ((2, 0), True, False)
    (shell,) = refused(atlas, here(atlas), news(before, (3, {"main.stage": 1, "item.shell": 1})))
    assert (shell.fits, shell.stage) == (False, False)
    (stage,) = refused(atlas, here(atlas), news(before, (3, {"main.stage": 2})))
    assert (stage.fits, stage.stage) == (False, True)


def test_what_has_been_walked_through_is_not_shut(atlas: Atlas) -> None:
    came_on(atlas)
    atlas.add([Fact("Tile", "tile:1:2:0", {"ways": 1})])
    assert refused(atlas, here(atlas), News()) == []


def test_who_says_the_same_again_is_asked_later(atlas: Atlas) -> None:
    atlas.add([Fact("NPC", f"npc:1:{x}:1", {"name": name, "talked": 2}) for x, name in ((1, "ANNE"), (7, "BERT"))])
    came_on(atlas)
    said = Words()
    assert [goal.what for goal in people(atlas, here(atlas), said)][-2:] == ["talk to ANNE", "talk to BERT"]
    costs = {goal.what: goal.cost for goal in people(atlas, here(atlas), said)}
    assert costs["talk to ANNE"] < costs["talk to BERT"]
    facts = (Fact("NPC", "npc:1:1:1", {"text": "Lovely day."}),)
    said.fold([Learnt(actor="tactic", frame_index=0, sent_ns=0, facts=facts)] * 2)
    costs = {goal.what: goal.cost for goal in people(atlas, here(atlas), said)}
    assert costs["talk to ANNE"] > costs["talk to BERT"]


def test_a_thing_that_was_taken_has_nothing_more_to_say(atlas: Atlas) -> None:
    came_on(atlas)
    atlas.add([Fact("Item", "item:1:4:0", {"taken": True})])
    assert "npc:1:4:0" not in {goal.key for goal in people(atlas, here(atlas), Words())}


def test_what_gave_something_waits_for_nothing(atlas: Atlas) -> None:
    before: tuple[int, dict[str, Scalar]] = (2, {"main.stage": 1, "item.key": 0})
    came_on(atlas)
    told = news(before, (3, {"main.stage": 1, "item.key": 1}))
    atlas.add([Fact("Tile", "tile:1:2:0", {"look": "00000000000000bb", "stops": 0, "tried": -1})])  # it looks open
    assert [goal.cell for goal in opened(atlas, Unknowns(atlas), here(atlas))] == [(2, 0)]
    assert len(refused(atlas, here(atlas), told)) == 1
    atlas.add([Fact("Item", "item:1:2:0", {"taken": True})])  # the key came from it
    assert list(opened(atlas, Unknowns(atlas), here(atlas))) == []
    assert refused(atlas, here(atlas), told) == []


def test_news_is_dated_when_the_progress_that_came_of_it_is_known() -> None:
    told = news((1, {"main.stage": 0}), (1, {"main.stage": 1, "item.lens": 1}))
    assert (told.since(0), told.stage_at) == ([], -1)
    told.look(2, {"main.stage": 1, "item.lens": 1})
    assert (told.since(1), told.since(2), told.stage_at) == (["lens"], [], 2)
    told.look(0, {"main.stage": 0})
    assert (told.began_anew, told.since(-1), told.stage_at) == (True, [], -1)
