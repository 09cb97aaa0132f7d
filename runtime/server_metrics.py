"""nats-server's own figures for Prometheus: it has monitoring in JSON, and no /metrics."""

import contextlib
import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

#: It answers in a millisecond; Prometheus itself gives up after 10 s.
_LIMIT_S = 2.0

_Family = GaugeMetricFamily | CounterMetricFamily


class ServerCollector(Collector):
    """Asks the server each time Prometheus asks us; without an answer only `framewire_nats_up` is there, as 0."""

    def __init__(self, monitor_url: Callable[[], str]) -> None:
        """Read the server at what `monitor_url` returns then: a restarted server has another port."""
        self._monitor_url = monitor_url

    def describe(self) -> list[_Family]:
        """Return nothing: what there is depends on the streams."""
        return []

    def collect(self) -> Iterator[_Family]:
        """Yield what the server says of itself, its streams and their consumers."""
        try:
            server = self._asked("varz")
            jetstream = self._asked("jsz?streams=true&consumers=true")
        except (OSError, ValueError):
            yield GaugeMetricFamily("framewire_nats_up", "Whether the NATS server answers", value=0)
            return
        yield GaugeMetricFamily("framewire_nats_up", "Whether the NATS server answers", value=1)
        yield from of_server(server)
        yield from of_jetstream(jetstream)

    def _asked(self, what: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self._monitor_url()}/{what}", timeout=_LIMIT_S) as reply:  # noqa: S310  # ours
            answer: dict[str, Any] = json.load(reply)
        return answer


def serve(monitor_url: Callable[[], str]) -> int:
    """Serve /metrics on a free loopback port and return it; 0 when none can be had."""
    registry = CollectorRegistry()
    registry.register(ServerCollector(monitor_url))
    with contextlib.suppress(OSError):
        server, _ = start_http_server(0, addr="127.0.0.1", registry=registry)
        return int(server.server_port)
    return 0


def of_server(server: dict[str, Any]) -> Iterator[_Family]:
    """Yield what /varz says."""
    gauges = (
        *(("connections", "Clients connected"), ("subscriptions", "Subscriptions")),
        *(("mem", "Resident memory, bytes"), ("cpu", "Percent of one core")),
    )
    for name, text in gauges:
        yield GaugeMetricFamily(f"framewire_nats_{name}", text, value=server.get(name, 0))
    counters = (
        ("slow_consumers", "Clients cut off because they did not read"),
        *(("in_msgs", "Messages received"), ("out_msgs", "Messages delivered")),
        *(("in_bytes", "Bytes received"), ("out_bytes", "Bytes delivered")),
    )
    for name, text in counters:
        yield CounterMetricFamily(f"framewire_nats_{name}", text, value=server.get(name, 0))


def of_jetstream(jetstream: dict[str, Any]) -> Iterator[_Family]:
    """Yield what /jsz says."""
    api = jetstream.get("api", {})
    yield CounterMetricFamily("framewire_jetstream_api_errors", "Requests it refused", value=api.get("errors", 0))
    yield CounterMetricFamily("framewire_jetstream_api", "Requests to its API", value=api.get("total", 0))
    yield GaugeMetricFamily("framewire_jetstream_streams", "Streams", value=jetstream.get("streams", 0))
    stored_bytes = jetstream.get("storage", 0)
    yield GaugeMetricFamily("framewire_jetstream_storage_bytes", "Bytes on disk", value=stored_bytes)
    messages = GaugeMetricFamily("framewire_jetstream_messages", "Messages stored", labels=["stream"])
    stored = GaugeMetricFamily("framewire_jetstream_bytes", "Bytes stored", labels=["stream"])
    consumers = GaugeMetricFamily("framewire_jetstream_consumers", "Consumers", labels=["stream"])
    lag = GaugeMetricFamily("framewire_jetstream_lag", "Messages not yet delivered", labels=["stream", "consumer"])
    unacknowledged = GaugeMetricFamily(
        "framewire_jetstream_unacknowledged", "Messages delivered, not acknowledged", labels=["stream", "consumer"]
    )
    for account in jetstream.get("account_details") or ():
        for stream in account.get("stream_detail") or ():
            name, state = [stream["name"]], stream["state"]
            messages.add_metric(name, state["messages"])
            stored.add_metric(name, state["bytes"])
            consumers.add_metric(name, state["consumer_count"])
            for consumer in stream.get("consumer_detail") or ():
                lag.add_metric([*name, consumer["name"]], consumer["num_pending"])
                unacknowledged.add_metric([*name, consumer["name"]], consumer["num_ack_pending"])
    yield from (messages, stored, consumers, lag, unacknowledged)
