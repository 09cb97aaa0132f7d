"""What `runtime.wire` says about a payload: its fields with types, defaults and the comments beside them."""

import ast
import inspect
import typing
from dataclasses import dataclass
from itertools import chain

import msgspec

#: Fields that most payloads share; runtime.wire explains them once, in its docstring.
_SHARED = {
    "version": "of this payload; readers accept this one",
    "frame_index": "emulated frames, counted from 0 in each session",
    "sent_ns": "monotonic ns of the publishing host; measures latency within one host, orders nothing",
}


@dataclass(frozen=True)
class PayloadField:
    """One field, in the order of the wire."""

    name: str
    type_text: str
    default: str  # empty: the field must be there
    meaning: str


def payload_fields(struct_type: type[msgspec.Struct]) -> list[PayloadField]:
    """Return all fields of a struct, those of its bases first."""
    bases = [base for base in reversed(struct_type.__mro__) if issubclass(base, msgspec.Struct)]
    return list(chain.from_iterable(_own_fields(base) for base in bases if base is not msgspec.Struct))


def nested_structs(struct_type: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """Return the structs that a struct's fields hold, in order."""
    found: list[type[msgspec.Struct]] = []
    for hint in typing.get_type_hints(struct_type).values():
        for part in _parts(hint):
            if isinstance(part, type) and issubclass(part, msgspec.Struct) and part not in found:
                found.append(part)
    return found


def summary(struct_type: type[msgspec.Struct]) -> str:
    """Return the struct's docstring."""
    return inspect.getdoc(struct_type) or ""


def _own_fields(struct_type: type[msgspec.Struct]) -> list[PayloadField]:
    """Read the class body: its annotations in order, with the comment that ends each line."""
    source = inspect.getsource(struct_type)
    lines = source.splitlines()
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    fields = []
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            comment = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset :].strip().lstrip("# ")
            default = ast.unparse(node.value) if node.value else ""
            fields.append(PayloadField(name, ast.unparse(node.annotation), default, comment or _SHARED.get(name, "")))
    return fields


def _parts(hint: object) -> list[object]:
    """Return a type and everything in its brackets."""
    return [hint, *chain.from_iterable(_parts(part) for part in typing.get_args(hint))]
