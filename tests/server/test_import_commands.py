"""`runtime import` and `runtime memory`, as people type them, each with a server of its own over the state folder."""

import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvloop
from PIL import Image

from runtime.bridges.scripted import ScriptedBackend
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.desk import Desk
from tests.rommer_source import colour_of, old_run, snapshots
from tests.streams_source import play, record


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_old_data_is_imported_cleaned_up_and_written_again(tmp_path: Path, desk: Desk) -> None:
    data = old_run(40)
    log = data.csv(tmp_path, "run 7.csv", end="\r\n")
    pictures = snapshots(tmp_path / "snapshots", [i for i in range(40) if i != 5])
    (tmp_path / "processed" / "3").mkdir(parents=True)
    (tmp_path / "processed" / "3" / "annotations.json").write_text('{"context": "battle", "complete": false}')
    labels = ("--annotations", "processed")
    out, error = desk.outputs("import", "rommer", "--csv", log.name, "--snapshots", "snapshots", *labels, "--cleanup")
    assert out.startswith(f"imported run-7: {len(data.lines)} rows, 200 frames, 39 pictures, ")
    assert "run-7: 1 labels and suggestions of frame sets" in out
    assert out.endswith("removed 39 snapshots and snapshots\n")
    assert "frame set 5 has no picture: there is no 5.png" in error
    assert "keys that are no button: Q (" in error
    assert not pictures.exists()

    (line,) = json.loads(desk.outputs("sessions", "list", "--json")[0])
    assert (line["name"], line["status"], line["frames"]) == ("run-7", "complete", 200)
    (label,) = json.loads(desk.outputs("annotate", "list", "run-7", "--json")[0])
    assert (label["value"], label["first_frame"], label["last_frame"], label["annotator"]) == (
        "battle",
        15,
        19,
        "rommer",
    )
    out, _ = desk.outputs("memory", "csv", "run-7")
    assert out.splitlines() == data.lines
    out, error = desk.outputs("memory", "csv", "run-7", "--out", "again.csv", "--header")
    assert out.startswith(f"again.csv: {len(data.lines)} rows, ")
    assert (tmp_path / "again.csv").read_text().splitlines()[1:] == data.lines

    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            session = await open_session(JetStreamStore(bus), "run-7")
            shown = {tick.frame_index // 5: tick.rgb() async for tick in session.ticks() if tick.frame is not None}
            assert {set_id: tuple(rgb[0, 0]) for set_id, rgb in shown.items()} == {
                set_id: colour_of(set_id) for set_id in range(40) if set_id != 5
            }

    run(main())
    _, error = desk.outputs("import", "rommer", "--csv", log.name, "--snapshots", "state", "--as", "run-7", status=1)
    assert error.startswith("error: already recorded: run-7; choose another name (--as)")


def test_a_recording_becomes_a_log(tmp_path: Path, desk: Desk) -> None:
    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            await record(JetStreamStore(bus), "s", list(play(ScriptedBackend(), 60)))

    run(main())
    config = tmp_path / "config.json"
    config.write_text('{"keys": {"Right": "Arrow, right", "A": "x"}}')
    out, error = desk.outputs("memory", "csv", "s", "--scan", "chunked", "--game-config", "config.json")
    assert error == ""
    frames = {int(line.split(",")[2]) for line in out.splitlines()}
    assert frames <= set(range(5, 60, 5))
    assert '"Arrow, right"' in out
    _, error = desk.outputs("memory", "csv", "s", "--out", "config.json", status=2)
    assert error.startswith("error: config.json: it is there already")
    assert config.read_text().startswith('{"keys"')


def test_pictures_are_imported_and_become_a_dataset(tmp_path: Path, desk: Desk) -> None:
    folder = tmp_path / "speedrun"
    folder.mkdir()
    for number in range(12):
        Image.fromarray(np.full((8, 12, 3), number * 20, dtype=np.uint8)).save(folder / f"{number}.png")
    words = ("import", "video", "speedrun", "--fps", "2", "--crop", "2,0,8,8", "--size", "4x4")
    out, error = desk.outputs(*words)
    assert (out.partition(",")[0], error) == ("imported speedrun: 12 frames", "")
    desk.run("dataset", "build", "speedrun", "--out", "set")
    out, _ = desk.outputs("dataset", "info", "set")
    assert "12 rows" in out


def test_bad_input_is_one_clear_error_and_stores_nothing(tmp_path: Path, desk: Desk) -> None:
    (tmp_path / "bad.csv").write_text("what\n")
    for words, said in (
        (("rommer", "--csv", "no.csv", "--snapshots", "."), "no.csv: cannot be read: No such file"),
        (("rommer", "--csv", "bad.csv", "--snapshots", "."), "bad.csv:1: it has 1 columns"),
        (("video", "nothing"), "nothing: no such file or folder"),
        (("video", "bad.csv"), "bad.csv: no video"),
        (("video", ".", "--crop", "1,2,3"), "'1,2,3': allowed is X,Y,W,H"),
        (("video", ".", "--size", "0x4"), "'0x4': allowed is WxH, whole numbers; width and height are 1 or more"),
    ):
        _, error = desk.outputs("import", *words, status=2)
        assert said in error
    assert json.loads(desk.outputs("sessions", "list", "--json")[0]) == []
