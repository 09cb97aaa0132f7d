"""1 Hz, or on pause: the strategist thinks beside the game or while it stands, and publishes what it decided.

    seen ─► triggers ─► mind: at once | in a thread | while the game stands ─► judge ─► plan, tool calls
                           └ failed, slow, unsure ─► the rules

In lockstep every thought is had at once, so that two runs are the same; in real time a slow mind works in a thread and
is asked at each tick. A tick is a tenth of a second; thoughts are a second apart, or have a reason (`triggers`).
"""

from collections import deque
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from agents.strategist.figures import Figures
from agents.strategist.judge import Judge
from agents.strategist.minds import load_mind
from agents.strategist.plan import Thought
from agents.strategist.prompt import GRID_FRAMES
from agents.strategist.situation import Situation
from agents.strategist.surroundings import Surroundings
from agents.strategist.thinking import Outcome, Thinking
from agents.strategist.tools import CALLED, Answer, answer_to, called, carry_out
from agents.strategist.triggers import Triggers
from runtime import wire
from runtime.actor import Learn, Output, Report, Request
from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.observation import Observation
from runtime.pixels import Rgb

Outputs = Generator[Output, wire.ControlReply | None, None]

#: Ticks whose buttons are remembered.
_HELD = 16

#: Events that wait for the next thought of the rules; far more than come between two of them.
_MOST_WAITING = 4096

#: Frames that the presses of a tool may take; the reflex gives each 8.
_TOOL_FRAMES = 120

#: How long a lockstep game waits for a model to be loaded, seconds; a real-time one goes on by the rules.
_LOAD_S = 600.0

#: Of an event's text, in characters.
_LONGEST_PROBLEM = 300

_BUSY = Outcome(None, "busy", "the thought before, which was dropped, still runs")


@dataclass
class Strategist:
    """Thinks.

    Attributes:
        mind: "rules", "paligemma", "openai", or an import path of a Mind.
        options: What that mind takes.
        think: Beside the game, or while it stands.
        fallback: The quick mind that answers where the other fails or is not sure.
        every_frames: Between two thoughts without a reason; beside the game only.
        limit_s: After it a thought is dropped (requirement R4).
        threshold: Of confidence, below which the fallback's thought is taken (requirement C15.6).
        exploration_rate: How often exploring is taken instead.
        seed: Of that chance.
        called: This actor's name in the session.
    """

    mind: str = "rules"
    options: dict[str, Any] = field(default_factory=dict)
    think: Literal["background", "pause"] = "background"
    fallback: str = "rules"
    every_frames: int = 60
    limit_s: float = 2.0
    threshold: float = 0.7
    exploration_rate: float = 0.1
    seed: int = 0
    called: str = "strategist"

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("frame", "state", "plan", "learnt", "event", "input")
    writes: ClassVar[tuple[str, ...]] = ("plan", "learnt", "event", "control")

    def __post_init__(self) -> None:
        if self.limit_s <= 0 or self.every_frames < 1:
            raise UsageError(f"limit_s {self.limit_s}, every_frames {self.every_frames}: allowed are numbers above 0")
        self._mind = Thinking(load_mind(self.mind, self.options), self.limit_s)
        self._rules = self._mind
        if not self._mind.mind.quick:
            self._rules = Thinking(load_mind(self.fallback, {}), self.limit_s)
        if not self._rules.mind.quick:
            raise UsageError(f"fallback {self.fallback!r} is a slow mind: what answers for another must be quick")
        self._figures = Figures()
        self._surroundings: Surroundings | None = None
        self._lockstep = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._triggers = Triggers()
        self._judge = Judge(self.threshold, self.exploration_rate, self.seed)
        self._held: deque[tuple[str, ...]] = deque(maxlen=_HELD)
        self._frames: deque[Rgb] = deque(maxlen=GRID_FRAMES)
        self._events: deque[wire.Event] = deque(maxlen=_MOST_WAITING)
        self._learnt: list[wire.Learnt] = []  # what the rules miss they never know: it has no bound
        self._answers: list[Answer] = []
        self._plan: Thought | None = None
        self._plan_frame = self._frame_index = -1
        self._thought_frame = -self.every_frames
        self._why = ""  # a reason to think that nothing has come of yet

    def measures(self) -> Mapping[str, float]:
        """Return the figures, for metrics."""
        return self._figures.as_values()

    def act(self, seen: Observation) -> Outputs:
        """Take in what is seen, answer tools, and think where there is reason to."""
        surroundings = yield from self._take_in(seen)
        yield from self._answer_tools(seen, surroundings)
        watched = self._triggers.watch(
            seen.frame_index, seen.state, seen.events, self._plan, self._plan_frame, made_by=self.called
        )
        self._why = watched or self._why
        if self._mind.open:
            outcome = self._mind.poll()
            if outcome is not None:
                yield from self._end(seen, surroundings, outcome)
        elif why := self._why or self._clock(seen.frame_index):
            yield from self._begin(seen, surroundings, why)

    def _take_in(self, seen: Observation) -> Generator[Output, wire.ControlReply | None, Surroundings]:
        if self._surroundings is None:
            self._lockstep = seen.welcome.clock == "lockstep"
            self._mind.load()
            if seen.welcome.paused and self.think == "pause":  # by the strategist before this one, which died over it
                yield Request("resume")
        if self._surroundings is None or seen.frame_index < self._frame_index:  # a replay went back
            self._surroundings = Surroundings(seen, looks=not self._mind.mind.quick)
            self._begin_anew()
        self._frame_index = seen.frame_index
        for event in seen.events:
            if event.name == "control.set_clock":
                self._lockstep = event.facts.get("clock") == "lockstep"
        self._surroundings.take_in(seen)
        self._events += seen.events
        self._learnt += seen.learnt
        self._held.append(seen.held)
        if not self._mind.mind.quick:
            self._frames.append(seen.pixels)
        return self._surroundings

    def _answer_tools(self, seen: Observation, surroundings: Surroundings) -> Iterator[Output]:
        """Carry out what was called, by whomever; keep the answers to one's own calls for the next prompt."""
        for event in seen.events:
            told = answer_to(event)
            if told is not None and told.call.startswith(f"{self.called}-"):
                self._answers.append(told)
            if event.name != CALLED:
                continue
            bench = surroundings.bench(seen)
            answer = carry_out(event, bench)
            self._figures.count("tools.refused" if answer.error else "tools.answered")
            yield answer.report()
            for actions in bench.pressed:
                why = f"asked by {event.source}"
                yield self._take_plan(
                    Thought(strategy="use", goal="press", actions=actions, reason=why, valid_frames=_TOOL_FRAMES)
                )

    def _clock(self, frame_index: int) -> str:
        due = frame_index - self._thought_frame >= self.every_frames
        return "clock" if due and self.think == "background" else ""

    def _begin(self, seen: Observation, surroundings: Surroundings, why: str) -> Outputs:
        rests = self._judge.rests(seen.frame_index) or not self._mind.loaded(_LOAD_S if self._lockstep else 0.0)
        mind = self._rules if rests else self._mind
        stops = self.think == "pause" and not rests
        self._why, self._thought_frame = "", seen.frame_index
        self._triggers.thought(seen.frame_index)
        situation = self._situation(seen, surroundings, why, mind)
        if stops or not mind.mind.quick:
            yield Report("think.begun", {"why": why, "mind": mind.mind.name, "paused": stops})
        if stops:
            yield from self._stop_and_think(seen, surroundings, situation)
        elif mind.mind.quick:
            yield from self._conclude(seen, surroundings, mind, mind.at_once(situation))
        elif not mind.begin(situation):
            yield from self._end(seen, surroundings, _BUSY)
        elif self._lockstep:
            yield from self._end(seen, surroundings, mind.wait())

    def _stop_and_think(self, seen: Observation, surroundings: Surroundings, situation: Situation) -> Outputs:
        """Let the game stand, think, let it go on: whatever fails, it goes on (requirements C7.1, C10.2)."""
        reply = yield Request("pause")
        self._figures.count("pause.refused" if reply is None or reply.error else "pauses")
        outputs: list[Output] = []
        try:
            if self._mind.mind.quick:
                outcome = self._mind.at_once(situation)
            else:
                outcome = self._mind.wait() if self._mind.begin(situation) else _BUSY
            outputs += self._end(seen, surroundings, outcome)
        finally:
            yield from outputs
            yield Request("resume")

    def _end(self, seen: Observation, surroundings: Surroundings, outcome: Outcome) -> Iterator[Output]:
        """Put out what came of a thought that took its time, and that it is over."""
        facts: dict[str, wire.Scalar] = {"mind": self._mind.mind.name, "failure": outcome.failure}
        if outcome.thought and any(outcome.thought.tokens):
            facts |= {"tokens.prompt": outcome.thought.tokens[0], "tokens.answer": outcome.thought.tokens[1]}
        yield from self._conclude(seen, surroundings, self._mind, outcome)
        yield Report("think.ended", facts)

    def _conclude(
        self, seen: Observation, surroundings: Surroundings, mind: Thinking, outcome: Outcome
    ) -> Iterator[Output]:
        self._figures.outcome(outcome)
        if outcome.failure:
            facts = {
                "mind": mind.mind.name,
                "kind": outcome.failure,
                "problem": outcome.problem[:_LONGEST_PROBLEM],
            }
            yield Report("think.failed", facts)
        if outcome.thought and (new := surroundings.new_notes(outcome.thought, mind.mind.name)):
            yield Learn(new)
        thought = outcome.thought if mind is self._rules else self._chosen(seen, surroundings, outcome)
        if thought is None:
            return
        ran_out = self._plan is not None and 0 < self._plan.valid_frames <= seen.frame_index - self._plan_frame
        if ran_out or not thought.same(self._plan):
            yield self._take_plan(thought)
            for number, call in enumerate(thought.tool_calls):
                yield called(call, f"{self.called}-{seen.frame_index}-{number}")

    def _chosen(self, seen: Observation, surroundings: Surroundings, outcome: Outcome) -> Thought | None:
        """Return the thought that counts after a slow mind's; None where even the rules have none."""
        verdict = self._judge.verdict(outcome, seen.frame_index)
        if verdict == "mind":
            return outcome.thought
        self._figures.count("fallbacks" if outcome.failure else f"unsure.{verdict}")
        if verdict == "explore":
            return Thought(strategy="explore", reason="the mind is not sure")
        by_rules = self._rules.at_once(self._situation(seen, surroundings, "stale", self._rules))
        return by_rules.thought

    def _take_plan(self, thought: Thought) -> Output:
        self._plan, self._plan_frame = thought, self._frame_index
        self._figures.count("plans")
        return thought.intend()

    def _situation(self, seen: Observation, surroundings: Surroundings, why: str, mind: Thinking) -> Situation:
        """Return what a mind is told; a slow one gets only what cannot change while it thinks."""
        if mind.mind.quick:
            events, learnt = tuple(self._events), tuple(self._learnt)
            self._events.clear()
            self._learnt.clear()
            return surroundings.told(seen, why, plan=self._plan, held=tuple(self._held), events=events, learnt=learnt)
        answers, self._answers = tuple(self._answers), []
        return surroundings.shown(
            seen, why, plan=self._plan, held=tuple(self._held), frames=tuple(self._frames), answers=answers
        )
