"""Sessions that keep inputs only, for tests: what a bridge would record of an emulator with `store = "inputs"`."""

from collections.abc import Iterable

import msgspec

from runtime import wire
from runtime.backend import Backend
from runtime.memory_codec import MemoryDecoder
from runtime.session_meta import STORES, SessionMeta
from streams.execution import memory_hash
from tests.streams_source import Frame, meta_of


def inputs_meta(backend: Backend, name: str, *, rom: str = "scripted", game_toml: str | None = None) -> SessionMeta:
    meta = (
        meta_of(backend, name, rom=rom) if game_toml is None else meta_of(backend, name, rom=rom, game_toml=game_toml)
    )
    return msgspec.structs.replace(meta, store="inputs", kinds=STORES["inputs"])


def inputs_only(frames: Iterable[Frame]) -> list[Frame]:
    """Return the frames with a hash in place of video, memory and state; a reader may begin at each savestate."""
    memory = MemoryDecoder()
    return [_reduced(frame_index, payloads, memory) for frame_index, payloads, _ in frames]


def _reduced(frame_index: int, payloads: list[tuple[str, bytes]], memory: MemoryDecoder) -> Frame:
    kept = [item for item in payloads if item[0] in STORES["inputs"]]
    pixels_hash = 0
    for kind, data in payloads:
        if kind == "frame":
            pixels_hash = wire.decode(wire.Frame, data).pixels_hash
        elif kind == "memory":
            memory.apply(wire.decode(wire.MemoryDiff, data))
    regions = {region.name: memory.region(region.name) for region in memory.regions}
    taken = memory_hash(memory.regions, regions) if frame_index % 60 == 0 else 0
    known = wire.FrameHash(frame_index=frame_index, pixels_hash=pixels_hash, memory_hash=taken)
    return frame_index, [*kept, ("hash", wire.encode(known))], any(kind == "savestate" for kind, _ in kept)
