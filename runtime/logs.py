"""Log lines: an event and its facts, `12:00:01.234 info session.started session=s1`."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog


def set_up(level: int = logging.INFO) -> None:
    """Write log lines of this level and above to standard error, plain, one an event."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
            structlog.processors.format_exc_info,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_Stream()),  # type: ignore[arg-type]  # needs write and flush only
    )


def _render(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    stamp, level, name = str(event.pop("timestamp"))[:12], event.pop("level"), event.pop("event")
    trace = event.pop("exception", None)
    facts = " ".join(f"{key}={value}" for key, value in event.items() if value != "")
    return f"{stamp} {level} {name} {facts}".rstrip() + (f"\n{trace}" if trace else "")


class _Stream:
    """Standard error, also when whoever read it is gone."""

    def write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
        except (BrokenPipeError, ValueError):
            return

    def flush(self) -> None:
        try:
            sys.stderr.flush()
        except (BrokenPipeError, ValueError):
            return
