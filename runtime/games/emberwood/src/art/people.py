"""Who lives in Emberwood, what creeps about in it, what can be carried."""

from __future__ import annotations

from runtime.games.engine.art.canvas import Canvas, grid
from runtime.games.engine.art.people import Person, coloured

#: In the order of the C enum.
PEOPLE = {
    "player": Person(),
    "elder": Person(
        {"h": "silver", "H": "white", "c": "violet", "C": "violet_dark", "w": "silver", "p": "violet_dark"}, ("beard",)
    ),
    "villager": Person({"h": "straw_dark", "H": "straw", "c": "teal", "C": "teal_dark", "w": "straw", "p": "boot"}),
    "weaver": Person({"h": "ink_soft", "H": "violet_dark", "c": "ochre", "C": "hair", "w": "cream", "p": "hair"}),
    "shopkeeper": Person(
        {
            "c": "leaf_light",
            "C": "leaf_dark",
            "w": "white",
            "p": "boot",
            "g": "red",
            "G": "roof_light",
            "d": "red_dark",
        },
        ("scarf", "apron"),
    ),
    "innkeeper": Person(
        {
            "c": "white",
            "C": "silver",
            "w": "petal",
            "p": "silver",
            "g": "white",
            "G": "white",
            "d": "silver",
            "h": "ochre",
        },
        ("hood",),
    ),
    "child": Person({"h": "straw_dark", "H": "straw", "c": "petal", "C": "thorn_tip", "p": "slate"}, small=True),
    "warden": Person(
        {"c": "slate", "C": "slate_dark", "w": "silver", "p": "ink_soft", "g": "rock", "G": "white", "d": "rock_dark"},
        ("helm",),
    ),
    "fisher": Person(
        {"c": "navy", "C": "ink_soft", "w": "cream", "p": "boot", "g": "straw", "G": "cream", "d": "straw_dark"},
        ("brim",),
    ),
    "hunter": Person(
        {"c": "moss", "C": "leaf_dark", "w": "straw", "p": "bark", "g": "moss", "G": "leaf_glint", "d": "leaf_dark"},
        ("brim",),
    ),
    "mapmaker": Person(
        {
            "c": "violet",
            "C": "violet_dark",
            "w": "straw",
            "p": "boot",
            "g": "slate",
            "G": "slate_light",
            "d": "slate_dark",
        },
        ("hood",),
    ),
}

CRITTER_INK = {
    "k": "ink",
    "l": "slime",
    "L": "slime_light",
    "a": "slime_dark",
    "v": "violet",
    "V": "violet_dark",
    "r": "red",
    "w": "white",
    "g": "silver",
    "f": "fire_c",
    "y": "straw",
}

CRITTERS = {
    "slime_a": """
................
................
................
................
.....kkkkkk.....
...kkllllllkk...
..klLLllllllak..
..klLlllllllak..
.klLllkllklllak.
.kllllkllkllaak.
.kllllllllllaak.
.kllllkkkklaaak.
.kalllllllaaaak.
..kaaallaaaaak..
...kkkkkkkkkk...
................""",
    "slime_b": """
................
................
................
................
................
................
.....kkkkkk.....
...kkllllllkk...
..klLLlllllllk..
.klLLllkllklaak.
.klLlllkllklaak.
klllllllllllaaak
kllllllkkklaaaak
kaallllllaaaaaak
.kkaaaaaaaaaakk.
...kkkkkkkkkk...""",
    "ghoul_a": """
................
.....kkkkkk.....
....kwwwwggk....
...kwwwwwwggk...
...kwkkwwkkgk...
...kwkrwwrkgk...
...kwwwwwwwgk...
...kwwkkkkwgk...
..kkwwwwwwggkk..
.kwwkwwwwgggwwk.
.kwk.kwwwgggkwk.
..k..kwwwwggk...
.....kwwwwwggk..
......kwwwwwgk..
.......kkkwwgk..
..........kkk...""",
    "ghoul_b": """
.....kkkkkk.....
....kwwwwggk....
...kwwwwwwggk...
...kwkkwwkkgk...
...kwkrwwrkgk...
...kwwwwwwwgk...
...kwwkkkkwgk...
...kwwwwwwggk...
.kkkwwwwwggkkkk.
kwwwkwwwwgggwwwk
.kkk.kwwwgggkkk.
....kwwwwwggk...
...kwwwwwggk....
...kwwwwggk.....
...kwwwkkk......
....kkk.........""",
    "king_a": """
..y...y..y...y..
..yy.yyyyyy.yy..
..yyyyfyyfyyyy..
..kkkkkkkkkkkk..
..kVVvVVVVvVVk..
.kVvvVvvvvVvvVk.
.kVvrrvvvvrrvVk.
.kVvvrvvvvrvvVk.
kVvVvvvvvvvvVvVk
kVkVvwkwwkwvVkVk
kVkVvvvvvvvvVkVk
.k.kVvVvvVvVk.k.
...kVVVvvVVVk...
..kVVkVVVVkVVk..
..kVk.kVVk.kVk..
...k...kk...k...""",
    "king_b": """
................
..y...y..y...y..
..yy.yyyyyy.yy..
..yyyyfyyfyyyy..
..kkkkkkkkkkkk..
..kVVvVVVVvVVk..
.kVvvVvvvvVvvVk.
.kVvrrvvvvrrvVk.
.kVvvrvvvvrvvVk.
kVvVvvvvvvvvVvVk
kVkVvwkwwkwvVkVk
kVkVvvvvvvvvVkVk
.k.kVvVvvVvVk.k.
..kVVVVvvVVVVk..
.kVVkkVVVVkkVVk.
..kk...kk...kk..""",
}


def critters() -> dict[str, Canvas]:
    """Return the small creatures of the map by name."""
    return {name: coloured(grid(picture, 16), CRITTER_INK) for name, picture in CRITTERS.items()}
