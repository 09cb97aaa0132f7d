"""Who lives in Saltmere and what creeps about in it."""

from __future__ import annotations

from runtime.games.engine.art.canvas import Canvas, grid
from runtime.games.engine.art.people import Person, coloured

#: In the order of the C enum.
PEOPLE = {
    "player": Person(
        {"c": "sea", "C": "sea_dark", "w": "white", "p": "boot", "g": "straw", "G": "white", "d": "mustard"}, ("scarf",)
    ),
    "master": Person(
        {
            "h": "silver",
            "H": "white",
            "c": "navy",
            "C": "ink_soft",
            "w": "straw",
            "p": "ink_soft",
            "g": "white",
            "G": "white",
            "d": "navy",
        },
        ("beard", "cap"),
    ),
    "keeper": Person(
        {
            "h": "silver",
            "H": "silver",
            "c": "mustard",
            "C": "mustard_dark",
            "w": "straw",
            "p": "mustard_dark",
            "g": "mustard",
            "G": "straw",
            "d": "mustard_dark",
        },
        ("beard", "brim"),
    ),
    "fisher": Person(
        {
            "h": "trunk",
            "H": "plank",
            "c": "kelp",
            "C": "kelp_dark",
            "w": "cream",
            "p": "boot",
            "g": "kelp",
            "G": "kelp_light",
            "d": "kelp_dark",
        },
        ("brim",),
    ),
    "shopkeeper": Person(
        {"h": "trunk_dark", "H": "trunk", "c": "rose", "C": "rose_dark", "w": "white", "p": "trunk_dark"},
        ("locks", "apron"),
    ),
    "innkeeper": Person(
        {
            "h": "red_dark",
            "H": "coral",
            "c": "lilac",
            "C": "lilac_dark",
            "w": "white",
            "g": "white",
            "G": "white",
            "d": "silver",
        },
        ("scarf", "apron"),
    ),
    "child": Person({"h": "straw_dark", "H": "straw", "c": "red", "C": "red_dark", "p": "navy"}, small=True),
    "herbalist": Person(
        {
            "h": "hair",
            "c": "olive",
            "C": "olive_dark",
            "w": "moss_light",
            "p": "olive_dark",
            "g": "olive",
            "G": "moss_light",
            "d": "olive_dark",
        },
        ("hood",),
    ),
    "sailor": Person(
        {
            "h": "hair",
            "H": "hair_light",
            "c": "board",
            "C": "navy",
            "w": "navy",
            "p": "navy",
            "g": "red",
            "G": "rose",
            "d": "red_dark",
        },
        ("scarf",),
    ),
    "widow": Person(
        {"h": "silver", "H": "white", "c": "ink_soft", "C": "ink", "w": "cream", "p": "ink_soft"}, ("locks",)
    ),
    "ferryman": Person(
        {"h": "boot", "H": "hair_light", "c": "trunk", "C": "trunk_dark", "w": "sand", "p": "boot"}, ("beard",)
    ),
}

CRITTER_INK = {
    "k": "ink",
    "w": "white",
    "r": "red",
    "R": "red_dark",
    "c": "coral",
    "C": "coral_dark",
    "l": "water_d",
    "b": "navy",
    "s": "silver",
    "g": "kelp",
    "G": "kelp_dark",
    "y": "straw",
    "Y": "mustard",
}

CRITTERS = {
    "crab_a": """
................
................
..kk........kk..
.kcckk....kkcck.
kcckcck..kcckcck
kckkkck..kckkkck
.kc.kk.kk.kk.ck.
..kckkkwwkkkkk..
...kkckwkwkckk..
..kccckkkkccck..
.kkccccccccCCkk.
k.kcckcckccCCk.k
.kkkcccccccCkkk.
k..kkkkkkkkkk..k
.k.k.k....k.k.k.
...k........k...""",
    "crab_b": """
................
..kk........kk..
.kcckk....kkcck.
.kckcck..kcckck.
.kckkck..kckkck.
..kckkk..kkkck..
...kc..kk..ck...
...kckkwwkkckk..
...kkckwkwkckk..
..kccckkkkccck..
.kkccccccccCCkk.
k.kcckcckccCCk.k
..kkcccccccCkk..
.kkkkkkkkkkkkkk.
k.k..k....k..k.k
..k..........k..""",
    "drowned_a": """
.....kkkkkk.....
....kggggGGk....
...kgggggGGGk...
...kggkggkGGk...
...kgkwkkwkGk...
...kggkggkGGk...
....kgkkkkGk....
...kkbbbbbbkk...
..kgbbsbbsbbgk..
.kggkbbbbbbkggk.
.kgk.kbbbbk.kgk.
..k..kbbbbk..k..
....kbbkkbbk....
....kgk..kgk....
....kgk..kGk....
.....k....k.....""",
    "drowned_b": """
................
.....kkkkkk.....
....kggggGGk....
...kgggggGGGk...
...kggkggkGGk...
...kgkwkkwkGk...
...kggkggkGGk...
.kkkkgkkkkGkkkk.
kggkkbbbbbbkkggk
.kgbbbsbbsbbbgk.
..kk.kbbbbk.kk..
.....kbbbbk.....
....kbbkkbbk....
...kgk....kgk...
...kk......kk...
................""",
    "captain_a": """
...kkkkkkkkkk...
..kbbbbwwbbbbk..
.kbbbbbwwbbbbbk.
.kkkkkkkkkkkkkk.
...kggggggGGk...
...kgykggkyGk...
...kgkkggkkGk...
...kgggggGGGk...
..kkgggkkkGGkk..
.kbbkggggGGkbbk.
kbbybkgGGGkbybbk
kbbybbkkkkbbybbk
.kkybbbwwbbbykk.
...kbbbwwbbbk...
...kkkk..kkkk...
...kkk....kkk...""",
    "captain_b": """
................
...kkkkkkkkkk...
..kbbbbwwbbbbk..
.kbbbbbwwbbbbbk.
.kkkkkkkkkkkkkk.
...kggggggGGk...
...kgykggkyGk...
...kgkkggkkGk...
..kkgggkkkGGkk..
.kbbkggggGGkbbk.
kbbybkgGGGkbybbk
kbbybbkkkkbbybbk
.kkybbbwwbbbykk.
...kbbbwwbbbk...
..kkkk....kkkk..
..kkk......kkk..""",
}


def critters() -> dict[str, Canvas]:
    """Return the small creatures of the map by name."""
    return {name: coloured(grid(picture, 16), CRITTER_INK) for name, picture in CRITTERS.items()}
