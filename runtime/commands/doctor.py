"""`runtime doctor`: what was found on this machine, and what is missing."""

import importlib.util
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import click
from rich.markup import escape
from rich.table import Column, Table

from runtime.bridges.core_search import find_core, search_folders
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console
from runtime.config import env, state_folder
from runtime.console import CONSOLES
from runtime.errors import FramewireError
from runtime.families import family, family_names, missing_of
from runtime.names import OURS, check_names
from runtime.nats_server import find_binary, read_server_file

#: What each extra of pyproject.toml brings, by a distribution that stands for it.
_EXTRAS = {
    "env": "gymnasium",
    "knowledge": "neo4j",
    "play": "pygame-ce",
    "pyboy": "pyboy",
    "video": "av",
    "minari": "minari",
    "train": "torch",
    "test": "pytest",
    "bench": "pyzmq",
    "dev": "mypy",
}


class Finding(NamedTuple):
    """One line of the report; `ok` None means that it is not needed."""

    what: str
    ok: bool | None
    detail: str


@click.command(epilog=examples("runtime doctor", "runtime doctor --json | jq '.[] | select(.ok == false)'"))
@json_option
def doctor(as_json: bool) -> None:
    """Say which cores, servers and extras were found and what is missing. Exit status 1 if `runtime up` cannot run."""
    findings = [*_program(), *_servers(), *_cores(), *_backends(), *_extras()]
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        table = Table("", "what", Column("found", overflow="fold"), box=None)
        marks = {True: "[green]ok[/]", False: "[red]missing[/]", None: "[dim]-[/]"}
        for finding in findings:
            table.add_row(marks[finding.ok], escape(finding.what), escape(finding.detail))
        console().print(table)
    sys.exit(1 if any(finding.ok is False for finding in findings) else 0)


def _program() -> list[Finding]:
    try:
        check_names()
        names = Finding("import names", True, "no other distribution owns them")
    except FramewireError as error:
        names = Finding("import names", False, str(error))
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return [Finding(f"{OURS} {version(OURS)}", True, where), names]


def _servers() -> list[Finding]:
    findings = []
    try:
        binary = find_binary()
        shown = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        findings.append(Finding("nats-server", True, f"{shown} at {binary}"))
    except (FramewireError, OSError, subprocess.CalledProcessError) as error:
        findings.append(Finding("nats-server", False, str(error)))
    running = read_server_file(state_folder() / "nats")
    detail = f"{running.url}, pid {running.pid}" if running else "not running; `runtime up` starts it"
    findings.append(Finding(f"embedded server of {state_folder()}", None, env("FRAMEWIRE_NATS") or detail))
    return findings


def _cores() -> list[Finding]:
    findings = [Finding("core folders", None, "\n".join(map(str, search_folders())) or "none exists")]
    for machine in CONSOLES.values():
        try:
            findings.append(Finding(f"core for {machine.name}", True, str(find_core(machine))))
        except FramewireError:
            needed = machine.name == "gba"
            text = f"none of {', '.join(machine.cores)}; install the wheel stable-retro or libretro-{machine.cores[0]}"
            findings.append(Finding(f"core for {machine.name}", False if needed else None, text))
    return findings


def _backends() -> list[Finding]:
    """Every family of emulators: what of it is here, and what it cannot do."""
    findings = []
    for name in family_names():
        try:
            chosen = family(name)
            found = {chosen.find(CONSOLES[console], "") for console in chosen.consoles[:1]}
        except FramewireError as error:
            findings.append(Finding(f"backend {name}", None, str(error)))
            continue
        can = chosen.capabilities(chosen.options())
        lines = [chosen.meaning, f"consoles: {', '.join(chosen.consoles)}; memory: {can.scan}", *filter(None, found)]
        if without := missing_of(can):
            lines.append(f"without: {', '.join(without)}")
        here = not can.remote or any(found)  # another program may run where we cannot see it
        findings.append(Finding(f"backend {name}", here or None, "\n".join(lines)))
    return findings


def _extras() -> list[Finding]:
    findings = []
    for extra, distribution in _EXTRAS.items():
        try:
            findings.append(Finding(f"extra {extra}", True, f"{distribution} {version(distribution)}"))
        except PackageNotFoundError:
            findings.append(Finding(f"extra {extra}", None, f"not installed: pip install 'framewire[{extra}]'"))
    uvloop = importlib.util.find_spec("uvloop") is not None
    findings.append(Finding("uvloop", uvloop or None, "found" if uvloop else "not on this platform: asyncio is used"))
    return findings
