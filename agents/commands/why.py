"""`runtime why`: who pressed a button, from which plan, made of what knowledge."""

import json
from typing import Any

import click
import msgspec
from rich.markup import escape
from rich.tree import Tree

from agents.explanation import Answer, Explanation, Known, Link, explain
from runtime.commands.options import nats_options, run
from runtime.commands.terminal import console
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings, open_source

#: Not shown, as nobody reads it: what eyes compare looks by, 192 digits.
_LONG = {("TileKind", "look")}


@click.command()
@click.argument("session")
@click.option("--frame", "frame_index", type=click.IntRange(min=0), required=True, help="The frame.")
@click.option("--button", default="", metavar="NAME", help="Only this button; default: all that were held.")
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object.")
@nats_options
def why(*, nats: NatsOptions, session: str, frame_index: int, button: str, as_json: bool) -> None:
    """Say who pressed the buttons of a recorded frame of SESSION, or of an archive's path, and why.

    Shown is the plan that was followed, the plans that it serves up to the first one, how old they were, and what was
    known of their targets when they were made.
    """
    run(_why(nats, session, frame_index, button.upper(), as_json))


async def _why(nats: NatsOptions, source: str, frame_index: int, button: str, as_json: bool) -> None:
    async with open_recordings(nats, "why") as (_, store):
        explanation = await explain(await open_source(store, source), frame_index, button)
    if as_json:
        click.echo(json.dumps(_table(explanation)))
    else:
        console().print(_tree(explanation))


def _table(value: Any) -> Any:
    """Return structs as tables by field, also those that are arrays on the wire."""
    if isinstance(value, msgspec.Struct):
        return {name: _table(getattr(value, name)) for name in value.__struct_fields__ if name != "version"}
    return [_table(each) for each in value] if isinstance(value, tuple) else value


def _tree(explanation: Explanation) -> Tree:
    held = "+".join(explanation.buttons) or "no button"
    tree = Tree(f"[bold]{explanation.session}, frame {explanation.frame_index}[/]: {held} held")
    if not explanation.answers:
        tree.add("nobody had an opinion")
    for answer in explanation.answers:
        _add(tree, answer)
    return tree


def _add(tree: Tree, answer: Answer) -> None:
    cause = answer.cause
    pressed = f"pressed {'+'.join(cause.buttons)}" if cause.buttons else "let go of all"
    said = ", ".join(escape(text) for text in (cause.reason, cause.model and f"model {cause.model}") if text)
    age = _age(answer.age_frames, answer.age_ms)
    branch = tree.add(
        f"[bold]{cause.actor}[/] {pressed}{': ' if said else ''}{said}; it had seen frame {cause.observed_frame}, {age}"
    )
    for link in answer.plans:
        branch = _add_plan(branch, link)
    if answer.missing:
        branch.add(f"plan {answer.missing}, which this recording lacks")
    elif not answer.plans:
        branch.add("it followed no plan")


def _add_plan(tree: Tree, link: Link) -> Tree:
    plan = link.plan
    parts = [
        f"[bold]{plan.plan_id}[/] by {plan.actor}: {escape(plan.goal)}",
        plan.strategy,
        _target(plan.area, [(point.x, point.y, point.press) for point in plan.waypoints]),
        escape(plan.actions),
        f"because {escape(plan.reason)}" if plan.reason else "",
        f"model {escape(plan.model)}" if plan.model else "",
        f"confidence {plan.confidence:.2f}",
        f"made on frame {plan.frame_index}, {_age(link.age_frames, link.age_ms)}",
        "[bold]run out[/]" if link.run_out else "",
        *(f"tool {call.name}" for call in plan.tool_calls),
    ]
    branch = tree.add("; ".join(part for part in parts if part))
    for known in link.knew:
        branch.add(_known(known))
    return branch


def _target(area: int, way: list[tuple[int, int, tuple[str, ...]]]) -> str:
    if not way:
        return f"area {area}" if area >= 0 else ""
    x, y, press = way[-1]
    steps = f"{len(way)} waypoints to " if len(way) > 1 else "to "
    return f"{steps}{x},{y}{f' in area {area}' if area >= 0 else ''}{', then ' + '+'.join(press) if press else ''}"


def _known(known: Known) -> str:
    shown = {name: value for name, value in known.props.items() if value != "" and (known.kind, name) not in _LONG}
    props = " ".join(f"{name}={value}" for name, value in shown.items())
    whence = f"  [dim]{known.by}, frame {known.frame_index}[/]" if known.by else ""
    what = f"{known.key} {known.kind} {known.to}" if known.to else f"{known.key}"
    return f"knew {escape(f'{what} {props}'.rstrip())}{whence}"


def _age(frames: int, milliseconds: float) -> str:
    return f"{frames} frame{'' if frames == 1 else 's'} ({milliseconds:,.0f} ms) before"
