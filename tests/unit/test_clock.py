"""Rates are counted in frames, deadlines are absolute."""

import asyncio

import pytest

from runtime.clock import ManualClock, Schedule, frames_per_tick

PERIOD_NS = 10_000_000


@pytest.mark.parametrize(
    ("rate", "frames"),
    [("message", 0), ("frame", 1), (60, 1), (120, 1), (30, 2), (10, 6), (15.0, 4), (1, 60), (0.5, 120), (7, 9)],
)
def test_frames_per_tick(rate: float | str, frames: int) -> None:
    assert frames_per_tick(rate) == frames  # type: ignore[arg-type]  # the two words are literals


class Paced:
    """A schedule of 100 Hz on a clock that starts at 1 s."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.clock.time_ns = 1_000_000_000
        self.schedule = Schedule(self.clock, 100.0)
        self.started: list[int] = []

    def frames(self, *work_ns: int) -> None:
        """Run frames, each of which takes its time."""

        async def main() -> None:
            for duration in work_ns:
                await self.schedule.next()
                self.started.append((self.clock.now_ns() - 1_000_000_000) // 1000)
                self.clock.time_ns += duration

        asyncio.run(main())


def test_frames_start_at_absolute_deadlines_however_long_they_take() -> None:
    paced = Paced()
    paced.frames(1_000_000, 9_999_999, 0, 5_000_000, 0)
    assert paced.started == [0, 10_000, 20_000, 30_000, 40_000]
    assert paced.schedule.missed == 0
    assert paced.schedule.late_ns == 0


def test_deadlines_do_not_drift_at_a_rate_that_is_no_whole_number_of_nanoseconds() -> None:
    clock = ManualClock()
    clock.time_ns = 1
    schedule = Schedule(clock, 59.7275)

    async def main() -> None:
        for _ in range(59_727 + 1):
            await schedule.next()

    asyncio.run(main())
    assert clock.time_ns - 1 == pytest.approx(59_727 / 59.7275 * 1e9, abs=1)


def test_a_late_frame_starts_at_once_and_the_next_ones_catch_up() -> None:
    paced = Paced()
    paced.frames(25_000_000, 0, 0, 0, 0)
    assert paced.started == [0, 25_000, 25_000, 30_000, 40_000]


def test_only_frames_a_whole_period_late_are_counted() -> None:
    paced = Paced()
    paced.frames(25_000_000, 0, 0, 0)  # the second starts 15 ms late, the third 5 ms
    assert paced.schedule.missed == 1
    paced.frames(19_999_999, 0, 0)
    assert paced.schedule.missed == 1


def test_lateness_is_of_the_last_frame() -> None:
    paced = Paced()
    paced.frames(25_000_000, 0)
    assert paced.schedule.late_ns == 15_000_000
    paced.frames(0)
    assert paced.schedule.late_ns == 5_000_000
    paced.frames(0)
    assert paced.schedule.late_ns == 0


def test_far_behind_a_new_schedule_begins_instead_of_a_race() -> None:
    paced = Paced()
    paced.frames(5_000_000_000, 0, 0, 0)
    assert paced.started == [0, 5_000_000, 5_000_000, 5_010_000]
    assert paced.schedule.missed == 1


def test_restart_makes_the_next_frame_due_now() -> None:
    paced = Paced()
    paced.frames(0, 0)
    paced.clock.time_ns += 123_000_000
    paced.schedule.restart()
    paced.frames(0, 0)
    assert paced.started == [0, 10_000, 133_000, 143_000]
    assert paced.schedule.missed == 0


def test_the_manual_clock_never_goes_back() -> None:
    clock = ManualClock()
    clock.time_ns = 50
    asyncio.run(clock.sleep_until(20))
    assert clock.now_ns() == 50
    asyncio.run(clock.sleep_until(70))
    assert clock.now_ns() == 70
