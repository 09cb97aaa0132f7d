"""A real game's memory as frame sets, as training lines and as an event log, by the builder that people use."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.game import find_game
from streams.datasets.build import Options, build
from streams.datasets.format import load_format
from streams.framesets.event_log import parse
from streams.framesets.trace import trace
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.streams_source import meta_of, play, record, walk

GAME = find_game("emberwood")
ROM = GAME.parent / "emberwood.gba"
FRAMES = 303

Change = tuple[int, int, int, int]  # frame, address, before, after


@pytest.fixture(scope="module")
def game() -> Iterator[tuple[Session, list[dict[str, Any]]]]:
    """Return a session, and each frame's memory as the emulator had it."""
    text = GAME.read_text(encoding="utf-8")
    backend = LibretroBackend(find_core(CONSOLES["gba"]), ROM, CONSOLES["gba"])
    frames, images = [], []
    for frame in play(backend, FRAMES, game_toml=text, held=walk):
        frames.append(frame)
        images.append({name: memory.copy().view("<u4") for name, memory in backend.memory().items()})

    async def main() -> Session:
        store = MemoryStore()
        await record(store, "s", frames, meta=meta_of(backend, "s", rom=str(ROM), game_toml=text))
        return await open_session(store, "s")

    yield asyncio.run(main()), images
    backend.close()


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def changes(images: list[dict[str, Any]], first: int, last: int) -> list[Change]:
    """Return what changed on the frames from first to last."""
    found = []
    for frame in range(max(1, first), last + 1):
        for name, start in (("ewram", 0x02000000), ("iwram", 0x03000000)):
            before, after = images[frame - 1][name], images[frame][name]
            for word in np.flatnonzero(before != after).tolist():
                found.append((frame, start + 4 * word, int(before[word]), int(after[word])))
    return found


async def built(session: Session, out: Path, name: str, **settings: str) -> Path:
    await build(
        [session], load_format(name), out, command="runtime dataset build s", options=Options(settings=settings)
    )
    return out


def test_frame_sets_hold_every_change_and_their_last_picture(
    game: tuple[Session, list[dict[str, Any]]], tmp_path: Path
) -> None:
    async def main() -> None:
        session, images = game
        (folder,) = [path for path in (await built(session, tmp_path / "out", "frameset")).glob("*/") if path.is_dir()]
        assert json.loads((folder / "session_metadata.json").read_text())["frame_set_id_range"] == {"min": 0, "max": 59}
        total = 0
        for set_id in range(60):
            event = json.loads((folder / f"{set_id}/event.json").read_text())
            seen = [
                (c["frame"], int(c["address"], 16), int(c["prev_val"], 16), int(c["curr_val"], 16))
                for c in event["memory_changes"]
            ]
            assert seen == changes(images, 5 * set_id, 5 * set_id + 4)
            total += len(seen)
        assert total > 1000
        async for tick in session.ticks():
            if tick.frame_index % 50 == 49:
                set_id = tick.frame_index // 5
                with Image.open(folder / f"{set_id}/{set_id}.png") as image:
                    assert np.array_equal(np.asarray(image), tick.rgb())

    run(main())


def test_training_lines_hold_the_net_changes(game: tuple[Session, list[dict[str, Any]]], tmp_path: Path) -> None:
    async def main() -> None:
        session, images = game
        out = await built(session, tmp_path / "out", "jsonl")
        lines = [json.loads(line) for line in (out / "train-00000.jsonl").read_text().splitlines()]
        assert len(lines) == 30
        for number, line in enumerate(lines):
            before, after = images[max(0, 10 * number - 1)], images[10 * number + 9]
            net = [
                (start + 4 * word, int(before[name][word]), int(after[name][word]))
                for name, start in (("ewram", 0x02000000), ("iwram", 0x03000000))
                for word in np.flatnonzero(before[name] != after[name]).tolist()
            ]
            seen = [
                tuple(int(c[k], 16) for k in ("address", "prev_val", "curr_val"))
                for c in line["inputs"]["memory_changes"]
            ]
            assert seen == net
            assert line["inputs"]["frame_range"] == 10
            held = {button for frame in range(10 * number, 10 * number + 10) for button in walk(frame)}
            assert set(line["inputs"]["buttons"]) == (held or {"None"})

    run(main())


def test_the_hub_library_loads_training_lines(
    game: tuple[Session, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()

    async def main() -> None:
        out = await built(game[0], tmp_path / "out", "jsonl")
        lines = [json.loads(line) for line in (out / "train-00000.jsonl").read_text().splitlines()]
        loaded = datasets.load_dataset(
            "json", data_files=f"{out}/train*.jsonl", split="train", cache_dir=str(tmp_path / "cache")
        )
        assert list(loaded) == lines

    run(main())


def test_the_event_log_holds_every_change(game: tuple[Session, list[dict[str, Any]]]) -> None:
    async def main() -> None:
        session, images = game
        rows = [parse(line) for line in "".join([text async for text in trace(session)]).splitlines()]
        assert [(row.frame, row.address, row.prev_val, row.curr_val) for row in rows] == changes(images, 1, FRAMES - 1)
        for row in rows:
            size, start = (6556, 0x03000000) if row.region == "iwram" else (52432, 0x02000000)
            assert row.chunk_id == (row.address - start) // size
            assert row.frame_set_id == row.frame // 5

    run(main())
