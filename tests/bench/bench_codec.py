"""Video: time to encode and decode a frame on one thread. And the CPU that encoding and recording take at 60 Hz."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import uvloop

from runtime import wire
from runtime.backend import Backend, pack_state
from runtime.bridge_options import BridgeOptions
from runtime.capture import Capture
from runtime.frame_codec import FrameDecoder, FrameEncoder
from runtime.game import load_game
from runtime.launch import RecorderChoice
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.process import make_backend, session_meta
from runtime.session_meta import Recorder
from runtime.subjects import RECORDED
from streams.recorder import SAVESTATE_EVERY, jetstream_recorder
from tests.bench.games import SESSION, Scene, scenes
from tests.bench.report import row
from tests.bench.session import make_plan
from tests.streams_source import walk

#: Frames of each scene that are timed, from its middle on.
TIMED = 1200

SECONDS, WARM_UP_FRAMES = 10.0, 60


def main() -> None:
    encode, decode = [], []
    for scene in scenes(frames=2400, quest_frames=6000):
        times = _times(scene)
        encode += times[0]
        decode += times[1]
        medians = (f"{statistics.median(each) * 1e3:.3f}" for each in times)
        row(f"{scene.name}: encode / decode p50", " / ".join(medians) + " ms", f"{scene.moving:.0%} moving")
    for name, seconds, wanted in (("encode", encode, 0.10), ("decode", decode, 0.05)):
        p50, mean = statistics.median(seconds) * 1e3, statistics.mean(seconds) * 1e3
        row(
            f"{name} one frame, p50 (mean) of all", f"{p50:.3f} ({mean:.3f}) ms", f"≤ {wanted:.2f} ms", ok=p50 <= wanted
        )
    share = uvloop.run(_recording())
    row("encoding and recording at 60 Hz, CPU", f"{share:.1%} of one core", "≤ 10 %", ok=share <= 0.10)


def _times(scene: Scene) -> tuple[list[float], list[float]]:
    """Return the seconds that each frame takes to encode and to decode."""
    encoder, decoder = FrameEncoder(), FrameDecoder()
    encode, decode = [], []
    begin = max(0, len(scene.pixels) // 2 - TIMED // 2)
    for i, raw in enumerate(scene.pixels[begin : begin + TIMED]):
        at = time.perf_counter()
        frame = encoder.encode(i, raw, scene.pixel_format, 0)
        between = time.perf_counter()
        seen = decoder.decode(frame)
        decode.append(time.perf_counter() - between)
        encode.append(between - at)
        assert seen is not None
        assert np.array_equal(seen, raw)
    return encode, decode


async def _recording() -> float:
    """Return the CPU seconds a second that the built-in game takes more when it is encoded and recorded."""
    plan = make_plan(SESSION, clock="realtime", record=True, actors=())
    backend = make_backend(plan)
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        bus = await connect(NatsOptions(url=server.url), "bench")
        try:
            recorder = await jetstream_recorder(bus, RecorderChoice())
            await recorder.open(session_meta(plan, BridgeOptions(SESSION, "realtime"), backend))
            keep = _keeper(backend, Path(plan.game_toml), recorder)
            used = await _paced(backend, keep)
            await recorder.close()
            assert not recorder.lost
            return used - await _paced(backend, lambda frame_index: None)
        finally:
            await bus.close()
            await server.stop()
            backend.close()


def _keeper(backend: Backend, game_toml: Path, recorder: Recorder) -> Callable[[int], None]:
    """Return what encodes and records the frame just emulated, as the bridge does."""
    capture = Capture(backend, load_game(game_toml))

    def keep(frame_index: int) -> None:
        now_ns = time.monotonic_ns()
        flow: list[tuple[str, wire.Payload]] = []
        if frame_index % SAVESTATE_EVERY["all"] == 0:
            flow.append(("savestate", pack_state(backend, frame_index, now_ns, "periodic")))
        key = capture.next_is_key
        cause = wire.Cause(actor="reflex", buttons=walk(frame_index), observed_frame=frame_index - 1)
        flow.append(
            ("input", wire.Input(frame_index=frame_index, sent_ns=now_ns, buttons=walk(frame_index), causes=(cause,)))
        )
        flow += capture.frame(frame_index, now_ns)[0]
        encoded = [(kind, wire.encode(payload)) for kind, payload in flow]
        recorder.record(frame_index, [item for item in encoded if item[0] in RECORDED], key=key)

    return keep


async def _paced(backend: Backend, each: Callable[[int], None]) -> float:
    """Play in real time; return CPU seconds of this process a second."""
    loop, period_s = asyncio.get_running_loop(), 1 / backend.console.rate_hz
    frames = WARM_UP_FRAMES + round(SECONDS / period_s)
    began_cpu = began_s = 0.0
    due_s = loop.time()
    for frame_index in range(frames):
        if frame_index == WARM_UP_FRAMES:
            began_cpu, began_s = time.process_time(), loop.time()
        backend.step(frozenset(walk(frame_index)))
        each(frame_index)
        due_s += period_s
        await asyncio.sleep(max(0.0, due_s - loop.time()))
    return (time.process_time() - began_cpu) / (loop.time() - began_s)


if __name__ == "__main__":
    main()
