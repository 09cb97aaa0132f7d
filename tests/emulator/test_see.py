"""`runtime see` as people type it: on a recording of the built-in game, and on one that runs."""

import json
from pathlib import Path

import numpy as np
import pytest
import uvloop
from PIL import Image

from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.game import find_game
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from tests.alone import alone, missing
from tests.desk import PATIENCE_S, Desk
from tests.streams_source import Frame, meta_of, play, record

GAME = find_game("emberwood")
ROM = GAME.parent / "emberwood.gba"

#: The game begins after the title and four pages; then somebody walks down, right and against what is there.
FRAMES = 900


def held(frame_index: int) -> tuple[str, ...]:
    if frame_index < 500:
        return ("START" if frame_index < 60 else "A",) if frame_index % 16 < 4 else ()
    return (("DOWN", "RIGHT", "UP", "LEFT")[frame_index // 60 % 4],)


def record_walk(home: Path) -> None:
    """Play and record; in a process of its own, as a core keeps its state in globals."""
    backend = LibretroBackend(find_core(CONSOLES["gba"]), ROM, CONSOLES["gba"])
    text = GAME.read_text(encoding="utf-8")
    frames: list[Frame] = list(play(backend, FRAMES, game_toml=text, held=held))
    meta = meta_of(backend, "walk", rom=str(ROM), game_toml=text)
    backend.close()

    async def main() -> None:
        async with open_bus(NatsOptions(), home, "test") as bus:
            await record(JetStreamStore(bus), "walk", frames, meta=meta)

    uvloop.run(main())


def width_of(path: Path) -> int:
    with Image.open(path) as image:
        return image.width


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        missing(str(error))
    made = Desk(tmp_path_factory.mktemp("see"))
    alone(record_walk, made.home)
    return made


def test_a_frame_of_a_recording_is_drawn_and_described(desk: Desk) -> None:
    out, err = desk.outputs("see", "walk", "--frame", "860", "-o", "a.png", "--text")
    assert out.startswith("Player at grid position (")
    assert " | Current area: village | 3x3 area: " in out
    assert " | Health: " in out
    assert " | Current quest: go | " in out
    assert "a.png  frame 860  " in err
    with Image.open(desk.folder / "a.png") as image:
        picture = np.asarray(image)
    assert picture.shape == (160 * 2 + 13 + 26, 240 * 2 + 16, 3)
    assert (picture == (255, 232, 40)).all(axis=2).sum() > 100  # the player's frame
    desk.run("see", "walk", "--frame", "860", "-o", "a.png", "--scale", "3", "--overwrite")
    assert width_of(desk.folder / "a.png") == 240 * 3 + 16


def test_the_grid_is_told_as_json(desk: Desk) -> None:
    out, _ = desk.outputs("see", "walk", "--json")
    grid = json.loads(out)
    assert (grid["frame"], grid["view"], grid["area"]) == (FRAMES - 1, "map", 1)
    assert len(grid["types"]) == len(grid["looks"]) >= 9
    known = {kind for row in grid["types"] for kind in row}
    assert known & {"walkable_path", "walkable_grass"}  # learnt from the walk up to here
    assert any(token.startswith("grid_") for token in grid["tokens"])


def test_a_part_becomes_a_film(desk: Desk) -> None:
    desk.run("see", "walk", "--start", "800", "--frame", "860", "--video", "a.gif", "--scale", "1")
    with Image.open(desk.folder / "a.gif") as film:
        assert film.n_frames > 5  # type: ignore[attr-defined]  # of animations
        assert film.size == (256, 199)


def test_a_session_that_runs_is_seen(desk: Desk) -> None:
    running = desk.start("up", "--game", "emberwood", "--session", "live", "--no-actors")
    try:
        desk.wait_for("session.started")
        seen = json.loads(desk.outputs("see", "--session", "live", "-o", "now.png", "--json")[0])
        assert seen["view"] == "other"  # the title
        assert seen["types"] == []
        assert width_of(desk.folder / "now.png") == 496
    finally:
        running.terminate()
        running.wait(PATIENCE_S)


def test_what_is_not_recorded_is_said(desk: Desk) -> None:
    assert "no recorded session 'nowhere'" in desk.outputs("see", "nowhere", status=1)[1]
    assert "frames 0 to 100000" in desk.outputs("see", "walk", "--frame", "100000", status=2)[1]
