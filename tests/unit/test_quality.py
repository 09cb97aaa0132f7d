"""An actor that runs late leaves work out in its order, and takes it up again; a lockstep game never has it so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from runtime import wire
from runtime.actor import Output, Outputs, Press, Request, load_class
from runtime.clock import ClockMode, ManualClock, Rate
from runtime.errors import ConfigError, UsageError
from runtime.launch import read_launch
from runtime.loop import ActorLoop, LoopOptions
from runtime.metrics import Metrics
from runtime.observation import Observation
from runtime.quality import Change, Quality
from tests.stage import SESSION, PatientClock, Stage

BUDGET_NS = 10_000_000
LIGHT_NS, HEAVY_NS = 1_000_000, 12_000_000


def changes(quality: Quality, duration_ns: int, ticks: int, *, late: bool = False) -> list[tuple[int, Change]]:
    """Return what changes within some ticks, with the tick."""
    found = [(i, quality.tick(duration_ns, late=late)) for i in range(1, ticks + 1)]
    return [(i, change) for i, change in found if change]


def test_three_heavy_ticks_of_ten_shed_the_next_part_until_none_is_left() -> None:
    quality = Quality(("a", "b"), BUDGET_NS)
    assert changes(quality, HEAVY_NS, 2) == []
    assert changes(quality, LIGHT_NS, 7) == []
    assert changes(quality, HEAVY_NS, 1) == [(1, Change(False, "a"))]
    assert quality.shed == {"a"}
    assert changes(quality, HEAVY_NS, 9) == [(3, Change(False, "b"))]
    assert quality.shed == {"a", "b"}


def test_heavy_ticks_far_apart_shed_nothing() -> None:
    quality = Quality(("a",), BUDGET_NS)
    for _ in range(50):
        assert changes(quality, HEAVY_NS, 2) + changes(quality, LIGHT_NS, 9) == []


def test_ticks_that_come_too_late_are_heavy_however_quick() -> None:
    assert changes(Quality(("a",), BUDGET_NS), LIGHT_NS, 3, late=True) == [(3, Change(False, "a"))]


def test_what_was_shed_comes_back_in_turn_when_it_is_calm() -> None:
    quality = Quality(("a", "b"), BUDGET_NS)
    changes(quality, HEAVY_NS, 6)
    assert changes(quality, LIGHT_NS, 200) == [(60, Change(True, "b")), (120, Change(True, "a"))]
    assert quality.shed == frozenset()


def test_ticks_near_the_budget_change_nothing() -> None:
    quality = Quality(("a", "b"), BUDGET_NS)
    changes(quality, HEAVY_NS, 3)
    assert changes(quality, BUDGET_NS, 500) == []
    assert quality.shed == {"a"}


def test_what_is_restored_and_heavy_at_once_waits_longer_each_time() -> None:
    quality = Quality(("a",), BUDGET_NS)
    waits = []
    for _ in range(7):
        ticks = 0
        while not quality.shed:
            quality.tick(HEAVY_NS, late=False)
        while quality.shed:
            quality.tick(LIGHT_NS, late=False)
            ticks += 1
        waits.append(ticks)
    assert waits == [60, 120, 240, 480, 960, 960, 960]
    for _ in range(1000):
        quality.tick(LIGHT_NS, late=False)
    changes(quality, HEAVY_NS, 3)
    assert changes(quality, LIGHT_NS, 60) == [(60, Change(True, "a"))], "a long calm forgives"


def test_an_actor_that_sheds_nothing_changes_nothing() -> None:
    assert changes(Quality((), BUDGET_NS), HEAVY_NS, 100) == []


@dataclass
class Loaded:
    """Takes so many milliseconds on a clock of the test's, less what it leaves out."""

    clock: ManualClock
    load_ms: Callable[[int], float]
    seen: dict[int, frozenset[str]] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state", "event")
    writes: ClassVar[tuple[str, ...]] = ("action",)
    sheds: ClassVar[tuple[str, ...]] = ("dreams", "plans")

    def act(self, seen: Observation) -> Outputs:
        self.seen[seen.frame_index] = seen.shed
        self.named += [event.name for event in seen.events if event.name.startswith("actor.")]
        self.clock.time_ns += round(self.load_ms(seen.frame_index) * 1e6 / (1 + len(seen.shed)))
        return Press("A")


def loaded(
    tmp_path: Path, clock: ClockMode, load_ms: Callable[[int], float], **options: object
) -> tuple[Stage, Loaded]:
    """Run 300 frames of an actor under load."""
    stage = Stage(tmp_path, clock, frames=300, wait_for=("a",), manual_clock=PatientClock())
    actor = Loaded(ManualClock(), load_ms)
    run = LoopOptions("a", SESSION, "frame", budget_ms=10.0, **options)  # type: ignore[arg-type]
    metrics = Metrics("s", "a")
    stage.play(ActorLoop(actor, stage.bus, run, metrics, clock=actor.clock).run)
    return stage, actor


def told(stage: Stage) -> list[tuple[str, wire.Scalar]]:
    return [(e.name, e.facts["part"]) for e in stage.of("event") if e.name in ("actor.shed", "actor.restored")]


def test_a_loaded_actor_sheds_says_so_and_recovers(tmp_path: Path) -> None:
    stage, actor = loaded(tmp_path, "realtime", lambda frame: 25.0 if 20 <= frame < 100 else 1.0)
    assert told(stage) == [
        ("actor.shed", "dreams"),
        ("actor.shed", "plans"),
        ("actor.restored", "plans"),
        ("actor.restored", "dreams"),
    ]
    assert actor.named == ["actor.shed", "actor.shed", "actor.restored", "actor.restored"]
    first = next(event for event in stage.of("event") if event.name == "actor.shed")
    assert (first.source, first.facts) == (
        "a", {"part": "dreams", "tick_ms": 25.0, "budget_ms": 10.0, "shed": "dreams"},
    )  # fmt: skip
    frames = sorted(actor.seen)
    assert actor.seen[frames[0]] == frozenset()
    assert {frozenset({"dreams"}), frozenset({"dreams", "plans"})} <= set(actor.seen.values())
    assert actor.seen[frames[-1]] == frozenset()
    assert [health for health in stage.of("health") if health.process == "a"][-1].deadline_misses == 6


def test_the_launch_file_says_what_may_be_left_out(tmp_path: Path) -> None:
    stage, _ = loaded(tmp_path, "realtime", lambda _: 100.0, sheds=("plans",))
    assert told(stage) == [("actor.shed", "plans")]
    stage, _ = loaded(tmp_path, "realtime", lambda _: 100.0, sheds=())
    assert told(stage) == []


def test_in_lockstep_nothing_is_ever_left_out(tmp_path: Path) -> None:
    stage, actor = loaded(tmp_path, "lockstep", lambda _: 100.0)
    assert told(stage) == []
    assert set(actor.seen.values()) == {frozenset()}
    assert len(actor.seen) == 300
    assert [health for health in stage.of("health") if health.process == "a"][-1].deadline_misses > 290


def test_a_game_that_changes_to_lockstep_has_everything_done_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime", wait_for=("a",), manual_clock=PatientClock())
    actor = Loaded(ManualClock(), lambda _: 100.0)
    at = []

    async def script() -> None:
        await stage.until(lambda: bool(actor.seen) and len(list(actor.seen.values())[-1]) == 2)
        await stage.control("set_clock", clock="lockstep")
        at.append(stage.bridge.frame_index)
        await stage.reaches(at[0] + 20)
        await stage.control("stop")

    run = LoopOptions("a", SESSION, "frame", budget_ms=10.0)
    stage.play(ActorLoop(actor, stage.bus, run, clock=actor.clock).run, script)
    assert {len(shed) for frame, shed in actor.seen.items() if frame > at[0] + 3} == {0}


def test_the_time_for_which_an_actor_has_the_game_stand_costs_no_budget(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime", frames=60, wait_for=("a",), manual_clock=PatientClock())
    clock = ManualClock()

    class Thinker(Loaded):
        writes: ClassVar[tuple[str, ...]] = ("action", "control")

        def act(self, seen: Observation) -> Iterator[Output]:
            self.seen[seen.frame_index] = seen.shed
            if seen.frame_index < 40:
                yield Request("pause")
                self.clock.time_ns += 500_000_000
                yield Request("resume")

    actor = Thinker(clock, lambda _: 0.0)
    run = LoopOptions("a", SESSION, "frame", budget_ms=10.0)
    stage.play(ActorLoop(actor, stage.bus, run, clock=clock).run)
    assert len(actor.seen) > 40
    assert told(stage) == []
    assert [health for health in stage.of("health") if health.process == "a"][-1].deadline_misses == 0


LAUNCH = """
[[actor]]
name = "a"
uses = "tests.unit.test_quality:Loaded"
config = {{ }}
{more}
"""


class Wrong(Loaded):
    sheds: ClassVar[Any] = "dreams"


def test_sheds_that_are_no_names_are_refused() -> None:
    with pytest.raises(UsageError, match="sheds 'dreams': allowed is a tuple of names"):
        load_class("tests.unit.test_quality:Wrong")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("budget_ms = -1", "budget_ms: -1: allowed are 0 and more"),
        ('sheds = ["sleep"]', "sheds: 'sleep': tests.unit.test_quality:Loaded can leave out dreams, plans"),
    ],
)
def test_a_launch_file_that_asks_for_what_cannot_be_is_refused_with_its_line(
    tmp_path: Path, more: str, problem: str
) -> None:
    path = tmp_path / "launch.toml"
    path.write_text(LAUNCH.format(more=more))
    with pytest.raises(ConfigError) as caught:
        read_launch(path)
    assert problem in str(caught.value)
    assert "launch.toml:6" in str(caught.value)
