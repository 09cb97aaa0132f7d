"""Control requests are checked, and savestates fit or are refused."""

import asyncio

import msgspec
import pytest

from runtime import wire
from runtime.backend import pack_state, restore_state
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.control import OPS, check, control
from runtime.errors import BusError, ControlError, StateError
from runtime.memory_bus import MemoryBus
from runtime.subjects import SessionId

GOOD = {
    "step": wire.Control(op="step", frames=1),
    "save": wire.Control(op="save", slot="a-Z_9"),
    "load": wire.Control(op="load", slot="x" * 64),
    "set_clock": wire.Control(op="set_clock", clock="free"),
    "set_rate": wire.Control(op="set_rate", rate=0.25),
}


@pytest.mark.parametrize("op", OPS)
def test_every_operation_has_a_good_request(op: str) -> None:
    assert check(GOOD.get(op, wire.Control(op=op))) == ""


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (wire.Control(op="jump"), "no operation 'jump'; there are pause, resume, step"),
        (wire.Control(op=""), "no operation ''"),
        (wire.Control(op="step"), "step 0: allowed are 1 or more frames"),
        (wire.Control(op="step", frames=-3), "step -3"),
        (wire.Control(op="save"), "slot '': allowed are 1 to 64 letters"),
        (wire.Control(op="load", slot="../../etc/passwd"), "slot '../../etc/passwd'"),
        (wire.Control(op="save", slot="x" * 65), "slot 'xxx"),
        (wire.Control(op="save", slot="other/a"), "slot 'other/a': allowed are 1 to 64 letters"),
        (wire.Control(op="load", slot="a/b/c"), "slot 'a/b/c': allowed are 1 to 64 letters"),
        (wire.Control(op="load", slot="/c"), "slot '/c'"),
        (wire.Control(op="load", slot="a b/c"), "slot 'a b/c'"),
        (wire.Control(op="set_rate", rate=-1.0), "set_rate -1.0: allowed are numbers above 0, and 0 for"),
        (wire.Control(op="set_rate", rate=float("inf")), "set_rate inf"),
        (wire.Control(op="set_rate", rate=float("nan")), "set_rate nan"),
        (wire.Control(op="save", slot="a\n"), "slot 'a\\n'"),
        (wire.Control(op="set_clock", clock="warp"), "clock 'warp': allowed are realtime, free, lockstep"),
        (wire.Control(op="set_clock"), "clock ''"),
    ],
)
def test_a_bad_request_is_explained(request_: wire.Control, problem: str) -> None:
    assert problem in check(request_)


def state(frame: int = 5) -> wire.Savestate:
    return pack_state(ScriptedBackend(), frame, 1, "slot")


def test_a_savestate_brings_the_emulator_back() -> None:
    backend = ScriptedBackend()
    for _ in range(5):
        backend.step(frozenset({"RIGHT"}))
    kept, memory = pack_state(backend, 5, 0, "slot"), bytes(backend.memory()["ewram"][:8])
    backend.step(frozenset({"LEFT"}))
    restore_state(backend, kept)
    assert bytes(backend.memory()["ewram"][:8]) == memory


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rom_sha256": "0" * 64}, "the savestate is of the ROM 000"),
        ({"core": "mGBA 9"}, "the savestate is of the core 'mGBA 9', this one is 'scripted 1'"),
        ({"data": b"nonsense"}, "the savestate of frame 5 is damaged"),
    ],
)
def test_a_savestate_that_does_not_fit_is_refused(change: dict[str, object], problem: str) -> None:
    with pytest.raises(StateError, match=problem):
        restore_state(ScriptedBackend(), msgspec.structs.replace(state(), **change))


def test_a_state_of_another_size_is_refused() -> None:
    with pytest.raises(StateError, match="has 12 bytes, this one has 3"):
        ScriptedBackend().load_state(b"abc")


def test_control_returns_the_reply_or_raises_its_error() -> None:
    async def main() -> None:
        bus = MemoryBus()
        replies: set[asyncio.Task[None]] = set()

        def answer(message: Message) -> None:
            request = wire.decode(wire.Control, message.data)
            error = "" if request.op == "pause" else "not now"
            reply = wire.ControlReply(frame_index=3, paused=True, clock="free", error=error)
            replies.add(asyncio.ensure_future(bus.publish(message.reply, wire.encode(reply))))

        with pytest.raises(BusError, match=r"fw\.s\.in\.control: nobody listens"):
            await control(bus, SessionId("s"), wire.Control(op="pause"))
        await bus.subscribe("fw.s.in.control", answer)
        assert (await control(bus, SessionId("s"), wire.Control(op="pause"))).frame_index == 3
        with pytest.raises(ControlError, match="not now"):
            await control(bus, SessionId("s"), wire.Control(op="reset"))
        await asyncio.gather(*replies)

    asyncio.run(main())
