"""Slots in JetStream: one object store for all sessions, an object `<session>/<slot>` for each slot.

A state of 100 KB is one chunk of the object store (128 KiB each); its metadata lie beside it, so that listing reads no
state. Every call has a limit: JetStream may stand still for seconds while the game goes on.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import msgspec
from nats.errors import Error as NatsError
from nats.js.api import ObjectInfo, ObjectMeta, ObjectMetaOptions, StorageType
from nats.js.errors import BucketNotFoundError, NotFoundError
from nats.js.object_store import OBJ_DEFAULT_CHUNK_SIZE, ObjectStore

from runtime import wire
from runtime.errors import ControlError
from runtime.nats_bus import NatsBus
from runtime.slots import SlotFacts, SlotName, no_slot, read_state, slot_facts
from runtime.subjects import SLOTS_BUCKET, SessionId

#: A lost leader stalls durable writes for 4 to 6 s (measurements, "Deploy").
LIMIT_S = 10.0

_FACTS = "framewire.slot"


class JetStreamSlots:
    """Slots on the server of one bus connection."""

    def __init__(self, bus: NatsBus, limit_s: float = LIMIT_S) -> None:
        """Prepare; a call that takes longer than `limit_s` fails."""
        self._bus, self._limit_s = bus, limit_s
        self._stream = bus.jetstream()

    async def save(self, session: SessionId, slot: str, state: wire.Savestate) -> None:
        """See Slots."""
        data = wire.encode(state)
        facts = slot_facts(SlotName(session, slot), state, len(data), "")
        meta = ObjectMeta(
            name=f"{session}/{slot}",
            description=f"before frame {state.frame_index}, {state.core}",
            headers={_FACTS: msgspec.json.encode(facts).decode()},
            options=ObjectMetaOptions(max_chunk_size=min(OBJ_DEFAULT_CHUNK_SIZE, self._bus.max_payload // 2)),
        )
        async with self._reaching(f"slot {slot!r} is not saved"):
            store = await self._store() or await self._stream.create_object_store(
                SLOTS_BUCKET, description="framewire: savestates by name", storage=StorageType.FILE
            )
            await store.put(f"{session}/{slot}", data, meta)

    async def load(self, session: SessionId, slot: str) -> wire.Savestate:
        """See Slots."""
        async with self._reaching(f"slot {slot!r} is not loaded"):
            store = await self._store()
            try:
                found = await store.get(f"{session}/{slot}") if store else None
            except NotFoundError:
                found = None
            if found is None:
                raise no_slot(session, slot, await self._listed(session))
        return read_state(session, slot, found.data or b"")

    async def list(self, session: str = "") -> Sequence[SlotFacts]:
        """See Slots."""
        async with self._reaching("the slots are not listed"):
            return await self._listed(session)

    async def remove(self, session: SessionId, slot: str) -> None:
        """See Slots."""
        async with self._reaching(f"slot {slot!r} is not removed"):
            there = await self._listed(session)
            store = await self._store()
            if store is None or slot not in {facts.slot for facts in there}:
                raise no_slot(session, slot, there)
            await store.delete(f"{session}/{slot}")

    async def _listed(self, session: str) -> Sequence[SlotFacts]:
        store = await self._store()
        try:
            found = await store.list(ignore_deletes=True) if store else []
        except NotFoundError:  # nats-py's way to say that it is empty
            found = []
        told = sorted(
            (facts for info in found if (facts := _facts(info))), key=lambda facts: (facts.session, facts.slot)
        )
        return [facts for facts in told if session in ("", facts.session)]

    async def _store(self) -> ObjectStore | None:
        """Return the object store; None before the first slot."""
        try:
            return await self._stream.object_store(SLOTS_BUCKET)
        except BucketNotFoundError:
            return None

    @contextlib.asynccontextmanager
    async def _reaching(self, what: str) -> AsyncIterator[None]:
        """Turn a server that is away, stands still, or has no JetStream into an error."""
        if not self._bus.connected:  # nats-py would send it long after we gave up
            raise ControlError(f"{what}: no connection to the NATS server")
        try:
            async with asyncio.timeout(self._limit_s):
                yield
        except TimeoutError as error:
            raise ControlError(f"{what}: JetStream does not answer within {self._limit_s:g} s") from error
        except NatsError as error:
            raise ControlError(f"{what}: JetStream says: {str(error) or repr(error)}") from error


def _facts(info: ObjectInfo) -> SlotFacts | None:
    """Return what an object's metadata tell; None for one that is not ours."""
    try:
        facts = msgspec.json.decode((info.headers or {})[_FACTS], type=SlotFacts)
    except (KeyError, msgspec.DecodeError):
        return None
    return msgspec.structs.replace(facts, stored=info.mtime or "")
