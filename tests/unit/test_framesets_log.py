"""The 12-column log is written and read as its description says, and says what is wrong with a bad one."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import UsageError
from streams.framesets.event_log import HEADER, EventLog, EventRow, LineError, line_of, parse
from streams.framesets.keys import KeyHistory, held_keys, held_text, load_config
from streams.framesets.trace import trace
from streams.session import HoleFinder, open_session
from streams.store import MemoryStore
from tests.streams_source import Frame, held_on, meta_of, play, record, without

#: As in the description of the format.
LINE = "1753996829216,iwram,8,03002A49,00FFFFFF,05FFFFFF,3,080001F8,A | A+Left,A+Left,1,4"
ROW = EventRow(1753996829216, "iwram", 8, 0x03002A49, 0xFFFFFF, 0x05FFFFFF, 3, 0x080001F8, "A | A+Left", "A+Left", 1, 4)


def log(folder: Path, text: str | bytes) -> Path:
    path = folder / "log.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_line_is_twelve_columns_in_order() -> None:
    assert HEADER == (
        "timestamp,region,frame,address,prev_val,curr_val,freq,pc,key_history,current_keys,frame_set_id,chunk_id"
    )
    assert parse(LINE) == ROW
    assert line_of(ROW) == LINE + "\n"


texts = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)
words = st.integers(0, (1 << 32) - 1)
counts = st.integers(0, 10**12)
event_rows = st.builds(
    EventRow,
    timestamp=counts,
    region=st.just("ewram"),
    frame=counts,
    address=st.integers(0x02000000, 0x0203FFFF),
    prev_val=words,
    curr_val=words,
    freq=counts,
    pc=words,
    key_history=texts,
    current_keys=texts,
    frame_set_id=counts,
    chunk_id=st.integers(0, 5),
)


@given(event_rows)
def test_what_is_written_is_read_again(row: EventRow) -> None:
    line = line_of(row)
    assert line.endswith("\n")
    assert parse(line[:-1]) == row


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("header", ["", HEADER, "\ufeff" + HEADER])
def test_header_and_ends_of_lines_may_differ(tmp_path: Path, newline: str, header: str) -> None:
    lines = [*([header] if header else []), LINE, "", LINE.replace("03002A49", "3002a49")]
    events = EventLog(log(tmp_path, newline.join([*lines, ""])))
    assert list(events) == [ROW, ROW]
    assert list(events) == [ROW, ROW]
    assert (events.rows, events.bad, events.cut) == (2, 0, False)


def test_a_line_cut_off_by_a_kill_is_left_out(tmp_path: Path) -> None:
    for length in range(1, len(LINE)):
        events = EventLog(log(tmp_path, f"{LINE}\n{LINE[:length]}"))
        assert list(events) == [ROW]
        assert events.cut
    whole = EventLog(log(tmp_path, f"{LINE}\n{LINE}"))
    assert list(whole) == [ROW, ROW]
    assert not whole.cut


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,iwram,8", "it has 3 columns; wanted are the 12 of timestamp,region,"),
        (LINE + ",x", "it has 13 columns"),
        (LINE.replace("iwram", "vram"), "region 'vram': allowed are iwram, ewram"),
        (LINE.replace("03002A49", "02002A49"), "address 02002A49: iwram has 03000000 to 03007FFF"),
        (LINE.replace("05FFFFFF", "0x05FF"), "curr_val '0x05FF': allowed are 1 to 8 hexadecimal digits"),
        (LINE.replace("00FFFFFF", ""), "prev_val '': allowed are"),
        (LINE.replace("1753996829216", "1.7e12"), "timestamp '1.7e12': allowed is a whole number"),
        (LINE.replace(",8,", ",-8,"), "frame '-8': allowed is a whole number, 0 or more"),
        (LINE[:-1] + "6", "chunk_id 6: allowed are 0 to 5"),
        (LINE.replace("A | A+Left", '"A'), "its quotes do not pair"),
        (b"\xff" + LINE.encode(), "it is no UTF-8"),
    ],
)
def test_a_bad_line_is_named_and_may_be_skipped(tmp_path: Path, line: str | bytes, said: str) -> None:
    raw = line.encode() if isinstance(line, str) else line
    path = log(tmp_path, LINE.encode() + b"\n" + raw + b"\n" + LINE.encode() + b"\n")
    with pytest.raises(UsageError) as caught:
        list(EventLog(path))
    assert str(caught.value).startswith(f"{path}:2: {said}")
    assert str(caught.value).endswith("--skip-bad leaves such lines out")
    events = EventLog(path, skip_bad=True)
    assert list(events) == [ROW, ROW]
    assert events.bad == 1


def test_a_missing_log_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.csv: cannot be read: No such file"):
        list(EventLog(tmp_path / "no.csv"))
    with pytest.raises(LineError):
        parse("")


def test_a_key_history_has_the_last_ten_states_that_differ() -> None:
    history = KeyHistory()
    assert history.see("None") == "None"
    assert [history.see(text) for text in ("A", "A", "A+B", "None", "A+B")][-1] == "A | A+B | A+B"
    for number in range(10):
        last = history.see(f"k{number}")
    assert last == " | ".join(f"k{number}" for number in range(10))


def test_keys_held_together_are_one_text() -> None:
    assert held_text(()) == "None"
    assert held_text(("A", "LEFT")) == "A+LEFT"
    assert held_keys("None") == held_keys(" ") == []
    assert held_keys("Left+X") == ["Left", "X"]


def test_a_game_config_maps_keys_and_buttons(tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    path.write_text(json.dumps({"game": "Metabots", "keys": {"A": "x", "Start": "enter"}, "semantics": []}))
    config = load_config(path)
    assert config.buttons == {"x": "A", "enter": "START"}
    assert config.named(["START", "B"]) == ["Start", "B"]
    assert config.keyboard(["START", "A"]) == ["enter", "x"]
    path.write_text(json.dumps({"X": "A", "Enter": "Start"}))
    assert load_config(path).buttons == {"x": "A", "enter": "START"}
    for bad, said in (
        ('{"keys": {"C": "x"}}', "button 'C': allowed are A, B, L, R"),
        ('{"keys": {"A": "x", "B": "X"}}', "key 'X' is named twice, for A and B"),
        ("[1]", "no game config"),
    ):
        path.write_text(bad)
        with pytest.raises(UsageError, match=said):
            load_config(path)


async def traced(frames: list[Frame], scan: str = "full") -> tuple[list[EventRow], HoleFinder]:
    store = MemoryStore()
    await record(store, "s", frames)
    session = await open_session(store, "s")
    holes = HoleFinder(("input", "memory"))
    text = [part async for part in trace(session, scan="full" if scan == "full" else "chunked", holes=holes)]
    return [parse(line) for line in "".join(text).splitlines()], holes


def test_a_session_becomes_a_log_of_every_changed_word() -> None:
    backend = ScriptedBackend()
    frames = list(play(backend, 130))
    rows, holes = asyncio.run(traced(frames))
    assert holes.found == []
    images = []
    again = ScriptedBackend()
    for i in range(130):
        again.step(frozenset(held_on(i)))
        images.append(again.memory()["ewram"][:12].copy().view("<u4"))
    wanted = [
        (i, 0x02000000 + 4 * word, int(images[i - 1][word]), int(images[i][word]))
        for i in range(1, 130)
        for word in range(3)
        if images[i - 1][word] != images[i][word]
    ]
    assert [(row.frame, row.address, row.prev_val, row.curr_val) for row in rows] == wanted
    counter = [row for row in rows if row.address == 0x02000000]
    assert [row.freq for row in counter] == [min(i, 100) for i in range(1, 130)]
    for row in rows:
        assert (row.region, row.frame_set_id, row.chunk_id, row.pc) == ("ewram", row.frame // 5, 0, 0)
        assert row.current_keys == ("+".join(held_on(row.frame)) or "None")
        assert row.timestamp == 1795176000000 + round(row.frame * 1000 / backend.console.rate_hz)
    assert rows[0].key_history == "RIGHT | RIGHT+UP"


def test_the_chunked_view_is_what_a_slow_collector_sees() -> None:
    rows, _ = asyncio.run(traced(list(play(ScriptedBackend(), 30)), "chunked"))
    counter = [row for row in rows if row.address == 0x02000000]
    assert [(row.frame, row.prev_val, row.curr_val) for row in counter] == [
        (5 * n, 5 * n - 4, 5 * n + 1) for n in range(1, 6)
    ]


def test_nothing_is_said_across_a_hole() -> None:
    frames = list(play(ScriptedBackend(), 130))
    rows, holes = asyncio.run(traced(without(frames, 30, 34, "memory")))
    assert {row.frame for row in rows} == {*range(1, 30), *range(61, 130)}
    assert [(hole.kind, hole.first_frame, hole.last_frame) for hole in holes.found] == [
        ("memory", 30, 34),
        ("memory", 35, 59),
    ]


def test_a_session_without_memory_is_refused() -> None:
    async def main() -> None:
        store = MemoryStore()
        frames = without(list(play(ScriptedBackend(), 5)), 0, 4, "memory")
        await record(store, "s", frames, meta=msgspec.structs.replace(meta_of(ScriptedBackend(), "s"), regions=()))
        with pytest.raises(UsageError, match="session 's' has no memory"):
            await anext(trace(await open_session(store, "s")))

    asyncio.run(main())
