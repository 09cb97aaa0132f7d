"""mGBA with its window and its script: the same frames as libretro's mGBA, and what happens when one side goes away."""

import collections
import hashlib
import itertools
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from runtime.backend import Opening
from runtime.bridges import lua_wire
from runtime.bridges.libretro import LibretroBackend
from runtime.bridges.mgba_lua import FAMILY, SCRIPT, MgbaLuaBackend, MgbaLuaOptions
from runtime.console import CONSOLES
from runtime.errors import EmulatorError, UsageError
from tests.alone import alone, missing
from tests.conformance.subjects.libretro import DEBIAN, core_file
from tests.mgba_window import MgbaWindow, mgba_window, missing_tools
from tests.roms.pad import PADS, Block, read_block

PAD = PADS["gba"].rom
INPUTS = [("", 30), ("RIGHT", 20), ("UP+A", 7), ("", 15), ("LEFT+B", 33), ("DOWN", 9), ("START", 3)]


@pytest.fixture(scope="module")
def window() -> Iterator[MgbaWindow]:
    if lacking := missing_tools():
        missing(lacking)
    with mgba_window(PAD) as window:
        window.run_script(SCRIPT)
        window.hurry()
        yield window


@pytest.fixture(autouse=True)
def _thawed(window: MgbaWindow) -> Iterator[None]:
    window.thaw()
    yield
    assert window.alive, "mGBA outlives whatever the other side does"
    window.freeze()


def opened(window: MgbaWindow, rom: Path = PAD, **options: object) -> MgbaLuaBackend:
    settings: dict[str, object] = {"address": f"127.0.0.1:{window.port}", "wait_s": 30.0, **options}
    return FAMILY.open(Opening(rom=str(rom), console="gba", options=MgbaLuaOptions(**settings)))  # type: ignore[arg-type]


def block(backend: MgbaLuaBackend) -> Block:
    return read_block("gba", backend.regions, backend.memory())


def boot(backend: MgbaLuaBackend) -> None:
    for _ in range(20):
        backend.step(frozenset())


def hashes(backend: MgbaLuaBackend | LibretroBackend) -> list[str]:
    """Play the inputs from power-on; return a hash of each picture with the game's memory."""
    told = []
    for buttons, frames in INPUTS:
        for _ in range(frames):
            backend.step(frozenset(filter(None, buttons.split("+"))))
            memory = backend.memory()["ewram"]
            told.append(hashlib.sha256(backend.frame().tobytes() + memory.tobytes()).hexdigest())
    return told


def in_libretro(core: str) -> list[str]:
    return hashes(LibretroBackend(Path(core), PAD, CONSOLES["gba"]))


def test_pictures_and_memory_are_those_of_libretros_mgba(window: MgbaWindow) -> None:
    if not (core := core_file(DEBIAN, "mgba")):
        missing("no libretro-mgba of Debian, which is of the same version as mgba-qt")
    backend = opened(window)
    seen = hashes(backend)
    backend.close()
    assert len(set(seen)) > 100
    assert seen == alone(in_libretro, core)


# --- one side goes away -----------------------------------------------------------------------------------------------


def step_for_ever(port: int, ready: "multiprocessing.synchronize.Event") -> None:
    options = MgbaLuaOptions(address=f"127.0.0.1:{port}", wait_s=30.0)
    backend = FAMILY.open(Opening(rom=str(PAD), console="gba", options=options))
    while True:
        backend.step(frozenset())
        ready.set()


def test_a_killed_bridge_leaves_mgba_alive_and_the_next_one_is_found(window: MgbaWindow) -> None:
    context = multiprocessing.get_context("spawn")
    for _ in range(3):
        ready = context.Event()
        bridge = context.Process(target=step_for_ever, args=(window.port, ready))
        bridge.start()
        assert ready.wait(60)
        assert bridge.pid is not None
        os.kill(bridge.pid, signal.SIGKILL)
        bridge.join(10)
    backend = opened(window)
    boot(backend)
    assert block(backend).frame > 0
    backend.close()


def test_a_script_that_was_run_anew_goes_on_with_the_session(window: MgbaWindow) -> None:
    backend = opened(window)
    boot(backend)
    before, seen = block(backend).frame, []
    for step in range(6):
        if step == 3:
            thread = threading.Thread(target=window.run_script, args=(SCRIPT,))
            thread.start()
            while thread.is_alive():
                backend.step(frozenset())
                seen.append(backend.skipped)
        backend.step(frozenset({"A"}))
        seen.append(backend.skipped)
    assert sum(skipped > 0 for skipped in seen) == 1, "the recording says where the emulator ran on without us"
    assert block(backend).frame > before
    backend.close()


def test_a_script_that_stops_is_waited_for_and_then_an_error(window: MgbaWindow) -> None:
    backend = opened(window, wait_s=1.0)
    boot(backend)
    thread = threading.Thread(target=window.run, args=("framewire.stop()",))
    thread.start()
    with pytest.raises(EmulatorError, match=r"no emulator connected to 127\.0\.0\.1:\d+ within 1 s"):
        collections.deque((backend.step(frozenset()) for _ in itertools.count()), maxlen=0)
    thread.join()
    backend.close()
    window.press("shift+Tab")  # slowly again: see `hurry`
    window.run_script(SCRIPT)
    window.hurry()


def test_a_bridge_that_falls_silent_does_not_hang_mgba(window: MgbaWindow) -> None:
    with socket.create_server(("127.0.0.1", window.port)) as server:
        server.settimeout(30)
        peer, _ = server.accept()
        with peer:
            peer.settimeout(30)
            reader = lua_wire.Reader()
            while (payload := reader.next()) is None:
                reader.feed(peer.recv(4096))
            assert isinstance(lua_wire.decode(payload), lua_wire.Hello)
            assert peer.recv(4096) == b"", "it leaves by itself"


def test_close_ends_a_step_that_mgba_does_not_answer(window: MgbaWindow) -> None:
    backend = opened(window)
    window.freeze()
    failed: list[str] = []

    def step() -> None:
        try:
            while True:
                backend.step(frozenset())
        except EmulatorError as error:
            failed.append(str(error))

    thread = threading.Thread(target=step)
    thread.start()
    time.sleep(0.3)  # so that it waits
    backend.close()
    thread.join(10)
    assert failed == ["the connection to the emulator was closed"]


def test_a_paused_session_keeps_its_emulator(window: MgbaWindow) -> None:
    backend = opened(window)
    boot(backend)
    before = block(backend).frame
    time.sleep(8.0)  # longer than the script's patience
    backend.step(frozenset())
    assert (block(backend).frame, backend.skipped) == (before + 1, 0)
    backend.close()


# --- pace, begin, and what is refused ---------------------------------------------------------------------------------


def test_at_pace_free_mgba_runs_on_and_what_nobody_saw_is_counted(window: MgbaWindow) -> None:
    backend = opened(window, pace="free")
    boot(backend)
    before = block(backend).frame
    time.sleep(0.3)
    backend.step(frozenset())
    assert backend.skipped > 0
    assert (block(backend).frame - before) % 65536 == backend.skipped + 1
    backend.close()


def test_as_is_goes_on_from_where_the_person_is(window: MgbaWindow) -> None:
    first = opened(window)
    boot(first)
    before = block(first).frame
    first.close()
    backend = opened(window, begin="as-is")
    backend.step(frozenset())
    assert block(backend).frame > before
    backend.close()


def test_another_rom_in_mgba_is_refused_with_both_named(window: MgbaWindow, tmp_path: Path) -> None:
    other = tmp_path / "other.gba"
    other.write_bytes(PAD.read_bytes() + b"x")
    with pytest.raises(EmulatorError, match=r"mGBA runs 'PAD' with CRC-32 [0-9a-f]{8}, wanted is .*other\.gba"):
        opened(window, rom=other, wait_s=2.0)


def test_watched_memory_without_watches_is_refused(window: MgbaWindow) -> None:
    with pytest.raises(UsageError, match="wants a game with watches"):
        opened(window, memory="watched")


def test_a_state_of_libretro_is_refused(window: MgbaWindow) -> None:
    backend = opened(window)
    with pytest.raises(Exception, match="no state of mGBA Lua"):
        backend.load_state(np.zeros(397_312, dtype=np.uint8).tobytes())
    backend.close()
