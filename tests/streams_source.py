"""Sessions for the tests of streams: what a bridge would record of an emulator, without a bus."""

import random
from collections.abc import Callable, Iterator, Sequence

from runtime import wire
from runtime.backend import Backend, pack_state
from runtime.bridges.scripted import ScriptedBackend
from runtime.capture import Capture
from runtime.game import parse_game
from runtime.session_meta import Recorder, SessionMeta
from runtime.subjects import RECORDED
from streams.chunks import unpack
from streams.recorder import Limits, StreamRecorder
from streams.store import SessionStore

#: Watches of ScriptedBackend; an episode succeeds when the square has gone 30 pixels to the right.
GAME = """
[game]
name = "square"
console = "gba"

[[watch]]
name = "frame"
address = 0x02000000
type = "u32le"
meaning = "Frames | emulated"

[[watch]]
name = "player.x"
address = 0x02000004
type = "u16le"

[episode]
success = "player.x == 142"
"""

Frame = tuple[int, list[tuple[str, bytes]], bool]


def meta_of(backend: Backend, name: str, *, rom: str = "scripted", game_toml: str = GAME) -> SessionMeta:
    return SessionMeta(
        session=name,
        created="2026-11-20T12:00:00+00:00",
        game="square",
        game_toml=game_toml,
        rom=rom,
        rom_sha256=backend.rom_sha256,
        console="gba",
        width=240,
        height=160,
        rate_hz=backend.console.rate_hz,
        buttons=backend.console.buttons,
        pixel_format=backend.pixel_format,
        regions=backend.regions,
        core=backend.core,
        clock="free",
    )


def held_on(frame_index: int) -> tuple[str, ...]:
    """Buttons that name their frame: each differs from its neighbours'."""
    return (("RIGHT",), ("RIGHT", "UP"), (), ("LEFT", "A"), ("RIGHT",), ("DOWN",))[frame_index % 6]


def walk(frame_index: int) -> tuple[str, ...]:
    """Buttons that leave Emberwood's title and wander about."""
    if frame_index < 120:
        return ("START",) if frame_index % 20 < 4 else ()
    return (random.Random(frame_index // 16).choice(("UP", "DOWN", "LEFT", "RIGHT", "A")),)


def play(
    backend: Backend,
    count: int,
    *,
    jumps: tuple[int, ...] = (),
    game_toml: str = GAME,
    held: Callable[[int], tuple[str, ...]] = held_on,
) -> Iterator[Frame]:
    """Yield (frame, payloads, key) as a bridge records them; a jump is a reset before that frame."""
    capture = Capture(backend, parse_game(game_toml, "game.toml") if game_toml else None)
    for i in range(count):
        flow: list[tuple[str, wire.Payload]] = []
        if i in jumps:
            backend.reset()
            capture.force_key()
        if i % 600 == 0 or i in jumps:
            reason = "start" if i == 0 else "jump" if i in jumps else "periodic"
            flow.append(("savestate", pack_state(backend, i, i, reason)))
        if i % 50 == 10:
            flow.append(("plan", wire.Plan(actor="planner", frame_index=i - 1, sent_ns=i, plan_id=f"p{i}", goal="go")))
        if i % 50 == 20:
            facts = (wire.Fact("Area", f"area:{i}", {"seen": 1}),)
            flow.append(("learnt", wire.Learnt(actor="tactic", frame_index=i - 1, sent_ns=i, facts=facts)))
        backend.step(frozenset(held(i)))
        key = capture.next_is_key
        payloads, ends = capture.frame(i, i)
        flow += [("event", end) for end in ends]
        cause = wire.Cause(actor="reflex", buttons=held(i), observed_frame=i - 1, plan_id=f"p{i // 50 * 50}")
        flow.append(("input", wire.Input(frame_index=i, sent_ns=i, buttons=held(i), causes=(cause,))))
        flow += [item for item in payloads if item[0] in RECORDED]
        yield i, [(kind, wire.encode(payload)) for kind, payload in flow], key


def ended(frame_index: int) -> list[tuple[str, bytes]]:
    event = wire.Event(source="bridge", frame_index=frame_index, sent_ns=0, name="session.ended")
    return [("event", wire.encode(event))]


async def record(
    store: SessionStore,
    name: str,
    frames: list[Frame],
    *,
    backend: Backend | None = None,
    limits: Limits | None = None,
    meta: SessionMeta | None = None,
) -> Recorder:
    """Record frames to the end."""
    recorder = StreamRecorder(store, limits)
    await recorder.open(meta or meta_of(backend or ScriptedBackend(), name))
    for frame_index, payloads, key in frames:
        recorder.record(frame_index, payloads, key=key)
    recorder.record(frames[-1][0], ended(frames[-1][0]), key=False)
    await recorder.close()
    return recorder


def without(frames: list[Frame], first: int, last: int, kind: str = "") -> list[Frame]:
    """Return the frames without a kind, or without anything, from first to last."""
    kept: list[Frame] = []
    for frame_index, payloads, key in frames:
        if not first <= frame_index <= last:
            kept.append((frame_index, payloads, key))
        elif kind:
            kept.append((frame_index, [item for item in payloads if item[0] != kind], key))
    return kept


async def stored_payloads(store: SessionStore, name: str = "s") -> dict[str, list[tuple[int, bytes]]]:
    """Return each kind's payloads as the store has them, with their frames."""
    found: dict[str, list[tuple[int, bytes]]] = {}
    async for chunk in store.chunks(name, RECORDED):
        found.setdefault(chunk.kind, []).extend((record.frame_index, record.data) for record in unpack(chunk))
    return found


def given_payloads(frames: Sequence[Frame]) -> dict[str, list[tuple[int, bytes]]]:
    """Return each kind's payloads as a bridge gives them, with their frames."""
    found: dict[str, list[tuple[int, bytes]]] = {}
    for frame_index, payloads, _ in frames:
        for kind, data in payloads:
            found.setdefault(kind, []).append((frame_index, data))
    return found
