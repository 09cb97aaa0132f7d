"""Name the cells of Saltmere by the engine's names: `grass` is sand here, `tree` a palm, `bramble` a sea urchin."""

from __future__ import annotations

from runtime.games.engine.art import fittings
from runtime.games.engine.art.canvas import Canvas
from runtime.games.engine.art.joins import blob
from runtime.games.engine.art.water import water_edge

from . import houses, marsh, rooms, shore

SAND_LEDGE = ("sand_light", "rock", "rock_deep")
MUD_LEDGE = ("moss_light", "mud_dark", "mud_deep")
SIDES = ("down", "left", "right")
ROW = ("left", "middle", "right")


def blobs() -> dict[str, list[Canvas]]:
    """Return every joining shape by name, in the order of the C enum."""
    return {
        "path": blob(shore.cobble_edge),
        "water_grass": blob(water_edge(lambda x, y: shore.sand_at(x, y, 1))),
        "water_floor": blob(water_edge(lambda x, y: shore.cave_floor(0)[y][x])),
        "rock": blob(shore.rock_top),
        "beam": blob(rooms.beam_top),
        "rug": blob(shore.rug_edge),
        "path_wild": blob(marsh.boardwalk_edge),
        "water_wild": blob(marsh.bog_edge),
    }


def roofs(colour: str, name: str) -> dict[str, Canvas]:
    """Return the six cells of a roof of one colour."""
    return {f"{name}_{row}_{side}": houses.roof(colour, side, row) for row in ("top", "bottom") for side in ROW}


def metatiles() -> dict[str, Canvas]:
    """Return every cell picture by name, in the order of the C enum."""
    return coast() | built() | rooms_and_caves() | changing() | marshland()


def coast() -> dict[str, Canvas]:
    """Return the cells of sand, plants and rock."""
    sand, floor = shore.sand(0), shore.cave_floor(0)
    return {
        "grass_0": sand,
        "grass_1": shore.sand(1),
        "grass_2": shore.sand(2),
        "tall_grass": shore.dune_grass(),
        "flowers": shore.thrift(),
        "mushrooms": shore.flotsam(),
        "tree": shore.palm(False, False),
        "tree_above": shore.palm(True, False),
        "tree_below": shore.palm(False, True),
        "tree_both": shore.palm(True, True),
        "boulder_grass": shore.barnacled(sand),
        "boulder_floor": shore.barnacled(floor),
        "bramble_grass": shore.urchins(sand),
        "bramble_floor": shore.urchins(floor),
        "thorn_wall": shore.wreckage(),
        "stump": shore.bollard(sand),
        "reeds": shore.sea_grass(),
        **{f"ledge_{side}": fittings.ledge(sand, side, SAND_LEDGE) for side in SIDES},
        "cliff_single": shore.strata("single"),
        **{f"cliff_{side}": shore.strata(side) for side in ROW},
        "cave_mouth": shore.cave_mouth(),
    }


def built() -> dict[str, Canvas]:
    """Return the cells of houses and of what stands in the open."""
    sand, paved = shore.sand(0), shore.paved()
    return {
        **roofs("coral", "roof"),
        **roofs("kelp", "slate"),
        **houses.house("board"),
        **houses.house("brick", "second_"),
        **{f"second_slate_{row}_{side}": houses.tower(sand, side, row) for row in ("top", "bottom") for side in ROW},
        **{f"second_roof_{row}_{side}": houses.thatch(side, row) for row in ("top", "bottom") for side in ROW},
        "fence": houses.rope_fence(sand),
        "sign": fittings.sign(sand),
        "spring": houses.fountain(paved),
        "shrine_dark": houses.small_light(paved, False),
        "shrine_lit": houses.small_light(paved, True),
        "bridge": houses.pier(),
        "bridge_up": houses.turned(houses.pier()),
        "barrel_grass": fittings.barrel(sand),
        "lamp": houses.storm_lantern(sand),
        "well": houses.pump(sand),
        "gate": fittings.gate(paved, False),
        "gate_open": fittings.gate(paved, True),
        "battle_grass": rooms.battle_ground(sand, "sand_dark"),
    }


def rooms_and_caves() -> dict[str, Canvas]:
    """Return the cells of rooms and caves."""
    planks, wall, floor = rooms.planks(), rooms.wall(), shore.cave_floor(0)
    return {
        "planks": planks,
        "indoor_wall": wall,
        "indoor_window": rooms.window(),
        "shelf": rooms.shelf(),
        "goods": fittings.goods(wall, ("coral", "sea", "straw", "lilac", "rose")),
        "hearth": rooms.stove(),
        "table_left": rooms.table("left"),
        "table_right": rooms.table("right"),
        "plant": rooms.urn(),
        "bed_head": rooms.bed("head"),
        "bed_foot": rooms.bed("foot"),
        "mat": rooms.mat(),
        **{f"counter_{part}": fittings.counter(planks, part) for part in ROW},
        "barrel_planks": fittings.barrel(planks),
        "millstone": houses.winch(planks),
        "floor_0": floor,
        "floor_1": shore.cave_floor(1),
        "floor_2": shore.cave_floor(2),
        "crystals": shore.coral(floor),
        "stairs": fittings.stairs(floor),
        "statue": houses.anchor(floor),
        "battle_floor": rooms.battle_ground(floor, "floor_dark"),
    }


def changing() -> dict[str, Canvas]:
    """Return the cells that look otherwise once something was done."""
    found: dict[str, Canvas] = {}
    floor = shore.cave_floor(0)
    for name, ground in (("grass", shore.sand(0)), ("floor", floor), ("planks", rooms.planks())):
        found[f"chest_{name}"] = fittings.chest(ground, False)
        found[f"chest_open_{name}"] = fittings.chest(ground, True)
        found[f"sparkle_{name}"] = fittings.bag(ground)
    return found | {
        "ember": houses.lens(floor),
        "beacon_cold": houses.great_light(rooms.planks(), False),
        "beacon_lit": houses.great_light(rooms.planks(), True),
    }


def marshland() -> dict[str, Canvas]:
    """Return the cells of the marsh; each is drawn there instead of the one without `wild_`."""
    mud = marsh.mud(0)
    return {
        **{f"wild_grass_{salt}": marsh.mud(salt) for salt in range(3)},
        "wild_tall_grass": marsh.cattails(),
        "wild_flowers": marsh.iris(),
        "wild_mushrooms": marsh.toadstools(),
        "wild_tree": marsh.mangrove(False, False),
        "wild_tree_above": marsh.mangrove(True, False),
        "wild_tree_below": marsh.mangrove(False, True),
        "wild_tree_both": marsh.mangrove(True, True),
        "wild_boulder_grass": shore.barnacled(mud),
        "wild_bramble_grass": marsh.thistles(),
        "wild_chest_grass": fittings.chest(mud, False),
        "wild_chest_open_grass": fittings.chest(mud, True),
        "wild_sparkle_grass": fittings.bag(mud),
        "wild_barrel_grass": fittings.barrel(mud),
        "wild_sign": fittings.sign(mud),
        "wild_lamp": houses.storm_lantern(mud),
        "wild_well": houses.pump(mud),
        "wild_fence": houses.rope_fence(mud),
        "wild_reeds": marsh.lilies(),
        **{f"wild_ledge_{side}": fittings.ledge(mud, side, MUD_LEDGE) for side in SIDES},
    }
