"""A backend being asked: buttons held frame by frame, pad's block read back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import xxhash

from runtime.backend import Backend
from tests.conformance.subject import Subject
from tests.conformance.subjects import ALL
from tests.roms.pad import Block

#: More than any console takes to start pad: a Game Boy shows its maker's name for 5 seconds.
_BOOT_FRAMES = 600

#: A game that counts fewer has just started.
_FIRST_FRAMES = 10


class Playing:
    """The ROM pad on one backend."""

    def __init__(self, subject: Subject, backend: Backend) -> None:
        self.subject, self.backend = subject, backend
        self.hashes: list[int] = []
        self.skipped = 0

    @property
    def block(self) -> Block:
        """What the game did."""
        return self.subject.block(self.backend)

    def hold(self, buttons: str = "", frames: int = 1) -> None:
        """Hold buttons, separated by '+', for exactly so many frames; note each picture's hash."""
        for _ in range(frames):
            self.backend.step(frozenset(filter(None, buttons.split("+"))))
            self.skipped += self.backend.skipped
            self.hashes.append(xxhash.xxh3_64_intdigest(self.backend.frame().tobytes()))

    def boot(self) -> None:
        """Wait until the game counts its first frames; what an earlier run left in memory is not taken for them."""
        for _ in range(_BOOT_FRAMES):
            self.hold()
            try:
                if 0 < self.block.frame < _FIRST_FRAMES + self.skipped:
                    return
            except LookupError:
                continue
        raise AssertionError(f"pad did not start within {_BOOT_FRAMES} frames")

    def memory_hash(self) -> int:
        """Return a hash of all memory that is published."""
        return xxhash.xxh3_64_intdigest(b"".join(part.tobytes() for part in self.backend.memory().values()))


@contextmanager
def playing(subject: Subject) -> Iterator[Playing]:
    """Open a backend on pad and start the game."""
    with subject.open() as backend:
        player = Playing(subject, backend)
        player.boot()
        yield player


def those(**wanted: bool) -> pytest.MarkDecorator:
    """Ask all subjects whose declared capabilities are these."""
    chosen = [
        subject
        for subject in ALL
        if all(getattr(subject.capabilities, name) == is_so for name, is_so in wanted.items())
    ]
    return pytest.mark.parametrize("subject", chosen, ids=str)
