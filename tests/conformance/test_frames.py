"""Pictures: their geometry, their colours, and that each is of its own frame."""

from itertools import pairwise
from typing import Any

import numpy as np

from runtime.console import CONSOLES
from runtime.pixels import FORMATS, to_rgb
from tests.conformance.conftest import Ask
from tests.conformance.playing import playing, those
from tests.conformance.subject import Subject
from tests.roms.pad import PADS, SPRITE_PX


def before_and_after(subject: Subject) -> dict[str, Any]:
    with subject.open() as backend:
        told: dict[str, Any] = {
            "console": backend.console,
            "format": backend.pixel_format,
            "before": backend.frame().shape,
            "capabilities": backend.capabilities,
            "core": backend.core,
            "options": all(isinstance(value, str) for value in backend.core_options.values()),
        }
        for _ in range(120):
            backend.step(frozenset())
        frame = backend.frame()
        told |= {
            "shape": frame.shape,
            "dtype": frame.dtype.name,
            "colours": len(np.unique(to_rgb(frame, backend.pixel_format).reshape(-1, 3), axis=0)),
        }
    return told


@those()
def test_a_backend_says_what_it_is_and_shows_pictures_of_that_size(ask: Ask, subject: Subject) -> None:
    told = ask(before_and_after, subject)
    console = told["console"]
    assert told["capabilities"] == subject.capabilities
    assert told["core"]
    assert told["options"]
    assert (console.name, console.buttons) == (subject.console, CONSOLES[subject.console].buttons)
    assert abs(console.rate_hz - CONSOLES[subject.console].rate_hz) < 0.5
    assert told["before"] == told["shape"] == (console.height, console.width), "before the first frame and after"
    assert told["dtype"] == FORMATS[told["format"]].dtype.name
    assert told["colours"] >= 3


def pictures(subject: Subject) -> list[int]:
    with playing(subject) as player:
        player.hashes.clear()
        player.hold(frames=100)
        return player.hashes


@those(steps=True)
def test_each_frame_shows_another_picture(ask: Ask, subject: Subject) -> None:
    seen = ask(pictures, subject)
    assert all(now != before for before, now in pairwise(seen))
    assert len(set(seen)) >= 30


def sprite_edges(subject: Subject) -> list[tuple[int, int, int, int]]:
    """Walk; return where the sprite is in memory and in the picture: x, y, left, top."""
    told = []
    with playing(subject) as player:
        for buttons in ("", *["RIGHT"] * 3, *["DOWN"] * 2, *["LEFT+UP"] * 5, ""):
            player.hold(buttons)
            block, top = player.block, PADS[subject.console].top
            frame = player.backend.frame()[top:]  # without the counter
            colours, counts = np.unique(frame, return_counts=True)
            lone = [colour for colour, count in zip(colours, counts, strict=True) if count == SPRITE_PX**2]
            rows, columns = np.nonzero(np.isin(frame, lone))
            told.append((block.x, block.y, int(columns.min()), int(rows.min()) + top))
    return told


@those(steps=True)
def test_the_picture_is_of_the_moment_of_the_memory(ask: Ask, subject: Subject) -> None:
    if not subject.draws:
        return
    told = ask(sprite_edges, subject)
    in_memory = [(x, y) for x, y, _, _ in told]
    shown = [(left, top) for _, _, left, top in told[subject.picture_lag :]]
    offsets = {(x - left, y - top) for (x, y), (left, top) in zip(in_memory, shown, strict=False)}
    assert len(offsets) == 1, f"x - left and y - top stay the same as the sprite moves: {told}"
    assert len(set(in_memory)) > 5
