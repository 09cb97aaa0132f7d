"""What benchmarks play: the built-in game's scenes, and every ROM in the folder that FRAMEWIRE_BENCH_ROMS names.

The ROMs are homebrew under free licences that this repository does not hold. Those of the published figures are from
the GitHub repositories gbadev-org/games and gbdev/database: Attack on Voxelburg, Galactic Quest, uCity Advance and
Geometrix (GPL-3.0), MeteoRain, xniq, Tobu Tobu Girl and its Deluxe edition (MIT), The Hat Chooses the Wizard (MPL-2.0),
Shock Lobster (zlib).
"""

import asyncio
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.actor import load_class, make
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.bridges.libretro import LibretroBackend
from runtime.clock import WallClock
from runtime.console import CONSOLES
from runtime.game import load_game
from runtime.loop import ActorLoop, LoopOptions
from runtime.memory_bus import MemoryBus
from runtime.plan import Plan, rate_of
from runtime.slots import MemorySlots
from runtime.subjects import SessionId
from runtime.tape import TapeOptions
from tests.bench.session import make_plan
from tests.stage import ListRecorder

SESSION = SessionId("bench")

#: Frames of each game; the built-in one gets more, as its scenes are shown one after another.
FRAMES = 3600
QUEST_FRAMES = 10_800

#: Areas of Emberwood by their number (game.toml).
_AREAS = {1: "village", 2: "forest", 3: "cave"}

Recorded = tuple[int, list[tuple[str, bytes]], bool]


@dataclasses.dataclass
class Scene:
    """A stretch of play.

    Attributes:
        name: For people.
        recorded: (frame, payloads, key) of every frame as the bridge recorded them, with "hash" beside the pixels.
        pixels: (T, H, W), native.
        pixel_format: Their format.
        rate_hz: The console's frames a second.
    """

    name: str
    recorded: list[Recorded]
    pixels: NDArray[np.uint16]
    pixel_format: str
    rate_hz: float

    @property
    def moving(self) -> float:
        """The part of frames that differ from the one before."""
        return sum(map(np.array_equal, self.pixels[1:], self.pixels[:-1])) / -len(self.pixels) + 1

    @property
    def raw_bytes(self) -> int:
        """Bytes of a frame as RGB555."""
        return 2 * int(self.pixels[0].size)


class Filmed(LibretroBackend):
    """An emulator that keeps all its pictures."""

    film: list[NDArray[np.uint16]]

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        super().step(buttons, frames)
        self.film.append(self.frame().astype(np.uint16))


def scenes(frames: int = FRAMES, quest_frames: int = QUEST_FRAMES) -> Iterator[Scene]:
    """Play everything, one after another."""
    title = play("", frames, actors=False)
    yield dataclasses.replace(title, name="emberwood title")
    quest = play("", quest_frames)
    areas = np.array([_area(payloads) for _, payloads, _ in quest.recorded])
    for number, name in _AREAS.items():
        kept = np.flatnonzero(areas == number)
        recorded = [quest.recorded[i] for i in kept]
        yield dataclasses.replace(quest, name=f"emberwood {name}", recorded=recorded, pixels=quest.pixels[kept])
    for rom in roms():
        yield play(str(rom), frames)


def roms() -> list[Path]:
    """Return the ROMs there are."""
    folder = os.environ.get("FRAMEWIRE_BENCH_ROMS", "")
    return sorted(path for path in Path(folder).iterdir() if path.suffix in (".gba", ".gb", ".gbc")) if folder else []


def play(rom: str, frames: int, *, actors: bool = True) -> Scene:
    """Play a ROM, or the built-in game, with the actors that `runtime up` gives it."""
    return asyncio.run(_play(make_plan(SESSION, rom=rom, clock="lockstep", record=False, actors=None), frames, actors))


async def _play(plan: Plan, frames: int, with_actors: bool) -> Scene:
    backend = Filmed(Path(plan.core), Path(plan.rom), CONSOLES[plan.console], plan.rom_sha256)
    backend.film = []
    game = load_game(Path(plan.game_toml)) if plan.game_toml else None
    entries = plan.actors if with_actors else ()
    options = BridgeOptions(
        SESSION,
        "lockstep" if entries else "free",
        game_toml=Path(plan.game_toml).read_text(encoding="utf-8") if plan.game_toml else "",
        frames=frames,
        wait_for=tuple(entry.name for entry in entries),
        tape=TapeOptions(kinds=(*TapeOptions().kinds, "hash")),
    )
    bus, recorder = MemoryBus(), ListRecorder()
    slots = MemorySlots()
    bridge = Bridge(backend, bus, options, clock=WallClock(), game=game, slots=slots, recorder=recorder)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(bridge.run())
            for entry in entries:
                actor = make(load_class(entry.uses, Path(plan.folder)), entry.config, entry.name)
                loop = LoopOptions(entry.name, SESSION, rate_of(entry), entry.priority, entry.hold_frames)
                group.create_task(ActorLoop(actor, bus, loop).run())
    finally:
        backend.close()

    recorded = [item for item in recorder.kept if any(kind == "frame" for kind, _ in item[1])]
    pixels = np.stack(backend.film)
    return Scene(Path(plan.rom).stem, recorded, pixels, backend.pixel_format, backend.console.rate_hz)


def _area(payloads: list[tuple[str, bytes]]) -> int:
    values = wire.decode(wire.State, dict(payloads)["state"]).values
    return int(values["area"]) if values["mode"] == 1 else 0
