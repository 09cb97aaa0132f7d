"""Both buses keep one contract."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from runtime.bus import Bus, Kept, Message
from runtime.errors import BusError
from runtime.memory_bus import MemoryBus
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import MAX_PAYLOAD_BYTES, EmbeddedServer

#: Two connections to one bus.
OpenPair = Callable[[Path], AbstractAsyncContextManager[tuple[Bus, Bus]]]


@contextlib.asynccontextmanager
async def memory_pair(folder: Path) -> AsyncIterator[tuple[Bus, Bus]]:
    bus = MemoryBus()
    yield bus, bus
    await bus.close()


@contextlib.asynccontextmanager
async def nats_pair(folder: Path) -> AsyncIterator[tuple[Bus, Bus]]:
    server = EmbeddedServer(folder / "nats")
    await server.start()
    try:
        one = await connect(NatsOptions(url=server.url), "one")
        two = await connect(NatsOptions(url=server.url), "two")
        yield one, two
        await one.close()
        await two.close()
    finally:
        await server.stop()


@pytest.fixture(params=[memory_pair, nats_pair], ids=["MemoryBus", "NatsBus"])
def pair(request: pytest.FixtureRequest) -> OpenPair:
    opened: OpenPair = request.param
    return opened


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


async def settle(*buses: Bus) -> None:
    """Wait until what was published has arrived: a message of our own comes after all that went before it."""
    for publisher in buses:
        for receiver in buses:
            arrived = asyncio.Event()
            unsubscribe = await receiver.subscribe("settled", lambda _, arrived=arrived: arrived.set())  # type: ignore[misc]  # a default binds the loop's variable
            await publisher.publish("settled", b"")
            await asyncio.wait_for(arrived.wait(), 10)
            await unsubscribe()


def test_messages_of_one_publisher_arrive_in_order_across_subscriptions(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: list[tuple[str, bytes]] = []
            for name in ("t.a", "t.b", "t.c.*"):
                await receiver.subscribe(name, lambda message: seen.append((message.subject, message.data)))
            sent = [(("t.a", "t.b", "t.c.d")[i * 7 % 3 if i % 5 else 0], b"%d" % i) for i in range(3000)]
            for name, data in sent:
                await publisher.publish(name, data)
            await settle(publisher, receiver)
            assert seen == sent

    run(main())


def test_messages_published_together_arrive_in_their_order_among_others(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: list[tuple[str, bytes]] = []
            await receiver.subscribe("t.*", lambda message: seen.append((message.subject, message.data)))
            sent = [(f"t.{i % 3}", b"x\r\n%d" % i * (i % 7)) for i in range(400)]
            await publisher.publish(*sent[0])
            await publisher.publish_all(sent[1:200])
            await publisher.publish_all(())
            await publisher.publish(*sent[200])
            await publisher.publish_all(iter(sent[201:]))
            await settle(publisher, receiver)
            assert seen == sent

    run(main())


def test_of_messages_together_none_is_sent_when_one_is_too_large(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: list[str] = []
            await receiver.subscribe("t.*", lambda message: seen.append(message.subject))
            with pytest.raises(BusError, match=f"t.large: {MAX_PAYLOAD_BYTES + 1} bytes"):
                await publisher.publish_all([("t.small", b"x"), ("t.large", bytes(MAX_PAYLOAD_BYTES + 1))])
            await publisher.publish("t.after", b"x")
            await settle(publisher, receiver)
            assert seen == ["t.after"]

    run(main())


def test_wildcards_match_one_token_or_the_rest(pair: OpenPair, tmp_path: Path) -> None:
    subjects = ("w", "w.a", "w.b", "w.a.b", "w.a.b.c", "v.a")
    wanted = {
        "w": ["w"],
        "w.a": ["w.a"],
        "w.*": ["w.a", "w.b"],
        "*.a": ["w.a", "v.a"],
        "w.>": ["w.a", "w.b", "w.a.b", "w.a.b.c"],
        "w.*.b": ["w.a.b"],
        "w.*.>": ["w.a.b", "w.a.b.c"],
    }

    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: dict[str, list[str]] = {pattern: [] for pattern in wanted}
            for pattern, names in seen.items():
                await receiver.subscribe(pattern, lambda message, names=names: names.append(message.subject))  # type: ignore[misc]  # as above
            for name in subjects:
                await publisher.publish(name, b"x")
            await settle(publisher, receiver)
            assert seen == wanted

    run(main())


def test_a_request_returns_the_reply(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (asking, answering):
            pending: set[asyncio.Task[None]] = set()

            def answer(message: Message) -> None:
                pending.add(asyncio.ensure_future(answering.publish(message.reply, message.data.upper())))

            await answering.subscribe("ask", answer)
            assert await asking.request("ask", b"abc", 5) == b"ABC"
            await asyncio.gather(*pending)

    run(main())


def test_a_request_that_nobody_listens_to_fails_at_once(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (asking, _):
            with pytest.raises(BusError, match="nowhere: nobody listens"):
                await asking.request("nowhere", b"", 60)

    run(main())


def test_a_request_that_nobody_answers_fails_in_time(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (asking, silent):
            await silent.subscribe("silence", lambda message: None)
            with pytest.raises(BusError, match=r"silence: no answer within 0.05 s"):
                await asking.request("silence", b"", 0.05)

    run(main())


def test_request_many_returns_every_reply(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (asking, answering):
            pending: set[asyncio.Task[None]] = set()

            def answerer(text: bytes) -> Callable[[Message], None]:
                return lambda message: pending.add(asyncio.ensure_future(answering.publish(message.reply, text)))

            for text in (b"1", b"2", b"3"):
                await answering.subscribe("ask.all", answerer(text))
            assert sorted(await asking.request_many("ask.all", b"", 0.3)) == [b"1", b"2", b"3"]
            await asyncio.gather(*pending)

    run(main())


def test_request_many_without_a_listener_returns_nothing(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (asking, _):
            assert await asking.request_many("nowhere", b"", 0.05) == []

    run(main())


def test_nothing_arrives_after_unsubscribe(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: list[bytes] = []
            other: list[bytes] = []
            unsubscribe = await receiver.subscribe("u", lambda message: seen.append(message.data))
            await receiver.subscribe("u", lambda message: other.append(message.data))
            await publisher.publish("u", b"1")
            await settle(publisher, receiver)
            await unsubscribe()
            await unsubscribe()  # once more does no harm
            await publisher.publish("u", b"2")
            await settle(publisher, receiver)
            assert (seen, other) == ([b"1"], [b"1", b"2"])

    run(main())


def test_a_subscription_is_in_force_when_subscribe_returns(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            for i in range(50):
                seen: list[bytes] = []
                await receiver.subscribe(f"at.once.{i}", lambda message, seen=seen: seen.append(message.data))  # type: ignore[misc]  # as above
                await publisher.publish(f"at.once.{i}", b"x")
                await settle(publisher, receiver)
                assert seen == [b"x"]

    run(main())


def test_after_flush_the_server_has_everything_published(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (one, two):
            seen: list[bytes] = []
            await two.subscribe("flushed", lambda message: seen.append(message.data))
            for i in range(0, 200, 2):
                await one.publish("flushed", b"%d" % i)
                await one.flush()
                await two.publish("flushed", b"%d" % (i + 1))
                await two.flush()
            await settle(one, two)
            assert seen == [b"%d" % i for i in range(200)]

    run(main())


def test_who_gives_up_a_flush_still_hears(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: list[bytes] = []
            await receiver.subscribe("after", lambda message: seen.append(message.data))
            for turn in range(4):  # given up with the question under way
                flushing = asyncio.create_task(receiver.flush())
                for _ in range(turn):
                    await asyncio.sleep(0)
                flushing.cancel()
                await asyncio.gather(flushing, return_exceptions=True)
                await publisher.publish("after", b"%d" % turn)
                await settle(publisher, receiver)
            assert seen == [b"0", b"1", b"2", b"3"]

    run(main())


def test_the_largest_payload_arrives_and_a_larger_one_is_refused(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: list[int] = []
            await receiver.subscribe("large", lambda message: seen.append(len(message.data)))
            await publisher.publish("large", bytes(MAX_PAYLOAD_BYTES))
            with pytest.raises(
                BusError, match=f"large: {MAX_PAYLOAD_BYTES + 1} bytes, the server takes at most {MAX_PAYLOAD_BYTES}"
            ):
                await publisher.publish("large", bytes(MAX_PAYLOAD_BYTES + 1))
            await settle(publisher, receiver)
            assert seen == [MAX_PAYLOAD_BYTES]
            assert publisher.connected
            assert receiver.dropped == 0

    run(main())


def test_what_is_kept_is_heard_and_stored_once(pair: OpenPair, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(tmp_path) as (publisher, receiver):
            seen: list[bytes] = []
            await receiver.subscribe("k.*", lambda message: seen.append(message.data))
            for data, message_id in ((b"one", "1"), (b"two", "2"), (b"one", "1")):
                await publisher.keep(Kept("KEPT", "k.*"), "k.a", data, message_id)
            await settle(publisher, receiver)
            assert seen == [b"one", b"two", b"one"], "who listens hears each time"
            if isinstance(publisher, NatsBus):
                assert (await publisher.jetstream().stream_info("KEPT")).state.messages == 2
                await publisher.close()
                with pytest.raises(BusError, match="no connection"):
                    await publisher.keep(Kept("KEPT", "k.*"), "k.a", b"late", "3")

    run(main())
