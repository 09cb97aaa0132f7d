"""A whole session for a benchmark: nats-server, a bridge in this process, actors as the supervisor would start them."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.clock import ClockMode, WallClock
from runtime.game import load_game
from runtime.launch import ActorEntry, GameChoice, Launch, RecorderChoice, RunChoice
from runtime.metrics import Metrics
from runtime.nats_bus import NatsOptions, connect
from runtime.plan import Plan, resolve
from runtime.process import Child, make_backend, session_meta
from runtime.slots import MemorySlots
from runtime.subjects import session_id
from streams.recorder import jetstream_recorder


class Samples(Metrics):
    """Keeps every frame → action time and every lateness, in nanoseconds."""

    def __init__(self, session: str) -> None:
        super().__init__(session, "bridge")
        self.round_trips: dict[str, list[int]] = {}
        self.late: list[int] = []

    def frame_to_action(self, actor: str, duration_ns: int) -> None:
        self.round_trips.setdefault(actor, []).append(duration_ns)

    def lateness(self, duration_ns: int) -> None:
        self.late.append(duration_ns)


class Played:
    """What a session measured."""

    def __init__(self, samples: Samples, frames: int, seconds: float, missed: int, lost: int) -> None:
        self.samples, self.frames, self.seconds, self.missed, self.lost = samples, frames, seconds, missed, lost


def make_plan(
    session: str, *, rom: str = "", clock: ClockMode, record: bool, actors: tuple[ActorEntry, ...] | None
) -> Plan:
    """Resolve a plan as `runtime up` would."""
    launch = Launch(
        game=GameChoice(rom=rom),
        run=RunChoice(session=session),
        recorder=RecorderChoice(enabled=record),
        actor=actors,
    )
    launch = msgspec.structs.replace(launch, clock=msgspec.structs.replace(launch.clock, mode=clock))
    return resolve(launch, Path.cwd())


async def play(plan: Plan, nats: NatsOptions, folder: Path, *, frames: int = 0, duration_s: float = 0.0) -> Played:
    """Play a session to its end."""
    session = session_id(plan.launch.run.session)
    game = load_game(Path(plan.game_toml)) if plan.game_toml else None
    backend = make_backend(plan)
    bus = await connect(nats, "bridge")
    options = BridgeOptions(
        session=session,
        clock=plan.clock,
        game_toml=Path(plan.game_toml).read_text(encoding="utf-8") if plan.game_toml else "",
        frames=frames,
        duration_s=duration_s,
        wait_for=tuple(entry.name for entry in plan.actors),
    )
    recorder = None
    if plan.launch.recorder.enabled:
        recorder = await jetstream_recorder(bus, RecorderChoice())
        await recorder.open(session_meta(plan, options, backend))
    samples = Samples(session)
    bridge = Bridge(
        backend,
        bus,
        options,
        clock=WallClock(),
        game=game,
        slots=MemorySlots(),
        recorder=recorder,
        metrics=samples,
    )
    async with _actors(plan, nats, folder):
        started = time.perf_counter()
        done = await bridge.run()
        seconds = time.perf_counter() - started
    await bus.close()
    backend.close()
    return Played(samples, done, seconds, bridge.missed, recorder.lost if recorder else 0)


@contextlib.asynccontextmanager
async def _actors(plan: Plan, nats: NatsOptions, folder: Path) -> AsyncIterator[None]:
    argument_file = folder / f"{plan.launch.run.session}.json"
    argument_file.write_bytes(msgspec.json.encode(Child(plan, nats)))
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "runtime.process", "0", str(argument_file), entry.name],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ,
        )
        for entry in plan.actors
    ]
    try:
        yield
    finally:
        await asyncio.sleep(0.2)
        for child in children:
            child.terminate()
            child.wait()
