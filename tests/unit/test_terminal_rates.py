"""Window statistics, and quantiles and histograms of ages."""

import math

import pytest

from dashboards.terminal.delay import absurd
from dashboards.terminal.histogram import BUCKETS_S, counts, histogram, quantile, summary
from dashboards.terminal.rates import NS, Window


def window(*arrivals_ms: int, length_s: float = 10.0, size: int = 100) -> Window:
    filled = Window(length_s, 0)
    for at_ms in arrivals_ms:
        filled.add(at_ms * 1_000_000, size)
    return filled


def test_intervals_of_an_even_stream() -> None:
    seen = window(100, 120, 140, 160).intervals(160_000_000)
    assert (seen.messages, seen.rate_hz, seen.min_ms, seen.max_ms, seen.std_ms) == (4, 50.0, 20.0, 20.0, 0.0)
    assert seen.silent_s == 0.0


def test_intervals_of_an_uneven_stream() -> None:
    seen = window(0, 10, 40).intervals(40_000_000)
    assert (seen.rate_hz, seen.min_ms, seen.max_ms, seen.std_ms) == (50.0, 10.0, 30.0, 10.0)


def test_a_stream_that_stopped_has_no_rate() -> None:
    assert window(0, 20, 40).intervals(2 * NS).rate_hz == 0.0
    assert window(0, 1000).intervals(3 * NS).rate_hz == 1.0


def test_nothing_and_one_message_have_no_rate() -> None:
    assert window().intervals(NS).rate_hz == 0.0
    assert window().intervals(NS).silent_s == math.inf
    assert window(5).intervals(NS).messages == 1


def test_what_left_the_window_does_not_count() -> None:
    seen = window(0, 1000, 2000, 3000, length_s=1.5)
    assert seen.intervals(3 * NS).messages == 2
    assert seen.traffic(3 * NS).messages == 2
    assert seen.total == 4


def test_traffic_is_a_second_of_the_time_so_far_then_of_the_window() -> None:
    early = window(0, 500, 1000).traffic(2 * NS)
    assert (early.messages_s, early.bytes_s) == (1.5, 150.0)
    late = window(*range(0, 20_001, 500)).traffic(20 * NS)
    assert late.messages_s == pytest.approx(2.1)  # both ends of the ten seconds are in
    assert (late.mean_bytes, late.min_bytes, late.max_bytes) == (100.0, 100, 100)
    assert window().traffic(NS).bytes_s == 0.0


def test_quantile_is_the_nearest_rank() -> None:
    values = [float(i) for i in range(100, 0, -1)]
    assert [quantile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50.0, 95.0, 99.0, 100.0]
    assert quantile([3.0], 0.5) == 3.0
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_counts_take_the_upper_end_in() -> None:
    found = counts([0.0005, 0.001, 0.0011, 0.0167, 1.0, 1.1, 50.0])
    assert len(found) == len(BUCKETS_S) + 1
    assert (found[0], found[1], found[5], found[-2], found[-1]) == (2, 1, 1, 1, 2)


def test_histogram_shows_every_bucket_between_the_first_and_the_last() -> None:
    lines = histogram([0.0015, 0.0015, 0.006, 2.0], "#")
    assert [line.split()[1] for line in lines] == [
        "2",
        "4",
        "8",
        "12",
        "16.7",
        "25",
        "33",
        "50",
        "100",
        "250",
        "1000",
        "1000",
    ]
    assert lines[0] == f"<=      2 ms        2   50.0%  {'#' * 50}"
    assert lines[-1] == f" >   1000 ms        1   25.0%  {'#' * 25}"
    assert histogram([]) == []


def test_summary_is_in_milliseconds() -> None:
    assert " ".join(summary([0.001, 0.002]).split()) == "p50 1.000 ms p95 2.000 ms p99 2.000 ms max 2.000 ms"


def test_ages_of_another_host_are_told() -> None:
    assert absurd(0.0, 3600.0) == ""
    assert "measure on the sender's host" in absurd(-0.1, 0.2)
    assert "-0.100 s to 4000.000 s are no delays" in absurd(-0.1, 4000)
