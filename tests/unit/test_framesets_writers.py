"""The formats `frameset` and `jsonl`, of rows made by hand."""

import dataclasses
import io
import json
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import UsageError
from runtime.session_meta import SessionMeta
from runtime.wire import Region
from streams.datasets.format import DatasetSpec, DatasetSummary, DatasetWriter, SessionSummary
from streams.datasets.frameset import FrameSetWriter
from streams.datasets.jsonl import SHARD_LINES, JsonlWriter
from streams.datasets.rows import Row
from streams.datasets.shards import Shards
from tests.streams_source import meta_of

#: The second has a size that needs padding; words of the image: iwram 0-3, hram 4-5, vram 6-7.
REGIONS = (Region("iwram", 0x0300_0000, 16), Region("hram", 0xFF80, 7), Region("vram", 0x0600_0000, 8))
META = msgspec.structs.replace(meta_of(ScriptedBackend(), "s"), regions=REGIONS, rate_hz=50.0)


@dataclasses.dataclass(frozen=True)
class Spec(DatasetSpec):
    """What the writers are given, the sessions' metadata included."""

    sessions: tuple[SessionMeta, ...] = (META,)


def spec(splits: tuple[str, ...] = ("train",), stride: int = 1, **options: str) -> Spec:
    return Spec(
        columns=(),
        buttons=META.buttons,
        width=4,
        height=3,
        rows_per_s=50.0,
        stride=stride,
        regions=REGIONS,
        splits=splits,
        options=options,
    )


def row(frame_index: int, memory: Sequence[int] | None = None, **fields: Any) -> Row:
    """Return a row; `memory` are values of its first bytes, by default the frame's number in byte 8."""
    image = np.zeros(31, dtype=np.uint8)
    values = [0] * 8 + [frame_index % 256] if memory is None else memory
    image[: len(values)] = values
    known: dict[str, Any] = {
        "session": "s",
        "episode_index": 0,
        "frame_index": frame_index,
        "raw": np.full((3, 4), frame_index, dtype="<u2"),
        "pixel_format": "gba565",
        "pixels_hash": frame_index,
        "held": ("RIGHT", "A") if frame_index % 5 == 2 else (),
        "action": None,
        "actor": "",
        "plan_id": "",
        "model": "",
        "state": {},
        "memory": image,
    }
    return Row(**(known | fields))


def build(writer: DatasetWriter, rows: Iterable[Row], *metas: SessionMeta) -> None:
    count = 0
    for one in rows:
        writer.add(one)
        count += 1
    sessions = [SessionSummary(meta, count, 1, ()) for meta in metas or (META,)]
    writer.finish(DatasetSummary(sessions, {"train": count}, {}, {}, "runtime dataset build s"))
    writer.close()


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "build.journal"
    }


def lines(folder: Path, name: str = "train-00000.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_a_frame_set_is_a_folder_with_its_event_and_its_last_picture(tmp_path: Path) -> None:
    build(FrameSetWriter(Shards(tmp_path), spec()), [row(i) for i in range(12)])
    (session,) = tmp_path.glob("*/")
    assert uuid.UUID(session.name).version == 5
    assert sorted(files(session)) == ["0/0.png", "0/event.json", "1/1.png", "1/event.json", "session_metadata.json"]
    event = json.loads((session / "1/event.json").read_text())
    assert list(event) == ["timestamp", "pc", "current_keys", "frame_set_id", "frames_in_set", "memory_changes"]
    assert event | {"memory_changes": 0} == {
        "timestamp": 1795176000000 + 9 * 20,
        "pc": "00000000",
        "current_keys": ["A", "RIGHT"],
        "frame_set_id": 1,
        "frames_in_set": [5, 6, 7, 8, 9],
        "memory_changes": 0,
    }
    assert event["memory_changes"] == [
        {
            "region": "iwram",
            "frame": frame,
            "address": "03000008",
            "prev_val": f"{frame - 1:08X}",
            "curr_val": f"{frame:08X}",
            "freq": frame,
        }
        for frame in range(5, 10)
    ]
    with Image.open(io.BytesIO((session / "1/1.png").read_bytes())) as image:
        assert image.size == (4, 3)
        assert image.getpixel((0, 0)) == (0, 0, 9 << 3 | 9 >> 2)


def test_session_metadata_says_range_statistics_and_configuration(tmp_path: Path) -> None:
    build(FrameSetWriter(Shards(tmp_path), spec()), [row(i) for i in range(3, 23) if i != 13])
    (session,) = tmp_path.glob("*/")
    metadata = json.loads((session / "session_metadata.json").read_text())
    assert sorted(path.name for path in session.glob("*/")) == ["1", "3"]
    assert metadata["session_id"] == session.name
    assert metadata["session_name"] == "s"
    assert metadata["frame_set_id_range"] == {"min": 1, "max": 3}
    assert metadata["total_frame_sets"] == 2
    assert metadata["statistics"] == {
        "frames": 10,
        "incomplete_frame_sets_left_out": 3,  # frames 3 and 4, the set of 13, frames 20 to 22
        "memory_changes": 10,
        "memory_changes_by_region": {"iwram": 10, "hram": 0, "vram": 0},
        "addresses_changed": 1,
        "frames_by_button": {"A": 2, "RIGHT": 2},
    }
    configuration = metadata["configuration"]
    assert configuration["scan"] == "full"
    assert configuration["frames_per_set"] == 5
    assert configuration["regions"][0] == {"name": "iwram", "address": "03000000", "size": 16, "chunk_size": 4}
    assert configuration["rom_sha256"] == META.rom_sha256


def test_buttons_are_named_by_the_game_config_and_none_is_none(tmp_path: Path) -> None:
    config = tmp_path / "game.json"
    config.write_text('{"game": "Metabots", "keys": {"Right": "right", "A": "x"}}')
    rows = [row(i, held=() if i < 5 else ("RIGHT",) if i == 7 else None) for i in range(10)]
    build(FrameSetWriter(Shards(tmp_path / "out"), spec(game_config=str(config))), rows)
    (session,) = (tmp_path / "out").glob("*/")
    keys = [json.loads((session / f"{i}/event.json").read_text())["current_keys"] for i in range(2)]
    assert keys == [["None"], ["Right"]]
    assert json.loads((session / "session_metadata.json").read_text())["game_name"] == "Metabots"


def test_the_chunked_view_compares_a_fifth_a_frame(tmp_path: Path) -> None:
    build(FrameSetWriter(Shards(tmp_path), spec(scan="chunked")), [row(i) for i in range(15)])
    (session,) = tmp_path.glob("*/")
    changes = [json.loads((session / f"{i}/event.json").read_text())["memory_changes"] for i in range(3)]
    assert [[(c["frame"], c["prev_val"], c["curr_val"]) for c in one] for one in changes] == [
        [],
        [(7, "00000002", "00000007")],
        [(12, "00000007", "0000000C")],
    ]


def test_splits_sessions_and_frames_without_memory_stay_apart(tmp_path: Path) -> None:
    other = msgspec.structs.replace(META, session="other")
    rows = [
        *(row(i, split="test") for i in range(5)),
        *(row(i, split="train", session="other", memory=None) for i in range(5)),
        *(row(i, split="train", session="other") for i in range(5, 7)),
        dataclasses.replace(row(7), split="train", session="other", memory=None),
        *(row(i, split="train", session="other") for i in range(8, 15)),
    ]
    both = dataclasses.replace(spec(("train", "test")), sessions=(META, other))
    build(FrameSetWriter(Shards(tmp_path), both), rows, META, other)
    names = sorted(files(tmp_path))
    ids = {(n.split("/")[0], n.split("/")[2]) for n in names if n.endswith(".png")}
    assert ids == {("test", "0"), ("train", "0"), ("train", "2")}
    assert len({n.split("/")[1] for n in names}) == 2


@pytest.mark.parametrize("kind", [FrameSetWriter, JsonlWriter])
def test_a_killed_build_continues_to_the_same_bytes(tmp_path: Path, kind: Any) -> None:
    rows = [row(i) for i in range(60)]
    build(kind(Shards(tmp_path / "whole"), spec()), rows)
    killed = kind(Shards(tmp_path / "killed"), spec())
    for one in rows[:33]:
        killed.add(one)
    killed.close()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "killed").rglob("*") if path.suffix == ".png"}
    build(kind(Shards(tmp_path / "killed"), spec()), rows)
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_rows_apart_or_without_memory_are_refused(tmp_path: Path) -> None:
    for kind in (FrameSetWriter, JsonlWriter):
        with pytest.raises(UsageError, match="the stride must be 1, it is 2"):
            kind(Shards(tmp_path), spec(stride=2))
        with pytest.raises(UsageError, match="the sessions have none"):
            kind(Shards(tmp_path), dataclasses.replace(spec(), regions=()))
        with pytest.raises(UsageError, match="has no option 'speed'"):
            kind(Shards(tmp_path), spec(speed="2"))
    with pytest.raises(UsageError, match="scan='half': allowed are full, chunked"):
        FrameSetWriter(Shards(tmp_path), spec(scan="half"))
    with pytest.raises(UsageError, match="sets_per_row='0': wanted a whole number from 1 to 100"):
        JsonlWriter(Shards(tmp_path), spec(sets_per_row="0"))
    assert list(tmp_path.iterdir()) == []


def test_a_line_has_two_frame_sets_and_their_net_changes(tmp_path: Path) -> None:
    labels = {"context": "battle", "scene": "battle_main", "description": "", "tags": "x"}
    rows = [row(i, labels=labels if i == 14 else {}) for i in range(24)]
    build(JsonlWriter(Shards(tmp_path), spec()), rows)
    assert sorted(files(tmp_path)) == ["train-00000.jsonl"]
    one, two = lines(tmp_path)
    assert one == {
        "inputs": {
            "buttons": ["A", "RIGHT"],
            "frame_range": 10,
            "memory_changes": [{"address": "03000008", "prev_val": "00000000", "curr_val": "00000009"}],
        },
        "outputs": {"context": "", "scene": "", "description": "", "action": "", "intent": "", "outcome": ""},
    }
    assert two["inputs"]["memory_changes"] == [{"address": "03000008", "prev_val": "00000009", "curr_val": "00000013"}]
    assert two["outputs"] == {**one["outputs"], "context": "battle", "scene": "battle_main"}


def test_a_word_that_comes_back_is_left_out_and_addresses_are_in_order(tmp_path: Path) -> None:
    rows = []
    for i in range(10):
        memory = [0] * 31
        memory[4] = 7 if i == 6 else 0  # comes back
        memory[22] = 9 if i > 3 else 0  # the hram's last byte, in its second word
        memory[30] = i  # vram
        rows.append(row(i, memory, held=()))
    build(JsonlWriter(Shards(tmp_path / "all"), spec()), rows)
    (line,) = lines(tmp_path / "all")
    assert line["inputs"]["buttons"] == ["None"]
    assert line["inputs"]["memory_changes"] == [
        {"address": "0000FF84", "prev_val": "00000000", "curr_val": "00090000"},
        {"address": "06000004", "prev_val": "00000000", "curr_val": "09000000"},
    ]
    build(JsonlWriter(Shards(tmp_path / "some"), spec(variables_only="true")), rows)
    (line,) = lines(tmp_path / "some")
    assert [change["address"] for change in line["inputs"]["memory_changes"]] == ["0000FF84"]


def test_a_line_does_not_span_what_is_missing(tmp_path: Path) -> None:
    build(JsonlWriter(Shards(tmp_path), spec()), [row(i) for i in range(3, 45) if i != 27])
    spans = [
        (int(change["prev_val"], 16), int(change["curr_val"], 16))
        for line in lines(tmp_path)
        for change in line["inputs"]["memory_changes"]
    ]
    assert spans == [(4, 14), (14, 24), (29, 39)]  # after the hole the set of 27 is left out, its last frame is known


def test_options_choose_spans_and_lines(tmp_path: Path) -> None:
    rows = [row(i, labels={"action": "jump"} if i == 7 else {}) for i in range(20)]
    build(JsonlWriter(Shards(tmp_path / "one"), spec(sets_per_row="1", labelled_only="true")), rows)
    (line,) = lines(tmp_path / "one")
    assert line["inputs"]["frame_range"] == 5
    assert line["outputs"]["action"] == "jump"


def test_files_are_cut_and_splits_apart(tmp_path: Path) -> None:
    count = (SHARD_LINES + 1) * 5
    rows = [row(i) for i in range(count)] + [row(i, split="test") for i in range(count, count + 5)]
    build(JsonlWriter(Shards(tmp_path), spec(("train", "test"), sets_per_row="1")), rows)
    assert {name: len(lines(tmp_path, name)) for name in files(tmp_path)} == {
        "train-00000.jsonl": SHARD_LINES,
        "train-00001.jsonl": 1,
        "test-00000.jsonl": 1,
    }
