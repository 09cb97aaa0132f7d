"""Where `runtime see` looks: a recording, replayed up to a frame, or a live session."""

import contextlib
from collections.abc import AsyncGenerator

from agents.perception.onlooker import Onlooker, Seen
from agents.perception.picture import Picture
from runtime.client import connect
from runtime.clock import SLOW_EVERY
from runtime.game import parse_game
from runtime.nats_bus import NatsOptions
from runtime.pixels import Rgb, to_rgb
from runtime.wire import Plan
from streams.session import Session

#: What is read of a recording.
_KINDS = ("plan", "learnt", "input", "frame", "state")


async def watch_recorded(session: Session, last: int) -> AsyncGenerator[tuple[Seen, Rgb], None]:
    """Yield what is seen of each sixth frame of a recording, and of frame `last`, the last.

    Raises:
        UsageError: The recording does not reach there.
        WireError: It is damaged.
    """
    meta = session.meta
    onlooker = Onlooker(parse_game(meta.game_toml, "game.toml") if meta.game_toml else None)
    plans: dict[str, Plan] = {}
    reading = session.ticks([kind for kind in _KINDS if meta.keeps(kind) or kind in ("frame", "state")], end=last)
    async with contextlib.aclosing(reading) as ticks:
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


async def watch_live(nats: NatsOptions, session: str) -> AsyncGenerator[tuple[Seen, Rgb], None]:
    """Yield what is seen of a live session, ten times a second, until it ends.

    Raises:
        BusError: There is no server, or no such session.
        UsageError: No session was named and there are several.
    """
    async with connect(nats, session, name="see") as game:
        onlooker: Onlooker | None = None
        seeing = game.observe("frame", "input", "plan", "learnt", rate=10)
        async with contextlib.aclosing(seeing) as observations:
            async for seen in observations:
                onlooker = onlooker or Onlooker(seen.game)
                for learnt in seen.learnt:
                    onlooker.learn(learnt.facts)
                picture = Picture.of_raw(seen.raw, seen.welcome.pixel_format)
                plans = seen.plans.values()
                yield (
                    onlooker.see(picture, seen.state, seen.frame_index, held=seen.held, plans=plans),
                    seen.pixels,
                )
