"""Prometheus' list of targets (file_sd), kept by the supervisor: a killed actor could not remove its own."""

from collections.abc import Mapping
from pathlib import Path

import msgspec


class ScrapeTargets:
    """One session's file; written whole when something changes, removed at the end."""

    def __init__(self, path: Path, labels: Mapping[str, str]) -> None:
        """Keep `path`; every target has `labels`, and its process."""
        self._path, self._labels = path, dict(labels)
        self._ports: dict[str, int] = {}

    def label(self, name: str, value: str) -> None:
        """Give all targets one more label."""
        self._labels[name] = value
        self._write()

    def set(self, process: str, port: int) -> None:
        """Set a process's port; 0 means it serves no metrics."""
        if not port or self._ports.get(process) == port:
            return
        self._ports[process] = port
        self._write()

    def remove(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        groups = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {**self._labels, "process": process}}
            for process, port in sorted(self._ports.items())
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(groups)))
        partial.replace(self._path)
