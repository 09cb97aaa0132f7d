"""What lies behind a battle: sky, horizon and the ground that is fought on."""

from __future__ import annotations

from runtime.games.engine.art.canvas import Canvas
from runtime.games.engine.art.scenery import backdrop


def backdrops() -> dict[str, Canvas]:
    """Return every backdrop by name, in the order of the C enum."""
    return {
        "meadow": backdrop(
            sky=("glass", "glass", "glass_light"),
            far=("leaf_dark", "leaf"),
            near=("grass_dark", "grass", "grass_light"),
        ),
        "cave": backdrop(
            sky=("pit", "pit_light"), far=("rock_deep", "rock_dark"), near=("floor_dark", "floor", "floor_light")
        ),
        "snow": backdrop(
            sky=("slate", "slate_light", "glass_light"),
            far=("slate_dark", "slate"),
            near=("snow_dark", "snow", "snow_light"),
        ),
    }
