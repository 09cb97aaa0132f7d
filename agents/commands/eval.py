"""`runtime eval`: how well actors play, over many episodes, reproducibly."""

import logging
from pathlib import Path
from typing import Any

import click
import msgspec

from agents.evaluation.batch import play_all, play_on
from agents.evaluation.carried import MEANINGS, check_store, read_store, write_store
from agents.evaluation.episode import Played, Setup, game_name, plan_of, true_game
from agents.evaluation.lineup import PARTS, THINKS, Lineup, lineup
from agents.evaluation.report import table
from agents.evaluation.summary import Summary, summarise
from runtime import logs
from runtime.commands.output import examples, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import console
from runtime.game import DEFAULT_GAME

#: What stands for standard output in place of a file.
_STDOUT = Path("-")


@click.command(
    "eval",
    epilog=examples(
        "runtime eval --agent mind --agent random --episodes 20 --frames 108000 --json scores.json",
        "runtime eval --without knowledge --json - | jq '.runs[].summary'",
    ),
)
@click.option("--game", default=DEFAULT_GAME, show_default=True, help="A built-in game, or a folder or game.toml.")
@click.option("--rom", default="", help="The ROM, for a game that comes without one.")
@click.option("--core", default="", help="The core, by name or path; default: the first one found.")
@click.option(
    "--agent",
    "agents",
    multiple=True,
    default=("mind",),
    show_default=True,
    help="mind, random, repeat, novelty, or a launch file; several are compared.",
)
@click.option("--episodes", type=click.IntRange(min=1), default=1, show_default=True, help="How many of each.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the first; they count up.")
@click.option("--frames", type=click.IntRange(min=1), default=18_000, show_default=True, help="The most of an episode.")
@click.option(
    "--until",
    type=click.Choice(("success", "never")),
    default="success",
    show_default=True,
    help="When it ends before.",
)
@click.option("--without", multiple=True, type=click.Choice(PARTS), help="Leave a part of the mind out.")
@click.option("--think", type=click.Choice(THINKS), help="Think beside the game, or while it stands.")
@click.option("--carry", default="", metavar="STORE", help="Begin with what this store knows of kinds of cells.")
@click.option("--carry-all", is_flag=True, help="Begin with all that it knows.")
@click.option("--learn", is_flag=True, help="Each episode begins with what the one before had learnt; one at a time.")
@click.option("--keep", default="", metavar="STORE", help="Add what was learnt to this store, such as a path.db.")
@click.option("--truth", default="", metavar="FILE", help="More of a game.toml that the referee alone knows: areas.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Episodes at once.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write all scores; - for stdout.",
)
def eval_(
    *,
    game: str,
    rom: str,
    core: str,
    agents: tuple[str, ...],
    episodes: int,
    seed: int,
    frames: int,
    until: str,
    without: tuple[str, ...],
    think: str | None,
    carry: str,
    carry_all: bool,
    learn: bool,
    keep: str,
    truth: str,
    jobs: int,
    json_file: Path | None,
) -> None:
    """Let actors play a game's episodes in lockstep, and score them.

    The same game, agent, seed and frames give the same scores; only what is measured in time differs.
    """
    logs.set_up(logging.WARNING)
    carried = read_store(carry, () if carry_all else MEANINGS) if carry else ()
    lineups = [_changed(lineup(agent), without, think) for agent in agents]
    setups = [
        Setup(
            game=game,
            rom=rom,
            core=core,
            lineup=each,
            seed=number,
            frames=frames,
            until="success" if until == "success" else "",
            carried=carried,
            truth=truth,
        )
        for each in lineups
        for number in range(seed, seed + episodes)
    ]
    for each in setups[::episodes]:
        true_game(each, plan_of(each))  # what is wrong is said here, before processes start
    if keep:
        check_store(keep, game_name(setups[0]))
    played = _play(setups, 0 if learn else min(jobs, len(setups)), episodes)
    runs = {each.name: played[i * episodes : (i + 1) * episodes] for i, each in enumerate(lineups)}
    summaries = {name: summarise([each.score for each in group]) for name, group in runs.items()}
    if json_file == _STDOUT:
        print_json(_report(setups, runs, summaries))
    elif json_file:
        json_file.write_bytes(
            msgspec.json.format(msgspec.json.encode(_report(setups, runs, summaries)), indent=2) + b"\n"
        )
    if keep:
        write_store(keep, game_name(setups[0]), (fact for each in played for fact in each.facts))
    if json_file != _STDOUT:
        console().print(table(f"{game}: {episodes} episodes from seed {seed}, at most {frames:,} frames", summaries))


def _changed(chosen: Lineup, without: tuple[str, ...], think: str | None) -> Lineup:
    chosen = chosen.without(without)
    return chosen.thinking(think) if think else chosen


def _play(setups: list[Setup], jobs: int, episodes: int) -> list[Played]:
    """Play all, so many at once; with no jobs one after the other, each lineup's with what it learnt."""
    with frames_progress("eval", len(setups), "episodes") as advance:
        if jobs:
            return play_all(setups, jobs, lambda _: advance())
        lineups = [setups[i : i + episodes] for i in range(0, len(setups), episodes)]
        return [each for group in lineups for each in play_on(group, lambda _: advance())]


def _report(setups: list[Setup], runs: dict[str, list[Played]], summaries: dict[str, Summary]) -> dict[str, Any]:
    return {
        "game": setups[0].game,
        "frames": setups[0].frames,
        "until": setups[0].until,
        "carried": len(setups[0].carried),
        "runs": [
            {"agent": name, "summary": summaries[name], "episodes": [each.score for each in group]}
            for name, group in runs.items()
        ],
    }
