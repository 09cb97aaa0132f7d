"""A session published by a test, no emulator: a stand-in that the tests of the terminal commands look at.

It sends real wire payloads at about 60 Hz over a real nats-server and answers discovery as a bridge does.
"""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runtime import wire
from runtime.bus import Message
from runtime.discovery import find_session
from runtime.frame_codec import FrameEncoder
from runtime.memory_codec import MemoryEncoder
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.pixels import Raw
from runtime.subjects import DISCOVERY, SessionId, subject

S1 = SessionId("s1")
RATE_HZ = 59.7275
REGION = wire.Region("ewram", 0x0200_0000, 1024)

#: How long a command may take before its test fails, seconds; none needs more than a few.
PATIENCE_S = 60.0


def picture(frame_index: int) -> Raw:
    """Return the raw pixels of a frame, (8, 12) gba565: a ramp that moves, 97 colours in all frames together."""
    ramp = (np.arange(96).reshape(8, 12) + frame_index) % 97
    return (ramp * 64).astype("<u2")


@dataclass
class Standin:
    """A session published by a test, no emulator."""

    bus: NatsBus
    home: Path
    origin: str = "live"
    paused: bool = False
    spoil_state: bool = False  # send something else as every tenth state
    frame_index: int = -1
    refreshed: int = 0

    async def publish(self) -> None:
        """Send frame after frame until cancelled."""
        video, memory = FrameEncoder(), MemoryEncoder((REGION,))
        bytes_now = np.zeros(REGION.size, dtype=np.uint8)

        def on_control(message: Message) -> None:
            wire.decode(wire.Control, message.data)
            self.refreshed += 1
            video.force_key()

        await self.bus.subscribe(subject(S1, "in.control"), on_control)
        await self.bus.subscribe(DISCOVERY, self._on_discovery)
        while True:
            self.frame_index += 1
            index, now_ns = self.frame_index, time.monotonic_ns()
            bytes_now[index % REGION.size] += 1
            raw = picture(index)
            if index % 6 == 0:
                await self._send("view", video.encode_alone(index, raw, "gba565", now_ns))
            await self._send("frame", video.encode(index, raw, "gba565", now_ns))
            await self._send("memory", memory.encode(index, {"ewram": bytes_now}, now_ns))
            await self._send("input", self._input(now_ns))
            values: dict[str, wire.Scalar] = {"player.x": index % 10, "player.hp": 3, "place": "glade"}
            await self._send("state", wire.State(frame_index=index, sent_ns=now_ns, values=values))
            if self.spoil_state and index % 10 == 0:
                await self.bus.publish(subject(S1, "state"), b"\x92\xa5spoil\x01")
            if index % 60 == 0:
                for process in ("bridge", "reflex"):
                    await self._send("health", self._health(process, now_ns), process)
            action = wire.Action(
                actor="reflex", frame_index=index, sent_ns=now_ns, buttons=("A",), hold_frames=1, priority=0
            )
            await self._send("in.action", action, "reflex")
            await asyncio.sleep(1 / RATE_HZ)

    async def _send(self, kind: str, payload: wire.Payload, actor: str = "") -> None:
        await self.bus.publish(subject(S1, kind, actor), wire.encode(payload))

    def _input(self, now_ns: int) -> wire.Input:
        cause = wire.Cause(actor="reflex", buttons=("A",), observed_frame=self.frame_index - 1)
        return wire.Input(frame_index=self.frame_index, sent_ns=now_ns, buttons=("A",), causes=(cause,))

    def _health(self, process: str, now_ns: int) -> wire.Health:
        slow = process == "reflex"
        return wire.Health(
            process=process, sent_ns=now_ns, pid=4711, metrics_port=0, frame_index=self.frame_index,
            ticks=self.frame_index, rate_hz=31.2 if slow else RATE_HZ, wanted_hz=RATE_HZ, rate_ok=not slow, valid=True,
            deadline_misses=0, dropped=0, tick_ms_p50=0.4, tick_ms_p99=1.5, latency_ms_p50=1.0, latency_ms_p99=2.0,
            lateness_ms_p99=0.1,
        )  # fmt: skip

    def _on_discovery(self, message: Message) -> None:
        welcome = wire.Welcome(
            session=S1, origin=self.origin, clock="realtime", paused=self.paused, frame_index=self.frame_index,
            game="standin", game_toml="", rom_sha256="", console="gba", width=12, height=8, rate_hz=RATE_HZ,
            buttons=("A",), pixel_format="gba565", regions=(REGION,), core="no core", recorded=False,
        )  # fmt: skip
        asyncio.ensure_future(self.bus.publish(message.reply, wire.encode(welcome)))  # noqa: RUF006 - sends at once


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    err: str


@contextlib.asynccontextmanager
async def standin(tmp_path: Path) -> AsyncIterator[Standin]:
    """Start a server in `tmp_path` and publish a session there while the body runs."""
    server = EmbeddedServer(tmp_path / "nats")
    await server.start()
    try:
        bus = await connect(NatsOptions(url=server.url), "standin")
        try:
            session = Standin(bus, tmp_path)
            publishing = asyncio.create_task(session.publish())
            try:
                await find_session(bus, S1)
                yield session
            finally:
                publishing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await publishing
        finally:
            await bus.close()
    finally:
        await server.stop()


async def start(home: Path, *arguments: str) -> asyncio.subprocess.Process:
    """Start `runtime …` with its state folder and its working folder at `home`."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from runtime.cli import main; main()", *arguments,
        cwd=home, env={"FRAMEWIRE_HOME": str(home), "COLUMNS": "120", "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def command(home: Path, *arguments: str) -> Ended:
    """Run `runtime …` to its end."""
    process = await start(home, *arguments)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def interrupted(home: Path, *arguments: str) -> Ended:
    """Run `runtime …` until it printed a line, then press Ctrl-C."""
    process = await start(home, *arguments)
    assert process.stdout is not None
    first = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return Ended(process.returncode or 0, (first + out).decode(), err.decode())


def test_the_standin_is_found_and_ends(tmp_path: Path) -> None:
    async def main() -> wire.Welcome:
        async with standin(tmp_path) as session:
            return await find_session(session.bus)

    assert asyncio.run(main()).session == S1
