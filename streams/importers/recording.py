"""Frames that no bridge made, on their way into a store: there whole at the end, or not at all."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.errors import FramewireError, SessionError
from runtime.frame_codec import KEY_INTERVAL, FrameEncoder
from runtime.memory_codec import MemoryEncoder
from runtime.names import OURS
from runtime.pixels import Raw
from runtime.session_meta import Recorder, SessionMeta
from runtime.subjects import session_id
from streams.recorder import StreamRecorder
from streams.store import SessionStore

#: Of every imported picture.
PIXEL_FORMAT = "xrgb8888"

#: The `source` of what an import adds.
IMPORT = "import"


class Recording:
    """Encodes frames as a bridge does: deltas, with a key frame and a whole memory image at least once a second."""

    def __init__(self, recorder: Recorder, meta: SessionMeta) -> None:
        """Use `recording`."""
        self._recorder = recorder
        self._rate_hz = meta.rate_hz
        self._frames = FrameEncoder()
        self._memory = MemoryEncoder(meta.regions)
        self._key_at = -KEY_INTERVAL
        self._had_picture = False
        self.frames = 0
        self.last_frame = -1

    def sent_ns(self, frame_index: int) -> int:
        """Return the time that stands in a frame's payloads: emulated time, so that equal imports are equal."""
        return round(frame_index * 1e9 / self._rate_hz)

    async def add(
        self,
        frame_index: int,
        *,
        raw: Raw | None = None,
        memory: Mapping[str, NDArray[np.uint8]] | None = None,
        held: wire.Input | None = None,
        events: Sequence[wire.Event] = (),
        gaps: Sequence[wire.Gap] = (),
    ) -> int:
        """Record the next frame; return the hash of its pixels, 0 without any. Waits while too much is unwritten.

        Args:
            frame_index: Higher than the last one.
            raw: Pixels, (H, W) xrgb8888.
            memory: Each region's bytes.
            held: The buttons.
            events: What happened on this frame.
            gaps: What is missing from this frame on.
        """
        now_ns = self.sent_ns(frame_index)
        key = frame_index - self._key_at >= KEY_INTERVAL or (raw is not None and not self._had_picture)
        if key:
            self._key_at = frame_index
            self._frames.force_key()
            self._memory.force_whole()
        payloads: list[tuple[str, wire.Payload]] = [("event", event) for event in events]
        payloads += [("gap", gap) for gap in gaps]
        payloads += [("input", held)] if held else []
        pixels_hash = 0
        if raw is not None:
            frame = self._frames.encode(frame_index, raw, PIXEL_FORMAT, now_ns)
            pixels_hash = frame.pixels_hash
            payloads.append(("frame", frame))
        if memory is not None:
            payloads.append(("memory", self._memory.encode(frame_index, memory, now_ns)))
        payloads.append(("state", wire.State(frame_index=frame_index, sent_ns=now_ns, values={})))
        self._recorder.record(frame_index, [(kind, wire.encode(payload)) for kind, payload in payloads], key=key)
        self._had_picture = raw is not None
        self.frames += 1
        self.last_frame = frame_index
        await self._recorder.make_room()
        await asyncio.sleep(0)  # so that what is recorded gets written, and Ctrl-C is heard
        return pixels_hash

    def end(self) -> None:
        """Record the session's end.

        Raises:
            SessionError: It has no frame.
        """
        if not self.frames:
            raise SessionError("an imported session would have no frame")
        event = wire.Event(
            source=IMPORT,
            frame_index=self.last_frame,
            sent_ns=self.sent_ns(self.last_frame),
            name="session.ended",
            facts={"frames": self.frames},
        )
        self._recorder.record(self.last_frame, [("event", wire.encode(event))], key=False)


@contextlib.asynccontextmanager
async def recording(store: SessionStore, meta: SessionMeta) -> AsyncIterator[Recording]:
    """Begin a session; when the block ends without an error it is whole in the store, else it is removed again.

    Raises:
        SessionError: The name is taken, or the store did not take every frame.
        BusError: The store cannot be reached.
    """
    recorder = StreamRecorder(store)
    await recorder.open(meta)
    try:
        into = Recording(recorder, meta)
        yield into
        into.end()
        await recorder.close()
        await _check_whole(store, meta.session, recorder.lost)
    except BaseException:
        with contextlib.suppress(FramewireError):
            await recorder.close()
            await store.remove(meta.session)
        raise


async def _check_whole(store: SessionStore, session: str, lost: int) -> None:
    stored = await store.describe(session)
    if lost or stored.status != "complete":
        raise SessionError(f"session {session!r}: the store did not take it whole: {lost} payloads lost")


def imported_meta(
    name: str,
    *,
    created: str,
    game: str,
    console: str,
    size: tuple[int, int],
    rate_hz: float,
    buttons: tuple[str, ...] = (),
    regions: tuple[wire.Region, ...] = (),
    scan: str = "full",
    origin: str,
    kinds: tuple[str, ...],
    first_frame: int = 0,
) -> SessionMeta:
    """Return the metadata of a session that no emulator of ours ran.

    Raises:
        UsageError: The name cannot be a session's.
    """
    return SessionMeta(
        session=session_id(name),
        created=created,
        game=game,
        game_toml="",
        rom="",
        rom_sha256="",
        console=console,
        width=size[0],
        height=size[1],
        rate_hz=rate_hz,
        buttons=buttons,
        pixel_format=PIXEL_FORMAT,
        regions=regions,
        core="",
        clock="free",
        scan=scan,
        framewire_version=version(OURS),
        origin=origin,
        first_frame=first_frame,
        kinds=kinds,
    )


def name_of(file_name: str) -> str:
    """Return a session name made of a file's name: what is not allowed in one becomes `-`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", file_name).strip("-")[:64] or IMPORT
