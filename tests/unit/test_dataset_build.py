"""A dataset is there whole or not at all, has the same bytes each time, and notices when they change."""

import asyncio
import dataclasses
import fcntl
import os
from collections.abc import AsyncGenerator, Collection, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import BusError, ConfigError, UsageError
from streams.datasets.build import Options, build
from streams.datasets.format import FORMATS, DatasetSummary, load_format
from streams.datasets.labels import Label, Labels
from streams.datasets.manifest import MANIFEST, PROVENANCE, STATS, read_described, read_manifest, verify
from streams.datasets.parquet import ParquetWriter
from streams.datasets.split import Splits
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.streams_source import GAME, Frame, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 400))
SMALL = {"file_rows": "60", "group_rows": "25"}


class _Failing(MemoryStore):
    """Loses its connection where the video of a session reaches a frame."""

    cut: tuple[str, int] | None = None

    async def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        async for chunk in super().chunks(session, kinds, start):
            if self.cut and chunk.kind == "frame" and session == self.cut[0] and chunk.last_frame >= self.cut[1]:
                raise BusError("the server went away")
            yield chunk


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def sessions_of(
    *recordings: list[Frame], store: MemoryStore | None = None, **meta: Any
) -> tuple[MemoryStore, list[Session]]:
    store = store or MemoryStore()
    for number, frames in enumerate(recordings):
        name = f"s{number}"
        described = msgspec.structs.replace(meta_of(ScriptedBackend(), name), **meta)
        await record(store, name, frames, meta=described)
    return store, [await open_session(store, f"s{number}") for number in range(len(recordings))]


async def build_to(out: Path, sessions: list[Session], options: Options | None = None, **more: Any) -> DatasetSummary:
    return await build(
        sessions, load_format(more.pop("format_name", "parquet")), out, command="typed", options=options, **more
    )


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def table(folder: Path, split: str = "train") -> list[dict[str, Any]]:
    paths = sorted((folder / "data").glob(f"{split}-*.parquet"))
    rows: list[dict[str, Any]] = pa.concat_tables(pq.read_table(path) for path in paths).to_pylist()
    return rows


EVERYTHING = Options(
    stride=3,
    stack=2,
    where="player.x != 140",
    splits=Splits({"train": 0.6, "test": 0.4}, "episode", 3),
    settings=SMALL,
)


@pytest.mark.parametrize("options", [Options(settings=SMALL), EVERYTHING])
def test_the_same_inputs_give_the_same_bytes_also_when_cut_off_anywhere(tmp_path: Path, options: Options) -> None:
    async def main() -> None:
        store, sessions = await sessions_of(FRAMES, FRAMES[:200], store=_Failing())
        assert isinstance(store, _Failing)
        await build_to(tmp_path / "whole", sessions, options)
        wanted = files(tmp_path / "whole")
        continued: list[int] = []
        for number, (name, frame) in enumerate((("s0", 300), ("s1", 130))):
            out = tmp_path / f"cut{number}"
            for later in (0, 60):
                store.cut = (name, frame + later)
                with pytest.raises(BusError):
                    await build_to(out, sessions, options, on_continue=continued.append)
                assert not out.exists()
            (tmp_path / f".cut{number}.partial/data/.train-00009.parquet.open").write_bytes(b"half")
            store.cut = None
            await build_to(out, sessions, options, on_continue=continued.append)
            assert files(out) == wanted
        assert len(continued) == 4
        assert sorted(path.name for path in tmp_path.iterdir()) == ["cut0", "cut1", "whole"]

    run(main())


#: Options that make several files of a short recording.
FINE = {
    "parquet": SMALL,
    "lerobot": {"file_rows": "30"},
    "minari": {"file_rows": "30"},
    "webdataset": {"samples": "60"},
}


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_is_repeatable_continues_and_verifies(tmp_path: Path, format_name: str) -> None:
    async def main() -> None:
        store, sessions = await sessions_of(FRAMES[:200], FRAMES[:90], store=_Failing())
        assert isinstance(store, _Failing)
        options = Options(settings=FINE.get(format_name, {}))
        continued: list[int] = []
        await build_to(tmp_path / "whole", sessions, options, format_name=format_name)
        assert list(verify(tmp_path / "whole")) == []
        store.cut = ("s1", 70)
        with pytest.raises(BusError):
            await build_to(tmp_path / "cut", sessions, options, format_name=format_name)
        store.cut = None
        await build_to(tmp_path / "cut", sessions, options, format_name=format_name, on_continue=continued.append)
        assert bool(continued) == (format_name != "jsonl")  # it writes no file so soon
        assert files(tmp_path / "cut") == files(tmp_path / "whole")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["cut", "whole"]

    run(main())


def test_another_build_does_not_continue_this_one(tmp_path: Path) -> None:
    async def main() -> None:
        continued: list[int] = []
        store, sessions = await sessions_of(FRAMES, store=_Failing())
        assert isinstance(store, _Failing)
        store.cut = ("s0", 300)
        with pytest.raises(BusError):
            await build_to(tmp_path / "out", sessions, Options(settings=SMALL))
        assert list((tmp_path / ".out.partial/data").glob("train-*.parquet"))
        store.cut = None
        options = Options(stride=2, settings=SMALL)
        await build_to(tmp_path / "out", sessions, options, on_continue=continued.append)
        assert continued == []
        await build_to(tmp_path / "again", sessions, options)
        assert files(tmp_path / "out") == files(tmp_path / "again")

    run(main())


def test_two_builds_do_not_write_to_one_folder(tmp_path: Path) -> None:
    async def main() -> None:
        _, sessions = await sessions_of(FRAMES[:20])
        (tmp_path / ".out.partial").mkdir()
        held = os.open(tmp_path / ".out.partial", os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            with pytest.raises(UsageError, match=r"\.out\.partial: another build is writing there"):
                await build_to(tmp_path / "out", sessions)
        finally:
            os.close(held)
        await build_to(tmp_path / "out", sessions)

    run(main())


def test_rows_are_in_the_files_of_their_split(tmp_path: Path) -> None:
    async def main() -> None:
        _, sessions = await sessions_of(FRAMES, FRAMES[:300])
        splits = Splits({"train": 0.6, "test": 0.4}, "episode", 3)
        options = Options(stride=2, splits=splits, settings=SMALL)
        labels = Labels([Label("s0", 10, 19, {"scene": "cave"})])
        summary = await build_to(tmp_path / "out", sessions, options, labels=labels)
        seen: set[tuple[str, int]] = set()
        for split in splits.names:
            rows = table(tmp_path / "out", split)
            assert len(rows) == summary.rows[split] > 60
            assert {splits.of(row["session"], row["episode_index"]) for row in rows} == {split}
            seen |= {(row["session"], row["frame_index"]) for row in rows}
            for row in rows:
                assert row["buttons"] == (row["actions"][0] if row["actions"] else None)
                assert len(row["actions"]) <= 2
                labelled = row["session"] == "s0" and 10 <= row["frame_index"] < 20
                assert row["label.scene"] == ("cave" if labelled else None)
        assert len(seen) == sum(summary.rows.values())
        manifest = read_manifest(tmp_path / "out")
        assert manifest.rows == summary.rows
        data = {file.path: file.rows for file in manifest.files if file.rows}
        assert sum(data.values()) == len(seen)
        assert data["data/train-00000.parquet"] == 60
        assert pq.ParquetFile(tmp_path / "out/data/train-00000.parquet").metadata.num_row_groups == 3
        assert read_described(tmp_path / "out", STATS)["label.scene"]["count"] == 5

    run(main())


def test_provenance_says_what_a_dataset_was_made_of(tmp_path: Path) -> None:
    async def main() -> None:
        _, sessions = await sessions_of(without(FRAMES, 70, 79), parent="old@12")
        game = tmp_path / "other.toml"
        game.write_text(GAME)
        options = Options(first_frame=65, last_frame=299, where="player.x > 0", game_toml=game)
        await build_to(tmp_path / "out", sessions, options, git_commit="abc")
        said = read_described(tmp_path / "out", PROVENANCE)
        assert (said["format"], said["command"], said["git_commit"]) == ("parquet", "typed", "abc")
        assert said["codec"]["frame"] == wire.version_of(wire.Frame)
        assert said["options"]["where"] == "player.x > 0"
        assert len(said["options"]["game_toml"]) == 64
        (session,) = said["sessions"]
        assert session["rom_sha256"] == ScriptedBackend().rom_sha256
        assert (session["frames"], session["parent"], session["core"]) == ([65, 299], "old@12", "scripted 1")
        assert session["chunks"] == [1, sessions[0].stored.chunks]
        assert session["rows"] == len(table(tmp_path / "out"))
        assert {"kind": "frame", "first_frame": 70, "last_frame": 79, "reason": "never written"} in session["holes"]
        card = (tmp_path / "out/README.md").read_text()
        assert "![A few of its frames](card.png)" in card
        assert "| s0 | frame | 70 | 79 | never written |" in card
        assert 'load_dataset("DIR", split="train")' in card

    run(main())


def _append(path: Path, data: bytes) -> None:
    path.write_bytes(path.read_bytes() + data)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda out: (out / "cat.jpg").write_bytes(b""), ["cat.jpg: is not in manifest.json"]),
        (lambda out: (out / "card.png").unlink(), ["card.png: is missing"]),
        (lambda out: _append(out / "stats.json", b" "), ["stats.json: has "]),
        (lambda out: _flip(out / "data/train-00001.parquet"), ["data/train-00001.parquet: has SHA-256 "]),
    ],
)
def test_verify_names_what_is_wrong(tmp_path: Path, change: Any, said: list[str]) -> None:
    async def main() -> None:
        _, sessions = await sessions_of(FRAMES[:130])
        await build_to(tmp_path / "out", sessions, Options(settings=SMALL))

    run(main())
    assert list(verify(tmp_path / "out")) == []
    change(tmp_path / "out")
    wrong = list(verify(tmp_path / "out"))
    assert len(wrong) == len(said)
    assert all(line.startswith(start) for line, start in zip(wrong, said, strict=True))


def test_the_check_of_parquet_looks_at_every_image_and_at_the_order(tmp_path: Path) -> None:
    async def main() -> None:
        _, sessions = await sessions_of(FRAMES[:130])
        await build_to(tmp_path / "out", sessions, Options(stack=2, settings=SMALL))

    run(main())
    assert ParquetWriter.check(tmp_path / "out") == []
    path = tmp_path / "out/data/train-00001.parquet"
    read = pq.read_table(path)
    images = read["image"].to_pylist()
    images[7][1], images[8][1] = images[8][1], images[7][1]
    swapped = read.set_column(read.schema.get_field_index("image"), "image", pa.array(images, read["image"].type))
    pq.write_table(swapped, path)
    wrong = ParquetWriter.check(tmp_path / "out")
    assert [line.partition(": its image")[0] for line in wrong] == [
        f"data/train-00001.parquet: session 's0', frame {frame}" for frame in (67, 68)
    ]
    pq.write_table(read.take(list(range(59, -1, -1))), path)
    assert any("comes after frame 119 of episode" in line for line in ParquetWriter.check(tmp_path / "out"))
    path.write_bytes(b"PAR1")
    assert ParquetWriter.check(tmp_path / "out")[0].startswith("data/train-00001.parquet: cannot be read")


def test_a_folder_that_is_no_dataset_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no dataset: it has no manifest\.json"):
        list(verify(tmp_path))
    (tmp_path / MANIFEST).write_text('{"format": 3}')
    with pytest.raises(UsageError, match=r"manifest\.json: is damaged"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(where="hp < 3"), r"uses hp; known are frame, player\.x"),
        (Options(where="player.x <"), "cannot be read"),
        (Options(where="player.x > 9999"), "no frame with video fulfils the condition, so no rows"),
        (Options(first_frame=500), "session 's0' has frames 0 to 19, none of the range asked for"),
        (Options(settings={"colour": "red"}), r"no option 'colour'; its options: file_rows \("),
        (Options(settings={"file_rows": "0"}), "file_rows='0': wanted a whole number"),
        (Options(splits=Splits({"train": 0.5, "test": 0.5})), "no rows for .*: 1 sessions were drawn"),
        (Options(splits=Splits({"train": 0.5, "test": 0.5}, "episode")), "no rows for .*: 1 episodes were drawn"),
    ],
)
def test_a_wrong_option_is_a_clear_error_and_leaves_nothing(tmp_path: Path, options: Options, said: str) -> None:
    async def main() -> None:
        _, sessions = await sessions_of(FRAMES[:20])
        with pytest.raises(UsageError, match=said):
            await build_to(tmp_path / "out", sessions, options)
        assert list(tmp_path.iterdir()) == []

    run(main())


def test_a_description_must_fit_the_memory(tmp_path: Path) -> None:
    async def main() -> None:
        _, sessions = await sessions_of(FRAMES[:20])
        game = tmp_path / "other.toml"
        game.write_text(GAME.replace("0x02000004", "0x09000000"))
        with pytest.raises(ConfigError, match=r"other\.toml: watch 'player\.x': 0x09000000"):
            await build_to(tmp_path / "out", sessions, Options(game_toml=game))

    run(main())


def test_sessions_of_different_consoles_do_not_go_together(tmp_path: Path) -> None:
    async def main() -> None:
        store, sessions = await sessions_of(FRAMES[:20])
        other = dataclasses.replace(ScriptedBackend().console, rate_hz=50.0)
        meta = msgspec.structs.replace(meta_of(ScriptedBackend(), "other"), rate_hz=other.rate_hz)
        await record(store, "other", FRAMES[:20], meta=meta)
        with pytest.raises(UsageError, match=r"session 'other': rate_hz is 50\.0, in a session before it 59\.7"):
            await build_to(tmp_path / "out", [*sessions, await open_session(store, "other")])

    run(main())
