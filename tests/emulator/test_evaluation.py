"""Episodes on the real core: the same every time, scored, and compared by the command."""

import json
from pathlib import Path

import pytest

from agents.evaluation.batch import play_all, play_on
from agents.evaluation.episode import Played, Setup, late_frames
from agents.evaluation.lineup import lineup
from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.errors import CoreError, FramewireError
from runtime.wire import Fact
from tests.alone import missing
from tests.desk import Desk

FRAMES = 500

FAILING = """
from typing import ClassVar


class Failing:
    rate: ClassVar = "frame"
    reads: ClassVar = ("state",)
    writes: ClassVar = ()

    def act(self, seen):
        if seen.frame_index == 50:
            raise ZeroDivisionError("on purpose")
"""


@pytest.fixture(scope="module", autouse=True)
def _core() -> None:
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        missing(str(error))


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """Return a mind's episodes of seeds 3, 3 and 4, and one of seed 3 that knew something before."""
    mind = lineup("mind")
    known = tuple(Fact("TileKind", f"kind:{i:016x}", {"walked": 1}) for i in range(3))
    setups = [Setup(game="emberwood", lineup=mind, seed=seed, frames=FRAMES) for seed in (3, 3, 4)]
    return play_all([*setups, Setup(game="emberwood", lineup=mind, seed=3, frames=FRAMES, carried=known)], jobs=2)


def test_the_same_seed_is_the_same_episode(played: list[Played]) -> None:
    first, again, other, _ = played
    assert first.score.reproducible == again.score.reproducible
    assert first.facts == again.facts
    assert first.score.reproducible != other.score.reproducible
    assert late_frames(3) != late_frames(4)


def test_an_episode_is_scored_by_what_the_game_tells(played: list[Played]) -> None:
    score = played[0].score
    assert (score.frames, score.end, score.success, score.frames_to_success) == (FRAMES, "frames", False, None)
    assert score.stage is not None
    assert score.areas_total is not None
    assert 1 <= (score.areas or 0) <= score.areas_total
    assert 0 < (score.cell_coverage or 0) < 1
    assert (score.deaths, score.refused) == (0, 0)
    assert sum(score.decisions.values()) >= FRAMES
    assert {"plan"} <= score.decisions.keys()
    assert len(score.timing.tick_ms_p99) == len(lineup("mind").entries)


def test_what_was_carried_is_known_at_the_end(played: list[Played]) -> None:
    assert {f"kind:{i:016x}" for i in range(3)} <= {fact.key for fact in played[3].facts}


def test_an_actor_that_fails_is_told_with_seed_and_frame(tmp_path: Path) -> None:
    (tmp_path / "failing_actor.py").write_text(FAILING)
    launch = tmp_path / "failing.toml"
    launch.write_text('[[actor]]\nname = "bad"\nuses = "failing_actor:Failing"\n')
    with pytest.raises(FramewireError, match=r"seed 5, frame 50: ZeroDivisionError\('on purpose'\)"):
        play_all([Setup(game="emberwood", lineup=lineup(str(launch)), seed=5, frames=100)], jobs=1)


def test_an_episode_whose_process_dies_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "dying_actor.py").write_text(
        FAILING.replace('raise ZeroDivisionError("on purpose")', "__import__('os')._exit(3)")
    )
    launch = tmp_path / "dying.toml"
    launch.write_text('[[actor]]\nname = "bad"\nuses = "dying_actor:Failing"\n')
    setups = [Setup(game="emberwood", lineup=lineup(str(launch)), seed=seed, frames=100) for seed in (6, 7, 8)]
    with pytest.raises(FramewireError, match=r"seed \d: its process died, exit status 3"):
        play_all(setups, jobs=2)


def test_the_command_compares_agents_and_writes_all_scores(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    words = ("--episodes", "2", "--seed", "7", "--frames", "150", "--json", "scores.json", "--keep", "k.db")
    printed = desk.run("eval", "--agent", "random", "--agent", "novelty", *words)
    rows = {line.split("│")[1].strip(): line for line in printed.splitlines() if line.startswith("│")}
    assert "0/2 = 0.0 %" in rows["main quest done"]
    assert "decided by random" in rows
    report = json.loads((tmp_path / "scores.json").read_text())
    assert [run["agent"] for run in report["runs"]] == ["random", "novelty"]
    assert [[episode["seed"] for episode in run["episodes"]] for run in report["runs"]] == [[7, 8], [7, 8]]
    assert (tmp_path / "k.db").exists()
    said = desk.run("eval", "--agent", "random", "--without", "predictor", status=2)
    assert "without predictor: no actor's config has 'predictor'; the actors are random" in said


@pytest.mark.parametrize(
    ("store", "status", "problem"),
    [
        ("everything", 2, "store 'everything': allowed are sqlite, a path that ends in .db"),
        ("notes.txt/k.db", 1, "notes.txt"),
    ],
)
def test_a_store_that_cannot_be_written_is_told_before_anybody_plays(
    tmp_path: Path, store: str, status: int, problem: str
) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "notes.txt").write_text("no folder")
    words = ("--agent", "random", "--frames", "50", "--keep", store, "--json", "scores.json")
    assert problem in desk.run("eval", *words, status=status)
    assert not (tmp_path / "scores.json").exists()


def test_episodes_that_learn_begin_with_what_the_one_before_knew(played: list[Played]) -> None:
    mind = lineup("mind")
    setups = [Setup(game="emberwood", lineup=mind, seed=seed, frames=150, carried=played[3].facts) for seed in (3, 4)]
    first, second = play_on(setups)
    before = {fact.key for fact in first.facts}
    assert {fact.key for fact in played[3].facts} <= before
    assert before <= {fact.key for fact in second.facts}
