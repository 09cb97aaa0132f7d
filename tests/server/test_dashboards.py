"""Debian's Prometheus scrapes a live run, and every panel shows something there. No Grafana: none can be had here."""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.committed import PanelQuery, committed, queries
from dashboards.grafana.prometheus import Prometheus, Verdict
from runtime.errors import FramewireError
from tests.alone import missing
from tests.desk import Desk

_ROOT = Path(__file__).parents[2]
_OBSERVABILITY = _ROOT / "deploy" / "observability"

#: Rates need two scrapes; beside other tests on two cores all takes longer.
_LIMIT_S = 90.0


@pytest.fixture(autouse=True)
def _tools() -> None:
    for tool in ("prometheus", "promtool"):
        if shutil.which(tool) is None:
            missing(tool)


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """Start a Prometheus by our configuration over the state folder `tmp_path/state`; give its URL."""
    config = (_OBSERVABILITY / "prometheus" / "prometheus.yml").read_text()
    for ours, here in (
        (r'"../../../.framewire/metrics/\*.json"', str(tmp_path / "state" / "metrics" / "*.json")),
        ("- rules.yml", f"- {_OBSERVABILITY / 'prometheus' / 'rules.yml'}"),
        ("- alerts.yml", f"- {_OBSERVABILITY / 'prometheus' / 'alerts.yml'}"),
        ("interval: 5s", "interval: 1s"),
    ):
        assert re.search(ours, config)
        config = re.sub(ours, here, config)
    (tmp_path / "prometheus.yml").write_text(config)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    program = subprocess.Popen(
        (
            "prometheus",
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address={address}",
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"http://{address}"
    program.terminate()
    program.wait(10.0)


def test_every_panel_shows_something_of_a_live_run(prometheus: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    run = desk.start("up", "--session", "seen")
    desk.wait_for("session.started")
    words = (sys.executable, "-m", "tests.tiny_trainer", "seen", str(_LIMIT_S))
    trainer = subprocess.Popen(words, cwd=_ROOT, env=desk.env)
    try:
        deadline = time.monotonic() + _LIMIT_S
        asked, wanted = Prometheus(prometheus, "10s"), [q for board in committed().values() for q in queries(board)]
        while bad := [verdict for query in wanted if (verdict := _verdict(asked, query)).problem]:
            assert time.monotonic() < deadline, f"{bad}\n{desk.said()}"
            time.sleep(1.0)
        said, _ = desk.outputs("dashboards", "check", "--prometheus", prometheus, "--interval", "10s", "--json")
    finally:
        trainer.terminate()
        trainer.wait(30.0)
        run.terminate()
        run.wait(30.0)
    verdicts = json.loads(said)
    assert len(verdicts) == len(wanted)
    assert all(verdict["series"] and not verdict["problem"] for verdict in verdicts)


def _verdict(asked: Prometheus, query: PanelQuery) -> Verdict:
    """Ask a Prometheus that may still be starting."""
    try:
        return asked.verdict(query)
    except FramewireError as error:
        return Verdict(query, 0, str(error))


def test_a_prometheus_without_a_run_is_said_to_show_nothing(prometheus: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    deadline = time.monotonic() + _LIMIT_S
    while "no Prometheus" in (said := desk.run("dashboards", "check", "--prometheus", prometheus, status=1)):
        assert time.monotonic() < deadline, said  # it is still starting
        time.sleep(0.2)
    assert "queries show nothing, or not all" in said
    assert "Framewire: agent / Age of the plan (empty)" in said
    chosen = desk.run("dashboards", "check", "--prometheus", prometheus, "--board", "training", status=1)
    assert "error: 14 of 14 queries" in chosen
    assert "Framewire: agent" not in chosen
    asked = Prometheus(prometheus, "10s")
    assert asked.verdict(PanelQuery("b", "p", "rate(")).problem.startswith("broken: ")
    assert "1 of 1 series not finite" in asked.verdict(PanelQuery("b", "p", "vector(0) / 0")).problem
    assert asked.verdict(PanelQuery("b", "p", "vector(1)")) == (PanelQuery("b", "p", "vector(1)"), 1, "")


def test_who_is_no_prometheus_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert f"no Prometheus at {url}" in Desk(tmp_path).run("dashboards", "check", "--prometheus", url, status=1)
    assert "begin with http" in Desk(tmp_path).run("dashboards", "check", "--prometheus", "ftp://x", status=1)


def test_push_hands_them_to_a_stand_in_for_grafana(tmp_path: Path) -> None:
    taken: list[tuple[str, str, dict[str, Any]]] = []

    class StandIn(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.append((self.path, self.headers["Authorization"], body))
            status, answer = (200, {"status": "success"}) if "good" in taken[-1][1] else (401, {"message": "no"})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            said = Desk(tmp_path).run("dashboards", "push", "--url", url, "--token", "good")
            refused = Desk(tmp_path).run("dashboards", "push", "--url", url, "--token", "bad", status=1)
        finally:
            server.shutdown()
    assert [path for path, _, _ in taken[:-1]] == ["/api/dashboards/db"] * len(committed())
    assert taken[0][1] == "Bearer good"
    assert {body["dashboard"]["uid"] for _, _, body in taken} == set(committed())
    assert all(body["overwrite"] for _, _, body in taken)
    assert f"{url}/d/framewire-latency" in said
    assert f"Grafana at {url} did not take framewire-" in refused
    assert "needs a service account's token" in Desk(tmp_path).run("dashboards", "push", "--url", url, status=2)


@pytest.mark.parametrize("words", ["check config prometheus.yml", "test rules tests.yml"])
def test_promtool_accepts_configuration_and_rules(words: str) -> None:
    folder = _OBSERVABILITY / "prometheus"
    done = subprocess.run(("promtool", *words.split()), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
