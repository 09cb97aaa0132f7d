"""Dialogue text → quests: who asked for what, and where (C12.6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agents.knowledge.keys import NOWHERE, Place, slug
from agents.knowledge.words import words
from agents.quests.patterns import BEFORE_IMPERATIVE, PATTERNS, PRONOUNS, THANKS, THING, Pattern
from agents.quests.quest import ACTIVE, FROM_TALK, Quest, Step

#: Of a dialogue the part that asked is enough, characters.
_LONGEST_TEXT = 400

_ARTICLES = ("the", "a", "an", "my", "our", "your", "his", "her", "its", "some", "any")


@dataclass(frozen=True)
class Said:
    """Words on the screen.

    Attributes:
        text: All pages so far, or one.
        speaker: Whose words: the name shown; empty when none is.
        key: The NPC's key, where it is known who was spoken to.
        place: The speaker's cell.
    """

    text: str
    speaker: str = ""
    key: str = ""
    place: Place = NOWHERE

    @property
    def words(self) -> str:
        """The text on one line."""
        return " ".join(self.text.split())


def quests_in(said: Said) -> list[Quest]:
    """Return the quests that words ask for, in the order in which they are said; none twice."""
    text = said.words
    found: dict[str, Quest] = {}
    thing = ""  # the last that was asked for
    for at, pattern, names in sorted(_matches(text), key=lambda match: match[0]):
        quest = _quest(pattern, names, said, thing or _thing_in(text[:at]))
        if quest is None:
            continue
        thing = quest.steps[0].what if quest.steps[0].kind == "has" else thing
        if not any(_asks_again(quest, other) for other in found.values()):
            found[quest.id] = quest
    return list(found.values())


def is_thanks(said: Said) -> bool:
    """Return whether somebody says that something is done."""
    return bool(THANKS.search(said.words))


def _matches(text: str) -> Iterator[tuple[int, Pattern, dict[str, str]]]:
    """Yield where each pattern fits, with its groups; what one pattern has taken no later one takes."""
    taken: list[tuple[int, int]] = []
    for pattern in PATTERNS:
        for match in pattern.phrase.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            if pattern.told and not BEFORE_IMPERATIVE.search(text[: match.start()]):
                continue
            taken.append(match.span())
            yield match.start(), pattern, {name: _name(value) for name, value in match.groupdict().items() if value}


def _quest(pattern: Pattern, found: Mapping[str, str], said: Said, thing: str) -> Quest | None:
    """Return the quest that a pattern's words make, "it" meaning `thing`; None when they name nothing."""
    names = dict(found)
    if _is_pronoun(names.get("what", "")):
        # "Show it to Rowan": to whom is enough.
        names["what"] = thing or ("it" if "{who}" in pattern.quest else "")
    if not all(names.values()) or _is_pronoun(names.get("who", "")) or _is_pronoun(names.get("where", "")):
        return None
    where = names.get("where", "")
    steps = []
    for template, criteria in pattern.steps:
        back = criteria.startswith("given:")
        description = _filled(template, names)
        inside = f" in {where}" if where and not back and "{where}" not in pattern.quest else ""
        steps.append(
            Step(
                description=description + inside,
                criteria=_filled(criteria, names),
                place=said.place if back else NOWHERE,
                press="A" if criteria.startswith(("given:", "talk:")) else "",
                where=where if inside or "{where}" in template else "",
            )
        )
    steps[0].status = ACTIVE
    name = _filled(pattern.quest, names)
    return Quest(
        id=slug(f"{name} {said.speaker}"),
        name=name,
        type=pattern.type,
        steps=steps,
        status=ACTIVE,
        source=FROM_TALK,
        giver=said.key or said.speaker,
        place=said.place,
        text=said.words[:_LONGEST_TEXT],
    )


def _asks_again(quest: Quest, other: Quest) -> bool:
    """Return whether a quest only says in other words what another's first step wants."""
    first, before = quest.steps[0], other.steps[0]
    return first.kind == before.kind and words(first.what) <= words(before.what)


def _is_pronoun(name: str) -> bool:
    return bool(name) and name.split(maxsplit=1)[0] in PRONOUNS


def _name(text: str) -> str:
    """Return a thing's name, lower case, without its article."""
    parts = text.lower().strip(" '-").split()
    return " ".join(parts[1:] if len(parts) > 1 and parts[0] in _ARTICLES else parts)


def _thing_in(text: str) -> str:
    """Return the last thing that a text names with an article; empty when it names none."""
    named = [thing for thing in THING.findall(text.lower()) if thing not in PRONOUNS]
    return named[-1] if named else ""


def _filled(template: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        template = template.replace(f"{{{name}}}", value)
    return template
