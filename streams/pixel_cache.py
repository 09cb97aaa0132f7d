"""Frames by random access: decoded up to the one wanted, or its whole second; what was decoded last is kept."""

import contextlib
from collections import OrderedDict

from runtime import wire
from runtime.pixels import Raw
from streams.chunks import seek
from streams.session import Session
from streams.store_views import Nearby

#: Frames decoded beyond the one wanted, at most; a key frame ends them earlier. Only for who reads on from nearby: to
#: others they are half of the time.
_BEYOND = 60

#: The same of a session that is emulated again: each beginning costs up to 3,600 frames from the last savestate.
_BEYOND_REBUILT = 600


class PixelCache:
    """Keeps frames in the console's own colours, those asked for longest ago leaving first."""

    def __init__(self, session: Session, store: Nearby, keep_bytes: int = 64 << 20) -> None:
        """Take a session that was opened on this store."""
        self._session, self._store = session, store
        self._keep_bytes = keep_bytes
        self._frames: OrderedDict[int, tuple[Raw, str]] = OrderedDict()
        self._bytes = 0
        self._rebuilt = session.meta.store == "inputs"
        self._beyond = _BEYOND_REBUILT if self._rebuilt else _BEYOND
        self._wanted = -self._beyond  # the last frame that was not kept

    def kept(self, frame_index: int) -> tuple[Raw, str] | None:
        """Return a frame, (H, W), and its pixel format, if it is kept."""
        if frame_index not in self._frames:
            return None
        self._frames.move_to_end(frame_index)
        return self._frames[frame_index]

    async def load(self, frame_index: int) -> tuple[Raw, str] | None:
        """Return a frame, (H, W), and its pixel format; None when the recording lacks its pixels.

        Raises:
            WireError: The recording is damaged.
            BusError: The store cannot be reached.
        """
        if found := self.kept(frame_index):
            return found
        beyond = self._beyond if self._rebuilt or abs(frame_index - self._wanted) <= self._beyond else 0
        self._wanted = frame_index
        start = max(self._session.first_frame, await self._key_before(frame_index))
        async with contextlib.aclosing(self._session.ticks(("frame",), start=start)) as ticks:
            async for tick in ticks:
                message = tick.video_message
                ahead = tick.frame_index - frame_index
                if ahead > beyond or (ahead > 0 and message and message.key and not self._rebuilt):
                    break
                if message and tick.frame is not None:
                    self._keep(tick.frame_index, tick.frame, message.pixel_format)
        return self.kept(frame_index)

    async def _key_before(self, frame_index: int) -> int:
        """Return the first frame of the group from which this one can be decoded."""

        async def read(position: int) -> wire.Chunk:
            return await self._store.read(self._session.name, position)

        position = await seek(read, self._session.stored.chunks, frame_index)
        return (await read(position)).first_frame

    def _keep(self, frame_index: int, raw: Raw, format_name: str) -> None:
        if frame_index in self._frames:
            return
        self._frames[frame_index] = raw, format_name
        self._bytes += raw.nbytes
        while self._bytes > self._keep_bytes:
            self._bytes -= self._frames.popitem(last=False)[1][0].nbytes
