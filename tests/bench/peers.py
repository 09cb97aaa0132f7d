"""The same hop without us: `python -m tests.bench.peers NAME ask|echo WHERE …`, one end of each in a process.

`echo` prints a line when it listens; `ask` prints its round trips in ms as JSON.
"""

import asyncio
import contextlib
import json
import socket
import sys
from pathlib import Path

import nats
import uvloop
import zmq
import zmq.asyncio
from faststream.nats import NatsBroker

from tests.bench.bench_round_trip import paced


async def nats_echo(where: str) -> None:
    client = await nats.connect(where)

    async def on_frame(message: object) -> None:
        await client.publish("peer.action", answer)

    answer = bytes(90)
    await client.subscribe("peer.frame", cb=on_frame)
    await client.flush()
    _ready()
    await asyncio.sleep(3600)


async def nats_ask(where: str, seconds: float, frame: bytes) -> list[float]:
    client = await nats.connect(where)
    arrived = asyncio.Event()

    async def on_action(message: object) -> None:
        arrived.set()

    await client.subscribe("peer.action", cb=on_action)
    await client.flush()

    async def hop() -> None:
        arrived.clear()
        await client.publish("peer.frame", frame)
        await arrived.wait()

    return await paced(seconds, hop)


async def faststream_echo(where: str) -> None:
    broker = NatsBroker(where, logger=None)
    answer = bytes(90)

    @broker.subscriber("fs.frame")
    @broker.publisher("fs.action")
    async def on_frame(body: bytes) -> bytes:
        return answer

    async with broker:
        await broker.start()
        _ready()
        await asyncio.sleep(3600)


async def faststream_ask(where: str, seconds: float, frame: bytes) -> list[float]:
    broker = NatsBroker(where, logger=None)
    arrived = asyncio.Event()

    @broker.subscriber("fs.action")
    async def on_action(body: bytes) -> None:
        arrived.set()

    async with broker:
        await broker.start()

        async def hop() -> None:
            arrived.clear()
            await broker.publish(frame, "fs.frame")
            await arrived.wait()

        return await paced(seconds, hop)


async def zeromq_echo(where: str) -> None:
    sock = zmq.asyncio.Context.instance().socket(zmq.PAIR)
    sock.bind(f"ipc://{where}")
    _ready()
    answer = bytes(90)
    while True:
        await sock.recv()
        await sock.send(answer)


async def zeromq_ask(where: str, seconds: float, frame: bytes) -> list[float]:
    sock = zmq.asyncio.Context.instance().socket(zmq.PAIR)
    sock.connect(f"ipc://{where}")

    async def hop() -> None:
        await sock.send(frame)
        await sock.recv()

    return await paced(seconds, hop)


async def unix_echo(where: str) -> None:
    Path(where).unlink(missing_ok=True)
    answer = bytes(90)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readexactly(int.from_bytes(await reader.readexactly(4), "little"))
                writer.write(answer)

    async with await asyncio.start_unix_server(serve, where):
        _ready()
        await asyncio.sleep(3600)


async def unix_ask(where: str, seconds: float, frame: bytes) -> list[float]:
    reader, writer = await asyncio.open_unix_connection(where)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    message = len(frame).to_bytes(4, "little") + frame

    async def hop() -> None:
        writer.write(message)
        await reader.readexactly(90)

    return await paced(seconds, hop)


def _ready() -> None:
    print("ready", flush=True)


def main() -> None:
    name, end, where = sys.argv[1:4]
    if end == "echo":
        uvloop.run(globals()[f"{name}_echo"](where))
    else:
        seconds, size = float(sys.argv[4]), int(sys.argv[5])
        print(json.dumps(uvloop.run(globals()[f"{name}_ask"](where, seconds, bytes(size)))))


if __name__ == "__main__":
    main()
