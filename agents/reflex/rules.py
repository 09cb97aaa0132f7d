"""The table of what the reflex does by itself: `rules.toml`, or one that a launch file names."""

from pathlib import Path

import msgspec

from runtime import toml_file
from runtime.errors import ConfigError, UsageError
from runtime.expressions import condition
from runtime.wire import Plan

SHIPPED = Path(__file__).with_name("rules.toml")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class Rule(_Table, frozen=True, kw_only=True):
    """When it holds, do this.

    Attributes:
        name: For people, and in the press's reason.
        when: A condition (runtime.expressions).
        do: A name of agents.reflex.responses.
        after: Frames without a good plan before it counts; for patterns.
        critical: Whether it interrupts a plan that holds; for emergencies.
    """

    name: str
    when: str
    do: str
    after: int = 0
    critical: bool = False


class Validity(_Table, frozen=True, kw_only=True):
    """The contexts in which plans of these strategies hold, and what else must be true."""

    strategies: tuple[str, ...]
    contexts: tuple[str, ...]
    when: str = ""


class Rules(_Table, frozen=True, kw_only=True):
    """The whole file."""

    idle: tuple[str, ...] = ()
    validity: tuple[Validity, ...] = ()
    emergency: tuple[Rule, ...] = ()
    pattern: tuple[Rule, ...] = ()
    explore: tuple[Rule, ...] = ()

    def validity_of(self, plan: Plan) -> Validity | None:
        """Return where a plan holds; None for anywhere."""
        strategy = plan.strategy or ("goto" if plan.waypoints else "")
        return next((row for row in self.validity if strategy in row.strategies), None)


def load_rules(path: Path, known: frozenset[str]) -> Rules:
    """Read and check a table; `known` are the responses there are.

    Raises:
        ConfigError: Something in it is wrong.
    """
    rules = toml_file.load(path, Rules)
    text = path.read_text(encoding="utf-8")
    for kind in ("emergency", "pattern", "explore"):
        for i, rule in enumerate(getattr(rules, kind)):
            for key, problem in _problems(rule, known):
                where: tuple[str | int, ...] = (kind, i, key)
                raise ConfigError(str(path), toml_file.line_of(text, where), toml_file.dotted(where), problem)
    return rules


def _problems(rule: Rule, known: frozenset[str]) -> list[tuple[str, str]]:
    problems = []
    if rule.do not in known:
        problems.append(("do", f"{rule.do!r} is unknown; there are {', '.join(sorted(known))}"))
    try:
        condition(rule.when)
    except UsageError as error:
        problems.append(("when", str(error)))
    return problems
