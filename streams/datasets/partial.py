"""A dataset's folder: there whole or not at all. What a killed build left beside it is taken up by the same command."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from runtime.errors import UsageError, WireError
from streams.datasets.manifest import CARD, MANIFEST
from streams.datasets.shards import JOURNAL, Shards

#: Says what is being built, so that another command does not continue it.
BUILD = "build.json"


class _Build(msgspec.Struct, frozen=True):
    fingerprint: str


def check_out(out: Path, *, overwrite: bool) -> None:
    """Check that a dataset may be written here.

    Raises:
        UsageError: There is something already.
    """
    if out.is_dir():
        there = sorted(path.name for path in out.iterdir())
        if there and not overwrite:
            shown = ", ".join(there[:3]) + (" …" if len(there) > 3 else "")
            raise UsageError(f"{out}: the folder is not empty ({shown}); choose another, or replace it by --overwrite")
        if there and not _is_dataset(out):
            raise UsageError(f"{out}: --overwrite replaces datasets; this folder is none (it has no {MANIFEST})")
    elif out.exists():
        raise UsageError(f"{out}: is no folder")


def partial_of(out: Path) -> Path:
    """Return the folder in which a dataset is built."""
    return out.with_name(f".{out.name}.partial")


@contextlib.contextmanager
def whole_folder(out: Path, fingerprint: str) -> Iterator[Shards]:
    """Give the files of a folder beside `out`, which takes its place when the block ends without an error.

    It continues what a killed build of the same fingerprint left. After an error that would come again nothing remains;
    after one that may not (no server, a full disk, Ctrl-C) the next build continues here.
    """
    out = out.absolute()
    partial, replaced = partial_of(out), out.with_name(f".{out.name}.replaced")
    partial.mkdir(parents=True, exist_ok=True)
    with _alone_in(partial):
        shards = _begin(partial, fingerprint)
        try:
            yield shards
        except (UsageError, WireError):
            _remove(partial)
            raise
        (partial / BUILD).unlink()
        shards.end()
        _remove(replaced)
        if out.exists():
            out.rename(replaced)
        partial.rename(out)
        _remove(replaced)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder against other builds; the kernel lets go of it when this process ends, however it ends.

    Raises:
        UsageError: Another build holds it.
    """
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UsageError(f"{folder}: another build is writing there; wait for it or choose another --out") from error
    finally:
        os.close(held)


def _begin(partial: Path, fingerprint: str) -> Shards:
    if _fingerprint(partial) != fingerprint:
        for path in partial.iterdir():
            if path.is_dir():
                _remove(path)
            else:
                path.unlink()
        (partial / BUILD).write_bytes(msgspec.json.encode(_Build(fingerprint)))
    shards = Shards(partial)
    known = {file.path for file in shards.files()} | {BUILD, JOURNAL}
    for path in partial.rglob("*"):  # what was being written
        if not path.is_dir() and path.relative_to(partial).as_posix() not in known:
            path.unlink()
    return shards


def _fingerprint(partial: Path) -> str:
    try:
        return msgspec.json.decode((partial / BUILD).read_bytes(), type=_Build).fingerprint
    except (OSError, msgspec.DecodeError):
        return ""


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _is_dataset(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() or ((folder / CARD).is_file() and (folder / "data").is_dir())
