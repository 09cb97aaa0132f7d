"""Launch files: their errors are named before anything starts, and a resolved plan is a launch file again."""

import hashlib
import importlib
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime.backend import MAX_ROM_BYTES
from runtime.errors import ConfigError, CoreError, FramewireError, RomError, UsageError
from runtime.game import BUILTIN
from runtime.launch import (
    ActorEntry,
    ClockChoice,
    GameChoice,
    Launch,
    RunChoice,
    read_launch,
    with_overrides,
)
from runtime.nats_bus import NatsOptions
from runtime.plan import PREFETCH, rate_of, resolve, resolve_all

ROM = BUILTIN / "emberwood" / "emberwood.gba"

ACTOR = """
from dataclasses import dataclass
from typing import ClassVar

@dataclass
class Holder:
    button: str
    often: int = 3
    rate: ClassVar = 10
    reads: ClassVar = ("state",)
    writes: ClassVar = ("action",)

    def act(self, seen):
        return None

class Fast:
    rate = -1
    reads = ()
    writes = ()
    act = None

not_an_actor = 5
"""

LAUNCH = """
[clock]
mode = "lockstep"

[run]
session = "mine"
frames = 100

[[actor]]
name = "one"
uses = "launch_test_actor:Holder"
rate = 20
config = { button = "A" }

[[actor]]
name = "two"
uses = "launch_test_actor:Holder"

[actor.config]
button = "B"
often = 4
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an actor's file and a core, on the import path for this test."""
    (tmp_path / "launch_test_actor.py").write_text(ACTOR)
    (tmp_path / "mgba_libretro.so").write_bytes(b"")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(importlib.sys.modules, "launch_test_actor", raising=False)  # type: ignore[attr-defined]  # importlib has sys
    monkeypatch.setenv("FRAMEWIRE_CORES", str(tmp_path))
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "launch.toml"
    path.write_text(text)
    return path


def changed(folder: Path, old: str, new: str) -> ConfigError:
    assert old in LAUNCH
    with pytest.raises(ConfigError) as caught:
        read_launch(written(folder, LAUNCH.replace(old, new, 1)))
    return caught.value


def line(text: str) -> int:
    return LAUNCH[: LAUNCH.index(text)].count("\n") + 1


def test_a_good_launch_file_is_read(folder: Path) -> None:
    launch = read_launch(written(folder, LAUNCH))
    assert launch.clock.mode == "lockstep"
    assert launch.actor is not None
    assert [entry.name for entry in launch.actor] == ["one", "two"]
    assert launch.actor[1].config == {"button": "B", "often": 4}


CASES = {
    "clock": ('mode = "lockstep"', 'mode = "warp"', "clock.mode", "'warp': allowed are realtime, free, lockstep"),
    "until": ("frames = 100", 'until = "death"', "run.until", "'death': allowed are episode, success, failure"),
    "restart": ("rate = 20", 'restart = "maybe"', "actor[0].restart", "'maybe': allowed are never, on-failure, always"),
    "a name twice": ('name = "two"', 'name = "one"', "actor[1].name", "'one': allowed is a name of its own"),
    "a bad name": ('name = "two"', 'name = "a.b"', "actor[1].name", "'a.b': allowed is a name of its own"),
    "the bridge's name": ('name = "two"', 'name = "bridge"', "actor[1].name", "'bridge': allowed is a name of its own"),
    "a rate below zero": ("rate = 20", "rate = -5", "actor[0].uses", "rate -5"),
    "a rate of another word": ("rate = 20", 'rate = "often"', "actor[0].uses", "allowed are a number of Hz above 0"),
    "no module": (
        "launch_test_actor:Holder",
        "no_such_module:Holder",
        "actor[0].uses",
        "no_such_module:Holder: cannot",
    ),
    "no class": ("launch_test_actor:Holder", "launch_test_actor:Nobody", "actor[0].uses", "cannot be imported"),
    "no import path": ("launch_test_actor:Holder", "launch_test_actor", "actor[0].uses", "they look like module:Class"),
    "no actor": (
        "launch_test_actor:Holder",
        "launch_test_actor:not_an_actor",
        "actor[0].uses",
        "is no actor: it has no `rate`",
    ),
    "unknown config": ("often = 4", "ofen = 4", "actor[1].config.ofen", "takes button, often"),
    "config of a wrong type": (
        'button = "B"',
        "button = 3",
        "actor[1].config",
        "config button: Expected `str`, got `int`",
    ),
    "config missing": (
        'config = { button = "A" }',
        "",
        "actor[0].config",
        "missing 1 required positional argument: 'button'",
    ),
    "unknown key": ("rate = 20", "speed = 20", "actor[0].speed", "allowed here are name, uses, rate"),
    "unknown table": (
        "[clock]",
        "[watch]",
        "watch",
        "allowed here are nats, game, clock, recorder, replay, run, actor",
    ),
    "wrong type": ("frames = 100", 'frames = "many"', "run.frames", "Expected `int`, got `str`"),
    "no TOML": ("frames = 100", "frames = ", "TOML", "Invalid value"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named_with_file_line_and_key(folder: Path, name: str) -> None:
    old, new, key, problem = CASES[name]
    error = changed(folder, old, new)
    assert error.file == str(folder / "launch.toml")
    assert error.key == key
    assert problem in error.problem
    elsewhere = {
        "a rate below zero": line(old) - 1,  # the class is what takes a rate
        "a rate of another word": line(old) - 1,
        "config missing": line("[[actor]]"),
        "config of a wrong type": line("[actor.config]"),
    }
    assert error.line == elsewhere.get(name, line(old))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: file: cannot be read"):
        read_launch(tmp_path / "nowhere.toml")


@pytest.mark.usefixtures("folder")
def test_nothing_named_is_the_built_in_game_with_its_default_actors(tmp_path: Path) -> None:
    plan = resolve(Launch(), tmp_path)
    assert plan.game_toml == str(BUILTIN / "emberwood" / "game.toml")
    assert plan.rom == str(ROM)
    assert plan.rom_sha256 == hashlib.sha256(ROM.read_bytes()).hexdigest()
    assert (plan.console, plan.core, plan.clock) == ("gba", str(tmp_path / "mgba_libretro.so"), "realtime")
    assert [(entry.name, entry.rate) for entry in plan.actors] == [
        *(("reflex", "frame"), ("tactic", 10)),
        *(("strategist", 10), ("librarian", 10)),
    ]
    assert [rate_of(entry) for entry in plan.actors] == ["frame", 10, 10, 10]
    assert plan.launch.run.session


def test_a_rom_of_a_built_in_game_is_known_by_its_hash(folder: Path) -> None:
    copy = folder / "renamed.gba"
    shutil.copy(ROM, copy)
    plan = resolve(Launch(game=GameChoice(rom=str(copy))), folder)
    assert plan.game_toml == str(BUILTIN / "emberwood" / "game.toml")
    assert plan.rom == str(copy)
    assert [entry.name for entry in plan.actors] == ["reflex", "tactic", "strategist", "librarian"]


def test_a_rom_is_known_by_the_description_beside_it(folder: Path) -> None:
    rom = unknown_rom(folder)
    digest = hashlib.sha256(rom.read_bytes()).hexdigest()
    (folder / "game.toml").write_text(f'[game]\nname = "mine"\nconsole = "gba"\nsha256 = "{digest}"\n')
    assert resolve(Launch(game=GameChoice(rom=str(rom))), folder).game_toml == str(folder / "game.toml")


def unknown_rom(folder: Path) -> Path:
    data = bytearray(1024)
    data[0xB2] = 0x96
    rom = folder / "unknown.gba"
    rom.write_bytes(data)
    return rom


def test_an_unknown_rom_is_played_by_the_generic_actors(folder: Path) -> None:
    plan = resolve(Launch(game=GameChoice(rom=str(unknown_rom(folder)))), folder)
    assert plan.game_toml == ""
    assert [entry.name for entry in plan.actors] == ["starter", "explorer"]


def test_a_game_without_areas_is_played_by_the_generic_actors(folder: Path) -> None:
    rom = unknown_rom(folder)
    (folder / "game.toml").write_text(f'[game]\nname = "mine"\nconsole = "gba"\nrom = "{rom.name}"\n')
    plan = resolve(Launch(game=GameChoice(name=str(folder))), folder)
    assert plan.rom == str(rom)
    assert [entry.name for entry in plan.actors] == ["starter", "explorer"]


def test_the_scripted_emulator_needs_neither_rom_nor_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.bridges.core_search.search_folders", list)
    plan = resolve(Launch(game=GameChoice(rom="scripted"), actor=()), tmp_path)
    assert (plan.rom, plan.core, plan.game_toml, plan.console) == ("scripted", "", "", "gba")
    assert plan.actors == ()


BAD_ROMS: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "there is no such ROM"),
    "empty": (b"", "this file has 0"),
    "text": (b"hello", "no GBA ROM: byte 0xB2 of its header must be 0x96"),
    "zeros": (bytes(4096), "no GBA ROM"),
    "too large": (bytes(MAX_ROM_BYTES + 1), f"1 to {MAX_ROM_BYTES} bytes"),
}


@pytest.mark.parametrize("name", BAD_ROMS)
def test_a_bad_rom_is_named(folder: Path, name: str) -> None:
    data, problem = BAD_ROMS[name]
    rom = folder / "bad.gba"
    if data is not None:
        rom.write_bytes(data)
    with pytest.raises(RomError, match=problem) as caught:
        resolve(Launch(game=GameChoice(rom=str(rom))), folder)
    assert str(rom) in str(caught.value)


def test_a_rom_that_the_named_game_does_not_know_is_refused_with_both_hashes(folder: Path) -> None:
    rom = unknown_rom(folder)
    with pytest.raises(RomError, match="another ROM or version") as caught:
        resolve(Launch(game=GameChoice(name="emberwood", rom=str(rom))), folder)
    for path in (rom, ROM):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in str(caught.value)


def test_a_rom_of_no_known_console_is_refused(folder: Path) -> None:
    rom = folder / "game.n64"
    rom.write_bytes(b"x")
    with pytest.raises(RomError, match=r"ends in '\.n64'; known are \.gba"):
        resolve(Launch(game=GameChoice(rom=str(rom))), folder)


def test_a_game_without_a_rom_asks_for_one(folder: Path) -> None:
    (folder / "game.toml").write_text('[game]\nname = "mine"\nconsole = "gba"\n')
    with pytest.raises(RomError, match="comes without a ROM; pass yours with --rom"):
        resolve(Launch(game=GameChoice(name=str(folder))), folder)


def test_a_core_that_is_nowhere_is_refused_before_anything_starts(folder: Path) -> None:
    with pytest.raises(CoreError, match="no libretro core nonesuch"):
        resolve(Launch(game=GameChoice(core="nonesuch")), folder)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("session", ["a.b", "*", "a b"])
def test_a_session_name_that_cannot_be_a_subject_is_refused(tmp_path: Path, session: str) -> None:
    with pytest.raises(UsageError, match="session name"):
        resolve(Launch(run=RunChoice(session=session)), tmp_path)


def test_a_resolved_plan_is_a_launch_file_that_resolves_to_itself(folder: Path) -> None:
    plan = resolve(read_launch(written(folder, LAUNCH)), folder)
    again = folder / "again.toml"
    again.write_text(plan.as_toml())
    assert resolve(read_launch(again), folder) == plan


def test_a_printed_plan_says_what_it_resolved_to_and_hides_secrets(folder: Path) -> None:
    nats = NatsOptions(url="nats://example.org", user="ann", password="pa55word", token="t0ken")
    text = resolve(Launch(nats=nats), folder).as_toml()
    for part in (
        f"# rom: {ROM}",
        "# rom_sha256: ",
        f"# core: {folder / 'mgba_libretro.so'}",
        "ann",
        "nats://example.org",
    ):
        assert part in text
    assert "pa55word" not in text
    assert "t0ken" not in text


def test_a_secret_in_the_servers_url_is_hidden_too(folder: Path) -> None:
    nats = NatsOptions(url="nats://ann:pa55word@example.org")
    text = resolve(Launch(nats=nats), folder).as_toml()
    assert "pa55word" not in text
    assert "example.org" in text


def test_the_command_lines_values_go_over_the_files() -> None:
    launch = Launch(clock=ClockChoice(mode="free"), run=RunChoice(session="file", frames=5))
    changed_launch = with_overrides(launch, {"clock": {"mode": None}, "run": {"session": "line", "frames": None}})
    assert changed_launch.clock.mode == "free"
    assert (changed_launch.run.session, changed_launch.run.frames) == ("line", 5)


@pytest.mark.parametrize(
    "entry", [ActorEntry(name="a", uses="x:Y", rate="often"), ActorEntry(name="a", uses="x:Y", rate=0)]
)
def test_a_bad_rate_is_refused(entry: ActorEntry) -> None:
    with pytest.raises(FramewireError, match="rate"):
        rate_of(entry)


def test_a_plan_survives_the_way_to_a_child_process(folder: Path) -> None:
    plan = resolve(read_launch(written(folder, LAUNCH)), folder)
    assert msgspec.json.decode(msgspec.json.encode(plan), type=type(plan)) == plan


def described(folder: Path, hashes: str, watch: str = "") -> Path:
    """Write a description beside a copy of the built-in ROM, and return the copy."""
    text = f'[game]\nname = "mine"\nconsole = "gba"\n{hashes}\n\n[[watch]]\nname = "x"\ntype = "u8"\n'
    (folder / "game.toml").write_text(text + (watch or "address = 0x02000000"))
    return Path(shutil.copy(ROM, folder / "copy.gba"))


SHA1 = hashlib.sha1(ROM.read_bytes(), usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(ROM.read_bytes()).hexdigest()
OTHER = "0" * 40


@pytest.mark.parametrize(
    ("hashes", "knows"),
    [
        (f'sha1 = ["{SHA1}"]', True),
        (f'sha1 = ["{OTHER}", "{SHA1}"]', True),
        (f'sha1 = ["{SHA1}"]\nsha256 = "{SHA256}"', True),
        (f'sha1 = ["{OTHER}"]\nsha256 = "{SHA256}"', False),
        (f'sha1 = ["{OTHER}"]', False),
        ("", False),
    ],
)
def test_a_rom_finds_its_description_by_either_hash(tmp_path: Path, hashes: str, knows: bool) -> None:
    rom = described(tmp_path, hashes)
    plan = resolve(Launch(game=GameChoice(rom=str(rom))), tmp_path)
    assert (plan.game_toml == str(tmp_path / "game.toml")) == knows
    if not knows:  # the built-in description knows this ROM too
        assert plan.game_toml == str(BUILTIN / "emberwood" / "game.toml")


def test_a_rom_of_another_sha1_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    rom = described(tmp_path, f'sha1 = ["{OTHER}"]')
    with pytest.raises(RomError, match=f"its SHA-1 is {SHA1}, the game's description wants {OTHER}"):
        resolve(Launch(game=GameChoice(name=str(tmp_path), rom=str(rom))), tmp_path)


@pytest.mark.parametrize("name", ["pokemon_emerald", "pokemon_firered", "pokemon_red"])
def test_a_game_without_its_rom_asks_for_yours(name: str, tmp_path: Path) -> None:
    with pytest.raises(RomError, match="comes without a ROM; pass yours with --rom"):
        resolve(Launch(game=GameChoice(name=name)), tmp_path)


def test_a_rom_that_is_not_the_games_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RomError, match="wants f3ae088181bf583e55daf962a92bb46f4f1d07b7: another ROM or version"):
        resolve(Launch(game=GameChoice(name="pokemon_emerald", rom=str(ROM))), tmp_path)


def test_an_emulator_that_shows_watched_pages_only_refuses_a_game_with_a_pointer(tmp_path: Path) -> None:
    """SkyEmu, whose program is not started for it: a file stands in for it."""
    program = tmp_path / "skyemu"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    rom = described(tmp_path, f'sha1 = ["{SHA1}"]', "pointer = 0x03005D8C\noffset = 0x490")
    choice = GameChoice(rom=str(rom), backend="skyemu", core=str(program))
    with pytest.raises(ConfigError, match="follows a pointer, which needs all memory") as caught:
        resolve(Launch(game=msgspec.structs.replace(choice, options={"memory": "watched"})), tmp_path)
    assert caught.value.key == "watch 'x'"
    assert resolve(Launch(game=choice), tmp_path).backend == "skyemu"


@pytest.mark.parametrize(
    ("clock", "rest", "processors", "wanted"),
    [
        ({"mode": "free"}, {}, 2, PREFETCH),
        ({"mode": "free"}, {}, 1, 0),
        ({"mode": "realtime"}, {}, 8, 0),
        ({"mode": "lockstep", "prefetch": 4}, {}, 8, 0),
        ({"mode": "free", "prefetch": 4}, {}, 1, 4),
        ({"mode": "free", "prefetch": 0}, {}, 8, 0),
        ({"mode": "free"}, {"run": RunChoice(frames=100)}, 8, 0),
        ({"mode": "free"}, {"run": RunChoice(frames=100_000)}, 8, PREFETCH),
        ({"mode": "free"}, {"game": GameChoice(instances=2)}, 3, 0),
        ({"mode": "free"}, {"game": GameChoice(instances=2)}, 4, PREFETCH),
        ({"mode": "free"}, {"actor": (ActorEntry(name="a", uses="agents.starter:Starter"),)}, 2, 0),
        ({"mode": "free"}, {"actor": (ActorEntry(name="a", uses="agents.starter:Starter"),)}, 3, PREFETCH),
    ],
)
def test_frames_are_emulated_in_advance_where_it_pays(
    monkeypatch: pytest.MonkeyPatch, clock: dict[str, Any], rest: dict[str, Any], processors: int, wanted: int
) -> None:
    monkeypatch.setattr("runtime.plan.processors", lambda: processors)
    launch = Launch(**{"clock": ClockChoice(**clock), "actor": (), **rest})
    assert {plan.prefetch for plan in resolve_all(launch, Path())} == {wanted}


def test_prefetch_is_refused_where_it_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "launch.toml"
    file.write_text('[clock]\nmode = "free"\nprefetch = 61\n')
    with pytest.raises(ConfigError, match=r"launch\.toml:3: clock\.prefetch: 61: allowed are -1 to 60"):
        read_launch(file)
    elsewhere = Launch(game=GameChoice(backend="mgba-lua"), clock=ClockChoice(mode="free", prefetch=4))
    with pytest.raises(UsageError, match=r"backend mgba-lua cannot do .*prefetch 4: the emulator is another program"):
        resolve_all(elsewhere, Path())
