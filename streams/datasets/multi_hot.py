"""Actions as vectors over the console's buttons."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UsageError
from streams.datasets.rows import Row


class Buttons:
    """Counts through a console's buttons, in its order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._at = {name: i for i, name in enumerate(names)}

    def shares(self, row: Row) -> NDArray[np.float32]:
        """Return (buttons,) float32: the share of the frames up to the next row on which each is held.

        With stride 1 that is 0 or 1.

        Raises:
            UsageError: A button that the console does not have.
        """
        held = row.actions or ((row.action,) if row.action is not None else ())
        vector = np.zeros(len(self.names), dtype=np.float32)
        for buttons in held:
            for button in buttons:
                if button not in self._at:
                    raise UsageError(
                        f"session {row.session!r}, frame {row.frame_index}: button {button!r} is none of "
                        f"{', '.join(self.names)}: put sessions of different consoles into datasets of their own"
                    )
                vector[self._at[button]] += 1
        return vector / np.float32(max(1, len(held)))
