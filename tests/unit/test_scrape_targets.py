"""What Prometheus is told to scrape, and nats-server's figures."""

import json
from pathlib import Path

from runtime.scrape import ScrapeTargets
from runtime.server_metrics import of_jetstream


def test_every_target_has_the_sessions_labels_and_its_process(tmp_path: Path) -> None:
    path = tmp_path / "metrics" / "s.json"
    targets = ScrapeTargets(path, {"session": "s"})
    targets.set("bridge", 4000)
    targets.set("silent", 0)
    targets.label("game", "emberwood")
    targets.set("reflex", 4001)
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"session": "s", "game": "emberwood", "process": process}}
        for process, port in (("bridge", 4000), ("reflex", 4001))
    ]
    targets.remove()
    targets.remove()
    assert not path.exists()


def test_a_stream_its_consumers_and_their_lag_are_told() -> None:
    consumer = {"name": "reader", "num_pending": 7, "num_ack_pending": 2}
    stream = {
        "name": "FW_s",
        "state": {"messages": 5, "bytes": 640, "consumer_count": 1},
        "consumer_detail": [consumer],
    }
    said = {
        "streams": 1,
        "storage": 640,
        "api": {"total": 9, "errors": 1},
        "account_details": [{"stream_detail": [stream]}],
    }
    samples = {
        (sample.name, sample.labels.get("stream", ""), sample.labels.get("consumer", "")): sample.value
        for family in of_jetstream(said)
        for sample in family.samples
    }
    assert samples == {
        ("framewire_jetstream_api_errors_total", "", ""): 1,
        ("framewire_jetstream_api_total", "", ""): 9,
        ("framewire_jetstream_streams", "", ""): 1,
        ("framewire_jetstream_storage_bytes", "", ""): 640,
        ("framewire_jetstream_messages", "FW_s", ""): 5,
        ("framewire_jetstream_bytes", "FW_s", ""): 640,
        ("framewire_jetstream_consumers", "FW_s", ""): 1,
        ("framewire_jetstream_lag", "FW_s", "reader"): 7,
        ("framewire_jetstream_unacknowledged", "FW_s", "reader"): 2,
    }
