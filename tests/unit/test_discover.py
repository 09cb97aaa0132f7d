"""What moves with which button is found among what moves by itself, and becomes a game.toml that can be read."""

import numpy as np
import pytest
from numpy.typing import NDArray

from runtime.bridges.scripted import ScriptedBackend
from runtime.discover.candidates import Candidate, find_candidates
from runtime.discover.description import Found, address_of, description, name_of
from runtime.discover.play import DIRECTIONS, observe
from runtime.discover.trials import NONE, WATCHED_FRAMES, Trial, gathered
from runtime.game import parse_game
from runtime.rom_header import RomHeader
from runtime.wire import Region

#: Where the made-up game keeps what it knows.
FRAME, X, Y, FACING, PIXEL_X, TALKING, HELD, NOISE = 0x10, 0x21, 0x22, 0x23, 0x30, 0x40, 0x50, 0x60
SIZE = 0x100
WAYS = {"UP": (0, -1), "DOWN": (0, 1), "LEFT": (-1, 0), "RIGHT": (1, 0)}


class World:
    """A game of 40 x 40 cells with a wall around, in SIZE bytes of memory."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.frame, self.facing, self.talking = int(self.rng.integers(70_000)), 0, 0
        self.x, self.y = (int(value) for value in self.rng.integers(0, 40, 2))

    def memory(self) -> NDArray[np.uint8]:
        memory = np.zeros(SIZE, dtype=np.uint8)
        memory[FRAME : FRAME + 4] = list((self.frame & 0xFFFF).to_bytes(4, "little"))
        memory[X], memory[Y], memory[FACING], memory[TALKING] = self.x, self.y, self.facing, self.talking
        memory[PIXEL_X : PIXEL_X + 2] = list((16 * self.x).to_bytes(2, "little"))
        memory[NOISE:] = self.rng.integers(0, 256, SIZE - NOISE)
        return memory

    def trial(self, frames: int, cells: int) -> Trial:
        """Try each button from here; the D-pad goes so many cells."""
        start, here = self.memory(), (self.frame, self.x, self.y, self.facing, self.talking)
        after, steps = {}, []
        for button in (NONE, *DIRECTIONS, "A", "B"):
            self.frame, self.x, self.y, self.facing, self.talking = here
            if button == NONE:
                for _ in range(WATCHED_FRAMES):
                    self.frame += 1
                    steps.append(self.memory())
            self.frame = here[0] + frames
            if button in WAYS:
                self.facing = 1 + list(WAYS).index(button)
                self.x = min(max(self.x + cells * WAYS[button][0], 0), 39)
                self.y = min(max(self.y + cells * WAYS[button][1], 0), 39)
            self.talking += button == "A"
            after[button] = self.memory()
        self.frame, self.x, self.y, self.facing, self.talking = here
        return Trial(start, frames, after, np.stack(steps))

    def wander(self) -> None:
        self.frame += int(self.rng.integers(100, 900))
        self.x, self.y = (int(value) for value in self.rng.integers(0, 40, 2))
        self.facing = int(self.rng.integers(1, 5))


def found_in(seed: int, places: int) -> dict[str, Candidate]:
    world, trials = World(seed), []
    for _ in range(places):
        world.wander()
        trials.append(world.trial(frames=int(world.rng.integers(24, 40)), cells=int(world.rng.integers(1, 3))))
    return {one.name: one for one in find_candidates(gathered(trials))}


@pytest.mark.parametrize("seed", range(5))
def test_each_is_found_at_its_place_among_noise(seed: int) -> None:
    found = found_in(seed, 16)
    at = {name: (one.offset, one.type) for name, one in found.items()}
    assert at == {
        "frame": (FRAME, "u32le"),
        "player.x": (X, "u8"),
        "player.y": (Y, "u8"),
        "player.pixel_x": (PIXEL_X, "u16le"),
        "player.facing": (FACING, "u8"),
        "with_a": (TALKING, "u8"),
    }
    assert found["player.facing"].values == ((1, "up"), (2, "down"), (3, "left"), (4, "right"))


def test_one_place_is_too_little_evidence_for_all_but_time() -> None:
    assert {name.split(".")[0] for name in found_in(1, 1)} <= {"frame"}


def still(count: int) -> Trial:
    """Return a trial in which nothing happened."""
    memory = np.full(count, 7, dtype=np.uint8)
    after = dict.fromkeys((NONE, *DIRECTIONS, "A", "B"), memory)
    return Trial(memory, 30, after, np.stack([memory] * WATCHED_FRAMES))


def test_where_nothing_moves_nothing_is_found() -> None:
    assert find_candidates(gathered([still(64)] * 5)) == []
    assert find_candidates(gathered([still(0)])) == []


def test_a_game_is_played_and_its_square_is_found_within_the_frames_given() -> None:
    backend, done = ScriptedBackend(), [0]
    trials = observe(backend, 3000, 1, done.append)
    assert done[-1] <= 3000
    assert len(trials) > 3
    found = {one.name: one for one in find_candidates(gathered(trials))}
    assert (found["frame"].offset, found["frame"].type) == (0, "u32le")
    assert (found["player.x"].offset, found["player.y"].offset) == (4, 6)


def test_the_same_seed_sees_the_same() -> None:
    one, same, other = (observe(ScriptedBackend(), 2000, seed) for seed in (1, 1, 2))
    assert [trial.start.tobytes() for trial in one] == [trial.start.tobytes() for trial in same]
    assert [trial.start.tobytes() for trial in one] != [trial.start.tobytes() for trial in other]


REGIONS = (Region("odd", 0xC000, 13), Region("hram", 0xFF80, 0x7F))


def test_bytes_of_the_image_have_their_address() -> None:
    assert address_of(0, REGIONS) == 0xC000
    assert address_of(12, REGIONS) == 0xC00C
    assert address_of(16, REGIONS) == 0xFF80  # the first region is padded to 16 bytes
    for nowhere in (13, 16 + 0x7F):
        with pytest.raises(ValueError, match="no region holds byte"):
            address_of(nowhere, REGIONS)


@pytest.mark.parametrize(
    ("title", "stem", "name"),
    [("POKEMON RED", "x", "pokemon_red"), ("", "My Game (USA)", "my_game_usa"), ("!?", "", "game")],
)
def test_a_game_gets_a_name_for_files_and_subjects(title: str, stem: str, name: str) -> None:
    assert name_of(title, stem) == name


def test_what_is_written_is_a_description() -> None:
    header = RomHeader('A "B\\', (("version", "1.0"),), ("header checksum 0x00: it should be 0x01",))
    candidates = (
        Candidate("player.x", 3, "u8", "Perhaps x.", "RIGHT +"),
        Candidate("player.facing", 16, "u8", "Perhaps facing.", "in 4 of 4", ((0, "up"), (8, "down"))),
    )
    found = Found("maze", "/roms/a b.gb", "gb", "ab" * 32, header, "core 1", 600, 2, candidates, REGIONS)
    game = parse_game(description(found), "game.toml")
    assert (game.game.name, game.game.title, game.game.rom) == ("maze", 'A "B\\', "/roms/a b.gb")
    assert [(watch.name, watch.address) for watch in game.watch] == [("player.x", 0xC003), ("player.facing", 0xFF80)]
    assert game.watch[1].values == {"0": "up", "8": "down"}
    assert "# header checksum 0x00: it should be 0x01" in description(found).replace("#   ", "# ")
