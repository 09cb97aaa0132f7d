"""A watch behind a pointer has no value on some frames; recordings, columns and datasets say so and nothing breaks."""

import asyncio
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.reflex import Reflex
from agents.tactics.actor import Tactic
from runtime import wire
from runtime.actor import Press
from runtime.bridges.scripted import ScriptedBackend
from runtime.game import BUILTIN
from runtime.memory_bus import MemoryBus
from runtime.observation import Observation, Senses
from streams.datasets.build import build
from streams.datasets.format import load_format
from streams.recording import recording_in
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import meta_of, play, record

GAME = """
[game]
name = "square"
console = "gba"

[[watch]]
name = "frame"
address = 0x02000000
type = "u32le"

[[watch]]
name = "far.x"
pointer = 0x03000000
offset = 4
type = "u16le"

[[watch]]
name = "digits"
address = 0x03000010
type = "bcd3"

[episode]
success = "far.x == 9999"
failure = "far.x == 0"
"""

COUNT = 120


def leads_somewhere(frame_index: int) -> bool:
    return frame_index % 40 >= 15


class PointingBackend(ScriptedBackend):
    """The scripted emulator; on some frames its IWRAM holds a pointer to EWRAM, and always six decimal digits."""

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        super().step(buttons, frames)
        iwram = self._memory["iwram"]
        to = 0x0200_0000 if leads_somewhere(self._frame - 1) else 0
        iwram[0:4] = list(to.to_bytes(4, "little"))
        iwram[0x10:0x13] = list(bytes.fromhex(f"{self._frame:06d}"))


def recorded() -> MemoryStore:
    store = MemoryStore()
    frames = list(play(PointingBackend(), COUNT, game_toml=GAME))
    asyncio.run(record(store, "s", frames, meta=meta_of(PointingBackend(), "s", game_toml=GAME)))
    return store


def test_a_recordings_columns_have_gaps() -> None:
    with recording_in(recorded(), "s") as recording:
        columns = recording.state()
    assert columns["frame"].tolist() == list(range(1, COUNT + 1))
    assert columns["digits"].tolist() == list(range(1, COUNT + 1))
    there = np.array([leads_somewhere(i) for i in range(COUNT)])
    assert np.array_equal(~np.isnan(columns["far.x"]), there)
    assert columns["far.x"].dtype == np.float64


def test_conditions_over_it_do_not_hold() -> None:
    with recording_in(recorded(), "s") as recording:
        assert not [event for event in recording.events() if event.name.startswith("episode.")]


@pytest.mark.parametrize("name", ["parquet", "lerobot", "webdataset"])
def test_datasets_are_built(tmp_path: Path, name: str) -> None:
    async def main() -> None:
        session = await open_session(recorded_store, "s")
        await build([session], load_format(name), tmp_path / "out", command="typed")

    recorded_store = recorded()
    asyncio.run(main())
    assert any((tmp_path / "out").rglob("*"))


def test_a_row_without_it_has_a_null(tmp_path: Path) -> None:
    store = recorded()

    async def main() -> None:
        session = await open_session(store, "s")
        await build([session], load_format("parquet"), tmp_path / "out", command="typed")

    asyncio.run(main())
    paths = sorted((tmp_path / "out" / "data").glob("*.parquet"))
    rows = pa.concat_tables(pq.read_table(path) for path in paths)
    assert rows.schema.field("state.far.x").type == pa.uint16()
    assert rows.schema.field("state.digits").type == pa.uint32()
    for row in rows.to_pylist():
        assert (row["state.far.x"] is not None) == leads_somewhere(row["frame_index"])
        assert row["state.digits"] == row["frame_index"] + 1
        assert not math.isnan(row["state.frame"])


def seen_by(follow: str, state: dict[str, wire.Scalar]) -> Observation:
    """Return an observation of Emberwood with a plan to go somewhere."""
    backend = ScriptedBackend()
    welcome = wire.Welcome(
        session="s",
        origin="live",
        clock="free",
        paused=False,
        frame_index=9,
        game="emberwood",
        game_toml=(BUILTIN / "emberwood" / "game.toml").read_text(),
        rom_sha256="",
        console="gba",
        width=240,
        height=160,
        rate_hz=60.0,
        buttons=backend.console.buttons,
        pixel_format=backend.pixel_format,
        regions=backend.regions,
        core="",
        recorded=False,
    )
    plan = wire.Plan(
        actor=follow, frame_index=8, sent_ns=0, plan_id="p", goal="go", area=1, waypoints=(wire.Waypoint(3, 4),)
    )
    senses = Senses(MemoryBus(), welcome, ("state", "plan"), 1)
    return Observation(9, 0, state, senses=senses, plans={follow: plan}, events=(), held=())


def test_actors_that_walk_wait_for_a_position() -> None:
    nowhere: dict[str, wire.Scalar] = {"area": 1, "mode": 1}
    waits = Reflex().act(seen_by("tactic", nowhere))
    assert isinstance(waits, Press)
    assert (waits.buttons, waits.reason) == ((), "default: no position")
    assert Tactic().act(seen_by("planner", nowhere)) is None
    goes = Reflex().act(seen_by("tactic", nowhere | {"player.x": 3, "player.y": 3}))
    assert isinstance(goes, Press)
    assert (goes.buttons, goes.reason) == (("DOWN",), "plan: go")
