"""What actors say of frames: ranges from ticks, on a live session, on a recording, again with nothing new."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agents.annotators import Changes, Classifier, GroundTruth
from agents.annotators.classifier import Predictions
from agents.annotators.rules import DEFAULT, load_rules
from runtime import wire
from runtime.actor import Actor, Annotate, Outputs
from runtime.annotating import LONGEST, Ranges
from runtime.bridges.scripted import ScriptedBackend
from runtime.clock import Rate
from runtime.errors import ConfigError, UsageError
from runtime.loop import ActorLoop, LoopOptions
from runtime.observation import Observation
from runtime.vocabulary import CONTEXTS
from streams.annotations.fold import Fold
from streams.annotations.queue import queue
from streams.annotations.running import annotate, news
from streams.annotations.vocabulary import default_vocabulary
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.stage import SESSION, Stage
from tests.streams_source import play, record

FRAMES = list(play(ScriptedBackend(), 120))


@dataclass
class Column:
    """Says in which third of the screen the square is."""

    name: str = "third"
    watch: str = "player.x"
    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("annotation",)

    def act(self, seen: Observation) -> Outputs:
        return Annotate({self.name: third(int(seen.state[self.watch]))})


@dataclass
class Slow(Column):
    rate: ClassVar[Rate] = 10


class Brightness:
    """A tiny classifier: no network, only how bright the picture's middle is."""

    def predict(self, frames: NDArray[np.uint8]) -> Predictions:
        red = frames[:, 72, :, 0].max(1) / 255
        return Predictions([{"context": "battle"} for _ in frames], 0.5 + red / 2, "brightness 1")


def third(x: int) -> str:
    return "left" if x < 116 else "middle" if x < 120 else "right"


async def recorded() -> Session:
    store = MemoryStore()
    await record(store, "quest", FRAMES)
    return await open_session(store, "quest")


async def of_ram(session: Session) -> list[dict[str, str]]:
    return [{"third": third(int(tick.state["player.x"]))} async for tick in session.ticks(("state",))]


@given(st.lists(st.sampled_from("ab-"), max_size=80), st.sampled_from([1, 6]))
def test_ranges_say_what_the_ticks_said(ticks: list[str], every: int) -> None:
    ranges = Ranges(every)
    ended = []
    for tick, value in enumerate(ticks):
        if value != "-":
            ended += ranges.say(tick * every, Annotate({"k": value}))
        ended += ranges.tick(tick * every)
    ended += ranges.end()
    said: dict[int, str] = {}
    for first, last, one in ended:
        assert not said.keys() & set(range(first, last + 1)), "a frame twice"
        said |= dict.fromkeys(range(first, last + 1), str(one.labels["k"]))
    assert {t: said[t * every] for t in range(len(ticks)) if t * every in said} == {
        t: value for t, value in enumerate(ticks) if value != "-"
    }
    assert ranges.end() == []


def test_a_long_range_is_sent_in_pieces_and_a_given_one_as_it_is() -> None:
    ranges = Ranges(1)
    ended = [one for frame in range(LONGEST + 5) for one in ranges.say(frame, Annotate({"k": "a"}, confidence=0.9))]
    assert [(first, last) for first, last, _ in ended] == [(0, LONGEST - 1)]
    assert ranges.say(700, Annotate({"x": "y"}, first_frame=10, last_frame=20))[0][:2] == (10, 20)
    sure = [one for frame, sure in ((0, 0.9), (1, 0.4)) for one in ranges.say(1000 + frame, Annotate({"k": "a"}, confidence=sure))]  # fmt: skip # noqa: E501
    assert (len(sure), ranges.end()[0][2].confidence) == (1, 0.4)


@pytest.mark.parametrize("labelled", [SESSION, ""], ids=["recorded", "not recorded"])
def test_an_actor_labels_a_live_session(tmp_path: Path, labelled: str) -> None:
    stage = Stage(tmp_path, frames=60, wait_for=("a",))
    stage.recorder.labelled = labelled
    stage.play(ActorLoop(Column(watch="x"), stage.bus, LoopOptions("a", SESSION, "frame")).run)
    said = [(act.annotator, act.first_frame, act.last_frame, act.kind) for act in stage.of("annotation")]
    assert said == [("a", 0, 59, "rules")], "the last range is sent at the end"


@pytest.mark.parametrize("actor", [Column(), Slow()], ids=["each frame", "10 Hz"])
def test_a_recording_is_labelled_as_its_ram_says(actor: Actor) -> None:
    async def main() -> None:
        session = await recorded()
        truth = await of_ram(session)
        fold = Fold(await annotate(session, actor, "a"))
        step = 1 if actor.rate == "frame" else 6
        assert [fold.labels(frame) for frame in range(0, 120, step)] == truth[::step]
        part = Fold(await annotate(session, actor, "a", first_frame=30, last_frame=59))
        assert [bool(part.labels(frame)) for frame in (29, 30, 59 - 59 % step, 60)] == [False, True, True, False]

    asyncio.run(main())


def test_again_there_is_nothing_new_and_what_is_said_no_more_is_taken_back() -> None:
    async def main() -> None:
        session = await recorded()
        said = await annotate(session, Column(), "a")
        fold = Fold(said)
        assert news(Fold(), "a", said, 0, 119) == said
        assert news(fold, "a", await annotate(session, Column(), "a"), 0, 119) == []
        other = await annotate(session, Column("half"), "a")
        fold.extend(news(fold, "a", other, 0, 119))
        assert fold.keys == ("half",)
        assert news(fold, "b", said[:0], 0, 119) == []

    asyncio.run(main())


def test_what_a_model_sees_is_a_suggestion() -> None:
    async def main() -> None:
        classifier = Classifier(model="tests.unit.test_annotating:Brightness")
        fold = Fold(await annotate(await recorded(), classifier, "eye"))
        assert fold.labels(60) == {}
        (suggestion,) = queue(fold)
        assert (suggestion.first_frame, suggestion.last_frame, suggestion.labels) == (0, 114, {"context": "battle"})
        assert (suggestion.confidence, suggestion.act.model, suggestion.act.kind) == (1.0, "brightness 1", "model")
        unsure = Classifier(model="tests.unit.test_annotating:Brightness", threshold=1.01)
        assert await annotate(await recorded(), unsure, "eye") == []

    asyncio.run(main())


@pytest.mark.parametrize(
    ("model", "problem"),
    [("", "which one is missing"), ("runtime.clock:WallClock", "makes no classifier"), ("no.such:Thing", "imported")],
)
def test_what_is_no_classifier_is_refused(model: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Classifier(model=model)


def stepped(actor: Actor, states: Sequence[dict[str, Any]], first_frame: int = 0) -> list[Annotate]:
    """Return what an actor says of frames with these values."""

    @dataclass
    class Seen:
        frame_index: int
        state: dict[str, Any]

    said = []
    for frame_index, state in enumerate(states, first_frame):
        output: Any = actor.act(Seen(frame_index, state))  # type: ignore[arg-type]  # all that these actors look at
        said += [output] if output else []
    return said


def test_ground_truth_names_numbers_and_leaves_out_what_has_no_name() -> None:
    said = stepped(GroundTruth(), [{"context": 3, "scene": 10}, {"context": 99, "scene": 2}, {"score": 1}])
    assert [one.labels for one in said] == [{"context": "battle", "scene": "battle_main"}, {"scene": "town"}]
    own = GroundTruth(context="screen", scene="", contexts=("sea", "sky"))
    assert [one.labels for one in stepped(own, [{"screen": 1, "scene": 2}])] == [{"context": "sky"}]
    assert CONTEXTS[3] == "battle"


def test_a_change_becomes_description_action_intent_and_outcome() -> None:
    said = stepped(Changes(), [{"battle.enemy_hp": 45}] * 3 + [{"battle.enemy_hp": 7}] * 9)
    assert [(one.first_frame, one.last_frame, one.labels) for one in said] == [
        (
            0,
            4,
            {
                "description": "Enemy health decreased from 45 to 7",
                "action": "damage_dealt",
                "intent": "attack_enemy",
                "outcome": "success",
            },
        )
    ]


def test_of_one_frame_set_the_first_rule_is_said_and_a_jump_says_nothing() -> None:
    hit, hurt = {"battle.enemy_hp": 9, "player.hp": 20}, {"battle.enemy_hp": 9, "player.hp": 12}
    both = {"battle.enemy_hp": 4, "player.hp": 12}
    said = stepped(Changes(), [hit, hurt, both, both, hurt | {"player.hp": 5}])
    assert [one.labels["action"] for one in said] == ["damage_taken", "damage_dealt"]
    changes = Changes()
    assert stepped(changes, [{"player.hp": 20}]) == []
    assert stepped(changes, [{"player.hp": 3}], first_frame=100) == [], "a load is no blow"
    assert stepped(Changes(), [{"player.hp": 0}, {"player.hp": 20}]) == [], "a new game heals nobody"
    assert [one.labels["description"] for one in stepped(Changes(), [{"item.key": 0}, {"item.key": 1}])] == [
        "item.key increased from 0 to 1"
    ]


def test_the_default_rules_say_what_the_default_vocabulary_has() -> None:
    load_rules(DEFAULT)
    vocabulary = default_vocabulary()
    for rule in load_rules(DEFAULT).rules:
        for key, value in rule.labels.items():
            vocabulary.check(key, value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('change = "falls"\nlabels = { a = "b" }', r"rule\[0\]: the key 'watch' is missing"),
        ('watch = ["x"]\nchange = "sinks"\nlabels = { a = "b" }', r"rule\[0\].change"),
        ('watch = ["x"]\nchange = "falls"\nlabels = {}', r"rule\[0\].labels: needs at least one label"),
        ('watch = ["x"]\nchange = "falls"\nlabels = { a = "{what}" }', r"filled in are \{watch\}"),
        ('watch = ["x"]\nchange = "falls"\nwhen = "before >"\nlabels = { a = "b" }', r"rule\[0\].when"),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f"[[rule]]\n{text}\n")
    with pytest.raises(ConfigError, match=problem):
        load_rules(path)


def test_an_actor_that_writes_no_labels_is_no_annotator() -> None:
    class Mute(Column):
        writes: ClassVar[tuple[str, ...]] = ("action",)

    async def main() -> None:
        with pytest.raises(UsageError, match="wanted one that writes 'annotation'"):
            await annotate(await recorded(), Mute(), "a")

    asyncio.run(main())
    assert wire.Annotation.__struct_config__.tag == "annotation"
