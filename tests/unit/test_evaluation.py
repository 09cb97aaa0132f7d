"""Evaluation: who plays, what is asked of what was learnt, what scores come to, and the table of it."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from agents.evaluation.baselines import RandomPresser, Repeater
from agents.evaluation.carried import Bringer, folded, read_store, remembered, write_store
from agents.evaluation.lineup import Lineup, lineup
from agents.evaluation.moments import Moments, Place
from agents.evaluation.questions import Questions
from agents.evaluation.referee import source_of
from agents.evaluation.report import table
from agents.evaluation.score import Recall, Score, Timing
from agents.evaluation.summary import share, summarise
from agents.evaluation.truth import Arrays, TrueMap
from agents.evaluation.views import Views
from agents.knowledge.errors import StoreError
from agents.knowledge.facts import Facts
from runtime import wire
from runtime.actor import Outputs
from runtime.bridges.scripted import ScriptedBackend
from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.game import find_game, load_game, parse_game
from runtime.launch import ActorEntry
from runtime.loop import ActorLoop, LoopOptions
from runtime.observation import Observation
from runtime.wire import Fact
from tests.stage import SESSION, Stage

# --- lineups ---------------------------------------------------------------------------------------------------------


@dataclass
class Thinking:
    """Has everything that can be changed."""

    seed: int = 7
    knowledge: bool = True
    predictor: bool = True
    think: str = "background"

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def act(self, seen: Observation) -> Outputs:
        return None


ENTRY = ActorEntry(name="a", uses=f"{__name__}:Thinking")


def test_each_actor_with_a_seed_gets_the_episodes() -> None:
    fixed = msgspec.structs.replace(ENTRY, name="b", config={"seed": 3})
    other = ActorEntry(name="c", uses="agents.starter:Starter")
    seeded = Lineup(name="x", entries=(ENTRY, fixed, other)).seeded(12)
    assert [entry.config for entry in seeded] == [{"seed": 12}, {"seed": 3}, {}]


def test_parts_are_left_out_where_they_are() -> None:
    other = ActorEntry(name="c", uses="agents.starter:Starter")
    changed = Lineup(name="x", entries=(ENTRY, other)).without(("knowledge", "predictor")).thinking("pause")
    assert changed.entries[0].config == {"knowledge": False, "predictor": False, "think": "pause"}
    assert changed.entries[1].config == {}
    assert changed.name == "x, without knowledge, without predictor, think pause"


def test_what_nobody_has_cannot_be_left_out() -> None:
    starter = Lineup(name="x", entries=(ActorEntry(name="c", uses="agents.starter:Starter"),))
    with pytest.raises(UsageError, match="without predictor: no actor's config has 'predictor'; the actors are c"):
        starter.without(("predictor",))
    alone = starter.without(("knowledge",))
    assert (alone.told, starter.told, alone.entries) == (False, True, starter.entries), (
        "nobody is told what others learn"
    )
    with pytest.raises(UsageError, match="without sleep: there are knowledge, predictor"):
        starter.without(("sleep",))
    with pytest.raises(UsageError, match="think aloud: there are background, pause"):
        starter.thinking("aloud")


def test_lineups_are_built_in_or_launch_files(tmp_path: Path) -> None:
    assert [entry.name for entry in lineup("novelty").entries] == ["starter", "explorer"]
    assert {"reflex"} <= {entry.name for entry in lineup("mind").entries}
    path = tmp_path / "mine.toml"
    path.write_text(f'[[actor]]\nname = "a"\nuses = "{__name__}:Thinking"\n')
    assert (lineup(str(path)).name, lineup(str(path)).folder) == ("mine", str(tmp_path))
    path.write_text("[run]\nframes = 3\n")
    with pytest.raises(UsageError, match=r"has no \[\[actor\]\]"):
        lineup(str(path))
    with pytest.raises(UsageError, match="no agent 'nobody': neither a launch file nor one of mind, random, repeat"):
        lineup("nobody")


@pytest.mark.parametrize("baseline", [RandomPresser, Repeater])
def test_a_baseline_does_the_same_with_the_same_seed_and_other_things_with_another(
    tmp_path: Path, baseline: type[RandomPresser] | type[Repeater]
) -> None:
    def pressed(folder: str, seed: int) -> list[tuple[str, ...]]:
        stage = Stage(tmp_path / folder, frames=400, wait_for=("a",))
        stage.play(ActorLoop(baseline(seed), stage.bus, LoopOptions("a", SESSION, 10)).run)
        return [held.buttons for held in stage.of("input")]

    first = pressed("1", 1)
    assert first == pressed("2", 1)
    assert first != pressed("3", 2)
    assert len(set(first)) > 1


# --- questions -------------------------------------------------------------------------------------------------------

GAME = parse_game(
    """
[game]
name = "asked"
console = "gba"

[dialogue]
press = "A"
when = "context == 2"

[[watch]]
name = "context"
address = 0x02000000
type = "u8"
values = { 0 = "title", 1 = "overworld", 2 = "dialogue", 3 = "battle", 8 = "transition", 9 = "game_over" }

[[watch]]
name = "dialogue.text"
address = 0x02000100
type = "u8"
shape = [16]

[[watch]]
name = "map.tiles"
address = 0x02001000
type = "u8"
shape = [8, 8]
values = { 0 = "ground", 1 = "item", 2 = "chest" }
""",
    "game.toml",
)


class Blank(ScriptedBackend):
    """A scripted emulator whose memory a test writes."""

    def __init__(self) -> None:
        super().__init__()
        self.own = {name: part.copy() for name, part in super().memory().items()}

    def memory(self) -> dict[str, NDArray[np.uint8]]:
        return self.own


class Watched:
    """Questions, and a game that a test plays by hand. The player looks down."""

    def __init__(self) -> None:
        self.backend = Blank()
        moments, arrays = Moments(GAME), Arrays(self.backend, GAME)
        self.map = TrueMap(GAME, arrays)
        self.questions = Questions(moments, self.map, arrays)
        self.counts = {"item.potion": 0, "item.cave_key": 1}

    def walk(self, area: int, x: int, y: int, facing: int = 0) -> None:
        self.map.look(area, {})
        self._see(1, Place(area, x, y), facing)

    def happen(self, *contexts: int) -> None:
        for context in contexts:
            self._see(context, None)

    def say(self, page: int, text: str) -> None:
        self.backend.own["ewram"][0x100:0x110] = list(text.encode().ljust(16, b"\0"))
        self._see(2, None, page=page)

    def _see(self, context: int, place: Place | None, facing: int = 0, page: int = 0) -> None:
        state = {"context": context, "player.facing": facing, "dialogue.id": 1, "dialogue.page": page, **self.counts}
        self.questions.see(state, place)


def test_a_door_is_what_was_passed_without_anything_else_happening() -> None:
    watched = Watched()
    watched.walk(1, 3, 4)
    watched.happen(8, 8)
    watched.walk(2, 9, 9)
    watched.happen(3, 9, 8)  # beaten, and carried home
    watched.walk(1, 1, 1)
    assert watched.questions.doors == {Place(1, 3, 4): 2}
    told = [Fact("LEADS_TO", "tile:1:3:4", {}, "tile:2:9:9")]
    wrong = [Fact("LEADS_TO", "tile:1:3:4", {}, "tile:3:9:9"), Fact("LEADS_TO", "tile:1:6:4", {}, "tile:2:9:9")]
    assert watched.questions.ask(Facts(told), Facts()) == {"door": Recall(asked=1, right=1, kept=0)}
    assert watched.questions.ask(Facts(wrong))["door"].right == 0


def test_what_somebody_said_is_known_by_its_pages_however_they_are_broken() -> None:
    watched = Watched()
    watched.walk(1, 3, 4)
    watched.say(0, "Find the ember!")
    watched.say(1, "Hurry.")
    watched.walk(1, 3, 4)
    assert watched.questions.said == {Place(1, 3, 5): ("Find the ember!", "Hurry.")}

    def right(key: str, **props: wire.Scalar) -> int:
        return watched.questions.ask(Facts([Fact("NPC", key, props)]))["person"].right

    assert right("npc:1:3:5", text="find  the Ember! Hurry.") == 1
    assert right("npc:1:5:6", said="Hurry.") == 1, "it wandered"
    assert right("npc:1:3:5", text="Find the emder!") == 1, "a letter was misread"
    assert right("npc:1:3:5", text="Sell me herbs.") == 0
    assert right("npc:1:3:5", name="Elder") == 0
    assert right("npc:2:3:5", text="Hurry.") == 0


def test_what_lay_somewhere_is_known_by_its_place_and_name() -> None:
    watched = Watched()
    watched.backend.own["ewram"][0x1000 + 8 * 5 + 3] = 1
    watched.walk(1, 3, 4)
    watched.counts["item.potion"] = 1
    watched.happen(2)
    watched.walk(1, 3, 4, facing=1)
    watched.counts["item.cave_key"] = 2  # given by somebody: it lay nowhere
    watched.happen(2)
    assert watched.questions.items == {Place(1, 3, 5): "potion"}
    assert watched.questions.ask(Facts([Fact("Item", "item:1:3:5", {"name": "Small potion"})]))["item"].right == 1
    assert watched.questions.ask(Facts([Fact("Item", "item:1:3:5", {"name": "herb"})]))["item"].right == 0


# --- what is carried -------------------------------------------------------------------------------------------------


def test_what_is_written_to_a_store_is_known_after_a_restart(tmp_path: Path) -> None:
    facts = (
        Fact("NPC", "npc:1:3:5", {"text": "Hurry."}),
        Fact("TileKind", "kind:00ff", {"walked": 3}),
        Fact("NPC", "npc:1:3:5", {"text": "Later."}),
        Fact("LEADS_TO", "tile:1:3:4", {}, "tile:2:9:9"),
    )
    again = remembered(facts, "asked")
    node = again.node("npc:1:3:5")
    assert node is not None
    assert node.text("text") == "Later."
    assert [edge.to for edge in again.edges("LEADS_TO")] == ["tile:2:9:9"]
    store = str(tmp_path / "k.db")
    write_store(store, "asked", facts)
    assert [fact.key for fact in read_store(store, ("TileKind",))] == ["kind:00ff"]
    assert len(read_store(store)) > 3
    with pytest.raises(StoreError):
        read_store(str(tmp_path / "none.db"))
    with pytest.raises(UsageError, match=r"store 'facts\.txt'"):
        read_store("facts.txt")
    assert next(fact.props for fact in folded(facts) if fact.key == "npc:1:3:5")["text"] == "Later."


def test_what_is_brought_along_is_seen_on_the_second_frame(tmp_path: Path) -> None:
    @dataclass
    class Reader(Thinking):
        reads: ClassVar[tuple[str, ...]] = ("state", "learnt")

        def __post_init__(self) -> None:
            self.known: dict[int, int] = {}

        def act(self, seen: Observation) -> Outputs:
            self.known[seen.frame_index] = sum(len(each.facts) for each in seen.learnt)
            return None

    stage = Stage(tmp_path, frames=4, wait_for=("reader", "bringer"))
    facts = tuple(Fact("TileKind", f"kind:{i:04x}", {"walked": i}) for i in range(4500))
    reader, bringer = Reader(), Bringer(facts)
    stage.play(
        ActorLoop(reader, stage.bus, LoopOptions("reader", SESSION, "frame")).run,
        ActorLoop(bringer, stage.bus, LoopOptions("bringer", SESSION, "frame")).run,
    )
    assert [reader.known[i] for i in range(3)] == [0, 4500, 0]
    assert [len(each.facts) for each in stage.of("learnt")] == [2000, 2000, 500]


# --- coverage --------------------------------------------------------------------------------------------------------


def test_cells_count_as_seen_that_were_wholly_on_the_screen() -> None:
    views = Views(None, 48, 32)
    views.look(1, {"camera.x": 24, "camera.y": 0})
    assert views.seen == {1: {(x, y) for x in (2, 3) for y in (0, 1)}}
    views.look(1, {"camera.x": 65_528, "camera.y": 16})  # 8 pixels left of a small area
    assert views.seen[1] >= {(x, y) for x in (0, 1) for y in (1, 2)}
    views.look(2, {})
    assert set(views.seen) == {1}


def test_all_areas_and_side_quests_that_a_game_has_are_counted() -> None:
    moments = Moments(load_game(find_game("emberwood")))
    assert (moments.areas, moments.sides, moments.stages) == (14, 5, 9)


# --- scores ----------------------------------------------------------------------------------------------------------


def score(seed: int, **changed: Any) -> Score:
    values: dict[str, Any] = {
        **{"success": False, "end": "frames", "frames": 100, "frames_to_success": None, "stage": None, "stages": None},
        **{"sides_done": None, "sides": None, "areas": None, "areas_total": None, "area_coverage": None},
        **{
            "cells": None,
            "cell_coverage": None,
            "seen_coverage": None,
            "deaths": None,
            "walking_frames": None,
            "stuck_frames": None,
        },
        **{"legs": 0, "path_ratio": None, "recall": {}, "facts": 0, "plans": {}, "decisions": {}, "models": {}},
    }
    timing = Timing(wall_s=1.0, cpu_s=1.0, frames_per_s=100.0, deadline_misses={}, tick_ms_p99={})
    return Score(seed=seed, refused=0, timing=timing, **{**values, **changed})


def test_a_rate_comes_with_how_sure_it_is() -> None:
    found = share("x", 20, 20)
    assert found.low == pytest.approx(0.839, abs=0.001)
    assert found.high == pytest.approx(1.0)
    assert (share("x", 0, 0).low, share("x", 0, 0).high) == (0.0, 1.0)
    half = share("x", 10, 20)
    assert half.low == pytest.approx(1 - half.high)


def test_a_figure_is_over_the_episodes_that_have_it_and_what_none_has_is_a_dash() -> None:
    some = summarise(
        [
            score(0, success=True, frames_to_success=90, path_ratio=1.5, decisions={"plan": 75, "rule": 25}),
            score(1, decisions={"plan": 25, "nobody": 75}, recall={"door": Recall(asked=4, right=3, kept=2)}),
            score(2, recall={"door": Recall(asked=6, right=6, kept=6)}),
        ]
    )
    figures = {figure.name: figure for figure in some.figures}
    assert (figures["frames to completion"].count, figures["frames to completion"].mean) == (1, 90)
    assert "deaths" not in figures
    assert (some.success.yes, some.success.of) == (1, 3)
    assert [(found.name, found.yes, found.of) for found in some.recall] == [
        ("door", 9, 10), ("door, after a restart", 8, 10),
    ]  # fmt: skip
    assert list(some.decisions) == ["plan", "nobody", "rule"]
    assert some.decisions["plan"] == pytest.approx(1 / 3)
    out = io.StringIO()
    Console(file=out, width=160).print(table("t", {"some": some, "none": summarise([score(0, deaths=2)])}))
    lines = {line.split("│")[1].strip(): line for line in out.getvalue().splitlines() if line.startswith("│")}
    assert [cell.strip() for cell in lines["deaths"].split("│")[2:4]] == ["-", "2"]
    assert [cell.strip() for cell in lines["path / shortest"].split("│")[2:4]] == ["1.500", "-"]
    assert "9/10 = 90.0 %" in lines["recall: door"]


def test_a_decision_is_named_by_what_made_it() -> None:
    def named(**cause: Any) -> str:
        return source_of(wire.Cause(actor="reflex", buttons=(), observed_frame=0, **cause))

    assert named(reason="plan: talk to the elder", plan_id="t-1") == "plan"
    assert named(reason="emergency: low health") == "emergency"
    assert named(reason="take the ember: now", plan_id="t-1") == "plan"
    assert named(reason="title") == "title"
    assert named() == "reflex"
