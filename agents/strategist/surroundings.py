"""What the strategist knows of where it is: folds what is learnt, and makes situations of it."""

from collections.abc import Mapping

from agents.strategist.plan import Thought
from agents.strategist.situation import Situation
from agents.strategist.tools import Answer, Bench
from runtime import wire
from runtime.expressions import Condition, condition
from runtime.game import Game
from runtime.observation import Observation
from runtime.pixels import Rgb
from runtime.wire import Scalar


class Surroundings:
    """One session's, from its first observation on."""

    def __init__(self, game: Game | None) -> None:
        """Begin with nothing known; `game` is the description, if there is one."""
        self._game = game
        objectives = game.objective if game else ()
        self._objectives: list[tuple[Condition, str]] = [
            (condition(o.when), f"{o.name} ({o.area})") for o in objectives
        ]

    def take_in(self, seen: Observation) -> None:
        """Fold what was learnt since the last observation."""

    def bench(self, seen: Observation) -> Bench:
        """Return what tools work with now."""
        here = _place(seen.state)
        return Bench(state=seen.state, buttons=seen.welcome.buttons, here=here)

    def situation(
        self,
        seen: Observation,
        why: str,
        *,
        plan: Thought | None,
        held: tuple[tuple[str, ...], ...],
        events: tuple[wire.Event, ...],
        learnt: tuple[wire.Learnt, ...],
    ) -> Situation:
        """Return what a quick mind is told."""
        place = _place(seen.state)
        return Situation(
            frame_index=seen.frame_index,
            trigger=why,
            state=seen.state,
            game=self._game,
            buttons=seen.welcome.buttons,
            area=int(seen.state.get("area", -1)),
            cell=place[1] if place else None,
            held=held,
            events=events,
            plans=seen.plans,
            plan=plan,
            learnt=learnt,
            objectives=self._current(seen.state),
        )

    def frozen(
        self,
        seen: Observation,
        why: str,
        *,
        plan: Thought | None,
        held: tuple[tuple[str, ...], ...],
        frames: tuple[Rgb, ...],
        answers: tuple[Answer, ...],
    ) -> Situation:
        """Return what a slow mind is told: nothing in it changes while it thinks."""
        place = _place(seen.state)
        return Situation(
            frame_index=seen.frame_index,
            trigger=why,
            state=dict(seen.state),
            game=self._game,
            buttons=seen.welcome.buttons,
            area=int(seen.state.get("area", -1)),
            cell=place[1] if place else None,
            held=held,
            plan=plan,
            objectives=self._current(seen.state),
            frames=frames,
            answers=answers,
        )

    def _current(self, state: Mapping[str, Scalar]) -> tuple[str, ...]:
        return tuple(line for holds, line in self._objectives if holds(state))


def _place(state: Mapping[str, Scalar]) -> tuple[int, tuple[int, int]] | None:
    if not {"area", "player.x", "player.y"} <= state.keys():
        return None
    return int(state["area"]), (int(state["player.x"]), int(state["player.y"]))
