"""BizHawk on the emulated host, never run in EmuHawk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from runtime.backend import Backend, Capabilities, Opening
from runtime.bridges.bizhawk import FAMILY, BizHawkOptions
from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.errors import CoreError
from tests.conformance.subject import Subject
from tests.emuhawk_host.running import SCRIPTS, free_port, start_host


@contextmanager
def enter(subject: Subject, opening: Opening) -> Iterator[Backend]:
    """Open the backend, and start the host that connects to it."""
    port = free_port()
    host = start_host(Path(opening.rom), SCRIPTS / "bizhawk.lua", port=port)
    try:
        backend = FAMILY.open(
            msgspec.structs.replace(opening, options=msgspec.structs.replace(opening.options, port=port))
        )
        try:
            yield backend
        finally:
            backend.close()
    finally:
        host.kill()
        host.communicate()


def no_core(subject: Subject) -> str:
    """See Subject.missing."""
    try:
        find_core(CONSOLES[subject.console])
    except CoreError as error:
        return str(error)
    return ""


SUBJECTS = [
    Subject(
        name=f"bizhawk-{console}-{memory}-emulated-host",
        family="bizhawk",
        console=console,
        capabilities=Capabilities(deterministic=False, scan=memory, remote=True, opening_s=120.0),
        options=msgspec.convert({"memory": memory}, BizHawkOptions),
        enter=enter,
        missing=no_core,
    )
    for console, memory in (("gba", "chunked"), ("gba", "full"), ("gb", "watched"), ("nes", "chunked"))
]
