"""What lies in a dataset folder, read back from its files."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from runtime.errors import UsageError


@dataclass(frozen=True)
class DatasetSummary:
    """A dataset in numbers.

    Attributes:
        rows: Rows by session.
        episodes: Episodes by session.
        without_action: Rows after which no next frame follows.
        buttons: How often each button is in an action.
        columns: Names and types.
        data_bytes: Size of all Parquet files.
        shards: Parquet files.
    """

    rows: dict[str, int]
    episodes: dict[str, int]
    without_action: int
    buttons: dict[str, int]
    columns: dict[str, str]
    data_bytes: int
    shards: int


def summarize(folder: Path) -> DatasetSummary:
    """Read a dataset's small columns.

    Raises:
        UsageError: There is none, or it is damaged.
    """
    shards = sorted((folder / "data").glob("*.parquet"))
    if not shards:
        raise UsageError(f"{folder}: no dataset: it has no data/*.parquet")
    rows: Counter[str] = Counter()
    episodes: dict[str, int] = {}
    buttons: Counter[str] = Counter()
    without_action = 0
    columns: dict[str, str] = {}
    for shard in shards:
        try:
            columns = {field.name: str(field.type) for field in pq.read_schema(shard)}
            table = pq.read_table(shard, columns=["session", "episode_index", "buttons"])
        except (pa.ArrowException, OSError) as error:
            raise UsageError(f"{shard}: cannot be read: {error}") from error
        for session, episode, action in zip(*(column.to_pylist() for column in table.columns), strict=True):
            rows[session] += 1
            episodes[session] = max(episodes.get(session, 0), episode + 1)
            buttons.update(action or ())
            without_action += action is None
    data_bytes = sum(shard.stat().st_size for shard in shards)
    return DatasetSummary(dict(rows), episodes, without_action, dict(buttons), columns, data_bytes, len(shards))
