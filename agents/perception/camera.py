"""Where in the area the picture lies, and where in it the player is: from the watches."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.perception.tiles import CELL
from runtime.wire import Scalar

#: A camera left of or above a small area is a negative number in an unsigned watch.
_WRAP = 1 << 16


@dataclass(frozen=True)
class Camera:
    """Where the screen is.

    Attributes:
        x: Pixel of the area at the screen's left edge.
        y: Pixel of the area at the screen's top edge.
        player_px: Screen pixel (x, y) of the upper left corner of the player's cell; None while unknown.
    """

    x: int
    y: int
    player_px: tuple[int, int] | None

    @property
    def offset(self) -> tuple[int, int]:
        """Screen pixel (x, y) of the first whole cell."""
        return -self.x % CELL, -self.y % CELL

    @property
    def cell(self) -> tuple[int, int]:
        """The cell of the area that lies at `offset`."""
        return -(-self.x // CELL), -(-self.y // CELL)


def watched_camera(state: Mapping[str, Scalar]) -> Camera | None:
    """Return the camera that the watches tell; None where they do not."""
    if "camera.x" not in state or "camera.y" not in state:
        return None
    x, y = _signed(state["camera.x"]), _signed(state["camera.y"])
    if "player.pixel_x" in state and "player.pixel_y" in state:
        return Camera(x, y, (int(state["player.pixel_x"]) - x, int(state["player.pixel_y"]) - y))
    if "player.x" in state and "player.y" in state:
        return Camera(x, y, (int(state["player.x"]) * CELL - x, int(state["player.y"]) * CELL - y))
    return Camera(x, y, None)


def _signed(value: Scalar) -> int:
    number = int(value)
    return number - _WRAP if number >= _WRAP // 2 else number
