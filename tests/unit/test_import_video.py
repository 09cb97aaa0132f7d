"""Videos and folders of pictures become sessions of exactly the frames that were asked for."""

import asyncio
from collections.abc import Coroutine
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError, UsageError
from streams.datasets.rows import rows
from streams.importers.pictures import Framing, PictureError, load, picture_size
from streams.importers.recording import name_of
from streams.importers.videos import Found, Wanted, expected_frames, find, import_frames
from streams.session import HoleFinder, Session, open_session
from streams.store import MemoryStore
from tests.streams_source import play, record

WIDTH, HEIGHT = 32, 24


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def picture(number: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Return a picture that tells its number: in its left half red, above blue."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    rgb[:, : WIDTH // 2, 0] = number * 3
    rgb[: HEIGHT // 2, :, 2] = 200
    return rgb


def number_of(raw: Any) -> int:
    return int((raw[-1, 0] >> 16) & 255) // 3


def video(path: Path, numbers: list[int], rate: int = 30, times: list[int] | None = None) -> Path:
    """Write a lossless video; `times` are in periods of the rate."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb", rate=rate, options={"qp": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "rgb24"
        for place, number in enumerate(numbers):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = (times or range(len(numbers)))[place], Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


async def imported(found: Found, wanted: Wanted | None = None) -> tuple[Session, list[Any]]:
    store = MemoryStore()
    count = await import_frames(store, found, wanted or Wanted())
    session = await open_session(store, found.name)
    raws = [tick.frame async for tick in session.ticks()]
    assert len(raws) == count
    return session, raws


def test_every_frame_of_a_video_is_there_and_exact(tmp_path: Path) -> None:
    async def main() -> None:
        path = video(tmp_path / "run one.mkv", list(range(70)))
        (found,) = find(path)
        assert (found.name, expected_frames(found, Wanted())) == ("run-one", 70)
        session, raws = await imported(found)
        meta = session.meta
        assert (meta.origin, meta.rate_hz, meta.pixel_format) == ("video", 30.0, "xrgb8888")
        assert (meta.width, meta.height, meta.buttons, meta.regions) == (WIDTH, HEIGHT, (), ())
        async for tick in session.ticks():
            assert np.array_equal(tick.rgb(), picture(tick.frame_index))
            assert tick.input is None
        assert len(raws) == 70
        assert await session.find_holes(("frame", "state", "input", "memory")) == []

    run(main())


@pytest.mark.parametrize(
    ("rate_hz", "wanted"),
    [(30.0, list(range(12))), (10.0, [0, 3, 6, 9]), (60.0, [i // 2 for i in range(24)]), (12.5, [0, 2, 4, 7, 9])],
)
def test_frames_are_taken_at_the_rate_asked_for(tmp_path: Path, rate_hz: float, wanted: list[int]) -> None:
    async def main() -> None:
        (found,) = find(video(tmp_path / "a.mp4", list(range(12))))
        session, raws = await imported(found, Wanted(rate_hz))
        assert [number_of(raw) for raw in raws] == wanted
        assert session.meta.rate_hz == rate_hz
        assert abs(expected_frames(found, Wanted(rate_hz)) - len(wanted)) <= 1

    run(main())


def test_a_video_of_uneven_pace_is_taken_by_its_times(tmp_path: Path) -> None:
    async def main() -> None:
        path = video(tmp_path / "a.mkv", [1, 2, 3, 4], times=[0, 1, 5, 6])
        (found,) = find(path)
        _, raws = await imported(found)
        assert [number_of(raw) for raw in raws] == [1, 2, 3, 4]
        _, raws = await imported(found, Wanted(30.0))
        assert [number_of(raw) for raw in raws][:7] == [1, 2, 2, 2, 2, 3, 4]

    run(main())


def test_crop_and_size(tmp_path: Path) -> None:
    async def main() -> None:
        (found,) = find(video(tmp_path / "a.mkv", [9]))
        session, (raw,) = await imported(found, Wanted(framing=Framing((8, 4, 16, 16), (4, 8))))
        assert (session.meta.width, session.meta.height, raw.shape) == (4, 8, (8, 4))
        # The crop's left half is red 27, its upper half blue 200.
        assert raw[0].tolist() == [27 << 16 | 200] * 2 + [200] * 2
        assert raw[-1].tolist() == [27 << 16] * 2 + [0] * 2

    run(main())


def test_area_averages_and_nearest_takes_one(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    Image.fromarray(np.array([[[0] * 3, [100] * 3], [[200] * 3, [100] * 3]], dtype=np.uint8)).save(path)
    assert load(path, Framing(size=(1, 1))).tolist() == [[0x646464]]
    assert load(path, Framing(size=(1, 1), resample="nearest")).tolist()[0][0] in (0, 0x646464, 0xC8C8C8)
    four = np.kron(picture(5), np.ones((3, 3, 1), dtype=np.uint8))
    Image.fromarray(four).save(path)
    small = load(path, Framing(size=(WIDTH, HEIGHT), resample="nearest"))
    assert np.array_equal((small >> 16) & 255, picture(5)[..., 0])


def test_a_folder_of_pictures_is_one_session_in_natural_order(tmp_path: Path) -> None:
    async def main() -> None:
        folder = tmp_path / "frames of a run"
        folder.mkdir()
        for number in (10, 9, 1):
            Image.fromarray(picture(number)).save(folder / f"frame{number}.png")
        Image.fromarray(picture(20)).convert("RGBA").save(folder / "frame20.webp", lossless=True)
        (folder / "notes.txt").write_text("no picture")
        (found,) = find(folder)
        assert (found.name, expected_frames(found, Wanted(2.0))) == ("frames-of-a-run", 4)
        session, raws = await imported(found, Wanted(2.0))
        assert [number_of(raw) for raw in raws] == [1, 9, 10, 20]
        assert session.meta.rate_hz == 2.0
        with pytest.raises(UsageError, match="pictures have no rate; name one with --fps"):
            await imported(found)
        Image.fromarray(picture(1)[:-2]).save(folder / "frame11.png")
        (found,) = find(folder)
        with pytest.raises(UsageError, match=r"frame11\.png: 32x22 pixels, frames before it have 32x24: use --size"):
            await imported(found, Wanted(2.0))

    run(main())


def test_a_folder_of_videos_is_a_session_each(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.mkv", ".hidden.mp4", "c.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [found.name for found in find(tmp_path)] == ["a", "b"]
    assert [found.name for found in find(tmp_path, "red")] == ["red-a", "red-b"]
    (tmp_path / "b.mkv").write_bytes(b"")
    with pytest.raises(UsageError, match="several videos would be the session b; rename them"):
        find(tmp_path)
    (tmp_path / "p.png").write_bytes(b"")
    with pytest.raises(UsageError, match="it has 3 videos and 1 pictures; allowed is one kind"):
        find(tmp_path)
    (tmp_path / "empty").mkdir()
    for path, said in (("empty", r"no videos \(\.avi"), ("none", "no such file or folder"), ("p.png", "one picture")):
        with pytest.raises(UsageError, match=said):
            find(tmp_path / path)


def test_names_are_made_of_file_names() -> None:
    assert name_of("Any% run (2:01)") == "Any-run-2-01"
    assert name_of("走") == "import"
    assert len(name_of("a" * 200)) == 64


@pytest.mark.parametrize(
    ("framing", "said"),
    [
        (Framing((20, 0, 16, 16)), "32x24 does not hold the crop 20,0,16,16"),
        (Framing(size=(64, 24)), "32x24 would be made larger, 64x24; allowed is smaller"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_stored(tmp_path: Path, framing: Framing, said: str) -> None:
    async def main() -> None:
        store = MemoryStore()
        (found,) = find(video(tmp_path / "a.mkv", [1, 2]))
        with pytest.raises(UsageError, match=said):
            await import_frames(store, found, Wanted(framing=framing))
        assert await store.sessions() == []

    run(main())


def test_pictures_that_the_codec_does_not_take_are_refused() -> None:
    assert Framing().result(2048, 2048, "a") == (2048, 2048)
    with pytest.raises(UsageError, match="a: 3840x2160 is 8294400 pixels; allowed are 4194304: use --crop or --size"):
        Framing().result(3840, 2160, "a")


def test_damaged_sources_leave_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        store = MemoryStore()
        whole = video(tmp_path / "whole.mkv", list(range(60))).read_bytes()
        cut = tmp_path / "cut.mkv"
        cut.write_bytes(b"\0" * 100 + whole[100:])
        with pytest.raises(UsageError, match=r"cut\.mkv: no video"):
            await import_frames(store, find(cut)[0], Wanted())
        folder = tmp_path / "pictures"
        folder.mkdir()
        for number in (1, 2):
            Image.fromarray(picture(number)).save(folder / f"{number}.png")
        data = (folder / "2.png").read_bytes()
        (folder / "2.png").write_bytes(data[:-30])
        with pytest.raises(PictureError, match=r"2\.png: damaged"):
            await import_frames(store, find(folder)[0], Wanted(1.0))
        (folder / "1.png").write_bytes(b"no")
        with pytest.raises(PictureError, match=r"1\.png: no picture"):
            picture_size(folder / "1.png")
        await record(store, "taken", list(play(ScriptedBackend(), 3)))
        with pytest.raises(SessionError, match="already recorded"):
            await import_frames(store, find(tmp_path / "whole.mkv", "taken")[0], Wanted())
        assert [stored.name for stored in await store.sessions()] == ["taken"]

    run(main())


def test_rows_of_a_session_without_actions_have_none(tmp_path: Path) -> None:
    async def main() -> None:
        session, _ = await imported(find(video(tmp_path / "a.mkv", list(range(10))))[0])
        found = [row async for row in rows(session, HoleFinder(("frame",)))]
        assert [number_of(row.raw) for row in found] == list(range(10))
        assert {(row.episode_index, row.held, row.action, row.actor) for row in found} == {(0, None, None, "")}

    run(main())
