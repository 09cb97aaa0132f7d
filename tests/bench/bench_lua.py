"""mGBA through its Lua scripting: what a frame with its picture and memory costs, against mGBA on its own.

The rounds take turns, so that what else this machine does falls on all of them.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from runtime.backend import Opening
from runtime.bridges.mgba_lua import FAMILY, SCRIPT, MgbaLuaBackend, MgbaLuaOptions
from runtime.game import BUILTIN, load_game
from tests.bench.report import row
from tests.mgba_window import MgbaWindow, mgba_window, missing_tools

_GAME = BUILTIN / "emberwood" / "game.toml"
_ROM = BUILTIN / "emberwood" / "emberwood.gba"

#: Issue 4: "Full 288 KB at >= 30 fps and watched pages at the emulator's own speed".
_FULL_FPS = 30.0


_ROUNDS = 5
_ROUND_S = 2.0


@contextmanager
def _opened(window: MgbaWindow, memory: str, pace: str) -> Iterator[MgbaLuaBackend]:
    options: dict[str, Any] = {"address": f"127.0.0.1:{window.port}", "memory": memory, "pace": pace}
    watches = load_game(_GAME).watch
    backend = FAMILY.open(Opening(rom=str(_ROM), console="gba", options=MgbaLuaOptions(**options), watches=watches))
    try:
        yield backend
    finally:
        backend.close()


def _stepped(backend: MgbaLuaBackend) -> tuple[float, float]:
    """Return steps/s, and the frames/s that mGBA made."""
    started, steps, frames = time.perf_counter(), 0, 0
    while (took := time.perf_counter() - started) < _ROUND_S:
        backend.step(frozenset())
        steps += 1
        frames += 1 + backend.skipped
    return steps / took, frames / took


def _alone(window: MgbaWindow) -> float:
    """Return the frames/s of an mGBA whose script does nothing but look for a bridge, from its title."""
    time.sleep(_ROUND_S + 1.0)  # the title shows the last second
    return window.frames_per_s


def _compare(window: MgbaWindow) -> dict[str, float]:
    """Return medians: frames/s alone, and steps/s of each way."""
    seen: dict[str, list[float]] = {}
    for _ in range(_ROUNDS):
        seen.setdefault("alone", []).append(_alone(window))
        for memory in ("full", "watched"):
            for pace in ("lockstep", "free"):
                with _opened(window, memory, pace) as backend:
                    steps, frames = _stepped(backend)
                seen.setdefault(f"{memory} {pace}", []).append(steps)
                seen.setdefault(f"{memory} {pace}, mGBA's own", []).append(frames)
    return {name: statistics.median(rates) for name, rates in seen.items()}


def main() -> None:
    """Print the rows."""
    if lacking := missing_tools():
        row("mGBA Lua", lacking)
        return
    with mgba_window(_ROM) as window:
        window.run_script(SCRIPT)
        own_speed = _compare(window)
        window.hurry()
        fast = _compare(window)
    full = fast["full lockstep"]
    row("frame + 288 KB each, lockstep", f"{full:.0f} frames/s", f">= {_FULL_FPS:.0f}", ok=full >= _FULL_FPS)
    row("frame + watched pages each, lockstep", f"{fast['watched lockstep']:.0f} frames/s")
    for memory in ("full", "watched"):
        ratio = own_speed[f"{memory} lockstep"] / own_speed["alone"]
        wanted, ok = (">= 0.95", ratio >= 0.95) if memory == "watched" else ("", None)
        shown = f"{ratio:.2f} x mGBA alone ({own_speed['alone']:.1f} frames/s)"
        row(f"{memory} memory at the console's speed, lockstep", shown, wanted, ok=ok)
        own, seen = own_speed[f"{memory} free, mGBA's own"], own_speed[f"{memory} free"]
        shown = f"{own / own_speed['alone']:.2f} x mGBA alone, {seen / own:.2f} of its frames seen"
        row(f"{memory} memory at the console's speed, free", shown)
    row("mGBA alone, as fast as it can", f"{fast['alone']:.0f} frames/s")
