"""Who is fought in Saltmere."""

from __future__ import annotations

from math import sin

from runtime.games.engine.art.sculpture import Sculpture
from runtime.games.engine.art.writing import Monster

INK = {"ink": "101828", "white": "f8f8f8", "red": "d85048"}
EYE = {"k": "ink", "w": "white", "r": "red"}


def crab() -> Monster:
    """Draw a crab with raised claws."""
    ink = INK | {"a": "702830", "b": "b05040", "c": "e08058", "d": "f8b088", "e": "f8d8b0"}
    shell = ("a", "b", "b", "c", "d")
    clay = Sculpture()
    for points in (
        [(20.0, 46.0, 3.0), (8.0, 46.0, 2.5), (3.0, 58.0, 1.5)],
        [(22.0, 50.0, 3.0), (12.0, 53.0, 2.5), (9.0, 62.0, 1.5)],
        [(24.0, 53.0, 3.0), (19.0, 58.0, 2.5), (18.0, 63.0, 1.5)],
        [(18.0, 40.0, 3.0), (8.0, 34.0, 3.0), (8.0, 24.0, 3.0)],
    ):
        clay.limb(points, shell)
    clay.ball(10, 16, 9, 11, shell)
    clay.blade((13, 0), (8, 15), (16, 15), ("ink", "ink", "a"))
    clay.ball(32, 44, 20, 13, shell, 6)
    clay.limb([(26, 34, 2), (25, 24, 2)], shell)
    clay.ball(25, 22, 4.5, 4.5, ("e", "white", "white"))
    clay.stamp(24, 20, "kk kk kk", EYE)
    for x, y in ((22, 40), (27, 37), (18, 46)):
        clay.ball(x, y, 2.5, 1.8, ("c", "d", "e"))
    clay.mirrored()
    clay.stamp(26, 48, "k..........k .kkwkwkwkkk. ..kkkkkkkk..", EYE)
    return Monster(clay.outlined("ink"), ink)


def gull() -> Monster:
    """Draw an angry gull that dives."""
    ink = INK | {"a": "607888", "b": "a0b8c0", "c": "d0e0e0", "d": "384858", "y": "f8c048", "o": "c88030"}
    down, wing = ("a", "b", "c", "white", "white"), ("d", "a", "b", "c")
    clay = Sculpture()
    for tip, left, right in (((1, 8), (10, 30), (30, 24)), ((4, 24), (12, 38), (28, 30))):
        clay.blade(tip, left, right, wing)
    clay.blade((63, 8), (34, 24), (54, 30), wing)
    clay.blade((60, 24), (36, 30), (52, 38), wing)
    clay.blade((32, 62), (24, 46), (40, 46), wing)
    clay.ball(32, 38, 13, 16, down)
    clay.ball(32, 22, 11, 11, down)
    clay.blade((32, 38), (26, 25), (38, 25), ("o", "y", "y"))
    clay.stamp(28, 29, ".kkkkkkk.", EYE)
    clay.stamp(23, 17, "kk... .kkk. krrkk .kk..", EYE)
    clay.stamp(36, 17, "...kk .kkk. kkrrk ..kk.", EYE)
    for x in (26, 36):
        clay.limb([(x, 52, 1.4), (x - 1, 58, 1.4)], ("o", "y"))
        clay.stamp(x - 4, 58, "y.y.y yyyyy", {"y": "y"})
    return Monster(clay.outlined("ink"), ink)


def jelly() -> Monster:
    """Draw a stinging jellyfish."""
    ink = INK | {"a": "502870", "b": "8048a0", "c": "b878c8", "d": "e0b0e0", "e": "f8e0f8"}
    bell = ("a", "b", "c", "c", "d", "e")
    clay = Sculpture()
    for root, phase in ((14, 0.0), (22, 1.4), (30, 2.6), (38, 0.8), (46, 2.0), (52, 3.4)):
        points = [(root + 3 * sin(phase + i * 0.9), 28.0 + 5 * i, 2.4 - 0.25 * i) for i in range(8)]
        clay.limb(points, ("a", "b", "c", "d"))
    clay.ball(32, 24, 26, 21, bell)
    clay.ball(32, 38, 25, 7, ("a", "a", "b", "c"))
    clay.stamp(20, 22, ".kkkk. kkwwkk kkwkkk kkkkkk .kkkk.", EYE)
    clay.stamp(38, 22, ".kkkk. kkwwkk kkwkkk kkkkkk .kkkk.", EYE)
    clay.stamp(27, 31, "..kkkkkk.. .kk....kk. kk......kk", EYE)
    return Monster(clay.outlined("a"), ink)


def eel() -> Monster:
    """Draw an eel that rears up."""
    ink = INK | {
        "a": "183840",
        "b": "286058",
        "c": "409078",
        "d": "80c8a0",
        "p": "b8a860",
        "q": "e8d890",
        "y": "f8f090",
    }
    back = ("a", "b", "b", "c", "d")
    clay = Sculpture()
    body = [(60.0, 58.0, 2.0), (48.0, 58.0, 5.0), (30.0, 57.0, 7.0), (16.0, 52.0, 8.0), (14.0, 42.0, 8.0)]
    clay.limb(body, back, 6)
    clay.limb([(14, 42, 8), (24, 33, 8), (40, 34, 8), (47, 26, 8)], back, 6)
    for x, y in ((20, 52), (30, 55), (40, 57)):
        clay.ball(x, y, 4, 2, ("p", "q"))
    clay.limb([(47, 26, 8), (43, 16, 9), (32, 14, 9)], back, 6)
    for x, y in ((40, 5), (47, 10), (54, 18), (22, 26), (8, 36)):
        clay.blade((x + 3, y - 5), (x - 4, y + 4), (x + 5, y + 4), ("a", "c", "d"))
    clay.limb([(32, 12, 8), (20, 12, 6)], back, 6)
    clay.limb([(34, 20, 5), (20, 22, 3.5)], ("p", "q"))
    clay.stamp(13, 15, "kkkkkkkkkkkkkkkkkk wkwkwkwkwkwkkkkkk. .w.w.w.w.w.kkkk...", EYE)
    clay.stamp(28, 7, ".kkkk. kyykkk kykkkk .kkkk.", {"k": "ink", "y": "y"})
    for x, y in ((44, 40), (52, 44), (8, 20)):
        clay.stamp(x, y, "..yy .yy. yyyy ..yy .yy. .y..", {"y": "y"})
    return Monster(clay.outlined("ink"), ink)


def mudling() -> Monster:
    """Draw a heap of mud with weed for hair."""
    ink = INK | {
        "a": "383820",
        "b": "585830",
        "c": "808048",
        "d": "a8a068",
        "g": "708838",
        "l": "a0b850",
        "y": "f8e070",
    }
    mire = ("a", "b", "c", "c", "d")
    clay = Sculpture()
    clay.ball(32, 54, 30, 9, mire, 12)
    clay.ball(32, 40, 20, 19, mire, 12)
    clay.limb([(14, 40, 6), (6, 34, 5), (5, 24, 4)], mire, 12)
    clay.limb([(50, 40, 6), (58, 34, 5), (59, 24, 4)], mire, 12)
    for x, top in ((18, 16), (24, 8), (31, 12), (37, 6), (44, 14)):
        clay.blade((x - 2, top), (x - 4, 28), (x + 4, 28), ("g", "g", "l"))
    for x, y in ((12, 50), (46, 52), (30, 56), (20, 34), (42, 46)):
        clay.ball(x, y, 3, 2, ("c", "d", "d"))
    clay.stamp(20, 33, ".kkkkkk. kkkkkkkk kkkyykkk kkkyykkk .kkkkkk.", {"k": "ink", "y": "y"})
    clay.stamp(36, 33, ".kkkkkk. kkkkkkkk kkkyykkk kkkyykkk .kkkkkk.", {"k": "ink", "y": "y"})
    clay.stamp(
        22,
        44,
        ".kkkkkkkkkkkkkkkkkk. kkkkkkkkkkkkkkkkkkkk kkkwwkkkkkkkkkkwwkkk .kkkkkkkkkkkkkkkkkk. ...kkkkkkkkkkkkkk...",
        EYE,
    )
    return Monster(clay.outlined("ink"), ink)


def drowned() -> Monster:
    """Draw a drowned sailor, hung with kelp."""
    ink = INK | {
        "a": "203038",
        "b": "385868",
        "c": "58888c",
        "d": "90b8a8",
        "m": "283868",
        "n": "4860a0",
        "s": "b0c0d0",
        "g": "488048",
    }
    flesh, cloth = ("a", "b", "c", "c", "d"), ("a", "m", "n", "n")
    clay = Sculpture()
    for x in (24, 40):
        clay.limb([(x, 44, 5), (x - 1, 54, 4)], cloth)
        clay.limb([(x - 1, 55, 3), (x - 2, 61, 3.5)], flesh)
    clay.ball(32, 36, 14, 14, cloth, 8)
    for y in (30, 36, 42):
        clay.stamp(21, y, "ssssssssssssssssssssss", {"s": "s"})
    clay.limb([(20, 28, 5), (10, 26, 4.5), (3, 30, 3)], cloth)
    clay.limb([(8, 27, 3.5), (2, 32, 3)], flesh)
    clay.limb([(44, 28, 5), (54, 25, 4.5), (60, 30, 3)], cloth)
    clay.limb([(56, 26, 3.5), (61, 33, 3)], flesh)
    clay.ball(32, 16, 12, 13, flesh, 14)
    clay.ball(32, 7, 12, 6, ("m", "n", "red"))
    clay.limb([(20, 10, 1.5), (44, 10, 1.5)], ("s", "white"))
    for points in (
        [(40.0, 6.0, 1.5), (45.0, 18.0, 1.5), (42.0, 30.0, 1.5)],
        [(22.0, 24.0, 1.5), (27.0, 40.0, 1.5), (24.0, 54.0, 1.5)],
    ):
        clay.limb(points, ("g", "g"))
    clay.stamp(24, 14, ".kkkk. kkkkkk kkwwkk .kkkk.", EYE)
    clay.stamp(34, 14, ".kkkk. kkkkkk kkwwkk .kkkk.", EYE)
    clay.stamp(26, 22, "kkkkkkkkkkkk .kwkkwkwkkk. ..kkkkkkkk..", EYE)
    return Monster(clay.outlined("ink"), ink)


def lurker() -> Monster:
    """Draw an anglerfish with its light."""
    ink = INK | {
        "a": "181830",
        "b": "303058",
        "c": "505088",
        "d": "8080b0",
        "y": "f8f8c8",
        "o": "f0b848",
        "m": "701830",
    }
    skin = ("a", "b", "b", "c", "d")
    clay = Sculpture()
    clay.blade((63, 20), (46, 34), (62, 46), ("a", "b", "c"))
    clay.blade((63, 58), (46, 40), (60, 36), ("a", "b", "c"))
    clay.blade((38, 8), (26, 26), (48, 26), ("a", "b", "c"))
    clay.ball(29, 38, 25, 21, skin, 12)
    clay.limb([(26, 18, 1.8), (20, 8, 1.6), (10, 6, 1.4), (6, 12, 1.4)], ("b", "c"))
    clay.ball(6, 15, 5, 5, ("o", "y", "white"))
    clay.ball(16, 46, 15, 11, ("m", "m", "ink"))
    for x in (4, 9, 14, 19, 24):
        clay.blade((x + 1, 48), (x - 1, 38), (x + 3, 38), ("d", "white"))
        clay.blade((x + 1, 45), (x - 1, 57), (x + 3, 57), ("white", "d"))
    clay.ball(25, 29, 6, 6, ("o", "y", "white"))
    clay.stamp(22, 27, "kkk kkk kkk", EYE)
    clay.blade((48, 54), (34, 40), (40, 50), ("a", "b", "c", "d"))
    return Monster(clay.outlined("ink"), ink)


def captain() -> Monster:
    """Draw the drowned captain with hat, hook and beard of kelp."""
    ink = INK | {
        "a": "182030",
        "b": "304860",
        "c": "507888",
        "d": "88b0a8",
        "m": "581828",
        "n": "883040",
        "y": "f8c848",
        "o": "a87828",
        "g": "387048",
        "l": "68a868",
        "s": "c0d0d8",
    }
    flesh, coat = ("a", "b", "c", "d"), ("a", "m", "n", "red")
    clay = Sculpture()
    clay.blade((12, 63), (24, 34), (34, 60), ("a", "m", "n"))
    clay.blade((52, 63), (30, 60), (40, 34), ("a", "m", "n"))
    clay.ball(32, 46, 17, 17, coat, 6)
    for y in (38, 44, 50, 56):
        clay.ball(32, y, 2, 2, ("o", "y"))
    clay.limb([(18, 38, 6), (8, 42, 5), (5, 50, 4)], coat)
    clay.limb([(5, 52, 2), (4, 57, 2), (9, 60, 2), (13, 56, 1.5)], ("s", "white"))
    clay.limb([(46, 38, 6), (55, 36, 5), (57, 28, 4)], coat)
    clay.limb([(57, 26, 3), (57, 22, 3)], flesh)
    clay.limb([(52, 22, 1.5), (62, 22, 1.5)], ("o", "y"))
    clay.limb([(57, 20, 2), (58, 8, 1.8), (55, 0, 1)], ("s", "s", "white"))
    for x in (19, 45):
        clay.ball(x, 34, 6, 4, ("o", "y", "y"))
    clay.ball(32, 21, 11, 11, flesh, 10)
    for x, bottom in ((24, 40), (28, 46), (32, 49), (36, 45), (40, 39)):
        clay.limb([(x, 27, 3), (x + (x - 32) / 8, bottom, 1.4)], ("g", "g", "l"))
    clay.blade((4, 15), (18, 4), (24, 16), ("a", "m", "m"))
    clay.blade((60, 15), (40, 16), (46, 4), ("a", "m", "m"))
    clay.ball(32, 9, 16, 7, ("a", "m", "n"))
    clay.limb([(10, 14, 1.4), (32, 15, 1.6), (54, 14, 1.4)], ("o", "y"))
    clay.stamp(28, 4, ".wwwww. wwkwkww wwwwwww .wkwkw. ..www..", EYE)
    clay.stamp(24, 18, "kkkkk. kyykkk kyykkk .kkk..", {"k": "ink", "y": "y"})
    clay.stamp(34, 18, ".kkkkk kkkyyk kkkyyk ..kkk.", {"k": "ink", "y": "y"})
    clay.stamp(28, 26, "kkkkkkkk .kkkkkk.", EYE)
    return Monster(clay.outlined("ink"), ink)


def monsters() -> dict[str, Monster]:
    """Return every monster by name, in the order of the C enum; the last is the one to fear."""
    drawn = (crab, gull, jelly, eel, mudling, drowned, lurker, captain)
    return {draw.__name__: draw() for draw in drawn}
