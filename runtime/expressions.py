"""Conditions over named values, as in game.toml's `when` and `runtime echo --filter`: `quest.stage == 4 and hp < 3`."""

import ast
from collections.abc import Callable, Mapping
from typing import Any

import simpleeval

from runtime.errors import UsageError

Condition = Callable[[Mapping[str, Any]], bool]


def condition(text: str, known: frozenset[str] | None = None) -> Condition:
    """Compile a condition over dotted names.

    Python's comparisons, `and or not`, arithmetic and numbers, strings, True, False. A name that the values lack makes
    the condition false.

    Args:
        text: The condition.
        known: The names it may use; None for any.

    Raises:
        UsageError: It cannot be read, or uses a name that is not known.
    """
    evaluator = simpleeval.EvalWithCompoundTypes(functions={})
    try:
        parsed = evaluator.parse(text)
    except (SyntaxError, simpleeval.InvalidExpression) as error:
        raise UsageError(f"condition {text!r} cannot be read: {error}") from error
    used = _names(text)
    unknown = sorted(used - known) if known is not None else []
    if unknown:
        raise UsageError(f"condition {text!r} uses {', '.join(unknown)}; known are {', '.join(sorted(known or ()))}")

    def holds(values: Mapping[str, Any]) -> bool:
        evaluator.names = _nested({name: values[name] for name in used if name in values})
        try:
            return bool(evaluator.eval(text, previously_parsed=parsed))
        except (simpleeval.NameNotDefined, simpleeval.AttributeDoesNotExist, KeyError, TypeError, AttributeError):
            return False
        except simpleeval.InvalidExpression as error:
            raise UsageError(f"condition {text!r} cannot be evaluated: {error}") from error

    return holds


def _names(text: str) -> set[str]:
    """Return the dotted names in a condition that `parse` accepted."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, (ast.Name, ast.Attribute)):
            found.add(ast.unparse(node))
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(text.strip(), mode="eval"))
    return found


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn {"player.x": 1} into {"player": {"x": 1}}; a name that is also a prefix keeps its own value."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *parents, leaf = name.split(".")
        branch = tree
        for parent in parents:
            below = branch.setdefault(parent, {})
            if not isinstance(below, dict):
                break
            branch = below
        else:
            branch[leaf] = value
    return tree
