"""A process reports what it measured since its last report."""

import asyncio
import os

import pytest

from runtime import wire
from runtime.bus import Message
from runtime.health import HealthReporter
from runtime.memory_bus import MemoryBus
from runtime.metrics import Metrics, Window
from runtime.subjects import SessionId

MS = 1_000_000


def reports(
    reporter_of: type[HealthReporter], *wanted_hz: float, ticks: int = 0, metrics: Metrics | None = None
) -> list[wire.Health]:
    """Return the reports of a process that made `ticks` ticks before the first of them."""
    seen: list[wire.Health] = []

    async def main() -> None:
        bus = MemoryBus()

        def keep(message: Message) -> None:
            assert message.subject == "fw.s.health.reflex"
            seen.append(wire.decode(wire.Health, message.data))

        await bus.subscribe("fw.s.health.*", keep)
        reporter = reporter_of(bus, SessionId("s"), "reflex", metrics)
        for i in range(ticks):
            reporter.tick(i * MS)
            reporter.latency("reflex", 2 * MS)
            reporter.lateness(3 * MS, misses=i // 50)
            reporter.published("in.action", 10)
        reporter.dropped("state", 4)
        reporter.measured({"thoughts": 3.0})
        for hz in wanted_hz:
            await reporter.report(7, hz, 4)
        await bus.flush()

    asyncio.run(main())
    return seen


def test_a_report_says_who_where_and_what_was_measured() -> None:
    (health,) = reports(HealthReporter, 0.0, ticks=101)
    assert (health.process, health.pid, health.frame_index, health.metrics_port) == ("reflex", os.getpid(), 7, 0)
    assert (health.ticks, health.dropped, health.deadline_misses) == (101, 4, 2)
    assert (health.tick_ms_p50, health.tick_ms_p99) == (50.0, 99.0)
    assert (health.latency_ms_p50, health.latency_ms_p99, health.lateness_ms_p99) == (2.0, 2.0, 3.0)
    assert health.rate_hz > 0
    assert health.valid


def test_a_new_window_begins_with_each_report_and_totals_stay() -> None:
    _, second = reports(HealthReporter, 0.0, 0.0, ticks=101)
    assert (second.tick_ms_p50, second.tick_ms_p99, second.latency_ms_p99, second.lateness_ms_p99) == (0.0,) * 4
    assert (second.ticks, second.dropped, second.deadline_misses) == (101, 4, 2)


def test_a_process_without_a_wanted_rate_is_on_rate() -> None:
    (health,) = reports(HealthReporter, 0.0)
    assert health.rate_ok
    assert health.wanted_hz == 0.0


def test_a_rate_that_cannot_be_reached_is_not_ok() -> None:
    (health,) = reports(HealthReporter, 1e15, ticks=3)
    assert not health.rate_ok


def test_reports_also_feed_the_metrics() -> None:
    metrics = Metrics("s", "reflex")
    reports(HealthReporter, 0.0, ticks=101, metrics=metrics)
    labels = {"session": "s", "process": "reflex"}
    value = metrics._registry.get_sample_value
    assert value("framewire_tick_duration_seconds_count", labels) == 101
    assert value("framewire_deadline_misses_total", labels) == 2
    assert value("framewire_dropped_total", {**labels, "kind": "state"}) == 4
    assert value("framewire_published_bytes_total", {**labels, "kind": "in.action"}) == 1010
    assert value("framewire_frame_to_action_seconds_count", {**labels, "actor": "reflex"}) == 101
    assert value("framewire_frame", labels) == 7


def test_a_report_says_what_top_cannot_see_from_outside() -> None:
    (health,) = reports(HealthReporter, 0.0, metrics=Metrics("s", "reflex", restarts=2))
    assert health.restarts == 2
    assert health.cpu_s > 0
    assert health.memory_bytes > 1_000_000
    assert health.figures == {"thoughts": 3.0}


@pytest.mark.parametrize(
    ("values", "wanted"),
    [([], (0.0, 0.0)), ([5], (5.0, 5.0)), (list(range(100, 0, -1)), (51.0, 100.0)), ([1, 2, 1000], (2.0, 1000.0))],
)
def test_percentiles(values: list[int], wanted: tuple[float, float]) -> None:
    window = Window()
    for value in values:
        window.add(value * MS)
    assert window.percentiles_ms() == wanted
    window.clear()
    assert window.percentiles_ms() == (0.0, 0.0)
