"""The eyes: what of a picture is ground, and what only passes over it."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from agents.perception import Eyes, Picture, Sight
from agents.perception.onlooker import Onlooker
from runtime.pixels import Rgb
from tests.tile_world import CELL, MEADOW, TileWorld, meadow_game, state_of

#: Where the camera of a walk is: right along the path, down, left and up again.
_WAY = [
    *([(x, 24) for x in range(0, 80, 4)] + [(80, y) for y in range(24, 104, 4)]),
    *([(x, 104) for x in range(80, 0, -4)] + [(0, y) for y in range(104, 24, -4)]),
]


class Stage:
    """Eyes that watch a world, frame by frame."""

    def __init__(self, world: TileWorld | None = None, blind: bool = False) -> None:
        self.world = world or TileWorld()
        self.eyes = Eyes(meadow_game())
        self.frame_index = 0
        self._blind = blind
        self._before = (0, 0)

    def player(self, camera: tuple[int, int]) -> tuple[int, int]:
        """The player's pixel in the area: in the screen's middle."""
        return camera[0] + self.world.width // 2 - 8, camera[1] + self.world.height // 2 - 8

    def show(
        self,
        camera: tuple[int, int],
        rgb: Rgb | None = None,
        *,
        people: Sequence[tuple[int, int]] = (),
        phase: int = 0,
        box: bool = False,
        fade: float = 1.0,
    ) -> Sight:
        """Show a frame: the one given, or the world with the player in its middle and what is asked for."""
        player = self.player(camera)
        drawn = self.world.frame(camera, player=player, people=people, phase=phase, status=True, box=box, fade=fade)
        state = state_of(camera, player, ahead=(camera[0] >= self._before[0], camera[1] >= self._before[1]))
        self._before = camera
        if self._blind:
            state = {name: value for name, value in state.items() if "camera" not in name and "pixel" not in name}
        self.frame_index += 6
        return self.eyes.look(Picture.of_rgb(drawn if rgb is None else rgb), state, self.frame_index)

    def walk(self) -> Iterator[Sight]:
        """Show a round of the walk; the water moves."""
        for i, camera in enumerate(_WAY):
            yield self.show(camera, phase=i // 2 % 4)


def looks_by_kind(sight: Sight) -> dict[str, set[int]]:
    """Return the looks that each kind of cell in sight has."""
    found: dict[str, set[int]] = {}
    for row in range(sight.height):
        for column in range(sight.width):
            if sight.looks[row, column]:
                kind = MEADOW[sight.y0 + row][sight.x0 + column]
                found.setdefault(kind, set()).add(int(sight.looks[row, column]))
    return found


@pytest.mark.parametrize(("width", "height"), [(240, 160), (160, 144)])
def test_the_grid_lies_where_the_cells_are_while_the_camera_slides(width: int, height: int) -> None:
    stage = Stage(TileWorld(width=width, height=height))
    for camera, sight in zip(_WAY, stage.walk(), strict=True):
        assert sight.view == "map"
        assert (sight.x0 * CELL, sight.y0 * CELL) == (camera[0] + sight.offset[0], camera[1] + sight.offset[1])
        assert sight.width in (width // CELL, width // CELL - 1)
        assert sight.height in (height // CELL, height // CELL - 1)
        assert sight.player_px == (width // 2 - 8, height // 2 - 8)


def test_every_kind_of_cell_gets_one_look_though_the_water_moves() -> None:
    stage = Stage()
    for _ in range(2):
        for _ in stage.walk():
            pass
    found: dict[str, set[int]] = {}
    for sight in stage.walk():
        for kind, looks in looks_by_kind(sight).items():
            found.setdefault(kind, set()).update(looks)
        assert not sight.sprites.any()
    assert {"#", ".", ":", "~"} <= set(found)
    assert all(len(looks) == 1 for looks in found.values()), found


def test_the_status_line_and_the_player_are_not_taken_into_the_map() -> None:
    stage = Stage()
    sights = list(stage.walk())
    for sight in sights[10:]:
        assert sight.player is not None
        own = sight.at(*sight.player)
        assert own is not None
        assert not own.visible
        if sight.offset[1] < 8:
            assert not sight.visible[0].any()
        assert sight.visible[2:].mean() > 0.9
    known = {look for sight in sights for look in sight.looks.ravel().tolist()} - {0}
    assert len(known) <= 8  # seven kinds of cells, and the water before it was known to move


def test_who_stands_on_known_ground_is_seen_and_the_ground_remembered() -> None:
    stage = Stage()
    camera = (32, 32)
    for _ in range(4):
        before = stage.show(camera)
    someone = (6, 5)
    after = stage.show(camera, people=[someone])
    cell, was = after.at(*someone), before.at(*someone)
    assert cell is not None
    assert was is not None
    assert cell.sprite
    assert not was.sprite
    assert cell.look == was.look != int(after.now[someone[1] - after.y0, someone[0] - after.x0])
    assert int(after.sprites.sum()) == 1  # and not in the cell above, where the head sticks out
    assert not stage.show(camera).sprites.any()


def test_what_changes_for_good_becomes_the_ground() -> None:
    stage = Stage()
    camera = (32, 32)
    for _ in range(12):
        stage.show(camera)
    rows = [list(row) for row in MEADOW]
    rows[5][9] = "*"
    stage.world = TileWorld(["".join(row) for row in rows])
    changed = stage.show(camera).at(9, 5)
    assert changed is not None
    assert changed.sprite
    for _ in range(15):
        sight = stage.show(camera)
    flower = sight.at(11, 1) or sight.at(6, 4)
    now = sight.at(9, 5)
    assert flower is not None
    assert now is not None
    assert now.look == flower.look
    assert not now.sprite


def test_a_box_of_text_is_seen_without_being_told_and_not_learnt() -> None:
    stage = Stage()
    camera = (32, 32)
    for _ in range(4):
        before = stage.show(camera)
    for _ in range(30):
        boxed = stage.show(camera, box=True)
    assert boxed.view == "talk"
    assert boxed.is_map
    assert not boxed.visible[-3:].any()
    assert boxed.visible[2:5].mean() > 0.8
    assert np.array_equal(boxed.looks, before.looks)
    assert not boxed.sprites.any()


def test_a_fade_teaches_nothing() -> None:
    stage = Stage()
    camera = (32, 32)
    for _ in range(6):
        before = stage.show(camera)
    views = [stage.show(camera, fade=fade).view for fade in (0.8, 0.5, 0.2, 0.0, 0.3, 0.7)]
    assert set(views) <= {"dark", "other"}
    stage.show(camera)
    after = stage.show(camera)
    assert np.array_equal(after.looks, before.looks)


def test_a_picture_of_something_else_is_no_map() -> None:
    stage = Stage()
    for _ in range(5):
        before = stage.show((32, 32))
    battle = np.random.default_rng(1).integers(0, 255, (20, 30, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    sight = stage.show((32, 32), battle)
    assert sight.view == "other"
    assert not sight.is_map
    assert sight.types.shape == (0, 0)
    assert sight.at(5, 5) is None
    assert np.array_equal(stage.show((32, 32)).looks, before.looks)


def test_the_watches_tell_a_title_a_text_and_the_facing() -> None:
    eyes, world = Eyes(meadow_game()), TileWorld()
    picture = Picture.of_rgb(world.frame((0, 0)))
    state = state_of((0, 0), (112, 72), facing=2)
    assert eyes.look(picture, state, 0).facing == "left"
    assert eyes.look(picture, {**state, "talking": 1}, 1).view == "talk"
    assert eyes.look(picture, {**state, "title": 1}, 2).view == "other"
    for context, view in ((1, "map"), (2, "talk"), (3, "other"), (4, "other"), (8, "dark")):
        assert eyes.look(picture, {**state, "context": context}, 3).view == view


def test_without_a_description_or_a_camera_nothing_is_claimed() -> None:
    picture = Picture.of_rgb(TileWorld().frame((0, 0)))
    sight = Eyes().look(picture, {}, 0)
    assert sight.view == "other"
    assert sight.player is None
    assert (sight.area, sight.facing) == (-1, "")


def test_areas_are_remembered_apart() -> None:
    eyes, world = Eyes(meadow_game()), TileWorld()
    other = TileWorld([row.replace(".", ":") for row in MEADOW])
    state = state_of((32, 32), (144, 104))
    for i in range(4):
        first = eyes.look(Picture.of_rgb(world.frame((32, 32))), state, i)
    for i in range(4):
        second = eyes.look(Picture.of_rgb(other.frame((32, 32))), {**state, "area": 2}, 10 + i)
    back = eyes.look(Picture.of_rgb(world.frame((32, 32))), state, 20)
    assert not np.array_equal(first.looks, second.looks)
    assert np.array_equal(first.looks, back.looks)


def test_a_sight_cannot_be_changed() -> None:
    sight = Stage().show((32, 32))
    for name in ("tiles", "now", "looks", "types", "confidence", "sources", "visible", "sprites", "hurts", "ledges"):
        assert not getattr(sight, name).flags.writeable, name


def test_without_camera_watches_the_picture_leads_to_the_same_cells() -> None:
    sighted, blind = Stage(), Stage(blind=True)
    agree = 0
    for _ in range(3):
        for one, other in zip(sighted.walk(), blind.walk(), strict=True):
            if other.is_map:
                assert (one.x0, one.y0, one.offset) == (other.x0, other.y0, other.offset)
                agree += 1
    assert agree > len(_WAY)  # a round and a half to find the player and the screen's place


def test_two_pairs_of_eyes_see_the_same() -> None:
    for one, other in zip(Stage().walk(), Stage().walk(), strict=True):
        assert np.array_equal(one.looks, other.looks)
        assert np.array_equal(one.types, other.types)


def test_an_onlooker_knows_area_and_goal() -> None:
    onlooker = Onlooker(meadow_game())
    world = TileWorld()
    seen = onlooker.see(Picture.of_rgb(world.frame((0, 0))), state_of((0, 0), (112, 72)), 0)
    assert seen.guidance.area_name == "meadow"
    assert seen.guidance.target is None
