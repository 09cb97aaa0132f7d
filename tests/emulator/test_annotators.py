"""Emberwood labelled while it is played, exactly as its RAM has it; and its recording, which says the same again."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from agents.annotators import Changes, GroundTruth
from runtime import wire
from runtime.actor import Actor, Outputs, Press
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.clock import Rate
from runtime.console import CONSOLES
from runtime.game import find_game
from runtime.loop import ActorLoop, LoopOptions
from runtime.observation import Observation
from runtime.vocabulary import CONTEXTS, SCENES
from streams.annotations.fold import Fold
from streams.annotations.running import annotate, news
from streams.session import open_session
from streams.store import MemoryStore
from tests.alone import alone
from tests.stage import SESSION, Stage
from tests.streams_source import meta_of, record, walk

GAME = find_game("emberwood")
ROM = GAME.parent / "emberwood.gba"
FRAMES = 900


@dataclass
class Walker:
    """Leaves the title and wanders about."""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def act(self, seen: Observation) -> Outputs:
        return Press(*walk(seen.frame_index + 1))


def played(folder: Path) -> tuple[list[dict[str, Any]], list[wire.Annotation], list[wire.Annotation]]:
    """Play, labelled live; return each frame's values, what was said, and what the recording says besides."""
    backend = LibretroBackend(find_core(CONSOLES["gba"]), ROM, CONSOLES["gba"])
    text = GAME.read_text(encoding="utf-8")
    actors: dict[str, Actor] = {"walker": Walker(), "ram": GroundTruth(), "changes": Changes()}
    stage = Stage(folder, backend=backend, game_toml=text, frames=FRAMES, wait_for=tuple(actors))
    stage.play(
        *(ActorLoop(actor, stage.bus, LoopOptions(name, SESSION, "frame")).run for name, actor in actors.items())
    )
    said = stage.of("annotation")

    async def again() -> list[wire.Annotation]:
        store = MemoryStore()
        meta = meta_of(backend, "quest", rom=str(ROM), game_toml=text)
        await record(store, "quest", stage.recorder.kept, meta=meta)
        session = await open_session(store, "quest")
        spoken = [act for name in ("ram", "changes") for act in await annotate(session, actors_new(name), name)]
        return [
            act
            for name in ("ram", "changes")
            for act in news(Fold(said), name, [one for one in spoken if one.annotator == name], 0, FRAMES - 1)
        ]

    found = asyncio.run(again())
    backend.close()
    return [state.values for state in stage.of("state")], said, found


def actors_new(name: str) -> GroundTruth | Changes:
    return GroundTruth() if name == "ram" else Changes()


def test_every_frame_is_labelled_as_the_ram_has_it(tmp_path: Path) -> None:
    states, said, besides = alone(played, tmp_path)
    fold = Fold(said)
    assert len(states) == FRAMES
    for frame, state in enumerate(states):
        labels = fold.labels(frame)
        assert labels["context"] == CONTEXTS[state["context"]]
        assert labels["scene"] == SCENES[state["scene"]]
    seen = {run.value.value for run in fold.runs("context")}
    assert {"title", "overworld", "transition"} <= seen
    assert len([act for act in said if act.annotator == "ram"]) < 60, "ranges, not frames"
    moved = [frame for frame in range(1, FRAMES) if 0 < states[frame - 1]["area"] != states[frame]["area"]]
    for frame in moved:
        assert fold.labels(frame)["action"] == "area_entered"
    assert besides == [], "the recording says what was said live"
