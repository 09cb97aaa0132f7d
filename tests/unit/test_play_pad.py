"""Keys become buttons: what is held on which frame, and what each key does."""

from pathlib import Path

import pytest

from dashboards.play.keymap import COMMANDS, default_keymap, help_text, read_keys, with_keys
from dashboards.play.pad import LEAST_FRAMES, TAP_FRAMES, Pad
from runtime.console import CONSOLES
from runtime.errors import ConfigError
from runtime.game import parse_game

GBA = CONSOLES["gba"].buttons


def test_a_button_is_held_from_down_to_up() -> None:
    pad = Pad()
    assert pad.held(10) == ()
    pad.down("RIGHT", 10)
    assert [pad.held(frame) for frame in (10, 20, 30)] == [("RIGHT",)] * 3
    pad.down("A", 31)
    assert pad.held(31) == ("RIGHT", "A")
    pad.in_game(("RIGHT",))
    pad.up("RIGHT", 32)
    assert pad.held(32) == ("A",)


def test_a_key_that_went_down_and_up_between_two_frames_is_seen_by_the_game() -> None:
    pad = Pad()
    pad.down("RIGHT", 2)
    pad.in_game(("RIGHT",))
    pad.up("RIGHT", 5)
    pad.down("A", 5)
    pad.up("A", 5)
    held = []
    for frame in range(5, 20):
        held += [frame] if pad.held(frame) == ("A",) else []
        pad.in_game(("A",))
    assert held == list(range(5, 5 + LEAST_FRAMES))


def test_a_tap_outlasts_frames_that_come_at_once_until_the_game_has_it_or_never_takes_it() -> None:
    pad = Pad()
    pad.down("A", 5)
    pad.up("A", 5)
    assert pad.held(20) == ("A",), "the game has not had it yet"
    pad.in_game(("A", "B"))
    assert pad.held(21) == ()
    pad.tap("A", 100)
    assert pad.held(129) == ("A",), "what the game had before does not count"
    assert pad.held(130) == ()


def test_a_key_pressed_again_before_it_was_let_go_of_stays() -> None:
    pad = Pad()
    pad.down("A", 5)
    pad.up("A", 5)
    pad.down("A", 6)
    assert pad.held(30) == ("A",)


def test_without_releases_a_press_counts_for_a_while_and_a_repeat_prolongs_it() -> None:
    pad = Pad()
    pad.tap("UP", 100)
    pad.in_game(("UP",))
    assert [frame for frame in range(100, 130) if pad.held(frame)] == list(range(100, 100 + TAP_FRAMES))
    pad.tap("UP", 200)
    pad.tap("UP", 204)
    pad.in_game(("UP",))
    assert [frame for frame in range(200, 230) if pad.held(frame)] == list(range(200, 204 + TAP_FRAMES))


def test_a_replay_that_goes_back_lets_go_of_taps() -> None:
    pad = Pad()
    pad.tap("UP", 1000)
    assert pad.held(10) == ()


def test_releasing_all_leaves_nothing() -> None:
    pad = Pad()
    pad.down("A", 1)
    pad.tap("B", 1)
    pad.release_all()
    assert pad.held(1) == ()


@pytest.mark.parametrize("console", CONSOLES.values(), ids=lambda console: console.name)
def test_every_button_of_every_console_has_a_key(console: object) -> None:
    row = CONSOLES[console.name]  # type: ignore[attr-defined]  # a Console
    keymap = default_keymap(row.name, row.buttons)
    assert set(keymap.values()) == set(row.buttons) | set(COMMANDS)
    assert all(key in help_text(keymap) for key in keymap)


def test_a_file_changes_keys_and_takes_them_away(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('[keys]\nW = "UP"\nz = ""\nf9 = "save"\n')
    keymap = with_keys(default_keymap("gba", GBA), read_keys(file), GBA, str(file))
    assert (keymap["w"], keymap["up"], keymap["f9"], keymap["x"]) == ("UP", "UP", "save", "A")
    assert "z" not in keymap


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[keys]\nx = "TURBO"\n', r"keys\.x: 'TURBO': allowed are A, B, L, R, SELECT, START, UP, .*pause, save"),
        ('[buttons]\nx = "A"\n', "buttons"),
        ("[keys]\nx = 1\n", "x"),
        ("[keys", "TOML"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=problem):
        with_keys({}, read_keys(file), GBA, str(file))


def test_a_game_may_say_what_keys_do() -> None:
    game = parse_game('[game]\nname = "g"\nconsole = "gba"\n[keys]\nq = "L"\n', "game.toml")
    assert with_keys(default_keymap("gba", GBA), game.keys, GBA, "game.toml")["q"] == "L"
