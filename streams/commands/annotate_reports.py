"""`runtime annotate progress, sets, agreement, queue, totals`: how far labelling has come, and what to look at next."""

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console
from runtime.nats_bus import NatsOptions
from streams.annotations.aggregate import aggregate
from streams.annotations.agreement import agreement as agreement_of
from streams.annotations.progress import FILTERS, units
from streams.annotations.progress import progress as progress_of
from streams.annotations.queue import Suggestion, queue
from streams.annotations.statements import disagreements
from streams.annotations.vocabulary import load_vocabulary
from streams.commands.annotate_log import log_of, vocabulary_option
from streams.framesets.layout import FRAMES_PER_SET

_size = click.option(
    "--size",
    type=click.IntRange(min=1),
    default=FRAMES_PER_SET,
    show_default=True,
    help="Frames in a set.",
)


@click.command(epilog=examples("runtime annotate progress quest"))
@click.argument("session")
@_size
@vocabulary_option
@json_option
@nats_options
def progress(nats: NatsOptions, session: str, size: int, vocabulary: Path | None, as_json: bool) -> None:
    """Count the frame sets of SESSION that are complete (all required keys on each frame), partial, or not labelled."""
    run(_progress(nats, session, size, vocabulary, as_json))


@click.command(epilog=examples("runtime annotate sets quest --filter partial"))
@click.argument("session")
@click.option("--filter", "state", type=click.Choice(FILTERS), default="all", show_default=True)
@_size
@vocabulary_option
@json_option
@nats_options
def sets(nats: NatsOptions, session: str, state: str, size: int, vocabulary: Path | None, as_json: bool) -> None:
    """List the frame sets of SESSION with their state."""
    run(_sets(nats, session, state, size, vocabulary, as_json))


@click.command(epilog=examples("runtime annotate agreement quest --key scene"))
@click.argument("session")
@click.option("--key", default="", help="Only this key.")
@json_option
@nats_options
def agreement(nats: NatsOptions, session: str, key: str, as_json: bool) -> None:
    """Show Cohen's kappa of every two annotators of SESSION, and where they disagree."""
    run(_agreement(nats, session, key, as_json))


@click.command("queue", epilog=examples("runtime annotate queue quest -n 5 --json"))
@click.argument("session")
@click.option("-n", "most", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@json_option
@nats_options
def queue_(nats: NatsOptions, session: str, most: int, as_json: bool) -> None:
    """List suggestions that nobody decided on, the least sure first."""
    run(_queue(nats, session, most, as_json))


@click.command(epilog=examples("runtime annotate totals quest scene"))
@click.argument("session")
@click.argument("key")
@json_option
@nats_options
def totals(nats: NatsOptions, session: str, key: str, as_json: bool) -> None:
    """Count the frames of SESSION by their label of KEY."""
    run(_totals(nats, session, key, as_json))


async def _progress(nats: NatsOptions, session: str, size: int, vocabulary: Path | None, as_json: bool) -> None:
    required = load_vocabulary(vocabulary).required
    async with log_of(nats, session) as (recording, log):
        done = progress_of(log.fold, recording.first_frame, recording.last_frame, required, size=size)
    if as_json:
        print_json(done)
        return
    share = done.complete / done.units if done.units else 0.0
    click.echo(
        f"{session}: {done.complete} of {done.units} sets of {size} frames are complete ({share:.0%}), "
        f"{done.partial} partial, {done.none} not labelled; complete has {', '.join(required)}"
    )
    for key, frames in done.by_key.items():
        click.echo(f"{key}: {frames} of {done.frames} frames")


async def _sets(nats: NatsOptions, session: str, state: str, size: int, vocabulary: Path | None, as_json: bool) -> None:
    required = load_vocabulary(vocabulary).required
    async with log_of(nats, session) as (recording, log):
        found = units(log.fold, recording.first_frame, recording.last_frame, required, state=state, size=size)
    if as_json:
        print_json(found)
        return
    for unit in found:
        click.echo(f"{unit.index} frames {unit.first_frame}-{unit.last_frame} {unit.state}")


async def _agreement(nats: NatsOptions, session: str, key: str, as_json: bool) -> None:
    async with log_of(nats, session) as (_, log):
        found, apart = agreement_of(log.fold, key), disagreements(log.fold, key)
    if as_json:
        print_json({"agreement": found, "disagreements": apart})
        return
    table = Table("key", "annotators", "frames", "same", "kappa", box=None)
    for one in found:
        kappa = "not defined" if one.kappa is None else f"{one.kappa:.3f}"
        table.add_row(one.key, f"{one.first}, {one.second}", str(one.frames), f"{one.observed:.1%}", kappa)
    console().print(table)
    for here in apart:
        said = ", ".join(f"{name}: {value}" for name, value in here.values.items())
        click.echo(f"{here.key}, frames {here.first_frame}-{here.last_frame}: {said}")


async def _queue(nats: NatsOptions, session: str, most: int, as_json: bool) -> None:
    async with log_of(nats, session) as (_, log):
        found = queue(log.fold)
    if as_json:
        print_json([_suggestion(one) for one in found[:most]])
        return
    table = Table("act", "frames", "labels", "confidence", "by", "model", box=None)
    for one in found[:most]:
        labels = " ".join(f"{key}={value}" for key, value in one.labels.items())
        table.add_row(
            one.act.act_id,
            f"{one.first_frame}-{one.last_frame}",
            escape(labels),
            f"{one.confidence:.2f}",
            one.act.annotator,
            escape(one.act.model),
        )
    console().print(table)
    if len(found) > most:
        click.echo(f"{len(found) - most} more; -n shows them")


def _suggestion(one: Suggestion) -> dict[str, object]:
    act = one.act
    span = {"act_id": act.act_id, "first_frame": one.first_frame, "last_frame": one.last_frame, "labels": one.labels}
    return span | {"confidence": act.confidence, "annotator": act.annotator, "model": act.model}


async def _totals(nats: NatsOptions, session: str, key: str, as_json: bool) -> None:
    async with log_of(nats, session) as (_, log):
        found = aggregate(log.fold, key)
    if as_json:
        print_json(found)
        return
    for total in found:
        click.echo(f"{total.frames:8} frames in {total.runs} runs  {total.value}")
