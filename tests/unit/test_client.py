"""The client for scripts, over a bus in memory: what it cannot keep up with is bounded and named."""

import asyncio
from pathlib import Path

from runtime import wire
from runtime.bus import Message
from runtime.client import _QUEUE_LIMIT, Client
from runtime.discovery import discover
from runtime.subjects import subject
from tests.stage import SESSION, Stage


def test_a_script_controls_by_name_and_the_session_says_who(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime")

    async def script() -> None:
        await stage.reaches(3)
        (welcome,) = await discover(stage.bus, 0.01)
        client = Client(stage.bus, welcome, "script")
        reply = await client.control("set_rate", rate=2.5)
        assert (reply.speed, reply.clock) == (2.5, "realtime")
        assert (await client.control("step", frames=4)).paused
        await client.control("save", slot="a")
        await client.control("load", slot="s/a")
        await client.control("stop")

    stage.play(script)
    told = [(event.name, event.facts) for event in stage.of("event") if event.name.startswith("control.")]
    assert told == [
        ("control.set_rate", {"rate": 2.5, "by": "script"}),
        ("control.step", {"frames": 4, "by": "script"}),
        ("control.save", {"slot": "a", "by": "script"}),
        ("control.load", {"slot": "s/a", "by": "script"}),
        ("control.stop", {"by": "script"}),
    ]


def test_a_slow_subscriber_loses_the_oldest_and_the_recording_learns_of_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, wait_for=("never",))
    gaps: list[wire.Gap] = []

    async def main() -> None:
        running = asyncio.ensure_future(stage.bridge.run())
        await asyncio.sleep(0)
        (welcome,) = await discover(stage.bus, 0.01)
        running.cancel()
        client = Client(stage.bus, welcome, "script")

        def on_gap(message: Message) -> None:
            gaps.append(wire.decode(wire.Gap, message.data))

        await stage.bus.subscribe(subject(SESSION, "in.gap", "script"), on_gap)
        states = client.subscribe("state")
        first = asyncio.ensure_future(anext(states))
        await asyncio.sleep(0)
        for frame in range(_QUEUE_LIMIT + 6):
            await stage.bus.publish(
                subject(SESSION, "state"), wire.encode(wire.State(frame_index=frame, sent_ns=0, values={}))
            )
        payload = await first
        await stage.bus.flush()
        await stage.bus.flush()
        assert isinstance(payload, wire.State)
        assert payload.frame_index == 6
        await states.aclose()  # type: ignore[attr-defined]  # an async generator, typed as an iterator

    asyncio.run(main())
    assert [(gap.source, gap.kind, gap.count) for gap in gaps] == [("script", "state", 6)]
