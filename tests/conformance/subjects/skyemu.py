"""SkyEmu: the real program where SKYEMU_BIN names it, and everywhere a fake of it (tests/skyemu_fake)."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from runtime.backend import Backend, Capabilities, Opening
from runtime.bridges.skyemu import Scan, SkyEmuOptions
from tests.conformance.subject import Subject, open_family

_ROOT = Path(__file__).parents[3]

FAKES: tuple[tuple[str, Scan], ...] = (("gba", "full"), ("gba", "watched"), ("gbc", "full"))
REAL: tuple[tuple[str, Scan], ...] = (*FAKES, ("gb", "full"), ("gb", "watched"))


def no_program(subject: Subject) -> str:
    """See Subject.missing."""
    return "" if subject.core else f"{subject.name}: SKYEMU_BIN is not set"


@contextmanager
def fake_program() -> Iterator[str]:
    """Write a program that takes SkyEmu's arguments and runs the fake; return its path."""
    with tempfile.TemporaryDirectory(prefix="fake-skyemu-") as folder:
        program = Path(folder) / "fake-skyemu"
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{_ROOT}" exec "{sys.executable}" -m tests.skyemu_fake "$@"\n')
        program.chmod(0o755)
        yield str(program)


@contextmanager
def enter_fake(subject: Subject, opening: Opening) -> Iterator[Backend]:
    """Open the backend with the fake as its program."""
    with fake_program() as program, open_family(subject, msgspec.structs.replace(opening, core=program)) as backend:
        yield backend


SUBJECTS = [
    *(
        Subject(
            name=f"fake-skyemu-{console}-{memory}",
            family="skyemu",
            console=console,
            capabilities=Capabilities(scan=memory, remote=True),
            options=SkyEmuOptions(memory=memory),
            enter=enter_fake,
        )
        for console, memory in FAKES
    ),
    *(
        Subject(
            name=f"skyemu-{console}-{memory}",
            family="skyemu",
            console=console,
            capabilities=Capabilities(scan=memory, remote=True),
            options=SkyEmuOptions(memory=memory),
            core=os.environ.get("SKYEMU_BIN", ""),
            missing=no_program,
            optional=True,
        )
        for console, memory in REAL
    ),
]
