"""The format `frameset`: a folder for each frame set, as rommer's processor writes it.

    <session uuid>/<frame_set_id>/event.json             what changed in memory, when, and the keys held
    <session uuid>/<frame_set_id>/<frame_set_id>.png     the last frame of the set, lossless
    <session uuid>/<frame_set_id>/annotations.json       its labels, where it has any: of each key the set's last
    <session uuid>/session_metadata.json                 range of ids, statistics, configuration

With several splits each has a folder of its own above these. A frame set is 5 consecutive frames; one that lacks a
frame, or a frame's memory, is left out and counted. The UUID is made of the session's name and its ROM's hash, so the
same recording gives the same bytes. A folder's event.json is written last: where it is, the folder is whole.

event.json: `timestamp` (ms since 1970, of the last frame), `pc` (00000000: no backend of ours offers it),
`current_keys` (buttons held on any of the frames, or ["None"]), `frame_set_id`, `frames_in_set`, and `memory_changes`,
a list of {region, frame, address, prev_val, curr_val, freq} by frame and region, values as in the 12-column log.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np

from runtime.errors import UsageError
from runtime.session_meta import SessionMeta
from streams.annotations.exchange.rows import OUTPUTS
from streams.datasets import png
from streams.datasets.format import DatasetSpec, DatasetSummary
from streams.datasets.options import check_names, choice
from streams.datasets.rows import Row
from streams.datasets.shards import Shards
from streams.framesets.changes import FREQ_WINDOW, SCANS, ChangeFinder, Changes, Scan, hex8
from streams.framesets.keys import NONE, GameConfig, load_config
from streams.framesets.layout import FRAMES_PER_SET, Layout, configuration, set_of
from streams.framesets.sets import FrameSet, SetGrouper, in_order
from streams.framesets.trace import frame_ms

#: Of the UUIDs of sessions; itself the UUID of this name.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "framewire:frameset")


@dataclass
class _Session:
    """What is known of one session of one split."""

    finder: ChangeFinder
    changed: Any  # (words,) bool: which words ever changed
    grouper: SetGrouper = field(default_factory=SetGrouper)
    frames: list[Changes] = field(default_factory=list)  # of the set under way
    set_ids: list[int] = field(default_factory=list)
    regions: Counter[str] = field(default_factory=Counter)
    buttons: Counter[str] = field(default_factory=Counter)


class FrameSetWriter:
    """Writes frame sets as their last frame comes."""

    reads_memory: ClassVar[bool] = True
    stacks: ClassVar[bool] = False
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "scan": "full: every word each frame (default); chunked: a fifth of each region a frame, as slow collectors do",
        "game_config": 'a JSON file {"keys": {BUTTON: KEY}}: buttons are named as in it (default: as in the recording)',
    }

    def __init__(self, shards: Shards, spec: DatasetSpec) -> None:
        check_names("frameset", spec.options, self.OPTIONS)
        check_rows(spec, "frameset")
        self._shards, self._spec = shards, spec
        self._layout = Layout(spec.regions)
        self._scan: Scan = "chunked" if choice(spec.options, "scan", SCANS) == "chunked" else "full"
        file = spec.options.get("game_config", "")
        self._config = load_config(Path(file), spec.buttons) if file else GameConfig()
        self._config_name = Path(file).name
        self._metas: dict[str, SessionMeta] = {meta.session: meta for meta in spec.sessions}
        self._sessions: dict[tuple[str, str], _Session] = {}

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        session = self._sessions.get((row.split, row.session))
        if session is None:
            finder = ChangeFinder(self._layout, self._scan)
            session = _Session(finder, np.zeros(self._layout.words, dtype=bool))
            self._sessions[row.split, row.session] = session
        if row.memory is None:
            return
        if session.frames and set_of(session.frames[0].frame_index) != set_of(row.frame_index):
            session.frames.clear()
        session.frames.append(session.finder.compare(row.frame_index, self._layout.padded(row.memory)))
        whole = session.grouper.add(row)
        if whole:
            self._count(session, whole, session.frames)
            self._write(whole, session.frames)

    def finish(self, summary: DatasetSummary) -> None:
        """See DatasetWriter."""
        metas = {session.meta.session: session.meta for session in summary.sessions}
        for (split, name), session in self._sessions.items():
            session.grouper.end()
            self._write_metadata(self._folder(split, name), metas[name], session)

    def close(self) -> None:
        """See DatasetWriter."""

    def _write(self, whole: FrameSet, changes: Sequence[Changes]) -> None:
        row = whole.last
        folder = f"{self._folder(row.split, row.session)}/{whole.set_id}"
        picture, event = f"{folder}/{whole.set_id}.png", f"{folder}/event.json"
        if not self._shards.whole(picture):
            with self._shards.writing(picture, 0) as path:
                path.write_bytes(png.encode(row.raw, row.pixel_format))
        self._write_labels(whole, f"{folder}/annotations.json")
        if not self._shards.whole(event):
            with self._shards.writing(event, len(whole.rows)) as path:
                path.write_bytes(msgspec.json.encode(self._event(whole, changes)))

    def _write_labels(self, whole: FrameSet, path: str) -> None:
        """Write what people said of the set, in the form of the rommer web interface."""
        labels = {key: text for row in whole.rows for key, text in row.labels.items() if text}
        if labels and not self._shards.whole(path):
            tags = [tag for tag in labels.pop("tags", "").split(",") if tag]
            known = {key: labels.pop(key, "") for key in OUTPUTS}
            complete = all(known[key] for key in ("context", "scene"))
            with self._shards.writing(path, 0) as file:
                file.write_bytes(msgspec.json.encode({**known, "tags": tags, "complete": complete, **labels}))

    def _event(self, whole: FrameSet, changes: Sequence[Changes]) -> dict[str, Any]:
        return {
            "timestamp": frame_ms(self._metas[whole.last.session], whole.last.frame_index),
            "pc": "00000000",
            "current_keys": self._config.named(in_order(whole.held(), self._spec.buttons)) or [NONE],
            "frame_set_id": whole.set_id,
            "frames_in_set": whole.frames,
            "memory_changes": [item for change in changes for item in self._items(change)],
        }

    def _items(self, changes: Changes) -> list[dict[str, Any]]:
        words = changes.words
        regions = self._layout.region_of(words)
        names = [part.name for part in self._layout.parts]
        frame = changes.frame_index
        return [
            {
                "region": names[r],
                "frame": frame,
                "address": address,
                "prev_val": before,
                "curr_val": after,
                "freq": freq,
            }
            for r, address, before, after, freq in zip(
                regions.tolist(),
                hex8(self._layout.addresses(words, regions)),
                hex8(changes.before),
                hex8(changes.after),
                changes.freq.tolist(),
                strict=True,
            )
        ]

    def _count(self, session: _Session, whole: FrameSet, changes: Sequence[Changes]) -> None:
        session.set_ids.append(whole.set_id)
        for row in whole.rows:
            session.buttons.update(row.held or ())
        for change in changes:
            session.changed[change.words] = True
            counts = np.bincount(self._layout.region_of(change.words), minlength=len(self._layout.parts))
            for part, count in zip(self._layout.parts, counts.tolist(), strict=True):
                session.regions[part.name] += count

    def _folder(self, split: str, session: str) -> str:
        unique = session_uuid(session, self._metas[session].rom_sha256)
        return f"{split}/{unique}" if len(self._spec.splits) > 1 else unique

    def _write_metadata(self, folder: str, meta: SessionMeta, session: _Session) -> None:
        path = f"{folder}/session_metadata.json"
        if self._shards.whole(path):
            return
        text = msgspec.json.format(msgspec.json.encode(self._metadata(folder, meta, session)))
        with self._shards.writing(path, 0) as partial:
            partial.write_bytes(text + b"\n")

    def _metadata(self, folder: str, meta: SessionMeta, session: _Session) -> dict[str, Any]:
        ids = session.set_ids
        return {
            "session_id": folder.rpartition("/")[2],
            "session_name": meta.session,
            "created_at": meta.created,
            "game_name": self._config.game or meta.game,
            "total_frame_sets": len(ids),
            "num_frames_per_set": FRAMES_PER_SET,
            "frame_set_id_range": {"min": min(ids), "max": max(ids)} if ids else None,
            "statistics": {
                "frames": len(ids) * FRAMES_PER_SET,
                "incomplete_frame_sets_left_out": session.grouper.incomplete,
                "memory_changes": session.regions.total(),
                "memory_changes_by_region": dict(session.regions),
                "addresses_changed": int(session.changed.sum()),
                "frames_by_button": {b: session.buttons[b] for b in in_order(set(session.buttons), self._spec.buttons)},
            },
            "configuration": {
                **configuration(self._layout, self._scan),
                "freq_window_frames": FREQ_WINDOW,
                "game_config": self._config_name,
                "frames_per_second": meta.rate_hz,
                "console": meta.console,
                "core": meta.core,
                "rom_sha256": meta.rom_sha256,
                "recorded_scan": meta.scan,
                "origin": meta.origin,
            },
        }


def session_uuid(session: str, rom_sha256: str) -> str:
    """Return the UUID that names a session's folder."""
    return str(uuid.uuid5(_NAMESPACE, f"{session}/{rom_sha256}"))


def check_rows(spec: DatasetSpec, name: str) -> None:
    """Check that rows are all frames of the game, with memory.

    Raises:
        UsageError: They are not.
    """
    if spec.stride != 1:
        raise UsageError(
            f"format {name!r}: a frame set is {FRAMES_PER_SET} consecutive frames, so the stride must be 1, it is "
            f"{spec.stride}"
        )
    if not spec.regions:
        raise UsageError(f"format {name!r} is made of memory, and the sessions have none")
