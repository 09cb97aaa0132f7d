"""Families of emulators: found by name, their options checked, what they lack said."""

from pathlib import Path

import msgspec
import pytest

from runtime.backend import Capabilities
from runtime.console import CONSOLES
from runtime.errors import ConfigError, UsageError
from runtime.families import DEFAULT_FAMILY, check_console, family, family_names, lacks, missing_of, options_of
from runtime.launch import ClockChoice, GameChoice, Launch, RecorderChoice, read_launch
from runtime.plan import resolve


@pytest.mark.parametrize("name", family_names())
def test_a_family_says_what_it_is(name: str) -> None:
    found = family(name)
    assert found.name == name
    assert found.meaning
    assert set(found.consoles) <= set(CONSOLES)
    assert isinstance(found.capabilities(options_of(found, {})), Capabilities)


def test_no_name_is_libretro() -> None:
    assert family("").name == DEFAULT_FAMILY == "libretro"


def test_an_unknown_family_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"no backend 'retro'; there are .*libretro.*scripted"):
        family("retro")


def test_an_unknown_option_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"options of backend libretro: .*`turbo`; allowed are none"):
        options_of(family("libretro"), {"turbo": True})


def test_a_console_that_a_family_does_not_emulate_is_refused() -> None:
    with pytest.raises(UsageError, match="backend scripted emulates gba, not snes"):
        check_console(family("scripted"), CONSOLES["snes"])


@pytest.mark.parametrize(
    ("can", "clock", "store", "problem"),
    [
        (Capabilities(), "lockstep", "inputs", ""),
        (Capabilities(steps=False), "realtime", "all", ""),
        (Capabilities(steps=False), "lockstep", "all", "the clock 'lockstep'"),
        (Capabilities(steps=False), "free", "all", "the clock 'free'"),
        (Capabilities(deterministic=False), "lockstep", "inputs", "not deterministic"),
        (Capabilities(savestates=False), "lockstep", "inputs", "needs savestates"),
    ],
)
def test_what_a_run_needs_and_an_emulator_lacks_is_said(
    can: Capabilities, clock: str, store: str, problem: str
) -> None:
    said = lacks(can, clock=clock, store=store)
    assert problem in said
    assert bool(problem) == bool(said)


def test_what_an_emulator_lacks_is_listed_for_people() -> None:
    assert missing_of(Capabilities()) == ()
    assert len(missing_of(Capabilities(deterministic=False, savestates=False, reset=False, steps=False))) == 4


@pytest.mark.parametrize(
    ("text", "line", "key", "problem"),
    [
        ('[game]\nbackend = "retro"\n', 2, "game.backend", "no backend 'retro'; there are bizhawk, libretro"),
        (
            '[game]\nbackend = "skyemu"\n[game.options]\nmemroy = "full"\n',
            3,
            "game.options",
            "`memroy`; allowed are url",
        ),
        (
            '[game]\nbackend = "mgba-lua"\n[game.options]\npace = "fast"\n',
            3,
            "game.options",
            "Invalid enum value 'fast'",
        ),
    ],
    ids=["backend", "option", "value"],
)
def test_a_launch_file_names_backend_and_options_that_are_wrong(
    tmp_path: Path, text: str, line: int, key: str, problem: str
) -> None:
    file = tmp_path / "launch.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_launch(file)
    assert (raised.value.line, raised.value.key) == (line, key)
    assert problem in raised.value.problem


@pytest.mark.parametrize(
    ("launch", "problem"),
    [
        (Launch(clock=ClockChoice(mode="lockstep")), "backend mgba-lua cannot do the clock 'lockstep'"),
        (Launch(recorder=RecorderChoice(store="inputs")), "backend mgba-lua cannot do store 'inputs'"),
    ],
    ids=["clock", "store"],
)
def test_a_launch_that_needs_what_its_emulator_lacks_is_refused(tmp_path: Path, launch: Launch, problem: str) -> None:
    game = GameChoice(name="emberwood", backend="mgba-lua", options={"pace": "free"})
    with pytest.raises(UsageError, match=problem):
        resolve(msgspec.structs.replace(launch, game=game), tmp_path)
