"""A replay in the place of a bridge: what `runtime up --replay` runs as a child process, beside its actors."""

from collections.abc import Callable

from runtime.clock import ClockMode, WallClock
from runtime.metrics import Metrics
from runtime.nats_bus import NatsBus
from runtime.subjects import SessionId
from streams.jetstream_store import JetStreamStore
from streams.moments import first_frame, last_frame
from streams.replay import Replay, ReplayOptions
from streams.session import open_session
from streams.store import labelled_as


async def serve_replay(
    bus: NatsBus,
    recording: str,
    name: SessionId,
    *,
    clock: ClockMode,
    end_by: Callable[[Callable[[], None]], None],
    start: str = "",
    end: str = "",
    plays: int = 1,
    wait_for: tuple[str, ...] = (),
    wait_s: float = 30.0,
    process: str = "bridge",
    metrics: Metrics | None = None,
) -> int:
    """Replay a recording to its end; return the frames published.

    Args:
        bus: Where the recording is and where it is replayed.
        recording: The recorded session.
        name: The session that actors join.
        clock: realtime: at the console's rate; free: as fast as it goes; lockstep: a frame goes out when every actor
            due on the one before has answered, so that slow ones see every tick.
        end_by: Told what to call to end in order.
        start: The first frame, as `streams.moments` reads it; empty for the recording's first.
        end: The last frame, likewise.
        plays: How often; 0 without end.
        wait_for: Actors that must have joined before the first frame.
        wait_s: How long to wait for them.
        process: The name in health reports.
        metrics: Where they go besides.

    Raises:
        SessionError: There is no such recording.
        UsageError: The name is on the bus already, or the range lies outside the recording.
        WireError: The recording is damaged.
        BusError: The store cannot be reached, or an actor did not join in time.
    """
    session = await open_session(JetStreamStore(bus), recording)
    options = ReplayOptions(
        name,
        1.0 if clock == "realtime" else 0.0,
        first_frame(start, session) if start else None,
        last_frame(end, session) if end else None,
        plays=plays,
        wait_for_actors=clock == "lockstep",
        wait_for=wait_for,
        wait_s=wait_s,
        process=process,
        labelled=labelled_as(session.meta),
    )
    replay = Replay(session, bus, options, WallClock(), metrics)
    end_by(replay.stop)
    return await replay.run()
