"""Conditions over named values, as in game.toml's `when` and `runtime echo --filter`: `quest.stage == 4 and hp < 3`.

They are a small part of Python's expressions, checked node by node and then compiled: a reflex evaluates several on
every frame, and compiled ones cost 0.4 µs where an interpreter of syntax trees costs 8.
"""

import ast
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from runtime.errors import UsageError

Condition = Callable[[Mapping[str, Any]], bool]

#: Nothing here can call, index, import or assign.
_ALLOWED = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor),
    *(ast.Constant, ast.Tuple, ast.List, ast.Load, ast.Name, ast.Attribute),
)

#: A condition is one line of a configuration file.
_LONGEST = 1000


def condition(text: str, known: frozenset[str] | None = None) -> Condition:
    """Compile a condition over dotted names.

    Comparisons, `and or not in`, arithmetic, numbers, strings, True, False. Where the values lack a name, or it cannot
    be compared, the condition is false.

    Args:
        text: The condition.
        known: The names it may use; None for any.

    Raises:
        UsageError: It cannot be read, uses more of Python than that, or a name that is not known.
    """
    compiled = _compiled(text, known)

    def holds(values: Mapping[str, Any]) -> bool:
        try:
            return bool(eval(compiled, {"__builtins__": {}, "values": values}))  # noqa: S307 - checked node by node
        except (KeyError, TypeError, ValueError, ArithmeticError):  # ValueError: 'a %' % 1
            return False

    return holds


def formula(text: str, known: frozenset[str]) -> Callable[[Mapping[str, Any]], float]:
    """Compile a number over dotted names, with what a condition may use; what is true counts 1.

    Raises:
        UsageError: It cannot be read, or uses a name that is not known; when it is computed: it is no number.
    """
    compiled = _compiled(text, known)

    def number(values: Mapping[str, Any]) -> float:
        try:
            return float(eval(compiled, {"__builtins__": {}, "values": values}))  # noqa: S307 - checked node by node
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise UsageError(f"formula {text!r} has no value: {type(error).__name__}: {error}") from error

    return number


def _compiled(text: str, known: frozenset[str] | None) -> CodeType:
    if len(text) > _LONGEST:
        raise UsageError(f"condition of {len(text)} characters: allowed are {_LONGEST}")
    names = _Names(text)
    try:
        tree = ast.parse(text.strip(), mode="eval")
        body = names.visit(tree.body)
        compiled = compile(ast.fix_missing_locations(ast.Expression(body)), "<condition>", "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"condition {text!r} cannot be read: {error}") from error
    unknown = sorted(names.found - known) if known is not None else []
    if unknown:
        raise UsageError(f"condition {text!r} uses {', '.join(unknown)}; known are {', '.join(sorted(known or ()))}")

    return compiled


class _Names(ast.NodeTransformer):
    """Turns `player.x` into `values["player.x"]`, and refuses every node that is not allowed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.found: set[str] = set()

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, _ALLOWED):
            raise UsageError(f"condition {self._text!r}: {type(node).__name__} is not allowed in conditions")
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._lookup(node)
        if isinstance(node, ast.BinOp) and any(_is_sequence(side) for side in (node.left, node.right)):
            raise UsageError(f"condition {self._text!r}: arithmetic is for numbers")
        return super().visit(node)

    def _lookup(self, node: ast.Name | ast.Attribute) -> ast.Subscript:
        parts = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise UsageError(f"condition {self._text!r}: {ast.unparse(node)} is no name")
        name = ".".join([inner.id, *reversed(parts)])
        self.found.add(name)
        return ast.Subscript(ast.Name("values", ast.Load()), ast.Constant(name), ast.Load())


def _is_sequence(node: ast.expr) -> bool:
    """Return whether a node is a literal that arithmetic could make very large."""
    return isinstance(node, (ast.Tuple, ast.List)) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
