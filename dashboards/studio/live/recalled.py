"""What was learnt and planned before anybody looked, from the session's own recording."""

from collections.abc import Collection

from dashboards.studio.live.board import SHOWN
from runtime import wire
from runtime.errors import SessionError
from runtime.nats_bus import NatsOptions, connect
from runtime.subjects import SessionId
from streams.chunks import unpack
from streams.jetstream_store import JetStreamStore

_CLIENT = "framewire-studio-recall"


async def recall(options: NatsOptions, session: SessionId) -> tuple[list[wire.Learnt], list[wire.Plan]]:
    """Return what the recording of a live session holds of quests, and each actor's last plan.

    Reads over a connection of its own, so that it can run in a thread with a loop of its own.

    Raises:
        BusError: The store cannot be reached.
        WireError: A chunk is damaged.
    """
    learnt: list[wire.Learnt] = []
    plans: dict[str, wire.Plan] = {}
    bus = await connect(options, _CLIENT)
    try:
        async for chunk in JetStreamStore(bus).chunks(session, ("learnt", "plan")):
            for record in unpack(chunk):
                if chunk.kind == "plan":
                    plan = wire.decode(wire.Plan, record.data)
                    plans[plan.actor] = plan
                elif facts := _shown(wire.decode(wire.Learnt, record.data), SHOWN):
                    learnt.append(facts)
    except SessionError:  # nothing of it is stored yet
        return [], []
    finally:
        await bus.close()
    return learnt, list(plans.values())


def _shown(learnt: wire.Learnt, kinds: Collection[str]) -> wire.Learnt | None:
    facts = tuple(fact for fact in learnt.facts if fact.kind in kinds)
    if not facts:
        return None
    return wire.Learnt(actor=learnt.actor, frame_index=learnt.frame_index, sent_ns=learnt.sent_ns, facts=facts)
