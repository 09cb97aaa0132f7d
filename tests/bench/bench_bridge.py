"""What the bridge costs over the bare core: frame, full memory diff, publishing; at free speed, a real nats-server.

The bare core is read as anybody would who has no bridge: the frame and all published memory copied, every frame. All
play the same frames from the same state, in turns. A bridge publishes inputs, watches and all of it at 10 Hz besides,
which the first figure includes; the second is of frames and memory alone. Both are of a bridge as `runtime up` starts
it at free speed on two processors, its emulator in a process of its own; the third has it in the bridge's process, as
in a fleet. ROMs of FRAMEWIRE_BENCH_ROMS (tests.bench.games) are played, too.
"""

import gc
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import uvloop

from runtime.backend import Backend
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.bridges.libretro import LibretroBackend
from runtime.clock import WallClock
from runtime.console import CONSOLES
from runtime.game import Game, load_game
from runtime.metrics import Metrics
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.plan import PREFETCH, Plan
from runtime.prefetch.backend import PrefetchingBackend
from runtime.slots import MemorySlots
from runtime.subjects import session_id
from tests.bench.games import roms
from tests.bench.report import row
from tests.bench.session import make_plan
from tests.roms.pad import PADS
from tests.streams_source import walk

FRAMES, ROUNDS = 2000, 9

#: Frames from power-on to where a walk is measured.
_INTO_THE_GAME = 600


class Walker(LibretroBackend):
    """A core whose buttons are those of a walk, or none, whatever is held."""

    at = 0  # frames since power-on
    walking = True

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        super().step(frozenset(walk(self.at)) if self.walking else frozenset(), frames)
        self.at += frames

    def load_state(self, state: bytes) -> None:
        super().load_state(state)
        self.at = _INTO_THE_GAME


def _open(plan: Plan, walking: bool) -> Walker:
    core = Walker(Path(plan.core), Path(plan.rom), CONSOLES[plan.console], plan.rom_sha256)
    core.walking = walking
    return core


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        busy = PADS["gba"].rom  # waits by spinning, as many games do
        for rom, walking in (("", False), ("", True), *((str(path), True) for path in (busy, *roms()))):
            pid = os.fork()  # a process holds one core
            if pid == 0:
                uvloop.run(_main(rom, walking, Path(folder)))
                gc.collect()  # as at an ordinary end: the semaphores shared with the emulator's process are given back
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0


async def _main(rom: str, walking: bool, folder: Path) -> None:
    plan = make_plan("bridge", rom=rom, clock="free", record=False, actors=())
    game = load_game(Path(plan.game_toml)) if plan.game_toml else None
    core = _open(plan, walking)
    for _ in range(_INTO_THE_GAME):
        core.step(frozenset())
    state = core.save_state()
    ahead = PrefetchingBackend(partial(_open, plan, walking), PREFETCH)
    server = EmbeddedServer(folder / "nats")
    await server.start()
    ways: dict[str, tuple[Backend, frozenset[str] | None]] = {
        "": (ahead, None),
        ", frames and memory alone": (ahead, frozenset(("frame", "memory"))),
        ", both in one process": (core, None),
    }
    bare: list[float] = []
    bridged: dict[str, list[float]] = {what: [] for what in ways}
    try:
        for turn in range(ROUNDS):
            core.load_state(state)
            bare.append(_bare(core))
            for what, (backend, kinds) in ways.items():
                backend.load_state(state)
                bridged[what].append(await _bridged(backend, game, NatsOptions(url=server.url), turn, kinds))
    finally:
        await server.stop()
        ahead.close()
        core.close()
    name = f"{Path(plan.rom).stem} {'walking' if walking else 'title'}"
    for what, speeds in bridged.items():
        ratio = statistics.median(mine / its for mine, its in zip(speeds, bare, strict=True))
        both = f"{ratio:.2f} ({statistics.median(speeds):,.0f} ÷ {statistics.median(bare):,.0f} frames/s)"
        shown = f"{name}: bridge ÷ bare core with frame and memory read{what}"
        if ways[what][0] is core:
            row(shown, both)
        else:
            row(shown, both, "≥ 0.5", ok=ratio >= 0.5)


def _bare(core: LibretroBackend) -> float:
    """Return the core's frames a second, read but not published."""
    none: frozenset[str] = frozenset()
    started = time.perf_counter()
    for _ in range(FRAMES):
        core.step(none)
        core.frame().copy()
        for memory in core.memory().values():
            memory.copy()
    return FRAMES / (time.perf_counter() - started)


async def _bridged(
    backend: Backend, game: Game | None, nats: NatsOptions, turn: int, kinds: frozenset[str] | None
) -> float:
    """Return the bridge's frames a second; `kinds` are those published, None for all."""
    session = session_id(f"turn{turn}")
    options = BridgeOptions(session=session, clock="free", frames=FRAMES, kinds=kinds)
    bus = await connect(nats, "bridge")
    slots = MemorySlots()
    metrics = Metrics(session, "bridge")
    bridge = Bridge(backend, bus, options, clock=WallClock(), game=game, slots=slots, metrics=metrics)
    started = time.perf_counter()
    frames = await bridge.run()
    speed = frames / (time.perf_counter() - started)
    await bus.close()
    return speed
