"""The strategist: what its pauses cost a real session over NATS, and what its own work costs beside the model's."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import uvloop

from agents.strategist.actor import Strategist
from agents.strategist.grammar import GBA, parse, resolve
from agents.strategist.openai import data_url
from agents.strategist.parse import parse_thought
from agents.strategist.prompt import build, picture, resized
from agents.strategist.situation import Situation
from runtime import wire
from runtime.bus import Message
from runtime.launch import ActorEntry
from runtime.loop import ActorLoop, LoopOptions
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.subjects import SessionId, subject
from tests.bench.report import percentile, row
from tests.bench.session import make_plan, play
from tests.minds_source import Model, Walker
from tests.stage import SESSION, Stage

SECONDS = 30.0

#: Pauses at the beginning that are not counted: what is imported, connected and looked up once.
WARM_UP = 2

ANSWER = """STRATEGY: goto
TARGET: 3 12,7 A
ACTIONS: <seq><btn_up><if_not_battle_mode><btn_left_A></if></seq>
FALLBACK: <btn_B>
CONFIDENCE: 0.8
"""


class Pauses:
    """Notes when frames came and where the game stood."""

    def __init__(self) -> None:
        self.frame_ns: dict[int, int] = {}
        self.stood: list[tuple[int, int, int]] = []  # frame at the pause, frame at the resume, ns between them
        self._pause: wire.Event | None = None

    def on_state(self, message: Message) -> None:
        state = wire.decode(wire.State, message.data)
        self.frame_ns.setdefault(state.frame_index, state.sent_ns)

    def on_event(self, message: Message) -> None:
        event = wire.decode(wire.Event, message.data)
        if event.name == "control.pause":
            self._pause = event
        elif event.name == "control.resume" and self._pause:
            self.stood.append((self._pause.frame_index, event.frame_index, event.sent_ns - self._pause.sent_ns))
            self._pause = None

    def lost_ms(self) -> list[float]:
        """Return by how much longer than a frame each pause made the time between two frames."""
        steps = np.diff([self.frame_ns[index] for index in sorted(self.frame_ns)])
        frame_ns = float(np.median(steps))
        gaps = [
            self.frame_ns[frame + 1] - self.frame_ns[frame] for frame, _, _ in self.stood if frame + 1 in self.frame_ns
        ]
        return [(gap - frame_ns) / 1e6 for gap in gaps]


def main() -> None:
    uvloop.run(_pauses())
    _own_work()


async def _pauses() -> None:
    """Pause once a second for a mind that answers at once: all that is lost, the protocol loses."""
    seen = Pauses()
    config = {
        "mind": f"{Model.__module__}:{Model.__name__}",
        "options": {"valid_frames": 60},
        "fallback": f"{Walker.__module__}:{Walker.__name__}",
        "think": "pause",
    }
    entry = ActorEntry(name="strategist", uses="agents.strategist.actor:Strategist", config=config)
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        try:
            bus = await connect(NatsOptions(url=server.url), "bench")
            session = SessionId("pauses")
            await bus.subscribe(subject(session, "state"), seen.on_state)
            await bus.subscribe(subject(session, "event"), seen.on_event)
            plan = make_plan(session, clock="realtime", record=True, actors=(entry,))
            played = await play(plan, NatsOptions(url=server.url), Path(folder), duration_s=SECONDS)
            await bus.close()
        finally:
            await server.stop()
    stood, lost = seen.stood[WARM_UP:], seen.lost_ms()[WARM_UP:]
    during = sum(resumed - paused for paused, resumed, _ in stood)
    row(f"frames played while thinking, {len(stood)} pauses in {SECONDS:.0f} s", str(during), "0", ok=during == 0)
    p50, p99 = percentile(lost, 0.5), percentile(lost, 0.99)
    row("lost to a pause beyond one frame, p50 / most", f"{p50:.2f} / {p99:.2f} ms", "≤ 20 ms", ok=p99 <= 20)
    between = statistics.median(ns for _, _, ns in stood) / 1e6
    row("  of it the game stood, p50", f"{between:.2f} ms   (missed frames: {played.missed})")


def _own_work() -> None:
    situation = Situation(
        frame_index=600,
        state={"player.hp": 5, "player.max_hp": 10, "context": 1},
        buttons=GBA,
        area=3,
        cell=(12, 7),
        held=(("UP",), ("A",)) * 8,
        objectives=("carry the ember to the shrine", "buy a potion"),
        memories=("ELDER ROWAN at 4,6 of area 3: the key is lost in the cave.",) * 5,
        spatial="Player at grid position (12, 7) facing north | Path ahead: 3 tiles | " * 4,
        frames=tuple(np.random.default_rng(0).integers(0, 255, (160, 240, 3), dtype=np.uint8) for _ in range(4)),
    )
    image = picture(situation)
    assert image is not None
    _timed("prompt from a situation, four frames as one picture", lambda: build(situation))
    _timed("  the picture to 448 squared and a data URL", lambda: data_url(resized(image, 448)))
    _timed("an answer parsed and checked", lambda: parse_thought(ANSWER))
    items = parse("<seq><btn_up><if_not_battle_mode><btn_left_A></if></seq>")
    _timed("a cached thought's actions resolved", lambda: resolve(items, situation.state))
    _ticks()


def _ticks() -> None:
    """Time every tick of a session in lockstep; one in ten thinks."""
    actor = Strategist(mind=f"{Walker.__module__}:{Walker.__name__}", fallback=f"{Walker.__module__}:{Walker.__name__}")
    times: list[float] = []
    act = actor.act

    def timed(seen: object) -> object:
        began = time.process_time()
        outputs = list(act(seen))  # type: ignore[arg-type]  # it is what the loop passes
        times.append((time.process_time() - began) * 1e3)
        return outputs

    actor.act = timed  # type: ignore[method-assign,assignment]  # the same, with a clock around it
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), frames=3601, wait_for=("strategist",))
        stage.play(ActorLoop(actor, stage.bus, LoopOptions("strategist", SESSION, actor.rate)).run)
    p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
    row("a tick with the plan that holds, p50 / p99 (with a thought)", f"{p50:.3f} / {p99:.3f} ms of CPU")


def _timed(what: str, work: Callable[[], object], rounds: int = 200) -> None:
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1e3)
    row(what, f"{statistics.median(times):.3f} ms of CPU")
