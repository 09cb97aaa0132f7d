"""A stage for bridge and loop: scripted emulator, bus in memory, a clock that tests move, a recorder of lists."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

from runtime import wire
from runtime.backend import Backend
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.clock import ClockMode, ManualClock
from runtime.control import control
from runtime.game import parse_game
from runtime.memory_bus import MemoryBus
from runtime.session_meta import SessionMeta
from runtime.slots import MemorySlots
from runtime.start import Start
from runtime.subjects import SessionId, everything, kind_of, subject

SESSION = SessionId("s")

GAME_TOML = """
[game]
name = "square"
console = "gba"

[[watch]]
name = "frame"
address = 0x02000000
type = "u32le"

[[watch]]
name = "x"
address = 0x02000004
type = "u16le"

[[watch]]
name = "held"
address = 0x02000008
type = "u8"

[episode]
success = "x >= 140"
failure = "frame == 1000"
"""


class CuttableBus(MemoryBus):
    """A bus whose connection a test cuts: what is published meanwhile is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.connected = True

    async def publish(self, subject: str, data: bytes, reply: str = "") -> None:
        if self.connected:
            await super().publish(subject, data, reply)

    async def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        if self.connected:
            await super().publish_all(messages)


class PatientClock(ManualClock):
    """Lets everything happen that can before a frame is due, as it does in the 16.7 ms of a real one."""

    async def sleep_until(self, deadline_ns: int) -> None:
        """See Clock."""
        await super().sleep_until(deadline_ns)
        for _ in range(50):
            await asyncio.sleep(0)


class ListRecorder:
    """A recorder that keeps everything in a list."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, list[tuple[str, bytes]], bool]] = []
        self.reasons: list[str] = []  # of `keep`
        self.closed = 0
        self.lost = self.unwritten_bytes = 0
        self.savestate_every = 600
        self.wants_savestate = False
        self.labelled = "s"

    async def open(self, meta: SessionMeta) -> None:
        """See Recorder."""

    def record(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> None:
        """See Recorder."""
        assert not self.closed
        self.kept.append((frame_index, list(payloads), key))

    async def resume(self, meta: SessionMeta) -> Start:
        """See Recorder."""
        raise NotImplementedError

    def keep(self, reason: str) -> str:
        """See Recorder."""
        self.reasons.append(reason)
        return f"s-k{len(self.reasons)}"

    async def make_room(self) -> None:
        """See Recorder."""

    async def close(self) -> None:
        """See Recorder."""
        self.closed += 1


class Stage:
    """A bridge ready to run, and everything that was ever on its bus."""

    def __init__(
        self,
        folder: Path,
        clock: ClockMode = "lockstep",
        *,
        backend: Backend | None = None,
        slots: MemorySlots | None = None,
        game_toml: str = GAME_TOML,
        manual_clock: ManualClock | None = None,
        **options: Any,
    ) -> None:
        self.bus = CuttableBus()
        self.backend = backend or ScriptedBackend()
        self.clock = manual_clock or ManualClock()
        self.clock.time_ns = 1_000_000_000
        self.recorder = ListRecorder()
        self.slots = slots or MemorySlots()
        self.heard: list[tuple[str, wire.Payload]] = []
        self.bridge = Bridge(
            self.backend,
            self.bus,
            BridgeOptions(SESSION, clock, game_name="square", game_toml=game_toml, **options),
            clock=self.clock,
            game=parse_game(game_toml, "game.toml"),
            slots=self.slots,
            recorder=self.recorder,
        )

    def play(self, *others: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run the session to its end, beside what others do."""

        async def main() -> None:
            await self.bus.subscribe(everything(SESSION), self._hear)
            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                group.create_task(self.bridge.run())
                for other in others:
                    group.create_task(other())
            await self.bus.flush()

        asyncio.run(main())

    def of(self, kind: str) -> list[Any]:
        """Return every payload of a kind, in the order in which they were published."""
        return [payload for there, payload in self.heard if there == kind]

    def names(self) -> list[str]:
        """Return the names of all events."""
        return [event.name for event in self.of("event")]

    async def control(self, op: str, **arguments: Any) -> wire.ControlReply:
        return await control(self.bus, SESSION, wire.Control(op=op, **arguments), 10)

    async def join(self, actor: str, every: int) -> wire.Welcome:
        request = wire.encode(wire.Join(actor=actor, every=every))
        return wire.decode(wire.Welcome, await self.bus.request(subject(SESSION, "in.join"), request, 10))

    async def act(self, actor: str, frame: int, *buttons: str, hold: int = 30) -> None:
        action = wire.Action(
            actor=actor, frame_index=frame, sent_ns=0, buttons=buttons, hold_frames=hold, priority=0, reason="told to"
        )
        await self.bus.publish(subject(SESSION, "in.action", actor), wire.encode(action))

    async def send(self, kind: str, payload: wire.Payload) -> None:
        """Publish as if we were the bridge."""
        await self.bus.publish(subject(SESSION, kind), wire.encode(payload))

    async def settled(self) -> None:
        """Let everything happen that can happen without a message from outside."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def reaches(self, frame: int) -> None:
        """Wait until a frame was published."""
        until = time.monotonic() + 50
        while self.bridge.frame_index < frame:
            assert time.monotonic() < until, f"the game stays at frame {self.bridge.frame_index}"
            await asyncio.sleep(0)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        for _ in range(100_000):
            if holds():
                return
            await asyncio.sleep(0)
        raise AssertionError("it never came to hold")

    def _hear(self, message: Message) -> None:
        self.heard.append((kind_of(message.subject), wire.decode_any(message.data)))
