"""What is kept on disk of sessions, `NAME-VERSION` each, and forgotten when a session is gone."""

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path


def thumbnails_in(state: Path) -> Path:
    """Return the folder of small pictures in a state folder."""
    return state / "studio" / "thumbnails"


def tracks_in(state: Path) -> Path:
    """Return the folder of timelines in a state folder."""
    return state / "studio" / "tracks"


def forget_others(state: Path, versions: Collection[str]) -> None:
    """Remove what is kept of sessions that are gone, or were recorded anew under their name."""
    for folder in (thumbnails_in(state), tracks_in(state)):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.stem.rpartition("-")[2] in versions:
                continue
            with contextlib.suppress(OSError):  # another studio was faster, or writes it just now
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
