"""The files of a dataset under way: renamed when whole, then remembered, so that a killed build continues."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

#: Beside the data while a build runs: one JSON line for each whole file, in the order in which they were finished.
JOURNAL = "build.journal"


class ShardFile(msgspec.Struct, frozen=True):
    """A whole file: its path in the dataset with "/", its size, its SHA-256 and the rows in it."""

    path: str
    size: int
    sha256: str
    rows: int


class Shards:
    """Gives writers their files. A writer that is asked again for what is whole already skips it."""

    def __init__(self, folder: Path) -> None:
        """Continue in a folder, or begin in an empty one."""
        self.folder = folder
        self._journal = folder / JOURNAL
        self._files = {file.path: file for file in _read(self._journal)}

    def whole(self, path: str) -> bool:
        """Return whether this file was finished, by this build or by the killed one before it."""
        return path in self._files

    @contextlib.contextmanager
    def writing(self, path: str, rows: int) -> Iterator[Path]:
        """Give a path to write to; when the block ends without an error the file takes its name and is remembered."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        try:
            yield partial
            digest = _sha256(partial)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        file = ShardFile(path, partial.stat().st_size, digest, rows)
        partial.replace(target)
        with self._journal.open("ab") as journal:
            journal.write(msgspec.json.encode(file) + b"\n")
        self._files[path] = file

    def files(self) -> list[ShardFile]:
        """Return all whole files, by path."""
        return [self._files[path] for path in sorted(self._files)]

    def end(self) -> None:
        """Forget the journal: the dataset is whole."""
        self._journal.unlink(missing_ok=True)


def _read(journal: Path) -> list[ShardFile]:
    """Return the journal's files; a line cut off by a kill is none."""
    if not journal.exists():
        return []
    found = []
    for line in journal.read_bytes().splitlines():
        with contextlib.suppress(msgspec.DecodeError):
            file = msgspec.json.decode(line, type=ShardFile)
            path = journal.parent / file.path
            if path.is_file() and path.stat().st_size == file.size:
                found.append(file)
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
