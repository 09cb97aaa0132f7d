"""Moments of a recording as people type them: a frame's number, or a time from the recording's beginning."""

import math
import re

from runtime.errors import UsageError
from streams.session import Session

_FRAME = re.compile(r"\d+")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d+)?)")


def first_frame(text: str, session: Session) -> int:
    """Return the first frame at or after a moment: `750` is a frame, `12.5s`, `1:02` and `1:02:03` are times.

    Raises:
        UsageError: It is neither.
    """
    return _index(text, session)


def last_frame(text: str, session: Session) -> int:
    """Return the last frame to take up to a moment: that frame itself, or the last one before that time.

    Raises:
        UsageError: It is neither a frame nor a time, or no frame lies before it.
    """
    index = _index(text, session)
    if _FRAME.fullmatch(text):
        return index
    if index <= session.first_frame:
        raise UsageError(f"{text!r}: no frame of session {session.name!r} lies before it")
    return index - 1


def seconds_of(text: str) -> float | None:
    """Return a time in seconds; None when the text is none."""
    if found := _SECONDS.fullmatch(text):
        return float(found[1])
    if found := _CLOCK.fullmatch(text):
        return int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3])
    return None


def _index(text: str, session: Session) -> int:
    if _FRAME.fullmatch(text):
        return int(text)
    seconds = seconds_of(text)
    if seconds is None:
        raise UsageError(f"{text!r}: allowed are a frame's number and times like 12.5s, 1:02 and 1:02:03")
    # Less a millionth of a frame, so that a time that is a frame's very own is that frame.
    return session.first_frame + max(0, math.ceil(seconds * session.meta.rate_hz - 1e-6))
