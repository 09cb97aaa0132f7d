"""A recording as a film for people: MP4, GIF, or a folder of PNGs."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import UsageError, WireError
from runtime.pixels import Rgb
from streams.films import MOST_GIF_FPS, Film, PngFilm, gif_film, mp4_film
from streams.pictures import ButtonStrip
from streams.session import Session
from streams.ticks import Tick

FORMATS = ("mp4", "gif", "png")

#: GIFs are for pages and chats: half the pictures do.
_GIF_FPS = 30.0


@dataclass(frozen=True)
class RenderOptions:
    """What film to make.

    Attributes:
        format: One of FORMATS.
        start: The first frame; None for the recording's first.
        end: The last, inclusive; None for the recording's last.
        scale: Each pixel becomes so many squared.
        fps: Pictures a second; 0 for the console's rate, in a GIF for 30.
        speed: Times the game's own speed.
        inputs: Whether to draw the held buttons under the picture.
        lossless: Whether an MP4 keeps every pixel's colour.
    """

    format: str = "mp4"
    start: int | None = None
    end: int | None = None
    scale: int = 1
    fps: float = 0.0
    speed: float = 1.0
    inputs: bool = False
    lossless: bool = False


@dataclass
class Rendered:
    """What was made.

    Attributes:
        pictures: How many the film has.
        seconds: How long it is.
        held: Pictures that show an earlier frame, for the recording lacks theirs.
        left_out: Frames before the first that the recording has.
        notes: What else people should know.
    """

    pictures: int = 0
    seconds: float = 0.0
    held: int = 0
    left_out: int = 0
    notes: tuple[str, ...] = ()


async def render(
    session: Session,
    out: Path,
    options: RenderOptions,
    on_frame: Callable[[], object] = lambda: None,
    *,
    overwrite: bool = False,
) -> Rendered:
    """Write a film of a session to `out`, whole or not at all, in bounded memory.

    Raises:
        UsageError: It cannot be written there, the options contradict each other, the range lies outside the recording,
            the picture's size changes on the way, or a library is missing.
        WireError: The recording is damaged beyond single frames, or has no picture in the range.
        BusError: The store cannot be reached.
    """
    first, last = session.span(options.start, options.end)
    fps = check_options(options) or session.meta.rate_hz
    check_out(out, options.format, overwrite=overwrite)
    sampling = _Sampling(session, options, fps, first)
    with _whole(out, overwrite=overwrite) as partial, _film(partial, options, fps) as film:
        async with contextlib.aclosing(session.ticks(("input", "frame"), start=first, end=last)) as ticks:
            async for tick in ticks:
                sampling.take(tick, film)
                on_frame()
        sampling.end(last, film)
        rendered = sampling.rendered
        if not rendered.pictures:
            raise WireError(f"session {session.name!r} has no picture in frames {first} to {last}")
    rendered.seconds = rendered.pictures / fps
    rendered.notes = tuple(film.notes())
    return rendered


def check_options(options: RenderOptions) -> float:
    """Check options against each other; return the pictures a second, 0 for the console's rate.

    Raises:
        UsageError: They contradict each other.
    """
    if options.format not in FORMATS:
        raise UsageError(f"no film format {options.format!r}; there are {', '.join(FORMATS)}")
    if options.format == "png" and (options.fps or options.speed != 1):
        raise UsageError("png gives one picture for each frame: leave --fps and --speed out")
    if options.lossless and options.format != "mp4":
        raise UsageError(f"--lossless is for mp4; {options.format} is written without loss where its colours allow")
    if options.format == "gif" and options.fps > MOST_GIF_FPS:
        raise UsageError(f"a GIF has at most {MOST_GIF_FPS} pictures a second, not {options.fps:g}")
    return options.fps or (_GIF_FPS if options.format == "gif" else 0.0)


def check_out(out: Path, format_name: str, *, overwrite: bool) -> None:
    """Check that a film may be written there.

    Raises:
        UsageError: Its folder is missing, or something is there that may not be replaced.
    """
    if not out.absolute().parent.is_dir():
        raise UsageError(f"{out}: the folder {out.absolute().parent} does not exist")
    if not out.exists():
        return
    if not overwrite:
        raise UsageError(f"{out} exists; name another or add --overwrite")
    if format_name != "png" and out.is_dir():
        raise UsageError(f"{out}: is a folder; --overwrite replaces files here")
    if format_name == "png" and (not out.is_dir() or any(not path.match("frame-*.png") for path in out.iterdir())):
        raise UsageError(f"{out}: holds something other than frame-*.png; --overwrite replaces folders of these")


class _Sampling:
    """Chooses the frames that become pictures, and makes them."""

    def __init__(self, session: Session, options: RenderOptions, fps: float, first: int) -> None:
        self.rendered = Rendered()
        self._frames_a_picture = session.meta.rate_hz / fps * options.speed
        self._buttons = session.meta.buttons if options.inputs else ()
        self._strip: ButtonStrip | None = None
        self._begin = first  # the first frame that has a picture, once there is one
        self._next = first  # the frame that comes next
        self._last: Rgb | None = None

    def take(self, tick: Tick, film: Film) -> None:
        """Take the next recorded frame."""
        self._hold(tick.frame_index, film)
        self._next = tick.frame_index + 1
        if self._last is not None and not self._due(tick.frame_index):
            return
        picture = self._picture(tick)
        if picture is None:
            self._next = tick.frame_index
            self._hold(tick.frame_index + 1, film)
            return
        if self._last is None:
            self.rendered.left_out = tick.frame_index - self._begin
            self._begin = tick.frame_index
        self._last = picture
        while self._due(tick.frame_index):
            self._add(film, picture)

    def end(self, last: int, film: Film) -> None:
        """Take the end of the range."""
        self._hold(last + 1, film)

    def _due(self, frame_index: int) -> bool:
        """Return whether the next picture shows this frame, or one before it."""
        return self._shown <= frame_index

    @property
    def _shown(self) -> int:
        """The frame that the next picture shows."""
        return self._begin + int(self.rendered.pictures * self._frames_a_picture + 1e-9)

    def _hold(self, frame_index: int, film: Film) -> None:
        """Show the last picture for the frames up to this one, which the recording lacks."""
        if self._last is not None:
            while self._next < frame_index and self._due(frame_index - 1):
                self._add(film, self._last)
                self.rendered.held += 1
        self._next = max(self._next, frame_index)

    def _add(self, film: Film, picture: Rgb) -> None:
        film.add(self._shown, picture)
        self.rendered.pictures += 1

    def _picture(self, tick: Tick) -> Rgb | None:
        try:
            picture = tick.rgb()
        except WireError:  # lacking, or damaged: the one before is shown, and counted
            return None
        if not self._buttons:
            return picture
        if self._strip is None:
            self._strip = ButtonStrip(self._buttons, picture.shape[1])
        return self._strip.under(picture, tick.input.buttons if tick.input else ())


@contextlib.contextmanager
def _film(path: Path, options: RenderOptions, fps: float) -> Iterator[Film]:
    if options.format == "png":
        yield PngFilm(path, options.scale)
    elif options.format == "gif":
        with gif_film(path, fps, options.scale) as gif:
            yield gif
    else:
        with mp4_film(path, fps, options.scale, lossless=options.lossless) as mp4:
            yield mp4


@contextlib.contextmanager
def _whole(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a path beside `out`; what lies there is renamed at the end, or removed after an error.

    Raises:
        UsageError: It cannot be written.
    """
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        yield partial
        if overwrite and out.is_dir():
            shutil.rmtree(out)
        partial.replace(out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if partial.is_file():
            partial.unlink()
