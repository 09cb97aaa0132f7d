"""SkyEmu, the real program (SKYEMU_BIN): frames a second with all memory, and with 256 watched bytes, each frame."""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

from runtime.backend import Opening
from runtime.bridges.skyemu import FAMILY, Scan, SkyEmuBackend, SkyEmuOptions
from runtime.config import env
from runtime.game import BUILTIN, Watch, load_game
from tests.bench.report import row

ROUNDS, FRAMES = 9, 30

GAME = load_game(BUILTIN / "emberwood" / "game.toml")
ROM = BUILTIN / "emberwood" / GAME.game.rom

#: One page of 256 bytes.
WATCH = Watch(name="page", address=0x0200_0000, type="u8", shape=(256,))


def main() -> None:
    if not env("SKYEMU_BIN"):
        row("SkyEmu", "left out: SKYEMU_BIN is not set")
        return
    with ExitStack() as stack:
        opened = {memory: stack.enter_context(closing(_open(memory))) for memory in ("full", "watched")}
        bare = opened["watched"]
        ways: dict[str, Callable[[], None]] = {
            "bare": lambda: bare._http.do("/step?frames=1"),
            "full": lambda: opened["full"].step(frozenset()),
            "watched": lambda: opened["watched"].step(frozenset()),
        }
        rates = _rates(ways)
    row("SkyEmu, step alone", f"{rates['bare']:.0f} frames/s")
    for memory, what, least in (("full", "frame + all memory", 25), ("watched", "frame + 256 watched bytes", 60)):
        seen = rates[memory]
        row(f"  {what}", f"{seen:.0f}/s, {seen / rates['bare']:.2f} of it", f"≥ {least}/s", ok=seen >= least)


def _open(memory: Scan) -> SkyEmuBackend:
    program = FAMILY.find(GAME.console, "")
    options = SkyEmuOptions(memory=memory)
    return FAMILY.open(Opening(rom=str(ROM), console="gba", core=program, options=options, watches=(WATCH,)))


def _rates(ways: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Return each way's frames a second: the median of rounds that take turns."""
    rounds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, one_frame in ways.items():
            started = time.perf_counter()
            for _ in range(FRAMES):
                one_frame()
            rounds[way].append(FRAMES / (time.perf_counter() - started))
    return {way: statistics.median(seen) for way, seen in rounds.items()}
