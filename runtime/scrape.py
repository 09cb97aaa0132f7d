"""Prometheus' list of targets (file_sd), kept by the supervisor: a killed actor could not remove its own."""

from pathlib import Path

import msgspec


class ScrapeTargets:
    """One session's file; written whole when something changes, removed at the end."""

    def __init__(self, path: Path, session: str) -> None:
        self._path, self._session = path, session
        self._ports: dict[str, int] = {}

    def set(self, process: str, port: int) -> None:
        """Set a process's port; 0 means it serves no metrics."""
        if not port or self._ports.get(process) == port:
            return
        self._ports[process] = port
        groups = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"session": self._session, "process": process}}
            for process, port in sorted(self._ports.items())
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(groups)))
        partial.replace(self._path)

    def remove(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)
