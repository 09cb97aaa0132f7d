"""Data as the rommer collector leaves it, written from the format's description alone."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

#: 1753996829216 is 2025-07-31T21:20:29.216Z.
START_MS = 1753996829216


@dataclass
class OldRun:
    """A run of the collector: five frames a set, one chunk a frame, one picture a set, and what memory really was.

    Attributes:
        lines: The log's lines, without their ends.
        held: By frame of the session, the keys that the log shows; None where it has no row.
        memory: By frame of the session, the value of each word that is known, by address.
    """

    lines: list[str] = field(default_factory=list)
    held: list[str | None] = field(default_factory=list)
    memory: list[dict[int, int]] = field(default_factory=list)

    def csv(self, folder: Path, name: str = "event_log.csv", end: str = "\n") -> Path:
        path = folder / name
        path.write_bytes("".join(line + end for line in self.lines).encode())
        return path


def old_run(sets: int, *, first_frame: int = 812, frames_a_set: int = 5, seed: int = 1) -> OldRun:
    """Return a run of which every frame has 0 to 3 changes; word addresses of iwram's chunk 1 are not aligned."""
    draw = random.Random(seed)
    run = OldRun()
    words: dict[int, int] = {}
    counts: dict[int, int] = {}
    history = ["None"]
    for set_id in range(sets):
        for chunk in range(frames_a_set):
            frame = first_frame + set_id * frames_a_set + chunk
            keys = draw.choice(["None", "X", "Left+Z", "Enter", "Q"])
            rows = 0 if set_id == 0 else draw.randrange(4 if chunk < 5 else 3)
            for number in range(rows):
                region, start, size = (("iwram", 0x03000000, 6553), ("ewram", 0x02000000, 52428))[number % 2]
                word = 7 * number + draw.randrange(7) if chunk < 5 else 0  # the sixth chunk has one
                address = start + chunk * size + 4 * word
                before = words.get(address, 0)
                after = draw.randrange(
                    1 << (24 if address == 0x03007FFD else 32)
                )  # of the last word 3 bytes are iwram's
                words[address] = after
                counts[address] = counts.get(address, 0) + 1
                run.lines.append(
                    f"{START_MS + 17 * frame},{region},{frame},{address:08X},{before:08X},{after:08X},"
                    f"{counts[address]},{0x08000000 + frame:08X},{' | '.join(history[-5:])},{keys},{set_id},{chunk}"
                )
            history.append(keys)
            run.held.append(keys if rows else None)
            run.memory.append(dict(words))
    return run


def snapshots(folder: Path, ids: list[int], size: tuple[int, int] = (24, 16)) -> Path:
    """Write a picture for each frame set; its colour says which."""
    folder.mkdir(parents=True, exist_ok=True)
    for set_id in ids:
        Image.new("RGB", size, colour_of(set_id)).save(folder / f"{set_id}.png")
    return folder


def colour_of(set_id: int) -> tuple[int, int, int]:
    return (set_id % 256, 100, 255 - set_id % 256)
