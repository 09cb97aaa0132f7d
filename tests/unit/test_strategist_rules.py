"""The default mind: which of quests, todos and unknowns comes first, and what the past changes about it."""

from collections.abc import Iterable

import pytest

from agents.atlas import Atlas
from agents.strategist.attempts import Attempts
from agents.strategist.goals import Goal
from agents.strategist.rules import Rules
from agents.strategist.situation import Situation
from runtime.game import parse_game
from runtime.wire import Event, Fact, Learnt, Scalar

GROUND, CHEST = "00000000000000aa", "00000000000000cc"

GAME = parse_game(
    """
[game]
name = "tale"
console = "gba"

[[watch]]
name = "main.stage"
address = 0x02000000
type = "u8"

[[watch]]
name = "side.done"
address = 0x02000001
type = "u8"

[[watch]]
name = "item.lens"
address = 0x02000002
type = "u8"

[[area]]
id = 1
name = "meadow"

[[objective]]
name = "ask the elder"
quest = "tale"
when = "main.stage == 0"
area = "meadow"
x = 30
y = 0
press = "A"

[[objective]]
name = "feed the cat"
quest = "cat"
type = "side_quest"
when = "side.done == 0"
area = "meadow"
x = 12
y = 1
press = "A"

[[objective]]
name = "count the stars"
quest = "stars"
type = "exploration"
when = "main.stage == 0"
needs = "item.lens >= 1"
area = "meadow"
x = 2
y = 19
press = "A"
""",
    "game.toml",
)


def meadow(*facts: Fact) -> Atlas:
    """Return an atlas of one area of 40x20 cells of open ground, all of it known and walked."""
    atlas = Atlas()
    atlas.add([Fact("TileKind", f"kind:{GROUND}", {"walked": 9, "ways": 15})])
    cells = [(x, y) for x in range(40) for y in range(20)]
    atlas.add([Fact("Tile", f"tile:1:{x}:{y}", {"look": GROUND, "ways": 15}) for x, y in cells])
    atlas.add([Fact("Area", "area:1", {"width": 40, "height": 20}), *facts])
    return atlas


def happened(frame: int, names: Iterable[str]) -> tuple[Event, ...]:
    return tuple(Event(source="tactic", frame_index=frame, sent_ns=0, name=name) for name in names)


def told_of(frame: int, facts: Iterable[Fact]) -> tuple[Learnt, ...]:
    return (Learnt(actor="librarian", frame_index=frame, sent_ns=0, facts=tuple(facts)),)


class Player:
    """A mind, and what it is told."""

    def __init__(self, *facts: Fact, cell: tuple[int, int] = (5, 0)) -> None:
        self.mind, self.atlas, self.cell = Rules(), meadow(*facts), cell
        self.state: dict[str, Scalar] = {
            **{"context": 1, "area": 1, "player.hp": 10, "player.max_hp": 10, "player.gold": 0},
            **{"main.stage": 0, "side.done": 0, "item.lens": 0},
        }
        self.frame = 0
        self.news: tuple[Fact, ...] = facts

    def thinks(self, *events: str, learnt: Iterable[Fact] = (), frames: int = 60) -> str:
        """Return the goal of the next thought."""
        self.frame += frames
        learnt = (*self.news, *learnt)
        self.news = ()
        self.atlas.add(learnt)
        situation = Situation(
            frame_index=self.frame,
            state=self.state,
            game=GAME,
            area=1,
            cell=self.cell,
            atlas=self.atlas,
            events=happened(self.frame, events),
            learnt=told_of(self.frame, learnt),
        )
        return self.mind.think(situation).goal


def test_the_story_comes_first_and_before_it_what_lies_on_its_way() -> None:
    player = Player()
    assert player.thinks() == "feed the cat"
    player.cell = (25, 0)
    assert player.thinks() == "ask the elder"


def test_who_wants_no_side_quests_passes_them_by() -> None:
    player = Player()
    player.mind = Rules(sides=False)
    assert player.thinks() == "ask the elder"


def test_what_an_objective_needs_must_be_there() -> None:
    player = Player(cell=(2, 16))
    player.state["side.done"] = 1
    assert player.thinks() == "ask the elder"
    player.state["item.lens"] = 1
    assert player.thinks() == "count the stars"


def test_when_the_story_was_told_once_all_else_comes_first() -> None:
    player = Player(cell=(25, 0))
    assert player.thinks("episode.success") == "feed the cat"
    player.state["side.done"] = 1
    assert player.thinks() == "explore"


def test_with_nothing_new_for_long_even_the_thorough_go_on_with_the_story() -> None:
    player = Player()
    player.mind = Rules(thorough=True)
    player.state["side.done"] = 1
    assert player.thinks() == "explore"
    assert player.thinks(frames=4000) == "ask the elder"


SPRING = Fact("Tile", "tile:1:6:3", {"look": CHEST, "ways": 0, "stops": 15, "heals": True, "spoke": True, "tried": 0})
SHOP = Fact("NPC", "npc:1:8:4", {"name": "MILA", "sells": "goods", "met": True, "talked": 0})


@pytest.mark.parametrize(("health", "first"), [(10, "feed the cat"), (3, "heal")])
def test_low_health_is_healed_before_all_else(health: int, first: str) -> None:
    player = Player(SPRING)
    player.state["player.hp"] = health
    assert player.thinks() == first


def test_gold_is_spent_where_somebody_sells() -> None:
    player = Player(SHOP)
    player.state["player.gold"] = 29
    assert player.thinks() == "feed the cat"
    player.state["player.gold"] = 30
    assert player.thinks() == "buy at MILA"


def test_somebody_new_near_the_way_is_talked_to() -> None:
    player = Player(Fact("NPC", "npc:1:10:2", {}))
    player.state["side.done"] = 1
    assert player.thinks() == "talk to the npc"
    assert player.thinks(learnt=[Fact("NPC", "npc:1:10:2", {"met": True, "talked": 0})]) == "ask the elder"


def test_a_chest_that_eyes_see_near_the_way_is_opened() -> None:
    player = Player(Fact("Tile", "tile:1:14:1", {"look": CHEST, "type": "interactive_chest", "ways": 0}))
    player.state["side.done"] = 1
    assert player.thinks() == "collect it"
    assert player.thinks(learnt=[Fact("TileKind", f"kind:{CHEST}", {"silent": 1})]) == "ask the elder"


def goal(what: str, **changed: object) -> Goal:
    fields: dict[str, object] = {
        **{"strategy": "interact", "what": what, "area": 3, "cell": (1, 1), "press": ("A",), "why": "", "key": what},
        **{"cost": 4, "score": 500.0},
    }
    return Goal(**{**fields, **changed})  # type: ignore[arg-type]


def told(frame: int = 0, *events: str, learnt: Iterable[Fact] = ()) -> Situation:
    return Situation(
        frame_index=frame,
        events=happened(frame, events),
        learnt=told_of(frame, learnt),
    )


def test_what_failed_here_again_and_again_is_worth_less_and_what_worked_more() -> None:
    attempts = Attempts()
    failed = Fact("Experience", "experience:interact-feed-the-cat:3", {"tried": 4, "failed": 3, "succeeded": 1})
    attempts.look(told(learnt=[failed, Fact("Recipe", "recipe:interact-ask-mila", {"worked": 2})]), 0)
    assert attempts.score(goal("feed the cat")) == 300.0
    assert attempts.score(goal("feed the cat", area=4)) == 500.0
    assert attempts.score(goal("ask Mila")) == 520.0
    assert attempts.score(goal("ask Odo")) == 500.0


def test_what_failed_is_tried_again_later_and_what_was_done_when_the_game_has_come_on() -> None:
    attempts, cat = Attempts(), goal("feed the cat")
    attempts.begin(cat, 0)
    attempts.look(told(100, "plan.failed"), 1)
    assert [attempts.may(cat, 1, frame) for frame in (160, 3699, 3700)] == [False, False, True]
    attempts.begin(cat, 0)
    attempts.look(told(4000, "plan.done"), 1)
    assert not attempts.may(cat, 1, 1_000_000)


def test_what_ended_and_is_there_again_rests_longer_each_time_even_when_the_game_comes_on() -> None:
    attempts, cat = Attempts(), goal("feed the cat")
    waits = []
    for progress, frame in enumerate((0, 10_000, 20_000)):
        attempts.begin(cat, 0)
        attempts.look(told(frame, "plan.done"), progress)
        waits.append(next(wait for wait in range(0, 20_000, 1200) if attempts.may(cat, progress + 1, frame + wait)))
    assert waits == [0, 3600, 7200]
    attempts.begin_again()
    assert attempts.may(cat, 0, 20_001)


def test_the_story_and_healing_never_rest_longer() -> None:
    for kind in (goal("ask the elder", main=True), goal("heal", strategy="heal")):
        attempts = Attempts()
        for progress in range(3):
            attempts.begin(kind, 0)
            attempts.look(told(progress, "plan.done"), progress)
        assert attempts.may(kind, 3, 10)


def test_what_is_put_off_again_and_again_rests_so_that_nobody_walks_to_and_fro() -> None:
    attempts, near, far = Attempts(), goal("feed the cat"), goal("cross the bridge")
    for frame in range(0, 600, 100):
        attempts.begin(near if attempts.may(near, 1, frame) and frame % 200 else far, frame)
    assert not attempts.may(far, 1, 600)
    assert attempts.may(far, 1, 5000)
    main = goal("ask the elder", main=True)
    for frame in range(10):
        attempts.begin(main if frame % 2 else None, frame)
    assert attempts.may(main, 1, 11)
