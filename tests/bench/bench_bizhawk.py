"""BizHawk's ways of looking at memory, on the emulated host: the ratios hold for the scripts, not for EmuHawk."""

import contextlib
import statistics
import time
from collections.abc import Iterator

from runtime.backend import Opening
from runtime.bridges.bizhawk import FAMILY, BizHawkBackend, BizHawkOptions
from runtime.game import BUILTIN, load_game
from tests.bench.report import row
from tests.emuhawk_host.running import SCRIPTS, free_port, start_host

GAME = BUILTIN / "emberwood"
ROM = GAME / "emberwood.gba"
ROUNDS, FRAMES = 15, 40

#: Name, memory, pictures.
WAYS = (
    ("full", "full", "frame"),
    ("chunked", "chunked", "frame"),
    ("chunked, a picture per set", "chunked", "set"),
    ("watched", "watched", "frame"),
)


def main() -> None:
    with contextlib.ExitStack() as stack:
        backends = {name: stack.enter_context(_opened(memory, pictures)) for name, memory, pictures in WAYS}
        for backend in backends.values():
            backend.step(frozenset(), frames=60)
        seconds: dict[str, list[float]] = {name: [] for name in backends}
        for _ in range(ROUNDS):
            for name, backend in backends.items():
                start = time.perf_counter()
                for _ in range(FRAMES):
                    backend.step(frozenset())
                seconds[name].append((time.perf_counter() - start) / FRAMES)
    full = statistics.median(seconds["full"])
    for name, each in seconds.items():
        median = statistics.median(each)
        against = "" if name == "full" else f"  {full / median:.2f} x full"
        row(f"frame and memory, {name}", f"{1 / median:.0f} frames/s{against}")


@contextlib.contextmanager
def _opened(memory: str, pictures: str) -> Iterator[BizHawkBackend]:
    port = free_port()
    host = start_host(ROM, SCRIPTS / "bizhawk.lua", port=port)
    try:
        options = BizHawkOptions(port=port, memory=memory, pictures=pictures)  # type: ignore[arg-type]  # of WAYS
        watches = load_game(GAME / "game.toml").watch
        backend = FAMILY.open(Opening(rom=str(ROM), console="gba", options=options, watches=watches))
        try:
            yield backend
        finally:
            backend.close()
    finally:
        host.kill()
        host.communicate()
