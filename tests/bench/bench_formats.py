"""Dataset builds of the same frames: Parquet and LeRobot by us, LeRobot by its own writer (`make lerobot`)."""

import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.game import find_game
from runtime.pixels import to_rgb
from streams.datasets.build import Options, build
from streams.datasets.format import load_format
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.bench.report import row
from tests.streams_source import meta_of, play, record, walk

FRAMES, ROUNDS = 600, 3
RATIO = 3.0

ROOT = Path(__file__).parents[2]
LEROBOT = Path(os.environ.get("FRAMEWIRE_LEROBOT_PYTHON", ROOT / ".venv-lerobot/bin/python"))


def main() -> None:
    if not LEROBOT.exists():
        row("lerobot's own writer", "not installed: make lerobot")
        return
    asyncio.run(_main())


async def _main() -> None:
    game = find_game("emberwood")
    backend = LibretroBackend(find_core(CONSOLES["gba"]), game.parent / "emberwood.gba", CONSOLES["gba"])
    game_toml = game.read_text(encoding="utf-8")
    store = MemoryStore()
    frames = list(play(backend, FRAMES, game_toml=game_toml, held=walk))
    await record(store, "bench", frames, meta=meta_of(backend, "bench", game_toml=game_toml))
    backend.close()
    session = await open_session(store, "bench")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await _save(session, folder / "frames.npz")
        rates: dict[str, list[float]] = {}
        for turn in range(ROUNDS):
            for label, format_name, settings in (
                ("parquet", "parquet", {}),
                ("lerobot, images", "lerobot", {}),
                ("lerobot, lossless video", "lerobot", {"video": "lossless"}),
            ):
                started_s = time.perf_counter()
                out = folder / f"{label}{turn}"
                await build([session], load_format(format_name), out, command="", options=Options(settings=settings))
                rates.setdefault(label, []).append(FRAMES / (time.perf_counter() - started_s))
            for mode in ("images", "video"):
                rates.setdefault(f"its own, {mode}", []).append(_peer(folder, mode, turn))
    medians = {label: statistics.median(values) for label, values in rates.items()}
    for label, rate in medians.items():
        row(f"build {label}", f"{rate:,.0f} frames/s")
    for label, peer in (
        ("parquet", "images"),
        ("lerobot, images", "images"),
        ("lerobot, lossless video", "video"),
    ):
        ratio = medians[label] / medians[f"its own, {peer}"]
        row(f"{label} ÷ lerobot's own writer, {peer}", f"{ratio:.1f}x", f"≥ {RATIO:.0f}x", ok=ratio >= RATIO)


async def _save(session: Session, path: Path) -> None:
    """Save the frames as the peer reads them."""
    pixels, states, actions = [], [], []
    buttons = session.meta.buttons
    async for tick in session.ticks(("input", "frame", "state")):
        assert tick.frame is not None
        assert tick.input is not None
        pixels.append(to_rgb(tick.frame, session.meta.pixel_format))
        states.append([float(value) for value in tick.state.values()])
        actions.append([float(button in tick.input.buttons) for button in buttons])
    np.savez(path, pixels=np.stack(pixels), states=np.array(states, np.float32), actions=np.array(actions, np.float32))


def _peer(folder: Path, mode: str, turn: int) -> float:
    script = ROOT / "tests/bench/lerobot_peer.py"
    words = (LEROBOT, script, folder / "frames.npz", mode, folder / f"peer-{mode}{turn}")
    command = [str(word) for word in words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout.splitlines()[-1])
    return float(measured["frames"]) / float(measured["seconds"])


if __name__ == "__main__":
    main()
