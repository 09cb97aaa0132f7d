"""lua/event_logger.lua on the emulated host, never run in EmuHawk: what it writes is what the core had."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.game import BUILTIN
from runtime.pixels import to_rgb
from streams.framesets.changes import ChangeFinder
from streams.framesets.event_log import HEADER, EventLog, EventRow
from streams.framesets.layout import GBA_REGIONS, Layout
from streams.importers.rommer import Source, import_rommer
from streams.session import open_session
from streams.store import MemoryStore
from tests.alone import alone, missing
from tests.emuhawk_host.running import run_host, scripts_in

ROM = BUILTIN / "emberwood" / "emberwood.gba"
FRAMES = 400

#: What the person at the emulated host's joypad does: every part of it for so many frames, over and over.
PARTS = [("", 70), ("START", 6), ("", 40), ("DOWN", 20), ("RIGHT+A", 11), ("", 3), ("LEFT", 30)]

#: By frame, address, value before, value after and frequency; (frames, bytes) memory; pictures of the sets.
Had = tuple[list[tuple[int, int, int, int, int]], NDArray[np.uint8], list[bytes]]

PLAYED = """
local parts, frame, part, left = {%s}, 0, 0, 0
local advance = emu.frameadvance
function emu.frameadvance()
  if left == 0 then
    part = part %% #parts + 1
    left = parts[part].frames
  end
  joypad.set(parts[part].held)
  left = left - 1
  advance()
end
%s
dofile("event_logger.lua")
"""


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def held_on(frame: int) -> frozenset[str]:
    at = frame % sum(frames for _, frames in PARTS)
    for buttons, frames in PARTS:
        if at < frames:
            return frozenset(filter(None, buttons.split("+")))
        at -= frames
    raise AssertionError(frame)


def _lua_buttons(buttons: str) -> str:
    return ", ".join(f"{button.capitalize()} = true" for button in filter(None, buttons.split("+")))


def played(folder: Path, more: str = "") -> Path:
    """Return a script that plays the parts, while the logger logs."""
    scripts_in(folder)
    parts = ", ".join(f"{{ frames = {frames}, held = {{ {_lua_buttons(buttons)} }} }}" for buttons, frames in PARTS)
    script = folder / "played.lua"
    script.write_text(PLAYED % (parts, more))
    return script


@pytest.fixture(scope="module", autouse=True)
def core() -> None:
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        missing(str(error))


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the logger logged some hundred frames."""
    folder = tmp_path_factory.mktemp("logged")
    run_host(ROM, played(folder), frames=FRAMES)
    return folder


def truth(frames: int, images_at: Path | None = None) -> tuple[list[tuple[int, int, int, int, int]], list[bytes]]:
    """Return the changes that a chunked scan of the core sees, and each frame set's picture; write frames' memory."""
    backend = LibretroBackend(find_core(CONSOLES["gba"]), ROM, CONSOLES["gba"])
    layout = Layout(GBA_REGIONS)
    finder = ChangeFinder(layout, "chunked")
    changes, images, pictures = [], [], []
    for frame in range(frames):
        backend.step(held_on(frame))
        image = np.concatenate([backend.memory()[region.name] for region in GBA_REGIONS])
        found = finder.compare(frame, image)
        addresses = layout.addresses(found.words, layout.region_of(found.words))
        changes += [
            (frame, *values)
            for values in zip(
                *(array.tolist() for array in (addresses, found.before, found.after, found.freq)), strict=True
            )
        ]
        if images_at:
            images.append(image.copy())
        if frame % 5 == 4:
            pictures.append(to_rgb(backend.frame(), backend.pixel_format).tobytes())
    backend.close()
    if images_at:
        np.save(images_at, np.stack(images))
    return changes, pictures


@pytest.fixture(scope="module")
def core_had(logged: Path) -> Had:
    """Return the changes, (frames, bytes) memory, and pictures of the same play on a core of its own."""
    changes, pictures = alone(truth, FRAMES, logged / "images.npy")
    return changes, np.load(logged / "images.npy", mmap_mode="r"), pictures


def rows_of(folder: Path) -> list[EventRow]:
    return list(EventLog(folder / "event_logs/event_log.csv"))


def test_emulated_host_every_change_is_a_row_with_the_cores_values(logged: Path, core_had: Had) -> None:
    rows, changes = rows_of(logged), core_had[0]
    assert len(rows) > 500
    assert [(row.frame, row.address, row.prev_val, row.curr_val, row.freq) for row in rows] == changes


def test_emulated_host_rows_have_the_twelve_columns(logged: Path) -> None:
    lines = (logged / "event_logs/event_log.csv").read_text().splitlines()
    assert lines[0] == HEADER
    for line, row in zip(lines[1:], rows_of(logged), strict=True):
        fields = line.split(",")
        assert len(fields) == 12
        assert all(len(fields[at]) == 8 and fields[at] == fields[at].upper() for at in (3, 4, 5, 7))
        chunk = {"iwram": 6556, "ewram": 52432}[row.region]
        start = {"iwram": 0x03000000, "ewram": 0x02000000}[row.region]
        assert (row.frame_set_id, row.chunk_id) == (row.frame // 5, row.frame % 5)
        assert row.chunk_id == (row.address - start) // chunk
        assert 1 <= row.freq <= 20, "a word is looked at on 20 of 100 frames"
    times = [row.timestamp for row in rows_of(logged)]
    assert times == sorted(times)
    assert times[0] > 1_600_000_000_000


def test_emulated_host_keys_are_those_of_the_frame(logged: Path) -> None:
    order = ("A", "B", "L", "R", "SELECT", "START", "UP", "DOWN", "LEFT", "RIGHT")
    seen = set()
    for row in rows_of(logged):
        wanted = "+".join(button.capitalize() for button in order if button in held_on(row.frame)) or "None"
        assert row.current_keys == wanted
        seen.add(row.key_history)
        assert row.key_history == "None" or len(row.key_history.split(" | ")) <= 5
    assert "Start | Down | A+Right | Left | Start" in seen, "the last five states, newest last"


def test_emulated_host_each_set_has_the_picture_of_its_end(logged: Path, core_had: Had) -> None:
    pictures = core_had[2]
    names = sorted(int(path.stem) for path in (logged / "snapshots").glob("*.png"))
    assert names == list(range(FRAMES // 5))
    for set_id, wanted in enumerate(pictures):
        with Image.open(logged / f"snapshots/{set_id}.png") as image:
            assert image.convert("RGB").tobytes() == wanted


def test_emulated_host_what_was_logged_can_be_imported(logged: Path, core_had: Had) -> None:
    """Each word that ever changed has, on the frames on which it was looked at, the value that the core had."""
    _, images, pictures = core_had

    async def main() -> None:
        store = MemoryStore()
        source = Source(logged / "event_logs/event_log.csv", logged / "snapshots")
        result = await import_rommer(store, source, "logged")
        assert (result.bad, result.cut, result.lacking, result.unused) == (0, False, {}, 0)
        assert result.rows == len(rows_of(logged))
        assert result.unknown_keys == {}
        session = await open_session(store, "logged")
        assert session.meta.scan == "chunked"
        layout = Layout(GBA_REGIONS)
        ever = np.unique([row.address for row in rows_of(logged)])
        words = np.array([a - 0x03000000 if a >= 0x03000000 else a - 0x02000000 + 0x8000 for a in ever.tolist()]) // 4
        chunks = layout.chunks(words, layout.region_of(words))
        frames = 0
        async for tick in session.ticks():
            frames += 1
            frame = tick.frame_index
            looked_at = words[chunks == frame % 5]
            assert np.array_equal(
                layout.view(tick.memory_image().image)[looked_at], images[frame].view("<u4")[looked_at]
            )
            if frame % 5 == 4:
                assert tick.rgb().tobytes() == pictures[frame // 5]
        assert frames == FRAMES

    run(main())


# --- how it begins and ends ------------------------------------------------------------------------------------------


def test_emulated_host_old_logs_are_kept_and_old_pictures_removed(tmp_path: Path) -> None:
    scripts_in(tmp_path)
    logger = tmp_path / "event_logger.lua"
    run_host(ROM, logger, frames=60)
    first = (tmp_path / "event_logs/event_log.csv").read_bytes()
    assert (tmp_path / "snapshots/11.png").exists()
    (tmp_path / "snapshots/mine.png").write_bytes(b"mine")
    run_host(ROM, logger, frames=20)
    second = (tmp_path / "event_logs/event_log.csv").read_bytes()
    run_host(ROM, logger, frames=10)
    assert (tmp_path / "event_logs/event_log.1.csv").read_bytes() == second
    assert (tmp_path / "event_logs/event_log.2.csv").read_bytes() == first
    pictures = {path.name for path in (tmp_path / "snapshots").glob("*.png")}
    assert pictures == {"0.png", "1.png", "mine.png"}


def test_emulated_host_only_nine_old_logs_stay(tmp_path: Path) -> None:
    scripts_in(tmp_path)
    logs = tmp_path / "event_logs"
    logs.mkdir()
    for number in range(1, 10):
        (logs / f"event_log.{number}.csv").write_text(str(number))
    (logs / "event_log.csv").write_text("newest")
    run_host(ROM, tmp_path / "event_logger.lua", frames=3)
    kept = [(logs / f"event_log.{number}.csv").read_text() for number in range(1, 10)]
    assert kept == ["newest", *map(str, range(1, 9))]
    assert not (logs / "event_log.10.csv").exists()


def test_emulated_host_pictures_of_another_program_are_left_alone(tmp_path: Path) -> None:
    scripts_in(tmp_path)
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots/0.png").write_bytes(b"another's")
    shown = run_host(ROM, tmp_path / "event_logger.lua", frames=10, status=1)
    assert "snapshots has pictures that this script did not make: move them away" in shown
    assert (tmp_path / "snapshots/0.png").read_bytes() == b"another's"


ENDS = {
    "exit": ("event.onframeend(function() if emu.framecount() == 40 then client.exit() end end)", 0),
    "error": ("local n = 0; event_error = function() n = n + 1; if n == 40 then error('a bug') end end", 1),
}


@pytest.mark.parametrize("how", ENDS)
def test_emulated_host_nothing_is_lost_when_it_ends(tmp_path: Path, how: str) -> None:
    more, status = ENDS[how]
    script = played(tmp_path, more)
    if how == "error":
        text = script.read_text().replace("  advance()\n", "  advance()\n  event_error()\n")
        script.write_text(text)
    shown = run_host(ROM, script, frames=60, status=status)
    assert ("a bug" in shown) is (how == "error")
    changes, _ = alone(truth, 40 if how == "exit" else 39)
    assert changes
    assert [row.address for row in rows_of(tmp_path)] == [change[1] for change in changes]


def test_emulated_host_a_loaded_state_flushes(tmp_path: Path) -> None:
    """After 20 frames some lines wait in the buffer; when a state is loaded they are in the file."""
    more = """
    event.onframeend(function()
      if emu.framecount() == 20 then
        savestate.save("state")
        savestate.load("state")
        local size = io.open("event_logs/event_log.csv", "rb"):seek("end")
        print("bytes", size)
      end
    end)
    """
    script = played(tmp_path, more)
    shown = run_host(ROM, script, frames=25)
    (size,) = (int(line.split()[1]) for line in shown.splitlines() if line.startswith("bytes"))
    lines = (tmp_path / "event_logs/event_log.csv").read_bytes()[:size].decode().splitlines()
    last = [row.frame for row in rows_of(tmp_path) if row.frame < 19][-1]
    assert int(lines[-1].split(",")[2]) == last


def test_emulated_host_after_300_frames_all_is_written(tmp_path: Path) -> None:
    """A killed EmuHawk calls no handler: what it loses is at most 200 lines, and none older than 300 frames."""
    more = "event.onframeend(function() if emu.framecount() == 301 then os.exit(9, false) end end)"
    run_host(ROM, played(tmp_path, more), frames=400, status=9)
    changes, _ = alone(truth, 299)
    rows = [row.address for row in rows_of(tmp_path)]
    assert rows[: len(changes)] == [change[1] for change in changes]
