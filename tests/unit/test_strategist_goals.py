"""Where an objective is, as far as the map and names tell."""

import pytest

from agents.atlas import Atlas, Routes
from agents.knowledge.keys import NOWHERE
from agents.quests.targets import Target
from agents.strategist.goals import of_target
from runtime.wire import Fact

GROUND = "00000000000000aa"


@pytest.mark.parametrize(
    ("kind", "what", "name", "found"),
    [
        ("has", "lamp oil", "LAMP", False),  # a thing is called by its last word
        ("has", "lamp oil", "OIL", True),
        ("has", "oil", "LAMP OIL", True),
        ("talk", "keeper odd", "KEEPER", True),
        ("talk", "keeper", "KEEPER ODD", True),
    ],
)
def test_who_or_what_is_meant_is_told_by_its_name(kind: str, what: str, name: str, *, found: bool) -> None:
    atlas = Atlas()
    atlas.add([Fact("TileKind", f"kind:{GROUND}", {"walked": 9, "ways": 15})])
    atlas.add([Fact("Tile", f"tile:1:{x}:0", {"look": GROUND}) for x in range(4)])
    atlas.add([Fact("NPC", "npc:1:3:0", {"name": name})])
    target = Target("quest", 0, f"find {what}", NOWHERE, "", 0.0, kind, what, "", "main_story")
    goal = of_target(atlas, Routes(atlas).reach((1, (0, 0)), 0), target)
    assert (goal is not None) is found
