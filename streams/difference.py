"""The first frame that re-execution shows otherwise: both pictures, what differs in memory, and their files."""

import csv
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from runtime.errors import UsageError
from runtime.pixels import Raw, Rgb, to_rgb
from runtime.wire import Region, Scalar

#: Changed pixels are red on the emulated picture at a third of its brightness.
_MARK = (255, 0, 0)

_REPORT = "report.json"
_SHOWN = 5


@dataclass(frozen=True)
class Picture:
    """A frame in a console's own colours."""

    raw: Raw  # (H, W)
    pixel_format: str

    def rgb(self) -> Rgb:
        """Return it as (H, W, 3) uint8."""
        return to_rgb(self.raw, self.pixel_format)


@dataclass(frozen=True)
class ChangedByte:
    """A byte of memory that is another one."""

    region: str
    address: int
    recorded: int
    emulated: int

    def __str__(self) -> str:
        return f"{self.region} 0x{self.address:08X} {self.recorded:02X} → {self.emulated:02X}"


@dataclass(frozen=True)
class ChangedWatch:
    """A watch of game.toml with another value."""

    name: str
    recorded: Scalar
    emulated: Scalar

    def __str__(self) -> str:
        return f"{self.name} {self.recorded} → {self.emulated}"


@dataclass(frozen=True, eq=False)
class Difference:
    """The first frame that came out otherwise.

    Attributes:
        frame_index: The frame.
        recorded_hash: Of the recorded pixels.
        seen_hash: Of the emulated pixels.
        picture_differs: Whether the pixels are others.
        seen: The emulated picture.
        recorded: The recorded one; None when the recording keeps hashes only, or its pixels are damaged.
        memory_known: Whether the recording has its memory here.
        memory: Every byte that differs, by address.
        memory_differs: Whether memory differs, be it known by its hash alone.
        watches: Named values that differ.
        equal_until: The last frame whose memory was compared and equal; between it and this one memory may have parted
            earlier. -1 when none was.
    """

    frame_index: int
    recorded_hash: int
    seen_hash: int
    picture_differs: bool
    seen: Picture
    recorded: Picture | None = None
    memory_known: bool = False
    memory: tuple[ChangedByte, ...] = ()
    memory_differs: bool = False
    watches: tuple[ChangedWatch, ...] = ()
    equal_until: int = -1

    def __str__(self) -> str:
        hashes = f"recorded hash {self.recorded_hash:016x}, emulated {self.seen_hash:016x}"
        if self.picture_differs:
            return f"frame {self.frame_index}: {hashes}"
        return f"frame {self.frame_index}: the picture is equal, memory differs"

    def lines(self) -> list[str]:
        """Return what differs, for people."""
        lines = []
        if self.picture_differs and (changed := self.changed_pixels()) is not None:
            lines.append(f"picture: {int(changed.sum()):,} of {changed.size:,} pixels differ")
        elif self.picture_differs:
            lines.append("picture: differs; the recording holds no pixels of this frame to show")
        if self.memory:
            shown = "; ".join(map(str, self.memory[:_SHOWN])) + ("; …" if len(self.memory) > _SHOWN else "")
            lines.append(f"memory: {len(self.memory):,} bytes differ: {shown}")
        elif self.memory_differs:
            since = f"; it was equal at frame {self.equal_until}" if self.equal_until >= 0 else ""
            lines.append(f"memory: its hash differs; the recording holds no bytes of it to show{since}")
        if self.watches:
            lines.append(f"watches: {', '.join(map(str, self.watches))}")
        return lines

    def changed_pixels(self) -> NDArray[np.bool_] | None:
        """Return where the pictures differ, (H, W); None when there are no two of one size."""
        if self.recorded is None or self.recorded.raw.shape != self.seen.raw.shape:
            return None
        if self.recorded.pixel_format == self.seen.pixel_format:
            return np.asarray(self.recorded.raw != self.seen.raw)
        return np.asarray((self.recorded.rgb() != self.seen.rgb()).any(axis=2))


def changed_bytes(
    regions: tuple[Region, ...], recorded: NDArray[np.uint8], emulated: NDArray[np.uint8]
) -> tuple[ChangedByte, ...]:
    """Return every byte that differs between two images of all regions, as `runtime.memory_codec` lays them out."""
    found, at = [], 0
    for region in regions:
        for offset in np.flatnonzero(recorded[at : at + region.size] != emulated[at : at + region.size]).tolist():
            before, after = int(recorded[at + offset]), int(emulated[at + offset])
            found.append(ChangedByte(region.name, region.address + offset, before, after))
        at += -(-region.size // 8) * 8
    return tuple(found)


def check_report(folder: Path) -> None:
    """Check that a report may be written there.

    Raises:
        UsageError: It is a file, its parent is missing, or it holds something other than a report.
    """
    if not folder.absolute().parent.is_dir():
        raise UsageError(f"{folder}: the folder {folder.absolute().parent} does not exist")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / _REPORT).is_file())):
        raise UsageError(f"{folder}: exists and is no report of `verify`; name another folder with --report")


def write_report(folder: Path, difference: Difference, facts: dict[str, Any]) -> list[str]:
    """Write pictures, memory.csv and report.json in place of an earlier report; return the files' names.

    Args:
        folder: Made whole or not at all.
        difference: What was found.
        facts: What else report.json says.

    Raises:
        UsageError: It cannot be written there.
    """
    check_report(folder)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        partial.mkdir()
        _write_pictures(partial, difference)
        if difference.memory:
            _write_memory(partial / "memory.csv", difference)
        names = sorted(path.name for path in partial.iterdir())
        report = {**facts, **_described(difference), "files": names}
        (partial / _REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        raise UsageError(f"{folder}: the report cannot be written: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [*names, _REPORT]


def _write_pictures(folder: Path, difference: Difference) -> None:
    emulated = difference.seen.rgb()
    Image.fromarray(emulated).save(folder / "emulated.png")
    if difference.recorded:
        Image.fromarray(difference.recorded.rgb()).save(folder / "recorded.png")
    changed = difference.changed_pixels()
    if changed is not None:
        marked = emulated // 3
        marked[changed] = _MARK
        Image.fromarray(marked).save(folder / "difference.png")


def _write_memory(path: Path, difference: Difference) -> None:
    with path.open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file)
        writer.writerow(("region", "address", "recorded", "emulated"))
        for byte in difference.memory:
            row = (byte.region, f"0x{byte.address:08X}", f"0x{byte.recorded:02X}", f"0x{byte.emulated:02X}")
            writer.writerow(row)


def _described(difference: Difference) -> dict[str, Any]:
    changed = difference.changed_pixels()
    return {
        "frame_index": difference.frame_index,
        "picture": {
            "differs": difference.picture_differs,
            "recorded_hash": f"{difference.recorded_hash:016x}",
            "emulated_hash": f"{difference.seen_hash:016x}",
            "changed_pixels": None if changed is None else int(changed.sum()),
        },
        "memory": {
            "recorded": difference.memory_known,
            "differs": difference.memory_differs,
            "changed_bytes": len(difference.memory),
            "equal_until_frame": difference.equal_until,
            "first": [str(byte) for byte in difference.memory[:_SHOWN]],
        },
        "watches": {
            watch.name: {"recorded": watch.recorded, "emulated": watch.emulated} for watch in difference.watches
        },
    }
