"""Sessions whose memory is known frame by frame, for the tests of its search."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.memory_codec import MemoryEncoder
from runtime.wire import Region
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.streams_source import Frame, meta_of, record

#: Regions whose sizes and addresses are awkward on purpose: no multiple of a word, and odd.
REGIONS = (Region("low", 0x1000, 61), Region("odd", 0x2001, 30))


def memory_of(frames: int, seed: int) -> NDArray[np.uint8]:
    """Return memory by frame, (frames, 91) uint8: counters up and down, steps now and then, noise, much that stays."""
    rng = np.random.default_rng(seed)
    memory = np.zeros((frames, sum(region.size for region in REGIONS)), np.uint8)
    memory[:] = rng.integers(0, 256, memory.shape[1])
    count = np.arange(frames)
    memory[:, 4:6] = (count + 250).astype("<u2").view(np.uint8).reshape(-1, 2)
    memory[:, 7:9] = (5000 - 3 * count).astype(">i2").view(np.uint8).reshape(-1, 2)
    memory[:, 14:18] = (count // 40 * 70_000).astype("<u4").view(np.uint8).reshape(-1, 4)
    memory[:, 20] = rng.integers(0, 3, frames)
    memory[:, 62:66] = np.repeat(rng.integers(0, 256, (frames // 50 + 1, 4)), 50, axis=0)[:frames]
    memory[frames // 2 :, 30] = 7
    return memory


def by_region(row: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Return one frame's memory by region."""
    edges = np.cumsum([0, *(region.size for region in REGIONS)])
    return {region.name: row[edges[i] : edges[i + 1]] for i, region in enumerate(REGIONS)}


async def recorded(memory: NDArray[np.uint8], missing: tuple[int, ...] = ()) -> Session:
    """Record memory as a bridge would, and open it; messages of `missing` frames are left out."""
    encoder = MemoryEncoder(REGIONS)
    frames: list[Frame] = []
    for i, row in enumerate(memory):
        diff = encoder.encode(i, by_region(row), i)
        kinds = [("input", wire.encode(wire.Input(frame_index=i, sent_ns=i, buttons=())))]
        if i not in missing:
            kinds.append(("memory", wire.encode(diff)))
        frames.append((i, kinds, diff.whole))
    store = MemoryStore()
    meta = msgspec.structs.replace(meta_of(ScriptedBackend(), "s", game_toml=""), regions=REGIONS)
    await record(store, "s", frames, meta=meta)
    return await open_session(store, "s")
