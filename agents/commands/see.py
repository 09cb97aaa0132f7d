"""`runtime see`: what the eyes make of a frame, as a picture, a text or JSON; live or of a recording."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np

from agents.commands.looking_on import watch_live, watch_recorded
from agents.perception.context_text import encode_game_context
from agents.perception.kinds import TileType
from agents.perception.onlooker import Seen
from agents.perception.overlay import Overlay
from agents.perception.tokens import tokens_now
from runtime import logs
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples
from runtime.commands.progress import frames_progress
from runtime.errors import BusError, UsageError
from runtime.nats_bus import NatsOptions
from runtime.pixels import Rgb
from streams.commands.opening import open_recordings, open_source
from streams.datasets.png import encode_rgb
from streams.films import Film, gif_film, mp4_film

#: Pictures a second of a film: as many as the eyes look at.
_FILM_FPS = 10.0

#: How long a picture of a live session may take to come.
_WAIT_S = 10.0

#: A live session is looked at for so long before its picture is taken: a place is known after two looks, an animation
#: after some.
_SETTLE_LOOKS = 15


@dataclass(frozen=True)
class Shown:
    """What to give of a frame: a text, JSON, and how much each pixel is magnified."""

    text: bool
    json: bool
    scale: int


@click.command(
    epilog=examples(
        "runtime see -o now.png",
        "runtime see quest --frame 3000 -o seen.png --text",
        "runtime see quest --start 600 --video walk.gif",
    )
)
@click.argument("recording", metavar="[SESSION]", default="")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.png", help="Where the picture goes.")
@click.option("--frame", type=click.IntRange(0), metavar="N", help="Which, of a recording; default: its last.")
@click.option("--follow", is_flag=True, help="Go on, once a second, until Ctrl-C or the session's end.")
@click.option("--video", type=click.Path(path_type=Path), metavar="FILE.mp4|gif", help="A film of a recording.")
@click.option("--start", type=click.IntRange(0), metavar="N", help="The film's first frame.")
@click.option("--text", is_flag=True, help="Print the description; without -o and --json this is the default.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole grid as JSON, one object a line.")
@click.option("--scale", type=click.IntRange(1, 8), default=2, show_default=True, help="Each pixel N by N.")
@click.option("--session", default="", metavar="NAME", help="The live session; default: the only one on the bus.")
@click.option("--rom", type=click.Path(path_type=Path), help="The ROM, of a recording that keeps inputs only.")
@click.option("--core", default="", help="The libretro core for that, by name or path.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@nats_options
def see(
    *,
    nats: NatsOptions,
    recording: str,
    output: Path | None,
    frame: int | None,
    follow: bool,
    video: Path | None,
    start: int | None,
    text: bool,
    as_json: bool,
    scale: int,
    session: str,
    rom: Path | None,
    core: str,
    overwrite: bool,
) -> None:
    """Show what the eyes see: of the live session, or of the recorded SESSION.

    Green can be walked, red blocks, blue can be acted on, yellow is the player; what is not known stays as it is. What
    looks mean is learnt from the walk up to the frame, and from what actors published.
    """
    logs.set_up(logging.WARNING)
    if (frame is not None or video) and not recording:
        raise click.UsageError("--frame and --video are for a recording: name its SESSION")
    if recording and (follow or session):
        raise click.UsageError("--follow and --session are for a live session, not for a recording")
    _check(output, (".png",), overwrite=overwrite)
    _check(video, (".mp4", ".gif"), overwrite=overwrite)
    shown = Shown(text or not (as_json or output or video), as_json, scale)
    if recording:
        run(_recorded(nats, recording, output, video, (start, frame), shown, rom, core))
    else:
        run(_live(nats, session, output, shown, follow=follow))


async def _recorded(
    nats: NatsOptions,
    name: str,
    output: Path | None,
    video: Path | None,
    span: tuple[int | None, int | None],
    shown: Shown,
    rom: Path | None,
    core: str,
) -> None:
    async with open_recordings(nats, "see") as (_, store):
        session = await open_source(store, name, rom, core)
        start, frame = span
        first, last = session.span(start, frame)
        newest: tuple[Seen, Rgb] | None = None
        with _film(video) as film, frames_progress(f"see {name}", last - session.first_frame + 1) as advance:
            before = session.first_frame - 1
            async for seen, rgb in watch_recorded(session, last):
                newest = seen, rgb
                advance(seen.sight.frame_index - before)
                before = seen.sight.frame_index
                if film and seen.sight.frame_index >= first:
                    film.add(seen.sight.frame_index, _drawn(rgb, seen, shown.scale).copy())
        if newest is None:
            raise UsageError(f"session {name!r}: it lacks the pixels of all frames up to {last}")
        _give(*newest, output, shown)
        if video:
            click.echo(f"{video}  frames {first} to {last}")


async def _live(nats: NatsOptions, session: str, output: Path | None, shown: Shown, *, follow: bool) -> None:
    looks, given_at = 0, 0.0
    async with contextlib.aclosing(watch_live(nats, session)) as watching:
        while looked := await _next(watching, None if follow else _WAIT_S):
            looks += 1
            if looks < _SETTLE_LOOKS or time.monotonic() < given_at + 1:
                continue
            given_at = time.monotonic()
            _give(*looked, output, shown)
            if not follow:
                return
    if looks < _SETTLE_LOOKS:
        raise BusError(f"the session ended after {looks} pictures; {_SETTLE_LOOKS} are needed to know what is ground")


async def _next(watching: AsyncIterator[tuple[Seen, Rgb]], wait_s: float | None) -> tuple[Seen, Rgb] | None:
    """Return the next picture; None at the session's end.

    Raises:
        BusError: None came in time.
    """
    try:
        async with asyncio.timeout(wait_s):
            return await anext(watching, None)
    except TimeoutError as error:
        raise BusError(f"no picture came within {wait_s:g} s; is the session paused?") from error


def _give(seen: Seen, rgb: Rgb, output: Path | None, shown: Shown) -> None:
    if output:
        picture = _drawn(rgb, seen, shown.scale)
        partial = output.with_name(f".{output.name}.partial")
        partial.write_bytes(encode_rgb(np.ascontiguousarray(picture)))
        partial.replace(output)
        click.echo(f"{output}  frame {seen.sight.frame_index}  {picture.shape[1]}x{picture.shape[0]}", err=True)
    if shown.text:
        click.echo(encode_game_context(seen.sight, seen.state, seen.guidance)[1])
    if shown.json:
        click.echo(msgspec.json.encode(grid_values(seen)).decode())


def grid_values(seen: Seen) -> dict[str, Any]:
    """Return what is seen as plain values: the grid row by row, types by their token, looks as 16 hex digits."""
    sight = seen.sight
    return {
        "frame": sight.frame_index,
        "view": sight.view,
        "area": sight.area,
        "x0": sight.x0,
        "y0": sight.y0,
        "player": sight.player,
        "facing": sight.facing,
        "types": [[TileType(kind).token for kind in row] for row in sight.types.tolist()],
        "confidence": [[round(value, 3) for value in row] for row in sight.confidence.tolist()],
        "looks": [[f"{look:016x}" if look else "" for look in row] for row in sight.looks.tolist()],
        "visible": sight.visible.tolist(),
        "sprites": sight.sprites.tolist(),
        "text": encode_game_context(sight, seen.state, seen.guidance)[1],
        "tokens": tokens_now(sight, seen.state, seen.guidance),
    }


def _drawn(rgb: Rgb, seen: Seen, scale: int) -> Rgb:
    return _overlay(rgb.shape[1], rgb.shape[0], scale).draw(rgb, seen.sight, seen.guidance)


@lru_cache(maxsize=1)
def _overlay(width: int, height: int, scale: int) -> Overlay:
    return Overlay(width, height, scale)


@contextlib.contextmanager
def _film(path: Path | None) -> Iterator[Film | None]:
    if path is None:
        yield None
        return
    partial = path.with_name(f".{path.name}.partial")
    try:
        if path.suffix == ".gif":
            with gif_film(partial, _FILM_FPS, 1) as film:
                yield film
        else:
            with mp4_film(partial, _FILM_FPS, 1, lossless=False) as film:
                yield film
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _check(path: Path | None, endings: tuple[str, ...], *, overwrite: bool) -> None:
    if path is None:
        return
    if path.suffix.lower() not in endings:
        raise click.UsageError(f"{path}: the file ends in {path.suffix!r}; allowed are {', '.join(endings)}")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: the folder {path.absolute().parent} does not exist")
    if path.exists() and not overwrite:
        raise click.UsageError(f"{path} exists; name another file or add --overwrite")
