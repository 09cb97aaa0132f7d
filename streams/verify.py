"""Re-execution as a check: emulate a recording again from its savestates and inputs, and compare every frame.

Pixels are compared on every frame by their hash. Memory is compared wherever the recording has a whole image of it
(once a second) or its hash; when something differs, the stretch since the last such place is emulated once more with
every byte of memory decoded, so that the frame reported is the first.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from runtime.backend import Backend
from runtime.errors import CoreError
from streams.comparison import Comparison
from streams.difference import Difference
from streams.execution import FOLLOWED, Follower, ForeignFollower
from streams.session import Hole, Session
from streams.ticks import Tick

#: What is compared, by `SessionMeta.store`; all of it stays undecoded as long as it can.
COMPARED = {"all": ("frame", "memory"), "inputs": ("hash",)}


@dataclass
class Verdict:
    """What re-execution found.

    Attributes:
        verified: Frames whose pixels came out as recorded.
        skipped: Frames that could not be compared, and why.
        difference: The first frame that differs; re-execution ended there.
        memory_parted: With another core: the first frame on which memory differs, while the picture may not.
        memory_checked: Frames whose memory was compared.
        memory_unreadable: Frames whose recorded memory could not be decoded when it was wanted.
        recorded_core: The recording's.
        core: The one that emulated it again.
    """

    verified: int = 0
    skipped: list[Hole] = field(default_factory=list)
    difference: Difference | None = None
    memory_parted: Difference | None = None
    memory_checked: int = field(default=0, compare=False)
    memory_unreadable: int = field(default=0, compare=False)
    recorded_core: str = field(default="", compare=False)
    core: str = field(default="", compare=False)


async def verify(
    session: Session,
    backend: Backend,
    on_frame: Callable[[], object] = lambda: None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> Verdict:
    """Emulate a session again, at the core's full speed, to its end or its first difference.

    The emulator is set to the recorded state at the start, after every jump, and after every hole. Another core than
    the recording's cannot load its states: such a backend must be fresh, and follows from the session's power-on. Its
    memory may part long before the picture does, so there the first difference is that of the picture.

    Args:
        session: The recording.
        backend: The emulator.
        on_frame: Called once for each frame from `start` on.
        start: The first frame to compare; None for the recording's first.
        end: The last, inclusive; None for the recording's last.

    Raises:
        UsageError: The range lies outside the recording.
        CoreError: The session keeps hashes of pixels in another format than the backend's.
        StateError: A savestate is damaged, or of another ROM.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    first, last = session.span(start, end)
    if start is None:
        first = session.meta.first_frame  # frames lost before the first chunk are missing too
    run = _Run(session, backend, first)
    kinds = (*FOLLOWED, *COMPARED[session.meta.store], *(("event",) if run.foreign else ()))
    begin = None if run.foreign or start is None else await _last_state(session, first)
    if begin is not None:
        run.follower.next_frame = begin
    async with contextlib.aclosing(session.ticks(kinds, start=begin, end=last)) as ticks:
        async for tick in ticks:
            run.take(tick)
            if tick.frame_index >= first:
                on_frame()
            if run.verdict.difference:
                break
    verdict = run.verdict
    if verdict.difference is None:
        run.skip_to(last + 1)
        verdict.difference = verdict.memory_parted
    elif verdict.difference.memory_known and not run.foreign:
        verdict.difference = await _first_difference(session, backend, verdict.difference, run.confirmed_state, first)
    return run.finished()


class _Run:
    """One pass over a recording."""

    def __init__(self, session: Session, backend: Backend, first: int) -> None:
        meta = session.meta
        self.foreign = backend.core != meta.core
        if self.foreign and meta.store == "inputs" and backend.pixel_format != meta.pixel_format:
            raise CoreError(
                f"session {session.name!r} keeps hashes of {meta.pixel_format} pixels of the core {meta.core!r}; "
                f"{backend.core!r} shows {backend.pixel_format}: nothing can be compared"
            )
        begin = meta.first_frame
        self.follower = ForeignFollower(backend, meta, begin) if self.foreign else Follower(backend, begin)
        self.verdict = Verdict(recorded_core=meta.core, core=backend.core)
        self._comparison = Comparison(meta, backend, every_memory=self.foreign)
        self._lacking = "video" if meta.store == "all" else "hash"
        self._first = first
        self._states: list[int] = []  # frames whose savestate was passed, from the last confirmed one on

    @property
    def confirmed_state(self) -> int:
        """The last savestate up to which memory is known to be equal."""
        confirmed = [at for at in self._states if at <= self._comparison.equal_until + 1]
        return confirmed[-1] if confirmed else self._states[0]

    def take(self, tick: Tick) -> None:
        """Emulate one recorded frame and compare it."""
        expected = self.follower.next_frame
        if not self.follower.follow(tick):
            return
        if tick.frame_index > expected:
            self._skip(expected, tick.frame_index - 1, self.follower.lacks)
        if self.follower.last_state == tick.frame_index:
            self._states.append(tick.frame_index)
            self._states = self._states[self._states.index(self.confirmed_state) :]
        if tick.frame_index >= self._first:
            self._compare(tick)

    def skip_to(self, frame_index: int) -> None:
        """Note that the frames before this one were not emulated."""
        self._skip(self.follower.next_frame, frame_index - 1, self.follower.lacks)

    def finished(self) -> Verdict:
        """Return the verdict with its counts."""
        self.verdict.memory_checked = self._comparison.checked
        self.verdict.memory_unreadable = self._comparison.unreadable
        return self.verdict

    def _compare(self, tick: Tick) -> None:
        picture, memory = self._comparison.picture(tick), self._comparison.memory(tick)
        if picture is None:
            self._skip(tick.frame_index, tick.frame_index, f"the recording lacks its {self._lacking}")
        elif picture:
            self.verdict.verified += 1
        if picture is False or (memory is False and not self.foreign):
            self.verdict.difference = self._comparison.difference(tick, picture_differs=picture is False)
        elif memory is False:
            self.verdict.memory_parted = self._comparison.difference(tick, picture_differs=False)
            self._comparison.memory_due = False

    def _skip(self, first: int, last: int, reason: str) -> None:
        first = max(first, self._first)
        if first > last:
            return
        before = self.verdict.skipped[-1] if self.verdict.skipped else None
        if before and before.last_frame == first - 1 and before.reason == reason:
            self.verdict.skipped[-1] = Hole("frame", before.first_frame, last, reason)
        else:
            self.verdict.skipped.append(Hole("frame", first, last, reason))


async def _first_difference(
    session: Session, backend: Backend, found: Difference, state_frame: int, first: int
) -> Difference:
    """Emulate again from a savestate to a difference with all memory compared; return what differs first.

    What differed before memory was last seen equal has passed, and led to nothing.
    """
    first = max(first, found.equal_until + 1)
    follower = Follower(backend, state_frame)
    comparison = Comparison(session.meta, backend, every_memory=True)
    ticks = session.ticks((*FOLLOWED, "frame", "memory"), start=state_frame, end=found.frame_index)
    async with contextlib.aclosing(ticks):
        async for tick in ticks:
            if not follower.follow(tick) or tick.frame_index < first:
                continue
            picture, memory = comparison.picture(tick), comparison.memory(tick)
            if picture is False or memory is False:
                return comparison.difference(tick, picture_differs=picture is False)
    return found


async def _last_state(session: Session, frame_index: int) -> int | None:
    """Return the last frame up to `frame_index` that has a savestate; None when none has."""
    found = None
    async with contextlib.aclosing(session.ticks(("savestate",), end=frame_index)) as ticks:
        async for tick in ticks:
            found = tick.frame_index
    return found
