"""The columns of a Hugging Face dataset: their Arrow types, their Hugging Face features, and what they mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from streams.datasets.rows import Row, StateColumn

#: Watch types of game.toml by Arrow type; endianness ends in the recording.
_INTEGERS = {"u": "uint", "s": "int"}

_STRING: dict[str, Any] = {"dtype": "string", "_type": "Value"}
_COUNT: dict[str, Any] = {"dtype": "int64", "_type": "Value"}
_STRINGS: dict[str, Any] = {"feature": _STRING, "_type": "List"}


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Its name.
        type: Its Arrow type.
        feature: Its Hugging Face feature, as in the Parquet metadata `huggingface`.
        meaning: One line for the dataset card.
        value: Takes it from a row; None for the image, which is encoded elsewhere.
    """

    name: str
    type: Any
    feature: dict[str, Any]
    meaning: str
    value: Callable[[Row], Any] | None


IMAGE = Column(
    "image",
    pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    {"_type": "Image"},
    "The frame, lossless PNG, RGB",
    None,
)

_FIXED = (
    Column("session", pa.string(), _STRING, "The recording", lambda row: row.session),
    Column(
        "episode_index",
        pa.int64(),
        _COUNT,
        "Counts from 0 in each session; an episode is an unbroken run of frames",
        lambda row: row.episode_index,
    ),
    Column(
        "frame_index",
        pa.int64(),
        _COUNT,
        "Emulated frames since the session's start, from 0",
        lambda row: row.frame_index,
    ),
    IMAGE,
    Column(
        "buttons_held",
        pa.list_(pa.string()),
        _STRINGS,
        "Held while this frame was emulated: what led to it",
        lambda row: row.held,
    ),
    Column(
        "buttons",
        pa.list_(pa.string()),
        _STRINGS,
        "The action: held on the next frame, so image t + buttons t → image t + 1; null where no next frame follows",
        lambda row: row.action,
    ),
    Column(
        "actor",
        pa.string(),
        _STRING,
        "Who decided the action; null for nobody",
        lambda row: row.actor or None,
    ),
    Column("plan_id", pa.string(), _STRING, "The plan that the action serves", lambda row: row.plan_id or None),
    Column("model", pa.string(), _STRING, "The model that decided; null for rules", lambda row: row.model or None),
)


def all_columns(watches: Sequence[StateColumn]) -> list[Column]:
    """Return every column, in order."""
    return [*_FIXED, *map(_state_column, watches)]


def schema(columns: Sequence[Column]) -> Any:
    """Return the Arrow schema, with the features that `datasets` reads."""
    features = {column.name: column.feature for column in columns}
    metadata = {"huggingface": msgspec.json.encode({"info": {"features": features}})}
    return pa.schema([(column.name, column.type) for column in columns], metadata=metadata)


def _state_column(watch: StateColumn) -> Column:
    dtype = _INTEGERS[watch.type[0]] + watch.type[1:].removesuffix("le").removesuffix("be")
    name = watch.watch
    return Column(
        f"state.{name}",
        getattr(pa, dtype)(),
        {"dtype": dtype, "_type": "Value"},
        watch.meaning or f"Watch `{name}`",
        lambda row: row.state.get(name),
    )
