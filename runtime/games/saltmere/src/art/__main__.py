"""Write art.c and art.h: every picture of Saltmere. Run by `make art`; a folder may be given to write to.

Terrain is drawn by formula, people and things from text; what both cartridges share is in the engine's art.
"""

from __future__ import annotations

import sys
from pathlib import Path

from runtime.games.engine.art.people import poses
from runtime.games.engine.art.scenery import backdrop
from runtime.games.engine.art.writing import Pictures, write

from . import cells
from .colours import PALETTE
from .icons import ICONS
from .monsters import monsters
from .people import PEOPLE, critters

SOURCE = Path(__file__).parent.parent


def pictures() -> Pictures:
    """Draw everything."""
    return Pictures(
        palette=PALETTE,
        word="SALTMERE",
        metatiles=cells.metatiles(),
        blobs=cells.blobs(),
        sprites=poses(PEOPLE) | critters(),
        monsters=monsters(),
        backdrops={
            "shore": backdrop(
                sky=("water_d", "water_d", "foam"),
                far=("water_still", "water_c"),
                near=("sand_deep", "sand_dark", "sand", "sand_light"),
            ),
            "cave": backdrop(
                sky=("pit", "pit_light"), far=("timber_dark", "timber"), near=("floor_dark", "floor", "floor_light")
            ),
            "marsh": backdrop(
                sky=("bog", "bog_light", "moss_light"),
                far=("mangrove_dark", "mangrove"),
                near=("mud_deep", "mud_dark", "mud", "mud_light"),
            ),
        },
        icons=ICONS,
    )


if __name__ == "__main__":
    write(pictures(), Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE)
