"""What `runtime play` shows frames on and hears keys from: a window, or the terminal."""

import contextlib
from collections.abc import Callable
from typing import Protocol

from runtime.commands.keys import Key
from runtime.pixels import Rgb

Heard = Callable[[Key], None]


class Screen(Protocol):
    """One place to play at. Open it, then show frames and pump until done."""

    @property
    def releases(self) -> bool:
        """Whether it tells when keys are released."""

    @property
    def most_hz(self) -> float:
        """Frames a second that are worth showing."""

    def open(self, heard: Heard, width: int, height: int, title: str) -> contextlib.AbstractContextManager[None]:
        """Begin to show frames of (height, width) pixels and to call `heard` for keys; end it in order.

        Raises:
            UsageError: There is no such screen here.
        """

    async def show(self, rgb: Rgb, status: str) -> None:
        """Show a frame, (H, W, 3), and one line about the session."""

    async def pump(self) -> None:
        """Hear keys until cancelled."""


#: The key that a closed window stands for.
CLOSED = "escape"
