"""Which quests there are, how far each has come, and which objective is worth most now (C12.2, C12.3, C12.6).

    quests = QuestManager(seen.game)
    for learnt in seen.learnt:
        quests.fold(learnt)                        # what earlier sessions knew; what people said (`text` of an NPC)
    changed = quests.update(seen.state, place)     # facts to publish with Learn
    target = quests.get_current_objective(place)   # or ranked(place), best first

Quests come from game.toml's objectives and from what people say. Nothing here does I/O, and the same calls in the same
order give the same answers.
"""

from collections.abc import Iterable, Mapping

from agents.knowledge.facts import Facts
from agents.knowledge.keys import Place, place_of
from agents.quests.discovery import Said, is_thanks, quests_in
from agents.quests.game_quests import quests_of_game
from agents.quests.progress import Signs, is_done, same_thing
from agents.quests.quest import (
    ACTIVE,
    COMPLETED,
    FROM_GAME,
    FROM_TALK,
    PENDING,
    Quest,
    Step,
    quest_of,
    step_of,
)
from agents.quests.targets import Distance, Target, straight, target_of
from runtime.game import Game
from runtime.wire import Fact, Learnt, Scalar


class QuestManager:
    """The quests of one player.

    Attributes:
        lasting: Whether what was done stays done when a new game begins, as for who has told the story once and looks
            for the rest.
    """

    def __init__(self, game: Game | None = None) -> None:
        """Begin with what a game's description says; None for a game without one."""
        self.lasting = False
        self._quests: dict[str, Quest] = {quest.id: quest for quest in quests_of_game(game)} if game else {}
        self._described = bool(self._quests)
        self._signs = Signs(game)
        self._known: dict[tuple[str, str, str], Mapping[str, Scalar]] = {}  # facts that others know already
        self._names: dict[str, str] = {}  # of NPCs, by key
        self._last_said = Said("")
        self._last_found: tuple[str, ...] = ()  # quests of the last talk
        self._since_talk = self._since_main = self._since_side = _LONG_AGO  # looks at the game

    @property
    def quests(self) -> tuple[Quest, ...]:
        """All of them, in the order in which they came up."""
        return tuple(self._quests.values())

    @property
    def active(self) -> tuple[Quest, ...]:
        """Those that are under way."""
        return tuple(quest for quest in self._quests.values() if quest.status == ACTIVE)

    def progress(self, quest: str) -> tuple[int, int]:
        """Return how many steps of a quest are completed, its parts' included, and how many there are."""
        done, steps = self._quests[quest].done, len(self._quests[quest].steps)
        for part in self._quests.values():
            if part.parent == quest:
                more_done, more = self.progress(part.id)
                done, steps = done + more_done, steps + more
        return done, steps

    def fold(self, learnt: Learnt) -> None:
        """Take in a message: see `add`."""
        self.add(learnt.facts)

    def add(self, facts: Iterable[Fact]) -> None:
        """Take in what was learnt: quests of earlier sessions, and what people said."""
        facts = tuple(facts)
        restored = [fact for fact in facts if not fact.to and fact.kind in ("Quest", "Objective")]
        if restored:
            self._restore(Facts(restored))
        for fact in facts:
            if fact.kind in ("GIVES_QUEST", "PART_OF"):
                self._known[fact.kind, fact.key, fact.to] = fact.props
            if fact.kind != "NPC" or fact.to:
                continue
            if fact.props.get("name"):
                self._names[fact.key] = str(fact.props["name"])
            if fact.props.get("text"):
                self.hear(Said(str(fact.props["text"]), self._names.get(fact.key, ""), fact.key, place_of(fact.key)))

    def hear(self, said: Said) -> list[Quest]:
        """Take in what somebody said, a whole talk; return the quests that it asks for and that are new.

        The same words again are nothing new; words of thanks complete what the speaker asked for.
        """
        if said == self._last_said:
            return []
        self._last_said, self._since_talk = said, 0
        for quest in self.active:
            self._hear_for(quest, said)
        new = []
        found = quests_in(said)
        for quest in found:
            before = self._quests.get(quest.id)
            if before is None:
                self._quests[quest.id] = quest
                new.append(quest)
            elif before.status == PENDING:  # known from an earlier game, and asked for in this one
                before.status = ACTIVE
                _take_turns(before)
        self._last_found = tuple(quest.id for quest in found)
        self._conclude()
        return new

    def update(self, state: Mapping[str, Scalar], place: Place, here: Iterable[str] = ()) -> tuple[Fact, ...]:
        """Look at the game as it is now; return what is to be known and was not published yet.

        Args:
            state: The watches.
            place: The player's cell.
            here: Names of this place (the area's, the scene's), for objectives that say where to go.
        """
        self._signs.look(state, tuple(here))
        if self._signs.begun_anew:
            self._begin_anew()
        self._since_talk += 1
        self._since_main = 0 if self._signs.main_advanced else self._since_main + 1
        self._since_side = 0 if self._signs.side_advanced else self._since_side + 1
        if self._signs.main_advanced or self._signs.side_advanced:
            self._advance(place)
        self._conclude()
        for quest in self._quests.values():
            if quest.source == FROM_GAME:
                _follow(quest, state, self._signs)
            elif quest.status == ACTIVE:
                _go_on(quest, self._signs)
        return self._changed()

    def get_current_objective(self, place: Place, distance: Distance | None = None) -> Target | None:
        """Return the objective of the highest score; None when nothing is to be done."""
        return next(iter(self.ranked(place, distance)), None)

    def ranked(self, place: Place, distance: Distance | None = None) -> list[Target]:
        """Return the pending objectives of the active quests, the best first, and after them those not ready.

        Of a quest that is known from an earlier game, the objective is to be asked again, at half its priority.

        Args:
            place: The player's cell.
            distance: The way to a place; without it, or where it knows no way, straight distance within the area.
        """
        targets = [
            target_of(quest, index, step, place, distance)
            for quest in self.active
            for index, step in enumerate(quest.steps)
            if step.status == ACTIVE
        ]
        targets += [
            target_of(
                quest, 0, Step(f"ask {quest.giver} again", f"talk:{quest.giver}", quest.place, "A"), place, distance
            )
            for quest in self._quests.values()
            if quest.status == PENDING and quest.source == FROM_TALK and quest.place.area >= 0
        ]
        return sorted(targets, key=lambda target: (not target.ready, -target.score, target.quest, target.index))

    def _restore(self, facts: Facts) -> None:
        """Take over quests from what is known; one's own come back, too, and never set anything back."""
        for node in facts.label("Quest"):
            self._known["Quest", node.key, ""] = dict(node.props)
            quest = self._quests.setdefault(node.text("id"), quest_of(node))
            if quest.source == FROM_TALK and _later(node.text("status"), quest.status):
                quest.status = node.text("status")
        for node in sorted(facts.label("Objective"), key=lambda node: node.number("index")):
            self._known["Objective", node.key, ""] = dict(node.props)
            quest_there = self._quests.get(node.text("quest"))
            if quest_there is None or quest_there.source == FROM_GAME:
                continue  # of a game's own the game's state says how far they are
            index = node.number("index")
            if index == len(quest_there.steps):
                quest_there.steps.append(step_of(node))
            elif index < len(quest_there.steps) and _later(node.text("status"), quest_there.steps[index].status):
                quest_there.steps[index].status = node.text("status")

    def _begin_anew(self) -> None:
        """A new game: what people want is known, but nobody has asked yet and nothing is done."""
        self._last_said, self._last_found = Said(""), ()
        for quest in self._quests.values():
            if self.lasting and quest.status == COMPLETED:
                continue
            quest.status = PENDING
            for step in quest.steps:
                step.status = PENDING

    def _hear_for(self, quest: Quest, said: Said) -> None:
        """Let what somebody said complete steps of a quest."""
        step = _turn(quest)
        if step is None or quest.source == FROM_GAME:
            return
        if step.kind in ("talk", "enter") and said.speaker and same_thing(step.what, said.speaker):
            step.status = COMPLETED
            _take_turns(quest)
        elif quest.giver and quest.giver in (said.key, said.speaker) and is_thanks(said):
            for each in quest.steps:
                each.status = COMPLETED
            _take_turns(quest)

    def _advance(self, place: Place) -> None:
        """The game itself says that something was done: it is the step whose place this is."""
        for quest in self.active:
            step = _turn(quest)
            if step is None or quest.source == FROM_GAME:
                continue
            if step.place.area == place.area >= 0 and straight(place, step.place) <= _BESIDE:
                step.status = COMPLETED
                _take_turns(quest)

    def _conclude(self) -> None:
        """What the game says is done about when somebody speaks who asked for something is what he asked for.

        What he asks for when the main story goes on is of the main story, unless the game's description says what is.
        """
        if self._since_talk > _RECENT:
            return
        main, side = self._since_main <= _RECENT, self._since_side <= _RECENT
        if main and not self._described:
            for name in self._last_found:
                self._quests[name].type = "main_story"
        for quest in self.active:
            of_speaker = quest.giver in (self._last_said.key, self._last_said.speaker) and quest.source == FROM_TALK
            if of_speaker and quest.id not in self._last_found and (main if quest.type == "main_story" else side):
                for step in quest.steps:
                    step.status = COMPLETED
                quest.status = COMPLETED

    def _changed(self) -> tuple[Fact, ...]:
        """Return the facts that differ from what is known; they then are."""
        changed = []
        for quest in self._quests.values():
            for fact in quest.facts():
                known = self._known.get((fact.kind, fact.key, fact.to))
                if known is None or not fact.props.items() <= known.items():
                    self._known[fact.kind, fact.key, fact.to] = {**(known or {}), **fact.props}
                    changed.append(fact)
        return tuple(changed)


#: Looks at the game, about one a second, within which a talk and what the game says belong together.
_RECENT = 10
_LONG_AGO = 1 << 30

#: Cells within which one is at a place: beside it, or beside the counter before it.
_BESIDE = 2.0


def _follow(quest: Quest, state: Mapping[str, Scalar], signs: Signs) -> None:
    """Let the game's state say how far a quest of game.toml is: a step is on while its condition holds."""
    on = [signs.holds(step.what, state) for step in quest.steps]
    last = max((index for index, step in enumerate(quest.steps) if on[index] and not step.urgent), default=-1)
    for index, step in enumerate(quest.steps):
        if on[index]:
            step.status = ACTIVE
            step.ready = not step.needs or signs.holds(step.needs, state)
        elif step.urgent:
            step.status = PENDING
        elif index < last or step.status == ACTIVE:
            step.status = COMPLETED
    if any(on):
        quest.status = ACTIVE
    elif all(step.status == COMPLETED for step in quest.steps):
        quest.status = COMPLETED


def _go_on(quest: Quest, signs: Signs) -> None:
    """Complete the steps whose turn it is and that are done."""
    while (step := _turn(quest)) is not None and is_done(step, signs):
        step.status = COMPLETED
        _take_turns(quest)


def _turn(quest: Quest) -> Step | None:
    return next((step for step in quest.steps if step.status != COMPLETED), None)


def _take_turns(quest: Quest) -> None:
    """Let the first step that is not completed be active; a quest without one is completed."""
    step = _turn(quest)
    if step is None:
        quest.status = COMPLETED
    else:
        step.status = ACTIVE


def _later(status: str, than: str) -> bool:
    order = (PENDING, ACTIVE, COMPLETED)
    return status in order and order.index(status) > order.index(than)
