"""Datasets of the format `mp4`, loaded back by PyAV."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from streams.datasets.mp4 import Mp4Writer
from streams.datasets.rows import Row
from tests.format_rows import RATE, episode, rgb, spec, write


def rows() -> list[Row]:
    return [
        *episode("s1", 0, 40, outcome="success", labels={"scene": "cave"}),
        *episode("s1", 1, 5, first=40, split="validation"),
        *episode("s2", 0, 1),
    ]


def decoded(path: Path) -> tuple[Any, list[float], str | None]:
    """Return a video's frames (T, H, W, 3), when each is shown, and its pixel format."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        pixel_format = container.streams.video[0].pix_fmt
    return (
        np.stack([frame.to_ndarray(format="rgb24") for frame in frames]),
        [frame.time for frame in frames],
        pixel_format,
    )


def built(folder: Path, **of: Any) -> None:
    write(folder, "mp4", rows(), spec(splits=("train", "validation"), labels=("scene",), **of))
    assert Mp4Writer.check(folder) == []


def test_every_pixel_is_what_the_emulator_showed(tmp_path: Path) -> None:
    built(tmp_path)
    for name, wanted in (
        ("train/s1-00000", rows()[:40]),
        ("validation/s1-00001", rows()[40:45]),
        ("train/s2-00000", rows()[45:]),
    ):
        frames, times, _ = decoded(tmp_path / f"{name}.mp4")
        assert np.array_equal(frames, np.stack([rgb(row) for row in wanted]))
        assert times == pytest.approx([i / RATE for i in range(len(wanted))])


def test_a_line_for_each_frame(tmp_path: Path) -> None:
    built(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "train/s1-00000.jsonl").read_bytes().splitlines()]
    wanted = rows()[:40]
    assert [line["frame_index"] for line in lines] == list(range(40))
    assert [line["action"] for line in lines] == [None if row.action is None else list(row.action) for row in wanted]
    assert [line["state"] for line in lines] == [row.state for row in wanted]
    assert lines[0]["labels"] == {"scene": "cave"}
    assert (lines[-1]["ends"], lines[-1]["outcome"]) == (True, "success")


def test_lossy_video_is_what_every_player_plays(tmp_path: Path) -> None:
    built(tmp_path, options={"crf": "23"})
    frames, times, pixel_format = decoded(tmp_path / "train/s1-00000.mp4")
    assert pixel_format == "yuv420p"
    assert len(frames) == 40
    assert times == pytest.approx([i / RATE for i in range(40)])
    assert not np.array_equal(frames, np.stack([rgb(row) for row in rows()[:40]]))


def test_a_line_too_few_is_named(tmp_path: Path) -> None:
    built(tmp_path)
    path = tmp_path / "train/s1-00000.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    (tmp_path / "train/s2-00000.jsonl").unlink()
    assert Mp4Writer.check(tmp_path) == [
        "train/s2-00000: there is only one of .mp4 and .jsonl",
        "train/s1-00000.mp4: has 40 frames, s1-00000.jsonl 39 lines",
    ]
