"""Reads back what terminals are sent: kitty graphics, sixel, half blocks → pixels. Written from their descriptions."""

import base64
import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.pixels import Rgb

_KITTY = re.compile(r"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\")
_SIXEL = re.compile(r"\x1bP[\d;]*q([^\x1b]*)\x1b\\")
_TOKEN = re.compile(
    r"\"(?P<raster>[\d;]+)|#(?P<colour>[\d;]+)|!(?P<count>\d+)(?P<run>[?-~])|(?P<one>[?-~])|(?P<move>[$-])"
)


@dataclass(frozen=True)
class KittyPicture:
    """A picture that was transmitted and placed."""

    pixels: Rgb
    columns: int
    rows: int
    keys: dict[str, str]


def kitty_pictures(text: str) -> list[KittyPicture]:
    """Return the whole pictures among kitty commands, in order."""
    found: list[KittyPicture] = []
    keys: dict[str, str] = {}
    data = ""
    for control, payload in _KITTY.findall(text):
        now = dict(pair.split("=") for pair in control.split(","))
        assert len(payload) <= 4096
        keys, data = ({**now}, payload) if "a" in now else (keys, data + payload)
        if keys.get("a") != "T" or now.get("m") == "1":
            continue
        raw = base64.standard_b64decode(data)
        raw = zlib.decompress(raw) if keys.get("o") == "z" else raw
        pixels = np.frombuffer(raw, np.uint8).reshape(int(keys["v"]), int(keys["s"]), 3)
        found.append(KittyPicture(pixels, int(keys["c"]), int(keys["r"]), keys))
    return found


def sixel_pictures(text: str) -> list[Rgb]:
    """Return the whole sixel pictures, in order; colours have 101 levels a channel."""
    return [_sixel(body) for body in _SIXEL.findall(text)]


def _sixel(body: str) -> Rgb:
    palette: dict[int, tuple[int, int, int]] = {}
    picture: NDArray[np.uint8] | None = None
    colour, x, top = 0, 0, 0
    for token in _TOKEN.finditer(body):
        if token["raster"]:
            _, _, width, height = map(int, token["raster"].split(";"))
            picture = np.zeros((-(-height // 6) * 6, width, 3), np.uint8)
            size = height
        elif token["colour"]:
            colour, *rgb = map(int, token["colour"].split(";"))
            if rgb:
                assert rgb[0] == 2
                palette[colour] = (round(rgb[1] * 2.55), round(rgb[2] * 2.55), round(rgb[3] * 2.55))
        elif token["move"]:
            x, top = 0, top + 6 * (token["move"] == "-")
        else:
            assert picture is not None
            count, bits = int(token["count"] or 1), ord(token["run"] or token["one"]) - 63
            for row in range(6):
                if bits >> row & 1:
                    picture[top + row, x : x + count] = palette[colour]
            x += count
    assert picture is not None
    assert not picture[size:].any()
    return picture[:size]


def block_picture(text: str) -> Rgb:
    """Return the pixels of lines of half blocks, each with both its colours."""
    cell = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+)m\x1b\[48;2;(\d+);(\d+);(\d+)m▀")
    rows = []
    for line in text.splitlines():
        colours = np.array([list(map(int, found)) for found in cell.findall(line)], np.uint8)
        rows += [colours[:, :3], colours[:, 3:]]
    return np.stack(rows)
