"""BizHawk on the emulated host, never run in EmuHawk: whoever dies, nobody hangs, and no byte is lost."""

import contextlib
import itertools
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from runtime.backend import Opening
from runtime.bridges import lua_wire
from runtime.bridges.bizhawk import FAMILY, BizHawkBackend, BizHawkOptions
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.bridges.lua_state import seal, unseal
from runtime.console import CONSOLES
from runtime.errors import CoreError, EmulatorError, UsageError
from runtime.families import options_of
from runtime.game import BUILTIN, load_game
from runtime.pixels import to_rgb
from tests.alone import alone, missing
from tests.emuhawk_host.running import ROOT, SCRIPTS, free_port, scripts_in, start_host
from tests.roms.pad import BLOCK_BYTES, PADS, decode

GAME = BUILTIN / "emberwood"
EMBERWOOD = GAME / "emberwood.gba"
PAD = PADS["gba"].rom

#: Far above what anything here takes on a busy machine; what hangs is found out by it.
HANGS_S = 60.0

Host: TypeAlias = "subprocess.Popen[str]"


@pytest.fixture(scope="module", autouse=True)
def core() -> None:
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        missing(str(error))


@pytest.fixture
def hosts() -> Iterator[Callable[..., Host]]:
    """Start hosts, and end them all."""
    started = []

    def start(rom: Path = PAD, script: Path = SCRIPTS / "bizhawk.lua", **options: int) -> Host:
        started.append(start_host(rom, script, **options))
        return started[-1]

    yield start
    for host in started:
        host.kill()
        host.communicate()


def opened(port: int, rom: Path = PAD, *, memory: str = "chunked", pictures: str = "frame") -> BizHawkBackend:
    options = BizHawkOptions(port=port, memory=memory, pictures=pictures, wait_s=HANGS_S)  # type: ignore[arg-type]
    return FAMILY.open(Opening(rom=str(rom), console="gba", options=options))


def play_on(backend: BizHawkBackend) -> None:
    """Step until something stops it."""
    for _ in range(200):
        backend.step(frozenset())


def shown_by(host: Host) -> str:
    """Wait until a host closes, and return what its console showed."""
    return host.communicate(timeout=HANGS_S)[1]


def written(tmp_path: Path, text: str) -> Path:
    """Return a script that does something more, and then what bizhawk.lua does."""
    folder = scripts_in(tmp_path / "scripts")
    script = folder / "more.lua"
    script.write_text(f'{text}\ndofile("bizhawk.lua")\n')
    return script


# --- what crosses ----------------------------------------------------------------------------------------------------


def truth(frames: int) -> tuple[list[bytes], bytes, bytes]:
    """Return the memory, EWRAM and IWRAM, after each of the first frames, the last picture, and the last state."""
    backend = LibretroBackend(find_core(CONSOLES["gba"]), EMBERWOOD, CONSOLES["gba"])
    images = []
    for frame in range(frames):
        backend.step(frozenset({"START"} if frame % 9 == 0 else ()))
        images.append(b"".join(backend.memory()[name].tobytes() for name in ("ewram", "iwram")))
    picture = to_rgb(backend.frame(), backend.pixel_format).tobytes()
    state = backend.save_state()
    backend.close()
    return images, picture, state


def test_emulated_host_all_memory_every_pixel_and_the_state_cross(hosts: Callable[..., Host]) -> None:
    images, picture, state = alone(truth, 90)
    port = free_port()
    hosts(EMBERWOOD, port=port)
    backend = opened(port, EMBERWOOD, memory="full")
    for frame, image in enumerate(images):
        backend.step(frozenset({"START"} if frame % 9 == 0 else ()))
        assert b"".join(backend.memory()[name].tobytes() for name in ("ewram", "iwram")) == image
    assert to_rgb(backend.frame(), backend.pixel_format).tobytes() == picture
    assert backend.save_state().endswith(state)
    backend.close()


def test_emulated_host_chunked_memory_is_at_most_five_frames_old(hosts: Callable[..., Host]) -> None:
    images, _, _ = alone(truth, 60)
    port = free_port()
    hosts(EMBERWOOD, port=port)
    backend = opened(port, EMBERWOOD)
    arrays = [np.frombuffer(image, np.uint8) for image in images]
    for frame in range(60):
        backend.step(frozenset({"START"} if frame % 9 == 0 else ()))
        now = np.concatenate([backend.memory()[name] for name in ("ewram", "iwram")])
        fresh = 0
        for start, size, chunk in ((0, 0x40000, 52432), (0x40000, 0x8000, 6556)):
            for first in range(start, start + size, chunk):
                span = slice(first, min(first + chunk, start + size))
                ages = [age for age in range(min(5, frame + 1)) if np.array_equal(now[span], arrays[frame - age][span])]
                assert ages or frame < 4, f"frame {frame}, chunk at {first}"
                fresh += 0 in ages
        assert fresh >= 2, "a chunk of each region is of this frame"
    backend.close()


def test_emulated_host_watched_bytes_are_of_each_frame(hosts: Callable[..., Host]) -> None:
    game = load_game(GAME / "game.toml")
    images, _, _ = alone(truth, 60)
    port = free_port()
    hosts(EMBERWOOD, port=port)
    options = BizHawkOptions(port=port, wait_s=HANGS_S)
    backend = FAMILY.open(Opening(rom=str(EMBERWOOD), console="gba", options=options, watches=game.watch))
    for frame, image in enumerate(images):
        backend.step(frozenset({"START"} if frame % 9 == 0 else ()))
        for watch in game.watch:
            region = next(r for r in backend.regions if r.address <= watch.address < r.address + r.size)
            offset = watch.address - region.address
            base = 0 if region.name == "ewram" else 0x40000
            seen = backend.memory()[region.name][offset : offset + watch.size].tobytes()
            assert seen == image[base + offset : base + offset + watch.size], watch.name
    backend.close()


def test_emulated_host_a_text_loses_bytes_and_a_table_does_not(hosts: Callable[..., Host], tmp_path: Path) -> None:
    """Why bizhawk.lua sends tables: the trap is there, and what it does instead is whole."""
    script = tmp_path / "bytes.lua"
    script.write_text(
        "local all = {} for i = 0, 255 do all[i + 1] = i end\n"
        "comm.socketServerSend(string.char(table.unpack(all)))\ncomm.socketServerSendBytes(all)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(HANGS_S)
        hosts(script=script, port=listener.getsockname()[1], frames=1)
        peer, _ = listener.accept()
        with peer:
            got = b""
            while data := peer.recv(4096):
                got += data
    every = bytes(range(256))
    assert got.endswith(every)
    as_text = got[: -len(every)].partition(b" ")[2]
    assert as_text == every.decode("utf-8", "replace").encode()
    assert as_text != every


def test_emulated_host_savestates_of_any_bytes_cross_both_ways(hosts: Callable[..., Host], tmp_path: Path) -> None:
    """A wrapper takes the place of EmuHawk's savestates, and gives back what it was given."""
    kept = "kept.state"
    script = written(
        tmp_path,
        "local function copy(from, to) local f = io.open(from, 'rb'); local text = f:read('a'); f:close()\n"
        "f = io.open(to, 'wb'); f:write(text); f:close() end\n"
        f"function savestate.save(path) copy('{kept}', path) end\n"
        f"function savestate.load(path) copy(path, '{kept}'); for _, f in ipairs(loaded) do f() end end\n"
        "loaded = {}\nlocal on = event.onloadstate\n"
        "function event.onloadstate(f) table.insert(loaded, f); return on(f) end",
    )
    port = free_port()
    hosts(script=script, port=port)
    backend = opened(port)
    state = bytes(range(256)) * 700 + bytes(range(255, -1, -1))
    backend.load_state(seal(b"FWbh", state))
    assert (script.parent / kept).read_bytes() == state
    assert unseal(b"FWbh", backend.save_state(), backend.core) == state
    left = sorted(path.name for path in script.parent.glob("*.state"))
    assert left == [kept], "what passed through files is removed"
    backend.close()


def test_emulated_host_pictures_of_sets_come_with_every_fifth_frame(hosts: Callable[..., Host]) -> None:
    port = free_port()
    hosts(port=port)
    backend = opened(port, pictures="set")
    backend.step(frozenset(), frames=30)
    changes, before = [], backend.frame().copy()
    for frame in range(30):
        backend.step(frozenset())
        if not np.array_equal(before, backend.frame()):
            changes.append(frame)
        before = backend.frame().copy()
    assert len(changes) == 6
    assert {later - earlier for earlier, later in itertools.pairwise(changes)} == {5}
    backend.close()


# --- who leaves ------------------------------------------------------------------------------------------------------

BRIDGE = """
import sys, time
from pathlib import Path
from tests.emulator.test_bizhawk import opened
backend = opened(int(sys.argv[1]))
while True:
    backend.step(frozenset({"A"}))
    print("step", flush=True)
"""


def test_emulated_host_goes_on_when_the_bridge_is_killed(hosts: Callable[..., Host]) -> None:
    port = free_port()
    host = hosts(port=port, frames=3000)
    bridge = subprocess.Popen([sys.executable, "-c", BRIDGE, str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert bridge.stdout is not None
        for _ in range(20):
            line = bridge.stdout.readline()
            while line and line.strip() != "step":
                line = bridge.stdout.readline()
    finally:
        bridge.kill()
        bridge.communicate()
    shown = shown_by(host)
    assert "the bridge is gone; the game goes on" in shown
    assert "emuhawk closes after frame 3000" in shown, "it did not hang, and ran all frames"


@contextlib.contextmanager
def raw_bridge(hosts: Callable[..., Host], script: Path, frames: int) -> Iterator[tuple[socket.socket, Host]]:
    """Be the bridge by hand: yield the connection after the hello, and the host."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(HANGS_S)
        host = hosts(script=script, port=listener.getsockname()[1], frames=frames)
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(HANGS_S)
            assert isinstance(reply_on(peer, lua_wire.Reader()), lua_wire.Hello)
            yield peer, host


def reply_on(peer: socket.socket, reader: lua_wire.Reader) -> lua_wire.Reply:
    """Return the next reply that is no sign of life."""
    while True:
        while (payload := reader.next()) is None:
            data = peer.recv(1 << 16)
            assert data, "the host closed"
            reader.feed(data)
        if not isinstance(reply := lua_wire.decode(payload), lua_wire.Alive):
            return reply


def test_emulated_host_would_hang_at_a_connection_closed_in_order(hosts: Callable[..., Host]) -> None:
    """Why the bridge resets connections: the trap is there."""
    with raw_bridge(hosts, SCRIPTS / "bizhawk.lua", 50) as (_, host):
        pass
    assert host.stderr is not None
    assert "emuhawk hangs: the peer closed its socket" in host.stderr.readline()


def test_emulated_host_goes_on_when_the_bridge_falls_silent(hosts: Callable[..., Host], tmp_path: Path) -> None:
    """As when the network goes, or the bridge is stopped by a debugger: nothing closes the connection."""
    script = scripts_in(tmp_path) / "bizhawk.lua"
    script.write_text(script.read_text().replace("TIMEOUT_MS = 1500", "TIMEOUT_MS = 60"))
    with raw_bridge(hosts, script, 50) as (_, host):
        shown = shown_by(host)
    assert "the bridge is gone; the game goes on" in shown
    assert "emuhawk closes after frame 50" in shown


def test_emulated_host_goes_on_after_a_goodbye(hosts: Callable[..., Host]) -> None:
    port = free_port()
    host = hosts(port=port, frames=400)
    backend = opened(port)
    backend.step(frozenset())
    backend.close()
    shown = shown_by(host)
    assert "the bridge says goodbye: the session ends" in shown
    assert "emuhawk closes after frame 400" in shown


def test_emulated_host_serves_the_next_session_when_the_script_is_started_again(
    hosts: Callable[..., Host], tmp_path: Path
) -> None:
    folder = scripts_in(tmp_path)
    script = folder / "twice.lua"
    script.write_text(
        'dofile("bizhawk.lua")\nlocal go\nrepeat emu.frameadvance(); go = io.open("go", "rb") until go\n'
        'go:close()\ndofile("bizhawk.lua")\n'
    )
    port = free_port()
    hosts(script=script, port=port)
    first = opened(port)
    first.step(frozenset({"A"}))
    first.close()
    person = threading.Timer(0.5, (folder / "go").touch)
    person.start()
    second = opened(port)
    second.step(frozenset({"A"}))
    second.close()
    person.join()


@pytest.mark.parametrize("port", [0, 1], ids=["no socket", "nobody listens any more"])
def test_emulated_host_without_a_bridge_says_so_and_plays_on(
    hosts: Callable[..., Host], tmp_path: Path, port: int
) -> None:
    if not port:
        host = hosts(frames=30)
    else:
        script = written(tmp_path, "for _ = 1, 20 do emu.frameadvance() end")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(HANGS_S)
            host = hosts(script=script, port=listener.getsockname()[1], frames=30)
            peer, _ = listener.accept()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    shown = shown_by(host)
    assert "no bridge listens: start `runtime up`, then EmuHawk with the --socket_ip" in shown
    assert "emuhawk closes after frame 30" in shown


def test_emulated_host_that_closes_says_goodbye(hosts: Callable[..., Host]) -> None:
    port = free_port()
    hosts(port=port, frames=10)
    backend = opened(port)
    with pytest.raises(EmulatorError, match="the emulator left: the script was stopped"):
        play_on(backend)
    backend.close()


def test_emulated_host_with_an_error_in_the_script_says_so(hosts: Callable[..., Host], tmp_path: Path) -> None:
    script = written(
        tmp_path,
        "local hash, calls = memory.hash_region, 0\n"
        "function memory.hash_region(...) calls = calls + 1; assert(calls < 2000, 'a bug'); return hash(...) end",
    )
    port = free_port()
    host = hosts(script=script, port=port, frames=200)
    backend = opened(port)
    with pytest.raises(EmulatorError, match=r"the emulator left: an error in bizhawk\.lua"):
        play_on(backend)
    backend.close()
    host.wait(HANGS_S)
    assert host.returncode == 1


def test_emulated_host_that_is_killed_ends_the_session(hosts: Callable[..., Host]) -> None:
    port = free_port()
    host = hosts(port=port)
    backend = opened(port)
    backend.step(frozenset())
    host.kill()
    with pytest.raises(EmulatorError, match="the emulator is gone"):
        play_on(backend)
    backend.close()


def test_emulated_host_with_another_rom_is_refused(hosts: Callable[..., Host]) -> None:
    port = free_port()
    hosts(EMBERWOOD, port=port)
    options = BizHawkOptions(port=port, wait_s=15)
    with pytest.raises(EmulatorError, match=r"refused: EmuHawk runs another ROM: emberwood, hash [0-9A-F]{40}"):
        FAMILY.open(Opening(rom=str(PAD), console="gba", options=options))


# --- what gets lost on the way ---------------------------------------------------------------------------------------


def test_emulated_host_asks_again_for_a_request_that_lost_its_beginning(
    hosts: Callable[..., Host], tmp_path: Path
) -> None:
    """The length's first digit comes, then nothing until the timeout: EmuHawk forgets it, and reads the rest wrong."""
    script = scripts_in(tmp_path) / "bizhawk.lua"
    script.write_text(script.read_text().replace("TIMEOUT_MS = 1500", "TIMEOUT_MS = 300"))
    request = lua_wire.request("step", "1", "A,B", ".")
    assert request == b"12 step 1 A,B ."
    reader = lua_wire.Reader()
    with raw_bridge(hosts, script, 200) as (peer, _):
        for first in (1, 2, 3, 8):
            peer.sendall(request[:first])
            time.sleep(1.2)
            peer.sendall(request[first:])
            assert reply_on(peer, reader) == lua_wire.Refused("again")
            peer.sendall(request)
            assert isinstance(reply_on(peer, reader), lua_wire.Picture)
            frame = reply_on(peer, reader)
            assert isinstance(frame, lua_wire.Frame)
            assert frame.keys == 0b11


def test_emulated_host_does_nothing_for_a_request_that_was_cut_off(hosts: Callable[..., Host]) -> None:
    """Of "step 1 A,RIGHT ." a shortened length leaves "step 1 A," or "step 1 A": plausible, and wrong."""
    reader = lua_wire.Reader()
    with raw_bridge(hosts, SCRIPTS / "bizhawk.lua", 200) as (peer, _):
        for cut_off in ("step 1 A", "step 1 A,", "step", "load 00", "nonsense ."):
            peer.sendall(lua_wire.message(cut_off.encode()))
            assert reply_on(peer, reader) == lua_wire.Refused("again")
        peer.sendall(lua_wire.request("ping", "."))
        assert reply_on(peer, reader) == lua_wire.Done()
        peer.sendall(lua_wire.request("step", "1", "A,MENU", "."))
        assert reply_on(peer, reader) == lua_wire.Refused(
            "no button MENU; there are A, B, L, R, SELECT, START, UP, DOWN, LEFT, RIGHT"
        )


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"memory": "all"}, "Invalid enum value 'all'"),
        ({"pictures": "none"}, "Invalid enum value 'none'"),
        ({"port": 70000}, "port 70000: allowed are 0 to 65535"),
        ({"wait_s": 0}, "wait_s 0: allowed are more than 0 s, and at most a day"),
        ({"speed": 1}, "unknown field `speed`"),
    ],
)
def test_options_that_cannot_be_are_refused(table: dict[str, object], problem: str) -> None:
    with pytest.raises(
        UsageError, match=f"options of backend bizhawk: .*{problem}.*; allowed are address, port, memory"
    ):
        options_of(FAMILY, table)


def test_watched_memory_without_watches_is_refused() -> None:
    options = BizHawkOptions(port=0, memory="watched", wait_s=1)
    with pytest.raises(UsageError, match='memory = "watched" wants a game with watches; this one has none'):
        FAMILY.open(Opening(rom=str(PAD), console="gba", options=options))


def test_nobody_comes() -> None:
    with pytest.raises(EmulatorError, match=r"no emulator connected to 127\.0\.0\.1:\d+ within 0\.1 s"):
        FAMILY.open(Opening(rom=str(PAD), console="gba", options=BizHawkOptions(port=0, wait_s=0.1)))


# --- a person at EmuHawk's window ------------------------------------------------------------------------------------


def test_emulated_host_waits_while_the_bridge_is_idle_and_frames_of_a_person_are_counted(
    hosts: Callable[..., Host], tmp_path: Path
) -> None:
    """An idle bridge pauses EmuHawk; somebody unpauses it for a moment, and these frames are skipped ones."""
    script = written(
        tmp_path,
        "local yield, yields = emu.yield, 0\n"
        "function emu.yield() yields = yields + 1; if yields % 3 == 0 then client.unpause() end; yield() end",
    )
    port = free_port()
    hosts(script=script, port=port)
    backend = opened(port, memory="full")
    backend.step(frozenset(), frames=60)
    before, steps = game_frame(backend), 0
    while not backend.skipped:
        assert steps < HANGS_S, "nobody unpaused EmuHawk"
        time.sleep(1)
        backend.step(frozenset())
        steps += 1
    assert game_frame(backend) == before + steps + backend.skipped
    backend.close()


def game_frame(backend: BizHawkBackend) -> int:
    return decode("gba", bytes(backend.memory()["ewram"][:BLOCK_BYTES])).frame
