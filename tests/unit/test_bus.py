"""The latest-only slot, and the bus in memory where it differs from none other."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.bus import Drop, Latest, Message
from runtime.errors import BusError
from runtime.memory_bus import MAX_PAYLOAD_BYTES, MemoryBus, matches


def test_an_empty_slot_gives_nothing() -> None:
    slot: Latest[str] = Latest()
    assert slot.take() is None
    assert slot.take_drop() is None


def test_an_item_is_taken_once() -> None:
    slot: Latest[str] = Latest()
    slot.put(1, "a")
    assert (slot.take(), slot.take()) == ("a", None)
    assert slot.take_drop() is None


def test_the_newest_item_stays_and_the_unseen_ones_are_counted() -> None:
    slot: Latest[str] = Latest()
    for i, item in enumerate("abcd"):
        slot.put(i + 5, item)
    assert slot.take() == "d"
    assert slot.take_drop() == Drop(first=5, last=7, count=3)
    assert slot.take_drop() is None


def test_drops_add_up_until_they_are_asked_for() -> None:
    slot: Latest[str] = Latest()
    slot.put(0, "a")
    slot.put(6, "b")
    slot.take()
    slot.put(12, "c")
    slot.put(18, "d")
    assert slot.take_drop() == Drop(first=0, last=12, count=2)
    slot.put(24, "e")
    assert slot.take_drop() == Drop(first=18, last=18, count=1)


@given(st.lists(st.booleans()))
def test_every_item_is_taken_or_counted(taken_after: list[bool]) -> None:
    slot: Latest[int] = Latest()
    seen = 0
    for i, take in enumerate(taken_after):
        slot.put(i, i)
        seen += take and slot.take() is not None
    seen += slot.take() is not None
    drop = slot.take_drop()
    assert seen + (drop.count if drop else 0) == len(taken_after)


@pytest.mark.parametrize(
    ("pattern", "subject", "wanted"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a", False),
        ("a", "a.b", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("*.b", "a.b", True),
        ("a.>", "a.b", True),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        (">", "a", True),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.b.d", False),
    ],
)
def test_wildcards(pattern: str, subject: str, wanted: bool) -> None:
    assert matches(pattern.split("."), subject.split(".")) is wanted


def test_memory_bus_delivers_in_a_later_turn_and_in_order() -> None:
    async def main() -> None:
        bus = MemoryBus()
        seen: list[Message] = []
        await bus.subscribe("a.*", seen.append)
        await bus.subscribe("a.c", seen.append)
        for name in ("a.b", "a.c", "a.d"):
            await bus.publish(name, b"x", "reply")
        assert seen == []
        await bus.flush()
        assert [message.subject for message in seen] == ["a.b", "a.c", "a.c", "a.d"]
        assert seen[0] == Message("a.b", b"x", "reply")

    asyncio.run(main())


def test_memory_bus_delivers_nothing_after_unsubscribe_or_close() -> None:
    async def main() -> None:
        bus = MemoryBus()
        seen: list[Message] = []
        unsubscribe = await bus.subscribe("a", seen.append)
        await bus.publish("a", b"under way")
        await unsubscribe()
        await bus.subscribe("b", seen.append)
        await bus.publish("b", b"under way")
        await bus.close()
        await bus.flush()
        assert seen == []

    asyncio.run(main())


def test_memory_bus_has_a_servers_limit() -> None:
    async def main() -> None:
        with pytest.raises(BusError, match="the server takes at most"):
            await MemoryBus().publish("a", bytes(MAX_PAYLOAD_BYTES + 1))

    asyncio.run(main())
