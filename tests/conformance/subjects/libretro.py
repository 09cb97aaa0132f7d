"""libretro cores: those of the wheel stable-retro, and Debian's packages."""

from pathlib import Path

from runtime.bridges.core_search import search_folders
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


SUBJECTS = [
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
]
