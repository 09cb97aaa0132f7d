"""`runtime trace` on a session that plays, on its recording, and into a small receiver of OpenTelemetry's protobuf."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dashboards.trace.command import trace
from tests.desk import Desk

_LAUNCH = """
[game]
rom = "scripted"

[run]
session = "s1"

[[actor]]
name = "presser"
uses = "presser:Presser"
"""

_ACTOR = """
from runtime.actor import Press


class Presser:
    rate = "frame"
    reads = ("state",)
    writes = ("action",)

    def act(self, seen):
        return Press("A" if seen.frame_index % 2 else "B", reason="in turns")
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return a desk in whose folder an actor and its launch file lie."""
    folder = tmp_path_factory.mktemp("trace")
    (folder / "presser.py").write_text(_ACTOR)
    (folder / "launch.toml").write_text(_LAUNCH)
    return Desk(folder)


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> "_Command":
    monkeypatch.setenv("FRAMEWIRE_HOME", str(desk.home))
    monkeypatch.setenv("FRAMEWIRE_NATS", "")
    return _Command()


class _Command:
    """`runtime trace` in this process."""

    def __call__(self, *arguments: str, status: int = 0) -> Result:
        done = CliRunner().invoke(trace, arguments)
        assert done.exit_code == status, f"{arguments}: {done.output}\n{done.exception!r}"
        return done


@pytest.fixture(scope="module")
def receiver() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Serve OTLP over HTTP as far as an exporter needs it; give its address and what it was sent."""
    taken: list[ExportTraceServiceRequest] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            good = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
            if good:
                taken.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200 if good else 400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()


def test_live_then_recorded(
    desk: Desk, command: _Command, receiver: tuple[str, list[ExportTraceServiceRequest]], tmp_path: Path
) -> None:
    run = desk.start("up", "launch.toml")
    try:
        desk.wait_for("session.started")
        live = json.loads(command("--slowest", "3", "--seconds", "1.5", "--json").stdout)
        assert live["session"] == "s1"
        assert len(live["frames"]) == 3
        to_come = json.loads(command(str(live["frames"][0]["frame_index"] + 200), "--json").stdout)
        over = live["frames"][0]["frame_index"]
        assert "ms until all had answered" in command(str(over)).stdout
    finally:
        run.terminate()
        run.wait(30.0)
    for way in (*live["frames"], *to_come["frames"]):
        (answer,) = way["answers"]
        assert (answer["actor"], answer["clock"]) == ("presser", "same")
        names = [stage["name"] for stage in answer["stages"]]
        assert names == ["deliver", "tick", "act", "answer", "apply"]
    recorded = json.loads(command("s1", str(over), "--json").stdout)["frames"]
    assert recorded[0]["stages"] == live["frames"][0]["stages"]
    assert recorded[0]["answers"][0]["stages"] == live["frames"][0]["answers"][0]["stages"]
    every = json.loads(command("s1", "--slowest", "1000", "--json").stdout)["frames"]
    held = {way["frame_index"]: way["answers"][0]["pressed"] for way in every if way["answers"]}
    assert sum(buttons is not None for buttons in held.values()) > len(held) / 2
    assert all(buttons in (None, ["A" if frame % 2 else "B"]) for frame, buttons in held.items())
    _exported(command, receiver, recorded[0])
    _refused(command, desk)


def _exported(command: _Command, receiver: tuple[str, list[ExportTraceServiceRequest]], way: dict[str, object]) -> None:
    url, taken = receiver
    said = command("s1", str(way["frame_index"]), "--otlp", url)
    (request,) = taken
    spans = {
        span.name: (span, resource.resource.attributes[-1].value.string_value)
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert f"sent {len(spans)} spans to {url}" in said.output
    assert {"emulate", "capture", "publish", "deliver", "tick", "act", "answer", "apply"} < spans.keys()
    whole, _ = spans[f"frame {way['frame_index']}"]
    facts = {attribute.key: attribute.value for attribute in whole.attributes}
    assert facts["framewire.frame"].int_value == way["frame_index"]
    assert whole.start_time_unix_nano == int(str(way["began_unix_ns"])) - int(str(way["late_us"])) * 1000
    assert all(whole.trace_id == span.trace_id for span, _ in spans.values())
    refused = command("s1", str(way["frame_index"]), "--otlp", f"{url}/other", status=1)
    assert f"error: {url}/other/v1/traces did not take the spans: " in refused.output
    assert "400" in refused.output


def _refused(command: _Command, desk: Desk) -> None:
    for words, status, problem in (
        (("s1",), 2, "allowed is [SESSION] FRAME"),
        (("s1", "5", "6"), 2, "allowed is [SESSION] FRAME"),
        (("5", "--slowest", "2"), 1, "'5'"),
        (("s1", "999999"), 2, "has frames 0 to"),
        (("s1", "--slowest", "1", "--actor", "nobody"), 1, "no trace of any frame by nobody"),
        (("s1", "3", "--otlp", "ftp://x"), 2, "is no address"),
        (("5",), 1, "no NATS server runs"),
    ):
        done = CliRunner().invoke(trace, words)
        said = done.output if isinstance(done.exception, SystemExit) else str(done.exception)
        assert problem in said, f"{words}: {said}"
        assert done.exit_code in (1, status)
    assert desk.home.exists()
