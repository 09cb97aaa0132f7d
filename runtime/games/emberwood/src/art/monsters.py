"""Who is fought in Emberwood."""

from __future__ import annotations

from runtime.games.engine.art.sculpture import Sculpture
from runtime.games.engine.art.writing import Monster

INK = {"ink": "181420", "white": "f8f8f0", "red": "d84840"}
EYE = {"k": "ink", "w": "white", "r": "red"}


def slime() -> Monster:
    """Draw a heap of jelly."""
    ink = INK | {"a": "286090", "b": "3878a8", "c": "50a0c8", "d": "80c8e0", "e": "c0f0f0"}
    ramp = ("a", "b", "c", "c", "d", "e")
    clay = Sculpture()
    clay.ball(32, 50, 27, 12, ramp)
    clay.ball(32, 40, 21, 20, ramp)
    clay.ball(32, 27, 11, 12, ramp)
    clay.stamp(21, 34, ".kkk. kwkkk kkkkk kkkkk .kkk.", EYE)
    clay.stamp(38, 34, ".kkk. kwkkk kkkkk kkkkk .kkk.", EYE)
    clay.stamp(26, 44, "k..........k .k........k. ..kkkkkkkk..", EYE)
    clay.stamp(23, 20, ".ww. wwww wwww .ww.", EYE)
    return Monster(clay.outlined("ink"), ink)


def bat() -> Monster:
    """Draw a bat with spread wings."""
    ink = INK | {"a": "382058", "b": "583c80", "c": "7850a0", "d": "a078c8", "m": "481838"}
    fur = ("a", "b", "b", "c", "d")
    clay = Sculpture()
    for tip, left, right in (
        ((2, 16), (26, 24), (10, 44)),
        ((10, 46), (8, 22), (24, 36)),
        ((20, 48), (14, 26), (30, 34)),
    ):
        clay.blade(tip, left, right, ("a", "b", "b", "c"))
    clay.limb([(3, 16, 1.5), (16, 18, 2), (28, 28, 2)], fur)
    clay.blade((22, 8), (21, 24), (30, 22), ("b", "c"))
    clay.ball(32, 36, 11, 14, fur, 12)
    clay.ball(32, 28, 11, 10, fur, 12)
    clay.stamp(23, 24, ".rrrr. rrwrrr .rrkr. ..rr..", EYE)
    clay.stamp(28, 31, "mmmm wmmm wwmm .mmm", {"m": "m", "w": "white"})
    clay.limb([(29, 48, 1.5), (27, 53, 1.5)], fur)
    clay.mirrored()
    return Monster(clay.outlined("ink"), ink)


def thornling() -> Monster:
    """Draw a walking tangle of brambles."""
    ink = INK | {
        "a": "301828",
        "b": "482038",
        "c": "783858",
        "d": "a05070",
        "e": "e07890",
        "f": "387848",
        "g": "70b850",
    }
    stem = ("a", "b", "c", "d")
    clay = Sculpture()
    for spike in range(9):
        x = 8 + spike * 6
        clay.blade((x, 6 + abs(4 - spike) * 4), (x - 4, 30), (x + 4, 30), ("b", "d", "e"))
    clay.ball(32, 36, 23, 19, stem, 40)
    for points in (
        [(6.0, 40.0, 2.0), (20.0, 26.0, 3.0), (36.0, 40.0, 3.0), (54.0, 24.0, 2.0)],
        [(8.0, 28.0, 2.0), (24.0, 44.0, 3.0), (42.0, 30.0, 3.0), (57.0, 44.0, 2.0)],
        [(14.0, 50.0, 3.0), (12.0, 60.0, 3.0)],
        [(28.0, 52.0, 3.0), (26.0, 61.0, 3.0)],
        [(42.0, 52.0, 3.0), (44.0, 61.0, 3.0)],
        [(52.0, 48.0, 3.0), (56.0, 59.0, 3.0)],
    ):
        clay.limb(points, stem)
    for x, y in ((12, 24), (24, 18), (42, 20), (52, 30), (10, 44), (50, 46)):
        clay.stamp(x, y, "..gg. .ggff ggff. ff...", {"g": "g", "f": "f"})
    clay.stamp(19, 32, "kkkkkkkk kwwkkrrk .kwwrrrk ..kkkkk.", EYE)
    clay.stamp(37, 32, "kkkkkkkk krrkkwwk krrrwwk. .kkkkk..", EYE)
    return Monster(clay.outlined("ink"), ink)


def wolf() -> Monster:
    """Draw a wolf from its side, looking left."""
    ink = INK | {"a": "282838", "b": "404458", "c": "606880", "d": "9098a8", "e": "d0d4d8", "y": "f8d048"}
    fur, belly = ("a", "b", "c", "c", "d"), ("b", "c", "d", "e")
    clay = Sculpture()
    clay.limb([(50, 34, 4), (58, 26, 4), (62, 16, 2)], fur, 14)
    for x0, x1 in ((26, 23), (48, 52)):
        clay.limb([(x0, 40, 5), (x1, 50, 3), (x1 + 1, 60, 2.5)], ("a", "b", "b"))
    clay.ball(40, 34, 17, 11, fur, 14)
    clay.ball(25, 33, 13, 13, fur, 14)
    clay.ball(24, 40, 9, 6, belly, 14)
    for x0, x1 in ((19, 17), (44, 42)):
        clay.limb([(x0, 42, 5), (x1, 51, 3), (x1 - 1, 60, 3)], fur, 10)
    clay.blade((17, 6), (12, 22), (23, 20), ("a", "b", "c"))
    clay.blade((24, 7), (20, 22), (29, 22), ("b", "c", "d"))
    clay.ball(19, 24, 11, 9, fur, 10)
    clay.limb([(13, 27, 5), (5, 29, 3)], ("b", "c", "d", "e"))
    clay.stamp(2, 27, ".kk kkk .kk", EYE)
    clay.stamp(5, 33, "kkkkkkkkk. wkwkwk.kkk k.k.k.....", EYE)
    clay.stamp(14, 21, "kk... ykkk. yyykk kyk..", {"k": "ink", "y": "y"})
    return Monster(clay.outlined("ink"), ink)


def toad() -> Monster:
    """Draw a fat toad."""
    ink = INK | {
        "a": "304020",
        "b": "506830",
        "c": "789048",
        "d": "a8b868",
        "p": "b0a078",
        "q": "e0d8a8",
        "y": "f8d048",
    }
    skin, belly = ("a", "b", "c", "c", "d"), ("p", "q", "q")
    clay = Sculpture()
    clay.ball(10, 50, 9, 11, skin, 14)
    clay.ball(54, 50, 9, 11, skin, 14)
    clay.ball(32, 42, 25, 20, skin, 14)
    clay.ball(32, 50, 17, 11, belly)
    for x in (19, 45):
        clay.ball(x, 20, 9, 9, skin, 14)
        clay.ball(x, 19, 6, 6, ("y", "y", "white"))
        clay.stamp(x - 4, 17, "kkkkkkkk .kkkkkk.", EYE)
    clay.stamp(13, 37, f"k{36 * '.'}k .kkk{30 * '.'}kkk. ....{30 * 'k'}....", EYE)
    for x, y, r in ((12, 32, 2), (50, 34, 2), (46, 30, 1.6), (18, 31, 1.6), (32, 28, 2)):
        clay.ball(x, y, r, r, ("c", "d", "d"))
    for x in (14, 50):
        clay.limb([(x, 52, 4), (x, 60, 3)], skin)
        clay.stamp(x - 6, 60, "b.bb.bb.bb.b bbbbbbbbbbbb", {"b": "c"})
    return Monster(clay.outlined("ink"), ink)


def ghoul() -> Monster:
    """Draw a ghost in rags."""
    ink = INK | {"a": "384058", "b": "606888", "c": "98a0b8", "d": "c8d0d8", "e": "f0f0f0"}
    cloth = ("a", "b", "c", "d", "d", "e")
    clay = Sculpture()
    for tip, left, right in (
        ((12, 62), (12, 40), (26, 42)),
        ((28, 60), (20, 40), (36, 42)),
        ((46, 63), (32, 40), (50, 40)),
    ):
        clay.blade(tip, right, left, ("b", "c", "d"))
    clay.ball(32, 36, 20, 16, cloth, 8)
    clay.ball(32, 22, 17, 18, cloth, 8)
    clay.limb([(16, 34, 4), (8, 30, 4), (4, 22, 3)], cloth)
    clay.limb([(48, 34, 4), (56, 30, 4), (60, 22, 3)], cloth)
    clay.stamp(20, 16, "..kkkk.. .kkkkkk. kkkkkkkk kkkrrkkk kkkrrkkk .kkkkkk. ..kkkk..", EYE)
    clay.stamp(36, 16, "..kkkk.. .kkkkkk. kkkkkkkk kkkrrkkk kkkrrkkk .kkkkkk. ..kkkk..", EYE)
    clay.stamp(27, 28, "..kkkkkk.. .kkkkkkkk. kkkkkkkkkk kkkkkkkkkk .kkkkkkkk. ..kkkkkk..", EYE)
    return Monster(clay.outlined("ink"), ink)


def knight() -> Monster:
    """Draw an empty suit of armour that walks."""
    ink = INK | {
        "a": "202030",
        "b": "404458",
        "c": "686c80",
        "d": "989cb0",
        "e": "d8d8e0",
        "p": "702838",
        "q": "a83848",
        "y": "f8c048",
    }
    steel, plume = ("a", "b", "c", "c", "d", "e"), ("p", "q", "red")
    clay = Sculpture()
    clay.limb([(32, 6, 3), (40, 3, 3), (47, 8, 2.5), (49, 16, 1.5)], plume)
    for x in (25, 39):
        clay.limb([(x, 44, 5), (x, 58, 4.5)], steel)
        clay.ball(x - 1, 60, 6, 3.5, steel)
    clay.ball(32, 36, 14, 14, steel)
    clay.ball(18, 29, 7, 6, steel)
    clay.ball(46, 29, 7, 6, steel)
    clay.limb([(48, 33, 3.5), (52, 44, 3.5)], steel)
    clay.limb([(53, 46, 1.6), (56, 20, 1.6), (58, 4, 1)], ("c", "d", "e"))
    clay.limb([(48, 45, 1.5), (58, 46, 1.5)], ("p", "q"))
    clay.ball(14, 43, 10, 12, ("p", "q", "q", "red"))
    clay.ball(14, 43, 4, 5, ("c", "d", "e"))
    clay.ball(32, 18, 11, 12, steel)
    clay.stamp(23, 15, "kkkkkkkkkkkkkkkkkk kkkyykkkkkkkyykkkk kkkkkkkkkkkkkkkkkk", {"k": "ink", "y": "y"})
    for y in (21, 24):
        clay.stamp(28, y, "k.k.k.k.k", EYE)
    clay.limb([(25, 47, 1.2), (39, 47, 1.2)], ("p", "q"))
    return Monster(clay.outlined("ink"), ink)


def thorn_king() -> Monster:
    """Draw the king of the thorns: a dead tree that walks, crowned."""
    ink = INK | {
        "a": "180c20",
        "b": "301838",
        "c": "4c2850",
        "d": "704070",
        "p": "604838",
        "q": "8c6c50",
        "r": "b89870",
        "y": "f8f0a0",
        "o": "f08830",
    }
    bark, dark = ("b", "c", "c", "d"), ("a", "b", "b", "c")
    clay = Sculpture()
    for x, y, rx, ry in ((14, 16, 13, 11), (50, 16, 13, 11), (32, 11, 17, 10)):
        clay.ball(x, y, rx, ry, dark, 40)
    for points in (
        [(24.0, 30.0, 4.0), (14.0, 22.0, 3.0), (8.0, 8.0, 1.5)],
        [(20.0, 26.0, 3.0), (18.0, 12.0, 1.5)],
        [(8.0, 58.0, 2.0), (18.0, 52.0, 4.0), (28.0, 46.0, 6.0)],
        [(18.0, 61.0, 2.0), (26.0, 54.0, 4.0)],
        [(20.0, 38.0, 5.0), (8.0, 36.0, 4.0), (3.0, 46.0, 2.5)],
    ):
        clay.limb(points, bark, 18)
    clay.ball(32, 38, 15, 21, bark, 18)
    clay.mirrored()
    for x in (3, 1, 5):
        clay.blade((x, 56), (x - 1, 46), (x + 2, 46), ("q", "r"))
        clay.blade((63 - x, 56), (62 - x, 46), (65 - x, 46), ("q", "r"))
    clay.stamp(20, 28, "kk....... kkkkk.... kyyykkk.. .kyyooyk. ..kkyoyk. ....kkk..", {"k": "ink", "y": "y", "o": "o"})
    clay.stamp(35, 28, ".......kk ....kkkkk ..kkkyyyk .kyooyyk. .kyoykk.. ..kkk....", {"k": "ink", "y": "y", "o": "o"})
    for x, y in ((18, 14), (25, 12), (32, 8), (39, 12), (46, 14)):
        clay.blade((x, y - 8), (x - 4, y + 2), (x + 4, y + 2), ("o", "y", "y"))
    clay.limb([(15, 18, 2.4), (32, 13, 2.4), (49, 18, 2.4)], ("o", "o", "y"))
    mouth = "k................k kkk.kkkk..kkk.kkkk "
    mouth += ".kkkkykkkkkkykkkk. .kkoyyokkkoyyokkk. ..kkkooookoookkk.. ...kkkkkkkkkkkk..."
    clay.stamp(23, 41, mouth, {"k": "ink", "y": "y", "o": "o"})
    return Monster(clay.outlined("ink"), ink)


def monsters() -> dict[str, Monster]:
    """Return every monster by name, in the order of the C enum; the last is the one to fear."""
    drawn = (slime, bat, wolf, thornling, toad, ghoul, knight, thorn_king)
    return {draw.__name__: draw() for draw in drawn}
