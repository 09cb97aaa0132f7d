"""`runtime annotate export, import, run`: labels to files, from files, and from annotators."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from runtime.actor import load_class, make
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions
from runtime.subjects import NAME
from streams.annotations.exchange.formats import FORMATS, WRITTEN, Labelled, read_file, write_text
from streams.annotations.running import annotate, news
from streams.annotations.vocabulary import LabelVocabulary, load_vocabulary
from streams.commands.annotate_log import by_option, log_of, vocabulary_option
from streams.commands.dataset_request import frame_range
from streams.commands.diff import setting

F = TypeVar("F", bound=Callable[..., Any])


def _format(names: Sequence[str]) -> Callable[[F], F]:
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(names),
        default="acts",
        show_default=True,
        help="; ".join(f"{name}: {FORMATS[name].meaning}" for name in names),
    )


@click.command(epilog=examples("runtime annotate export quest -o labels.jsonl"))
@click.argument("session")
@_format(WRITTEN)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file; default: print.")
@json_option
@nats_options
def export(nats: NatsOptions, session: str, format_name: str, output: Path | None, as_json: bool) -> None:
    """Write the labels of SESSION."""
    if as_json and not output:
        raise UsageError("--json tells of the file: name one with -o; without it the labels themselves go to stdout")
    run(_export(nats, session, format_name, output, as_json))


@click.command("import", epilog=examples("runtime annotate import quest labels.jsonl --by ada"))
@click.argument("session")
@click.argument("file", type=click.Path(path_type=Path))
@_format(list(FORMATS))
@by_option
@vocabulary_option
@json_option
@nats_options
def import_(
    nats: NatsOptions, session: str, file: Path, format_name: str, by: str, vocabulary: Path | None, as_json: bool
) -> None:
    """Add the labels of FILE to SESSION; what it does not say anybody said is `--by`'s. A second time adds nothing."""
    run(_import(nats, session, file, format_name, by, load_vocabulary(vocabulary), as_json))


@click.command("run", epilog=examples("runtime annotate run quest --with agents.annotators:GroundTruth"))
@click.argument("session")
@click.option("--with", "uses", required=True, metavar="MODULE:CLASS", help="Such as agents.annotators:GroundTruth.")
@click.option("--name", default="", help="The annotator's name; default: that of the class, in lower case.")
@click.option("--config", multiple=True, metavar="KEY=VALUE", help="Its config; values as in TOML.")
@click.option("--frames", default="", metavar="A:B", help="Only the frames from A up to and without B.")
@json_option
@nats_options
def run_(
    nats: NatsOptions, session: str, uses: str, name: str, config: tuple[str, ...], frames: str, as_json: bool
) -> None:
    """Let an annotator label the recorded SESSION: as fast as it goes, without a replay on the bus.

    Only what it says otherwise than before is added, and what it says no more is taken back.
    """
    named = name or uses.rpartition(":")[2].lower()
    if not NAME.fullmatch(named):
        raise UsageError(f"--name {named!r}: allowed are 1 to 64 letters, digits, '_' and '-'")
    run(_run(nats, session, uses, named, config, frames, as_json))


async def _export(nats: NatsOptions, session: str, format_name: str, output: Path | None, as_json: bool) -> None:
    async with log_of(nats, session) as (recording, log):
        rate_hz = recording.meta.rate_hz
        labelled = Labelled(session, log.fold, recording.first_frame, recording.last_frame, rate_hz)
    text = write_text(labelled, format_name)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from error
    if as_json:
        print_json({"file": output, "format": format_name, "acts": len(labelled.fold.acts)})
    else:
        click.echo(f"{output}: {len(labelled.fold.acts)} acts")


async def _import(
    nats: NatsOptions, session: str, file: Path, format_name: str, by: str, known: LabelVocabulary, as_json: bool
) -> None:
    acts = read_file(file, format_name, by)
    for act in acts:  # all, before any is stored
        for key, value in act.labels.items():
            known.check(key, value)
    async with log_of(nats, session) as (_, log):
        new = [act for act in acts if log.fold.act(act.act_id) is None]
        await log.add_all(new)
    if as_json:
        print_json({"session": session, "acts_added": len(new), "acts_there": len(acts) - len(new)})
    else:
        click.echo(f"{session}: {len(new)} acts added, {len(acts) - len(new)} were there")


async def _run(
    nats: NatsOptions, session: str, uses: str, name: str, config: tuple[str, ...], frames: str, as_json: bool
) -> None:
    actor = make(load_class(uses, Path.cwd()), dict(setting(text) for text in config), name)
    async with log_of(nats, session) as (recording, log):
        first, last = recording.span(*frame_range(frames))
        with frames_progress(f"annotate {name}", last - first + 1) as advance:
            said = await annotate(recording, actor, name, first_frame=first, last_frame=last, on_frame=advance)
        new = news(log.fold, name, said, first, last)
        await log.add_all(new)
    if as_json:
        span = {"first_frame": first, "last_frame": last}
        print_json({"session": session, "annotator": name, **span, "ranges": len(said), "acts_added": len(new)})
    else:
        click.echo(f"{session}: {name} says {len(said)} ranges of frames {first} to {last}; {len(new)} acts added")
