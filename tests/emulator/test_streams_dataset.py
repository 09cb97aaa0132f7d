"""A real game: recorded, executed again bit for bit, and built into a dataset that others open."""

import asyncio
import io
import itertools
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from runtime import wire
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.errors import UsageError
from runtime.game import find_game
from runtime.pixels import to_rgb
from streams.datasets.build import Options, build
from streams.datasets.format import DatasetSummary, load_format
from streams.datasets.labels import Label, Labels
from streams.datasets.manifest import PROVENANCE, STATS, read_described, read_manifest
from streams.datasets.manifest import verify as verify_dataset
from streams.datasets.rows import Sampling, rows
from streams.datasets.split import Splits
from streams.execution import open_backend
from streams.session import HoleFinder, Session, open_session
from streams.store import MemoryStore
from streams.verify import Verdict, verify
from tests.streams_source import Frame, meta_of, play, record, walk, without

GAME = find_game("emberwood")
ROM = GAME.parent / "emberwood.gba"
COMMAND = "runtime dataset build s --format parquet --out DIR"


@pytest.fixture
def backend() -> Iterator[LibretroBackend]:
    made = LibretroBackend(find_core(CONSOLES["gba"]), ROM, CONSOLES["gba"])
    yield made
    made.close()


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def frames_of(backend: LibretroBackend, count: int) -> list[Frame]:
    return list(play(backend, count, jumps=(150,), game_toml=GAME.read_text(encoding="utf-8"), held=walk))


async def session_of(backend: LibretroBackend, frames: list[Frame], name: str = "s") -> Session:
    store = MemoryStore()
    meta = meta_of(backend, name, rom=str(ROM), game_toml=GAME.read_text(encoding="utf-8"))
    await record(store, name, frames, meta=meta)
    return await open_session(store, name)


async def build_parquet(out: Path, *sessions: Session, overwrite: bool = False) -> DatasetSummary:
    return await build(sessions, load_format("parquet"), out, command=COMMAND, overwrite=overwrite)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_recording_of_a_real_core_is_executed_again_bit_for_bit(backend: LibretroBackend) -> None:
    async def main() -> None:
        frames = frames_of(backend, 400)
        session = await session_of(backend, frames)
        backend.close()
        again = open_backend(session.meta)
        try:
            assert await verify(session, again) == Verdict(verified=400)
            _, payloads, _ = frames[222]
            at = next(i for i, (kind, _) in enumerate(payloads) if kind == "frame")
            frame = wire.decode(wire.Frame, payloads[at][1])
            payloads[at] = ("frame", wire.encode(msgspec.structs.replace(frame, pixels_hash=1)))
            verdict = await verify(await session_of(backend, frames), again)
            assert verdict.difference is not None
            assert verdict.difference.frame_index == 222
        finally:
            again.close()

    run(main())


def test_the_hub_library_opens_it_with_identical_images(
    backend: LibretroBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()

    async def main() -> None:
        session = await session_of(backend, frames_of(backend, 300))
        await build_parquet(tmp_path / "out", session)
        loaded = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
        assert loaded.num_rows == 300
        async for tick in session.ticks():
            row = loaded[tick.frame_index]
            assert np.array_equal(np.asarray(row["image"]), tick.rgb())
            assert row["frame_index"] == tick.frame_index
            assert {f"state.{name}": value for name, value in tick.state.items()} == {
                name: value for name, value in row.items() if name.startswith("state.")
            }
            assert row["buttons_held"] == list(walk(tick.frame_index))
            following = None if tick.frame_index in (149, 299) else list(walk(tick.frame_index + 1))
            assert row["buttons"] == following
        assert set(loaded["episode_index"]) == {0, 1}

    run(main())


@pytest.mark.parametrize("stride", [1, 4])
def test_the_actions_of_a_row_lead_from_its_frame_to_the_next_rows(backend: LibretroBackend, stride: int) -> None:
    async def main() -> None:
        start = backend.save_state()
        game_toml = GAME.read_text(encoding="utf-8")
        session = await session_of(backend, list(play(backend, 330, game_toml=game_toml, held=walk)))
        found = [row async for row in rows(session, HoleFinder(()), Sampling(stride=stride))]
        assert [row.frame_index for row in found] == list(range(0, 330, stride))
        backend.load_state(start)
        assert found[0].held is not None
        backend.step(frozenset(found[0].held))
        for row, after in itertools.pairwise(found):
            assert np.array_equal(backend.frame(), row.raw)
            assert len(row.actions) == stride
            for held in row.actions:
                backend.step(frozenset(held))
            assert np.array_equal(backend.frame(), after.raw)
        assert len({row.pixels_hash for row in found}) > len(found) // 3

    run(main())


def test_the_hub_library_opens_splits_stacks_and_labels(
    backend: LibretroBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets, yaml = pytest.importorskip("datasets"), pytest.importorskip("yaml")
    datasets.disable_progress_bars()

    async def main() -> None:
        frames = frames_of(backend, 400)
        sessions = [
            await session_of(backend, frames[:count], f"s{i}") for i, count in enumerate((300, 200, 400, 250, 260))
        ]
        splits = Splits({"train": 0.4, "validation": 0.3, "test": 0.3}, seed=3)
        options = Options(stride=3, stack=4, splits=splits, settings={"file_rows": "80"})
        labels = Labels([Label("s0", 30, 59, {"scene": "title"})])
        summary = await build(
            sessions, load_format("parquet"), tmp_path / "out", command=COMMAND, options=options, labels=labels
        )
        loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
        assert {split: part.num_rows for split, part in loaded.items()} == summary.rows
        assert len(summary.rows) == 3
        for session in sessions:
            pixels = {tick.frame_index: tick.rgb() async for tick in session.ticks(("frame",))}
            part = loaded[splits.of(session.name, 0)]
            part = part.filter(lambda name, wanted=session.name: name == wanted, input_columns="session")
            assert part.num_rows == len([*range(0, 150, 3), *range(150, session.frame_count, 3)])
            for row in part:
                at, first = row["frame_index"], 0 if row["frame_index"] < 150 else 150
                for image, back in zip(row["image"], (9, 6, 3, 0), strict=True):
                    assert np.array_equal(np.asarray(image), pixels[max(first, at - back)])
                end = min(at + 3, 149 if at < 150 else session.frame_count - 1)
                assert row["actions"] == [list(walk(i)) for i in range(at + 1, end + 1)]
                assert row["label.scene"] == ("title" if session.name == "s0" and 30 <= at < 60 else None)
        features = next(iter(loaded.values())).features
        text = (tmp_path / "out/README.md").read_text(encoding="utf-8")
        written = yaml.safe_load(text.split("---\n")[1])["dataset_info"]["features"]
        assert written == features._to_yaml_list()  # what `datasets` itself writes

    run(main())


def test_the_same_recording_gives_the_same_bytes(backend: LibretroBackend, tmp_path: Path) -> None:
    async def main() -> None:
        frames = frames_of(backend, 1200)
        for name in ("one", "two"):
            await build_parquet(tmp_path / name, await session_of(backend, frames))
        assert files(tmp_path / "one") == files(tmp_path / "two")
        assert sorted(files(tmp_path / "one")) == [
            *("README.md", "card.png", "data/train-00000.parquet", "manifest.json", "provenance.json", "stats.json")
        ]
        shard = pq.ParquetFile(tmp_path / "one/data/train-00000.parquet")
        assert [shard.metadata.row_group(i).num_rows for i in range(3)] == [500, 500, 200]

    run(main())


def test_sessions_go_together_and_holes_are_told(backend: LibretroBackend, tmp_path: Path) -> None:
    async def main() -> None:
        frames = frames_of(backend, 240)
        whole = await session_of(backend, frames, "whole")
        holed = await session_of(backend, without(frames, 70, 79), "holed")
        summary = await build_parquet(tmp_path / "out", whole, holed)
        assert [session.rows for session in summary.sessions] == [240, 190]
        assert summary.sessions[0].holes == ()
        assert read_manifest(tmp_path / "out").rows == {"train": 430}
        assert list(verify_dataset(tmp_path / "out")) == []
        described = read_described(tmp_path / "out", PROVENANCE)["sessions"]
        assert {session["session"]: session["rows"] for session in described} == {"whole": 240, "holed": 190}
        assert {session["session"]: session["episodes"] for session in described} == {"whole": 2, "holed": 3}
        assert read_described(tmp_path / "out", STATS)["buttons"]["without_action"] == 5
        card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
        assert "| holed | frame | 70 | 79 | never written |" in card
        assert "| holed | frame | 80 | 119 | cannot be decoded before the next key frame |" in card
        assert f"`{whole.meta.rom_sha256}`" in card
        assert COMMAND in card
        table = pq.read_table(tmp_path / "out/data/train-00000.parquet", columns=["session", "frame_index", "image"])
        last = table.to_pylist()[-1]
        assert (last["session"], last["frame_index"]) == ("holed", 239)
        raw = (await anext(holed.ticks(start=239))).frame
        assert raw is not None
        with Image.open(io.BytesIO(last["image"]["bytes"])) as image:
            assert np.array_equal(np.asarray(image), to_rgb(raw, backend.pixel_format))

    run(main())


def test_a_failure_leaves_nothing_and_a_full_folder_is_kept(backend: LibretroBackend, tmp_path: Path) -> None:
    async def main() -> None:
        frames = frames_of(backend, 30)
        good = await session_of(backend, frames)
        damaged = list(frames)
        damaged[20] = (20, [(kind, b"\x00" if kind == "frame" else data) for kind, data in frames[20][1]], False)
        out = tmp_path / "out"
        with pytest.raises(Exception, match="wanted payload 'frame'"):
            await build_parquet(out, good, await session_of(backend, damaged, "damaged"))
        assert list(tmp_path.iterdir()) == []
        await build_parquet(out, good)
        before = files(out)
        with pytest.raises(UsageError, match=r"not empty \(README.md, card.png, data …\).*--overwrite"):
            await build_parquet(out, good)
        with pytest.raises(Exception, match="wanted payload 'frame'"):
            await build_parquet(out, await session_of(backend, damaged, "damaged"), overwrite=True)
        assert files(out) == before
        await build_parquet(out, await session_of(backend, frames[:10], "short"), overwrite=True)
        assert read_manifest(out).rows == {"train": 10}
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
        other = tmp_path / "photos"
        other.mkdir()
        (other / "cat.jpg").write_bytes(b"")
        with pytest.raises(UsageError, match="--overwrite replaces datasets"):
            await build_parquet(other, good, overwrite=True)
        with pytest.raises(UsageError, match="no dataset"):
            read_manifest(other)
        with pytest.raises(UsageError, match="no frame with video"):
            await build_parquet(tmp_path / "new", await session_of(backend, without(frames, 0, 29, "frame"), "blind"))

    run(main())
