"""Control requests are checked, and slots keep savestates on disk."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from runtime import wire
from runtime.backend import pack_state, restore_state
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.control import OPS, Slots, check, control
from runtime.errors import BusError, ControlError, StateError
from runtime.memory_bus import MemoryBus
from runtime.subjects import SessionId

GOOD = {
    "step": wire.Control(op="step", frames=1),
    "save": wire.Control(op="save", slot="a-Z_9"),
    "load": wire.Control(op="load", slot="x" * 64),
    "set_clock": wire.Control(op="set_clock", clock="free"),
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
        (wire.Control(op="save", slot="a\n"), "slot 'a\\n'"),
        (wire.Control(op="set_clock", clock="warp"), "clock 'warp': allowed are realtime, free, lockstep"),
        (wire.Control(op="set_clock"), "clock ''"),
    ],
)
def test_a_bad_request_is_explained(request_: wire.Control, problem: str) -> None:
    assert problem in check(request_)


def state(frame: int = 5) -> wire.Savestate:
    return pack_state(ScriptedBackend(), frame, 1, "slot")


def test_a_slot_gives_back_what_was_saved(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots")
    slots.save("one", state(1))
    slots.save("two", state(2))
    slots.save("one", state(3))
    assert Slots(tmp_path / "slots").load("one") == state(3)
    assert slots.load("two") == state(2)
    assert sorted(path.name for path in (tmp_path / "slots").iterdir()) == ["one.state", "two.state"]


def test_an_unknown_slot_is_named_with_those_there_are(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots")
    with pytest.raises(ControlError, match="no slot 'a'; there are none"):
        slots.load("a")
    slots.save("c", state())
    slots.save("b", state())
    with pytest.raises(ControlError, match="no slot 'a'; there are b, c"):
        slots.load("a")


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", wire.encode(wire.Join(actor="a", every=1)), wire.encode(state())[:-4]]
)
def test_a_damaged_slot_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.state").write_bytes(data)
    with pytest.raises(ControlError, match="slot 'bad' is damaged"):
        Slots(tmp_path).load("bad")


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
