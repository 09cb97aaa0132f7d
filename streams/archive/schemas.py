"""Payloads as JSON objects with field names, and back to the very same wire bytes.

On the wire a payload is an array; for JSON each payload type gets a twin of the same fields that is an object, and its
JSON Schema. The schemas stay within what Foxglove reads: no `$ref`, no `anyOf`, and `properties` on every object.
"""

from collections.abc import Sequence
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from runtime import wire
from runtime.errors import FramewireError, WireError
from runtime.game import parse_game
from runtime.subjects import BY_KIND

#: https://github.com/foxglove/schemas, schemas/jsonschema/CompressedImage.json
IMAGE_SCHEMA = {
    "title": "foxglove.CompressedImage",
    "description": "A compressed image",
    "type": "object",
    "properties": {
        "timestamp": {
            "type": "object",
            "title": "time",
            "properties": {
                "sec": {"type": "integer", "minimum": 0},
                "nsec": {"type": "integer", "minimum": 0, "maximum": 999999999},
            },
        },
        "frame_id": {"type": "string"},
        "data": {"type": "string", "contentEncoding": "base64"},
        "format": {"type": "string"},
    },
}


class Codec:
    """Turns the payloads of one kind into JSON and back."""

    def __init__(self, kind: str) -> None:
        self.payload_type = BY_KIND[kind].payload
        self._twin = _twin(self.payload_type)
        self._decoder = msgspec.json.Decoder(self._twin)
        self._encoder = msgspec.json.Encoder()

    @property
    def name(self) -> str:
        """The schema's name."""
        return f"framewire.{self.payload_type.__name__}"

    def schema(self, watches: Sequence[str] = ()) -> dict[str, Any]:
        """Return the JSON Schema; `watches` are the values that a state of this session has."""
        schema = schema_of(self._twin)
        if self.payload_type is wire.State:
            schema["properties"]["values"]["properties"] = {name: {"type": "integer"} for name in watches}
        return schema

    def to_json(self, data: bytes) -> bytes | None:
        """Return the payload as JSON; None when these wire bytes could not be made of it again."""
        try:
            payload = wire.decode(self.payload_type, data)
            text = self._encoder.encode(msgspec.convert(payload, self._twin, from_attributes=True))
            return text if self.to_wire(text) == data else None
        except (WireError, msgspec.ValidationError):
            return None

    def to_wire(self, text: bytes) -> bytes:
        """Return the wire bytes of a payload as JSON.

        Raises:
            WireError: It is no payload of this kind.
        """
        try:
            payload = msgspec.convert(self._decoder.decode(text), self.payload_type, from_attributes=True)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise WireError(f"wanted {self.name} as JSON, got {len(text)} bytes that are none: {error}") from error
        return wire.encode(payload)


@cache
def codec(kind: str) -> Codec:
    """Return the codec of a recorded kind."""
    return Codec(kind)


def schema_of(struct: Any) -> dict[str, Any]:
    """Return the JSON Schema of a struct that is an object, without references."""
    schema = msgspec.json.schema(struct)
    inlined: dict[str, Any] = _inline(schema, schema.pop("$defs"))
    return inlined


def watches_of(game_toml: str) -> list[str]:
    """Return the scalar watches; none for a ROM without a description, or with one that this version rejects."""
    try:
        game = parse_game(game_toml, "game.toml") if game_toml else None
    except FramewireError:
        return []
    return [watch.name for watch in game.watch if not watch.shape] if game else []


@cache
def _twin(struct: Any) -> Any:
    """Return a struct of the same fields that is an object in JSON."""
    fields = [(field.name, _twin_type(field.type)) for field in msgspec.structs.fields(struct)]
    return msgspec.defstruct(struct.__name__, fields, frozen=True, kw_only=True)


def _twin_type(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _twin(kind)
    arguments = tuple(part if part is Ellipsis else _twin_type(part) for part in get_args(kind))
    if not arguments:
        return kind
    origin: Any = get_origin(kind)
    return Union[arguments] if origin in (UnionType, Union) else origin[arguments]  # noqa: UP007 - built at run time


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inline(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    inlined = {key: _inline(part, definitions) for key, part in schema.items()}
    if inlined.get("type") == "object":
        inlined.setdefault("properties", {})
        inlined.pop("additionalProperties", None)
    return inlined
