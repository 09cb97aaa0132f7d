"""Acts of labelling in both stores, and what only one with a real server can show: none is lost or kept twice."""

import asyncio
import json
import os
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
import uvloop
from click.testing import CliRunner

from runtime import wire
from runtime.actor import Annotate, Outputs
from runtime.annotating import Outbox
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.clock import Rate
from runtime.errors import SessionError, UsageError
from runtime.loop import ActorLoop, LoopOptions
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.observation import Observation
from runtime.subjects import SessionId, annotation_stream, subject
from streams.annotations.acts import make_act
from streams.annotations.log import AnnotationLog
from streams.annotations.vocabulary import default_vocabulary
from streams.commands.annotate import annotate
from streams.jetstream_store import JetStreamStore
from streams.serve_replay import serve_replay
from streams.session import open_session
from tests.stores import OpenStore, jetstream, jetstream_store, memory_store
from tests.streams_source import meta_of, play, record

FRAMES = list(play(ScriptedBackend(), 60))
META = meta_of(ScriptedBackend(), "quest")


@pytest.fixture(params=[memory_store, jetstream_store], ids=["MemoryStore", "JetStreamStore"])
def opened(request: pytest.FixtureRequest) -> OpenStore:
    found: OpenStore = request.param
    return found


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


def act(number: int) -> wire.Annotation:
    labels = {"context": ("battle", "menu")[number % 2]}
    return make_act("ada", number, number, labels, act_id=f"act-{number}")


def test_a_finished_session_is_labelled(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await record(store, "quest", FRAMES)
            assert (await store.describe("quest")).status == "complete"
            assert await store.annotations("quest") == []
            for one in (act(0), act(1), act(0), act(2)):
                await store.annotate("quest", one)
            found = await store.annotations("quest")
            assert [(position, one.act_id) for position, one in found] == [(1, "act-0"), (2, "act-1"), (3, "act-2")]
            assert found[1][1].labels == {"context": "menu"}
            assert [one.act_id for _, one in await store.annotations("quest", 3)] == ["act-2"]
            with pytest.raises(SessionError, match="no recorded session 'nobody'; there are quest"):
                await store.annotate("nobody", act(0))
            with pytest.raises(SessionError, match="no recorded session 'nobody'"):
                await store.annotations("nobody")

    run(main())


def test_parts_share_labels_which_go_with_the_last(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            second = msgspec.structs.replace(META, session="quest-p2", part_of="quest", first_frame=60)
            kept = msgspec.structs.replace(META, session="quest-k1", part_of="quest")
            for meta in (META, second, kept):
                await store.create(meta)
            await store.annotate("quest-p2", act(0))
            assert len(await store.annotations("quest")) == len(await store.annotations("quest-p2")) == 1
            assert await store.annotations("quest-k1") == []
            await store.remove("quest")
            assert len(await store.annotations("quest-p2")) == 1
            await store.remove("quest-p2")
            await store.create(META)
            assert await store.annotations("quest") == []

    run(main())


def test_a_log_checks_undoes_and_reads_on(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.create(META)
            ada, bob = AnnotationLog(store, "quest"), AnnotationLog(store, "quest")
            vocabulary = default_vocabulary()
            await ada.add(make_act("ada", 0, 9, {"context": "battle"}), vocabulary)
            suggestion = make_act("eye", 5, 9, {"scene": "town"}, kind="model", suggestion=True, confidence=0.5)
            await bob.add(suggestion)
            assert [one.annotator for one in await ada.refresh()] == ["eye"]
            assert await ada.refresh() == []
            await ada.add(make_act("ada", 5, 9, accepts=suggestion.act_id))
            assert ada.fold.labels(7) == {"context": "battle", "scene": "town"}
            undone = await ada.undo("ada")
            assert undone is not None
            assert undone.accepts == suggestion.act_id
            assert ada.fold.labels(7) == {"context": "battle"}
            assert await ada.redo("ada") == undone
            assert await ada.redo("ada") is None
            await bob.refresh()
            assert bob.fold.labels(7) == {"context": "battle", "scene": "town"}
            assert await bob.undo("nobody") is None
            for wrong, problem in (
                (make_act("ada", 0, 1, {"context": "batle"}), "label 'context' is 'batle'; allowed are title, "),
                (make_act("ada", 0, 1, undoes="none"), "no act 'none'"),
                (make_act("bob", 0, 1, undoes=undone.act_id), "only ada takes it back"),
                (make_act("bob", 0, 1, accepts=undone.act_id), "is no suggestion"),
            ):
                with pytest.raises(UsageError, match=problem):
                    await bob.add(wrong, vocabulary)

    run(main())


def test_labels_are_seen_as_they_come(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (_, bus):
            store = JetStreamStore(bus)
            await store.create(META)
            seen: list[Message] = []
            await bus.subscribe(subject(SessionId("quest"), "annotation", "*"), seen.append)
            one = act(7)
            await store.annotate("quest", one)
            await bus.flush()
            assert [(m.subject, wire.decode(wire.Annotation, m.data)) for m in seen] == [
                ("fw.quest.annotation.ada", one)
            ]
            config = (await bus.jetstream().stream_info(annotation_stream(SessionId("quest")))).config
            assert config.subjects == ["fw.quest.annotation.*"]
            assert (await store.describe("quest")).chunks == 0, "the recording's own sequence has no labels in it"

    run(main())


def test_what_is_no_act_hides_no_other(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (_, bus):
            store = JetStreamStore(bus)
            await store.create(META)
            await store.annotate("quest", act(1))
            for data in (b"no act", wire.encode(msgspec.structs.replace(act(2), first_frame=9, last_frame=3))):
                await bus.publish(subject(SessionId("quest"), "annotation", "stranger"), data)
            await store.annotate("quest", act(4))
            assert [(position, one.act_id) for position, one in await store.annotations("quest")] == [
                (1, "act-1"),
                (4, "act-4"),
            ]

    run(main())


def test_acts_that_no_server_takes_are_counted(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (server, bus):
            outbox = Outbox(bus, SessionId("quest"))
            outbox.put(act(1))
            assert await outbox.close() == 0
            os.kill(server.pid, signal.SIGKILL)
            await server.wait()
            outbox.put(act(2))
            outbox.put(act(3))
            assert await outbox.close(0.3) == 2

    run(main())


def test_of_a_hundred_acts_none_is_lost_or_kept_twice_when_the_server_is_killed(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (server, bus):
            store = JetStreamStore(bus)
            await record(store, "quest", FRAMES)
            acts = [act(number) for number in range(100)]

            async def person() -> None:
                for one in acts:
                    await store.annotate("quest", one)
                    await store.annotate("quest", one)  # as a page does that did not hear of the first

            outbox = Outbox(bus, SessionId("quest"))
            labelling = asyncio.create_task(person())
            for number in range(100):
                outbox.put(make_act("rules", number, number, {"scene": "town"}, kind="rules", act_id=f"rule-{number}"))
            for stored in (30, 60):
                while len(await store.annotations("quest")) < stored:  # noqa: ASYNC110 - the server is asked
                    await asyncio.sleep(0)
                os.kill(server.pid, signal.SIGKILL)
                await server.wait()
                await server.start()
            await labelling
            assert await outbox.close() == 0
            found = [one.act_id for _, one in await store.annotations("quest")]
            assert [name for name in found if name.startswith("act-")] == [one.act_id for one in acts]
            assert [name for name in found if name.startswith("rule-")] == [f"rule-{n}" for n in range(100)]

    run(main())


@dataclass
class Column:
    """Says in which third of the screen the square is."""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("annotation",)

    def act(self, seen: Observation) -> Outputs:
        x = int(seen.state["player.x"])
        return Annotate({"third": "left" if x < 116 else "right"})


def test_labels_given_during_a_replay_go_to_the_recorded_session(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (_, bus):
            store = JetStreamStore(bus)
            await record(store, "quest", FRAMES)
            name = SessionId("again")
            loop = ActorLoop(Column(), bus, LoopOptions("column", name, "frame"))
            replaying = serve_replay(
                bus, "quest", name, clock="lockstep", end_by=lambda stop: None, wait_for=("column",)
            )
            frames, _ = await asyncio.gather(replaying, loop.run())
            assert frames == 60
            log = AnnotationLog(store, "quest")
            await log.refresh()
            ticks = (await open_session(store, "quest")).ticks(("state",))
            truth = [{"third": "left" if int(tick.state["player.x"]) < 116 else "right"} async for tick in ticks]
            assert [log.fold.labels(frame) for frame in range(60)] == truth
            assert len({run.value.value for run in log.fold.runs("third")}) == 2

    run(main())


def test_commands_label_list_take_back_report_and_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAMEWIRE_HOME", str(tmp_path / "state"))
    (tmp_path / "third.py").write_text(
        "from typing import ClassVar\nfrom runtime.actor import Annotate\n\n\nclass Third:\n"
        "    rate: ClassVar = 'frame'\n    reads: ClassVar = ('state',)\n    writes: ClassVar = ('annotation',)\n\n"
        "    def act(self, seen):\n        return Annotate({'scene': 'town' if seen.frame_index < 30 else 'route'})\n"
    )

    async def main() -> None:
        async with open_bus(NatsOptions(), tmp_path / "state", "test") as bus:  # one server for all commands
            store = JetStreamStore(bus)
            await record(store, "quest", FRAMES)
            guess = make_act("eye", 40, 49, {"scene": "cave"}, kind="model", suggestion=True, confidence=0.5)
            await store.annotate("quest", guess)
            await store.annotate("quest", make_act("bob", 0, 9, {"context": "menu"}))
            await asyncio.to_thread(_type_commands)

    run(main())


def _typed(*words: str, status: int = 0) -> str:
    """Run a command in this process, which is a second of CPU time less than in one of its own."""
    done = CliRunner().invoke(annotate, words)
    assert done.exit_code == status, done.output
    return done.output


def _type_commands() -> None:
    _typed("add", "quest", "0:10", "context=battle", "tags=boss,night", "--by", "ada")
    said = _typed("add", "quest", "0:10", "context=batle", "--by", "ada", status=2)
    assert "label 'context' is 'batle'; allowed are title, overworld" in said
    (queued,) = json.loads(_typed("queue", "quest", "--json"))
    _typed("accept", "quest", queued["act_id"], "--by", "ada")
    first = _typed("run", "quest", "--with", "third:Third")
    assert "third says 2 ranges of frames 0 to 59; 2 acts added" in first
    listed = json.loads(_typed("list", "quest", "--json"))
    assert [(row["key"], row["value"], row["first_frame"], row["last_frame"], row["origin"]) for row in listed] == [
        ("context", "battle", 0, 9, "said"),
        ("scene", "town", 0, 29, "said"),
        ("scene", "route", 30, 39, "said"),
        ("scene", "cave", 40, 49, "accepted"),
        ("scene", "route", 50, 59, "said"),
        ("tags", ["boss", "night"], 0, 9, "said"),
    ]
    apart = json.loads(_typed("agreement", "quest", "--json"))
    assert apart["disagreements"][0]["values"] == {"bob": "menu", "ada": "battle"}
    assert "2 of 12 sets of 5 frames are complete" in _typed("progress", "quest")
    _typed("export", "quest", "-o", "acts.jsonl")
    assert "0 acts added, 6 were there" in _typed("import", "quest", "acts.jsonl", "--by", "ada")
    assert _typed("undo", "quest", "--by", "ada") == "taken back: frames 40 to 49, scene=cave\n"
