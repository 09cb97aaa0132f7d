"""Time: the frame is its unit. Rates are counted in frames; the wall clock only paces `realtime` and measures."""

import asyncio
import ctypes
import os
import platform
import struct
import sys
import time
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

#: realtime: absolute deadlines at the console's rate. free: as fast as the core runs. lockstep: a frame starts when
#: every actor that was due on the one before has answered.
ClockMode = Literal["realtime", "free", "lockstep"]
CLOCK_MODES: tuple[ClockMode, ...] = ("realtime", "free", "lockstep")

#: A number of Hz of the console's nominal 60, "frame" for every frame, "message" to be called on each message.
Rate = float | Literal["frame", "message"]

#: Rates are fractions of this: 60 Hz is every frame, 10 Hz every 6th, 1 Hz every 60th, on any console.
NOMINAL_HZ = 60

#: Frames between messages of the subjects for slower readers, `view`, `memory10` and `state10`.
SLOW_EVERY = 6

#: A bridge this many frames behind its deadlines starts a new schedule, as after a suspended laptop.
_GIVE_UP_FRAMES = 30


def frames_per_tick(rate: Rate) -> int:
    """Return the frames between an actor's ticks; 0 for "message"."""
    if rate == "message":
        return 0
    if rate == "frame":
        return 1
    assert isinstance(rate, (int, float))
    return max(1, round(NOMINAL_HZ / rate))


@cache
def host_clock() -> str:
    """Return a name for this machine's monotonic clock: all its processes agree on it until it starts anew."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # no Linux
        return platform.node()


class Clock(Protocol):
    """Waits for a point in monotonic time; a test passes one that does not wait."""

    @property
    def name(self) -> str:
        """Whose time it is: times of two clocks cannot be compared."""

    def now_ns(self) -> int:
        """Return monotonic nanoseconds."""

    async def sleep_until(self, deadline_ns: int) -> None:
        """Return at or after `deadline_ns`, at once if it has passed."""


class ManualClock:
    """A clock for tests: sleeping moves it."""

    name = "manual"

    def __init__(self) -> None:
        self.time_ns = 0

    def now_ns(self) -> int:
        """See Clock."""
        return self.time_ns

    async def sleep_until(self, deadline_ns: int) -> None:
        """See Clock."""
        self.time_ns = max(self.time_ns, deadline_ns)
        await asyncio.sleep(0)


class WallClock:
    """The machine's monotonic clock.

    Event loops round timers to milliseconds (libuv) or drift; a Linux timerfd wakes the loop within about 0.1 ms.
    """

    def __init__(self) -> None:
        self._timer = _TimerFd() if sys.platform == "linux" else None
        self.name = host_clock()

    def now_ns(self) -> int:
        """See Clock."""
        return time.monotonic_ns()

    async def sleep_until(self, deadline_ns: int) -> None:
        """See Clock."""
        if deadline_ns <= time.monotonic_ns():
            await asyncio.sleep(0)
        elif self._timer:
            await self._timer.wait(deadline_ns)
        else:
            await asyncio.sleep((deadline_ns - time.monotonic_ns()) / 1e9)


class Schedule:
    """Absolute deadlines at a fixed rate; a late frame is counted and never slept on twice."""

    def __init__(self, clock: Clock, rate_hz: float) -> None:
        self._clock = clock
        self._period_ns = 1e9 / rate_hz
        self._start_ns = 0
        self._count = 0
        self.missed = 0  # frames that started a whole period late or later
        self.late_ns = 0  # how late the last frame started

    def set_rate(self, rate_hz: float) -> None:
        """Go on at another rate, from now; what was missed stays counted."""
        self._period_ns = 1e9 / rate_hz
        self.restart()

    def restart(self) -> None:
        """Make the next frame due now, as after a pause."""
        self._start_ns = self._clock.now_ns()
        self._count = 0

    async def next(self) -> None:
        """Wait for the next deadline."""
        if self._start_ns == 0:
            self.restart()
        deadline_ns = self._start_ns + round(self._count * self._period_ns)
        self._count += 1
        await self._clock.sleep_until(deadline_ns)
        self.late_ns = self._clock.now_ns() - deadline_ns
        if self.late_ns >= self._period_ns:
            self.missed += 1
        if self.late_ns > _GIVE_UP_FRAMES * self._period_ns:
            self.restart()


class _TimerFd:
    """timerfd(2) on CLOCK_MONOTONIC, through ctypes: Python has it from 3.13 on only."""

    _CLOCK_MONOTONIC = 1
    _NONBLOCK_CLOEXEC = 0o4000 | 0o2000000
    _ABSTIME = 1

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(self._CLOCK_MONOTONIC, self._NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._waiter: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def wait(self, deadline_ns: int) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            loop.add_reader(self._fd, self._on_ready)
        self._waiter = loop.create_future()
        # struct itimerspec: interval (none), then the absolute time
        spec = struct.pack("qqqq", 0, 0, deadline_ns // 1_000_000_000, deadline_ns % 1_000_000_000)
        self._libc.timerfd_settime(self._fd, self._ABSTIME, spec, None)
        await self._waiter

    def _on_ready(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
