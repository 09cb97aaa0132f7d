"""Agent: what the mind decides by, what it plans and how well thinking goes, what it knows."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import PICKED, Panel, Query
from dashboards.grafana.promql import rate
from dashboards.grafana.variables import ACTORS

_ACTOR = f'{PICKED}, process=~"$actor"'
_FRAME_S = 1 / 59.7275


def _figure(name: str) -> str:
    """Return the selector of an actor's own figure, or of those that match a pattern."""
    return f'framewire_actor_figure{{{_ACTOR}, name=~"{name}"}}'


def _grew(name: str, over: str) -> str:
    """Return by how much a count among the figures grew; a restarted actor counts from 0 again."""
    return f"sum by (session, process, name) (increase({_figure(name)}[{over}]))"


def _now(name: str) -> str:
    return f"max by (session, name) ({_figure(name)})"


_HITS, _MISSES = (f"sum by (session) (rate({_figure(f'cache.{name}')}[1m]))" for name in ("hits", "misses"))

AGENT = Board(
    "framewire-agent",
    "Framewire: agent",
    "The mind: decisions, plans, thoughts, knowledge. Figures are the actors' own (`measures`).",
    {
        "Decisions": (
            Panel(
                "Decisions a second, by source",
                (Query(rate("framewire_decisions_total", _ACTOR, "process, source"), "{{process}} {{source}}"),),
                "cps",
                "Where presses come from: emergency, the plan, a rule, a pattern, going on, nothing.",
            ),
            Panel(
                "Frames on which a plan held",
                (Query(f"{_HITS} / clamp_min({_HITS} + {_MISSES}, 0.001)", "{{session}}"),),
                "percentunit",
                "Hits of the reflex's strategy cache, of all frames on which a plan was wanted.",
            ),
            Panel(
                "Strategy cache, frames a minute",
                (Query(_grew(r"cache\\..*", "1m"), "{{name}}"),),
                "short",
                "Hits, those of them whose plan was stale, and misses.",
            ),
            Panel(
                "Decided ahead, frames a minute",
                (Query(_grew(r"predict\\..*", "1m"), "{{name}}"),),
                "short",
                "The reflex's predictor: asked, hit, nearly hit; checked against deciding anew, and agreed.",
            ),
            Panel(
                "Age of the plan",
                (Query(f"{_now('plan.age_frames')} * {_FRAME_S:.6f}", "{{session}}"),),
                "s",
                "Of the newest that the reflex follows, in the game's time.",
            ),
        ),
        "Strategist": (
            Panel(
                "The last thought took",
                (Query(f"{_now('last_thought_ms')} / 1000", "{{session}}"),),
                "s",
                "Wall time from the question to the plan.",
                limit=2,
            ),
            Panel(
                "Thoughts, plans, failures, fallbacks a minute",
                (Query(_grew(r"thoughts|plans|failures|fallbacks", "1m"), "{{name}}"),),
                "short",
                "A failure is a thought that was too late, broken or refused; the rules then answer.",
            ),
            Panel(
                "Tokens a minute",
                (Query(_grew(r"tokens\\..*", "1m"), "{{name}}"),),
                "short",
                "Of a model's prompts and answers; 0 for rules.",
            ),
            Panel(
                "Time spent thinking",
                (Query(f"sum by (session) (rate({_figure('thinking_ms')}[1m])) / 1000", "{{session}}"),),
                "percentunit",
                "Of all time.",
            ),
        ),
        "Knowledge": (
            Panel(
                "Quests",
                (Query(_now(r"quests\\..*|todos.open"), "{{name}}"),),
                "short",
                "By status, and open todos.",
            ),
            Panel(
                "Coverage",
                (Query(_now(r"areas.seen|doors.known|people.known|items\\..*"), "{{name}}"),),
                "short",
                "Areas of which cells were seen, doors, people, items known and taken.",
            ),
            Panel("Cells seen", (Query(_now("cells.seen"), "{{session}}"),), "short", "Of all areas."),
            Panel(
                "Errands given up",
                (Query(_grew("errands.given_up", "5m"), "{{process}}"),),
                "short",
                "Ways that led nowhere or took too long, in five minutes.",
            ),
        ),
    },
    ACTORS,
)
