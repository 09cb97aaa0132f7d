"""Write art.c and art.h: every picture of Emberwood. Run by `make art`; a folder may be given to write to.

Terrain is drawn by formula, people and things from text; what both cartridges share is in the engine's art.
"""

from __future__ import annotations

import sys
from pathlib import Path

from runtime.games.engine.art.people import poses
from runtime.games.engine.art.writing import Pictures, write

from . import backdrops, terrain
from .colours import PALETTE
from .icons import ICONS
from .monsters import monsters
from .people import PEOPLE, critters

SOURCE = Path(__file__).parent.parent


def pictures() -> Pictures:
    """Draw everything."""
    return Pictures(
        palette=PALETTE,
        word="EMBERWOOD",
        metatiles=terrain.metatiles(),
        blobs=terrain.blobs(),
        sprites=poses(PEOPLE) | critters(),
        monsters=monsters(),
        backdrops=backdrops.backdrops(),
        icons=ICONS,
    )


if __name__ == "__main__":
    write(pictures(), Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE)
