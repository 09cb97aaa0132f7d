"""The supervisor's view of health reports."""

import msgspec

from runtime import wire
from runtime.health_watch import SILENT_NS, HealthWatch

GOOD = wire.Health(
    process="reflex",
    sent_ns=0,
    pid=1,
    metrics_port=0,
    frame_index=0,
    ticks=0,
    rate_hz=60.0,
    wanted_hz=60.0,
    rate_ok=True,
    valid=True,
    deadline_misses=0,
    dropped=0,
    tick_ms_p50=0.0,
    tick_ms_p99=0.0,
    latency_ms_p50=0.0,
    latency_ms_p99=0.0,
    lateness_ms_p99=0.0,
)
SLOW = msgspec.structs.replace(GOOD, rate_ok=False)
INVALID = msgspec.structs.replace(GOOD, valid=False)


def test_each_trouble_is_told_once_and_so_is_its_end() -> None:
    watch = HealthWatch()
    reports = [watch.report(health, 0) for health in (GOOD, SLOW, SLOW, INVALID, GOOD, GOOD)]
    assert reports == [(), ("slow",), (), ("invalid", "not slow"), ("not invalid",), ()]


def test_a_process_is_silent_once_it_was_not_heard_for_long_enough() -> None:
    watch = HealthWatch()
    watch.report(GOOD, 0)
    assert watch.silent(["reflex"], SILENT_NS) == []
    assert watch.silent(["reflex"], SILENT_NS + 1) == ["reflex"]
    assert watch.silent(["reflex"], SILENT_NS + 2) == []
    assert watch.report(GOOD, SILENT_NS + 3) == ("not silent",)


def test_a_process_that_never_reported_is_given_the_same_time() -> None:
    watch = HealthWatch()
    assert watch.silent(["planner"], 100) == []
    assert watch.silent(["planner"], SILENT_NS + 100) == []
    assert watch.silent(["planner"], SILENT_NS + 101) == ["planner"]


def test_a_restarted_process_begins_anew() -> None:
    watch = HealthWatch()
    watch.report(SLOW, 0)
    watch.forget("reflex")
    assert watch.silent(["reflex"], 2 * SILENT_NS) == []
    assert watch.report(SLOW, 2 * SILENT_NS) == ("slow",)
