"""The referee: hears everything of a session, sees the true map, and says what it came to. It takes no part."""

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from agents.evaluation.carried import BRINGER
from agents.evaluation.moments import Moments, Place
from agents.evaluation.questions import Questions
from agents.evaluation.score import Recall, Score, Timing
from agents.evaluation.travels import Travels
from agents.evaluation.truth import Arrays, Cell, TrueMap
from agents.evaluation.views import Views
from runtime import wire
from runtime.backend import Backend
from runtime.bus import Bus, Message
from runtime.game import Game
from runtime.subjects import SessionId, subject

_REFUSALS = ("control.refused", "plan.refused")


#: Plans from the one followed to the strategist's, at most.
_TIERS = 4

#: What the referee hears.
HEARD = frozenset({"state", "input", "plan", "learnt", "event"})


class Referee:
    """Follows one session on its bus; a bus in memory, so that the emulator still stands at the frame it hears of."""

    def __init__(self, game: Game | None, backend: Backend) -> None:
        arrays = Arrays(backend, game) if game else None
        self._moments = Moments(game)
        self._map = TrueMap(game, arrays) if game and arrays else None
        self._travels = Travels(self._map.shortest) if self._map and self._map.there else None
        self.questions = Questions(self._moments, self._map, arrays)
        self._views = Views(game, backend.console.width, backend.console.height)
        self._walked: dict[int, set[Cell]] = {}  # by area
        self._entered: dict[int, set[Cell]] = {}  # where a stay in an area began
        self._place: Place | None = None
        self._plans: dict[str, wire.Plan] = {}  # by id
        self._followed: wire.Plan | None = None
        self._plans_made: Counter[str] = Counter()
        self._decisions: Counter[str] = Counter()
        self._models: Counter[str] = Counter()
        self._health: dict[str, wire.Health] = {}
        self._tick_ms: dict[str, float] = {}
        self._stage: int | None = None
        self._sides: int | None = None
        self._over_before = False
        self._deaths = self._walking_frames = self._refused = 0
        self._success_frame: int | None = None
        self._frame_index = -1
        self._own_facts = 0
        self.learnt: list[wire.Fact] = []  # and brought along

    async def listen(self, bus: Bus, session: SessionId) -> None:
        """Subscribe."""
        kinds: Mapping[str, Callable[[Message], None]] = {
            "state": self._on_state,
            "input": self._on_input,
            "plan": self._on_plan,
            "learnt": self._on_learnt,
            "event": self._on_event,
        }
        for kind, handler in kinds.items():
            await bus.subscribe(subject(session, kind), handler)
        await bus.subscribe(subject(session, "health", "*"), self._on_health)

    def score(self, seed: int, recall: Mapping[str, Recall], wall_s: float, cpu_s: float) -> Score:
        """Return what it came to."""
        moments, travels = self._moments, self._travels
        located = bool(self._walked) or self._place is not None
        walked, shortest = (
            (sum(column) for column in zip(*travels.legs, strict=True)) if travels and travels.legs else (0, 0)
        )
        areas = len(self._walked) if located else None
        return Score(
            seed=seed,
            success=self._success_frame is not None,
            end="success" if self._success_frame is not None else "frames",
            frames=self._frame_index + 1,
            frames_to_success=None if self._success_frame is None else self._success_frame + 1,
            stage=self._stage,
            stages=moments.stages,
            sides_done=None if self._sides is None else self._sides.bit_count(),
            sides=moments.sides,
            areas=areas,
            areas_total=moments.areas,
            area_coverage=areas / moments.areas if areas is not None and moments.areas else None,
            cells=sum(map(len, self._walked.values())) if located else None,
            cell_coverage=self._share_of_map(self._walked),
            seen_coverage=self._share_of_map(self._views.seen),
            deaths=self._deaths if moments.tells_deaths else None,
            walking_frames=self._walking_frames if located else None,
            stuck_frames=travels.stuck_frames if travels else None,
            legs=len(travels.legs) if travels else 0,
            path_ratio=walked / shortest if shortest else None,
            recall=dict(recall),
            facts=self._own_facts,
            plans=dict(sorted(self._plans_made.items())),
            decisions=dict(sorted(self._decisions.items())),
            models=dict(sorted(self._models.items())),
            refused=self._refused,
            timing=Timing(
                wall_s=round(wall_s, 3),
                cpu_s=round(cpu_s, 3),
                frames_per_s=round((self._frame_index + 1) / max(cpu_s, 1e-9), 1),
                deadline_misses={name: health.deadline_misses for name, health in sorted(self._health.items())},
                tick_ms_p99={name: round(ms, 3) for name, ms in sorted(self._tick_ms.items())},
            ),
        )

    def _share_of_map(self, cells: Mapping[int, set[Cell]]) -> float | None:
        """Return how much these are of the cells that can be reached in the areas that were entered."""
        if not self._map or not self._map.there or not cells:
            return None
        there = {area: self._map.reachable(area, cells) for area, cells in self._entered.items()}
        total = sum(map(len, there.values()))
        done = sum(len(found & there.get(area, set())) for area, found in cells.items())
        return done / total if total else None

    def _on_state(self, message: Message) -> None:
        payload = wire.decode(wire.State, message.data)
        if payload.frame_index <= self._frame_index:
            return  # shown again
        self._frame_index = payload.frame_index
        state, moments = payload.values, self._moments
        place = moments.place(state) if moments.walking(state) else None
        if place:
            self._walk(place, state)
        elif self._travels:
            self._travels.interrupted()
        self.questions.see(state, place)
        over = moments.over(state)
        self._deaths += over and not self._over_before
        self._over_before = over
        if moments.playing(state):
            self._advance(state)

    def _walk(self, place: Place, state: Mapping[str, wire.Scalar]) -> None:
        self._walking_frames += 1
        if place != self._place:
            cell = (place.x, place.y)
            self._walked.setdefault(place.area, set()).add(cell)
            if self._place is None or place.area != self._place.area:
                self._entered.setdefault(place.area, set()).add(cell)
            if self._map:
                self._map.look(place.area, state)
            self._views.look(place.area, state)
            self._place = place
        if self._travels:
            self._travels.walks(place, self._followed)

    def _advance(self, state: Mapping[str, wire.Scalar]) -> None:
        stage, sides = self._moments.stage(state), self._moments.sides_done(state)
        if stage is not None and stage > (-1 if self._stage is None else self._stage):
            self._stage = stage
        if sides is not None:
            self._sides = (self._sides or 0) | sides

    def _on_input(self, message: Message) -> None:
        held = wire.decode(wire.Input, message.data)
        for cause in held.causes:
            plan = self._plans.get(cause.plan_id)
            self._decisions[source_of(cause)] += 1
            if model := cause.model or self._model_of(plan):
                self._models[model] += 1
            if plan:
                self._followed = plan
        if not held.causes:
            self._decisions["nobody"] += 1

    def _model_of(self, plan: wire.Plan | None) -> str:
        """Return the model that made a plan, or the nearest of those that it serves."""
        for _ in range(_TIERS):
            if plan is None or plan.model:
                break
            plan = self._plans.get(plan.parent_id)
        return plan.model if plan else ""

    def _on_plan(self, message: Message) -> None:
        plan = wire.decode(wire.Plan, message.data)
        self._plans[plan.plan_id] = plan
        self._plans_made[plan.actor] += 1

    def _on_learnt(self, message: Message) -> None:
        learnt = wire.decode(wire.Learnt, message.data)
        self.learnt += learnt.facts
        self._own_facts += len(learnt.facts) if learnt.actor != BRINGER else 0

    def _on_event(self, message: Message) -> None:
        event = wire.decode(wire.Event, message.data)
        if event.name == "episode.success" and self._success_frame is None:
            self._success_frame = event.frame_index
        self._refused += event.name in _REFUSALS

    def _on_health(self, message: Message) -> None:
        health = wire.decode(wire.Health, message.data)
        if health.process != "bridge":
            self._health[health.process] = msgspec.structs.replace(health, sent_ns=0)
            self._tick_ms[health.process] = max(self._tick_ms.get(health.process, 0.0), health.tick_ms_p99)


def source_of(cause: wire.Cause) -> str:
    """Return what decided: the reason's first word as the reflex writes it, `plan: talk to the elder`; else by plan."""
    source, colon, _ = cause.reason.partition(": ")
    if colon and " " not in source:
        return source
    return "plan" if cause.plan_id else cause.reason or cause.actor
