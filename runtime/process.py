"""The entry point of a child: `python -m runtime.process RESTARTS PLAN.json bridge|ACTOR`.

Exit status: 0 when the session ended, 78 (EX_CONFIG of sysexits.h) when trying again cannot help, 1 otherwise.
"""

import asyncio
import dataclasses
import gc
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
import structlog

from runtime import logs
from runtime.actor import load_class, load_object, make
from runtime.backend import Backend, Opening
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.children import ERROR_MARK
from runtime.clock import WallClock, frames_per_tick
from runtime.errors import INTERRUPTED, FramewireError
from runtime.families import family, options_of
from runtime.game import Game, check_regions, load_game
from runtime.jetstream_slots import JetStreamSlots
from runtime.loop import ActorLoop
from runtime.metrics import Metrics
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.parent import watch_parent
from runtime.plan import Plan, loop_options
from runtime.session_meta import Recorder, SessionMeta
from runtime.spawning import give_way
from runtime.start import Start
from runtime.subjects import session_id
from runtime.tape import TapeOptions

log = structlog.get_logger()

EX_CONFIG = 78

#: What a child gets to end in order once its supervisor is gone, and the server with it.
_ORPHAN_GRACE_S = 5.0


class Child(msgspec.Struct, frozen=True):
    """What the supervisor tells a child, as JSON in its argument file."""

    plan: Plan
    nats: NatsOptions


async def run_bridge(child: Child, restarts: int) -> None:
    """Load the emulator, then play the session; or play a recording in its place.

    Raises:
        FramewireError: The ROM, the core, the description or the recording cannot be used.
    """
    plan = child.plan
    if plan.launch.replay.session:
        await _replay(child, restarts)
        return
    game = load_game(Path(plan.game_toml)) if plan.game_toml else None
    # Opening may wait for a person; asyncio's own handler would only cancel us afterwards.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    backend = _bridge_backend(plan, game)
    try:
        if game:
            check_regions(game, backend.regions, plan.game_toml)
        bus = await connect(child.nats, "bridge")
        try:
            await _play(plan, game, backend, bus, restarts)
        finally:
            await bus.close()
    finally:
        backend.close()


async def _play(plan: Plan, game: Game | None, backend: Backend, bus: NatsBus, restarts: int) -> None:
    launch = plan.launch
    session = session_id(launch.run.session)
    options = BridgeOptions(
        session=session,
        clock=plan.clock,
        game_name=game.game.name if game else Path(plan.rom).stem,
        game_toml=Path(plan.game_toml).read_text(encoding="utf-8") if plan.game_toml else "",
        frames=launch.run.frames,
        duration_s=launch.run.duration_s,
        until=launch.run.until,
        wait_for=tuple(entry.name for entry in plan.actors),
        tape=TapeOptions(launch.recorder.recorded, launch.recorder.keep_when, launch.recorder.keep_on),
        start=msgspec.msgpack.decode(Path(plan.start).read_bytes(), type=Start) if plan.start else None,
    )
    recorder: Recorder | None = None
    if launch.recorder.enabled:
        recorder = await load_object(launch.recorder.uses)(bus, launch.recorder)
        assert recorder is not None
        meta = session_meta(plan, options, backend)
        if launch.run.resume:
            resumed = await recorder.resume(meta)
            if resumed.savestate is not None or options.start is None:  # else: killed before the branch's first frame
                options = dataclasses.replace(options, start=resumed)
        else:
            await recorder.open(meta)
    metrics = Metrics(session, "bridge", restarts)
    metrics.begin_session(
        {
            "game": options.game_name,
            "console": backend.console.name,
            "clock": options.clock,
            "core": backend.core,
            "recorded": "yes" if recorder else "no",
        }
    )
    metrics.serve()
    bridge = Bridge(
        backend,
        bus,
        options,
        clock=WallClock(),
        game=game,
        slots=JetStreamSlots(bus),
        recorder=recorder,
        metrics=metrics,
    )
    _end_by(bridge.stop)
    await bridge.run()


async def _replay(child: Child, restarts: int) -> None:
    plan, choice = child.plan, child.plan.launch.replay
    session = session_id(plan.launch.run.session)
    metrics = Metrics(session, "bridge", restarts)
    metrics.serve()
    bus = await connect(child.nats, "bridge")
    try:
        await load_object(choice.uses)(
            bus,
            choice.session,
            session,
            clock=plan.clock,
            end_by=_end_by,
            start=choice.start,
            end=choice.end,
            plays=choice.plays,
            wait_for=tuple(entry.name for entry in plan.actors),
            metrics=metrics,
        )
    finally:
        await bus.close()


async def run_actor(child: Child, name: str, restarts: int) -> None:
    """Run one actor of the plan.

    Raises:
        FramewireError: It cannot be made, or there is no session.
    """
    plan = child.plan
    entry = next(entry for entry in plan.actors if entry.name == name)
    session = session_id(plan.launch.run.session)
    options = loop_options(entry, session)
    if plan.clock == "realtime" and frames_per_tick(options.rate) != 1:
        give_way()  # before it is made: threads that it begins take after this one
    actor = make(load_class(entry.uses, Path(plan.folder)), entry.config, name, Path(plan.folder))
    metrics = Metrics(session, name, restarts)
    metrics.serve()
    bus = await connect(child.nats, name)
    try:
        loop = ActorLoop(actor, bus, options, metrics)
        _end_by(loop.stop)
        await loop.run()
    finally:
        await bus.close()


def _bridge_backend(plan: Plan, game: Game | None) -> Backend:
    """Load the plan's game, in a process of its own where frames are emulated in advance."""
    if not plan.prefetch:
        return make_backend(plan, game)
    from runtime.prefetch.backend import PrefetchingBackend  # noqa: PLC0415 - few children need multiprocessing

    return PrefetchingBackend(partial(make_backend, plan, game), plan.prefetch)


def make_backend(plan: Plan, game: Game | None = None) -> Backend:
    """Load the plan's game."""
    chosen = family(plan.backend)
    return chosen.open(
        Opening(
            rom=plan.rom,
            console=plan.console,
            rom_sha256=plan.rom_sha256,
            core=plan.core,
            options=options_of(chosen, plan.game.options),
            watches=game.watch if game else (),
            instance=plan.instance,
        )
    )


def session_meta(plan: Plan, options: BridgeOptions, backend: Backend) -> SessionMeta:
    """Return what the recording will say about the session."""
    height, width = backend.frame().shape
    return SessionMeta(
        session=options.session,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        game=options.game_name,
        game_toml=options.game_toml,
        rom=plan.rom,
        rom_sha256=backend.rom_sha256,
        console=backend.console.name,
        width=width,
        height=height,
        rate_hz=backend.console.rate_hz,
        buttons=backend.console.buttons,
        pixel_format=backend.pixel_format,
        regions=backend.regions,
        core=backend.core,
        clock=options.clock,
        launch_plan=plan.as_toml(),
        git_commit=plan.versions["git_commit"],
        framewire_version=plan.versions["framewire"],
        parent=plan.parent,
        store=plan.launch.recorder.store,
        core_options=dict(backend.core_options),
        kinds=plan.launch.recorder.recorded,
        launch_folder=plan.folder,
        scan=backend.capabilities.scan,
        backend=plan.backend,
        backend_options=dict(plan.game.options),
    )


def _end_by(stop: Callable[[], None]) -> None:
    """Stop in order on SIGINT, SIGTERM, or when the supervisor is gone."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    watch_parent(stop, _ORPHAN_GRACE_S)


def main() -> int:
    """Run a child; return its exit status."""
    import uvloop  # noqa: PLC0415 - not on Windows, where this module is not used

    logs.set_up()
    child = msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=Child)
    restarts, role = int(sys.argv[1]), sys.argv[3]
    # The set-up's objects stay for good: a full collection later would cost a frame its deadline.
    gc.collect()
    gc.freeze()
    try:
        uvloop.run(run_bridge(child, restarts) if role == "bridge" else run_actor(child, role, restarts))
    except FramewireError as error:
        sys.stderr.write(f"{ERROR_MARK}{error}\n")
        return EX_CONFIG
    except KeyboardInterrupt:  # before the session could be told to end
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
