"""The rules roam small made-up places: locks before roaming, roaming where it bears fruit, those who told before."""

from agents.atlas import Routes, Unknowns
from agents.strategist.rules import Rules
from agents.strategist.situation import Situation
from agents.tactics.errands import FRONTIER, explored, left
from runtime.wire import Event, Fact, Learnt, Scalar

GROUND, WALL = "00000000000000aa", "00000000000000bb"


def place(rows: tuple[str, ...]) -> list[Fact]:
    """Return the facts of area 1: `.` known ground, `#` known wall; all its edges are known."""
    looks = {".": GROUND, "#": WALL}
    facts = [
        Fact("TileKind", f"kind:{GROUND}", {"walked": 99, "ways": 15}),
        Fact("TileKind", f"kind:{WALL}", {"blocked": 99, "stops": 15, "silent": 1}),
        Fact("Area", "area:1", {"width": len(rows[0]), "height": len(rows)}),
        Fact("Player", "player:x", {"progress": 1}),
    ]
    cells = ((x, y, mark) for y, row in enumerate(rows) for x, mark in enumerate(row))
    return facts + [Fact("Tile", f"tile:1:{x}:{y}", {"look": looks[mark]}) for x, y, mark in cells]


ROOM = ("########", "#......#", "########", "########", "########")

LOCK = [
    Fact("NPC", "npc:1:3:0", {"role": "sign", "name": "DOOR", "text": "The door is locked.", "talked": 1, "met": True}),
    Fact("Tile", "tile:1:3:0", {"look": "00000000000000cc", "spoke": True, "tried": 1, "stops": 1}),
]


class Play:
    """A mind and the moments that it is shown."""

    def __init__(self) -> None:
        self.rules, self.frame = Rules(), 0

    def think(self, facts: list[Fact], events: tuple[Event, ...] = (), **state: Scalar) -> str:
        """Return the goal a second later."""
        self.frame += 60
        learnt = (Learnt(actor="tactic", frame_index=self.frame, sent_ns=0, facts=tuple(facts)),)
        shown = {"context": 1, "player.hp": 9, "player.max_hp": 9, "main.stage": 1}
        watches = {**shown, **{name.replace("__", "."): value for name, value in state.items()}}
        situation = Situation(frame_index=self.frame, state=watches, area=1, cell=(1, 1), learnt=learnt, events=events)
        return self.rules.think(situation).goal


def test_what_may_fit_a_lock_is_tried_before_roaming() -> None:
    play, rooms = Play(), place((".#######", *ROOM[1:]))  # an edge that nobody has left by
    gap = [Fact("Tile", "tile:1:0:1", {"look": GROUND})]
    assert play.think([*rooms, *LOCK, *gap], item__key=0) == "explore"
    came = [Fact("Player", "player:x", {"progress": 2})]
    assert play.think(came, item__key=1) == "try the door again"


def test_what_the_tactic_leaves_alone_is_no_reason_to_explore() -> None:
    play = Play()
    facts = [*place(ROOM), Fact("Tile", "tile:1:0:1", {"look": GROUND})]
    assert play.think(facts) == "explore"
    atlas = play.rules._atlas
    reach = Routes(atlas).reach((1, (1, 1)), 0)
    events = []
    while errand := explored(atlas, Unknowns(atlas), reach, {**FRONTIER, "gap": 0}, but=play.rules._left.keys()):
        told = left(errand, 9000)
        events = [Event(name=told.name, source="tactic", frame_index=0, sent_ns=0, facts=dict(told.facts))]
        goal = play.think([], tuple(events))
    assert events
    assert goal == "try everything"


def test_who_told_the_story_is_asked_when_it_has_gone_on() -> None:
    play = Play()
    words: dict[str, Scalar] = {"name": "KEEPER", "text": "Bring me the lamp oil from the sea cave.", "talked": 1}
    keeper = Fact("NPC", "npc:1:5:1", words)
    play.think(place(ROOM))
    play.think([keeper, Fact("Player", "player:x", {"progress": 2})], main__stage=2)
    came = [Fact("Player", "player:x", {"progress": 3}), Fact("NPC", "npc:1:5:1", {"talked": 2})]
    play.think(came, main__stage=2, item__oil=1)
    thanks = [
        Fact("NPC", "npc:1:5:1", {"text": "Thank you!", "talked": 3}),
        Fact("Player", "player:x", {"progress": 4}),
    ]
    play.think(thanks, main__stage=3, item__oil=0)
    assert play.think([Fact("Player", "player:x", {"progress": 5})], main__stage=4) == "talk to KEEPER"


def test_a_signpost_is_not_asked_again_for_the_story() -> None:
    play = Play()
    words: dict[str, Scalar] = {"name": "SIGN", "text": "East: the sea cave", "talked": 1, "met": True}
    play.think([*place(ROOM), Fact("Tile", "tile:1:0:1", {"look": GROUND})])
    play.think([Fact("NPC", "npc:1:5:1", words), Fact("Player", "player:x", {"progress": 2})], main__stage=2)
    assert play.think([Fact("Player", "player:x", {"progress": 3})], main__stage=3) == "explore"
