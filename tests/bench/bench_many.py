"""64 sessions at 60 Hz on one nats-server, recorded and not: round trips of frames that are encoded already.

The payloads are Emberwood's, 600 frames of them, so their sizes are real; no core runs, for 64 cores are not what a
nats-server is about. Two processes publish and record 32 sessions each, as bridges do (a connection, a journal and a
recorder for each session), and one answers every frame of all, as actors do. Sessions begin spread over a second, as
those of different people would. Rounds with and without recording take turns.
"""

import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from runtime import wire
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.console import CONSOLES
from runtime.game import find_game
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.subjects import SessionId, subject
from streams.jetstream_store import JetStreamStore
from streams.recorder import StreamRecorder
from streams.session import open_session
from tests.bench.report import percentile, row
from tests.streams_source import Frame, meta_of, play, walk

SESSIONS, PROCESSES = 64, 2
RATE_HZ = CONSOLES["gba"].rate_hz
WARM_S, SECONDS, ROUNDS = 2.0, 8.0, 3

#: What the requirements ask for: round trip p99 ÷ frame time; with recording ÷ without.
PART, RATIO = 0.5, 1.3

_LIVE = ("input", "frame", "memory", "state")


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "frames").write_bytes(msgspec.msgpack.encode(_frames()))
        server = EmbeddedServer(folder / "nats")
        await server.start()
        p99s: dict[bool, list[float]] = {True: [], False: []}
        p50s: dict[bool, list[float]] = {True: [], False: []}
        lost = frames = 0
        try:
            for turn, recorded in itertools.product(range(ROUNDS), (False, True)):
                measured = await asyncio.to_thread(_round, server.url, folder, f"r{turn}", recorded)
                values = [value for process in measured for value in process["ms"]]
                p50s[recorded].append(percentile(values, 0.5))
                p99s[recorded].append(percentile(values, 0.99))
                lost += sum(process["lost"] for process in measured)
                frames += sum(process["frames"] for process in measured) if recorded else 0
                if recorded:
                    lost += await _missing(server.url, f"r{turn}")
        finally:
            await server.stop()
    p99, bare = statistics.median(p99s[True]), statistics.median(p99s[False])
    frame_ms = 1e3 / RATE_HZ
    row(
        f"{SESSIONS} recorded sessions at 60 Hz: round trip p50 / p99",
        f"{statistics.median(p50s[True]):.2f} / {p99:.2f} ms",
    )
    row("  p99 ÷ frame time", f"{p99 / frame_ms:.2f}", f"≤ {PART}", ok=p99 / frame_ms <= PART)
    row("  the same without recording, p50 / p99", f"{statistics.median(p50s[False]):.2f} / {bare:.2f} ms")
    row("  with ÷ without recording, p50", f"{statistics.median(p50s[True]) / statistics.median(p50s[False]):.2f}")
    row("  with ÷ without recording, p99", f"{p99 / bare:.2f}", f"≤ {RATIO}", ok=p99 / bare <= RATIO)
    row("  frames lost", f"{lost} of {frames}", "0", ok=not lost)


def _frames() -> list[Frame]:
    game = find_game("emberwood")
    backend = LibretroBackend(find_core(CONSOLES["gba"]), game.parent / "emberwood.gba", CONSOLES["gba"])
    try:
        return list(play(backend, 600, game_toml=game.read_text(encoding="utf-8"), held=walk))
    finally:
        backend.close()


def _round(url: str, folder: Path, turn: str, recorded: bool) -> list[dict[str, Any]]:
    """Run one round; return what each publishing process measured."""

    def start(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.bench.bench_many", url, str(folder), turn, *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    answering = start("answer")
    publishing = [start("publish", str(number), str(int(recorded))) for number in range(PROCESSES)]
    outputs = [process.communicate()[0] for process in publishing]
    answering.terminate()
    answering.communicate()
    return [json.loads(output.splitlines()[-1]) for output in outputs]


async def _missing(url: str, turn: str) -> int:
    bus = await connect(NatsOptions(url=url), "count")
    store = JetStreamStore(bus)
    missing = 0
    for number in range(SESSIONS):
        session = await open_session(store, f"{turn}-{number}")
        missing += sum(hole.frames for hole in await session.find_holes(_LIVE))
        await store.remove(session.name)
    await bus.close()
    return missing


@dataclass
class _Session:
    """One session's traffic."""

    name: SessionId
    bus: NatsBus
    recorder: StreamRecorder | None
    frames: list[Frame]
    sent_ns: dict[int, int] = field(default_factory=dict)
    taken_ns: list[int] = field(default_factory=list)

    async def run(self, begin_s: float, count: int) -> None:
        loop = asyncio.get_running_loop()
        await self.bus.subscribe(subject(self.name, "in.action", "*"), self._on_action)
        subjects = {kind: subject(self.name, kind) for kind in _LIVE}
        for i in range(count):
            await asyncio.sleep(begin_s + i / RATE_HZ - loop.time())
            _, payloads, key = self.frames[i % len(self.frames)]
            if self.recorder:
                # The second pass begins with the first frame, which is a key: the delta stream stays whole.
                self.recorder.record(i, payloads, key=key)
            self.sent_ns[i] = time.monotonic_ns()
            for kind, data in payloads:
                if kind in subjects:
                    await self.bus.publish(subjects[kind], data)
            await self.bus.push()
        await asyncio.sleep(0.1)
        if self.recorder:
            await self.recorder.close()

    def _on_action(self, message: Message) -> None:
        number = len(self.taken_ns)
        self.taken_ns.append(time.monotonic_ns() - self.sent_ns[number])


async def _publish(url: str, folder: Path, turn: str, process: int, *, recorded: bool) -> None:
    frames = msgspec.msgpack.decode((folder / "frames").read_bytes(), type=list[Frame])
    each = SESSIONS // PROCESSES
    sessions = []
    for number in range(process * each, (process + 1) * each):
        bus = await connect(NatsOptions(url=url), f"bridge{number}")
        name = SessionId(f"{turn}-{number}")
        recorder = None
        if recorded:
            recorder = StreamRecorder(JetStreamStore(bus), journals=folder / "journal")
            await recorder.open(meta_of(ScriptedBackend(), name))
        sessions.append(_Session(name, bus, recorder, frames))
    begin_s = asyncio.get_running_loop().time() + 1.0
    count = int((WARM_S + SECONDS) * RATE_HZ)
    await asyncio.gather(
        *(session.run(begin_s + (i * PROCESSES + process) / SESSIONS, count) for i, session in enumerate(sessions))
    )
    warm = int(WARM_S * RATE_HZ)
    facts = {
        "ms": [round(value / 1e6, 4) for session in sessions for value in session.taken_ns[warm:]],
        "lost": sum(session.recorder.lost for session in sessions if session.recorder),
        "frames": count * each,
    }
    print(json.dumps(facts), flush=True)
    for session in sessions:
        await session.bus.close()


async def _answer(url: str, turn: str) -> None:
    """Answer every frame of every session with an action."""
    for number in range(SESSIONS):
        bus = await connect(NatsOptions(url=url), f"actor{number}")
        name = SessionId(f"{turn}-{number}")
        act = wire.Action(actor="answer", frame_index=0, sent_ns=0, buttons=("RIGHT",), hold_frames=30, priority=0)
        action, to = wire.encode(act), subject(name, "in.action", "answer")
        ticks: asyncio.Queue[bytes] = asyncio.Queue()
        await bus.subscribe(subject(name, "state"), partial(_take, ticks))

        async def answer(
            bus: NatsBus = bus, ticks: "asyncio.Queue[bytes]" = ticks, to: str = to, action: bytes = action
        ) -> None:
            while True:
                wire.decode(wire.State, await ticks.get())
                await bus.publish(to, action)
                await bus.push()

        _RUNNING.add(asyncio.create_task(answer()))
    await asyncio.gather(*_RUNNING)


def _take(ticks: "asyncio.Queue[bytes]", message: Message) -> None:
    ticks.put_nowait(message.data)


_RUNNING: "set[asyncio.Task[None]]" = set()


if __name__ == "__main__":
    where, state, this_turn, role, *rest = sys.argv[1:]
    if role == "answer":
        uvloop.run(_answer(where, this_turn))
    else:
        uvloop.run(_publish(where, Path(state), this_turn, int(rest[0]), recorded=rest[1] == "1"))
