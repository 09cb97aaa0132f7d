"""The commands on recordings, as people type them: each starts its own server over the state folder."""

import json
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import uvloop

from runtime.bridges.scripted import ScriptedBackend
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.wire import Gap
from runtime.wire import encode as encode_payload
from streams.jetstream_store import JetStreamStore
from tests.desk import PATIENCE_S, Desk
from tests.streams_source import Frame, play, record, without

FRAMES = list(play(ScriptedBackend(), 200))


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk with three recordings: whole, holed, and one whose bridge was killed."""
    desk = Desk(tmp_path)

    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            store = JetStreamStore(bus)
            await record(store, "whole", FRAMES)
            missed = Gap(
                source="tactic", sent_ns=0, kind="state", first_frame=3, last_frame=4, count=2, reason="too slow"
            )
            frames: list[Frame] = without(FRAMES, 70, 79)
            frames[5][1].append(("gap", encode_payload(missed)))
            await record(store, "holed", frames)
            await record(_NeverComplete(bus), "killed", FRAMES[:70])

    run(main())
    return desk


class _NeverComplete(JetStreamStore):
    async def complete(self, session: str) -> None:
        """Be killed before."""


def test_sessions_are_listed_described_and_removed(desk: Desk) -> None:
    listed = json.loads(desk.outputs("sessions", "list", "--json")[0])
    assert [(line["name"], line["status"], line["frames"], line["frames_missing"]) for line in listed] == [
        ("holed", "complete", 200, 10),
        ("killed", "interrupted", 70, 0),
        ("whole", "complete", 200, 0),
    ]
    table, error = desk.outputs("sessions", "list")
    assert error == ""
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["holed", "killed", "whole"]
    described = json.loads(desk.outputs("sessions", "info", "holed", "--json")[0])
    assert described["meta"]["core"] == "scripted 1"
    assert described["kinds"]["frame"]["payloads"] == 190
    assert {"who": "recording", "kind": "frame", "first_frame": 70, "last_frame": 79, "reason": "never written"} in (
        described["gaps"]
    )
    assert any(gap["who"] == "tactic" for gap in described["gaps"])
    text, _ = desk.outputs("sessions", "info", "holed")
    assert "recording lacks frame of frames 70 to 79: never written" in text
    assert "tactic lacks state of frames 3 to 4: too slow" in text
    _, error = desk.outputs("sessions", "rm", "holed", "killed", status=2)
    assert "would remove holed, killed" in error
    desk.run("sessions", "rm", "holed", "killed", "--yes")
    assert [line["name"] for line in json.loads(desk.outputs("sessions", "list", "--json")[0])] == ["whole"]
    for words in (("info", "nope"), ("rm", "nope", "--yes")):
        _, error = desk.outputs("sessions", *words, status=1)
        assert error == "error: no recorded session 'nope'; there are whole\n"


def test_verify_says_how_many_frames_are_equal(desk: Desk) -> None:
    out, error = desk.outputs("verify", "whole")
    assert out.startswith("verified 200 frames, ")
    assert error == ""
    out, error = desk.outputs("verify", "holed")
    assert out.startswith("verified 70 frames, ")
    assert error.startswith("not compared: frames 70 to 199: ")
    _, error = desk.outputs("verify", "nope", status=1)
    assert error == "error: no recorded session 'nope'; there are holed, killed, whole\n"


def test_a_dataset_is_built_and_summarized(desk: Desk, tmp_path: Path) -> None:
    words = ("dataset", "build", "whole", "holed", "--format", "parquet", "--out", "sets/square")
    out, error = desk.outputs(*words)
    assert out.startswith("sets/square: 350 rows in 7 episodes, ")
    assert "holed: lacks frame of frames 70 to 79: never written" in error
    assert pq.read_table(tmp_path / "sets/square/data").num_rows == 350
    out, _ = desk.outputs("dataset", "info", "sets/square")
    assert out.startswith("sets/square: 350 rows, 1 files, ")
    _, error = desk.outputs(*words, status=2)
    assert error.startswith("error: sets/square: the folder is not empty")
    desk.run(*words, "--overwrite")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dataset", "build", "whole", "--format", "avi", "--out", "x"), "no dataset format 'avi'; there are parquet"),
        (("dataset", "build", "whole", "whole", "--out", "x"), "named twice: whole"),
        (("dataset", "build", "nope", "--out", "x"), "no recorded session 'nope'; there are holed, killed, whole"),
        (("dataset", "info", "x"), "x: no dataset"),
        (("replay", "whole", "--start", "150", "--end", "900"), "session 'whole' has frames 0 to 199"),
        (("replay", "whole", "--rate", "-2"), "'-2': allowed are numbers above 0, and 'max'"),
        (("replay", "whole", "--as", "a.b"), "session name 'a.b': allowed are"),
    ],
)
def test_bad_input_is_one_clear_error_and_writes_nothing(desk: Desk, words: tuple[str, ...], said: str) -> None:
    process = desk.pipe(*words)
    _, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode in (1, 2)
    assert said in error
    assert "Traceback" not in error
    assert sorted(path.name for path in desk.folder.iterdir()) == ["state"]


def test_a_replay_runs_at_its_rate_and_ends_cleanly_on_ctrl_c(desk: Desk) -> None:
    out, _ = desk.outputs("replay", "whole", "--rate", "max", "--as", "again")
    assert out.startswith("replayed 200 frames of whole as again, ")
    process = desk.pipe("replay", "whole", "--rate", "0.2")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("replaying frames 0 to 199 of whole as whole-replay")
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert out.startswith("replayed ")
    assert error == ""
