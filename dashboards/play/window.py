"""Play in a window, through SDL (pygame-ce)."""

import asyncio
import contextlib
import os
from collections.abc import Iterator

import numpy as np

from dashboards.play.screen import CLOSED, Heard
from runtime.commands.keys import Key
from runtime.errors import UsageError
from runtime.pixels import Rgb

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

#: Between two looks at the events: a quarter of a frame.
_LOOK_S = 0.004

#: How much of the display a window takes at first.
_SHARE = 0.7

#: SDL's names of keys that we call otherwise.
_NAMES = {"return": "enter", "space": " ", "page up": "pageup", "page down": "pagedown", "keypad enter": "enter"}


class Window:
    """A window that shows frames scaled by the largest whole factor that fits."""

    releases = True
    most_hz = 240.0

    def __init__(self, scale: int = 0) -> None:
        """Prepare; `scale` pixels a side for each of the console's, 0 for what suits the display."""
        self._scale = scale
        self._heard: Heard = lambda _: None
        self._shown = ""

    @contextlib.contextmanager
    def open(self, heard: Heard, width: int, height: int, title: str) -> Iterator[None]:
        """See Screen."""
        try:
            pygame.display.init()
            scale = self._scale or _fitting(width, height)
            pygame.display.set_mode((width * scale, height * scale), pygame.RESIZABLE)
        except pygame.error as error:
            pygame.display.quit()
            raise UsageError(f"no window can be opened ({error}): play in the terminal with --terminal") from error
        pygame.key.set_repeat()  # none
        pygame.display.set_caption(title)
        self._heard = heard
        try:
            yield
        finally:
            pygame.display.quit()

    async def show(self, rgb: Rgb, status: str) -> None:
        """See Screen; the line is the window's title."""
        surface = pygame.display.get_surface()
        if surface is None:
            return
        height, width, _ = rgb.shape
        factor = max(min(surface.get_width() // width, surface.get_height() // height), 1)
        frame = pygame.surfarray.make_surface(np.ascontiguousarray(rgb.swapaxes(0, 1)))
        frame = pygame.transform.scale_by(frame, factor)
        surface.fill((0, 0, 0))
        left = (surface.get_width() - frame.get_width()) // 2
        surface.blit(frame, (left, (surface.get_height() - frame.get_height()) // 2))
        pygame.display.flip()
        if status != self._shown:
            self._shown = status
            pygame.display.set_caption(status)

    async def pump(self) -> None:
        """See Screen."""
        while True:
            for event in pygame.event.get():
                if event.type == pygame.QUIT:
                    self._heard(Key(CLOSED))
                elif event.type in (pygame.KEYDOWN, pygame.KEYUP):
                    name = pygame.key.name(event.key)
                    self._heard(Key(_NAMES.get(name, name), "press" if event.type == pygame.KEYDOWN else "release"))
                elif event.type == pygame.WINDOWFOCUSLOST:
                    self._heard(Key("", "release"))  # of all: their releases go to another window
            await asyncio.sleep(_LOOK_S)


def _fitting(width: int, height: int) -> int:
    sizes = pygame.display.get_desktop_sizes()
    across, down = sizes[0] if sizes else (width * 3, height * 3)
    return max(min(int(across * _SHARE) // width, int(down * _SHARE) // height), 1)
