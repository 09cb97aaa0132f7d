"""A file that a writer fills over many rows: beside its place until it is whole."""

from pathlib import Path

from streams.datasets.shards import Shards


class Aside:
    """A file under way, for writers that do not know its number of rows when they begin it."""

    def __init__(self, shards: Shards, name: str) -> None:
        """Begin `name`, a path in the dataset with "/"; what a killed build left of it is removed."""
        self._shards, self._name = shards, name
        target = shards.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path: Path = target.with_name(f".{target.name}.open")
        self.path.unlink(missing_ok=True)

    def keep(self, rows: int) -> None:
        """Put the whole file in its place."""
        with self._shards.writing(self._name, rows) as partial:
            self.path.replace(partial)

    def drop(self) -> None:
        """Remove what there is, after an error; a file that was kept stays."""
        self.path.unlink(missing_ok=True)
