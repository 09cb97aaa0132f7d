"""`runtime dataset` as people type it, killed at random moments too."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import uvloop

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from tests.desk import PATIENCE_S, Desk
from tests.streams_source import play, record, without

FRAMES = list(play(ScriptedBackend(), 1500))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return a desk with three recordings."""
    desk = Desk(tmp_path_factory.mktemp("dataset"))

    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            store = JetStreamStore(bus)
            await record(store, "long", FRAMES)
            await record(store, "short", FRAMES[:200])
            frames = without(FRAMES[:200], 70, 79)
            label = wire.Event(
                source="annotator",
                frame_index=150,
                sent_ns=0,
                name="label",
                facts={"first_frame": 100, "last_frame": 149, "scene": "cave"},
            )
            frames[130][1].append(("event", wire.encode(label)))
            await record(store, "holed", frames)

    uvloop.run(main())
    return desk


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_dataset_is_chosen_built_described_and_verified(desk: Desk, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"session": "short", "first_frame": 0, "last_frame": 49, "mood": "calm"}\n')
    out = tmp_path / "set"
    chosen = ("build", "[hs]*", "--game", "square", "--max-length", "5", "--labels", str(labels), "--out", str(out))
    rows_of = ("--frames", ":180", "--fps", "30", "--stack", "2", "--where", "frame < 150", "--set", "file_rows=50")
    said, error = desk.outputs("dataset", *chosen, *rows_of, "--split", "train=0.5,test=0.5")
    assert said.startswith(f"{out}: 127 rows (train ")
    assert " in 7 episodes, " in said
    assert "holed: lacks frame of frames 70 to 79: never written" in error
    rows = [row for path in sorted((out / "data").glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    assert {row["session"] for row in rows} == {"holed", "short"}
    assert {row["label.scene"] for row in rows if row["session"] == "holed" and row["frame_index"] >= 100} == {"cave"}
    assert {row["label.mood"] for row in rows if row["session"] == "short"} == {"calm", None}
    assert all(row["frame_index"] < 149 and len(row["image"]) == 2 for row in rows)
    provenance = json.loads((out / "provenance.json").read_bytes())
    assert provenance["command"].startswith("runtime dataset build '[hs]*' --format parquet --out DIR --max-length 5 ")
    assert provenance["options"]["stride"] == 2
    told, _ = desk.outputs("dataset", "info", str(out))
    assert told.startswith(f"{out}: 127 rows, ")
    assert "label.mood" in told
    assert "state.player.x" in told
    checked, _ = desk.outputs("dataset", "verify", str(out))
    assert checked.endswith("all as they were written\n")
    shard = next((out / "data").glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1])
    wrong, error = desk.outputs("dataset", "verify", str(out), status=1)
    assert wrong.startswith(f"data/{shard.name}: has ")
    assert error == f"{out}: 1 things are wrong\n"


def test_a_killed_build_continues_and_comes_to_the_same_bytes(desk: Desk, tmp_path: Path) -> None:
    words = ["dataset", "build", "long", "holed", "--set", "file_rows=150", "--split-by", "episode"]
    words += ["--split", "train=0.7,test=0.3", "--seed", "3", "--out"]
    desk.run(*words, str(tmp_path / "whole"))
    out = tmp_path / "killed"
    journal = tmp_path / ".killed.partial/build.journal"
    rng = random.Random(5)
    continued = 0
    for after_s in (0.05, None, 0.05, None, 0.05):
        process = desk.pipe(*words, str(out))
        if after_s is None:  # at any time, also before it has begun
            time.sleep(rng.uniform(0, 0.8))
        else:
            _wait_for_growth(process, journal)
            time.sleep(rng.uniform(0, after_s))
        process.send_signal(signal.SIGKILL)
        _, error = process.communicate(timeout=PATIENCE_S)
        continued += "continuing a build: " in error
        if out.exists():  # it was faster
            break
    else:
        _, error = desk.outputs(*words, str(out))
        continued += "continuing a build: " in error
    assert continued
    assert files(out) == files(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed", "whole"]
    desk.run("dataset", "verify", str(out))


def _wait_for_growth(process: "subprocess.Popen[str]", journal: Path) -> None:
    """Wait until another file is whole."""

    def size() -> int:
        return journal.stat().st_size if journal.exists() else 0

    deadline_s = time.monotonic() + PATIENCE_S
    before = size()
    while process.poll() is None and size() <= before:
        assert time.monotonic() < deadline_s
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name sessions, or choose them by a filter such as --game; there are holed (square, 2026-"),
        (("x*",), "no session is named like 'x*'; there are holed"),
        (("--game", "tetris"), "no session fulfils all that is asked for; there are holed"),
        (("long", "--frames", "5000:"), "session 'long' has frames 0 to 1499, none of the range asked for"),
        (("long", "--fps", "120"), "--fps 120: session 'long' has 59.7275 frames a second"),
        (("long", "--where", "hp < 1"), "uses hp; known are frame, player.x"),
        (("long", "--labels", "nope.jsonl"), "nope.jsonl: cannot be read"),
        (("long", "--split", "train=0.5,test=0.5"), "no rows for "),
    ],
)
def test_wrong_input_is_one_clear_error_before_anything_is_written(
    desk: Desk, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    _, error = desk.outputs("dataset", "build", *words, "--out", str(tmp_path / "x"), status=2)
    assert said in error
    assert list(tmp_path.iterdir()) == []
