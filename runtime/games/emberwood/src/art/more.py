"""Name the cells of shops, locks, chests and ledges, of the second kind of house, and of the heights."""

from __future__ import annotations

from collections.abc import Callable

from runtime.games.engine.art import fittings
from runtime.games.engine.art.canvas import Canvas

from . import buildings, winter

WILD_LEDGE = ("white", "trod_dark", "slate_dark")
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
    found |= buildings.house_walls("stone", "second_")
    for row in ("top", "bottom"):
        found |= {
            f"second_roof_{row}_{side}": buildings.roof("thatch", side, row) for side in ("left", "middle", "right")
        }
    found |= {f"ledge_{side}": fittings.ledge(grass, side, GRASS_LEDGE) for side in SIDES}
    found |= {f"counter_{part}": fittings.counter(planks, part) for part in ("left", "middle", "right")}
    found |= {
        "goods": fittings.goods(wall, ("red", "slime", "leaf_light", "straw", "violet")),
        "barrel_grass": fittings.barrel(grass),
        "barrel_planks": fittings.barrel(planks),
        "lamp": fittings.lamp_post(grass),
        "well": fittings.well(grass),
        "beacon_cold": fittings.beacon(floor, False),
        "beacon_lit": fittings.beacon(floor, True),
        "stairs": fittings.stairs(floor),
        "statue": fittings.statue(floor),
        "millstone": fittings.millstone(planks),
        "battle_grass": fittings.dais(grass, "grass_dark"),
        "battle_floor": fittings.dais(floor, "floor_dark"),
    }
    return found


def country(boulder: Callable[[Canvas], Canvas], brambles: Callable[[Canvas], Canvas]) -> dict[str, Canvas]:
    """Return the cells of the heights by name; each is drawn there instead of the one without `wild_`."""
    wild = winter.snow(0)
    found = {f"wild_grass_{salt}": winter.snow(salt) for salt in range(3)}
    found |= {
        "wild_tall_grass": winter.tufts(),
        "wild_flowers": winter.snowdrops(),
        "wild_mushrooms": winter.tracks(),
        "wild_tree": winter.fir(False, False),
        "wild_tree_above": winter.fir(True, False),
        "wild_tree_below": winter.fir(False, True),
        "wild_tree_both": winter.fir(True, True),
        "wild_boulder_grass": boulder(wild),
        "wild_bramble_grass": brambles(wild),
        "wild_chest_grass": fittings.chest(wild, False),
        "wild_chest_open_grass": fittings.chest(wild, True),
        "wild_sparkle_grass": fittings.bag(wild),
        "wild_barrel_grass": fittings.barrel(wild),
        "wild_sign": fittings.sign(wild),
        "wild_lamp": fittings.lamp_post(wild),
        "wild_well": fittings.well(wild),
        "wild_fence": buildings.fence(wild),
        "wild_reeds": winter.floes(),
    }
    return found | {f"wild_ledge_{side}": fittings.ledge(wild, side, WILD_LEDGE) for side in SIDES}
