"""All that `runtime top` knows of a session at one moment; as JSON for scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.terminal.health_rows import Process, problems
from dashboards.terminal.minds import Mind, target
from dashboards.terminal.pursuits import Pursuit
from dashboards.terminal.rates import Intervals, Traffic
from dashboards.terminal.storage import Stored
from runtime import wire


@dataclass(frozen=True)
class Stream:
    """A kind of message as heard: over the last seconds, and in all."""

    intervals: Intervals
    traffic: Traffic
    total: int


@dataclass(frozen=True)
class Sight:
    """All that is known at one moment.

    Attributes:
        welcome: What the session last said of itself.
        answers: Whether it still answers.
        connected: Whether the server does.
        frame_index: The newest frame heard of.
        processes: In the order to show.
        streams: By kind, those heard.
        now_ns: Monotonic.
        stored: What JetStream has of it; None without a recording, or an answer.
        minds: Its strategists.
        plans: The newest plan of each actor.
        pursuits: Its quests.
        gaps: The newest gap record of each source and kind that came since we listen.
        lacking: Messages that all gap records since we listen name.
    """

    welcome: wire.Welcome
    answers: bool
    connected: bool
    frame_index: int
    processes: list[Process]
    streams: Mapping[str, Stream]
    now_ns: int
    stored: Stored | None = None
    minds: Sequence[Mind] = ()
    plans: Mapping[str, wire.Plan] | None = None
    pursuits: Sequence[Pursuit] = ()
    gaps: Sequence[wire.Gap] = ()
    lacking: int = 0

    def plan_of(self, actor: str) -> wire.Plan | None:
        """Return the newest plan of an actor."""
        return (self.plans or {}).get(actor)

    def age_s(self, frame_index: int) -> float:
        """Return how long ago a frame was, seconds of game time."""
        return max(self.frame_index - frame_index, 0) / self.welcome.rate_hz

    @property
    def behind_s(self) -> float:
        """How far what is stored is behind what is played, seconds of game time."""
        return self.age_s(self.stored.last_frame) if self.stored else 0.0

    @property
    def unstored_bytes(self) -> int:
        """What is recorded and not yet stored."""
        return sum(process.health.unstored_bytes for process in self.processes)


def as_json(sight: Sight) -> dict[str, Any]:
    """Return a sight as plain values; its keys are for scripts and stay."""
    welcome, stored = sight.welcome, sight.stored
    return {
        **{name: getattr(welcome, name) for name in ("session", "origin", "game", "clock", "paused", "recorded")},
        **{"answers": sight.answers, "connected": sight.connected, "frame_index": sight.frame_index},
        "fps": sight.streams["state"].intervals.rate_hz if "state" in sight.streams else 0.0,
        "wanted_fps": welcome.rate_hz if welcome.clock == "realtime" else 0.0,
        "processes": [_process(process, sight.now_ns) for process in sight.processes],
        "streams": {
            kind: {"rate_hz": seen.intervals.rate_hz, "bytes_s": seen.traffic.bytes_s, "messages": seen.total}
            for kind, seen in sight.streams.items()
        },
        "stored": {
            **{"stream": stored.stream, "chunks": stored.chunks, "stored_bytes": stored.stored_bytes},
            **{"last_frame": stored.last_frame, "behind_s": sight.behind_s, "unstored_bytes": sight.unstored_bytes},
            "consumers": {consumer.name: consumer.pending for consumer in stored.consumers},
        }
        if stored
        else None,
        "strategists": [_mind(sight, mind) for mind in sight.minds],
        "quests": [{name: getattr(quest, name) for name in _PURSUIT} for quest in sight.pursuits],
        "lacking": sight.lacking,
    }


_PURSUIT = ("name", "status", "done", "steps", "step")

_HEALTH = (
    "pid", "frame_index", "rate_hz", "wanted_hz", "rate_ok", "valid", "deadline_misses", "dropped", "tick_ms_p50",
    "tick_ms_p99", "latency_ms_p50", "latency_ms_p99", "lateness_ms_p99", "memory_bytes", "figures",
)  # fmt: skip


def _process(process: Process, now_ns: int) -> dict[str, Any]:
    return {
        "process": process.health.process,
        **{name: getattr(process.health, name) for name in _HEALTH},
        "cpu_percent": process.cpu_percent,
        "restarts": process.restarts,
        "problems": [cell.text for cell in problems(process, now_ns)],
    }


def _mind(sight: Sight, mind: Mind) -> dict[str, Any]:
    plan = sight.plan_of(mind.actor)
    return {
        **{"actor": mind.actor, "mind": mind.mind, "failure": mind.failure},
        "thinking_s": (sight.now_ns - mind.thinking_ns) / 1e9 if mind.thinking_ns else 0.0,
        "failures": mind.figure("failures"),
        "plan": {
            **{"plan_id": plan.plan_id, "goal": plan.goal, "target": target(plan), "reason": plan.reason},
            **{"model": plan.model, "frame_index": plan.frame_index, "age_s": sight.age_s(plan.frame_index)},
        }
        if plan
        else None,
    }
