"""A session whose processes are killed at random moments, and what its recording is worth afterwards."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runtime import wire
from runtime.bus import Message
from runtime.errors import BusError
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import open_bus, read_server_file
from runtime.subjects import SessionId, subject
from streams.jetstream_store import JetStreamStore
from streams.recovery import store_all_left
from streams.session import EVERY_FRAME, Session, open_session

RUNTIME = Path(sys.executable).parent / "runtime"

SESSION = SessionId("s1")

LAUNCH = """
[game]
rom = "{rom}"

[run]
session = "s1"
max_restarts = 100000
"""

#: What is killed: the bridge holds the recorder; "all" is everything at once, after which a person resumes the session.
KILLS = ("bridge", "nats-server", "bridge and nats-server", "all")
STANDSTILL, FULL_DISK = "nats-server standing still", "full disk"
_WEIGHTS = {"bridge": 6, "nats-server": 4, "bridge and nats-server": 2, "all": 1, STANDSTILL: 1, FULL_DISK: 3}


#: What `runtime` says when its server is killed before it is ready; then nothing runs yet that could go on.
KILLED_AT_START = "error: nats-server ended with status -9"

#: Frames that may still be on their way to the watcher when their sender is dead.
_UNDER_WAY = 5


@dataclass
class Damage:
    """What the kills did.

    Attributes:
        kills: By target, the standstills and full disks among them.
        seen: Frames that a subscriber saw live.
        recorded: Frames in the recording.
        resumed: Times that the session went on.
        missing: Frames with a gap record.
        wrong: What must not be: lost without a gap record, or other than was seen. Sentences.
    """

    kills: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    recorded: int = 0
    resumed: int = 0
    missing: int = 0
    wrong: list[str] = field(default_factory=list)


class Watcher:
    """Subscribes to the session, server after server, and notes the hash of every frame it sees."""

    def __init__(self, state: Path) -> None:
        self.hashes: dict[int, int] = {}
        self.different: list[int] = []  # frames published twice with other pixels
        self._state = state

    async def run(self) -> None:
        """Watch until cancelled."""
        bus: NatsBus | None = None
        url = ""
        try:
            while True:
                found = read_server_file(self._state / "nats")
                if found and found.url != url:
                    if bus:
                        await bus.close()
                    bus, url = await self._connect(found.url), found.url
                    url = url if bus else ""
                await asyncio.sleep(0.05)
        finally:
            if bus:
                await bus.close()

    async def _connect(self, url: str) -> NatsBus | None:
        try:
            bus = await connect(NatsOptions(url=url), "watcher", timeout_s=1)
            await bus.subscribe(subject(SESSION, "frame"), self._on_frame)
        except BusError:
            return None
        return bus

    def _on_frame(self, message: Message) -> None:
        frame = wire.decode(wire.Frame, message.data)
        if self.hashes.setdefault(frame.frame_index, frame.pixels_hash) != frame.pixels_hash:
            self.different.append(frame.frame_index)


class Victim:
    """`runtime up`, killed and resumed."""

    def __init__(self, folder: Path, rom: str = "scripted", disk: Path | None = None) -> None:
        """Prepare; `disk` is a small one, for the state."""
        self.folder, self.state = folder, (disk or folder) / "state"
        self.launch = folder / "chaos.toml"
        self.launch.write_text(LAUNCH.format(rom=rom))
        self.output = folder / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [RUNTIME, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "FRAMEWIRE_HOME": str(self.state)},
            )

    def up(self) -> None:
        self.start("up", str(self.launch), "--no-actors")

    def resume(self) -> None:
        self.start("resume", SESSION)

    def kill(self, target: str) -> bool:
        """Kill at once; return whether there was anything to kill."""
        pids = dict(_processes(self.state))
        if target == "all":
            assert self.process is not None
            wanted = [self.process.pid, *pids.values()]
        else:
            wanted = [pids[name] for name in target.split(" and ") if name in pids]
        for pid in wanted:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if target == "all" and self.process:
            self.process.wait()
        return bool(wanted)

    def stand_still(self, seconds: float) -> bool:
        """Stop the server for a while, and let it go on."""
        pid = dict(_processes(self.state)).get("nats-server")
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(pid, signal.SIGCONT)
        return True

    def fill_disk(self, seconds: float) -> None:
        """Leave no room on the state's disk for a while."""
        ballast = self.state.parent / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(1 << 16)):
                pass
        time.sleep(seconds)
        ballast.unlink()

    def end(self) -> int:
        """End the session in order; return the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def text(self) -> str:
        return self.output.read_text(errors="replace")


async def run(folder: Path, kills: int, seed: int, rom: str = "scripted", disk: Path | None = None) -> Damage:
    """Kill `kills` times, end the session in order, and look at the recording.

    Args:
        folder: An empty one.
        kills: How many, standstills of the server and, with `disk`, full disks among them.
        seed: Decides what and when.
        rom: What is played.
        disk: A small disk that may be filled.

    Raises:
        AssertionError: The session could not go on.
    """
    rng = random.Random(seed)
    damage, victim = Damage(), Victim(folder, rom, disk)
    targets = [*KILLS, STANDSTILL, *([FULL_DISK] if disk else [])]
    watcher = Watcher(victim.state)
    watching = asyncio.create_task(watcher.run())
    victim.up()
    try:
        await _grows(victim, watcher, -1)
        while sum(damage.kills.values()) < kills:
            await asyncio.sleep(rng.choice((rng.uniform(0, 0.3), rng.uniform(0, 1.5))))
            target = rng.choices(targets, [_WEIGHTS[name] for name in targets])[0]
            if target == STANDSTILL:
                done = await asyncio.to_thread(victim.stand_still, rng.uniform(0.2, 4))
            elif target == FULL_DISK:
                done = True
                await asyncio.to_thread(victim.fill_disk, rng.uniform(0.2, 4))
            else:
                done = victim.kill(target)
            if not done:
                continue
            damage.kills[target] += 1
            if target == "all":
                victim.resume()
            if rng.random() < 0.7:  # else the next kill may hit whatever is just starting
                await _grows(victim, watcher, max(watcher.hashes, default=-1) + _UNDER_WAY)
        await _grows(victim, watcher, max(watcher.hashes, default=-1) + _UNDER_WAY)
        await asyncio.sleep(0.5)
        status = await asyncio.to_thread(victim.end)
        assert status == 0, f"status {status}\n{victim.text()[-4000:]}"
    finally:
        watching.cancel()
        victim.kill("all")
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    async with open_bus(NatsOptions(), victim.state, "chaos") as bus:
        store = JetStreamStore(bus)
        await store_all_left(store, victim.state / "journal")
        session = await open_session(store, SESSION)
        if session.stored.status != "complete":
            damage.wrong.append(f"the session is {session.stored.status}")
        await _compare(session, watcher, damage)
    damage.resumed = victim.text().count("session.started") - 1
    return damage


async def _grows(victim: Victim, watcher: Watcher, last: int) -> None:
    """Wait until a frame after `last` was seen."""
    for _ in range(1200):
        if max(watcher.hashes, default=-1) > last:
            return
        assert victim.process is not None
        status = victim.process.poll()
        if status == 1 and KILLED_AT_START in victim.text()[-300:]:
            victim.resume()  # a person types it again
        else:
            assert status is None, f"ended with {status}\n{victim.text()[-4000:]}"
        await asyncio.sleep(0.05)
    raise AssertionError(f"no frame after {last}\n{victim.text()[-4000:]}")


async def _compare(session: Session, watcher: Watcher, damage: Damage) -> None:
    """Look at every frame of the recording; what was seen must be there, the same, or have a gap record."""
    damage.seen = len(watcher.hashes)
    damage.wrong += [f"frame {index} was published twice, differently" for index in watcher.different]
    recorded: dict[int, int] = {}
    async with contextlib.aclosing(session.ticks(("input", "frame", "memory", "state", "gap", "event"))) as ticks:
        async for tick in ticks:
            if tick.video_message is None:
                continue
            if tick.frame_index in recorded:
                damage.wrong.append(f"frame {tick.frame_index} is recorded twice")
            if tick.frame is None:
                damage.wrong.append(f"frame {tick.frame_index} cannot be decoded")
            tick.memory_image()
            recorded[tick.frame_index] = tick.video_message.pixels_hash
    damage.recorded = len(recorded)
    gaps: set[int] = set()
    for hole in await session.find_holes(EVERY_FRAME):
        if hole.reason == "never written":
            damage.wrong.append(f"{hole.kind} of frames {hole.first_frame} to {hole.last_frame} has no gap record")
        elif hole.kind == "frame":
            gaps.update(range(hole.first_frame, hole.last_frame + 1))
    damage.missing = len(gaps)
    for index, pixels_hash in watcher.hashes.items():
        if index not in gaps and recorded.get(index) != pixels_hash:
            damage.wrong.append(f"frame {index} was seen with {pixels_hash:016x}, recorded is {recorded.get(index)}")


def _processes(state: Path) -> Iterator[tuple[str, int]]:
    """Yield what runs over a state folder, by name."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if str(state) not in line:
            continue
        if "nats-server" in line:
            yield "nats-server", int(entry.name)
        elif "runtime.process" in line:
            yield line.rsplit(" ", 1)[1], int(entry.name)
