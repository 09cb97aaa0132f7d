"""`runtime gif`: a few seconds of the game as an animated GIF."""

import contextlib
import math
from dataclasses import dataclass, field
from pathlib import Path

import click

from dashboards.terminal.film import MOST_FPS, Pace
from dashboards.terminal.inbox import open_inbox
from dashboards.terminal.live import Live, Source, open_live, source_options
from dashboards.terminal.pictures import MOST_COLOURS, Picture, check_output, palette_images, save_gif, write_whole
from dashboards.terminal.video import next_frame, request_key
from runtime.commands.options import run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import size
from runtime.errors import BusError, WireError
from runtime.frame_codec import FrameDecoder
from runtime.subjects import subject


@dataclass
class Film:
    """What was recorded: the frames to show, and where it ends."""

    pace: Pace
    pictures: list[Picture] = field(default_factory=list)
    end_frame: int = 0
    _slot: int = -1

    def add(self, picture: Picture) -> None:
        """Keep a frame if it is the first of its film frame."""
        first = self.pictures[0].frame_index if self.pictures else picture.frame_index
        slot = self.pace.slot(first, picture.frame_index)
        if slot > self._slot:
            self.pictures.append(picture)
            self._slot = slot
        self.end_frame = picture.frame_index + 1

    @property
    def seconds(self) -> float:
        """Its length in game time."""
        return (self.end_frame - self.pictures[0].frame_index) / self.pace.rate_hz if self.pictures else 0.0


@click.command(epilog=examples("runtime gif -o walk.gif --seconds 3 --scale 2"))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.gif",
    help="Default: SESSION-FIRSTFRAME.gif in this folder.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 300),
    default=5.0,
    metavar="S",
    show_default=True,
    help="How much to record, in game time.",
)
@click.option(
    "--fps",
    type=click.FloatRange(1, MOST_FPS),
    default=30.0,
    metavar="F",
    show_default=True,
    help="Frames a second, at most.",
)
@click.option("--scale", type=click.IntRange(1, 16), default=1, metavar="N", help="Each pixel N by N.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@json_option
@source_options
def gif(
    *, output: Path | None, seconds: float, fps: float, scale: int, overwrite: bool, as_json: bool, source: Source
) -> None:
    """Record the game to an animated GIF, with its own colours and its own speed."""
    if output:
        check_output(output, ".gif", overwrite=overwrite)
    run(_gif(output, seconds, fps, scale=scale, overwrite=overwrite, as_json=as_json, source=source))


async def _gif(
    output: Path | None,
    seconds: float,
    fps: float,
    *,
    scale: int,
    overwrite: bool,
    as_json: bool,
    source: Source,
) -> None:
    async with open_live(source) as live:
        film = await _record(live, seconds, fps)
    path = output or Path(f"{live.session}-{film.pictures[0].frame_index}.gif")
    check_output(path, ".gif", overwrite=overwrite)
    _write(path, film, scale, overwrite, as_json)


async def _record(live: Live, seconds: float, fps: float) -> Film:
    """Return a film that is long enough or, with a note, of what came until no more did.

    Raises:
        BusError: Not one frame came.
    """
    film = Film(Pace(live.welcome.rate_hz, min(fps, live.welcome.rate_hz)))
    decoder = FrameDecoder()
    async with contextlib.AsyncExitStack() as stack:
        inbox = await stack.enter_async_context(open_inbox(live.bus, [subject(live.session, "frame")]))
        await request_key(live)
        advance = stack.enter_context(frames_progress("gif", math.ceil(seconds * live.welcome.rate_hz)))
        while film.seconds < seconds:
            try:
                frame = await next_frame(live, inbox)
                raw = decoder.decode(frame)
            except WireError as error:
                click.echo(f"{error}; waiting for the next key frame", err=True)
                continue
            except BusError as error:
                if not film.pictures:
                    raise
                click.echo(f"ended early: {error}", err=True)
                return film
            if raw is not None:
                film.add(Picture(frame.frame_index, raw, frame.pixel_format))
                advance()
    return film


def _write(path: Path, film: Film, scale: int, overwrite: bool, as_json: bool) -> None:
    images, reduced = palette_images(film.pictures, scale)
    frames = [picture.frame_index for picture in film.pictures]
    durations_ms = film.pace.durations_ms(frames, film.end_frame)
    write_whole(path, lambda file: save_gif(file, images, durations_ms), overwrite=overwrite)
    if as_json:
        facts = {"file": path, "first_frame": frames[0], "last_frame": film.end_frame - 1, "pictures": len(images)}
        print_json({**facts, "seconds": sum(durations_ms) / 1000, "reduced": reduced})
        return
    click.echo(
        f"{path}  frames {frames[0]} to {film.end_frame - 1}  {images[0].width}x{images[0].height}  "
        f"{sum(durations_ms) / 1000:.2f} s in {len(images)} pictures  {size(path.stat().st_size)}"
    )
    if reduced:
        click.echo(f"{reduced} of {len(images)} pictures had more than {MOST_COLOURS} colours: reduced", err=True)
