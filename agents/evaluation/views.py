"""What the screen has shown of the true map: cells that were wholly in view while one could walk."""

from collections.abc import Mapping

from agents.evaluation.truth import Cell
from agents.perception.camera import watched_camera
from runtime.game import Game
from runtime.wire import Scalar

#: Pixels of a cell where game.toml does not say.
_CELL_PX = 16


class Views:
    """Collects the cells seen.

    Attributes:
        seen: By area; none in a game that has no watches of the camera.
    """

    def __init__(self, game: Game | None, width: int, height: int) -> None:
        """Begin with nothing seen; the screen's size is in pixels."""
        self._cell_px = game.tiles.cell_px if game and game.tiles else _CELL_PX
        self._size = (width, height)
        self.seen: dict[int, set[Cell]] = {}

    def look(self, area: int, state: Mapping[str, Scalar]) -> None:
        """Take in where the camera is."""
        camera = watched_camera(state)
        if camera is None:
            return
        columns, rows = self._whole(camera.x, self._size[0]), self._whole(camera.y, self._size[1])
        self.seen.setdefault(area, set()).update((x, y) for x in columns for y in rows)

    def _whole(self, start: int, size: int) -> range:
        """Return the cells that lie wholly within a stretch of pixels."""
        return range(-(-start // self._cell_px), (start + size) // self._cell_px)
