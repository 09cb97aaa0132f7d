"""Quests of game.toml and of talk: scores, steps, completion, and what is left of them in the next session."""

from collections.abc import Mapping

import pytest

from agents.knowledge.facts import Facts
from agents.knowledge.keys import Place
from agents.knowledge.schema import check
from agents.quests import QuestManager, Target
from agents.quests.discovery import Said
from agents.quests.progress import Signs, is_done
from agents.quests.quest import Step
from runtime.game import Game, find_game, load_game, parse_game
from runtime.wire import Fact, Learnt, Scalar

GAME = """
[game]
name = "tale"
console = "gba"

[[watch]]
name = "mode"
address = 0x02000000
type = "u8"

[[watch]]
name = "main.stage"
address = 0x02000001
type = "u8"

[[watch]]
name = "player.hp"
address = 0x02000002
type = "u8"

[[watch]]
name = "taken"
address = 0x02000003
type = "u8"

[[watch]]
name = "battle.enemy"
address = 0x02000004
type = "u8"
values = { 1 = "slime", 2 = "thorn king" }

[[area]]
id = 1
name = "village"

[[area]]
id = 2
name = "cave"

[start]
press = "START"
when = "mode == 0"

[[objective]]
name = "drink"
when = "player.hp <= 3"
area = "village"
x = 12
y = 8
press = "A"
urgent = true

[[objective]]
name = "ask the elder"
quest = "ember"
when = "main.stage == 0"
area = "village"
x = 10
y = 6
press = "A"

[[objective]]
name = "take the ember"
quest = "ember"
when = "main.stage == 1"
area = "cave"
x = 5
y = 2
press = "A"

[[objective]]
name = "gather thread"
quest = "thread"
type = "collection"
when = "taken == 1"
needs = "main.stage > 0"
area = "village"
x = 1
y = 1
"""

HERE = Place(1, 10, 9)
IDA = Place(1, 3, 3)
ASKS = Said("Bring me three herbs from the marsh, please.", "WEAVER IDA", "npc:1:3:3", IDA)


@pytest.fixture
def game() -> Game:
    return parse_game(GAME, "game.toml")


def state(**values: Scalar) -> dict[str, Scalar]:
    plain = {"mode": 1, "main.stage": 0, "player.hp": 9, "taken": 0}
    return plain | {name.replace("_", ".", 1): value for name, value in values.items()}


def best(quests: QuestManager, now: Mapping[str, Scalar], place: Place = HERE) -> Target | None:
    quests.update(now, place)
    return quests.get_current_objective(place)


def learnt(*facts: Fact) -> Learnt:
    return Learnt(actor="librarian", frame_index=0, sent_ns=0, facts=facts)


def test_the_current_objective_is_that_of_the_highest_score(game: Game) -> None:
    quests = QuestManager(game)
    target = best(quests, state(taken=1))
    assert target is not None
    assert (target.description, target.place, target.press, target.type) == (
        "ask the elder",
        (1, 10, 6),
        "A",
        "main_story",
    )
    assert target.score == 10 * 100 - 3 * 0.1
    far = best(quests, state(main_stage=1, taken=1))
    assert far is not None
    assert (far.description, far.score) == ("take the ember", 10 * 100 - 100 * 0.1)
    side = quests.ranked(HERE, distance=lambda place: 40.0)[-1]
    assert (side.description, side.score) == ("gather thread", 4 * 100 - 40 * 0.1)


def test_what_is_urgent_comes_first_and_goes_again(game: Game) -> None:
    quests = QuestManager(game)
    target = best(quests, state(player_hp=2))
    assert target is not None
    assert (target.description, target.urgent) == ("drink", True)
    again = best(quests, state(player_hp=9))
    assert again is not None
    assert again.description == "ask the elder"


def test_what_is_not_ready_comes_last(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(Said("North: the cave", "SIGN"))
    quests.update(state(taken=1), HERE)
    assert [(target.description, target.ready) for target in quests.ranked(HERE)] == [
        ("ask the elder", True),
        ("go north to cave", True),
        ("gather thread", False),
    ]


def test_progress_is_the_games_own(game: Game) -> None:
    quests = QuestManager(game)
    quests.update(state(), HERE)
    assert quests.progress("ember") == (0, 2)
    quests.update(state(main_stage=1), HERE)
    assert quests.progress("ember") == (1, 2)
    quests.update(state(main_stage=2), HERE)
    assert quests.progress("ember") == (2, 2)
    assert next(quest for quest in quests.quests if quest.id == "ember").status == "completed"


def test_facts_follow_the_schema_and_are_published_once(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(ASKS)
    first = quests.update(state(), HERE)
    for fact in first:
        check(fact)
    assert {fact.key for fact in first if fact.kind == "Quest"} == {
        *("quest:urgent", "quest:ember", "quest:thread", "quest:fetch-herbs-weaver-ida"),
    }
    for _ in range(12):  # what comes later has nothing to do with the talk
        assert quests.update(state(), HERE) == ()
    changed = quests.update(state(main_stage=1), HERE)
    assert {(fact.key, fact.props["status"]) for fact in changed} == {
        *(("objective:ember:0", "completed"), ("objective:ember:1", "active"), ("quest:ember", "active")),
    }


def test_a_fetched_thing_is_brought_back_to_who_asked(game: Game) -> None:
    quests = QuestManager(game)
    assert [quest.id for quest in quests.hear(ASKS)] == ["fetch-herbs-weaver-ida"]
    assert quests.hear(ASKS) == []
    quests.update(state(), HERE)
    target = next(target for target in quests.ranked(HERE) if target.kind == "has")
    assert (target.what, target.where, target.place.area) == ("herbs", "marsh", -1)
    quests.update({**state(), "item.herb": 3}, HERE)
    target = next(target for target in quests.ranked(HERE) if target.kind == "given")
    assert (target.place, target.press) == (IDA, "A")
    quests.update({**state(), "item.herb": 0}, IDA)
    assert quests.progress("fetch-herbs-weaver-ida") == (2, 2)


def test_thanks_of_who_asked_complete_a_quest_and_thanks_of_others_do_not(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(ASKS)
    quests.hear(Said("Thank you!", "MARLO", "npc:1:9:9"))
    assert quests.progress("fetch-herbs-weaver-ida") == (0, 2)
    quests.hear(Said("Thank you!", "WEAVER IDA", "npc:1:3:3"))
    assert quests.progress("fetch-herbs-weaver-ida") == (2, 2)


@pytest.mark.parametrize("lasting", [False, True])
def test_a_game_that_begins_again_asks_again_unless_what_was_done_lasts(game: Game, lasting: bool) -> None:
    """Also for who does not look while the title is shown."""
    quests = QuestManager(game)
    quests.lasting = lasting
    quests.hear(ASKS)
    quests.update(state(main_stage=1), HERE)
    quests.hear(Said("Thank you!", "WEAVER IDA", "npc:1:3:3"))
    herbs = next(quest for quest in quests.quests if quest.id == "fetch-herbs-weaver-ida")
    assert herbs.status == "completed"
    quests.update(state(), HERE)  # died, and began again
    assert herbs.status == ("completed" if lasting else "pending")
    asked = [target.description for target in quests.ranked(HERE)]
    assert ("ask npc:1:3:3 again" in asked) != lasting
    quests.hear(ASKS)
    assert herbs.status == ("completed" if lasting else "active")


def test_talking_entering_and_beating_complete_what_asks_for_it(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(Said("Speak with Elder Rowan. And please defeat the Thorn King! North: the cave", "MARLO"))
    quests.update(state(), HERE)
    assert [target.kind for target in quests.ranked(HERE)[1:]] == ["defeat", "talk", "enter"]
    quests.hear(Said("Ah, you came.", "ELDER ROWAN"))
    quests.update({**state(), "battle.enemy": 2, "battle.enemy_hp": 0}, HERE, here=("cave", "town"))
    assert [target.description for target in quests.ranked(HERE)] == ["ask the elder"]


def test_what_the_game_calls_done_is_the_step_of_the_last_talk(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(ASKS)
    quests.update({**state(), "side.done": 0}, HERE)
    quests.hear(Said("Three herbs! Wait a bit...", "WEAVER IDA", "npc:1:3:3"))
    quests.update({**state(), "side.done": 4}, HERE)
    assert quests.progress("fetch-herbs-weaver-ida") == (2, 2)


def test_what_the_game_calls_done_while_a_talk_goes_on_is_known_when_the_talk_is_heard(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(ASKS)
    quests.update({**state(), "side.done": 0}, HERE)
    quests.update({**state(), "side.done": 4}, HERE)
    assert quests.progress("fetch-herbs-weaver-ida") == (0, 2)
    quests.hear(Said("Three herbs! Wait a bit...", "WEAVER IDA", "npc:1:3:3"))
    assert quests.progress("fetch-herbs-weaver-ida") == (2, 2)


def test_the_main_story_completes_no_side_quest(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(ASKS)
    quests.update(state(), HERE)
    quests.hear(Said("Not three herbs yet.", "WEAVER IDA", "npc:1:3:3"))
    quests.update(state(main_stage=1), HERE)
    assert quests.progress("fetch-herbs-weaver-ida") == (0, 2)


def test_a_quest_of_a_talk_that_moves_the_main_story_is_of_the_main_story() -> None:
    quests = QuestManager(None)
    quests.update({"main.stage": 0}, HERE)
    quests.hear(Said("Go north along the cliffs. Talk to the keeper in the lighthouse.", "MASTER BRAND"))
    quests.update({"main.stage": 1}, HERE)
    target = quests.get_current_objective(HERE)
    assert target is not None
    assert (target.type, target.what, target.where) == ("main_story", "keeper", "lighthouse")


def test_quests_are_kept_across_sessions(game: Game) -> None:
    before = QuestManager(game)
    before.hear(ASKS)
    facts = before.update({**state(), "item.herb": 1}, HERE)
    after = QuestManager(game)
    after.fold(learnt(*Facts(facts).export()))
    assert after.update({**state(), "item.herb": 1}, HERE) == ()
    target = next(target for target in after.ranked(HERE) if target.kind == "given")
    assert (target.place, target.description) == (IDA, "bring herbs back")
    assert after.progress("fetch-herbs-weaver-ida") == (1, 2)


def test_a_new_game_keeps_what_is_known_and_nothing_of_what_was_done(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(ASKS)
    quests.update({**state(main_stage=2), "item.herb": 1}, HERE)
    quests.update(state(mode=0), HERE)
    quests.update(state(), HERE)
    assert quests.progress("ember") == (0, 2)
    assert quests.progress("fetch-herbs-weaver-ida") == (0, 2)
    ask = next(target for target in quests.ranked(HERE) if target.quest == "fetch-herbs-weaver-ida")
    assert (ask.kind, ask.place, ask.score) == ("talk", IDA, round(5 / 2 * 100 - 0.1 * (49 + 36) ** 0.5, 6))
    quests.hear(ASKS)
    quests.update(state(), HERE)
    assert next(target for target in quests.ranked(HERE) if target.quest == ask.quest).kind == "has"


def test_own_facts_that_come_back_late_set_nothing_back(game: Game) -> None:
    quests = QuestManager(game)
    quests.hear(ASKS)
    old = quests.update(state(), HERE)
    quests.update({**state(), "item.herb": 1}, HERE)
    quests.fold(learnt(*old))
    assert quests.progress("fetch-herbs-weaver-ida") == (1, 2)


def test_what_people_say_is_heard_from_facts() -> None:
    quests = QuestManager(None)
    quests.fold(learnt(Fact("NPC", "npc:1:3:3", {"name": "WEAVER IDA"})))
    quests.fold(learnt(Fact("NPC", "npc:1:3:3", {"text": ASKS.text, "talks": 1})))
    [quest] = quests.quests
    assert (quest.giver, quest.place, quest.id) == ("npc:1:3:3", IDA, "fetch-herbs-weaver-ida")


def test_parts_count_towards_the_quest_they_are_part_of() -> None:
    quests = QuestManager(None)
    quests.fold(
        learnt(
            Fact("Quest", "quest:whole", {"id": "whole", "status": "active"}),
            Fact("Objective", "objective:whole:0", {"status": "completed"}),
            Fact("Quest", "quest:part", {"id": "part", "status": "active", "parent": "whole"}),
            Fact("Objective", "objective:part:0", {"status": "completed"}),
            Fact("Objective", "objective:part:1", {"status": "active"}),
        )
    )
    assert quests.progress("whole") == (2, 3)


def test_emberwoods_own_quests_have_the_types_of_its_description() -> None:
    quests = QuestManager(load_game(find_game("emberwood")))
    assert {"main_story", "side_quest", "collection", "skill_improvement"} <= {quest.type for quest in quests.quests}
    assert len(next(quest for quest in quests.quests if quest.type == "main_story").steps) >= 6


def test_of_things_with_like_names_the_one_that_was_named_counts() -> None:
    signs, step = Signs(None), Step("find iron key", "has:iron key")
    signs.look({"item.key": 1, "item.iron_key": 0}, ())
    assert not is_done(step, signs)
    assert is_done(Step("find key", "has:brass key"), signs)
    signs.look({"item.key": 0, "item.iron_key": 1}, ())
    assert is_done(step, signs)
