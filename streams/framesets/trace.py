"""A recording → the 12-column event log."""

import contextlib
from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from runtime.errors import UsageError, WireError
from runtime.session_meta import SessionMeta
from streams.framesets.changes import ChangeFinder, Changes, Scan, hex8
from streams.framesets.event_log import HEADER, quoted
from streams.framesets.keys import GameConfig, KeyHistory, held_text
from streams.framesets.layout import Layout, set_of
from streams.session import HoleFinder, Session
from streams.ticks import Tick

#: The event in which an import keeps the log's lines of a frame, as text in its fact `rows`.
ROWS_EVENT = "rommer.rows"

#: Of a backend that does not say where the program is; none of ours does.
_NO_PC = "00000000"

_KINDS = ("event", "gap", "input", "memory")

#: Kinds whose lack is reported.
NEEDED = ("input", "memory")


async def trace(
    session: Session,
    *,
    scan: Scan = "full",
    config: GameConfig | None = None,
    header: bool = False,
    holes: HoleFinder | None = None,
    on_frame: Callable[[], object] = lambda: None,
) -> AsyncGenerator[str, None]:
    """Yield the session's event log, the lines of one frame at a time, in bounded memory.

    A session that was imported from such a log gives that log's lines again; `scan` and `config` do not matter then.
    Of any other, each row is a word that differs from the frame before; frames without memory have none. frame counts
    from the session's start; timestamp is the session's start plus its frames at the console's rate; pc is 00000000.
    With a config, keys are written as its keyboard keys, else as the console's buttons. `holes`, if given, is told
    what the recording lacks; `on_frame` is called after each frame.

    Raises:
        UsageError: The session has no memory.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    if not session.meta.regions:
        raise UsageError(f"session {session.name!r} has no memory, so no event log can be made of it")
    if header:
        yield HEADER + "\n"
    holes = holes or HoleFinder(NEEDED)
    lines = _Lines(session.meta, scan, config or GameConfig(), holes)
    async with contextlib.aclosing(session.ticks(_KINDS, holes=holes)) as ticks:
        async for tick in ticks:
            text = _imported(tick) if session.meta.origin == "rommer" else lines.of(tick)
            if text:
                yield text
            on_frame()


def started_ms(meta: SessionMeta) -> int:
    """Return when the session began, milliseconds since 1970 UTC."""
    return round(datetime.fromisoformat(meta.created).timestamp() * 1000)


def frame_ms(meta: SessionMeta, frame_index: int) -> int:
    """Return when a frame was, by the console's rate."""
    return started_ms(meta) + round(frame_index * 1000 / meta.rate_hz)


class _Lines:
    """Writes one session's lines."""

    def __init__(self, meta: SessionMeta, scan: Scan, config: GameConfig, holes: HoleFinder) -> None:
        self._meta, self._config, self._holes = meta, config, holes
        self._layout = Layout(meta.regions)
        self._finder = ChangeFinder(self._layout, scan)
        self._history = KeyHistory()

    def of(self, tick: Tick) -> str:
        """Return the lines of a frame; empty when nothing changed or its memory is not known."""
        held = held_text(self._config.keyboard(tick.input.buttons if tick.input else ()))
        history = self._history.see(held)
        try:
            memory = tick.memory_image()
        except WireError:
            if tick.has("memory"):
                self._holes.unusable("memory", tick.frame_index, "cannot be known before the next whole image")
            return ""
        return self._text(self._finder.compare(tick.frame_index, memory.image), held, history)

    def _text(self, changes: Changes, held: str, history: str) -> str:
        layout, words = self._layout, changes.words
        regions = layout.region_of(words)
        names = [part.name for part in layout.parts]
        head = f"{frame_ms(self._meta, changes.frame_index)},"
        keys = f",{_NO_PC},{quoted(history)},{quoted(held)},{set_of(changes.frame_index)},"
        columns = zip(
            regions.tolist(),
            hex8(layout.addresses(words, regions)),
            hex8(changes.before),
            hex8(changes.after),
            changes.freq.tolist(),
            layout.chunks(words, regions).tolist(),
            strict=True,
        )
        frame = changes.frame_index
        return "".join(
            f"{head}{names[region]},{frame},{address},{before},{after},{freq}{keys}{chunk}\n"
            for region, address, before, after, freq, chunk in columns
        )


def _imported(tick: Tick) -> str:
    return "".join(str(event.facts["rows"]) for event in tick.events if event.name == ROWS_EVENT)
