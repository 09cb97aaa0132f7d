"""The columns of a Hugging Face dataset: their Arrow types, their Hugging Face features, and what they mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from streams.datasets.format import DatasetSpec
from streams.datasets.rows import Row, StateColumn

#: Watch types of game.toml by Arrow type; endianness ends in the recording.
_INTEGERS = {"u": "uint", "s": "int"}

#: Up to 999,999.
_DECIMAL = ("bcd3", "uint32")

Feature = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Its name.
        type: Its Arrow type.
        feature: Its Hugging Face feature, as in the Parquet metadata `huggingface`.
        meaning: One line for the dataset card.
        value: Takes it from a row; None for the images and their hashes, which are made elsewhere.
    """

    name: str
    type: Any
    feature: Feature
    meaning: str
    value: Callable[[Row], Any] | None


def all_columns(spec: DatasetSpec) -> list[Column]:
    """Return every column, in order."""
    columns = [
        _text("session", "The recording", lambda row: row.session),
        _number(
            "episode_index",
            "int64",
            "Counts from 0 in each session; an episode is an unbroken run of frames",
            lambda row: row.episode_index,
        ),
        _number(
            "frame_index", "int64", "Emulated frames since the session's start, from 0", lambda row: row.frame_index
        ),
        *_images(spec.stack),
        _number(
            "pixels_hash",
            "uint64",
            "xxh3-64 of the frame in the console's own colours, as recorded",
            lambda row: row.pixels_hash,
        ),
        _names("buttons_held", "Held while this frame was emulated: what led to it", lambda row: row.held),
        _names(
            "buttons",
            "The action: held on the next frame, so image t + buttons t → image t + 1; null where no next frame "
            "follows",
            lambda row: row.action,
        ),
    ]
    if spec.stride > 1:
        meaning = f"Held on each frame up to the next row, {spec.stride} frames on; the first is `buttons`"
        columns.append(_listed(_names("actions", meaning, lambda row: row.actions)))
    columns += [
        _text("actor", "Who decided the action; null for nobody", lambda row: row.actor or None),
        _text("plan_id", "The plan that the action serves", lambda row: row.plan_id or None),
        _text("model", "The model that decided; null for rules", lambda row: row.model or None),
        Column("ends", pa.bool_(), _value("bool"), "Whether this is its episode's last row", lambda row: row.ends),
        _text(
            "outcome",
            "On an episode's last row: success or failure; null for a cut",
            lambda row: row.outcome or None,
        ),
    ]
    return [*columns, *map(_state_column, spec.columns), *map(_label_column, spec.labels)]


def schema(columns: Sequence[Column]) -> Any:
    """Return the Arrow schema, with the features that `datasets` reads."""
    features = {column.name: column.feature for column in columns}
    metadata = {"huggingface": msgspec.json.encode({"info": {"features": features}})}
    return pa.schema([(column.name, column.type) for column in columns], metadata=metadata)


def type_name(feature: Feature) -> str:
    """Return a feature in words."""
    if feature["_type"] == "List":
        return f"list of {type_name(feature['feature'])}"
    return "image" if feature["_type"] == "Image" else str(feature["dtype"])


def _images(stack: int) -> list[Column]:
    image = Column(
        "image",
        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        {"_type": "Image"},
        "The frame, lossless PNG, RGB",
        None,
    )
    hashed = Column(
        "image_hash",
        pa.uint64(),
        _value("uint64"),
        "xxh3-64 of the image's RGB bytes, (H, W, 3); `runtime dataset verify` compares it",
        None,
    )
    if stack == 1:
        return [image, hashed]
    frames = f"The last {stack} frames at this row's stride, oldest first, lossless PNG, RGB"
    return [_listed(image, frames), _listed(hashed, hashed.meaning.replace("the image's", "each image's"))]


def _listed(column: Column, meaning: str = "") -> Column:
    feature = {"feature": column.feature, "_type": "List"}
    return Column(column.name, pa.list_(column.type), feature, meaning or column.meaning, column.value)


def _names(name: str, meaning: str, value: Callable[[Row], Any]) -> Column:
    return _listed(_text(name, meaning, value))


def _text(name: str, meaning: str, value: Callable[[Row], Any]) -> Column:
    return Column(name, pa.string(), _value("string"), meaning, value)


def _number(name: str, dtype: str, meaning: str, value: Callable[[Row], Any]) -> Column:
    return Column(name, getattr(pa, dtype)(), _value(dtype), meaning, value)


def _state_column(watch: StateColumn) -> Column:
    decimal, dtype = _DECIMAL
    if watch.type != decimal:
        dtype = _INTEGERS[watch.type[0]] + watch.type[1:].removesuffix("le").removesuffix("be")
    name = watch.watch
    return _number(f"state.{name}", dtype, watch.meaning or f"Watch `{name}`", lambda row: row.state.get(name))


def _label_column(key: str) -> Column:
    return _text(f"label.{key}", f"Label `{key}`; null where none was given", lambda row: row.labels.get(key))


def _value(dtype: str) -> Feature:
    return {"dtype": dtype, "_type": "Value"}
