"""Where a format that counts time by rows must cut: rows of a run follow each other, one stride apart."""

from streams.datasets.rows import Row


class Runs:
    """Tells where a run begins: with each episode, and after frames that are not rows (`--where`)."""

    def __init__(self, stride: int) -> None:
        self._stride = stride
        self._before: tuple[str, int, int] | None = None

    def begins(self, row: Row) -> bool:
        """Take the next row and return whether it does not follow the one before."""
        expected, self._before = self._before, (row.session, row.episode_index, row.frame_index + self._stride)
        return expected != (row.session, row.episode_index, row.frame_index)
