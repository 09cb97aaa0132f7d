"""A session's memory over time: blocks, read once and kept while there is room."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator

from runtime import wire
from runtime.errors import SessionError, UsageError, WireError
from runtime.memory_image import Bytes
from streams.memory_search.blocks import BLOCK_FRAMES, Block, BlockMaker
from streams.session import Session
from streams.ticks import Tick

#: An hour of a quiet game (Emberwood: 0.3 MB a block), ten minutes of a busy one.
_KEEP_BYTES = 256 << 20


class History:
    """Reads memory over time. Use from one event loop."""

    def __init__(self, session: Session, keep_bytes: int = _KEEP_BYTES) -> None:
        """Take a session.

        Raises:
            UsageError: It has no memory.
        """
        if not session.meta.regions or not (session.meta.keeps("memory") or session.meta.store == "inputs"):
            raise UsageError(f"session {session.name!r} has no memory: nothing can be searched")
        self.session = session
        self._keep_bytes = keep_bytes
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        self._bytes = 0

    @property
    def regions(self) -> tuple[wire.Region, ...]:
        """The regions, which lie end to end in an image, each padded to 8 bytes."""
        return self.session.meta.regions

    def is_kept(self, first: int, last: int) -> bool:
        """Return whether nothing has to be read for these frames."""
        return all(number in self._blocks for number in _numbers(first, last))

    async def blocks(self, first: int, last: int) -> AsyncGenerator[Block, None]:
        """Iterate over the blocks of frames `first` to `last`, inclusive, in order.

        Raises:
            UsageError: The recording does not reach there.
            WireError: It is damaged.
            BusError: The store cannot be reached.
            RomError, CoreError, SessionError: It keeps inputs only, and cannot be emulated again here.
        """
        self.session.span(first, last)
        numbers = _numbers(first, last)
        at = numbers.start
        while at < numbers.stop:
            if at in self._blocks:
                self._blocks.move_to_end(at)
                yield self._blocks[at]
                at += 1
                continue
            stop = next((number for number in range(at, numbers.stop) if number in self._blocks), numbers.stop)
            async with contextlib.aclosing(self._read(at, stop)) as reading:
                async for block in reading:
                    self._keep(at, block)
                    yield block
                    at += 1

    async def image(self, frame_index: int) -> Bytes:
        """Return the image at the end of a frame, (bytes,) uint8.

        Raises:
            SessionError: The recording lacks the frame's memory; else as `blocks`.
        """
        async with contextlib.aclosing(self.blocks(frame_index, frame_index)) as blocks:
            block = await anext(blocks)
        if frame_index < block.known_from:
            raise SessionError(f"session {self.session.name!r}: it lacks the memory of frame {frame_index}")
        return block.image(frame_index)

    async def _read(self, number: int, stop: int) -> AsyncGenerator[Block, None]:
        """Yield the blocks from `number` up to and without `stop`, in one pass; one is made while the next is read."""
        session = self.session
        begin = max(session.first_frame, number * BLOCK_FRAMES - 1)
        end = min(session.last_frame, stop * BLOCK_FRAMES - 1)
        maker = self._maker(number, None)
        making: asyncio.Task[Block] | None = None
        async with contextlib.aclosing(session.ticks(("memory",), start=begin, end=end)) as ticks:
            async for tick in ticks:
                if tick.frame_index < number * BLOCK_FRAMES:  # the frame before
                    maker = self._maker(number, _image(tick))
                    continue
                while tick.frame_index >= (number + 1) * BLOCK_FRAMES:
                    number, image, made = number + 1, maker.end(), making
                    making = asyncio.create_task(asyncio.to_thread(maker.block))
                    maker = self._maker(number, image)
                    if made:
                        yield await made
                if tick.memory_message:
                    maker.see(tick.memory_message)
        if making:
            yield await making
        while number < stop:
            number, image = number + 1, maker.end()
            yield maker.block()
            maker = self._maker(number, image)

    def _maker(self, number: int, image: Bytes | None) -> BlockMaker:
        first = max(self.session.first_frame, number * BLOCK_FRAMES)
        return BlockMaker(first, min(self.session.last_frame, (number + 1) * BLOCK_FRAMES - 1), image)

    def _keep(self, number: int, block: Block) -> None:
        self._blocks[number] = block
        self._bytes += block.nbytes
        while self._bytes > self._keep_bytes and len(self._blocks) > 1:
            self._bytes -= self._blocks.popitem(last=False)[1].nbytes


def _numbers(first: int, last: int) -> range:
    return range(first // BLOCK_FRAMES, last // BLOCK_FRAMES + 1)


def _image(tick: Tick) -> Bytes | None:
    """Return a tick's memory; None where the recording lacks it."""
    try:
        return tick.memory_image().image
    except WireError:
        return None
