"""What the suite asks: a `Subject` is one emulator on one console."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from runtime.backend import Backend, Capabilities, NoOptions, Opening
from runtime.families import family
from runtime.game import Watch
from tests.roms.pad import PADS, Block, read_block


@contextmanager
def open_family(subject: "Subject", opening: Opening) -> Iterator[Backend]:
    """Open a backend as a session does."""
    backend = family(subject.family).open(opening)
    try:
        yield backend
    finally:
        backend.close()


def installed(subject: "Subject") -> str:
    """See `Subject.missing`: nothing is needed beyond what the project installs."""
    return ""


@dataclass(frozen=True)
class Subject:
    """One emulator on one console.

    It travels to another process, so what it holds can be pickled: functions of modules, not of other functions.

    Attributes:
        name: Of the tests.
        family: Of backends (runtime.families).
        console: Which ROM `pad` it runs.
        capabilities: What it must declare.
        options: The family's options.
        core: A core's or program's path; or its name, for `Family.find`.
        enter: Opens a backend, and what it needs: a program to be started, a peer.
        missing: Returns which tool this machine lacks for it; empty for none.
        optional: Whether that tool may be missing in CI too.
        own_process: Whether it must not share the tests' process.
        address: Of pad's block, where it is not the console's usual place.
        picture_lag: How many frames its picture lags behind its memory: an emulator may end a frame before or after
            the vertical blank, in which games work.
        draws: Whether its picture shows what pad draws; a fake may not.
        checks_roms: Whether it reads the ROM that `Opening` names.
    """

    name: str
    family: str
    console: str
    capabilities: Capabilities = field(default_factory=Capabilities)
    options: msgspec.Struct = field(default_factory=NoOptions)
    core: str = ""
    enter: Callable[["Subject", Opening], AbstractContextManager[Backend]] = open_family
    missing: Callable[["Subject"], str] = installed
    optional: bool = False
    own_process: bool = False
    address: int = 0
    picture_lag: int = 0
    draws: bool = True
    checks_roms: bool = True

    def __str__(self) -> str:
        return self.name

    @property
    def rom(self) -> Path:
        """The ROM `pad` of its console."""
        return PADS[self.console].rom

    def open(self, rom: Path | None = None, rom_sha256: str = "") -> AbstractContextManager[Backend]:
        """Open a backend on `pad`, or on another ROM; it is closed at the end of the with statement."""
        opening = Opening(
            rom=str(rom or self.rom),
            console=self.console,
            rom_sha256=rom_sha256,
            core=self.core,
            options=self.options,
            watches=self.watches,
        )
        return self.enter(self, opening)

    @property
    def watches(self) -> tuple[Watch, ...]:
        """Pad's block as a game's description has it: all of it is watched, and read on its own."""
        at = self.address or PADS[self.console].address
        words = [Watch(name=name, address=at + offset, type="u16le") for name, offset in (("frame", 4), ("held", 6))]
        edges = [Watch(name=name, address=at + offset, type="u8") for name, offset in (("x", 28), ("y", 29))]
        counts = Watch(name="counts", address=at + 8, type="u16le", shape=(10,))
        return (Watch(name="magic", address=at, type="u32le"), *words, *edges, counts)

    def block(self, backend: Backend) -> Block:
        """Read pad's block out of a backend's memory."""
        return read_block(self.console, backend.regions, backend.memory(), self.address)
