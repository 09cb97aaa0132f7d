"""Tiles, their hashes, the looks of cells and the offset of the grid."""

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.perception.descriptors import SIZE, describe
from agents.perception.offset import cell_offset, tile_offset
from agents.perception.picture import Picture
from agents.perception.tiles import CELL, TILE, cell_looks, cut, tile_hashes
from runtime.errors import UsageError, WireError
from runtime.pixels import to_rgb
from tests.tile_world import TileWorld


def looks_of(picture: Picture, offset: tuple[int, int] = (0, 0)) -> NDArray[np.uint64]:
    return cell_looks(tile_hashes(picture, offset))


@pytest.mark.parametrize(("width", "height"), [(240, 160), (160, 144)])
def test_a_frame_is_cut_into_all_its_whole_tiles(width: int, height: int) -> None:
    rgb = TileWorld(width=width, height=height).frame((0, 0))
    picture = Picture.of_rgb(rgb)
    assert tile_hashes(picture).shape == (height // TILE, width // TILE)
    assert tile_hashes(picture, (5, 3)).shape == ((height - 3) // TILE, (width - 5) // TILE)
    squares = cut(picture.codes, TILE, (5, 3))
    assert np.array_equal(squares[2, 4], picture.codes[3 + 16 : 3 + 24, 5 + 32 : 5 + 40])


def test_cells_with_the_same_drawing_look_the_same_and_others_do_not() -> None:
    world = TileWorld()
    looks = looks_of(Picture.of_rgb(world.frame((0, 0))))
    by_kind: dict[str, set[int]] = {}
    for y in range(looks.shape[0]):
        for x in range(looks.shape[1]):
            by_kind.setdefault(world.rows[y][x], set()).add(int(looks[y, x]))
    assert all(len(found) == 1 for found in by_kind.values())
    assert len(set.union(*by_kind.values())) == len(by_kind) >= 4


def test_a_look_does_not_depend_on_where_the_camera_is() -> None:
    world = TileWorld()
    whole = looks_of(Picture.of_rgb(world.frame((0, 0))))
    for camera in ((3, 0), (0, 9), (15, 15), (1, 7)):
        offset = (-camera[0] % CELL, -camera[1] % CELL)
        looks = looks_of(Picture.of_rgb(world.frame(camera)), offset)
        x, y = -(-camera[0] // CELL), -(-camera[1] // CELL)
        both = whole[y:, x:][: looks.shape[0], : looks.shape[1]]
        assert np.array_equal(looks[: both.shape[0], : both.shape[1]], both)


def test_a_hash_survives_a_palette_that_turns_and_a_little_less_light() -> None:
    rgb = TileWorld().frame((0, 0))
    before = tile_hashes(Picture.of_rgb(rgb))
    turned = rgb.copy()
    for one, other in (((112, 184, 80), (104, 176, 72)), ((88, 152, 72), (80, 144, 64))):
        turned[(rgb == one).all(axis=2)] = other
    assert np.array_equal(tile_hashes(Picture.of_rgb(turned)), before)


def test_tiles_in_another_prevailing_colour_are_others() -> None:
    plain = np.zeros((16, 16, 3), np.uint8)
    hashes = set()
    for colour in ((200, 40, 40), (40, 200, 40), (40, 40, 200), (120, 120, 120), (20, 20, 20)):
        plain[...] = colour
        hashes.add(int(tile_hashes(Picture.of_rgb(plain))[0, 0]))
    assert len(hashes) == 5


@pytest.mark.parametrize("format_name", ["gba565", "rgb565", "0rgb1555", "xrgb8888"])
def test_native_pixels_hash_as_their_rgb_does(format_name: str) -> None:
    native = np.random.default_rng(3).integers(0, 1 << 15, (32, 48)).astype("<u2")
    raw = native.astype("<u4") * 0x107 if format_name == "xrgb8888" else native
    if format_name == "gba565":
        raw = raw | np.uint16(0x0020) * (np.arange(48) % 2).astype("<u2")  # a bit that is no colour
    rgb = to_rgb(raw, format_name)
    assert np.array_equal(tile_hashes(Picture.of_raw(raw, format_name)), tile_hashes(Picture.of_rgb(rgb)))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(UsageError, match=r"\(H, W, 3\) uint8"):
        Picture.of_rgb(np.zeros((16, 16), np.uint8))
    with pytest.raises(WireError, match="unknown"):
        Picture.of_raw(np.zeros((16, 16), "<u2"), "rgb332")


def test_descriptors_are_near_for_like_cells_and_far_for_others() -> None:
    world, dimmer = TileWorld(), TileWorld(light=0.85)
    places = {kind: (x, y) for y, row in enumerate(world.rows[:10]) for x, kind in enumerate(row[:15])}
    kinds = sorted(places)
    corners = np.array([places[kind] for kind in kinds]) * CELL
    bright = describe(Picture.of_rgb(world.frame((0, 0))), corners)
    dim = describe(Picture.of_rgb(dimmer.frame((0, 0))), corners)
    assert bright.shape == (len(kinds), SIZE)
    distances = np.linalg.norm(bright[:, None] - dim[None], axis=2)
    assert (distances.argmin(axis=1) == np.arange(len(kinds))).all()


@pytest.mark.parametrize(("width", "height"), [(240, 160), (160, 144)])
def test_the_offset_is_found_in_the_picture_at_every_place_of_the_camera(width: int, height: int) -> None:
    world = TileWorld(width=width, height=height)
    for camera in ((0, 0), (1, 0), (0, 5), (7, 7), (8, 3), (13, 15), (40, 22), (101, 77)):
        codes = Picture.of_rgb(world.frame(camera, player=(camera[0] + 100, camera[1] + 70), status=True)).codes
        assert tile_offset(codes, TILE) == (-camera[0] % TILE, -camera[1] % TILE)
        assert cell_offset(codes, TILE) == (-camera[0] % CELL, -camera[1] % CELL)
