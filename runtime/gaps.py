"""Gap records: what a reader or a recording lacks, and why."""

import time

from runtime import wire
from runtime.bus import Drop


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
