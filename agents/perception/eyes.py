"""The eyes: frame and state → one Sight. They remember the ground of every area they have seen.

What a picture shows is not all ground. Status lines are found by staying while the ground slides, people by standing
before ground that is known, boxes and menus by covering much of it at once, and none of them is taken into the map.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from agents.perception.animation import Animations, restless
from agents.perception.camera import Camera, watched_camera
from agents.perception.descriptors import describe
from agents.perception.ground import KNOWN_VOTES, Ground, Place
from agents.perception.picture import Picture
from agents.perception.scene import Scene
from agents.perception.sight import Sight
from agents.perception.status_line import StatusLine
from agents.perception.tiles import CELL, TILE, cell_looks, tile_colours, tile_hashes
from agents.perception.tracking import PictureCamera
from agents.perception.vocabulary import TileVocabulary
from runtime.game import Game
from runtime.wire import Scalar

#: Mean brightness, of 255, below which a picture shows nothing (a fade's black middle; the darkest cave has 30).
_DARK = 6.0

#: A change of brightness from one picture to the next that is a fade.
_FADING = 0.015

#: The share of the known tiles in sight that something may cover and still be people; more is a box or a menu.
_PEOPLE = 0.12

#: A row or column of tiles of which so much is covered lies under the box.
_BOX = 0.4

#: The share of the known tiles in sight that must show for the picture to be of this area at all.
_MAP = 0.35

#: Known tiles in sight below which the shares say nothing.
_FEW = 60

#: Pictures after which a place that looks all different is believed to have changed.
_PATIENCE = 90

#: Frames for which somebody is remembered where the player covers the view.
_REMEMBERED = 60


class Eyes:
    """Turns frames into sights. One for each session; call `look` with frames in their order.

    Attributes:
        vocabulary: What looks mean; learn with `vocabulary.observe`.
    """

    def __init__(self, game: Game | None = None, vocabulary: TileVocabulary | None = None) -> None:
        self.vocabulary = vocabulary if vocabulary is not None else TileVocabulary()
        self._scene = Scene(game)
        self._grounds: dict[int, Ground] = {}
        self._status = StatusLine()
        self._tracking = PictureCamera()
        self._animations = Animations()
        self._area = -1
        self._odd = 0  # pictures in a row that were all different

    def look(self, picture: Picture, state: Mapping[str, Scalar], frame_index: int) -> Sight:
        """Return what a frame shows.

        Args:
            picture: The frame.
            state: The watches of the same frame.
            frame_index: The frame.
        """
        area = int(state.get("area", -1))
        facing = self._scene.facing(state)
        view = self._scene.view(state)
        if area != self._area:
            self._area = area
            self._status.jump()
            self._tracking.lose()
        if view in ("dark", "other"):
            return self._nothing(view, area, frame_index)
        camera = watched_camera(state) or self._tracking.look(picture.codes, state, self._status.top)
        if camera is None:
            return self._nothing("other", area, frame_index)
        offset = camera.offset
        colours = tile_colours(picture, offset)
        bright = colours.mean(axis=-1)
        if bright.mean() < _DARK:
            return self._nothing("dark", area, frame_index)
        rows, columns = colours.shape[0] // 2 * 2, colours.shape[1] // 2 * 2
        hashes = self._animations.canonical(tile_hashes(picture, offset, colours)[:rows, :columns])
        self._status.look(picture.codes, (camera.x, camera.y))
        x0, y0 = camera.cell
        ground = self._grounds.setdefault(area, Ground())
        place = ground.place(2 * x0, 2 * y0, hashes.shape)
        seen = ~self._status.over(offset, hashes.shape)
        _cover_player(seen, camera, offset)
        view, seen, other = self._compare(ground, place, hashes, bright[:rows, :columns], seen, view)
        if view in ("dark", "other"):
            return self._nothing(view, area, frame_index)
        if view == "map":
            ground.vote(place, hashes, seen)
        ground.last[place][seen] = hashes[seen]
        ground.stood[place][other] = frame_index
        ground.stood[place][seen & ~other] = -1
        looks = cell_looks(ground.hashes[place])
        looks[~_all_four(ground.votes[place] >= KNOWN_VOTES)] = 0
        now = cell_looks(hashes)
        visible = _all_four(seen)
        self._meet(picture, looks, visible & (now == looks), offset)
        meanings = self.vocabulary.types_of(looks)
        stood = ground.stood[place]
        sprites = (stood >= 0) & (stood > frame_index - _REMEMBERED)
        arrays = (
            *(hashes, now, looks, meanings.types, meanings.confidence, meanings.sources, visible),
            *(sprites[::2, ::2] | sprites[::2, 1::2], meanings.hurts, meanings.ledges),
        )
        for array in arrays:
            array.flags.writeable = False
        player = _player_cell(state, camera)
        return Sight(frame_index, view, area, x0, y0, offset, *arrays, player, facing, camera.player_px)

    def _compare(
        self,
        ground: Ground,
        place: Place,
        hashes: NDArray[np.uint64],
        bright: NDArray[np.float32],
        seen: NDArray[np.bool_],
        view: str,
    ) -> tuple[str, NDArray[np.bool_], NDArray[np.bool_]]:
        """Compare a picture with the ground that is known.

        Returns:
            The view; the tiles that are seen, less those under a box; those before which something stands.
        """
        known = seen & (ground.votes[place] >= KNOWN_VOTES)
        other = known & (hashes != ground.hashes[place])
        count, different = int(known.sum()), int(other.sum())
        if count < _FEW:
            return view, seen, other
        if abs(ground.lightened(place, bright, known & ~other) - 1) > _FADING:
            return "dark", seen, other
        shows = count - different >= _MAP * count  # or the animations of a fade would be learnt
        if view == "map" and different and shows:
            other = self._animate(ground, place, hashes, known, other)
            other &= ~restless(ground.hashes[place], known, other)
            different = int(other.sum())
        if different <= _PEOPLE * count:
            self._odd = 0
            return view, seen, other
        self._odd += view == "map"
        if self._odd > _PATIENCE:
            self._odd = 0
            ground.votes[place][other] = 0
            return view, seen, np.zeros_like(other)
        if not shows:
            return "other", seen, other
        boxed = np.zeros_like(seen)
        for axis in (0, 1):
            share = other.sum(axis=1 - axis) / np.maximum(known.sum(axis=1 - axis), 1)
            boxed |= np.expand_dims(share > _BOX, 1 - axis)
        return "talk", seen & ~boxed, other & ~boxed

    def _animate(
        self,
        ground: Ground,
        place: Place,
        hashes: NDArray[np.uint64],
        known: NDArray[np.bool_],
        other: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Learn animations from what is different, and return what still is; `hashes` become canonical."""
        changed = other & (hashes != ground.last[place])
        if not changed.any():
            return other
        found = self._animations.learn(ground.hashes[place][known], hashes[known], changed[known])
        if found:
            for each in self._grounds.values():
                each.rename(found)
            hashes[...] = self._animations.canonical(hashes)
        still: NDArray[np.bool_] = other & (hashes != ground.hashes[place])
        return still

    def _meet(
        self, picture: Picture, looks: NDArray[np.uint64], shown: NDArray[np.bool_], offset: tuple[int, int]
    ) -> None:
        """Describe to the vocabulary the looks that it has not met."""
        rows, columns = np.nonzero(shown)
        there: list[int] = looks[rows, columns].tolist()
        unmet = self.vocabulary.unmet(dict.fromkeys(there))
        if unmet:
            places = [there.index(look) for look in unmet]
            corners = np.stack([columns[places], rows[places]], axis=1) * CELL + np.array(offset)
            self.vocabulary.meet(unmet, describe(picture, corners))

    def _nothing(self, view: str, area: int, frame_index: int) -> Sight:
        self._status.jump()
        words, numbers, flags = np.zeros((0, 0), np.uint64), np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.bool_)
        surely = np.zeros((0, 0), np.float32)
        arrays = (words, words, words, numbers, surely, numbers, flags, flags, flags, flags)
        return Sight(frame_index, view, area, 0, 0, (0, 0), *arrays, None, "", None)


def _all_four(tiles: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each cell whether all its tiles are."""
    pairs = tiles[::2] & tiles[1::2]
    cells: NDArray[np.bool_] = pairs[:, ::2] & pairs[:, 1::2]
    return cells


def _cover_player(seen: NDArray[np.bool_], camera: Camera, offset: tuple[int, int]) -> None:
    """Mark the tiles behind the player as not seen; the head may stick out above the cell by a tile."""
    if camera.player_px is None:
        return
    left, top = camera.player_px[0] - offset[0], camera.player_px[1] - offset[1]
    rows = slice(max(0, (top - TILE) // TILE), max(0, -(-(top + CELL) // TILE)))
    columns = slice(max(0, left // TILE), max(0, -(-(left + CELL) // TILE)))
    seen[rows, columns] = False


def _player_cell(state: Mapping[str, Scalar], camera: Camera) -> tuple[int, int] | None:
    """Return the player's cell: as watched, else the one that most of the player is in."""
    if "player.x" in state and "player.y" in state:
        return int(state["player.x"]), int(state["player.y"])
    if camera.player_px is None:
        return None
    x, y = camera.x + camera.player_px[0], camera.y + camera.player_px[1]
    return (x + CELL // 2) // CELL, (y + CELL // 2) // CELL
