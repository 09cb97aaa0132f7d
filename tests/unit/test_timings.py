"""Durations counted together are what prometheus_client counts one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from runtime.metrics import BUCKETS, STAGE_BUCKETS, Metrics
from runtime.timings import Timings


def _without_created(registry: CollectorRegistry) -> list[str]:
    page = generate_latest(registry).decode().splitlines()
    return [line for line in page if "_created" not in line]


@given(st.lists(st.lists(st.integers(0, 2_000_000_000))))
def test_they_are_counted_as_by_the_library(batches: list[list[int]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    timings = Timings("x_seconds", "text", ("who",), BUCKETS)
    ours.register(timings)
    histogram = Histogram("x_seconds", "text", ("who",), buckets=BUCKETS, registry=theirs).labels("me")
    timings.add(("me",), ())
    for batch in batches:
        timings.add(("me",), batch)
        for duration_ns in batch:
            histogram.observe(duration_ns / 1e9)
    labels = {"who": "me"}
    for name, more in [("x_seconds_count", {}), *(("x_seconds_bucket", {"le": str(float(b))}) for b in BUCKETS)]:
        assert ours.get_sample_value(name, labels | more) == theirs.get_sample_value(name, labels | more)
    total = theirs.get_sample_value("x_seconds_sum", labels)
    assert ours.get_sample_value("x_seconds_sum", labels) == pytest.approx(total)


def test_the_page_has_the_librarys_form() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    timings = Timings("x_seconds", "text", ("who",), STAGE_BUCKETS)
    ours.register(timings)
    Histogram("x_seconds", "text", ("who",), buckets=STAGE_BUCKETS, registry=theirs).labels("me").observe(0.25)
    timings.add(("me",), np.array([250_000_000]))
    assert _without_created(ours) == [line for line in _without_created(theirs) if "TYPE x_seconds_" not in line]


def test_what_never_happened_is_zero_and_not_absent() -> None:
    metrics = Metrics("s", "reflex")
    metrics.begin(("plan", "rule"))
    labels = {"session": "s", "process": "reflex"}
    value = metrics.registry.get_sample_value
    for name, more in (
        ("framewire_deadline_misses_total", {}),
        ("framewire_shed_parts", {}),
        ("framewire_tick_duration_seconds_count", {}),
        ("framewire_dropped_total", {"kind": "state"}),
        ("framewire_decisions_total", {"source": "rule"}),
    ):
        assert value(name, {**labels, **more}) == 0, name
    assert value("framewire_gap_messages_total", {**labels, "kind": "live"}) is None, "only a bridge knows of gaps"


def test_durations_are_counted_when_they_are_asked_to_be() -> None:
    metrics = Metrics("s", "bridge")
    metrics.lateness(3_000_000)
    metrics.frame_to_action("reflex", 1_000_000)
    labels = {"session": "s", "process": "bridge"}
    value = metrics.registry.get_sample_value
    assert value("framewire_tick_lateness_seconds_count", labels) is None
    metrics.count_durations()
    metrics.count_durations()
    assert value("framewire_tick_lateness_seconds_count", labels) == 1
    assert value("framewire_frame_to_action_seconds_count", {**labels, "actor": "reflex"}) == 1
