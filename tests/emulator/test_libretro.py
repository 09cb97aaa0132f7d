"""Real cores run the built-in game; what is special to libretro. What all backends must do is in tests/conformance."""

import ctypes.util
import hashlib
from pathlib import Path

import pytest
import xxhash

from runtime.bridges.core_search import search_folders
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError, StateError
from runtime.game import BUILTIN, WatchReader, check_regions, load_game
from runtime.memory_codec import MemoryEncoder
from runtime.wire import Region, Scalar
from tests.alone import alone, missing

GBA = CONSOLES["gba"]
GAME_TOML = BUILTIN / "emberwood" / "game.toml"
ROM = BUILTIN / "emberwood" / "emberwood.gba"
CORES = [
    path
    for folder in search_folders()
    for path in sorted(folder.glob("mgba_libretro.*"))
    if path.suffix in (".so", ".dylib", ".dll")
]


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
    with pytest.raises(CoreError, match=f"{library}: is no libretro core: it has no function retro_"):
        alone(load, library, ROM)


INPUTS = [("RIGHT", 20), ("UP+A", 7), ("", 15), ("LEFT", 33), ("DOWN+B", 9), ("A", 3), ("", 40)]


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
