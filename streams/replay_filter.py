"""What of a recording a replay publishes, and where: kinds, frames for which a condition holds, other subjects."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.errors import UsageError
from runtime.expressions import condition
from runtime.game import parse_game
from runtime.session_meta import SessionMeta
from runtime.subjects import PREFIX, PUBLISHED
from streams.ticks import Tick

#: A subject to publish on: tokens without blanks and wildcards, as NATS wants them.
_SUBJECT = re.compile(r"[^\s.*>]+(?:\.[^\s.*>]+)*")

#: Longer subjects cost every message more than they tell.
_LONGEST_SUBJECT = 256


@dataclass(frozen=True)
class Passes:
    """Whether a frame is published.

    Attributes:
        kinds: The recorded kinds it looks at.
        holds: The condition.
    """

    kinds: frozenset[str]
    holds: Callable[[Mapping[str, Any]], bool]

    def __call__(self, tick: Tick) -> bool:
        """Return whether it is."""
        if not self.kinds:
            return True
        held = tick.input.buttons if tick.input else ()
        return self.holds({**tick.state, "frame_index": tick.frame_index, "buttons": held})


everything_passes = Passes(frozenset(), lambda _: True)


def passes(text: str, meta: SessionMeta) -> Passes:
    """Compile a condition over the game's watches, `frame_index` and `buttons`, as `player.hp < 3 and 'A' in buttons`.

    Raises:
        UsageError: It cannot be read, or uses another name.
    """
    known: frozenset[str] | None = None  # without a description, the state's names are known frame by frame
    if meta.game_toml:
        watches = parse_game(meta.game_toml, "game.toml").watch
        known = frozenset({"frame_index", "buttons", *(watch.name for watch in watches if not watch.shape)})
    return Passes(frozenset({"state", "input"}), condition(text, known))


def chosen_kinds(only: str, without: str) -> tuple[str, ...]:
    """Return the kinds to publish: of comma-separated lists those in `only` (empty: all) that are not in `without`.

    Raises:
        UsageError: There is no such kind, or none is left.
    """
    wanted, unwanted = _listed(only), _listed(without)
    chosen = tuple(kind for kind in PUBLISHED if (not wanted or kind in wanted) and kind not in unwanted)
    if not chosen:
        raise UsageError(f"kinds {only or 'all'} without {without}: nothing is left to publish")
    return chosen


def remapped(rules: Sequence[str], kinds: Collection[str] = PUBLISHED) -> dict[str, str]:
    """Read rules like `frame:=camera.front` and return the subjects by kind.

    Raises:
        UsageError: A rule is none, its kind is not published, or its subject is no place for it.
    """
    subjects: dict[str, str] = {}
    for rule in rules:
        kind, separator, name = rule.partition(":=")
        if not separator:
            raise UsageError(f"remap {rule!r}: rules look like KIND:=SUBJECT")
        if kind not in kinds or kind in subjects:
            raise UsageError(f"remap {rule!r}: allowed is one rule for each of {', '.join(kinds)}")
        if not _SUBJECT.fullmatch(name) or len(name) > _LONGEST_SUBJECT:
            raise UsageError(f"remap {rule!r}: {name!r} is no subject to publish on (no blanks, '*', '>', empty parts)")
        if name.split(".")[0] in (PREFIX, "_INBOX") or name.startswith("$"):
            raise UsageError(
                f"remap {rule!r}: subjects under {PREFIX}., _INBOX. and $ have other owners; choose another session "
                "name with --as"
            )
        subjects[kind] = name
    return subjects


def _listed(text: str) -> list[str]:
    listed = [part.strip() for part in text.split(",") if part.strip()]
    if unknown := [kind for kind in listed if kind not in PUBLISHED]:
        raise UsageError(f"kinds {', '.join(unknown)}: a replay publishes {', '.join(PUBLISHED)}")
    return listed
