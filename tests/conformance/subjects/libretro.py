"""libretro cores: those of the wheel stable-retro, and Debian's packages; one as `--prefetch` runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from runtime.backend import Backend, Opening
from runtime.bridges.core_search import search_folders
from runtime.families import family
from runtime.prefetch.backend import PrefetchingBackend
from tests.conformance.subject import Subject

WHEEL, DEBIAN = "wheel", "debian"


def core_file(source: str, name: str) -> str:
    """Return a core's path; empty if it is not there."""
    for folder in search_folders():
        if ("stable_retro" in folder.parts) == (source == WHEEL):
            for path in sorted(folder.glob(f"{name}_libretro.*")):
                if path.suffix in (".so", ".dylib", ".dll"):
                    return str(path)
    return ""


def no_core(subject: Subject) -> str:
    """See Subject.missing."""
    return "" if Path(subject.core).is_file() else f"{subject.name}: no such core in {search_folders()}"


@contextmanager
def prefetching(subject: Subject, opening: Opening) -> Iterator[Backend]:
    """Open a core as a session with a free clock does."""
    backend = PrefetchingBackend(partial(family(subject.family).open, opening), 16)
    try:
        yield backend
    finally:
        backend.close()


SUBJECTS = [
    Subject(
        name="libretro-gba-prefetching",
        family="libretro",
        console="gba",
        core=core_file(WHEEL, "mgba"),
        enter=prefetching,
        missing=no_core,
    ),
    *(
        Subject(
            name=f"libretro-{console}-{core}-{source}",
            family="libretro",
            console=console,
            core=core_file(source, core),
            missing=no_core,
            own_process=True,
        )
        for console, core, source in (
            ("gba", "mgba", WHEEL),
            ("gba", "mgba", DEBIAN),
            ("gb", "gambatte", WHEEL),
            ("gb", "gambatte", DEBIAN),
            ("gbc", "gambatte", WHEEL),
            ("gbc", "gambatte", DEBIAN),
            ("nes", "fceumm", WHEEL),
        )
    ),
]
