"""`runtime up` under every kind of death: restarts what may be restarted, and leaves no process behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

RUNTIME = Path(sys.executable).parent / "runtime"

#: The emulator without a core: these tests are about processes.
GAME = ("--rom", "scripted", "--session", "s1")

WAIT_S = 20.0


class Run:
    """One `runtime up` as a child of the test."""

    def __init__(self, folder: Path, *arguments: str, state: Path | None = None) -> None:
        self.folder = folder
        self.output = folder / "output.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [RUNTIME, "up", *GAME, *arguments],
                cwd=folder,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "FRAMEWIRE_HOME": str(state or folder / "state")},
            )

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def children(self) -> dict[str, int]:
        return children_under(self.folder)

    def await_started(self) -> dict[str, int]:
        wait_for(lambda: "session.started" in self.text(), self.text)
        return self.children()

    def frame(self) -> int:
        """Return the bridge's frame as Prometheus would see it."""
        targets = json.loads((self.folder / "state/metrics/s1.json").read_text())
        address = next(group["targets"][0] for group in targets if group["labels"]["process"] == "bridge")
        page = subprocess.run(["curl", "-s", f"http://{address}/metrics"], capture_output=True, text=True, check=True)
        line = next(line for line in page.stdout.splitlines() if line.startswith("framewire_frame{"))
        return int(float(line.split()[-1]))


def children_under(folder: Path) -> dict[str, int]:
    """Return the pids of the processes whose command line names a folder, by what they are."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        line = b" ".join(words).decode(errors="replace")
        if state == "Z" or str(folder) not in line:
            continue
        if "nats-server" in line:
            found["nats-server"] = int(entry.name)
        elif "runtime.process" in line:
            found[words[-2].decode()] = int(entry.name)
    return found


def session_facts(state: Path, session: str) -> dict[str, Any]:
    info = subprocess.run(
        [RUNTIME, "sessions", "info", session, "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FRAMEWIRE_HOME": str(state)},
    )
    facts: dict[str, Any] = json.loads(info.stdout)
    return facts


def wait_for(condition: Callable[[], object], explain: Callable[[], str]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    try:
        run.await_started()
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait()
        wait_for(lambda: not run.children(), lambda: f"left behind: {run.children()}\n{run.text()}")


def test_runs_one_process_per_actor_and_ends_all_on_ctrl_c(started: Run) -> None:
    children = started.children()
    assert set(children) == {"nats-server", "bridge", "starter", "explorer"}
    niceness = {name: os.getpriority(os.PRIO_PROCESS, children[name]) for name in ("bridge", "explorer")}
    assert niceness["explorer"] > niceness["bridge"]  # 10 Hz gives way to every frame
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(WAIT_S) == 0, started.text()
    assert not started.children()
    assert "session.ended" in started.text()
    assert "Traceback" not in started.text()
    assert not (started.folder / "state/metrics/s1.json").exists()


def test_sigterm_ends_all_too(started: Run) -> None:
    started.process.terminate()
    assert started.process.wait(WAIT_S) == 0, started.text()
    assert not started.children()


def test_a_killed_actor_comes_back_with_the_same_name(started: Run) -> None:
    before = started.children()["explorer"]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: started.children().get("explorer", before) != before, started.text)
    wait_for(lambda: started.text().count("actor.joined actor=explorer") == 2, started.text)
    assert "actor.restarting" in started.text()
    heard = subprocess.run(
        [RUNTIME, "echo", "health", "--filter", "process == 'explorer' and restarts > 0", "--json", "--once"],
        capture_output=True,
        check=True,
        timeout=WAIT_S,
        env={**os.environ, "FRAMEWIRE_HOME": str(started.folder / "state")},
    )
    assert json.loads(heard.stdout)["restarts"] == 1, "whoever looks later knows it, too"


def test_an_actor_that_hangs_is_named(started: Run) -> None:
    pid = started.children()["explorer"]
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: "health process=explorer change=silent" in started.text(), started.text)
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: "health process=explorer change=not silent" in started.text(), started.text)


def test_an_actor_that_keeps_dying_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "dying.py").write_text(
        "from dataclasses import dataclass\n"
        "from typing import ClassVar\n"
        "@dataclass\n"
        "class Dying:\n"
        "    rate: ClassVar = 'frame'\n"
        "    reads: ClassVar = ('state',)\n"
        "    writes: ClassVar = ()\n"
        "    def act(self, seen):\n"
        "        raise RuntimeError('on purpose')\n"
    )
    launch = "[[actor]]\nname = 'dying'\nuses = 'dying:Dying'\nmax_restarts = 2\n"
    (tmp_path / "launch.toml").write_text(launch)
    run = Run(tmp_path, str(tmp_path / "launch.toml"))
    assert run.process.wait(WAIT_S) == 1, run.text()
    assert run.text().count("RuntimeError: on purpose") == 3
    assert "actor.failed" in run.text()
    assert not run.children()


def test_a_killed_bridge_goes_on_where_it_was_and_its_actors_join_it_again(started: Run) -> None:
    bridge = started.children()["bridge"]
    actors = {name: pid for name, pid in started.children().items() if name in ("starter", "explorer")}
    time.sleep(0.5)
    os.kill(bridge, signal.SIGKILL)
    wait_for(lambda: started.text().count("session.started") == 2, started.text)
    assert started.text().count("actor.joined actor=starter") >= 2
    assert {name: pid for name, pid in started.children().items() if name in actors} == actors
    time.sleep(0.5)
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(WAIT_S) == 0, started.text()
    facts = session_facts(started.folder / "state", "s1")
    assert (facts["status"], facts["frames_missing"]) == ("complete", 0)
    assert [gap for gap in facts["gaps"] if gap["who"] == "recording"] == []


def test_a_killed_bridge_that_nobody_records_ends_the_run_with_an_error(tmp_path: Path) -> None:
    run = Run(tmp_path, "--no-record")
    os.kill(run.await_started()["bridge"], signal.SIGKILL)
    assert run.process.wait(WAIT_S) == 1, run.text()
    assert "bridge.died" in run.text()
    assert not run.children()


def test_a_bridge_that_dies_again_and_again_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "launch.toml").write_text("[run]\nmax_restarts = 1\n")
    run = Run(tmp_path, str(tmp_path / "launch.toml"))
    os.kill(run.await_started()["bridge"], signal.SIGKILL)
    wait_for(lambda: run.text().count("session.started") == 2, run.text)
    os.kill(run.children()["bridge"], signal.SIGKILL)
    assert run.process.wait(WAIT_S) == 1, run.text()
    assert "bridge.died" in run.text()
    assert not run.children()


def test_a_killed_nats_server_comes_back_and_the_game_goes_on(started: Run) -> None:
    before = started.children()["nats-server"]
    wait_for((started.folder / "state/metrics/s1.json").exists, started.text)
    wait_for(lambda: "bridge" in (started.folder / "state/metrics/s1.json").read_text(), started.text)
    frame = started.frame()
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: started.children().get("nats-server", before) != before, started.text)
    wait_for(lambda: "bridge.online" in started.text(), started.text)
    wait_for(lambda: started.frame() > frame + 60, started.text)
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(WAIT_S) == 0, started.text()
    facts = session_facts(started.folder / "state", "s1")
    assert facts["frames"] > frame
    assert facts["frames_missing"] == 0, "the recording lost frames while the server was away"
    assert facts["status"] == "complete"
    assert [gap["kind"] for gap in facts["gaps"]].count("live") == 1  # actors may add their own


def test_the_server_passes_to_the_next_run_when_its_own_ends(started: Run) -> None:
    (started.folder / "second").mkdir()
    second = Run(started.folder / "second", "--session", "s2", state=started.folder / "state")
    try:
        second.await_started()
        assert "nats.inherited" not in second.text()
        started.process.send_signal(signal.SIGINT)
        assert started.process.wait(WAIT_S) == 0, started.text()
        wait_for(lambda: "nats.inherited" in second.text(), second.text)
        wait_for(lambda: "bridge.online" in second.text(), second.text)
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(WAIT_S) == 0, second.text()
    finally:
        second.process.kill()
        second.process.wait()
    facts = session_facts(started.folder / "state", "s2")
    assert facts["frames"] > 0
    assert facts["frames_missing"] == 0
    assert facts["status"] == "complete"


def test_a_killed_supervisor_leaves_nothing_behind(started: Run) -> None:
    started.process.kill()
    started.process.wait()
    wait_for(lambda: not started.children(), lambda: f"left behind: {started.children()}\n{started.text()}")


def test_a_core_that_cannot_be_loaded_is_one_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    core = tmp_path / "broken_libretro.so"
    core.write_text("no library")
    done = subprocess.run(
        [RUNTIME, "up", "--core", str(core), "--session", "s1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FRAMEWIRE_HOME": str(tmp_path / "state")},
    )
    assert done.returncode == 1
    begin, *rest = done.stderr.splitlines()
    assert begin.startswith("session s1:")
    assert len(rest) == 1
    assert rest[0].startswith(f"error: {core}: the core cannot be loaded")
    assert not children_under(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--rom", "missing.gba"), "there is no such ROM"),
        (("--rom", "scripted", "--session", "no spaces"), "session name 'no spaces'"),
        (("--nats", "nats://127.0.0.1:1", "--rom", "scripted"), "no NATS server lets us in"),
        (("--game", "nosuchgame"), "no game 'nosuchgame'"),
        (("--core", "nosuchcore"), "no libretro core nosuchcore"),
        (("nosuchfile.toml",), "nosuchfile.toml"),
    ],
)
def test_bad_input_is_one_clear_error_and_starts_nothing(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = subprocess.run(
        [RUNTIME, "up", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FRAMEWIRE_HOME": str(tmp_path / "state")},
    )
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if not line.startswith("session ")]
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert words in lines[0]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "state/logs").exists()
