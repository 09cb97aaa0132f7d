"""Process replay: the same actor does the same; another one is caught on the very frame where it differs."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime.actor import load_class, make
from runtime.clock import Rate
from runtime.errors import FramewireError, SessionError, UsageError
from runtime.launch import ActorEntry
from runtime.loop import ActorLoop, LoopOptions
from streams.diff import actor_entry, diff
from streams.diff_compare import Counts, Verdict
from streams.session import open_session
from streams.store import MemoryStore
from tests.stage import GAME_TOML, SESSION, Stage
from tests.streams_source import Frame, meta_of, record, without

ACTORS = '''
from dataclasses import dataclass
from typing import ClassVar

from runtime.actor import Intend, Learn, Press, Report
from runtime.wire import Fact


@dataclass
class Walker:
    """Right until x, then nothing; says where it is now and then."""

    until: int = 130
    silent_from: int = 1000
    rate: ClassVar = "frame"
    reads: ClassVar = ("state", "plan")
    writes: ClassVar = ("action", "plan", "learnt", "event")

    def act(self, seen):
        made = []
        if seen.frame_index % 90 == 11:
            made.append(Learn((Fact("Seen", "x", {"at": seen.state["x"]}),)))
        if seen.frame_index % 40 == 5:
            made.append(Intend(goal="go on", area=seen.frame_index))
        if seen.frame_index % 50 == 7:
            made.append(Report("walker.at", {"x": seen.state["x"]}))
        plan = seen.plans["walker"].plan_id if "walker" in seen.plans else ""
        if seen.state["x"] < self.until and seen.frame_index < self.silent_from:
            made.append(Press("RIGHT", plan_id=plan, reason="go"))
        return made


@dataclass
class Rival:
    rate: ClassVar = 10
    reads: ClassVar = ("state",)
    writes: ClassVar = ("action",)

    def act(self, seen):
        return Press("UP") if seen.frame_index % 60 < 12 else None


class Broken(Walker):
    def act(self, seen):
        return Press("RIGHT") if seen.frame_index < 33 else 1 / 0


class Other(Walker):
    def act(self, seen):
        return Press("LEFT")


class Outside(Walker):
    writes: ClassVar = ("plan",)


@dataclass
class Echo:
    rate: ClassVar = "message"
    reads: ClassVar = ("event", "frame")
    writes: ClassVar = ("event",)

    def act(self, seen):
        if getattr(seen.message, "source", "") == "walker":
            return Report("echo." + seen.message.name, seen.message.facts)
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("actors")
    (folder / "diffed_actors.py").write_text(ACTORS)
    return folder


WALKER = ActorEntry(name="walker", uses="diffed_actors:Walker", rate="frame", config={"until": 128})
RIVAL = ActorEntry(name="rival", uses="diffed_actors:Rival", rate=10, priority=5, hold_frames=6)
ECHO = ActorEntry(name="echo", uses="diffed_actors:Echo", rate="message")


def played(
    folder: Path, *entries: ActorEntry, others: Callable[[Stage], Coroutine[Any, Any, None]] | None = None
) -> list[Frame]:
    """Play 200 frames in lockstep and return what a recorder got."""
    stage = Stage(folder, "lockstep", frames=200, wait_for=tuple(entry.name for entry in entries))

    def acting(entry: ActorEntry) -> Callable[[], Coroutine[Any, Any, None]]:
        rate: Rate = entry.rate  # type: ignore[assignment]  # checked when a launch file is read
        options = LoopOptions(entry.name, SESSION, rate, entry.priority, entry.hold_frames)
        actor = make(load_class(entry.uses, folder), entry.config, entry.name)
        return lambda: ActorLoop(actor, stage.bus, options).run()

    more = [lambda: others(stage)] if others else []
    stage.play(*(acting(entry) for entry in entries), *more)
    return stage.recorder.kept[:200]


def plan_of(*entries: ActorEntry) -> str:
    import tomli_w  # noqa: PLC0415

    return "# rom: x\n" + tomli_w.dumps({"actor": [msgspec.to_builtins(entry) for entry in entries]})


async def compared(
    folder: Path,
    frames: list[Frame],
    *entries: ActorEntry,
    name: str = "walker",
    clock: str = "lockstep",
    uses: str = "",
    plan: str = "",
    most: int = 10,
    **config: Any,
) -> Verdict:
    stage = Stage(folder)
    meta = meta_of(stage.backend, "s", game_toml=GAME_TOML)
    meta = msgspec.structs.replace(meta, clock=clock, launch_plan=plan or plan_of(*entries))
    store = MemoryStore()
    await record(store, "s", frames, meta=meta)
    session = await open_session(store, "s")
    async with asyncio.timeout(20):
        return await diff(session, actor_entry(meta, name, folder, uses=uses, config=config), folder, most=most)


def test_the_same_actor_does_the_same_on_every_tick(folder: Path) -> None:
    frames = played(folder, WALKER)
    verdict = asyncio.run(compared(folder, frames, WALKER))
    assert verdict.equal
    assert (verdict.ticks, verdict.compared) == (200, 199)
    assert verdict.kinds["plan"] == Counts(equal=5)
    assert verdict.kinds["learnt"] == Counts(equal=3)
    assert verdict.kinds["event"] == Counts(equal=4)
    assert 5 < verdict.kinds["action"].equal < 190  # and silent on the others, which is the same, too
    assert verdict.kinds["action"].different == verdict.kinds["action"].not_comparable == 0


def test_another_config_differs_where_it_begins_to(folder: Path) -> None:
    frames = played(folder, WALKER)
    verdict = asyncio.run(compared(folder, frames, WALKER, most=3, until=1000))
    assert not verdict.equal
    first = verdict.differences[0]
    assert (first.kind, first.recorded) == ("action", None)
    assert first.now == {"buttons": ["RIGHT"], "plan_id": "walker-1", "model": "", "reason": "go"}
    assert first.frame_index == verdict.kinds["action"].equal
    assert len(verdict.differences) == 3 < verdict.kinds["action"].different

    silent = asyncio.run(compared(folder, frames, WALKER, silent_from=4))
    assert (silent.differences[0].frame_index, silent.differences[0].now) == (4, None)
    assert silent.kinds["action"].equal == 4


def test_what_a_higher_priority_kept_out_cannot_be_compared(folder: Path) -> None:
    frames = played(folder, WALKER, RIVAL)
    verdict = asyncio.run(compared(folder, frames, WALKER, RIVAL))
    assert verdict.equal
    lost = verdict.kinds["action"].not_comparable
    assert lost > 5
    assert (verdict.ticks, verdict.compared) == (200, 199)
    rival = asyncio.run(compared(folder, frames, WALKER, RIVAL, name="rival"))
    assert rival.equal
    assert rival.kinds["action"].not_comparable == 0
    assert rival.kinds["action"].equal == 8


def test_a_reset_releases_what_was_decided_before(folder: Path) -> None:
    async def reset(stage: Stage) -> None:
        await stage.reaches(50)
        await stage.control("reset")

    verdict = asyncio.run(compared(folder, played(folder, WALKER, others=reset), WALKER))
    assert verdict.equal
    assert verdict.kinds["action"].not_comparable <= 1


@pytest.mark.parametrize("clock", ["realtime", "free"])
def test_without_lockstep_only_what_was_acted_on_is_compared(folder: Path, clock: str) -> None:
    frames = played(folder, WALKER)
    verdict = asyncio.run(compared(folder, frames, WALKER, clock=clock))
    assert verdict.equal
    assert sum(counts.equal for counts in verdict.kinds.values()) == verdict.compared
    busier = asyncio.run(compared(folder, frames, WALKER, clock=clock, until=1000))  # was it silent, or too late?
    assert busier.equal
    assert busier.kinds["action"].equal == verdict.kinds["action"].equal
    assert busier.kinds["action"].not_comparable > 100
    silent = asyncio.run(compared(folder, frames, WALKER, clock=clock, until=60))
    assert silent.kinds["action"].different == verdict.kinds["action"].equal
    other = asyncio.run(compared(folder, frames, WALKER, clock=clock, uses="diffed_actors:Other"))
    assert not other.equal


def test_frames_that_are_missing_are_not_compared(folder: Path) -> None:
    frames = played(folder, WALKER)
    verdict = asyncio.run(compared(folder, without(frames, 70, 79), WALKER))
    assert verdict.equal
    assert verdict.compared == 199 - 11
    assert verdict.ticks == 190


def test_an_actor_on_messages_is_compared_in_order(folder: Path) -> None:
    frames = played(folder, WALKER, ECHO)
    verdict = asyncio.run(compared(folder, frames, WALKER, ECHO, name="echo"))
    assert verdict.equal
    assert verdict.kinds["event"] == Counts(equal=4)


def test_an_actor_that_the_recording_lacks_is_named_with_those_there_are(folder: Path) -> None:
    frames = played(folder, WALKER)
    with pytest.raises(UsageError, match=r"session 's' has no actor 'nobody'; there are walker, rival"):
        asyncio.run(compared(folder, frames, WALKER, RIVAL, name="nobody"))
    with pytest.raises(UsageError, match="there are none that its launch plan names"):
        asyncio.run(compared(folder, frames, plan="[run]\nsession = 's'\n"))
    unnamed = asyncio.run(
        compared(folder, frames, plan="[run]\nsession = 's'\n", uses="diffed_actors:Walker", until=128)
    )
    assert unnamed.equal
    with pytest.raises(SessionError, match="its launch plan cannot be read"):
        asyncio.run(compared(folder, frames, plan="[[actor]]\nname = 'walker'\n"))
    with pytest.raises(SessionError, match="its launch plan cannot be read"):
        asyncio.run(compared(folder, frames, plan="[[actor"))


def test_an_actor_that_fails_is_told_with_its_frame(folder: Path) -> None:
    frames = played(folder, WALKER)
    with pytest.raises(FramewireError, match=r"actor walker \(diffed_actors:Broken\) failed on frame 33: ZeroDiv"):
        asyncio.run(compared(folder, frames, WALKER, uses="diffed_actors:Broken"))
    with pytest.raises(UsageError, match="wrote action, which its `writes` lacks"):
        asyncio.run(compared(folder, frames, WALKER, uses="diffed_actors:Outside"))
    with pytest.raises(UsageError, match="unknown config speed"):
        asyncio.run(compared(folder, frames, WALKER, speed=3))


def test_another_class_gets_the_recorded_config_that_it_knows(folder: Path) -> None:
    meta = msgspec.structs.replace(
        meta_of(Stage(folder).backend, "s"), launch_plan=plan_of(WALKER, ActorEntry(name="echo", uses="x:Y"))
    )
    entry = actor_entry(meta, "walker", folder, uses="diffed_actors:Rival")
    assert (entry.config, entry.rate) == ({}, "frame")
    entry = actor_entry(meta, "walker", folder, uses="diffed_actors:Broken", config={"silent_from": 3})
    assert entry.config == {"until": 128, "silent_from": 3}


def test_a_recording_that_shows_nothing_of_the_actor_is_not_equal() -> None:
    assert not Verdict().equal
