"""A stand-in for Neo4j, which no registry offers: ArcadeDB's server, with its own Bolt and openCypher, on free ports.

It proves that the real `neo4j` driver and our Cypher work on a server that others wrote. It does not prove Neo4j's own
semantics; for that set NEO4J_URI (neo4j://user:password@host:7687/database) for tests/server/test_knowledge_stores.py.
"""

import base64
import contextlib
import importlib.util
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

_PASSWORD = "stand-in-for-neo4j"

#: It is up within 2 s on an idle machine.
_READY_S = 90.0


@contextlib.contextmanager
def arcadedb(folder: Path) -> Iterator[str]:
    """Start a server with a database; yield its Bolt URL. Its process id lies in the file `pid`."""
    bolt, http = _free_port(), _free_port()
    log = folder / "printed.txt"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        server = subprocess.Popen(_command(folder, bolt, http), stdout=out, stderr=out, cwd=folder)
    (folder / "pid").write_text(str(server.pid))
    try:
        _await(server, log, "ArcadeDB Server started")
        _create_database(http)
        yield f"bolt://root:{_PASSWORD}@127.0.0.1:{bolt}/knowledge"
    finally:
        server.kill()
        server.wait()


def _command(folder: Path, bolt: int, http: int) -> list[str]:
    found = importlib.util.find_spec("arcadedb_embedded")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    settings = {
        "arcadedb.server.rootPath": folder,
        "arcadedb.server.rootPassword": _PASSWORD,
        "arcadedb.server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "arcadedb.bolt.port": bolt,
        "arcadedb.bolt.host": "127.0.0.1",
        "arcadedb.server.httpIncomingHost": "127.0.0.1",
        "arcadedb.server.httpIncomingPort": http,
    }
    return [
        str(package / "jre" / "bin" / "java"),
        *("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--add-modules", "jdk.incubator.vector"),
        *(f"-D{name}={value}" for name, value in settings.items()),
        *("-cp", str(package / "jars" / "*"), "com.arcadedb.server.ArcadeDBServer"),
    ]


def _await(server: "subprocess.Popen[bytes]", log: Path, line: str) -> None:
    deadline = time.monotonic() + _READY_S
    while line not in log.read_text(errors="replace"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"ArcadeDB did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _create_database(http: int) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{http}/api/v1/server",
        json.dumps({"command": "create database knowledge"}).encode(),
        {"Authorization": "Basic " + base64.b64encode(f"root:{_PASSWORD}".encode()).decode()},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        assert reply.status == 200


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
