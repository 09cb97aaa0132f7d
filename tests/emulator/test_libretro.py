"""Real cores run the built-in game: exactly the buttons asked for, the same frames from the same state.

A crash of a core must not end the tests, so every test runs its core in a process of its own.
"""

import ctypes.util
import hashlib
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest
import xxhash

from runtime.backend import pack_state, restore_state
from runtime.bridges.core_search import search_folders
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError, RomError, StateError
from runtime.game import BUILTIN, check_regions, load_game
from runtime.memory_codec import MemoryEncoder
from runtime.watches import WatchReader
from runtime.wire import Region, Scalar

GBA = CONSOLES["gba"]
GAME_TOML = BUILTIN / "emberwood" / "game.toml"
ROM = BUILTIN / "emberwood" / "emberwood.gba"
CORES = [
    path
    for folder in search_folders()
    for path in sorted(folder.glob("mgba_libretro.*"))
    if path.suffix in (".so", ".dylib", ".dll")
]

P = ParamSpec("P")
T = TypeVar("T")


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a process of its own; its exceptions come back."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *args, **kwargs).result(timeout=120)


@pytest.fixture(params=CORES, ids=lambda path: path.parent.name if isinstance(path, Path) else "")
def core(request: pytest.FixtureRequest) -> Path:
    path = request.param
    assert isinstance(path, Path)
    return path


@pytest.fixture
def any_core() -> Path:
    if not CORES:
        missing(f"no mGBA core in {search_folders()}")
    return CORES[0]


def missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def test_a_core_is_installed(any_core: Path) -> None:
    assert any_core.is_file()


class Player:
    """The built-in game, with its watches decoded and its frames hashed."""

    def __init__(self, core: Path) -> None:
        game = load_game(GAME_TOML)
        self.backend = LibretroBackend(core, ROM, GBA, game.game.sha256)
        check_regions(game, self.backend.regions, str(GAME_TOML))
        self._encoder = MemoryEncoder(self.backend.regions)
        self._watches = WatchReader(game.watch, self.backend.regions)
        self.hashes: list[int] = []

    def hold(self, buttons: str, frames: int) -> None:
        """Hold buttons, separated by '+', for exactly so many frames."""
        for _ in range(frames):
            self.backend.step(frozenset(filter(None, buttons.split("+"))))
            self.hashes.append(xxhash.xxh3_64_intdigest(self.backend.frame().tobytes()))

    def watches(self) -> dict[str, Scalar]:
        self._encoder.encode(0, self.backend.memory(), 0)
        return self._watches.values(self._encoder.image)

    def start(self) -> None:
        """Get past the title, into the village, and stand still."""
        self.hold("", 60)
        while self.watches()["mode"] != 1:
            self.hold("START", 4)
            self.hold("", 4)
        self.hold("", 60)


def booted(core: Path) -> dict[str, object]:
    player = Player(core)
    player.hold("", 100)
    backend = player.backend
    frame = backend.frame()
    told: dict[str, object] = {
        "core": backend.core,
        "rom": backend.rom_sha256,
        "format": backend.pixel_format,
        "shape": frame.shape,
        "dtype": frame.dtype.name,
        "colours": len(set(frame.ravel().tolist())),
        "regions": backend.regions,
        "sizes": {name: memory.shape for name, memory in backend.memory().items()},
        "frame": player.watches()["frame"],
        "mode": player.watches()["mode"],
    }
    backend.close()
    return told


def test_the_game_boots_and_shows_its_title(core: Path) -> None:
    told = alone(booted, core)
    assert str(told["core"]).startswith("mGBA ")
    assert told["rom"] == hashlib.sha256(ROM.read_bytes()).hexdigest()
    assert (told["format"], told["shape"], told["dtype"]) == ("gba565", (160, 240), "uint16")
    assert isinstance(told["colours"], int)
    assert told["colours"] > 4
    assert told["mode"] == 0
    assert told["frame"] == pytest.approx(95, abs=5), "the game counts about every frame since it was switched on"


def test_work_memory_is_published_whole(core: Path) -> None:
    told = alone(booted, core)
    assert told["regions"] == (Region("ewram", 0x0200_0000, 0x4_0000), Region("iwram", 0x0300_0000, 0x8000))
    assert told["sizes"] == {"ewram": (0x4_0000,), "iwram": (0x8000,)}


def counted_frames(core: Path) -> list[int]:
    player = Player(core)
    player.start()
    seen = []
    for _ in range(200):
        player.hold("", 1)
        seen.append(int(player.watches()["frame"]))
    return seen


def test_one_step_is_one_frame_of_the_game(core: Path) -> None:
    seen = alone(counted_frames, core)
    assert seen == list(range(seen[0], seen[0] + 200))


def walked(core: Path, held_frames: list[int]) -> list[tuple[str, int, int, Scalar, int]]:
    """Hold each direction for so many frames; return cells walked, when walking began, and where it looked."""
    player = Player(core)
    player.start()
    told = []
    for frames in held_frames:
        for button in ("DOWN", "UP", "LEFT", "RIGHT"):
            before = player.watches()
            player.hold(button, 1)
            begins = int(player.watches()["player.moving"])
            player.hold(button, frames - 1)
            player.hold("", 20)
            after = player.watches()
            cells = abs(int(after["player.x"]) - int(before["player.x"])) + abs(
                int(after["player.y"]) - int(before["player.y"])
            )
            told.append((button, frames, cells, after["player.facing"], begins))
            assert after["player.moving"] == 0
            assert int(after["frame"]) == int(before["frame"]) + frames + 20
    return told


def test_a_button_is_held_for_exactly_the_frames_asked(core: Path) -> None:
    """A step takes 8 frames and begins anew while the button is held: the cells walked count the frames held."""
    facing = {"DOWN": 0, "UP": 1, "LEFT": 2, "RIGHT": 3}
    told = alone(walked, core, [1, 8, 9, 16, 17])
    assert told == [
        (button, frames, -(-frames // 8), facing[button], 1)
        for frames in (1, 8, 9, 16, 17)
        for button in ("DOWN", "UP", "LEFT", "RIGHT")
    ]


def pressed_together(core: Path) -> tuple[Scalar, Scalar]:
    player = Player(core)
    player.start()
    player.hold("", 30)
    still = player.watches()["steps"]
    player.hold("L+R+SELECT", 30)
    return still, player.watches()["steps"]


def test_buttons_that_the_game_ignores_do_nothing(core: Path) -> None:
    before, after = alone(pressed_together, core)
    assert before == after == 0


INPUTS = [("RIGHT", 20), ("UP+A", 7), ("", 15), ("LEFT", 33), ("DOWN+B", 9), ("A", 3), ("", 40)]


def from_a_state(core: Path) -> tuple[list[int], list[int], list[int], bytes, bytes]:
    """Play the same inputs twice from one state, then from the state of another moment."""
    player = Player(core)
    player.start()
    state = player.backend.save_state()
    runs = []
    for _ in range(2):
        player.hashes.clear()
        for buttons, frames in INPUTS:
            player.hold(buttons, frames)
        runs.append(list(player.hashes))
        ended = bytes(player.backend.memory()["ewram"])
        runs.append([hash(ended)])
        player.backend.load_state(state)
    player.hold("RIGHT", 40)
    player.hashes.clear()
    for buttons, frames in INPUTS:
        player.hold(buttons, frames)
    player.backend.load_state(state)
    return runs[0] + runs[1], runs[2] + runs[3], list(player.hashes), state, player.backend.save_state()


def test_two_runs_from_one_state_are_the_same_frame_by_frame(core: Path) -> None:
    first, second, elsewhere, state, again = alone(from_a_state, core)
    assert first == second
    assert first[:-1] != elsewhere, "the frames depend on the state"
    assert len(set(first)) > 20
    assert state == again


def whole_run(core: Path) -> list[int]:
    player = Player(core)
    player.start()
    for buttons, frames in INPUTS:
        player.hold(buttons, frames)
    return player.hashes


def test_two_processes_show_the_same_frames_from_power_on(core: Path) -> None:
    assert alone(whole_run, core) == alone(whole_run, core)


def packed_and_restored(core: Path) -> tuple[dict[str, Scalar], dict[str, Scalar], int]:
    player = Player(core)
    player.start()
    player.hold("RIGHT", 30)
    kept, before = pack_state(player.backend, 5, 0, "slot"), player.watches()
    player.hold("DOWN", 60)
    restore_state(player.backend, kept)
    return before, player.watches(), len(kept.data)


def test_a_packed_state_brings_the_game_back(core: Path) -> None:
    before, after, size = alone(packed_and_restored, core)
    assert before == after
    assert size < 100_000


def after_reset(core: Path) -> tuple[dict[str, Scalar], list[int], list[int]]:
    player = Player(core)
    player.start()
    player.hold("RIGHT", 30)
    player.backend.reset()
    player.hashes.clear()
    player.hold("", 100)
    first = list(player.hashes)
    watches = player.watches()
    player.backend.reset()
    player.hashes.clear()
    player.hold("", 100)
    return watches, first, list(player.hashes)


def test_reset_shows_the_title_again(core: Path) -> None:
    watches, first, second = alone(after_reset, core)
    assert watches["mode"] == 0
    assert int(watches["frame"]) < 110
    assert first == second


# --- what is refused -------------------------------------------------------------------------------------------------


def load(core: Path, rom: Path, sha256: str = "") -> str:
    backend = LibretroBackend(core, rom, GBA, sha256)
    backend.close()
    return backend.core


def test_a_core_that_is_a_text_file_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "mgba_libretro.so"
    text.write_text("hello")
    with pytest.raises(CoreError, match=f"{text}: the core cannot be loaded"):
        alone(load, text, ROM)


def test_a_core_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="the core cannot be loaded"):
        alone(load, tmp_path / "missing_libretro.so", ROM)


def test_a_library_that_is_no_core_is_refused() -> None:
    name = ctypes.util.find_library("c")
    folders = (Path("/lib/x86_64-linux-gnu"), Path("/lib/aarch64-linux-gnu"), Path("/lib64"), Path("/usr/lib"))
    library = next((folder / name for folder in folders if name and (folder / name).is_file()), None)
    if library is None:
        missing("the C library is in no folder known to this test")
        return
    with pytest.raises(CoreError, match=f"{library}: is no libretro core: it has no function retro_"):
        alone(load, library, ROM)


@pytest.mark.parametrize("data", [b"", b"hello", bytes(4096)], ids=["empty", "text", "zeros"])
def test_a_rom_that_is_none_is_refused(any_core: Path, tmp_path: Path, data: bytes) -> None:
    rom = tmp_path / "bad.gba"
    rom.write_bytes(data)
    with pytest.raises(RomError, match=str(rom)):
        alone(load, any_core, rom)


def test_a_rom_that_is_not_there_is_refused(any_core: Path, tmp_path: Path) -> None:
    with pytest.raises(RomError, match="cannot be read: No such file"):
        alone(load, any_core, tmp_path / "missing.gba")


def test_a_rom_of_another_hash_is_refused(any_core: Path) -> None:
    with pytest.raises(RomError, match="another ROM or version"):
        alone(load, any_core, ROM, "0" * 64)


def side_by_side(core: Path) -> tuple[list[int], list[int], list[int]]:
    """Play the same inputs on one emulator, and on another between whose frames a third runs elsewhere."""
    alone_, beside, other = Player(core), Player(core), Player(core)
    alone_.start()
    beside.start()
    for buttons, frames in INPUTS:
        alone_.hold(buttons, frames)
        for _ in range(frames):
            beside.hold(buttons, 1)
            other.hold("START", 1)
    other.backend.close()
    beside.hold("RIGHT", 40)
    alone_.hold("RIGHT", 40)
    return alone_.hashes, beside.hashes, other.hashes


def test_emulators_of_one_process_do_not_meet(core: Path) -> None:
    first, second, other = alone(side_by_side, core)
    assert first == second
    assert first[-len(other) :] != other


def stepped(core: Path, rom: Path, console: str, at_once: bool) -> list[tuple[int, int, int]]:
    """Play steps of many frames, at once or frame by frame; hash picture, memory and state after each."""
    backend = LibretroBackend(core, rom, CONSOLES[console])
    seen = []
    buttons = [button for button in backend.console.buttons if button != "SELECT"]
    for number in range(60):
        held = frozenset(buttons[i] for i in range(len(buttons)) if (number * 7919 >> i) & 3 == 3)
        frames = (24, 4, 1, 30, 2, 3, 5, 60)[number % 8]
        for _ in range(1 if at_once else frames):
            backend.step(held, frames if at_once else 1)
        memory = b"".join(memory.tobytes() for memory in backend.memory().values())
        picture, memory_hash, state = (
            xxhash.xxh3_64_intdigest(part) for part in (backend.frame().tobytes(), memory, backend.save_state())
        )
        seen.append((picture, memory_hash, state))
    return seen


ROMS = Path(__file__).parents[1] / "roms"


@pytest.mark.parametrize(
    ("console", "rom"),
    [("gba", ROM), ("gba", ROMS / "gba" / "pad.gba"), ("gb", ROMS / "gb" / "pad.gb"), ("gbc", ROMS / "gb" / "pad.gbc")],
    ids=["emberwood", "pad-gba", "pad-gb", "pad-gbc"],
)
def test_frames_that_are_not_drawn_change_nothing_else(core: Path, console: str, rom: Path) -> None:
    at_once, one_by_one = alone(stepped, core, rom, console, True), alone(stepped, core, rom, console, False)
    assert at_once == one_by_one
    assert len(set(at_once)) > 40


def loaded_after_close(core: Path, bad: Path) -> str:
    """Load again after a close, and after a load that failed."""
    load(core, ROM)
    for rom, console_core in ((bad, core), (ROM, bad)):
        try:
            load(console_core, rom)
        except (RomError, CoreError):
            continue
        raise AssertionError("a bad file was loaded")
    return load(core, ROM)


def test_after_a_close_or_a_failure_the_next_game_can_be_loaded(any_core: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("bad")
    assert alone(loaded_after_close, any_core, bad).startswith("mGBA ")


def wrong_states(core: Path) -> list[str]:
    player = Player(core)
    player.start()
    state = player.backend.save_state()
    before = player.watches()
    told = []
    for wrong in (b"", b"x", state[:-1], state + b"x"):
        try:
            player.backend.load_state(wrong)
        except StateError as error:
            told.append(str(error))
        assert player.watches() == before
    player.hold("", 10)
    return told


def test_a_state_of_another_size_is_refused_and_the_game_goes_on(core: Path) -> None:
    told = alone(wrong_states, core)
    assert len(told) == 4
    for text in told:
        assert "with this game has" in text
