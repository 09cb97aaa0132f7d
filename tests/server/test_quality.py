"""An actor under load in a process of its own, over a real server, leaves work out and takes it up again."""

import asyncio
from pathlib import Path

from runtime import wire
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.desk import Desk

ACTOR = """
import time
from typing import ClassVar

from runtime.actor import Press


class Busy:
    rate: ClassVar = "frame"
    reads: ClassVar = ("state",)
    writes: ClassVar = ("action",)
    sheds: ClassVar = ("dreams", "plans")

    def act(self, seen):
        if seen.frame_index < 90 and "dreams" not in seen.shed:
            time.sleep(0.06)
        return Press("A")
"""

LAUNCH = """
[game]
rom = "scripted"

[run]
session = "busy"
frames = 420

[[actor]]
name = "busy"
uses = "busy_actor:Busy"
budget_ms = 50
sheds = ["dreams"]
"""


async def events(home: Path) -> list[wire.Event]:
    async with open_bus(NatsOptions(), home, "test") as bus:
        session = await open_session(JetStreamStore(bus), "busy")
        return [event async for tick in session.ticks(("event",)) for event in tick.events]


def test_an_actor_sheds_under_load_and_recovers(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "busy_actor.py").write_text(ACTOR)
    (tmp_path / "launch.toml").write_text(LAUNCH)
    printed = desk.run("up", "launch.toml")
    told = [event for event in asyncio.run(events(desk.home)) if event.name.startswith("actor.")]
    assert [(event.name, event.source, event.facts["part"]) for event in told[:2]] == [
        ("actor.shed", "busy", "dreams"),
        ("actor.restored", "busy", "dreams"),
    ]
    assert told[0].frame_index < 90
    assert told[0].facts["budget_ms"] == 50.0
    assert "actor.shed" in printed
