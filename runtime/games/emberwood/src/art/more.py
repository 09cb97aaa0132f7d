"""Name the cells of shops, locks, chests and ledges, of the second town and of the heights."""

from __future__ import annotations

from runtime.games.engine.art import fittings
from runtime.games.engine.art.canvas import Canvas

from . import buildings

GRASS_LEDGE = ("grass_light", "bank", "bark_dark")
SIDES = ("down", "left", "right")


def metatiles(
    grass: Canvas,
    floor: Canvas,
    paved: Canvas,
) -> dict[str, Canvas]:
    """Return every cell picture by name, in the order of the C enum."""
    planks, wall = buildings.planks(), buildings.indoor_wall()
    found: dict[str, Canvas] = {"gate": fittings.gate(paved, False), "gate_open": fittings.gate(paved, True)}
    for name, ground in (("grass", grass), ("floor", floor), ("planks", planks)):
        found[f"chest_{name}"] = fittings.chest(ground, False)
        found[f"chest_open_{name}"] = fittings.chest(ground, True)
        found[f"sparkle_{name}"] = fittings.bag(ground)
    found |= {f"ledge_{side}": fittings.ledge(grass, side, GRASS_LEDGE) for side in SIDES}
    found |= {f"counter_{part}": fittings.counter(planks, part) for part in ("left", "middle", "right")}
    found |= {
        "goods": fittings.goods(wall, ("red", "slime", "leaf_light", "straw", "violet")),
        "barrel_grass": fittings.barrel(grass),
        "barrel_planks": fittings.barrel(planks),
        "crate": fittings.crate(planks),
        "lamp": fittings.lamp_post(grass),
        "well": fittings.well(grass),
        "signpost": fittings.signpost(grass),
        "beacon_cold": fittings.beacon(floor, False),
        "beacon_lit": fittings.beacon(floor, True),
        "stairs": fittings.stairs(floor),
        "statue": fittings.statue(floor),
        "millstone": fittings.millstone(planks),
        "battle_grass": fittings.dais(grass, "grass_dark"),
        "battle_floor": fittings.dais(floor, "floor_dark"),
    }
    return found
