"""An emulator in a process of its own, which emulates in advance: what it shows is what it would show here."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from runtime.backend import Backend, Opening
from runtime.bridges.scripted import ScriptedBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError, EmulatorError, RomError, StateError, UsageError
from runtime.families import family
from runtime.picture_image import units_of
from runtime.pixels import Raw
from runtime.prefetch.backend import PrefetchingBackend
from tests.roms.pad import PADS
from tests.waiting import alive

Open = Callable[[], Backend]


def libretro(console: str) -> Backend:
    chosen = family("libretro")
    core = chosen.find(CONSOLES[console], "")
    return chosen.open(Opening(rom=str(PADS[console].rom), console=console, core=core))


class Failing(ScriptedBackend):
    """Fails at its tenth frame."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        super().step(buttons, frames)
        if self._frame == 10:
            raise self._error


class Growing(ScriptedBackend):
    """Shows a picture of twice the size in each direction from its fifth frame on, and a larger one from its tenth."""

    def frame(self) -> Raw:
        times = 1 if self._frame < 5 else 2 if self._frame < 10 else 3
        return np.repeat(np.repeat(super().frame(), times, axis=0), times, axis=1)


@pytest.fixture
def opened() -> Iterator[Callable[[Open], PrefetchingBackend]]:
    there: list[PrefetchingBackend] = []

    def call(open_game: Open) -> PrefetchingBackend:
        there.append(PrefetchingBackend(open_game, 8))
        return there[-1]

    yield call
    for backend in there:
        backend.close()


Opened = Callable[[Open], PrefetchingBackend]


def some_inputs(buttons: tuple[str, ...], frames: int) -> list[frozenset[str]]:
    chance = random.Random(3)
    held: list[frozenset[str]] = []
    while len(held) < frames:
        held += [frozenset(chance.sample(buttons, chance.randrange(3)))] * chance.randrange(1, 20)
    return held[:frames]


@pytest.mark.parametrize("open_game", [ScriptedBackend, partial(libretro, "gba"), partial(libretro, "gb")])
def test_it_shows_and_tells_what_the_emulator_would_here(opened: Opened, open_game: Open) -> None:
    ahead, here = opened(open_game), open_game()
    try:
        for name in ("capabilities", "console", "core", "core_options", "rom_sha256", "pixel_format", "regions"):
            assert getattr(ahead, name) == getattr(here, name)
        inputs = some_inputs(here.console.buttons, 400)
        last, image = here.frame().copy(), ahead.image.image.copy()
        asked = 0
        for shown, held in enumerate(inputs):
            while asked < min(len(inputs), shown + 8):
                ahead.ask(inputs[asked : min(asked + 4, shown + 8)])
                asked = min(asked + 4, shown + 8, len(inputs))
            here.step(held)
            ahead.take()
            same(ahead, here)
            units, changes = ahead.changes()
            if units is not None:
                assert np.flatnonzero(units_of(here.frame()) != units_of(last)).tolist() == units.tolist()
            image[np.array(changes.offsets, dtype=int)] = np.frombuffer(changes.data, np.uint8)
            assert np.array_equal(image, ahead.image.image)
            last = here.frame().copy()
    finally:
        here.close()


def same(ahead: Backend, here: Backend) -> None:
    assert np.array_equal(ahead.frame(), here.frame())
    for name, bytes_ in here.memory().items():
        assert np.array_equal(ahead.memory()[name], bytes_), name


def test_states_and_resets_find_it_where_it_is(opened: Opened) -> None:
    ahead, here = opened(partial(libretro, "gba")), libretro("gba")
    try:
        none: frozenset[str] = frozenset()
        for backend in (ahead, here):
            backend.step(frozenset(("A",)), 30)
        state = ahead.save_state()
        assert state == here.save_state()
        for turn in range(3):
            for backend in (ahead, here):
                backend.step(none, 1)
                backend.step(frozenset(("RIGHT",)), 7)
                if turn == 1:
                    backend.reset()
                else:
                    backend.load_state(state)
            same(ahead, here)
            for backend in (ahead, here):
                backend.step(none)
            same(ahead, here)
        with pytest.raises(StateError, match=r"has \d+ bytes, this one has 3"):
            ahead.load_state(b"bad")
        ahead.step(none)
        here.step(none)
        same(ahead, here)
    finally:
        here.close()


def test_no_more_frames_are_asked_for_than_there_is_room(opened: Opened) -> None:
    for prefetch in (0, 61):
        with pytest.raises(UsageError, match=f"prefetch {prefetch}: allowed are 1 to 60"):
            PrefetchingBackend(ScriptedBackend, prefetch)
    ahead = opened(ScriptedBackend)
    ahead.ask([frozenset()] * 5)
    ahead.take()
    with pytest.raises(UsageError, match="9 frames asked for and not taken: allowed are 8"):
        ahead.ask([frozenset()] * 5)
    ahead.ask([frozenset()] * 4)
    for _ in range(8):
        ahead.take()
    assert ahead.memory()["ewram"][0] == 9


def test_frames_that_nobody_takes_are_behind_a_state(opened: Opened) -> None:
    ahead = opened(ScriptedBackend)
    ahead.ask([frozenset()] * 5)
    ahead.take()
    assert np.frombuffer(ahead.save_state(), "<u4")[0] == 5
    ahead.step(frozenset())
    assert ahead.memory()["ewram"][0] == 6


def test_a_game_that_cannot_be_opened_is_an_error_here(tmp_path: Path) -> None:
    missing = Opening(rom=str(tmp_path / "none.gba"), console="gba", core=family("libretro").find(CONSOLES["gba"], ""))
    with pytest.raises(RomError, match=r"none\.gba: the ROM cannot be read"):
        PrefetchingBackend(partial(family("libretro").open, missing), 8)
    with pytest.raises(CoreError, match="no libretro core nothing"):
        PrefetchingBackend(partial(family("libretro").find, CONSOLES["gba"], "nothing"), 8)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [ZeroDivisionError("it divides by zero"), OSError("no such sound card")])
def test_what_the_emulator_raises_is_raised_here_with_its_traceback(opened: Opened, error: Exception) -> None:
    ahead = opened(partial(Failing, error))
    ahead.step(frozenset(), 8)
    ahead.step(frozenset())
    with pytest.raises(EmulatorError, match=rf"(?s)in step.*{type(error).__name__}: {error}"):
        ahead.step(frozenset())
    for call in (ahead.save_state, ahead.reset, partial(ahead.step, frozenset())):
        with pytest.raises(EmulatorError, match="the emulator's process has ended"):
            call()


def test_a_picture_may_grow_to_twice_its_size_and_a_larger_one_is_an_error(opened: Opened) -> None:
    ahead, here = opened(Growing), Growing()
    for _ in range(9):
        ahead.step(frozenset())
        here.step(frozenset())
        same(ahead, here)
    assert ahead.frame().shape == (320, 480)
    with pytest.raises(EmulatorError, match=r"720x480 pixels is 691200 bytes; allowed are 307200.*prefetch to 0"):
        ahead.step(frozenset())


def test_a_process_that_dies_is_an_error(opened: Opened) -> None:
    ahead = opened(ScriptedBackend)
    ahead.step(frozenset())
    killed = ahead.process.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(EmulatorError, match=rf"the emulator \(process {killed}\) died with exit status -9"):
        ahead.step(frozenset())
    ahead.close()
    ahead.close()


PARENT = """
from runtime.bridges.scripted import ScriptedBackend
from runtime.prefetch.backend import PrefetchingBackend
if __name__ == "__main__":
    ahead = PrefetchingBackend(ScriptedBackend, 8)
    print(ahead.process.pid, flush=True)
    while True:
        ahead.step(frozenset())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_killed_parent(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    before = set(Path("/dev/shm").iterdir())
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        time.sleep(0.2)
        parent.send_signal(number)
        parent.wait(30)
    deadline = time.monotonic() + 30
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)
    assert not [path for path in set(Path("/dev/shm").iterdir()) - before if path.name.startswith("psm_")]
