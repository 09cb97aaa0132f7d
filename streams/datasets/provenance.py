"""provenance.json: from what, by what and with which options a dataset was made. Nothing in it is a time of building.

{"format": …, "command": …, "framewire": version, "git_commit": …, "codec": {payload: version}, "libraries": {…},
 "options": {…}, "labels_sha256": …,
 "sessions": [{"session": …, "created": …, "core": …, "rom_sha256": …, "frames": [first, last], "chunks": [1, last],
               "annotations": {"acts": n, "by": [{"annotator": …, "kind": …, "models": […], "frames": {…}}]},
               "rows": n, "episodes": n, "holes": […], …}, …]}

`annotations` says who made the labels of a session, and of how many frames by key and origin: `said`, or as a
suggestion was `accepted` or `corrected`, with its `models`. It is not there without annotations.
"""

import hashlib
import importlib.metadata
import platform
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from runtime import wire
from runtime.names import OURS
from streams.datasets.format import SessionSummary
from streams.datasets.labels import Labels
from streams.session import Session

#: Payloads that a dataset is decoded from.
_DECODED = (wire.Chunk, wire.Frame, wire.MemoryDiff, wire.Input, wire.State, wire.Event, wire.Savestate)

#: Distributions whose versions can change a dataset's bytes.
_LIBRARIES = ("numpy", "pillow", "pyarrow", "zstandard")


def described(
    sessions: Sequence[tuple[Session, tuple[int, int]]],
    *,
    format_name: str,
    command: str,
    git_commit: str,
    options: dict[str, Any],
    labels: Labels,
) -> dict[str, Any]:
    """Return what is known before the first row.

    Args:
        sessions: Each with the first and the last frame that may become rows.
        format_name: The format.
        command: What was typed, without where to.
        git_commit: The commit of the user's own code; empty outside a repository.
        options: What decides which rows there are.
        labels: All labels, and who made them.
    """
    return {
        "format": format_name,
        "command": command,
        "framewire": importlib.metadata.version(OURS),
        "git_commit": git_commit,
        "codec": {wire.tag_of(payload): wire.version_of(payload) for payload in _DECODED},
        "libraries": {
            "python": platform.python_version(),
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
            **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        },
        "options": options,
        "labels_sha256": labels.digest,
        "sessions": [_session(session, frames) | _annotations(labels, session.name) for session, frames in sessions],
    }


def completed(before: dict[str, Any], summaries: Sequence[SessionSummary]) -> dict[str, Any]:
    """Return it with what each session gave."""
    results = [
        {"rows": summary.rows, "episodes": summary.episodes, "holes": msgspec.to_builtins(summary.holes)}
        for summary in summaries
    ]
    sessions = [{**session, **result} for session, result in zip(before["sessions"], results, strict=True)]
    return {**before, "sessions": sessions}


def fingerprint(before: dict[str, Any], spec: object) -> str:
    """Return what must be equal for a killed build to be continued."""
    return hashlib.sha256(msgspec.json.encode([before, spec])).hexdigest()


def _annotations(labels: Labels, session: str) -> dict[str, Any]:
    credits_ = labels.credits.get(session)
    return {"annotations": msgspec.to_builtins(credits_)} if credits_ else {}


def _session(session: Session, frames: tuple[int, int]) -> dict[str, Any]:
    meta = session.meta
    return {
        "session": meta.session,
        "game": meta.game,
        "created": meta.created,
        "core": meta.core,
        "rom_sha256": meta.rom_sha256,
        "framewire": meta.framewire_version,
        "git_commit": meta.git_commit,
        "parent": meta.parent,
        "frames": list(frames),
        "chunks": [1, session.stored.chunks],
    }
