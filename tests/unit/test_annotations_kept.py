"""Labels go where their session goes: into archives and back, along when it is compacted, into datasets."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError
from runtime.wire import Annotation
from streams.annotations.acts import make_act
from streams.archive.export import export
from streams.archive.importing import import_archive
from streams.archive.store import McapStore
from streams.compact import in_place
from streams.datasets.build import build
from streams.datasets.format import load_format
from streams.datasets.manifest import PROVENANCE, read_described
from streams.datasets.selection import Choice, choose
from streams.rerecord import copy
from streams.session import Session, open_session
from streams.store import MemoryStore, SessionStore
from tests.streams_source import play, record

FRAMES = list(play(ScriptedBackend(), 60))


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def acts() -> list[Annotation]:
    suggestion = make_act(
        "eye", 0, 59, {"scene": "town"}, kind="model", suggestion=True, confidence=0.5, model="cnn 3", act_id="guess"
    )
    return [
        make_act("ada", 10, 19, {"context": "battle", "description": "Ouch", "tags": ["boss", "night"]}, act_id="one"),
        suggestion,
        make_act("bob", 0, 29, accepts="guess", act_id="two"),
        make_act("bob", 30, 39, {"scene": "cave"}, accepts="guess", act_id="three"),
    ]


async def labelled() -> tuple[MemoryStore, Session, list[Annotation]]:
    store = MemoryStore()
    await record(store, "s", FRAMES)
    said = acts()
    for act in said:
        await store.annotate("s", act)
    return store, await open_session(store, "s"), said


async def of(store: SessionStore, name: str) -> list[Annotation]:
    return [act for _, act in await store.annotations(name)]


def test_an_archive_has_the_labels(tmp_path: Path) -> None:
    async def main() -> None:
        store, session, said = await labelled()
        path = tmp_path / "s.mcap"
        await export(store, session, path, images=False)
        archive = McapStore(path)
        assert await of(archive, "s") == said
        assert [act.act_id for _, act in await archive.annotations("s", 3)] == ["two", "three"]
        with pytest.raises(SessionError, match="an archive can only be read"):
            await archive.annotate("s", said[0])
        back = MemoryStore()
        assert (await import_archive(path, back, "t")).complete
        assert await of(back, "t") == said

    run(main())


def test_labels_of_a_damaged_archive_are_not_believed(tmp_path: Path) -> None:
    async def main() -> None:
        store, session, _ = await labelled()
        path = tmp_path / "s.mcap"
        await export(store, session, path, images=False)
        path.write_bytes(path.read_bytes().replace(b"Ouch", b"Auch"))
        with pytest.raises(SessionError, match=r"damaged|should be"):
            await import_archive(path, MemoryStore(), "t")

    run(main())


def test_a_session_in_another_form_has_the_same_labels() -> None:
    async def main() -> None:
        store, session, said = await labelled()
        late = make_act("ada", 50, 59, {"context": "menu"}, act_id="late")

        async def make(original: Session, name: str) -> Session:
            made = await copy(store, original, name)
            await store.annotate("s", late)  # by somebody who labels meanwhile
            return made

        placed = await in_place(store, "s", make)
        assert await placed.annotations() == [*said, late]
        assert [one.name for one in await store.sessions()] == ["s"]
        del session

    run(main())


def test_a_dataset_has_the_labels_and_says_whose_they_are(tmp_path: Path) -> None:
    async def main() -> None:
        store, _, _ = await labelled()
        file = tmp_path / "labels.jsonl"
        file.write_text('{"session": "s", "first_frame": 12, "last_frame": 12, "context": "from the file"}\n')
        sessions, labels = await choose(store, Choice(names=("s",), labels=(("scene", "cave"),)), [file])
        await build(sessions, load_format("parquet"), tmp_path / "set", command="typed", labels=labels)
        table = pq.read_table(tmp_path / "set" / "data" / "train-00000.parquet").to_pylist()
        rows = {row["frame_index"]: row for row in table}
        assert [rows[n]["label.context"] for n in (9, 10, 12, 19, 20)] == [
            *(None, "battle", "from the file", "battle", None)
        ]
        assert rows[15]["label.tags"] == "boss,night"
        assert [rows[n]["label.scene"] for n in (0, 29, 30, 39, 40)] == ["town", "town", "cave", "cave", None]
        (session,) = read_described(tmp_path / "set", PROVENANCE)["sessions"]
        ada, bob = session["annotations"]["by"]
        assert session["annotations"]["acts"] == 4
        assert (ada["annotator"], ada["kind"], ada["models"]) == ("ada", "human", [])
        assert ada["frames"] == {key: {"said": 10} for key in ("context", "description", "tags")}
        assert (bob["models"], bob["frames"]) == (["cnn 3"], {"scene": {"accepted": 30, "corrected": 10}})

    run(main())


def test_frame_sets_and_training_rows_have_the_labels(tmp_path: Path) -> None:
    async def main() -> None:
        store, session, _ = await labelled()
        for name in ("frameset", "jsonl"):
            await build([session], load_format(name), tmp_path / name, command="typed")
        lines = (tmp_path / "jsonl" / "train-00000.jsonl").read_text().splitlines()
        outputs = [json.loads(line)["outputs"] for line in lines]
        assert outputs[1] == {
            "context": "battle",
            "scene": "town",
            "description": "Ouch",
            "action": "",
            "intent": "",
            "outcome": "",
        }
        found = {
            path.parent.name: json.loads(path.read_bytes()) for path in tmp_path.glob("frameset/*/*/annotations.json")
        }
        assert sorted(found, key=int) == [str(n) for n in range(8)]
        assert (found["2"]["tags"], found["2"]["complete"], found["0"]["complete"]) == (["boss", "night"], True, False)
        del store

    run(main())
