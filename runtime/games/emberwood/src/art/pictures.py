"""The hand-drawn pictures of Emberwood as text: one character is one pixel.

`__main__.py` turns them into tiles. Sprite characters are looked up in `SPRITE_INK`, and each
person is the same body with other inks (`PEOPLE`). Font rows use `#` for ink.
"""

from __future__ import annotations

#: Character in a sprite -> colour name in canvas.COLOURS. "." is transparent.
SPRITE_INK = {
    "k": "ink",
    "h": "hair",
    "H": "hair_light",
    "s": "skin",
    "S": "skin_dark",
    "c": "red",
    "C": "red_dark",
    "w": "cream",
    "p": "navy",
    "b": "boot",
}

#: Person -> the inks that differ from the player's.
PEOPLE: dict[str, dict[str, str]] = {
    "player": {},
    "elder": {
        "h": "silver",
        "H": "white",
        "c": "violet",
        "C": "violet_dark",
        "w": "silver",
        "p": "violet_dark",
    },
    "villager": {
        "h": "straw_dark",
        "H": "straw",
        "c": "teal",
        "C": "teal_dark",
        "w": "straw",
        "p": "boot",
    },
    "weaver": {
        "h": "ink_soft",
        "H": "violet_dark",
        "c": "ochre",
        "C": "hair",
        "w": "cream",
        "p": "hair",
    },
}

BODY = {
    "down": """
................
.....kkkkkk.....
....khHHHHhk....
...khHHhhhHhk...
...khhhhhhhhk...
...khhshhshhk...
...kSsksskssk...
...kssksskssk...
....kssssssk....
...kcwwwwwwck...
..kcCccccccCck..
..kskcccccckSk..
...kkCccccCkk...
....kppkkppk....
....kbbkkbbk....
.....kk..kk.....""",
    "down_walk": """
.....kkkkkk.....
....khHHHHhk....
...khHHhhhHhk...
...khhhhhhhhk...
...khhshhshhk...
...kSsksskssk...
...kssksskssk...
....kssssssk....
...kcwwwwwwck...
..kcCccccccCsk..
..kskcccccckk...
...kkCccccCk....
....kppkpppk....
....kbbkkbbk....
....kbbk.kk.....
.....kk.........""",
    "up": """
.....kkkkkk.....
....khHHHHhk....
...khHHHHHHhk...
...khHHhhHHhk...
...khHhhhhHhk...
...khhhhhhhhk...
...khhhhhhhhk...
...kShhhhhhSk...
....khhhhhhk....
...kcwwwwwwck...
..kcCccwwccCck..
..kskccwwcckSk..
...kkCccccCkk...
....kppppppk....
....kbbkkbbk....
.....kk..kk.....""",
    "up_walk": """
.....kkkkkk.....
....khHHHHhk....
...khHHHHHHhk...
...khHHhhHHhk...
...khHhhhhHhk...
...khhhhhhhhk...
...kShhhhhhSk...
....khhhhhhk....
...kcwwwwwwck...
..kcCccwwccCsk..
..kskccwwcckk...
...kkCccccCk....
....kppppppk....
....kbbkkbbk....
....kbbk.kk.....
.....kk.........""",
    "side": """
.....kkkkkk.....
....khHHHHhk....
...khHHHHhhhk...
...khHHhhhhhk...
..khhhhhhhhhk...
...kshshhhhhk...
...kskssSshhk...
...kskssSshk....
....kssssSk.....
....kwwwwwck....
....kcccccCk....
....kcsscCCk....
....kcsscCk.....
....kppppk......
....kbbbbk......
.....kkkk.......""",
    "side_walk": """
.....kkkkkk.....
....khHHHHhk....
...khHHHHhhhk...
...khHHhhhhhk...
..khhhhhhhhhk...
...kshshhhhhk...
...kskssSshhk...
...kskssSshk....
....kssssSk.....
....kwwwwwwck...
...kcccccccCk...
...ksscccCCk....
....kkcccCCk....
...kpppkkppk....
..kbbbk.kbbbk...
...kkk...kkk....""",
}

SLIME = {
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
}
SLIME_INK = {"k": "ink", "l": "slime", "L": "slime_light", "a": "slime_dark"}

#: 8x8 pieces of the interface; digits are colours of the text palette (canvas.TEXT_COLOURS).
INTERFACE = {
    "heart_full": """
11111111
15515511
55565551
55655551
55555551
15555511
11555111
11151111""",
    "heart_empty": """
11111111
14414411
44444441
44444441
44444441
14444411
11444111
11141111""",
    "ember": """
11171111
11177111
11767711
17766771
17686771
17688671
11766711
11111111""",
    "box_top_left": """
00000000
00999999
09911111
09111111
09111111
09111111
09111111
09111111""",
    "box_top": """
00000000
99999999
11111111
11111111
11111111
11111111
11111111
11111111""",
    "box_left": """
09111111
09111111
09111111
09111111
09111111
09111111
09111111
09111111""",
    "box_fill": """
11111111
11111111
11111111
11111111
11111111
11111111
11111111
11111111""",
    "arrow": """
11111111
11111111
99999991
19999911
11999111
11191111
11111111
11111111""",
}

#: The 5x7 font in strips of ten glyphs, one blank column between glyphs; row 8 is the descender.
FONT_STRIPS: list[tuple[str, str]] = [
    (
        "ABCDEFGHIJ",
        """
.###. ####. .#### ####. ##### ##### .#### #...# .###. ..###
#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#.
#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#.
##### ####. #.... #...# ####. ####. #..## ##### ..#.. ...#.
#...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#.
#...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#.
#...# ####. .#### ####. ##### #.... .###. #...# .###. .##..
..... ..... ..... ..... ..... ..... ..... ..... ..... .....""",
    ),
    (
        "KLMNOPQRST",
        """
#...# #.... #...# #...# .###. ####. .###. ####. .#### #####
#..#. #.... ##.## ##..# #...# #...# #...# #...# #.... ..#..
#.#.. #.... #.#.# ##..# #...# #...# #...# #...# #.... ..#..
##... #.... #.#.# #.#.# #...# ####. #...# ####. .###. ..#..
#.#.. #.... #...# #..## #...# #.... #.#.# #.#.. ....# ..#..
#..#. #.... #...# #..## #...# #.... #..#. #..#. ....# ..#..
#...# ##### #...# #...# .###. #.... .##.# #...# ####. ..#..
..... ..... ..... ..... ..... ..... ..... ..... ..... .....""",
    ),
    (
        "UVWXYZ.,!?",
        """
#...# #...# #...# #...# #...# ##### ..... ..... ..#.. .###.
#...# #...# #...# #...# #...# ....# ..... ..... ..#.. #...#
#...# #...# #...# .#.#. .#.#. ...#. ..... ..... ..#.. ....#
#...# #...# #.#.# ..#.. ..#.. ..#.. ..... ..... ..#.. ..##.
#...# .#.#. #.#.# .#.#. ..#.. .#... ..... ..... ..#.. ..#..
#...# .#.#. ##.## #...# ..#.. #.... .##.. .##.. ..... .....
.###. ..#.. #...# #...# ..#.. ##### .##.. .##.. ..#.. ..#..
..... ..... ..... ..... ..... ..... ..... .#... ..... .....""",
    ),
    (
        "abcdefghij",
        """
..... #.... ..... ....# ..... ..##. ..... #.... ..#.. ...#.
..... #.... ..... ....# ..... .#..# ..... #.... ..... .....
.###. ####. .#### .#### .###. .#... .#### ####. .##.. ..##.
....# #...# #.... #...# #...# ###.. #...# #...# ..#.. ...#.
.#### #...# #.... #...# ##### .#... #...# #...# ..#.. ...#.
#...# #...# #.... #...# #.... .#... .#### #...# ..#.. ...#.
.#### ####. .#### .#### .#### .#... ....# #...# .###. #..#.
..... ..... ..... ..... ..... ..... .###. ..... ..... .##..""",
    ),
    (
        "klmnopqrst",
        """
#.... .##.. ..... ..... ..... ..... ..... ..... ..... .#...
#.... ..#.. ..... ..... ..... ..... ..... ..... ..... .#...
#..#. ..#.. ##.#. ####. .###. ####. .#### #.##. .#### ####.
#.#.. ..#.. #.#.# #...# #...# #...# #...# ##..# #.... .#...
##... ..#.. #.#.# #...# #...# #...# #...# #.... .###. .#...
#.#.. ..#.. #.#.# #...# #...# ####. .#### #.... ....# .#..#
#..#. .###. #.#.# #...# .###. #.... ....# #.... ####. ..##.
..... ..... ..... ..... ..... #.... ....# ..... ..... .....""",
    ),
    (
        "uvwxyz:'-/",
        """
..... ..... ..... ..... ..... ..... ..... ..#.. ..... ....#
..... ..... ..... ..... ..... ..... .##.. ..#.. ..... ...#.
#...# #...# #...# #...# #...# ##### .##.. .#... ..... ...#.
#...# #...# #.#.# .#.#. #...# ...#. ..... ..... ##### ..#..
#...# #...# #.#.# ..#.. #...# ..#.. .##.. ..... ..... .#...
#..## .#.#. #.#.# .#.#. .#### .#... .##.. ..... ..... .#...
.##.# ..#.. .#.#. #...# ....# ##### ..... ..... ..... #....
..... ..... ..... ..... .###. ..... ..... ..... ..... .....""",
    ),
    (
        "0123456789",
        """
.###. ..#.. .###. .###. ...#. ##### .###. ##### .###. .###.
#...# .##.. #...# #...# ..##. #.... #.... ....# #...# #...#
#..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...#
#.#.# ..#.. ..##. ..##. #..#. ....# ####. ..#.. .###. .####
##..# ..#.. .#... ....# ##### ....# #...# ..#.. #...# ....#
#...# ..#.. #.... #...# ...#. #...# #...# ..#.. #...# ....#
.###. .###. ##### .###. ...#. .###. .###. ..#.. .###. .###.
..... ..... ..... ..... ..... ..... ..... ..... ..... .....""",
    ),
]


def grid(picture: str, width: int) -> list[str]:
    """Split a picture into rows. Raises ValueError on a row that is not `width` characters long."""
    rows = picture.strip("\n").split("\n")
    for number, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(f"row {number} is {len(row)} characters, not {width}: {row!r}")
    return rows


def glyphs() -> dict[str, list[str]]:
    """Return every glyph of the font as eight rows of five characters."""
    found: dict[str, list[str]] = {" ": ["....."] * 8}
    for letters, strip in FONT_STRIPS:
        rows = grid(strip, 6 * len(letters) - 1)
        for index, letter in enumerate(letters):
            found[letter] = [row[6 * index : 6 * index + 5] for row in rows]
    return found
