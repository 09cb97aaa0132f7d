"""SkyEmu's HTTP as it is spoken: a fake held to a recording of the real program, and our side against that fake."""

import base64
import json
import multiprocessing
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from runtime.backend import Opening
from runtime.bridges.skyemu import FAMILY, SkyEmuBackend, SkyEmuOptions
from runtime.bridges.skyemu_http import SkyEmuHttp, read_targets
from runtime.bridges.skyemu_process import SkyEmuProcess, free_port
from runtime.bridges.skyemu_state import SkyEmuState
from runtime.console import CONSOLES
from runtime.errors import CoreError, EmulatorError, RomError, StateError, UsageError
from runtime.game import BUILTIN
from tests.conformance.subjects.skyemu import fake_program
from tests.roms.pad import PADS
from tests.skyemu_fake.machine import StillMachine
from tests.skyemu_fake.picture import decode
from tests.skyemu_fake.replies import Replies
from tests.skyemu_fake.server import serve

GOLDEN = Path(__file__).parents[1] / "golden" / "skyemu.json"
ROM = Path("/tmp/spike-emu/gba/demo.gba")  # where the recorded SkyEmu had it
STATE = "/tmp/spike-emu/tr.png"
PAD = PADS["gba"]


def recorded() -> list[tuple[str, bytes]]:
    """Return the recording: what was asked, and each answer as it came over the wire."""
    entries = json.loads(GOLDEN.read_text())
    return [(entry["request"], zlib.decompress(base64.b64decode(entry["response"]))) for entry in entries]


def recorded_picture() -> bytes:
    return dict(recorded())["/screen?format=bmp"].partition(b"\r\n\r\n")[2]


def still(rom: Path = ROM) -> Replies:
    """Return a fake that shows what the recorded SkyEmu did."""
    picture = decode(recorded_picture())
    assert picture is not None
    memory = {0x0300_0000: 0x01, 0x0300_0001: 0xEE, 0x0300_0004: 0x0A}
    replies = Replies(StillMachine(CONSOLES["gba"], rom, picture[..., :3], memory))
    replies.load_rom(rom)
    replies.run_mode = "PAUSE"
    return replies


class Running:
    """A fake that listens in a thread."""

    def __init__(self, replies: Replies) -> None:
        self.replies = replies
        self.server = serve(replies)
        self.port = self.server.server_address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def fake() -> Iterator[Running]:
    running = Running(still())
    yield running
    running.close()


@pytest.fixture
def http(fake: Running) -> Iterator[SkyEmuHttp]:
    client = SkyEmuHttp("127.0.0.1", fake.port)
    yield client
    client.close()


def raw(port: int, target: str) -> bytes:
    """Ask as the recording did, and return all that comes."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        seen = b""
        while piece := connection.recv(1 << 16):
            seen += piece
        return seen


def shown(answer: bytes) -> bytes:
    """Return an answer without what depends on the compressor: a PNG's or JPEG's length and bytes."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"image/png" not in head and b"image/jpg" not in head:
        return answer
    picture = decode(body)
    assert picture is not None
    pixels = b"" if b"image/jpg" in head else picture.tobytes()
    return re.sub(rb"Content-Length: \d+", b"", head) + str(picture.shape).encode() + pixels


def test_the_fake_answers_as_the_real_program_did_byte_for_byte(fake: Running, tmp_path: Path) -> None:
    asked = recorded()
    assert len(asked) == 32
    for target, answer in asked:
        seen = raw(fake.port, target.replace(STATE, str(tmp_path / "tr.png")))
        if target.startswith("/run"):
            assert fake.replies.run_mode == "RUN"
        assert shown(seen) == shown(answer), target


def test_texts_come_without_their_nul(http: SkyEmuHttp) -> None:
    assert http.text("/ping") == "pong"
    http.do("/step?frames=3")


def test_a_failure_with_status_200_is_an_error_that_names_request_and_answer(http: SkyEmuHttp) -> None:
    with pytest.raises(EmulatorError, match=rf"{http.url} answers GET /load\?path=/nope with 'failed'"):
        http.do("/load?path=/nope")


def test_status_404_is_an_error(http: SkyEmuHttp) -> None:
    with pytest.raises(EmulatorError, match="GET /nope with status 404"):
        http.get("/nope")
    assert http.text("/ping") == "pong", "and the next request goes through"


def test_no_request_is_lost_or_sent_twice_over_connections_of_five(fake: Running, http: SkyEmuHttp) -> None:
    targets = [f"/step?frames={n}" for n in range(1, 24)]
    for target in targets:
        http.do(target)
    assert fake.replies.requests == targets


def test_a_connection_that_was_idle_is_left_before_it_leaves_us(
    fake: Running, http: SkyEmuHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    http.do("/step?frames=1")
    monkeypatch.setattr("runtime.bridges.skyemu_http._IDLE_S", 0.0)
    http.do("/step?frames=2")
    assert fake.replies.requests == ["/step?frames=1", "/step?frames=2"]


def test_many_bytes_are_read_in_requests_that_are_as_long_as_allowed(fake: Running, http: SkyEmuHttp) -> None:
    addresses = range(0x0300_0000, 0x0300_0000 + 1500)
    targets = read_targets(addresses)
    assert len(targets) == 3
    assert max(len(target) for target in targets) > 8150
    found = http.read_bytes(targets, 1500)
    assert (found[0], found[1], found[4], len(found)) == (0x01, 0xEE, 0x0A, 1500)
    with pytest.raises(EmulatorError, match="status 414"):
        http.get(targets[0] + "&addr=3000000")


def test_nobody_there_is_an_error_that_says_so() -> None:
    client = SkyEmuHttp("127.0.0.1", free_port())
    with pytest.raises(EmulatorError, match=r"GET /ping with .*refused"):
        client.text("/ping")


def test_a_silent_peer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = SkyEmuHttp("127.0.0.1", listening.getsockname()[1])
        with pytest.raises(EmulatorError, match="no answer"):
            client.get("/ping", limit_s=0.1)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"SSH-2.0-x\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "no Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "99999999999 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npo", "hung up after 2 of 9 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\npong", "1 bytes"),
        (b"HTTP/1.1 200 OK", "hung up without an answer"),
        (b"x" * 100_000, "no HTTP"),
        (b"HTTP/1.1 2x0 OK\r\nContent-Length: 1\r\n\r\nx", "2x0"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe", "no text"),
    ],
)
def test_what_is_no_answer_is_an_error(answer: bytes, problem: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        speaker = threading.Thread(target=speak)
        speaker.start()
        client = SkyEmuHttp("127.0.0.1", listening.getsockname()[1])
        with pytest.raises(EmulatorError, match=problem):
            client.text("/ping")
        client.close()
        speaker.join()


def test_closing_ends_a_request_that_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = SkyEmuHttp("127.0.0.1", listening.getsockname()[1])
        threading.Timer(0.1, client.close).start()
        with pytest.raises(EmulatorError, match="closed by us"):
            client.text("/step")


def attached(fake: Running, rom: Path, **options: Any) -> SkyEmuBackend:
    """Open the backend on a fake that runs already."""
    chosen = SkyEmuOptions(url=f"http://127.0.0.1:{fake.port}", **options)
    return FAMILY.open(Opening(rom=str(rom), console="gba", options=chosen))


class AnyRom(StillMachine):
    """Takes every ROM."""

    def load(self, rom: Path) -> bool:
        return rom.is_file()


@pytest.fixture
def running() -> Iterator[Running]:
    picture = decode(recorded_picture())
    assert picture is not None
    replies = Replies(AnyRom(CONSOLES["gba"], ROM, picture[..., :3], {}))
    replies.load_rom(PAD.rom)
    fake = Running(replies)
    yield fake
    fake.close()


def test_one_that_runs_is_paused_given_a_copy_of_the_rom_and_left_as_it_was(running: Running) -> None:
    backend = attached(running, PAD.rom)
    assert running.replies.run_mode == "PAUSE"
    backend.step(frozenset({"A", "LEFT"}))
    backend.step(frozenset({"A"}))
    backend.step(frozenset({"A"}))
    backend.close()
    backend.close()
    asked = running.replies.requests
    assert [target for target in asked if target.startswith("/step")] == ["/step?frames=0", *["/step?frames=1"] * 3]
    inputs = [target for target in asked if target.startswith("/input")]
    assert inputs[-3:-1] == ["/input?A=1&Left=1", "/input?Left=0"], "only what changes is sent"
    assert "A=0" in inputs[-1]
    assert asked[-1] == "/run"
    loaded = next(target for target in asked if target.startswith("/load_rom"))
    assert quote(str(PAD.rom)) not in loaded
    assert not PAD.rom.with_suffix(".sav").exists()


def test_attached_it_plays_on_and_leaves_rom_and_battery_alone(running: Running, tmp_path: Path) -> None:
    rom = tmp_path / "mine.gba"
    rom.write_bytes(PAD.rom.read_bytes())
    battery = rom.with_suffix(".sav")
    battery.write_bytes(b"progress")
    running.replies.load_rom(rom)
    backend = attached(running, PAD.rom, attach=True)
    backend.step(frozenset({"A"}))
    kept = backend.save_state()
    backend.reset()
    backend.load_state(kept)
    with pytest.raises(StateError, match="attach must not change"):
        backend.load_state(SkyEmuState(b"", b"", ()).encode())
    backend.close()
    loads = [target for target in running.replies.requests if target.startswith("/load_rom")]
    assert loads == [f"/load_rom?path={quote(str(rom))}&pause=1"], "only the reset"
    assert battery.read_bytes() == b"progress"


def test_attached_to_another_game_is_refused(running: Running) -> None:
    running.replies.load_rom(BUILTIN / "emberwood" / "emberwood.gba")
    with pytest.raises(RomError, match="another ROM or version"):
        attached(running, PAD.rom, attach=True)


def test_the_picture_is_the_one_shown_in_the_consoles_colours(running: Running) -> None:
    backend = attached(running, PAD.rom)
    backend.step(frozenset())
    picture = decode(recorded_picture())
    assert picture is not None
    red, green, blue = (picture[..., channel].astype(np.uint16) >> 3 for channel in range(3))
    assert (backend.frame() == (red << 11 | green << 6 | blue)).all()
    backend.close()


def test_one_that_shows_another_console_is_refused(running: Running) -> None:
    with pytest.raises(EmulatorError, match=r"720x480 pixels, a gb has 160x144"):
        FAMILY.open(
            Opening(
                rom=str(PADS["gb"].rom),
                console="gb",
                options=SkyEmuOptions(url=f"http://127.0.0.1:{running.port}"),
            )
        )


def test_a_rom_that_it_refuses_is_an_error(fake: Running) -> None:
    with pytest.raises(RomError, match="Failed to load ROM"):
        attached(fake, PAD.rom)


def test_watched_memory_without_a_watch_is_refused(running: Running) -> None:
    with pytest.raises(UsageError, match="wants a game with watches"):
        attached(running, PAD.rom, memory="watched")


def test_without_a_program_and_a_url_it_says_what_to_give() -> None:
    with pytest.raises(CoreError, match="SKYEMU_BIN"):
        FAMILY.open(Opening(rom=str(PAD.rom), console="gba", options=SkyEmuOptions()))


def test_a_program_that_is_missing_or_ends_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="no such program"):
        FAMILY.find(CONSOLES["gba"], str(tmp_path / "nope"))
    ends = tmp_path / "ends"
    ends.write_text("#!/bin/sh\necho it has no screen >&2\nexit 3\n")
    ends.chmod(0o755)
    with pytest.raises(EmulatorError, match="ended with status 3: it has no screen"):
        FAMILY.open(Opening(rom=str(PAD.rom), console="gba", core=str(ends), options=SkyEmuOptions()))


def test_closing_ends_the_fake_program_and_removes_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    with fake_program() as program:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        options = SkyEmuOptions(port=port - 1)
        backend = FAMILY.open(Opening(rom=str(PAD.rom), console="gba", core=program, options=options, instance=1))
        client = SkyEmuHttp("127.0.0.1", port)
        assert answers(client), "each instance has a port of its own"
        assert list(tmp_path.iterdir())
        backend.close()
        assert not answers(client)
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(EmulatorError, match="closed by us"):
            backend.step(frozenset())
        client.close()


def test_the_fake_program_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    """As a bridge that is killed: SkyEmu gets SIGTERM from Linux, and ends two seconds later."""
    rom = tmp_path / "game.gba"
    rom.write_bytes(PAD.rom.read_bytes())
    port = free_port()
    with fake_program() as program:
        starter = multiprocessing.get_context("spawn").Process(target=start_and_wait, args=(program, port, rom))
        starter.start()
        client = SkyEmuHttp("127.0.0.1", port)
        until(lambda: answers(client))
        starter.kill()
        starter.join()
        until(lambda: not answers(client))
        client.close()


def start_and_wait(program: str, port: int, rom: Path) -> None:
    SkyEmuProcess(program, port, rom)
    time.sleep(60)


def answers(client: SkyEmuHttp) -> bool:
    try:
        return client.text("/ping", limit_s=2.0) == "pong"
    except EmulatorError:
        return False


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most 30 s."""
    deadline_s = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
