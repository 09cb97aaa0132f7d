"""What the supervisor makes of health reports: who fell silent, is too slow, has bad data, and who recovered."""

from collections.abc import Iterable

from runtime import wire

#: A process reports about once a second; this long without a report it is called silent.
SILENT_NS = 5_000_000_000


class HealthWatch:
    """Keeps the newest report of each process and tells changes, each once."""

    def __init__(self) -> None:
        self._heard_ns: dict[str, int] = {}
        self._troubles: dict[str, frozenset[str]] = {}

    def report(self, health: wire.Health, now_ns: int) -> tuple[str, ...]:
        """Take a report; return the troubles it begins ("slow", "invalid") and ends ("not slow", …)."""
        self._heard_ns[health.process] = now_ns
        marks = (("slow", not health.rate_ok), ("invalid", not health.valid))
        return self._changed(health.process, frozenset(name for name, holds in marks if holds))

    def silent(self, processes: Iterable[str], now_ns: int) -> list[str]:
        """Return which of the running processes have just fallen silent."""
        return [
            process
            for process in processes
            if now_ns - self._heard_ns.setdefault(process, now_ns) > SILENT_NS
            and self._changed(process, self._troubles.get(process, frozenset()) | {"silent"})
        ]

    def forget(self, process: str) -> None:
        """Begin anew with a process that was started again."""
        self._heard_ns.pop(process, None)
        self._troubles.pop(process, None)

    def _changed(self, process: str, troubles: frozenset[str]) -> tuple[str, ...]:
        before = self._troubles.get(process, frozenset())
        self._troubles[process] = troubles
        ended = (f"not {name}" for name in sorted(before - troubles))
        return (*sorted(troubles - before), *ended)
