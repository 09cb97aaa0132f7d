"""What people say, and which quests are read out of it: nothing invented, nothing that is promised missed."""

import re

import pytest

from agents.knowledge.keys import Place
from agents.quests.discovery import Said, is_thanks, quests_in
from agents.quests.quest import ACTIVE, PENDING
from runtime.game import BUILTIN

#: Of each dialogue of Emberwood that asks or points somewhere: the criteria of the steps, quest by quest.
EMBERWOOD = {
    "ELDER_ASKS": [["has:ember"]],
    "ELDER_WAITS": [["has:ember"]],
    "ELDER_THANKS": [["talk:shrine"]],
    "ELDER_SOUTH": [["enter:mirlake"]],
    "VILLAGER_CARRY": [["talk:rowan"]],
    "WEAVER_START": [["talk:elder rowan"]],
    "WEAVER_ASKS": [["has:spools", "given:spools"]],
    "HUNTER_ASKS": [["won:6"]],
    "WARDEN_ASKS": [["has:key"]],
    "WARDEN_END": [["enter:beacon"]],
    "INN_LETTER": [["given:letter of mine"]],
    "FISHER_ASKS": [["has:ring", "given:ring"]],
    "MAPMAKER_ASKS": [["seen:12"]],
    "VILLAGE_SIGN": [["enter:forest road"]],
    "FOREST_SIGN": [["enter:cave"], ["enter:lantern shrine"]],
    "ROAD_SIGN": [["enter:emberwood"], ["enter:mirlake"]],
    "MIRLAKE_SIGN": [["enter:inn"], ["enter:mill"]],
}

#: Phrases of other games.
OTHERS = {
    "Bring me three herbs from the marsh, please.": [["has:herbs", "given:herbs"]],
    "I lost my silver ring near the old well. Could you find it?": [["has:silver ring", "given:silver ring"]],
    "The rusty key opens the cellar door.": [["has:rusty key", "enter:cellar door"]],
    "Please defeat the great slime in the mine!": [["defeat:great slime"]],
    "Go north to the harbour town.": [["enter:harbour town"]],
    "Take this parcel to the ferryman in Reedham.": [["talk:ferryman"]],
    "Find the great lens, and bring it up to the lamp.": [["has:great lens"], ["talk:lamp"]],
    "I want to make a charm! Bring me 3 pink shells. I lost them...": [["has:pink shells", "given:pink shells"]],
    "One by one the ships find their way past the rocks.": [],
    "On a clear night I look for the light.": [],
    "Master Brand wants to talk to you.": [],
    "Talk to him first.": [],
    "It will turn many a blow.": [],
    "": [],
}


def dialogues() -> dict[str, Said]:
    """Return Emberwood's dialogues by name, from its source."""
    source = (BUILTIN / "emberwood/src/dialogue.c").read_text(encoding="utf-8")
    found = {}
    for name, body in re.findall(r"\[SAY_(\w+)\]\s*=\s*\{(.*?)\},\s*\n", source, re.DOTALL):
        speaker, *pages = re.findall(r'"((?:[^"\\]|\\.)*)"', body)
        found[name] = Said("".join(pages).replace("\\n", "\n").replace("\\f", "\f"), speaker)
    return found


def criteria(said: Said) -> list[list[str]]:
    return [[step.criteria for step in quest.steps] for quest in quests_in(said)]


def test_every_dialogue_of_emberwood_gives_the_quests_that_it_asks_for_and_no_other() -> None:
    there = dialogues()
    assert len(there) > 50
    assert {name: found for name, said in there.items() if (found := criteria(said))} == EMBERWOOD


@pytest.mark.parametrize("text", OTHERS)
def test_phrases_of_other_games(text: str) -> None:
    assert criteria(Said(text, "IDA")) == OTHERS[text]


def test_a_quest_remembers_who_asked_and_where_and_what_for() -> None:
    [quest] = quests_in(
        Said("Bring me three herbs\nfrom the marsh, please.", "WEAVER IDA", "npc:4:6:3", Place(4, 6, 3))
    )
    assert (quest.id, quest.name, quest.type) == ("fetch-herbs-weaver-ida", "fetch herbs", "side_quest")
    assert (quest.giver, quest.place) == ("npc:4:6:3", (4, 6, 3))
    assert quest.text == "Bring me three herbs from the marsh, please."
    find, bring = quest.steps
    assert (find.description, find.where, find.place, find.status) == (
        "find herbs in marsh",
        "marsh",
        (-1, -1, -1),
        ACTIVE,
    )
    assert (bring.description, bring.place, bring.press, bring.status) == ("bring herbs back", (4, 6, 3), "A", PENDING)


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("Thank you! Here is your reward.", True),
        ("You carried it all this\nway! Let me see to it...", True),
        ("Mirlake greets you. How is Emberwood's lantern?", False),
        ("Bring me my ring?", False),
    ],
)
def test_thanks(text: str, thanks: bool) -> None:
    assert is_thanks(Said(text)) == thanks
