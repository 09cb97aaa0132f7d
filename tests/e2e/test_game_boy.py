"""A Game Boy through the whole chain, on both of its families: 160 x 144, from the cartridge to datasets."""

import json
import signal
from pathlib import Path

import pytest
from PIL import Image

from tests.desk import Desk
from tests.roms.pad import PADS

SIZE = (160, 144)
FAMILIES = ("libretro", "pyboy")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk on which the generic actors have played our Breakout until the last ball was lost."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    for family in FAMILIES:
        output = desk.run(
            *("up", "--game", "brickyard", "--backend", family, "--clock", "lockstep"),
            *("--until", "episode", "--frames", "4000", "--session", family),
        )
        assert "actors: starter, explorer" in output
        assert "session.episode_ended" in output
    return desk


@pytest.fixture(params=FAMILIES)
def session(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_recording_says_what_played_it(desk: Desk, session: str) -> None:
    facts = desk.info(session)
    assert {"libretro": "Gambatte", "pyboy": "PyBoy"}[session] in json.dumps(facts)
    assert "gba565" in json.dumps(facts)


def test_verify_plays_it_again_on_the_same_family(desk: Desk, session: str) -> None:
    assert "verified" in desk.run("verify", session)


@pytest.mark.parametrize("format_name", ["lerobot", "minari", "mp4", "parquet"])
def test_datasets_of_it_are_made(desk: Desk, format_name: str) -> None:
    out = f"set-{format_name}"
    desk.run("dataset", "build", *FAMILIES, "--format", format_name, "--out", out)
    assert "all as they were written" in desk.run("dataset", "verify", out)


def test_a_dataset_has_pictures_of_its_size_and_the_games_watches(desk: Desk, session: str) -> None:
    out = f"rows-{session}"
    desk.run("dataset", "build", session, "--format", "parquet", "--out", out)
    import datasets  # noqa: PLC0415 - slow to import

    rows = datasets.load_dataset(str(desk.folder / out), cache_dir=str(desk.folder / "cache"), split="train")
    assert rows[0]["image"].size == SIZE
    assert set(rows["state.mode"]) == {0, 1, 2}, "title, play, game over"
    assert rows["state.lives"][-1] == 0
    assert rows["state.bricks"][-1] < 54


def test_a_film_of_it_has_its_size(desk: Desk, session: str) -> None:
    desk.run("render", session, "-o", f"{session}.gif", "--end", "59")
    with Image.open(desk.folder / f"{session}.gif") as film:
        assert film.size == SIZE


def test_a_live_game_boy_can_be_looked_at_and_replayed(desk: Desk) -> None:
    for arguments in (("up", "--rom", str(PADS["gb"].rom), "--session", "live"), ("replay", "pyboy", "--loop", "20")):
        command = desk.start(*arguments)
        try:
            desk.wait_for("session.started" if arguments[0] == "up" else "replaying frames")
            desk.run("snap", "-o", "now.png", "--overwrite")
            with Image.open(desk.folder / "now.png") as picture:
                assert picture.size == SIZE
        finally:
            command.send_signal(signal.SIGINT)
            command.wait(30)
        assert "Traceback" not in desk.said()


def test_a_users_folder_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    rom = tmp_path / "pad.gb"
    rom.write_bytes(PADS["gb"].rom.read_bytes())
    for family in FAMILIES:
        desk.run("up", "--rom", str(rom), "--backend", family, "--clock", "free", "--no-actors", "--frames", "100")
    assert [path.name for path in tmp_path.iterdir()] == ["pad.gb"]
