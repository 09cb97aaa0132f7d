"""Draw the deep caves of Emberwood: slabs of blue stone, dripstones, glowing caps."""

from __future__ import annotations

from runtime.games.engine.art import fittings
from runtime.games.engine.art.canvas import Canvas, copied, noise, stamp

from . import buildings


def slabs(salt: int) -> Canvas:
    """Draw the deep cave's floor; `salt` picks the variant."""

    def at(x: int, y: int) -> str:
        n = noise(x, y, 240 + salt)
        if n < 14:
            return "deep_light"
        return "deep_dark" if n > 240 else "deep"

    canvas = [[at(x, y) for x in range(16)] for y in range(16)]
    crack = ("dd...... .ddd.... ...ldd.. ....lddd", "....dd.. ..ddl... .ddl....", "d....... dd..dd.. .dddldd.")[salt]
    stamp(canvas, 2 + 3 * salt, 3 + 4 * salt, crack, {"l": "deep_light", "d": "deep_dark"})
    return canvas


def glowing_caps() -> Canvas:
    """Draw dripstones with caps that glow between them: in the way."""
    canvas = copied(slabs(1))
    stone = "..kk.. ..kk.. .klrk. .klrk. .klrk. klrrdk klrrdk klrrdk kkkkkk"
    inks = {"k": "rock_deep", "l": "deep_light", "r": "rock", "d": "rock_dark"}
    stamp(canvas, 1, 1, stone, inks)
    stamp(canvas, 9, 6, stone, inks)
    for x, y in ((8, 2), (1, 11), (5, 12)):
        stamp(canvas, x, y, ".gg. gwgg gggt .ct. .cc.", {"g": "slime", "w": "slime_light", "t": "teal", "c": "cream"})
    return canvas


def cells(boulder: Canvas, brambles: Canvas) -> dict[str, Canvas]:
    """Return the cells by name; each is drawn in the deeps instead of the one without `second_`.

    Args:
        boulder: On slabs, as the brambles are.
        brambles: The hazard.
    """
    slab = slabs(0)
    return {
        **{f"second_floor_{salt}": slabs(salt) for salt in range(3)},
        "second_crystals": glowing_caps(),
        "second_boulder_floor": boulder,
        "second_bramble_floor": brambles,
        "second_chest_floor": fittings.chest(slab, False),
        "second_chest_open_floor": fittings.chest(slab, True),
        "second_sparkle_floor": fittings.bag(slab),
        "second_stairs": fittings.stairs(slab),
        "second_statue": fittings.statue(slab),
        "second_beacon_cold": fittings.beacon(slab, False),
        "second_beacon_lit": fittings.beacon(slab, True),
        "second_spring": buildings.spring(slab),
    }
