"""Where `runtime see` looks: a recording, replayed up to a frame, or a live session, with what was recorded of it."""

import contextlib
from collections.abc import AsyncGenerator

from agents.perception.onlooker import Onlooker, Seen
from agents.perception.picture import Picture
from runtime.client import connect
from runtime.clock import SLOW_EVERY
from runtime.errors import SessionError
from runtime.game import Game, parse_game
from runtime.nats_bus import NatsOptions
from runtime.pixels import Rgb, to_rgb
from runtime.wire import Plan, Welcome
from streams.commands.opening import open_recordings
from streams.session import Session, open_session

#: What is read of a recording.
_KINDS = ("plan", "learnt", "input", "frame", "state")

#: Frames of a live session's recording that are looked at first: a minute, in which most looks around are met.
_PAST = 3600


async def watch_recorded(session: Session, last: int) -> AsyncGenerator[tuple[Seen, Rgb], None]:
    """Yield what is seen of each sixth frame of a recording, and of frame `last`, the last.

    Raises:
        UsageError: The recording does not reach there.
        WireError: It is damaged.
    """
    onlooker = Onlooker(_game(session.meta.game_toml))
    async with contextlib.aclosing(_replayed(onlooker, session, None, last)) as seeing:
        async for seen in seeing:
            yield seen


async def watch_live(nats: NatsOptions, session: str) -> AsyncGenerator[tuple[Seen, Rgb], None]:
    """Yield what is seen of a live session, ten times a second, until it ends.

    Raises:
        BusError: There is no server, or no such session.
        UsageError: No session was named and there are several.
    """
    async with connect(nats, session, name="see") as game:
        onlooker = Onlooker(_game(game.welcome.game_toml))
        if game.welcome.recorded and game.welcome.origin == "live":
            await look_back(onlooker, nats, game.welcome)
        seeing = game.observe("frame", "input", "plan", "learnt", rate=10)
        async with contextlib.aclosing(seeing) as observations:
            async for seen in observations:
                for learnt in seen.learnt:
                    onlooker.learn(learnt.facts)
                picture = Picture.of_raw(seen.raw, seen.welcome.pixel_format)
                plans = seen.plans.values()
                yield (
                    onlooker.see(picture, seen.state, seen.frame_index, held=seen.held, plans=plans),
                    seen.pixels,
                )


async def look_back(onlooker: Onlooker, nats: NatsOptions, welcome: Welcome, frames: int = _PAST) -> None:
    """Take in what actors learnt since the session's beginning, and the pictures of the last so many frames.

    Raises:
        BusError: The recordings cannot be reached.
        WireError: They are damaged.
    """
    async with open_recordings(nats, "see") as (_, store):
        try:
            session = await open_session(store, welcome.session)
        except SessionError:  # nothing of it is stored yet
            return
        await look_at_past(onlooker, session, session.last_frame, frames)


async def look_at_past(onlooker: Onlooker, session: Session, last: int, frames: int = _PAST) -> None:
    """Take in what actors learnt up to the frame `last`, and the pictures of so many frames before it."""
    first = max(session.first_frame, last - frames)
    if first > session.first_frame and session.meta.keeps("learnt"):
        async with contextlib.aclosing(session.ticks(("learnt",), end=first - 1)) as ticks:
            async for tick in ticks:
                for learnt in tick.learnt:
                    onlooker.learn(learnt.facts)
    if not (session.meta.keeps("frame") and session.meta.keeps("state")):
        return
    async with contextlib.aclosing(_replayed(onlooker, session, first, last)) as seeing:
        async for _seen in seeing:
            pass


async def _replayed(
    onlooker: Onlooker, session: Session, first: int | None, last: int
) -> AsyncGenerator[tuple[Seen, Rgb], None]:
    """Show recorded frames to an onlooker, every sixth and the last, and yield what is seen."""
    meta = session.meta
    plans: dict[str, Plan] = {}
    kinds = [kind for kind in _KINDS if meta.keeps(kind) or kind in ("frame", "state")]
    async with contextlib.aclosing(session.ticks(kinds, start=first, end=last)) as ticks:
        async for tick in ticks:
            plans |= {plan.actor: plan for plan in tick.plans}
            for learnt in tick.learnt:
                onlooker.learn(learnt.facts)
            if (tick.frame_index % SLOW_EVERY and tick.frame_index != last) or tick.frame is None:
                continue
            picture = Picture.of_raw(tick.frame, meta.pixel_format)
            held = tick.input.buttons if tick.input else ()
            seen = onlooker.see(picture, tick.state, tick.frame_index, held=held, plans=plans.values())
            yield seen, to_rgb(tick.frame, meta.pixel_format)


def _game(text: str) -> Game | None:
    return parse_game(text, "game.toml") if text else None
