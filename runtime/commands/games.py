"""`runtime games`: the games described here, what is known of one, and a first description of another."""

import hashlib
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Column, Table

from runtime.backend import Backend, Opening, read_rom
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import console
from runtime.console import console_of_rom
from runtime.discover.candidates import Candidate, find_candidates
from runtime.discover.description import Found, address_of, description, name_of
from runtime.discover.play import observe
from runtime.discover.trials import gathered
from runtime.errors import UsageError
from runtime.families import DEFAULT_FAMILY, check_console, family, family_names
from runtime.game import BUILTIN, Game, Watch, find_game, load_game, parse_game
from runtime.rom_header import RomHeader, read_header

#: Some three minutes; about 30 places with trials.
_FRAMES = 12_000


@click.group()
def games() -> None:
    """The games that are described here, and first descriptions of others."""


@games.command(name="list", epilog=examples("runtime games list"))
@json_option
def list_(as_json: bool) -> None:
    """List the described games, and which need a ROM of yours."""
    described = [(path.parent.name, load_game(path)) for path in sorted(BUILTIN.glob("*/game.toml"))]
    if as_json:
        print_json([_brief(name, game) for name, game in described])
        return
    table = Table("name", "title", "console", "watches", "ROM", box=None)
    for name, game in described:
        rom = "comes with Framewire" if game.game.rom else "yours: --rom"
        table.add_row(name, game.game.title, game.console.name, str(len(game.watch)), rom)
    console().print(table)


@games.command(epilog=examples("runtime games info emberwood"))
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> None:
    """Show what is known of the game NAME: a described one, or a folder or game.toml of yours."""
    path = find_game(name)
    game = load_game(path)
    if as_json:
        print_json({**_brief(name, game), "file": path, "facts": dict(_facts(game, path)), "watch": game.watch})
        return
    out = console()
    for key, value in _facts(game, path):
        out.print(f"[bold]{key}[/] {escape(value)}")
    table = Table(
        "watch", "where", "type", Column("meaning", overflow="fold"), Column("source", overflow="fold"), box=None
    )
    for watch in game.watch:
        table.add_row(watch.name, _where(watch), watch.type, escape(watch.meaning), escape(watch.source))
    out.print(table)


@games.command(epilog=examples("runtime games new my.gba -o games/my"))
@click.argument("rom", type=click.Path(path_type=Path))
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), help="Folder; default: the game's name.")
@click.option("--frames", default=_FRAMES, show_default=True, type=click.IntRange(min=600), help="Frames to emulate.")
@click.option("--seed", default=1, show_default=True, help="Of the walk: the same seed finds the same.")
@click.option("--backend", default=DEFAULT_FAMILY, show_default=True, help=f"One of {', '.join(family_names())}.")
@click.option("--core", default="", help="Core or program, by name or path; default: the first one found.")
@json_option
def new(rom: Path, folder: Path | None, frames: int, seed: int, backend: str, core: str, as_json: bool) -> None:
    """Write a first game.toml for ROM, from its header and some minutes of observed play.

    The game is played past its title and walked about in; at many places each direction, A and B are tried from the
    same savestate. What of memory moves with which button becomes the description's watches.
    """
    machine = console_of_rom(rom)
    content = read_rom(rom, machine)
    header = read_header(content, machine)
    name = name_of(header.title, rom.stem)
    folder = folder or Path(name)
    target = folder / "game.toml"
    if target.exists():
        raise UsageError(f"{target}: exists already; name another folder with -o")
    emulator = _open(rom, machine.name, backend, core)
    try:
        with frames_progress(f"play {name}", frames) as advance:
            trials = observe(emulator, frames, seed, advance)
        candidates = find_candidates(gathered(trials)) if trials else []
        found = Found(
            name=name,
            rom=rom.name if rom.absolute().parent == folder.absolute() else str(rom.absolute()),
            console=machine.name,
            sha256=hashlib.sha256(content).hexdigest(),
            header=header,
            core=emulator.core,
            frames=frames,
            places=len(trials),
            candidates=tuple(candidates),
            regions=emulator.regions,
        )
    finally:
        emulator.close()
    text = description(found)
    parse_game(text, str(target))
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"file": target, "name": found.name, "places": found.places, "candidates": found.candidates})
        return
    _report(found, header)
    click.echo(f"wrote {target}; run it: runtime up --game {folder}")


def _open(rom: Path, console_name: str, backend: str, core: str) -> Backend:
    """Open the emulator.

    Raises:
        UsageError: It cannot do what trials need.
    """
    machine = console_of_rom(rom)
    chosen = family(backend)
    check_console(chosen, machine)
    can = chosen.capabilities(chosen.options())
    if not (can.deterministic and can.savestates and can.steps and can.scan == "full"):
        raise UsageError(
            f"backend {backend}: trials need an emulator that repeats itself, has savestates, waits for us and shows "
            f"all memory, such as {DEFAULT_FAMILY}"
        )
    return chosen.open(
        Opening(rom=str(rom), console=console_name, core=chosen.find(machine, core), options=chosen.options())
    )


def _report(found: Found, header: RomHeader) -> None:
    out = console()
    for key, value in (("title", header.title or "(none)"), *header.facts):
        out.print(f"[bold]{key}[/] {escape(value)}")
    for problem in header.problems:
        out.print(f"[yellow]{escape(problem)}[/]")
    out.print(f"{found.places} places tried")
    if not found.candidates:
        out.print("[yellow]nothing in memory followed the buttons: try more --frames, another --seed[/]")
        return
    table = Table("", "address", "type", Column("evidence", overflow="fold"), box=None)
    for one in found.candidates:
        table.add_row(f"{one.name}?", f"0x{address_of(one.offset, found.regions):08X}", one.type, _evidence(one))
    out.print(table)


def _evidence(one: Candidate) -> str:
    names = ", ".join(f"{value} {name}" for value, name in one.values)
    return escape(one.evidence + (f": {names}" if names else ""))


def _brief(name: str, game: Game) -> dict[str, Any]:
    facts = {"name": name, "title": game.game.title, "console": game.console.name}
    return {**facts, "watches": len(game.watch), "has_rom": bool(game.game.rom)}


def _facts(game: Game, path: Path) -> list[tuple[str, str]]:
    table = game.game
    facts = [("name", table.name), ("title", table.title), ("console", game.console.name), ("file", str(path))]
    facts += [("ROM", table.rom or "yours: --rom")]
    facts += [(kind, value) for kind, value in (("SHA-256", table.sha256), ("SHA-1", " or ".join(table.sha1))) if value]
    for key, press in (("start", game.start), ("dialogue", game.dialogue)):
        facts += [(key, f"{press.press} when {press.when}")] if press else []
    episode = (("success", game.episode.success), ("failure", game.episode.failure))
    return facts + [(key, rule) for key, rule in episode if rule]


def _where(watch: Watch) -> str:
    place = f"0x{watch.address:08X}" if watch.pointer is None else f"[0x{watch.pointer:08X}] + 0x{watch.offset or 0:X}"
    key = "" if watch.xor_pointer is None else f" ^ [0x{watch.xor_pointer:08X}] + 0x{watch.xor_offset or 0:X}"
    mask = f" & 0x{watch.mask:X}" if watch.mask else ""
    return escape(place + key + mask)
