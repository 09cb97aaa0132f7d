"""`runtime snap`: the current frame as a PNG."""

from pathlib import Path

import click

from dashboards.terminal.inbox import open_inbox
from dashboards.terminal.live import Live, Source, open_live, source_options
from dashboards.terminal.pictures import Picture, check_output, rgb_image, write_whole
from dashboards.terminal.video import first_picture, request_key
from runtime.commands.options import run
from runtime.commands.output import examples, json_option, print_json
from runtime.subjects import subject


@click.command(epilog=examples("runtime snap -o now.png --scale 2"))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.png",
    help="Default: SESSION-FRAME.png in this folder.",
)
@click.option("--scale", type=click.IntRange(1, 16), default=1, metavar="N", help="Each pixel N by N.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@json_option
@source_options
def snap(output: Path | None, scale: int, overwrite: bool, as_json: bool, source: Source) -> None:
    """Write the current frame to a PNG, in RGB."""
    if output:
        check_output(output, ".png", overwrite=overwrite)
    run(_snap(output, scale, overwrite, as_json, source))


async def _snap(output: Path | None, scale: int, overwrite: bool, as_json: bool, source: Source) -> None:
    async with open_live(source) as live:
        picture = await take(live)
    path = output or Path(f"{live.session}-{picture.frame_index}.png")
    written = write(path, picture, scale, overwrite=overwrite)
    if as_json:
        print_json({"file": path, "session": live.session, "frame_index": picture.frame_index})
    else:
        click.echo(written)


async def take(live: Live) -> Picture:
    """Return a frame: `view` comes ten times a second; a key of `frame` serves where `view` is not sent."""
    async with open_inbox(live.bus, [subject(live.session, kind) for kind in ("view", "frame")]) as inbox:
        await request_key(live)
        return await first_picture(live, inbox)


def write(path: Path, picture: Picture, scale: int, *, overwrite: bool) -> str:
    """Write a picture as PNG, whole; return what was written, in words.

    Raises:
        UsageError: It cannot be written there.
    """
    check_output(path, ".png", overwrite=overwrite)
    image = rgb_image(picture, scale)
    write_whole(path, lambda file: image.save(file, format="PNG"), overwrite=overwrite)
    return f"{path}  frame {picture.frame_index}  {image.width}x{image.height}"
