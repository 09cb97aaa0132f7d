"""manifest.json: every file of a dataset with its size, SHA-256 and rows; and what the folder says of itself."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from runtime.errors import UsageError
from streams.datasets.format import load_format
from streams.datasets.shards import ShardFile

MANIFEST, STATS, PROVENANCE, CARD, PICTURE = "manifest.json", "stats.json", "provenance.json", "README.md", "card.png"

T = TypeVar("T")


class Manifest(msgspec.Struct, frozen=True):
    """What lies in a dataset's folder, this file excepted.

    Attributes:
        format: The dataset's format.
        rows: Rows by split.
        files: All files, by path.
    """

    format: str
    rows: dict[str, int]
    files: list[ShardFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def read_manifest(folder: Path) -> Manifest:
    """Read a dataset's manifest.

    Raises:
        UsageError: There is no dataset, or its manifest is damaged.
    """
    return _read(folder, MANIFEST, Manifest)


def read_described(folder: Path, name: str) -> dict[str, Any]:
    """Read stats.json or provenance.json.

    Raises:
        UsageError: It is missing or damaged.
    """
    return _read(folder, name, dict[str, Any])


def pretty(what: object) -> bytes:
    """Return JSON as these files hold it: indented, in the order given, ending with a line break."""
    return msgspec.json.format(msgspec.json.encode(what), indent=2) + b"\n"


def verify(folder: Path, on_file: Callable[[], object] = lambda: None) -> Iterator[str]:
    """Compare a dataset with its manifest, then let its format look inside; yield what is wrong.

    Args:
        folder: The dataset.
        on_file: Called for each file of the manifest that was read.

    Raises:
        UsageError: There is no dataset, its manifest is damaged, or its format is unknown.
    """
    manifest = read_manifest(folder)
    dataset_format = load_format(manifest.format)
    damaged = False
    for wrong in _compare(folder, manifest, on_file):
        damaged = True
        yield wrong
    check = getattr(dataset_format, "check", None)
    if check is not None and not damaged:
        yield from check(folder)


def _compare(folder: Path, manifest: Manifest, on_file: Callable[[], object]) -> Iterator[str]:
    known = {file.path: file for file in manifest.files}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    for path in sorted(there - set(known) - {MANIFEST}):
        yield f"{path}: is not in {MANIFEST}"
    for path, file in known.items():
        if path not in there:
            yield f"{path}: is missing"
        elif (size := (folder / path).stat().st_size) != file.size:
            yield f"{path}: has {size} bytes; {MANIFEST} says {file.size}"
        elif (digest := _sha256(folder / path)) != file.sha256:
            yield f"{path}: has SHA-256 {digest}; {MANIFEST} says {file.sha256}"
        on_file()


def _read(folder: Path, name: str, wanted: type[T]) -> T:
    try:
        data = (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"{folder}: no dataset: it has no {name}") from error
    except OSError as error:
        raise UsageError(f"{folder / name}: cannot be read: {error.strerror}") from error
    try:
        return msgspec.json.decode(data, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{folder / name}: is damaged: {error}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
