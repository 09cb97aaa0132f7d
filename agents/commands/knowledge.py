"""`runtime knowledge`: what is known of a game, kept from session to session."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from agents.knowledge.facts import Facts, Node
from agents.knowledge.keys import NOWHERE, Place, place_of
from agents.knowledge.maintenance import maintain
from agents.knowledge.map_layout import doors_of
from agents.knowledge.map_picture import map_picture
from agents.knowledge.merging import merge as merge_records
from agents.knowledge.merging import read_header, read_records, write_lines
from agents.knowledge.phrases import phrase, where
from agents.knowledge.schema import LABELS
from agents.knowledge.store import GraphStore, default_path, open_store
from agents.knowledge.view import KnowledgeView
from agents.knowledge.working import CURRENT_QUEST, NOTES, TODOS, open_working
from runtime import logs
from runtime.commands.options import nats_options, run
from runtime.commands.terminal import console, size
from runtime.config import state_folder
from runtime.errors import FramewireError, UsageError
from runtime.game import DEFAULT_GAME
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.subjects import SessionId, session_id

STORE = (
    "STORE is a game's name (.framewire/knowledge/GAME.db), a path that ends in .db, or neo4j://…/DATABASE?game=GAME."
)

#: Notes that are kept, the newest.
_NOTES = 50

_LABEL = click.option("--label", "labels", multiple=True, type=click.Choice(list(LABELS)), help="Only these nodes.")


@click.group(epilog=STORE)
def knowledge() -> None:
    """Show, query, export, import, merge and tidy what is known of a game."""
    logs.set_up(logging.WARNING)


@knowledge.command(epilog=STORE)
@click.argument("store", default=DEFAULT_GAME)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.option("--map", "picture", type=click.Path(path_type=Path), help="Draw the map that is known, as PNG.")
def show(store: str, as_json: bool, picture: Path | None) -> None:
    """Say how much is known: counts, areas, quests."""
    with _opened(store) as there:
        facts = Facts(there.facts())
        counts, game = there.counts(), there.game
    if picture:
        with _errors(), picture.open("wb") as out:
            map_picture(facts).save(out, "PNG")
        click.echo(f"{picture}: {len(_areas(facts))} areas, {len(facts.label('Tile'))} cells", err=as_json)
    if as_json:
        _print_json({"game": game, "counts": counts, "areas": _areas(facts), "quests": _quests(facts)})
    else:
        _print_summary(game, counts, facts)


@knowledge.command(epilog=STORE)
@click.argument("store", default=DEFAULT_GAME)
@_LABEL
@click.option("--near", metavar="AREA,X,Y", help="In this area, the nearest first.")
@click.option("--text", default="", help="That share words with this, the most first.")
@click.option("--where", "wanted", multiple=True, metavar="NAME=VALUE", help="With this property.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def query(
    store: str, labels: tuple[str, ...], near: str | None, text: str, wanted: tuple[str, ...], limit: int, as_json: bool
) -> None:
    """Ask for nodes by label, place, words and properties."""
    with _opened(store) as there:
        facts = Facts(there.facts())
        pairs = [_pair(pair) for pair in wanted]
        found = [node for node in _found(facts, near, text) if not labels or node.kind in labels]
        found = [node for node in found if all(_is(node, *pair) for pair in pairs)][:limit]
    if as_json:
        _print_json([{"label": node.kind, "key": node.key, **node.props} for node in found])
        return
    table = Table("label", "key", "where", "what", box=None)
    for node in found:
        table.add_row(node.kind, escape(node.key), where(node), escape(phrase(node)))
    console().print(table if found else "nothing is known of that")


@knowledge.command(epilog=STORE)
@click.argument("store", default=DEFAULT_GAME)
@click.option("--to", "path", type=click.Path(path_type=Path), help="A file; default: standard output.")
@_LABEL
def export(store: str, path: Path | None, labels: tuple[str, ...]) -> None:
    """Write all that is known as lines of JSON; `import` reads them without loss."""
    with _opened(store) as there, _written(path) as out:
        count = write_lines(there, out, labels)
    click.echo(f"{count} nodes and relations", err=True)


@knowledge.command("import", epilog=STORE)
@click.argument("store")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_(store: str, path: Path) -> None:
    """Merge an export into a store, which is made when there is none."""
    with _errors(), path.open("rb") as lines:
        header = read_header(lines.readline(), str(path))
        with _opened(store, create=header.game) as there:
            changed = merge_records(there, read_records(lines, str(path)))
    click.echo(f"{changed} nodes and relations changed")


@knowledge.command(epilog=STORE)
@click.argument("into")
@click.argument("other")
def merge(into: str, other: str) -> None:
    """Merge what the store OTHER knows into the store INTO.

    Of counts the larger is kept, of what is once true that it was; of anything else what was written last.
    """
    with _opened(other) as source, _opened(into) as target:
        changed = merge_records(target, source.records())
    click.echo(f"{changed} nodes and relations changed")


@knowledge.command(epilog=STORE)
@click.argument("store", default=DEFAULT_GAME)
def vacuum(store: str) -> None:
    """Remove what has had its day, and give back unused space."""
    with _opened(store) as there:
        removed, freed = maintain(there), there.vacuum()
    click.echo(f"{removed} nodes removed, {size(freed)} freed")


@knowledge.command()
@click.argument("session")
@click.option("--working", default="", help="redis://… in place of the NATS server's own.")
@click.option("--note", default="", help="Add a note for whoever looks.")
@nats_options
def now(nats: NatsOptions, session: str, working: str, note: str) -> None:
    """Show what SESSION pursues now, from working memory; its librarian needs `working`."""
    run(_now(nats, session_id(session), working, note))


async def _now(nats: NatsOptions, session: SessionId, working: str, note: str) -> None:
    async with open_bus(nats, state_folder(), "knowledge") as bus:
        memory = await open_working(working, bus, session)
        notes = await memory.get(NOTES) or ()
        if note:
            notes = (*notes, note)[-_NOTES:]
            await memory.put(NOTES, notes)
        quest, todos = await memory.get(CURRENT_QUEST), await memory.get(TODOS) or ()
        await memory.close()
    click.echo(f"quest: {quest or 'none'}")
    if not quest and not todos:
        click.echo(f"nothing of {session} in working memory: its librarian's config needs `working`", err=True)
    for todo in todos:
        click.echo(f"todo: {todo.priority} {todo.description}")
    for line in notes:
        click.echo(f"note: {line}")


@contextlib.contextmanager
def _opened(name: str, create: str = "") -> Iterator[GraphStore]:
    """Open a store by the name that a person gives it; `create` is the game of one that may be made."""
    with _errors():
        is_name = "/" not in name and not name.endswith(".db") and ":" not in name
        url = str(default_path(name)) if is_name else name
        with open_store(url, game=name if is_name else create, create=bool(create)) as store:
            yield store


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # whoever reads has enough, as `head` does: click ends without a word
        raise
    except (FramewireError, OSError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status if isinstance(error, FramewireError) else 1)


@contextlib.contextmanager
def _written(path: Path | None) -> Iterator[Any]:
    if path is None:
        yield sys.stdout.buffer
    else:
        with path.open("wb") as out:
            yield out


def _found(facts: Facts, near: str | None, text: str) -> list[Node]:
    place = _place(near) if near else NOWHERE
    if text:
        nodes = [found.node for found in KnowledgeView(facts).search(text, limit=len(facts))]
        return [node for node in nodes if not near or node.place.area == place.area]
    if not near:
        return sorted(facts.nodes(), key=lambda node: (list(LABELS).index(node.kind), node.key))
    there = [found for label in LABELS for found in facts.of_area(place.area, label)]
    return sorted(there, key=lambda node: ((node.place.x - place.x) ** 2 + (node.place.y - place.y) ** 2, node.key))


def _place(text: str) -> Place:
    parts = text.split(",")
    if len(parts) != 3 or not all(part.strip().lstrip("-").isdigit() for part in parts):
        raise UsageError(f"--near {text!r}: allowed is AREA,X,Y, as 3,12,7")
    return Place(*(int(part) for part in parts))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--where {text!r}: allowed is NAME=VALUE")
    return name, value


def _is(node: Node, name: str, value: str) -> bool:
    there = node.props.get(name)
    return str(there) == value or (isinstance(there, bool) and str(there).lower() == value.lower())


def _areas(facts: Facts) -> list[dict[str, Any]]:
    ways = {(door.start.area, door.end.area) for door in doors_of(facts)}
    ways |= {
        (place_of(edge.key).area, place_of(edge.to).area)
        for edge in facts.edges("LEADS_TO")
        if edge.key.startswith("area:") and edge.to.startswith("area:")
    }
    numbers = sorted(node.place.area for node in facts.label("Area"))
    return [
        {
            **{"area": number, "name": _text(facts, f"area:{number}", "name")},
            **{label.lower() + "s": len(facts.of_area(number, label)) for label in ("Tile", "NPC", "Item")},
            "leads_to": sorted(end for start, end in ways if start == number),
        }
        for number in numbers
        if facts.of_area(number, "Tile") or _text(facts, f"area:{number}", "name")
    ]


def _text(facts: Facts, key: str, name: str) -> str:
    node = facts.node(key)
    return node.text(name) if node else ""


def _quests(facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            **{name: node.text(name) for name in ("id", "name", "type", "status", "giver")},
            **{"done": node.number("done"), "steps": node.number("steps")},
        }
        for node in facts.label("Quest")
    ]


def _print_summary(game: str, counts: dict[str, int], facts: Facts) -> None:
    screen = console()
    screen.print(f"{escape(game)}: " + (", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"))
    if areas := _areas(facts):
        table = Table("area", "name", "cells", "people", "things", "leads to", box=None)
        for area in areas:
            leads = ", ".join(str(number) for number in area["leads_to"])
            row = (area["area"], escape(area["name"]), area["tiles"], area["npcs"], area["items"], leads)
            table.add_row(*(str(value) for value in row))
        screen.print(table)
    if quests := _quests(facts):
        table = Table("quest", "type", "status", "steps", "asked by", box=None)
        for quest in quests:
            steps = f"{quest['done']} of {quest['steps']}"
            table.add_row(escape(quest["name"]), quest["type"], quest["status"], steps, escape(quest["giver"]))
        screen.print(table)


def _print_json(what: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(what)).decode())
