"""Rules that say in words what a change of a watch means (A7.6), as data: one TOML file for a game, or the default.

    [[rule]]
    watch = ["battle.enemy_hp", "enemy.hp"]   # the first that the game has; with `*` every one that fits
    change = "falls"                          # falls | rises | changes
    when = "before > 0"                       # a condition on the watches, `before` and `now`; none: always
    [rule.labels]                             # {watch}, {before} and {now} are filled in
    description = "Enemy health decreased from {before} to {now}"
    action = "damage_dealt"
    intent = "attack_enemy"
    outcome = "success"

Of several changes within one frame set, that of the rule that stands first in the file is said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import msgspec

from runtime import toml_file
from runtime.errors import ConfigError, UsageError
from runtime.expressions import Condition, condition
from runtime.wire import Scalar

#: The rules that fit games with the usual names of watches.
DEFAULT = Path(__file__).with_name("rules.toml")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule; see the module's text."""

    watch: tuple[str, ...]
    change: Literal["falls", "rises", "changes"]
    labels: dict[str, str]
    when: str = ""


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file of rules, in its order."""

    rule: tuple[Rule, ...]


@dataclass(frozen=True)
class Happened:
    """What a rule says of a change; a lower rank goes before a higher one."""

    rank: int
    labels: dict[str, str]


class Reader:
    """Applies rules to a game's values, frame after frame.

    Attributes:
        rules: The rules, in their order.
    """

    def __init__(self, rules: Rules, name: str) -> None:
        """Take rules; `name` is what errors call their file.

        Raises:
            ConfigError: A condition or a text cannot be read.
        """
        self.rules = rules.rule
        self._conditions = [_condition(rule, f"rule[{i}].when", name) for i, rule in enumerate(rules.rule)]
        for i, rule in enumerate(rules.rule):
            _check_texts(rule, f"rule[{i}].labels", name)
        self._watches: list[tuple[str, ...]] | None = None  # of each rule, of this game

    def happened(self, before: Mapping[str, Scalar], now: Mapping[str, Scalar]) -> list[Happened]:
        """Return what rules say of the step from one frame's values to the next, the first rule first."""
        if self._watches is None:
            self._watches = [tuple(_fitting(rule.watch, now)) for rule in self.rules]
        found = []
        for rank, (rule, watches) in enumerate(zip(self.rules, self._watches, strict=True)):
            for watch in watches:
                old, new = before.get(watch), now.get(watch)
                if old is None or new is None or not _changed(rule.change, old, new):
                    continue
                facts = {"watch": watch, "before": old, "now": new}
                holds = self._conditions[rank]
                if holds is None or holds({**now, **facts}):
                    found.append(Happened(rank, {key: text.format(**facts) for key, text in rule.labels.items()}))
        return found


def load_rules(path: Path) -> Reader:
    """Read a file of rules.

    Raises:
        ConfigError: It cannot be read or does not fit.
    """
    return Reader(toml_file.load(path, Rules), str(path))


def _fitting(wanted: tuple[str, ...], there: Mapping[str, Scalar]) -> Iterator[str]:
    for name in wanted:
        found = [watch for watch in sorted(there) if fnmatchcase(watch, name)]
        if found:
            yield from found
            return


def _changed(change: str, before: Scalar, now: Scalar) -> bool:
    if change == "changes" or isinstance(before, str) or isinstance(now, str):
        return change == "changes" and before != now
    return now < before if change == "falls" else now > before


def _condition(rule: Rule, key: str, name: str) -> Condition | None:
    try:
        return condition(rule.when) if rule.when else None
    except UsageError as error:
        raise ConfigError(name, 0, key, str(error)) from error


def _check_texts(rule: Rule, key: str, name: str) -> None:
    if not rule.labels:
        raise ConfigError(name, 0, key, "needs at least one label")
    for label, text in rule.labels.items():
        try:
            text.format(watch="", before=0, now=0)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            problem = f"{text!r}: filled in are {{watch}}, {{before}} and {{now}}, not {error}"
            raise ConfigError(name, 0, f"{key}.{label}", problem) from error
