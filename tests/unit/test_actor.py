"""An actor class is checked when it is loaded, its config when it is made."""

import dataclasses
import importlib
from pathlib import Path
from typing import Any, ClassVar

import pytest

from runtime.actor import Intend, Press, Report, check_rate, config_fields, load_class, load_object, make
from runtime.errors import UsageError


@dataclasses.dataclass
class Good:
    start: int
    names: tuple[str, ...] = ()
    rate: ClassVar[float] = 10
    reads: ClassVar[tuple[str, ...]] = ("state", "frame")
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def act(self, seen: object) -> None:
        return None


class Plain:
    rate: ClassVar[str] = "message"
    reads: ClassVar[tuple[str, ...]] = ("plan",)
    writes: ClassVar[tuple[str, ...]] = ()

    def act(self, seen: object) -> None:
        return None


class WithoutAct:
    rate, reads, writes = 1, (), ()


class ReadsNonsense(Plain):
    reads: ClassVar[tuple[str, ...]] = ("state", "smell")


class WritesNonsense(Plain):
    writes: ClassVar[tuple[str, ...]] = ("frame",)


class WritesText(Plain):
    writes: ClassVar[Any] = "action"


class NoRate(Plain):
    rate: ClassVar[Any] = "often"


HERE = __name__


def test_a_class_is_loaded_by_its_import_path() -> None:
    assert load_class(f"{HERE}:Plain").__name__ == "Plain"
    assert load_class("agents.reflex:Reflex").rate == "frame"


@pytest.mark.parametrize(
    ("uses", "problem"),
    [
        ("nonsense", "'nonsense' is no import path; they look like module:Class"),
        ("module:", "is no import path"),
        (":Class", "is no import path"),
        ("no.such.module:Class", "no.such.module:Class: cannot be imported"),
        ("agents.reflex:Nobody", "agents.reflex:Nobody: cannot be imported"),
        (f"{HERE}:WithoutAct", "is no actor: it has no `act`"),
        (f"{HERE}:HERE", "is no actor: it has no `rate`"),
        (f"{HERE}:ReadsNonsense", "reads smell: allowed are frame, memory, state"),
        (f"{HERE}:WritesNonsense", "writes frame: allowed are action, plan, learnt, event"),
        (f"{HERE}:NoRate", "rate 'often': allowed are a number of Hz above 0, 'frame' and 'message'"),
    ],
)
def test_what_is_no_actor_is_refused(uses: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_class(uses)
    assert problem in str(caught.value)


def test_a_text_where_a_tuple_of_kinds_belongs_is_refused() -> None:
    with pytest.raises(UsageError, match="writes"):
        load_class(f"{HERE}:WritesText")


def test_a_file_beside_the_launch_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("sys"), "path", [*importlib.import_module("sys").path])
    (tmp_path / "beside_the_launch_file.py").write_text("answer = 42\n")
    assert load_object("beside_the_launch_file:answer", tmp_path) == 42


def test_a_file_with_a_mistake_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "actor_with_a_mistake.py").write_text("class Broken(:\n")
    with pytest.raises(UsageError, match="actor_with_a_mistake:Broken: cannot be imported"):
        load_object("actor_with_a_mistake:Broken", tmp_path)


@pytest.mark.parametrize("rate", ["frame", "message", 1, 0.5, 60.0, 1000])
def test_good_rates(rate: object) -> None:
    assert check_rate(rate, "x") == rate


@pytest.mark.parametrize("rate", ["", "Frame", 0, -1, None, True, float("nan"), float("inf"), [10]])
def test_bad_rates(rate: object) -> None:
    with pytest.raises(UsageError, match="x: rate"):
        check_rate(rate, "x")


def test_the_config_of_an_actor_is_its_dataclass_fields() -> None:
    assert config_fields(Good) == {"start": int, "names": tuple[str, ...]}
    assert config_fields(Plain) == {}


def test_an_actor_is_made_from_its_config_table() -> None:
    made = make(load_class(f"{HERE}:Good"), {"start": 3, "names": ["a", "b"]}, "good")
    assert dataclasses.asdict(made) == {"start": 3, "names": ("a", "b")}  # type: ignore[call-overload]  # it is Good


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"start": 1, "stop": 2}, "me: unknown config stop; allowed are start, names"),
        ({}, "me: "),
        ({"start": "one"}, "me: config start: Expected `int`, got `str`"),
        ({"start": 1, "names": [1]}, "me: config names: Expected `str`, got `int`"),
    ],
)
def test_bad_config_is_refused(config: dict[str, object], problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(load_class(f"{HERE}:Good"), config, "me")
    assert problem in str(caught.value)


def test_an_actor_without_fields_takes_no_config() -> None:
    with pytest.raises(UsageError, match="unknown config a; allowed are none"):
        make(load_class(f"{HERE}:Plain"), {"a": 1}, "me")


def test_outputs_name_their_kind() -> None:
    assert [Press("A").kind, Intend("goal").kind, Report("name").kind] == ["action", "plan", "event"]
    assert Press("A", "B").buttons == ("A", "B")


@dataclasses.dataclass
class WithFile(Plain):
    table: Path | None = None


def test_a_file_in_a_config_is_relative_to_the_launch_file(tmp_path: Path) -> None:
    uses = load_class(f"{HERE}:WithFile")
    tables = [
        vars(make(uses, {"table": name}, "me", tmp_path))["table"] for name in ("mine.toml", "/elsewhere/mine.toml")
    ]
    assert tables == [tmp_path / "mine.toml", Path("/elsewhere/mine.toml")]
    assert vars(make(uses, {}, "me", tmp_path))["table"] is None
