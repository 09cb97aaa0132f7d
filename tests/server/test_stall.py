"""JetStream that stands still for ten seconds while the live bus goes on: a leaf node whose hub is stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.nats_server import find_binary

RUNTIME = Path(sys.executable).parent / "runtime"

HUB = """
server_name: hub
port: -1
ports_file_dir: "{folder}"
leafnodes {{ listen: 127.0.0.1:{leaf_port} }}
jetstream {{ domain: hub, store_dir: "{folder}/store" }}
"""

LEAF = """
server_name: leaf
host: 127.0.0.1
port: -1
ports_file_dir: "{folder}"
leafnodes {{ remotes [ {{ url: "{hub}" }} ] }}
"""


class Servers:
    """A hub that stores, and a leaf node that the game is on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.hub, _ = self._start("hub", HUB.format(folder=folder, leaf_port=port))
        self.leaf, ports = self._start("leaf", LEAF.format(folder=folder, hub=f"nats://127.0.0.1:{port}"))
        self.url = ports["nats"][0]

    def _start(self, name: str, config: str) -> "tuple[subprocess.Popen[bytes], dict[str, list[str]]]":
        path = self.folder / f"{name}.conf"
        path.write_text(config)
        with (self.folder / f"{name}.log").open("wb") as output:
            process = subprocess.Popen([find_binary(), "-c", path], stdout=output, stderr=output)
        ports = self.folder / f"nats-server_{process.pid}.ports"
        for _ in range(200):
            if ports.exists() and (found := json.loads(ports.read_text() or "{}")):
                return process, found
            time.sleep(0.05)
        raise AssertionError((self.folder / f"{name}.log").read_text())

    def close(self) -> None:
        for process in (self.leaf, self.hub):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    servers = Servers(tmp_path)
    try:
        yield servers
    finally:
        servers.close()


def test_ten_seconds_without_jetstream_cost_no_frame(servers: Servers, tmp_path: Path) -> None:
    env = {**os.environ, "FRAMEWIRE_HOME": str(tmp_path / "state")}
    reach = ("--nats", servers.url, "--js-domain", "hub")
    output = tmp_path / "output.txt"
    with output.open("wb") as file:
        up = subprocess.Popen(
            [RUNTIME, "up", "--rom", "scripted", "--no-actors", "--session", "s", *reach],
            env=env,
            cwd=tmp_path,
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
        )
    for _ in range(400):
        if "session.started" in output.read_text():
            break
        time.sleep(0.05)
    time.sleep(1.5)
    servers.hub.send_signal(signal.SIGSTOP)
    before = time.monotonic()
    live = subprocess.run(
        [RUNTIME, "echo", "state", "--field", "frame_index", "--csv", "-n", "540", "--nats", servers.url],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    time.sleep(max(0.0, 10 - (time.monotonic() - before)))
    servers.hub.send_signal(signal.SIGCONT)
    time.sleep(1.5)
    up.send_signal(signal.SIGINT)
    assert up.wait(30) == 0, output.read_text()
    frames = [int(line) for line in re.findall(r"^\d+$", live.stdout, re.MULTILINE)]
    assert len(frames) == 540, live.stderr
    assert frames == list(range(frames[0], frames[0] + 540))  # the live bus went on, without a hole
    assert "recorder.failed" not in output.read_text()
    info = subprocess.run(
        [RUNTIME, "sessions", "info", "s", "--json", *reach], env=env, capture_output=True, text=True, check=True
    )
    facts = json.loads(info.stdout)
    assert (facts["status"], facts["frames_missing"], facts["gaps"]) == ("complete", 0, [])
