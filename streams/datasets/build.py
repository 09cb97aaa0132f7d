"""Building a dataset: sessions → rows → a folder that is there whole or not at all."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from runtime.errors import UsageError
from streams.datasets.format import DatasetWriter, Format, SessionSummary
from streams.datasets.rows import NEEDED, rows, state_columns
from streams.session import HoleFinder, Session


async def build(
    sessions: Sequence[Session],
    make_writer: Format,
    out: Path,
    *,
    command: str,
    overwrite: bool = False,
    on_frame: Callable[[], object] = lambda: None,
) -> list[SessionSummary]:
    """Write the sessions' rows to the folder `out`.

    Raises:
        UsageError: `out` is there already, or the sessions do not go together.
        WireError: A recording is damaged.
        BusError: The store cannot be reached.
        OSError: The disk does not take it.
    """
    check_out(out, overwrite=overwrite)
    columns = state_columns(session.meta for session in sessions)
    with _whole_folder(out) as folder:
        writer = make_writer(folder, columns)
        with contextlib.closing(writer):
            summaries = [await _add_session(session, writer, on_frame) for session in sessions]
            if not sum(summary.rows for summary in summaries):
                raise UsageError(f"{', '.join(s.name for s in sessions)}: no frame with video, so no rows")
            writer.finish(summaries, command)
    return summaries


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
            raise UsageError(f"{out}: --overwrite replaces datasets; this folder is none (no README.md and data/)")
    elif out.exists():
        raise UsageError(f"{out}: is no folder")


async def _add_session(session: Session, writer: DatasetWriter, on_frame: Callable[[], object]) -> SessionSummary:
    holes = HoleFinder(NEEDED)
    count, episode_index = 0, -1
    async with contextlib.aclosing(rows(session, holes)) as found:
        async for row in found:
            writer.add(row)
            on_frame()
            count += 1
            episode_index = row.episode_index
    return SessionSummary(session.meta, count, episode_index + 1, tuple(holes.found))


@contextlib.contextmanager
def _whole_folder(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` that takes its place at the end; after an error nothing remains of it."""
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    _remove(partial)  # of a build that was killed
    partial.mkdir()
    try:
        yield partial
    except BaseException:
        _remove(partial)
        raise
    replaced = out.with_name(f".{out.name}.replaced")
    _remove(replaced)
    if out.exists():
        out.rename(replaced)
    partial.rename(out)
    _remove(replaced)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _is_dataset(folder: Path) -> bool:
    return (folder / "README.md").is_file() and (folder / "data").is_dir()
