"""Films show the recorded frames, each at its time; what is missing is held and counted; nothing is half-written."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import UsageError, WireError
from streams.pictures import ButtonStrip, scaled
from streams.render import Rendered, RenderOptions, render
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.inputs_source import inputs_meta, inputs_only
from tests.streams_source import Frame, held_on, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 130))
Picture = NDArray[np.uint8]


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def session_of(frames: list[Frame], *, inputs: bool = False) -> Session:
    store, backend = MemoryStore(), ScriptedBackend()
    await record(store, "s", frames, meta=inputs_meta(backend, "s") if inputs else meta_of(backend, "s"))
    return await open_session(store, "s")


async def recorded(session: Session) -> dict[int, Picture]:
    return {tick.frame_index: tick.rgb() async for tick in session.ticks(("frame",)) if tick.frame is not None}


def pngs(folder: Path) -> dict[int, Picture]:
    return {int(path.stem.removeprefix("frame-")): np.asarray(Image.open(path)) for path in folder.glob("*.png")}


def mp4(path: Path) -> list[Picture]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in container.decode(video=0)]


def gif(path: Path) -> list[tuple[Picture, int]]:
    """Return (picture, milliseconds)."""
    with Image.open(path) as image:
        return [
            (np.asarray(frame.convert("RGB")), int(frame.info["duration"])) for frame in ImageSequence.Iterator(image)
        ]


def test_a_folder_of_pngs_has_every_pixel_of_every_frame(tmp_path: Path) -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        out = tmp_path / "frames"
        rendered = await render(session, out, RenderOptions("png", start=55, end=70))
        assert rendered == Rendered(16, 16 / session.meta.rate_hz)
        seen, wanted = pngs(out), await recorded(session)
        assert sorted(seen) == list(range(55, 71))
        assert all(np.array_equal(seen[i], wanted[i]) for i in seen)
        assert sorted(path.name for path in out.iterdir())[0] == "frame-000055.png"
        rebuilt = await session_of(inputs_only(FRAMES), inputs=True)
        await render(rebuilt, tmp_path / "again", RenderOptions("png", start=55, end=70))
        assert all(np.array_equal(picture, seen[i]) for i, picture in pngs(tmp_path / "again").items())

    run(main())


def test_a_lossless_film_has_every_pixel_and_the_console_s_rate(tmp_path: Path) -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        out = tmp_path / "film.mp4"
        rendered = await render(session, out, RenderOptions("mp4", lossless=True, scale=2))
        assert rendered.pictures == 130
        seen, wanted = mp4(out), await recorded(session)
        assert len(seen) == 130
        assert all(np.array_equal(picture, scaled(wanted[i], 2)) for i, picture in enumerate(seen))
        with av.open(str(out)) as container:
            assert float(container.streams.video[0].average_rate or 0) == pytest.approx(session.meta.rate_hz, rel=1e-4)

    run(main())


def test_a_film_for_every_player_looks_the_same(tmp_path: Path) -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        out = tmp_path / "film.mp4"
        await render(session, out, RenderOptions("mp4", scale=3))
        seen, wanted = mp4(out), await recorded(session)
        assert len(seen) == 130
        error = np.abs(seen[100].astype(int) - scaled(wanted[100], 3).astype(int))
        assert error.mean() < 4
        with av.open(str(out)) as container:
            context = container.streams.video[0].codec_context
            assert (context.name, context.pix_fmt, context.width) == ("h264", "yuv420p", 720)

    run(main())


@pytest.mark.parametrize(
    ("speed", "fps", "shown"),
    [
        (2.0, 0.0, list(range(0, 130, 2))),
        (0.5, 0.0, [i // 2 for i in range(260)]),
        (1.0, 30.0, [int(i * 59.7275 / 30) for i in range(66)]),
        (10.0, 30.0, [int(i * 59.7275 / 3) for i in range(7)]),
    ],
)
def test_speed_and_rate_choose_the_frames(tmp_path: Path, speed: float, fps: float, shown: list[int]) -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        options = RenderOptions("mp4", speed=speed, fps=fps, lossless=True)
        rendered = await render(session, tmp_path / "film.mp4", options)
        seen, wanted = mp4(tmp_path / "film.mp4"), await recorded(session)
        assert rendered.pictures == len(seen) == len(shown)
        assert all(np.array_equal(picture, wanted[i]) for picture, i in zip(seen, shown, strict=True))

    run(main())


def test_a_gif_has_the_game_s_colours_and_time(tmp_path: Path) -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        out = tmp_path / "film.gif"
        rendered = await render(session, out, RenderOptions("gif"))
        assert (rendered.pictures, rendered.seconds) == (66, 2.2)
        seen, wanted = gif(out), await recorded(session)
        assert sum(shown for _, shown in seen) == 2200
        assert len(seen) == 66
        assert all(np.array_equal(p, wanted[int(i * 59.7275 / 30)]) for i, (p, _) in enumerate(seen))
        await render(session, out, RenderOptions("gif", scale=2, end=9), overwrite=True)
        assert np.array_equal(gif(out)[0][0], scaled(wanted[0], 2))

    run(main())


def test_equal_pictures_of_a_gif_are_one_that_stands_longer(tmp_path: Path) -> None:
    async def main() -> None:
        still = without(FRAMES, 11, 119, "frame")
        await render(await session_of(still), tmp_path / "film.gif", RenderOptions("gif", fps=50, speed=0.1, end=110))
        shown = gif(tmp_path / "film.gif")
        assert len(shown) == 11
        assert sum(duration for _, duration in shown) == pytest.approx(111 / 59.7275 * 10_000, abs=20)

    run(main())


def test_a_gif_with_too_many_colours_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        backend = ScriptedBackend()
        backend._background = np.arange(160 * 240, dtype="<u2").reshape(160, 240)
        backend.reset()
        session = await session_of(list(play(backend, 5)))
        rendered = await render(session, tmp_path / "film.gif", RenderOptions("gif"))
        assert rendered.notes == ("1 pictures had more than 256 new colours: reduced to those",)

    run(main())


def test_missing_frames_are_held_and_counted(tmp_path: Path) -> None:
    async def main() -> None:
        session = await session_of(without(FRAMES, 70, 79))
        out = tmp_path / "frames"
        rendered = await render(session, out, RenderOptions("png", start=60))
        # 80 to 119 are there and cannot be decoded before the next key frame.
        assert (rendered.pictures, rendered.held, rendered.left_out) == (70, 50, 0)
        seen, wanted = pngs(out), await recorded(session)
        assert sorted(seen) == list(range(60, 130))
        assert all(np.array_equal(seen[i], wanted[69]) for i in range(70, 120))
        assert all(np.array_equal(seen[i], wanted[i]) for i in [*range(60, 70), *range(120, 130)])
        rendered = await render(session, tmp_path / "late", RenderOptions("png", start=75))
        assert (rendered.pictures, rendered.held, rendered.left_out) == (10, 0, 45)
        assert min(pngs(tmp_path / "late")) == 120
        rendered = await render(session, tmp_path / "end.mp4", RenderOptions("mp4", start=60, end=79, lossless=True))
        assert (rendered.pictures, rendered.held) == (20, 10)

    run(main())


def test_a_damaged_frame_is_held_too(tmp_path: Path) -> None:
    async def main() -> None:
        frames = list(FRAMES)
        at, payloads, key = frames[90]
        frame = wire.decode(wire.Frame, dict(payloads)["frame"])
        cut = wire.encode(wire.Frame(**{name: getattr(frame, name) for name in _FIELDS}, data=frame.data[:3]))
        frames[90] = (at, [(kind, cut if kind == "frame" else data) for kind, data in payloads], key)
        rendered = await render(await session_of(frames), tmp_path / "frames", RenderOptions("png"))
        assert (rendered.pictures, rendered.held) == (130, 30)

    run(main())


_FIELDS = ("frame_index", "sent_ns", "width", "height", "pixel_format", "key", "pixels_hash")


def test_held_buttons_light_up_under_the_picture(tmp_path: Path) -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        await render(session, tmp_path / "frames", RenderOptions("png", start=6, end=11, inputs=True))
        seen, wanted = pngs(tmp_path / "frames"), await recorded(session)
        strip = ButtonStrip(session.meta.buttons, 240)
        for i in range(6, 12):
            assert np.array_equal(seen[i][:160], wanted[i])
            assert np.array_equal(seen[i], strip.under(wanted[i], held_on(i)))
        assert not np.array_equal(seen[6][160:], seen[8][160:])
        assert np.array_equal(seen[6][160:], seen[10][160:])

    run(main())


def test_buttons_take_two_lines_on_a_narrow_screen() -> None:
    wide = ButtonStrip(("A", "B", "SELECT", "START", "UP", "DOWN", "LEFT", "RIGHT"), 240)
    narrow = ButtonStrip(("A", "B", "SELECT", "START", "UP", "DOWN", "LEFT", "RIGHT"), 80)
    heights = [
        strip.under(np.zeros((4, width, 3), dtype=np.uint8), ()).shape for strip, width in ((wide, 240), (narrow, 80))
    ]
    assert heights[0][0] < heights[1][0]
    assert heights[1][1:] == (80, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (RenderOptions("avi"), "no film format 'avi'; there are mp4, gif, png"),
        (RenderOptions("png", fps=30), "leave --fps and --speed out"),
        (RenderOptions("gif", fps=60), "a GIF has at most 50 pictures a second, not 60"),
        (RenderOptions("gif", lossless=True), "--lossless is for mp4"),
        (RenderOptions("mp4", start=5, end=900), "session 's' has frames 0 to 129"),
    ],
)
def test_bad_options_are_refused_and_write_nothing(tmp_path: Path, options: RenderOptions, said: str) -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match=said):
            await render(await session_of(FRAMES), tmp_path / "film", options)
        assert list(tmp_path.iterdir()) == []

    run(main())


def test_nothing_is_half_written_or_replaced_unasked(tmp_path: Path) -> None:
    async def main() -> None:
        blind = await session_of(without(FRAMES, 0, 129, "frame"))
        for name in ("film.mp4", "film.gif", "frames"):
            format_name = Path(name).suffix.removeprefix(".") or "png"
            with pytest.raises(WireError, match="has no picture in frames 0 to 129"):
                await render(blind, tmp_path / name, RenderOptions(format_name))
        assert list(tmp_path.iterdir()) == []
        session = await session_of(FRAMES[:10])
        (tmp_path / "film.gif").write_bytes(b"mine")
        with pytest.raises(UsageError, match="exists; name another or add --overwrite"):
            await render(session, tmp_path / "film.gif", RenderOptions("gif"))
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine/notes.txt").write_bytes(b"mine")
        with pytest.raises(UsageError, match="holds something other than frame-"):
            await render(session, tmp_path / "mine", RenderOptions("png"), overwrite=True)
        with pytest.raises(UsageError, match="does not exist"):
            await render(session, tmp_path / "no/film.gif", RenderOptions("gif"))
        await render(session, tmp_path / "film.gif", RenderOptions("gif"), overwrite=True)
        for _ in range(2):
            await render(session, tmp_path / "frames", RenderOptions("png", end=3), overwrite=True)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["film.gif", "frames", "mine"]
        assert len(pngs(tmp_path / "frames")) == 4

    run(main())
