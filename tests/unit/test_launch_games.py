"""Several games and instances in one launch: one plan a session, each with a name of its own."""

from pathlib import Path

import msgspec
import pytest

from runtime.errors import ConfigError, UsageError
from runtime.launch import GameChoice, Launch, ReplayChoice, RunChoice, read_launch, session_names, with_overrides
from runtime.plan import resolve, resolve_all

SCRIPTED = GameChoice(rom="scripted")

LAUNCH = """
[run]
session = "night"
frames = 100

[[game]]
rom = "scripted"
session = "left"
instances = 2

[[game]]
rom = "scripted"
session = "right"

[[actor]]
name = "starter"
uses = "agents.starter:Starter"

[[actor]]
name = "explorer"
uses = "agents.explorer:Explorer"
sessions = ["right"]
"""


def names(launch: Launch) -> list[str]:
    return [plan.session for plan in resolve_all(launch, Path.cwd())]


def of(*games: GameChoice, session: str = "run") -> Launch:
    return Launch(game=games, run=RunChoice(session=session), actor=())


def read(folder: Path, text: str) -> Launch:
    path = folder / "launch.toml"
    path.write_text(text)
    return read_launch(path)


def test_one_game_has_the_runs_name() -> None:
    assert names(of(SCRIPTED)) == ["run"]
    assert names(Launch(game=SCRIPTED, run=RunChoice(session="run"), actor=())) == ["run"]


def test_instances_are_counted_from_1_and_know_their_number_from_0() -> None:
    plans = resolve_all(of(msgspec.structs.replace(SCRIPTED, instances=3)), Path.cwd())
    assert [(plan.session, plan.instance) for plan in plans] == [("run-1", 0), ("run-2", 1), ("run-3", 2)]


def test_games_without_a_name_share_the_runs_and_are_counted_through() -> None:
    assert names(of(SCRIPTED, msgspec.structs.replace(SCRIPTED, instances=2))) == ["run-1", "run-2", "run-3"]


def test_a_game_with_a_name_keeps_it_and_numbers_go_over_the_whole_run() -> None:
    left, right = GameChoice(rom="scripted", session="left", instances=2), GameChoice(rom="scripted", session="right")
    plans = resolve_all(of(left, SCRIPTED, right), Path.cwd())
    assert [(plan.session, plan.instance) for plan in plans] == [("left-1", 0), ("left-2", 1), ("run", 2), ("right", 3)]


def test_without_any_name_all_are_named_after_the_time() -> None:
    first, second = names(of(SCRIPTED, SCRIPTED, session=""))
    assert first.removesuffix("-1") == second.removesuffix("-2") != ""


def test_an_actor_may_be_for_the_sessions_of_some_games(tmp_path: Path) -> None:
    plans = resolve_all(read(tmp_path, LAUNCH), tmp_path)
    assert {plan.session: [entry.name for entry in plan.actors] for plan in plans} == {
        "left-1": ["starter"],
        "left-2": ["starter"],
        "right": ["starter", "explorer"],
    }


def test_each_game_gets_its_own_default_actors(tmp_path: Path) -> None:
    (tmp_path / "mgba_libretro.so").write_bytes(b"")
    emberwood = GameChoice(core=str(tmp_path / "mgba_libretro.so"))
    plans = resolve_all(Launch(game=(emberwood, SCRIPTED), run=RunChoice(session="run")), tmp_path)
    assert [[entry.name for entry in plan.actors] for plan in plans] == [
        ["reflex", "tactic", "strategist", "librarian"],
        ["starter", "explorer"],
    ]


def test_the_plan_of_one_session_is_a_launch_file_of_that_session_alone(tmp_path: Path) -> None:
    for plan in resolve_all(read(tmp_path, LAUNCH), tmp_path):
        again = resolve(read(tmp_path, plan.as_toml()), tmp_path)
        assert again == msgspec.structs.replace(plan, instance=0)


def test_a_launch_of_several_is_refused_where_one_is_wanted() -> None:
    with pytest.raises(UsageError, match="2 sessions where one is wanted: run-1, run-2"):
        resolve(of(SCRIPTED, SCRIPTED), Path.cwd())


CASES = {
    "a name twice": ('session = "right"', 'session = "left"', "game[1].session", "'left' is another game's, too"),
    "a counted name twice": (
        'session = "right"',
        'session = "left-2"',
        "game[0].session",
        "'left-2' is another game's",
    ),
    "no instance": ("instances = 2", "instances = 0", "game[0].instances", "0: allowed are 1 and more"),
    "a bad name": ('session = "right"', 'session = "no spaces"', "game[1].session", "'no spaces': allowed are 1 to 64"),
    "unknown key": ("instances = 2", "instance = 2", "game[0].instance", "allowed here are name, rom, backend"),
    "unknown backend": ("instances = 2", 'backend = "vba"', "game[0].backend", "no backend 'vba'; there are"),
    "an actor of no session": ('["right"]', '["middle"]', "actor[1].sessions", "'middle': allowed are left, right"),
    "a replay of several": ("[run]", '[replay]\nsession = "old"\n\n[run]', "replay.session", "here are several"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named_with_file_line_and_key(tmp_path: Path, name: str) -> None:
    old, new, key, problem = CASES[name]
    text = LAUNCH.replace(old, new, 1)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert caught.value.file == str(tmp_path / "launch.toml")
    assert caught.value.key == key
    assert problem in caught.value.problem
    shown = {"a counted name twice": 'session = "left"\n', "a replay of several": 'session = "old"'}.get(name, new)
    at = text.rindex(shown) if name == "a name twice" else text.index(shown)
    assert caught.value.line == text[:at].count("\n") + 1


def test_an_empty_array_of_games_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="game: an empty array"):
        read(tmp_path, "game = []\n")


def test_the_command_lines_instances_go_for_each_game() -> None:
    launch = with_overrides(of(SCRIPTED, SCRIPTED), {"game": {"instances": 2, "core": None}})
    assert names(launch) == ["run-1", "run-2", "run-3", "run-4"]


def test_what_the_command_line_makes_wrong_is_refused_too() -> None:
    launch = Launch(game=SCRIPTED, replay=ReplayChoice(session="old"), actor=())
    with pytest.raises(UsageError, match="a replay takes the place of one game"):
        resolve_all(with_overrides(launch, {"game": {"instances": 2}}), Path.cwd())
    with pytest.raises(UsageError, match="session name 'no spaces'"):
        resolve_all(of(SCRIPTED, session="no spaces"), Path.cwd())


def test_plans_survive_the_way_to_a_child_process(tmp_path: Path) -> None:
    for plan in resolve_all(read(tmp_path, LAUNCH), tmp_path):
        assert msgspec.json.decode(msgspec.json.encode(plan), type=type(plan)) == plan


def test_the_example_launch_files_are_right() -> None:
    files = sorted((Path(__file__).parents[2] / "deploy" / "launch").glob("*.toml"))
    assert {len(session_names(read_launch(path))) for path in files} == {1, 5}
