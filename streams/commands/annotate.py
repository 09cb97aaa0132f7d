"""`runtime annotate`: label frames of live and finished sessions, and look at what they are labelled."""

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console
from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions
from streams.annotations.acts import Value, make_act
from streams.annotations.queue import accept as acceptance
from streams.annotations.queue import queue
from streams.annotations.statements import who_said
from streams.annotations.vocabulary import LabelVocabulary, load_vocabulary
from streams.commands.annotate_files import export, import_, run_
from streams.commands.annotate_log import by_option, log_of, vocabulary_option
from streams.commands.annotate_reports import agreement, progress, queue_, sets, totals
from streams.commands.dataset_request import frame_range, pair


@click.group()
def annotate() -> None:
    """Label frames: by hand, by rules, by models; and see how far it has come."""


@annotate.command(
    "list", epilog=examples("runtime annotate list quest", "runtime annotate list quest --frame 600 --json")
)
@click.argument("session")
@click.option("--key", default="", help="Only this key.")
@click.option("--frame", type=click.IntRange(min=0), help="Everything that anybody says of this frame.")
@json_option
@nats_options
def list_(nats: NatsOptions, session: str, key: str, frame: int | None, as_json: bool) -> None:
    """List what the frames of SESSION are labelled, as ranges."""
    run(_list(nats, session, key, frame, as_json))


@annotate.command(
    epilog=examples("runtime annotate add quest 600:720 context=battle scene=battle_main tags=boss,night --by ada")
)
@click.argument("session")
@click.argument("frames", metavar="A:B")
@click.argument("labels", nargs=-1, required=True, metavar="KEY=VALUE…")
@by_option
@vocabulary_option
@json_option
@nats_options
def add(
    nats: NatsOptions,
    session: str,
    frames: str,
    labels: tuple[str, ...],
    by: str,
    vocabulary: Path | None,
    as_json: bool,
) -> None:
    """Label the frames of SESSION from A up to and without B (or the one frame A).

    An empty value takes a label away; tags are parted by commas.
    """
    run(_add(nats, session, frames, labels, by, load_vocabulary(vocabulary), as_json))


@annotate.command(
    epilog=examples("runtime annotate accept quest ACT", "runtime annotate accept quest ACT scene=dialogue --by ada")
)
@click.argument("session")
@click.argument("act")
@click.argument("labels", nargs=-1, metavar="[KEY=VALUE…]")
@by_option
@vocabulary_option
@json_option
@nats_options
def accept(
    nats: NatsOptions, session: str, act: str, labels: tuple[str, ...], by: str, vocabulary: Path | None, as_json: bool
) -> None:
    """Accept the suggestion ACT (`runtime annotate queue`), or correct it by labels; an empty value refuses one."""
    run(_accept(nats, session, act, labels, by, load_vocabulary(vocabulary), as_json))


@annotate.command(epilog=examples("runtime annotate undo quest --by ada"))
@click.argument("session")
@by_option
@json_option
@nats_options
def undo(nats: NatsOptions, session: str, by: str, as_json: bool) -> None:
    """Take back the last act of an annotator."""
    run(_take_back(nats, session, by, as_json, redo=False))


@annotate.command(epilog=examples("runtime annotate redo quest --by ada"))
@click.argument("session")
@by_option
@json_option
@nats_options
def redo(nats: NatsOptions, session: str, by: str, as_json: bool) -> None:
    """Do again what an annotator took back last."""
    run(_take_back(nats, session, by, as_json, redo=True))


@annotate.command(epilog=examples("runtime annotate keys"))
@vocabulary_option
@json_option
def keys(vocabulary: Path | None, as_json: bool) -> None:
    """Show the vocabulary: labels.toml of this folder, else the default."""
    loaded = load_vocabulary(vocabulary)
    if as_json:
        print_json(loaded)
        return
    table = Table("key", "type", "required", "labels [key of the keyboard]", box=None)
    for key, known in loaded.keys.items():
        labels = " ".join(f"{label} [{press}]" if press else label for label, press in known.labels.items())
        table.add_row(key, known.type, "yes" if key in loaded.required else "", escape(labels))
    console().print(table)


for command in (agreement, progress, queue_, sets, totals, export, import_, run_):
    annotate.add_command(command)


async def _list(nats: NatsOptions, session: str, key: str, frame: int | None, as_json: bool) -> None:
    async with log_of(nats, session) as (_, log):
        fold = log.fold
    rows: list[dict[str, object]] = []
    if frame is None:
        for one in (key,) if key else fold.keys:
            for run_of in fold.runs(one):
                said = run_of.value
                span = {"first_frame": run_of.first_frame, "last_frame": run_of.last_frame}
                rows.append(span | {"key": one, "value": said.value, "annotator": said.act.annotator}
                            | {"origin": said.origin, "confidence": said.act.confidence})  # fmt: skip
    else:
        for said in who_said(fold, frame):
            suggested = "suggestion" if said.act.suggestion else said.origin
            span = {"first_frame": said.act.first_frame, "last_frame": said.act.last_frame}
            rows.append(span | {"key": said.key, "value": said.value, "annotator": said.act.annotator}
                        | {"origin": suggested, "confidence": said.act.confidence})  # fmt: skip
    if as_json:
        print_json(rows)
        return
    table = Table("frames", "key", "value", "annotator", "origin", "confidence", box=None)
    for row in rows:
        value = row["value"] if isinstance(row["value"], str) else ",".join(row["value"])  # type: ignore[arg-type]
        table.add_row(
            f"{row['first_frame']}-{row['last_frame']}",
            str(row["key"]),
            escape(str(value)),
            str(row["annotator"]),
            str(row["origin"]),
            f"{row['confidence']:.2f}",
        )
    console().print(table)


async def _add(
    nats: NatsOptions,
    session: str,
    frames: str,
    labels: tuple[str, ...],
    by: str,
    vocabulary: LabelVocabulary,
    as_json: bool,
) -> None:
    async with log_of(nats, session) as (recording, log):
        first, last = _frames(frames, recording.first_frame, recording.last_frame)
        act = make_act(by, first, last, _labels(labels, vocabulary))
        await log.add(act, vocabulary)
    if as_json:
        print_json(act)
    else:
        click.echo(act.act_id)


async def _accept(
    nats: NatsOptions,
    session: str,
    act_id: str,
    labels: tuple[str, ...],
    by: str,
    vocabulary: LabelVocabulary,
    as_json: bool,
) -> None:
    acts = []
    async with log_of(nats, session) as (_, log):
        left = [one for one in queue(log.fold) if one.act.act_id == act_id]
        if not left:
            raise UsageError(f"session {session!r} has no open suggestion {act_id!r}; see `runtime annotate queue`")
        for suggestion in left:
            act = acceptance(suggestion, by, _labels(labels, vocabulary) or None)
            await log.add(act, vocabulary)
            acts.append(act)
    if as_json:
        print_json(acts)
        return
    for act in acts:
        click.echo(act.act_id)


async def _take_back(nats: NatsOptions, session: str, by: str, as_json: bool, *, redo: bool) -> int:
    async with log_of(nats, session) as (_, log):
        act = await (log.redo(by) if redo else log.undo(by))
    if act is None:
        click.echo(f"{by} has nothing to {'do again' if redo else 'take back'} in {session}", err=True)
        return 1
    if as_json:
        print_json(act)
        return 0
    what = ", ".join(f"{key}={value}" for key, value in act.labels.items()) or f"accepting {act.accepts}"
    click.echo(f"{'done again' if redo else 'taken back'}: frames {act.first_frame} to {act.last_frame}, {what}")
    return 0


def _frames(text: str, first_frame: int, last_frame: int) -> tuple[int, int]:
    """Return the first and last frame of A:B or A, inside a recording."""
    if text.isdecimal():
        first = last = int(text)
    else:
        given_first, given_last = frame_range(text)
        first = first_frame if given_first is None else given_first
        last = last_frame if given_last is None else given_last
    if not first_frame <= first <= last <= last_frame:
        raise UsageError(f"frames {first} to {last}: the session has frames {first_frame} to {last_frame}")
    return first, last


def _labels(texts: tuple[str, ...], vocabulary: LabelVocabulary) -> dict[str, Value]:
    labels: dict[str, Value] = {}
    for text in texts:
        key, value = pair(text, "label")
        known = vocabulary.keys.get(key)
        labels[key] = tuple(value.split(",")) if known and known.type == "tags" and value else value
    return labels
