"""From a recording to a new run: its launch plan read back, and the state to begin at."""

import contextlib
import sys
from pathlib import Path

import msgspec

from runtime import toml_file
from runtime.config import state_folder
from runtime.errors import SessionError, UsageError
from runtime.launch import Launch
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.plan import Plan, resolve
from runtime.session_meta import SessionMeta
from runtime.start import Start
from streams.execution import find_rom
from streams.jetstream_store import JetStreamStore
from streams.reaching import reach
from streams.session import Session


async def read_recorded_launch(session: str, nats: NatsOptions) -> Launch:
    """Open a recording and return the launch that made it; actors beside its launch file can be imported then.

    Raises:
        SessionError: There is none, or it was made by no launch.
        BusError: There is no server.
    """
    async with open_bus(nats, state_folder(), "runtime-up") as bus:
        meta = (await JetStreamStore(bus).describe(session)).meta
    return _parsed(meta)


def recorded_launch(meta: SessionMeta, nats: NatsOptions) -> Launch:
    """Return the launch that made a recording, for the server `nats`, with the ROM where it is found now.

    Raises:
        RomError: The ROM is not here.
        SessionError: It was made by no launch, as imported ones.
    """
    launch = _parsed(meta)
    rom = "scripted" if meta.rom == "scripted" else str(find_rom(meta))
    game = launch.games[0]
    name = game.name
    with contextlib.suppress(OSError):
        if name and not Path(name).exists() and meta.launch_folder and (Path(meta.launch_folder) / name).exists():
            name = str(Path(meta.launch_folder) / name)
    game = msgspec.structs.replace(game, name=name, rom=rom)
    return msgspec.structs.replace(launch, game=game, nats=nats)


def _parsed(meta: SessionMeta) -> Launch:
    if not meta.launch_plan:
        raise SessionError(f"session {meta.session!r} was made by no launch ({meta.origin}): it has nothing to run")
    if meta.launch_folder and meta.launch_folder not in sys.path:
        sys.path.append(meta.launch_folder)  # actors beside the launch file
    return toml_file.parse(meta.launch_plan, Launch, f"launch plan of {meta.session}")


def plan_of(launch: Launch, meta: SessionMeta) -> Plan:
    """Resolve a launch that was read back.

    Raises:
        FramewireError: It cannot run here.
    """
    return resolve(launch, Path(meta.launch_folder or Path.cwd()))


async def start_at(session: Session, frame_index: int) -> Start:
    """Return where a branch begins: the state just before `frame_index` was emulated.

    Raises:
        UsageError: The recording has no such frame.
        SessionError: No savestate leads there without a hole.
    """
    if not session.first_frame <= frame_index <= session.last_frame:
        raise UsageError(
            f"frame {frame_index}: session {session.name!r} has frames {session.first_frame} to {session.last_frame}"
        )
    reached = await reach(session, frame_index)
    if reached.savestate is None or reached.next_frame != frame_index:
        raise SessionError(f"session {session.name!r}: no savestate leads to frame {frame_index} without a hole")
    return Start(savestate=reached.savestate, inputs=tuple(reached.inputs), before_hash=reached.before_hash)
