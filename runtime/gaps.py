"""Gap records: what a reader or a recording lacks, and why."""

import time

import structlog

from runtime import wire
from runtime.bus import Drop

log = structlog.get_logger()


def gap_record(source: str, kind: str, drop: Drop, reason: str) -> wire.Gap:
    """Return the record of a drop of messages of a kind, sent now."""
    return wire.Gap(
        source=source,
        sent_ns=time.monotonic_ns(),
        kind=kind,
        first_frame=drop.first,
        last_frame=drop.last,
        count=drop.count,
        reason=reason,
    )


class Outage:
    """Counts frames that no live reader got because the server was away."""

    def __init__(self) -> None:
        self._since = -1

    def note(self, connected: bool, frame_index: int) -> wire.Gap | None:
        """Take note of the connection before a frame goes out; return the record of an outage that is over."""
        if not connected and self._since < 0:
            self._since = frame_index
            log.warning("bridge.offline", frame=frame_index)
        elif connected and self._since >= 0:
            first, self._since = self._since, -1
            unseen = Drop(first, frame_index - 1, frame_index - first)
            log.warning("bridge.online", frames_unseen=unseen.count)
            return gap_record("bridge", "live", unseen, "no connection to the NATS server")
        return None
