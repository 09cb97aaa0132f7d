"""How people in games ask, promise and thank: phrases as data. A game with other phrases gets a line here.

Texts are matched with line breaks as spaces, whatever the case. Groups: `what` is the thing, `who` the person, `where`
the place, `way` a direction, `count` how many. In the words of a quest `{what}` and so on stand for them.
"""

import re
from dataclasses import dataclass

#: Words that may stand before a thing's name.
_ARTICLE = (
    r"(?:(?:the|a|an|my|our|your|his|her|its|their|some|any|this|that|one of the|\d+|two|three|four|five|six|seven"
    r"|eight|nine|ten) )?"
)

#: A name of up to four words ends at a stop, or at a word that begins another part of the sentence.
_END = (
    r"(?=\s*(?:[.,!?;:]|$|\b(?:and|so|but|if|from|in|at|inside|near|to|for|before|when|who|which|that|is|lies|by|past"
    r"|beyond|over|across|please|here|there|with|through|on|under|behind|north|south|east|west)\b))"
)
_NAME = r"[a-z][a-z'-]*(?: [a-z][a-z'-]*){0,3}?"
_WHAT = rf"{_ARTICLE}(?P<what>{_NAME}){_END}"
_WHO = rf"{_ARTICLE}(?P<who>{_NAME}){_END}"
_THERE = rf"{_ARTICLE}(?P<where>{_NAME}){_END}"
_WHERE = rf"(?:,? (?:in|inside|at|near|by|from|on|under|beneath|within|behind) {_THERE})?"
_WAY = r"(?P<way>north|south|east|west)"


@dataclass(frozen=True)
class Pattern:
    """A phrase that makes a quest.

    Attributes:
        phrase: What is looked for.
        type: The quest's type, of `runtime.game.QUEST_TYPES`.
        quest: The quest's name.
        steps: Each step's description and criteria.
        told: Whether it is an imperative: what somebody tells one to do, not what he says of himself or others.
    """

    phrase: re.Pattern[str]
    type: str
    quest: str
    steps: tuple[tuple[str, str], ...]
    told: bool = True


def _pattern(phrase: str, kind: str, quest: str, *steps: tuple[str, str], told: bool = True) -> Pattern:
    return Pattern(re.compile(rf"\b{phrase}", re.IGNORECASE), kind, quest, steps, told)


_GO = ("go to {where}", "enter:{where}")
_GET = ("find {what}", "has:{what}")
_BRING = ("bring {what} back", "given:{what}")

#: An earlier line has the first say on words that several fit.
PATTERNS: tuple[Pattern, ...] = (
    _pattern(rf"(?:take|follow) the (?:road|path|way) to {_THERE}", "exploration", "see {where}", _GO),
    _pattern(
        rf"(?:take|bring|carry|deliver|show|give|return) {_ARTICLE}(?P<what>{_NAME}) (?:back )?to {_WHO}{_WHERE}",
        *("side_quest", "take {what} to {who}"),
        ("take {what} to {who}", "talk:{who}"),
    ),
    _pattern(
        rf"(?:bring|fetch|get|find) (?:me|us)(?: back)? {_WHAT}{_WHERE}", "side_quest", "fetch {what}", _GET, _BRING
    ),
    _pattern(
        rf"(?:take|bring|give) (?:her|him|them) {_WHAT}",
        *("side_quest", "deliver {what}"),
        ("give {what} to whom it is for", "given:{what}"),
    ),
    _pattern(
        rf"(?:i|we)(?: have|'ve)? (?:lost|dropped|misplaced) {_WHAT}{_WHERE}",
        *("side_quest", "recover {what}"),
        *(_GET, _BRING),
        told=False,
    ),
    _pattern(
        rf"(?:i|we) (?:need|want|could use|miss) {_WHAT}{_WHERE}",
        *("side_quest", "fetch {what}"),
        *(_GET, _BRING),
        told=False,
    ),
    _pattern(
        r"win (?P<count>\d+) (?:battles|fights)",
        *("skill_improvement", "win {count} battles"),
        ("win {count} battles", "won:{count}"),
    ),
    _pattern(
        r"(?:visit|see) (?P<count>\d+) (?:places|areas|towns)",
        *("exploration", "visit {count} places"),
        ("visit {count} places", "seen:{count}"),
    ),
    _pattern(
        rf"(?:defeat|beat|slay|fight|drive off|drive away|get rid of|chase away|deal with) {_WHO}{_WHERE}",
        *("side_quest", "defeat {who}"),
        ("defeat {who}", "defeat:{who}"),
    ),
    _pattern(
        rf"(?:find|get|look for|search for|seek|collect|gather|pick up) {_WHAT}{_WHERE}",
        *("side_quest", "find {what}"),
        _GET,
    ),
    _pattern(
        rf"{_ARTICLE}(?P<what>(?:[a-z'-]+ ){{0,2}}key) (?:opens|unlocks|fits|is for) {_THERE}",
        *("side_quest", "open {where}"),
        _GET,
        ("open {where}", "enter:{where}"),
        told=False,
    ),
    _pattern(
        rf"{_ARTICLE}(?P<what>[a-z'-]+(?: key)?) (?:lies|lie|is hidden|hides|was hidden|is buried|is kept) in {_THERE}",
        *("side_quest", "find {what}"),
        _GET,
        told=False,
    ),
    _pattern(
        rf"(?:speak|talk) (?:with|to) {_WHO}{_WHERE}",
        *("side_quest", "speak with {who}"),
        ("speak with {who}", "talk:{who}"),
    ),
    _pattern(
        rf"(?:go|head|walk|travel) {_WAY}(?:,? (?:over|across|through|past|along) (?:the )?[a-z]+)?,? to {_THERE}",
        *("exploration", "see {where}"),
        ("go {way} to {where}", "enter:{where}"),
    ),
    _pattern(
        rf"{_WAY}: {_THERE}",
        *("exploration", "see {where}"),
        ("go {way} to {where}", "enter:{where}"),
        told=False,
    ),
)

#: What is said when a quest is over.
THANKS = re.compile(
    r"\b(?:thanks|thank you|well done|you(?:'ve| have)? (?:found|brought|did|done|carried|returned|saved|beat|defeated)"
    r"|(?:your|a|this) reward|take this as|as promised|(?:we are|you are|i am|we're|i'm) (?:saved|grateful))\b",
    re.IGNORECASE,
)

#: A thing that was named as one not known yet: "an ember"; what a later "it" or "one" may mean.
THING = re.compile(
    r"\b(?:an?|my|some) (?:(?:[a-z]+ly|old|small|steady|lost|cold|great|big|new) )*([a-z]{3,})\b", re.IGNORECASE
)

#: What may stand before an imperative within a sentence; at its beginning it stands by itself.
BEFORE_IMPERATIVE = re.compile(
    r"(?:^|[.!?,;:]|\b(?:and|or|then|please|now|just|first|also|so|(?:could|would|can|will|must|should) you"
    r"|you (?:must|should)|(?:want|need|like|ask) you to|you (?:have|need) to))\s*$",
    re.IGNORECASE,
)

#: Words that stand for something said before, and others that begin no name.
PRONOUNS = frozenset(
    (
        *("it", "this", "that", "them", "these", "those", "one", "some", "me", "us", "him", "her", "you", "out", "way"),
        *("to", "be", "all", "what", "who", "where", "nobody", "somebody", "something", "anything", "more"),
    )
)

#: Words of things that are shut or not ready; a sign that only tells the way has none of them.
WAITING = re.compile(
    r"\b(?:lock(?:s|ed)?|key(?:hole)?|shut|closed|gate|cold|dark|missing|cannot|not yet|too|needs?|stuck|barred)\b",
    re.IGNORECASE,
)


def waits(text: str) -> bool:
    """Return whether a thing's words say that it waits for something: a lock for its key, a shrine for its flame."""
    return bool(WAITING.search(text))
