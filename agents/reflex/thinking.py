"""Whether the strategist thinks, as its events say."""

from collections.abc import Iterable

from runtime.wire import Event

BEGUN, ENDED = "think.begun", "think.ended"

#: A thought is dropped after two seconds (requirement R4); one that says no end is over then.
LONGEST_FRAMES = 120


class Thinking:
    """Follows the events `think.begun` and `think.ended`."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}  # the frame by who thinks

    def listen(self, events: Iterable[Event], frame_index: int) -> bool:
        """Take in the events of a frame; return whether somebody thinks."""
        for event in events:
            if event.name == BEGUN:
                self._since[event.source] = event.frame_index
            elif event.name == ENDED:
                self._since.pop(event.source, None)
        return any(frame_index - since <= LONGEST_FRAMES for since in self._since.values())
