"""`--filter`: a condition over the fields of a payload, checked before the stream starts as far as it can be."""

import ast
from collections.abc import Callable

from dashboards.terminal.fields import full_path, names_in, names_told, no_field
from runtime import wire
from runtime.expressions import condition

Filter = Callable[[wire.Payload], bool]


def payload_filter(text: str, payload_type: type[wire.Payload]) -> Filter:
    """Compile a condition such as `values.player.hp < 3 and frame_index > 100`; of a State, watches need no `values.`.

    Raises:
        UsageError: It cannot be read, or names a field that such a payload lacks; for the watches of a State the
            first message tells, so the filter itself raises it.
    """
    holds = condition(text)
    names = _names(text)
    for name in names:
        full_path(payload_type, name, columns=True)
    watched = names if payload_type is wire.State else []

    def passes(payload: wire.Payload) -> bool:
        there = names_in(payload)
        for name in watched:
            if name not in there:
                raise no_field(name, names_told(payload))
        return holds(there)

    return passes


def _names(text: str) -> list[str]:
    """Return the dotted names in a condition that `condition` accepted, each in full."""
    found: list[str] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, (ast.Name, ast.Attribute)):
            found.append(ast.unparse(node))
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(text.strip(), mode="eval"))
    return found
