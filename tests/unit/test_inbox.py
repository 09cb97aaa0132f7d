"""What actors send is taken in order, counted when it cannot be used, and never stops the game."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from runtime import wire
from runtime.arbiter import Arbiter
from runtime.console import CONSOLES
from runtime.inbox import Inbox
from runtime.memory_bus import MemoryBus
from runtime.subjects import DISCOVERY, SessionId, subject

SESSION = SessionId("s")


class Received:
    """An open inbox and what it passed on."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.arbiter = Arbiter(CONSOLES["gba"].buttons)
        self.actions: list[wire.Action] = []
        self.discoveries: list[str] = []
        self.inbox = Inbox(self.arbiter, self.actions.append, self.discoveries.append)

    async def send(self, kind: str, actor: str, payload: wire.Payload | bytes, reply: str = "") -> None:
        data = payload if isinstance(payload, bytes) else wire.encode(payload)
        await self.bus.publish(subject(SESSION, kind, actor), data, reply)

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        async def opened() -> None:
            await self.inbox.open(self.bus, SESSION)
            await main
            await self.bus.flush()

        asyncio.run(opened())


@pytest.fixture
def received() -> Received:
    return Received()


def action(actor: str, frame: int, *buttons: str) -> wire.Action:
    return wire.Action(actor=actor, frame_index=frame, sent_ns=0, buttons=buttons, hold_frames=9, priority=0)


def plan(actor: str, frame: int, goal: str = "") -> wire.Plan:
    return wire.Plan(actor=actor, frame_index=frame, sent_ns=0, plan_id="", goal=goal)


def learnt(actor: str, frame: int) -> wire.Learnt:
    return wire.Learnt(actor=actor, frame_index=frame, sent_ns=0, facts=(wire.Fact("Area", "area:1"),))


def event(source: str, frame: int) -> wire.Event:
    return wire.Event(source=source, frame_index=frame, sent_ns=0, name="x")


def gap(source: str) -> wire.Gap:
    return wire.Gap(source=source, sent_ns=0, kind="state", first_frame=0, last_frame=0, count=1, reason="")


def test_the_flow_is_in_the_order_of_kind_frame_and_sender_whatever_order_it_came_in(received: Received) -> None:
    wanted: list[tuple[str, wire.Payload]] = [
        ("plan", plan("a", 1)),
        ("plan", plan("b", 1)),
        ("plan", plan("a", 2)),
        ("learnt", learnt("a", 1)),
        ("learnt", learnt("b", 1)),
        ("event", event("a", 1)),
        ("event", event("b", 1)),
        ("gap", gap("a")),
    ]

    async def main() -> None:
        for kind, payload in (wanted[i] for i in (7, 2, 4, 6, 0, 5, 3, 1)):
            await received.send(f"in.{kind}", "x", payload)

    received.run(main())
    assert received.inbox.take_flow() == wanted
    assert received.inbox.take_flow() == []


def test_what_one_actor_sent_of_one_kind_on_one_frame_stays_in_its_order(received: Received) -> None:
    async def main() -> None:
        for goal in ("first", "second", "third"):
            await received.send("in.plan", "a", plan("a", 1, goal))

    received.run(main())
    goals = [payload.goal for _, payload in received.inbox.take_flow() if isinstance(payload, wire.Plan)]
    assert goals == ["first", "second", "third"]


def test_the_bridges_own_events_join_the_flow(received: Received) -> None:
    received.inbox.add("event", event("bridge", 3))
    assert received.inbox.take_flow() == [("event", event("bridge", 3))]


def test_actions_go_to_the_arbiter_and_count_as_answers(received: Received) -> None:
    received.inbox.members.update({"fast": 1, "slow": 6, "listener": 0})
    assert received.inbox.unanswered(5) == ["fast"]
    assert received.inbox.unanswered(6) == ["fast", "slow"]

    async def main() -> None:
        await received.send("in.action", "fast", action("fast", 6, "A"))

    received.run(main())
    assert received.inbox.unanswered(6) == ["slow"]
    assert received.inbox.unanswered(7) == ["fast"]
    assert received.arbiter.held(7)[0] == ("A",)
    assert [a.actor for a in received.actions] == ["fast"]


def test_an_unknown_button_is_refused_and_yet_an_answer(received: Received) -> None:
    received.inbox.members["a"] = 1

    async def main() -> None:
        await received.send("in.action", "a", action("a", 0, "TURBO"))

    received.run(main())
    assert received.inbox.refused == 1
    assert received.inbox.unanswered(0) == []
    assert received.arbiter.held(1)[0] == ()


def test_an_old_action_does_not_take_back_a_newer_answer(received: Received) -> None:
    received.inbox.members["a"] = 1

    async def main() -> None:
        await received.send("in.action", "a", action("a", 5))
        await received.send("in.action", "a", action("a", 3))

    received.run(main())
    assert received.inbox.unanswered(5) == []


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("in.action", b"garbage"),
        ("in.action", wire.encode(plan("a", 0))),
        ("in.plan", b""),
        ("in.event", wire.encode(gap("a"))),
        ("in.join", b"\xc1"),
        ("in.control", b"\x90"),
    ],
)
def test_messages_that_cannot_be_read_are_counted_and_dropped(received: Received, kind: str, data: bytes) -> None:
    async def main() -> None:
        await received.send(kind, "a", data)

    received.run(main())
    assert received.inbox.refused == 1
    assert received.inbox.take_flow() == []
    assert not received.inbox.joins
    assert not received.inbox.controls


def test_a_subject_that_is_not_ours_is_counted(received: Received) -> None:
    async def main() -> None:
        await received.bus.publish("fw.s.in.nonsense.a", b"")

    received.run(main())
    assert received.inbox.refused == 1


def test_requests_keep_where_to_answer(received: Received) -> None:
    join, control = wire.Join(actor="a", every=6), wire.Control(op="pause")

    async def main() -> None:
        await received.send("in.join", "", join, "to.join")
        await received.send("in.control", "", control, "to.control")
        await received.bus.publish(DISCOVERY, b"", "to.discovery")

    received.run(main())
    assert list(received.inbox.joins) == [(join, "to.join")]
    assert list(received.inbox.controls) == [(control, "to.control")]
    assert received.discoveries == ["to.discovery"]


def test_messages_of_other_sessions_are_not_ours(received: Received) -> None:
    async def main() -> None:
        await received.bus.publish("fw.other.in.action.a", wire.encode(action("a", 0, "A")))

    received.run(main())
    assert received.actions == []


def test_a_paused_games_flow_is_bounded_and_what_is_too_much_is_counted(received: Received) -> None:
    async def main() -> None:
        for i in range(4100):
            await received.send("in.event", "a", event("a", i))

    received.run(main())
    assert len(received.inbox.take_flow()) == 4096
    assert received.inbox.refused == 4


def test_every_message_wakes_the_bridge(received: Received) -> None:
    async def main() -> None:
        assert not received.inbox.wake.is_set()
        await received.send("in.action", "a", action("a", 0))

    received.run(main())
    assert received.inbox.wake.is_set()
