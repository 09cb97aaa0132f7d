"""The bus on a NATS server, through nats-py."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError, SlowConsumerError, UnexpectedEOF
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig

from runtime.bus import Handler, Kept, Message, Unsubscribe
from runtime.errors import BusError, ConfigError

log = structlog.get_logger()

#: How long a message may take to be stored before it is sent again; and for how long its id is known for that.
_KEEP_S = 2.0
_KNOWN_S = 24 * 3600.0


class NatsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[nats]` of a launch file: which server, and how to be let in. An empty url means the embedded server."""

    url: str = ""
    credentials: str = ""  # a .creds file
    user: str = ""
    password: str = ""
    token: str = ""
    tls_ca: str = ""  # certificate files, PEM
    tls_cert: str = ""
    tls_key: str = ""
    js_domain: str = ""  # JetStream's domain, where the server is a leaf node of those that store


class _OrderedClient(Client):
    """Calls handlers as messages are read off the connection.

    nats-py gives each subscription a queue and a task, so of several messages that arrive at once, those of one
    subscription come first: a frame's `state` before the `frame` that was sent ahead of it. (nats-py 2.12 to 2.16)
    """

    def __init__(self) -> None:
        super().__init__()
        self.handlers: dict[int, Handler] = {}

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        handler = self.handlers.get(sid)
        if handler is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        try:
            handler(Message(subject.decode(), data, reply.decode()))
        except Exception:  # a message that cannot be used must not end the connection
            log.exception("bus.handler_failed", subject=subject.decode())

    async def _process_pong(self) -> None:
        """Take the answer to a flush; where who waited has given up, nats-py would stop reading (2.12 to 2.16)."""
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def send(self, commands: bytes) -> None:
        """Send commands of the protocol; a third of the time of nats-py's own way to the same buffer (2.12 to 2.16)."""
        self._pending.append(commands)
        self._pending_data_size += len(commands)
        if self._pending_data_size > self._max_pending_size:
            await self._flush_pending(force_flush=True)
        elif self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()


class NatsBus:
    """A connection that comes back by itself when the server does."""

    def __init__(self, client: _OrderedClient, state: dict[str, int], js_domain: str) -> None:
        """Use `connect`."""
        self._client = client
        self._state = state
        self._js_domain = js_domain
        self._kept: set[Kept] = set()  # streams that are there

    @property
    def connected(self) -> bool:
        """Whether messages get out at present."""
        return self._client.is_connected

    @property
    def dropped(self) -> int:
        """See Bus."""
        return self._state["dropped"]

    @property
    def server_name(self) -> str:
        """The server's own name."""
        return str(self._client._server_info.get("server_name", ""))

    def jetstream(self) -> JetStreamContext:
        """Return JetStream on this connection, for the session store."""
        return self._client.jetstream(prefix=self.jetstream_prefix, timeout=10.0)

    @property
    def jetstream_prefix(self) -> str:
        """What JetStream's own subjects begin with."""
        return f"$JS.{self._js_domain}.API" if self._js_domain else "$JS.API"

    @property
    def max_payload(self) -> int:
        """The largest message the server takes, bytes."""
        return self._client.max_payload

    async def publish(self, subject: str, data: bytes, reply: str = "") -> None:
        """See Bus."""
        await self._send(((subject, data),), reply)

    async def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """See Bus."""
        await self._send(messages)

    async def _send(self, messages: Iterable[tuple[str, bytes]], reply: str = "") -> None:
        if not self._client.is_connected:
            return
        parts: list[bytes] = []
        for subject, data in messages:
            if len(data) > self._client._max_payload:
                raise BusError(f"{subject}: {len(data)} bytes, the server takes at most {self.max_payload}")
            parts += (f"PUB {subject} {reply} {len(data)}\r\n".encode(), data, b"\r\n")
        try:
            await self._client.send(b"".join(parts))
        except NatsError as error:  # the connection broke during the call: as lost as without one
            log.debug("bus.publish_lost", error=repr(error))

    async def subscribe(self, subject: str, handler: Handler) -> Unsubscribe:
        """See Bus."""

        async def on_message(message: Msg) -> None:  # for what arrives before the handler is registered
            handler(Message(message.subject, message.data, message.reply))

        subscription = await self._client.subscribe(subject, cb=on_message)
        self._client.handlers[subscription._id] = handler
        await self.flush()
        return _unsubscriber(self._client, subscription)

    async def request(self, subject: str, data: bytes, timeout_s: float) -> bytes:
        """See Bus."""
        if not self._client.is_connected:  # nats-py would keep it, and send it long after we gave up
            raise BusError(f"{subject}: no connection to the server")
        try:
            reply = await self._client.request(subject, data, timeout=timeout_s)
        except NoRespondersError as error:
            raise BusError(f"{subject}: nobody listens") from error
        except NatsTimeoutError as error:
            raise BusError(f"{subject}: no answer within {timeout_s:g} s") from error
        except NatsError as error:
            raise BusError(f"{subject}: {error!r}") from error
        return reply.data

    async def request_many(self, subject: str, data: bytes, wait_s: float) -> list[bytes]:
        """See Bus."""
        replies: list[bytes] = []
        inbox = self._client.new_inbox()
        unsubscribe = await self.subscribe(inbox, lambda message: replies.append(message.data))
        await self.publish(subject, data, reply=inbox)
        await asyncio.sleep(wait_s)
        await unsubscribe()
        # Without a listener the server itself answers, with an empty message.
        return [reply for reply in replies if reply]

    async def keep(self, kept: Kept, subject: str, data: bytes, message_id: str) -> None:
        """See Bus."""
        if not self._client.is_connected:  # nats-py would wait for a connection, beyond every limit of ours
            raise BusError(f"{subject}: no connection to the server")
        stream = self._client.jetstream(prefix=self.jetstream_prefix, timeout=_KEEP_S)
        try:
            if kept not in self._kept:  # a subscriber would hide from us that no stream answers
                await stream.add_stream(_keeping(kept))  # one that is there and equal stays as it is
                self._kept.add(kept)
            await stream.publish(subject, data, headers={"Nats-Msg-Id": message_id})
        except (NatsError, TimeoutError) as error:
            self._kept.discard(kept)
            raise BusError(f"{subject}: not stored: {str(error) or repr(error)}") from error

    async def push(self) -> None:
        """See Bus."""
        await asyncio.sleep(0)  # nats-py's flusher hands its buffer to the transport
        await asyncio.sleep(0)  # uvloop writes it at the end of that turn

    async def flush(self) -> None:
        """See Bus."""
        with contextlib.suppress(NatsError, TimeoutError):
            # nats-py sends the flush's ping ahead of commands that still wait to be written.
            await self._client._flush_pending(force_flush=True)
            await self._client.flush(timeout=5)

    async def close(self) -> None:
        """See Bus."""
        if self._client.is_connected:
            await self.flush()
        with contextlib.suppress(NatsError, TimeoutError, OSError):
            await self._client.close()


async def connect(options: NatsOptions, name: str, timeout_s: float = 5.0) -> NatsBus:
    """Connect to a server; `name` is what the server shows for this client.

    Raises:
        BusError: No server answers there in time, or it does not let us in.
        ConfigError: A certificate or credentials file cannot be read.
    """
    state = {"dropped": 0}
    last_error: list[Exception] = []

    async def on_error(error: Exception) -> None:
        if isinstance(error, SlowConsumerError):
            state["dropped"] += 1
        # A refusal says more than the hang-up after it.
        if not last_error or not isinstance(error, (OSError, UnexpectedEOF)):
            last_error[:] = [error]
        log.debug("bus.error", client=name, error=repr(error))

    client = _OrderedClient()

    async def on_disconnect() -> None:
        for waiting in client._resp_map.values():  # their answers went with the server; nats-py would wait for 10 s
            if not waiting.done():
                waiting.set_exception(UnexpectedEOF())

    try:
        await asyncio.wait_for(
            client.connect(
                options.url,
                name=name,
                error_cb=on_error,
                disconnected_cb=on_disconnect,
                allow_reconnect=True,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.1,  # type: ignore[arg-type]  # nats-py hands it to asyncio.sleep
                connect_timeout=max(1, int(timeout_s)),
                ping_interval=5,
                max_outstanding_pings=2,
                skip_subject_validation=True,  # runtime.subjects makes every subject, from checked names
                **_credentials(options),
            ),
            timeout_s,
        )
    except (NatsError, OSError, TimeoutError) as error:
        cause = last_error[-1] if last_error else error
        raise BusError(f"no NATS server lets us in at {without_secret(options.url)}: {cause!r}") from error
    return NatsBus(client, state, options.js_domain)


def _keeping(kept: Kept) -> StreamConfig:
    return StreamConfig(
        name=kept.stream,
        subjects=[kept.subjects],
        storage=StorageType.FILE,
        num_replicas=1,
        discard=DiscardPolicy.NEW,
        allow_direct=True,
        duplicate_window=_KNOWN_S,
    )


def without_secret(url: str) -> str:
    """Return a server's URL with the user, password or token in it covered."""
    return re.sub(r"(?<=://)[^/@]*@", "***@", url)


def _credentials(options: NatsOptions) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for key, path in (("nats.credentials", options.credentials), ("nats.tls_ca", options.tls_ca)):
        if path and not Path(path).is_file():
            raise ConfigError(path, 0, key, "the file does not exist")
    if options.credentials:
        arguments["user_credentials"] = options.credentials
    if options.user:
        arguments |= {"user": options.user, "password": options.password}
    if options.token:
        arguments["token"] = options.token
    if options.tls_ca or options.tls_cert:
        try:
            context = ssl.create_default_context(cafile=options.tls_ca or None)
            if options.tls_cert:
                context.load_cert_chain(options.tls_cert, options.tls_key or None)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(options.tls_cert or options.tls_ca, 0, "nats.tls_*", str(error)) from error
        arguments["tls"] = context
    return arguments


def _unsubscriber(client: _OrderedClient, subscription: Subscription) -> Callable[[], Awaitable[None]]:
    async def unsubscribe() -> None:
        if not client.is_closed:
            with contextlib.suppress(NatsError):
                await subscription.unsubscribe()
        client.handlers.pop(subscription._id, None)

    return unsubscribe
