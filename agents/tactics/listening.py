"""What somebody says, all pages of a talk: the watches dialogue.text and dialogue.speaker → facts."""

from collections.abc import Iterator

from agents.atlas.atlas import Atlas
from agents.atlas.cells import beside, cell_key
from agents.tactics.happenings import Asked
from agents.tactics.moment import CUTSCENE, DIALOGUE, SHOP, Moment
from runtime.errors import UsageError
from runtime.game import Game
from runtime.observation import Observation
from runtime.wire import Fact, Scalar

_TEXT, _SPEAKER = "dialogue.text", "dialogue.speaker"

#: Contexts in which what is on screen is said by somebody.
_TALKING = frozenset({DIALOGUE, CUTSCENE, SHOP})

#: The schema's longest text is 4000 characters; what anybody says is shorter.
_LONGEST = 2000


class Listening:
    """Collects the pages of a talk, and tells who said them when it ends."""

    def __init__(self, game: Game | None) -> None:
        watches = {watch.name for watch in game.watch} if game else set()
        self._hears = {_TEXT, _SPEAKER} <= watches
        self._pages: list[str] = []
        self._speaker = ""
        self._to: tuple[int, Asked] | None = None  # the area, and whom the talk began with

    def listen(self, seen: Observation, now: Moment, asked: Asked | None, atlas: Atlas) -> list[Fact]:
        """Take in one tick; return the facts of a talk that has ended, already taken into the atlas."""
        if not self._hears:
            return []
        if now.context in _TALKING:
            if asked and not self._pages:
                self._to = (now.area, asked)
            self._hear(seen)
            return []
        if not self._pages:
            return []
        if self._to is None and self._speaker:  # said unasked: after a fight, say
            self._to = (now.area, heard_from(atlas, now, self._speaker))
        facts = list(self._said(atlas)) if self._to else []
        atlas.add(facts)
        self._pages, self._speaker, self._to = [], "", None
        return facts

    def _hear(self, seen: Observation) -> None:
        try:
            text, speaker = (_ascii(seen.array(name).tobytes()) for name in (_TEXT, _SPEAKER))
        except UsageError:  # no whole memory image yet
            return
        page = " ".join(text.split())
        if page and (not self._pages or self._pages[-1] != page):
            self._pages.append(page)
            self._speaker = self._speaker or speaker

    def _said(self, atlas: Atlas) -> Iterator[Fact]:
        assert self._to is not None
        area, asked = self._to
        key = asked.npc or cell_key("npc", area, asked.cell)
        known = atlas.npcs.get(key)
        props: dict[str, Scalar] = {"name": self._speaker, "text": " ".join(self._pages)[:_LONGEST], "met": True}
        if not asked.npc:
            props |= {"role": "sign", "talked": atlas.progress}
        yield Fact("NPC", key, {**props, "talks": (known.talks if known else 0) + 1})


def heard_from(atlas: Atlas, now: Moment, speaker: str) -> Asked:
    """Return who goes by a speaker's name in this area; else whoever is faced."""
    for npc in atlas.npcs.values():
        if npc.area == now.area and npc.name == speaker:
            return Asked(npc.cell, "" if npc.role == "sign" else npc.key)
    return Asked(beside(now.cell, now.facing))


def _ascii(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("ascii", errors="replace")
