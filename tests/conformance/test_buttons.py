"""Buttons: each is held for exactly the frames asked, alone and together, one frame at a time or many."""

from tests.conformance.conftest import Ask
from tests.conformance.playing import playing, those
from tests.conformance.subject import Subject
from tests.roms.pad import PADS, SPRITE_PX, Block


def each_alone(subject: Subject) -> list[tuple[str, Block, Block]]:
    """Hold the first button for 1 frame, the next for 2, and so on; return the block before, during and after."""
    told = []
    with playing(subject) as player:
        for frames, button in enumerate(player.backend.console.buttons, 1):
            player.hold(button, frames)
            during = player.block
            player.hold(frames=2)
            told.append((button, during, player.block))
    return told


@those(exact_input=True)
def test_each_button_is_held_for_exactly_the_frames_asked(ask: Ask, subject: Subject) -> None:
    told = ask(each_alone, subject)
    wanted = {button: frames for frames, (button, _, _) in enumerate(told, 1)}
    for button, during, after in told:
        assert during.held == {button}
        assert after.held == frozenset()
        assert during.counts[button] == after.counts[button] == wanted[button]
    assert told[-1][2].counts == wanted


def loosely(subject: Subject) -> tuple[Block, Block]:
    with playing(subject) as player:
        player.hold("A", 30)
        during = player.block
        player.hold(frames=30)
        return during, player.block


@those(exact_input=False)
def test_a_button_reaches_the_game_and_is_let_go(ask: Ask, subject: Subject) -> None:
    during, after = ask(loosely, subject)
    assert during.counts["A"] > 0
    assert after.held == frozenset()
    assert [button for button, count in after.counts.items() if count] == ["A"]


def together(subject: Subject) -> Block:
    with playing(subject) as player:
        every = [button for button in player.backend.console.buttons if button not in ("UP", "DOWN", "LEFT", "RIGHT")]
        player.hold("+".join([*every, "UP", "RIGHT"]), 3)
        return player.block


@those(exact_input=True)
def test_buttons_are_held_together(ask: Ask, subject: Subject) -> None:
    block = ask(together, subject)
    assert dict.fromkeys(block.held, 3) == {button: count for button, count in block.counts.items() if count}
    assert set(block.counts) - block.held == {"DOWN", "LEFT"}


def single_frames(subject: Subject) -> list[tuple[int, int]]:
    """Step frame by frame; return the game's frame and those that it made unseen before."""
    told = []
    with playing(subject) as player:
        for _ in range(100):
            player.hold()
            told.append((player.block.frame, player.backend.skipped))
    return told


@those()
def test_one_step_is_one_frame_of_the_game(ask: Ask, subject: Subject) -> None:
    told = ask(single_frames, subject)
    assert [frame - skipped for frame, skipped in told[1:]] == [before + 1 for before, _ in told[:-1]]
    if subject.capabilities.steps:
        assert {skipped for _, skipped in told} == {0}, "it waits for us"


def many_at_once(subject: Subject) -> tuple[Block, Block, int, int]:
    """Step 24 frames in one call and then frame by frame, from one state; return blocks and pictures' hashes."""
    with playing(subject) as player:
        state = player.backend.save_state() if subject.capabilities.savestates else b""
        before = player.block
        player.backend.step(frozenset({"RIGHT", "A"}), frames=24)
        player.hashes.clear()
        player.hold("B")
        once, after = player.block, player.hashes[-1]
        if not state:
            return before, once, after, after
        player.backend.load_state(state)
        player.hold("RIGHT+A", 24)
        player.hold("B")
        assert player.block == once
        return before, once, after, player.hashes[-1]


@those(steps=True, exact_input=True)
def test_many_frames_in_one_call_are_the_same_as_one_by_one(ask: Ask, subject: Subject) -> None:
    before, after, picture, picture_one_by_one = ask(many_at_once, subject)
    assert after.frame == before.frame + 25
    assert (after.counts["A"], after.counts["RIGHT"], after.counts["B"]) == (24, 24, 1)
    assert after.x == before.x + 24
    assert picture == picture_one_by_one


def to_the_corners(subject: Subject) -> list[tuple[int, int]]:
    with playing(subject) as player:
        told = []
        for buttons in ("LEFT+UP", "RIGHT+DOWN"):
            player.backend.step(frozenset(buttons.split("+")), frames=256)
            told.append((player.block.x, player.block.y))
        return told


@those(steps=True, exact_input=True)
def test_the_game_is_pads(ask: Ask, subject: Subject) -> None:
    pad = PADS[subject.console]
    assert ask(to_the_corners, subject) == [(0, pad.top), (pad.width - SPRITE_PX, pad.height - SPRITE_PX)]
