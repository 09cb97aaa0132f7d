"""A payload as plain values, and the fields in it by dotted name."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

from runtime import wire
from runtime.errors import UsageError


def plain(payload: msgspec.Struct) -> dict[str, Any]:
    """Return a payload as dicts, lists, scalars and bytes, by field name."""
    return {name: _plain(getattr(payload, name)) for name in payload.__struct_fields__}


def leaves(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested dicts to dotted names; lists stay values."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            flat |= leaves(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def names_in(payload: wire.Payload) -> dict[str, Any]:
    """Return every name that a condition may use.

    The dotted fields; of a State also its watches as they are; of a list of structs also each field of all its items,
    so that `'reflex' in causes.actor` can be asked.
    """
    flat = leaves(plain(payload))
    for name, value in list(flat.items()):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            flat |= {f"{name}.{key}": [item[key] for item in value] for key in value[0]}
    return {**payload.values, **flat} if isinstance(payload, wire.State) else flat


def names_told(payload: wire.Payload) -> list[str]:
    """Return the names to tell people of: a State's watches without `values.`."""
    return [name.removeprefix("values.") for name in leaves(plain(payload))]


def look_up(tree: Any, path: str) -> Any:
    """Return the value at a dotted path; a key that itself holds dots is matched at its longest.

    Raises:
        KeyError: It is not there.
    """
    parts = path.split(".")
    if isinstance(tree, list):
        if not parts[0].isdecimal() or int(parts[0]) >= len(tree):
            raise KeyError(path)
        return _below(tree[int(parts[0])], parts[1:])
    if isinstance(tree, dict):
        for used in range(len(parts), 0, -1):
            key = ".".join(parts[:used])
            if key in tree:
                return _below(tree[key], parts[used:])
    raise KeyError(path)


def full_path(payload_type: type[wire.Payload], path: str, *, columns: bool = False) -> str:
    """Check a path against the payload's type and return it in full; of a State a bare watch is enough.

    The keys of a dict are known only once a message is there (`check_present`). With `columns`, a field may follow a
    list without the number of an item, as in a condition.

    Raises:
        UsageError: No message of this type has such a field.
    """
    if payload_type is wire.State and path.partition(".")[0] not in payload_type.__struct_fields__:
        path = f"values.{path}"
    _check(inspect.type_info(payload_type), path.split("."), path, columns)
    return path


def check_present(payload: wire.Payload, paths: Iterable[str]) -> None:
    """Check that a State has the watches asked for; they are the same on every frame, so the first one decides.

    Raises:
        UsageError: It lacks one.
    """
    if not isinstance(payload, wire.State):
        return
    tree = plain(payload)
    for path in paths:
        try:
            look_up(tree, path)
        except KeyError:
            raise no_field(path, names_told(payload)) from None


def no_field(path: str, there: Iterable[str]) -> UsageError:
    """Return the error that names the fields there are."""
    return UsageError(f"no field {path!r}; there are {', '.join(there)}")


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return plain(value)
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _below(value: Any, parts: list[str]) -> Any:
    return look_up(value, ".".join(parts)) if parts else value


def _check(node: inspect.Type, parts: list[str], path: str, columns: bool) -> None:
    """Walk the type along the path."""
    if not parts or isinstance(node, inspect.DictType):
        return
    if isinstance(node, inspect.UnionType):
        node = next(kind for kind in node.types if not isinstance(kind, inspect.NoneType))
    if isinstance(node, inspect.StructType):
        fields = {field.name: field.type for field in node.fields}
        if parts[0] not in fields:
            raise no_field(path, fields)
        _check(fields[parts[0]], parts[1:], path, columns)
    elif isinstance(node, inspect.VarTupleType) and columns:
        _check(node.item_type, parts, path, columns)
    elif isinstance(node, inspect.VarTupleType):
        if not parts[0].isdecimal():
            raise UsageError(f"field {path!r}: {parts[0]!r} follows a list; name an item by its number, from 0")
        _check(node.item_type, parts[1:], path, columns)
    else:
        raise UsageError(f"field {path!r}: {'.'.join(parts)!r} follows a single value, which has no fields")
