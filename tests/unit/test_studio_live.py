"""What the studio makes of a live session's messages: pictures, the board, a person's hand."""

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from dashboards.play.player import PRIORITY
from dashboards.studio.live.board import Board
from dashboards.studio.live.hand import PERSON, Hand
from dashboards.studio.live.picture import PictureEncoder
from runtime import wire
from runtime.bus import Message
from runtime.errors import UsageError
from runtime.memory_bus import MemoryBus
from runtime.pixels import Raw, Rgb, to_rgb
from runtime.subjects import SessionId, subject

SESSION = SessionId("s1")


def opened(png: bytes) -> Rgb:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def colours(first: int, count: int, pixel_format: str = "<u2") -> Raw:
    """Return a picture of so many colours, (16, 32)."""
    return ((np.arange(512).reshape(16, 32) % count + first) * 37).astype(pixel_format)


@pytest.mark.parametrize("pixel_format", ["gba565", "rgb565", "0rgb1555"])
def test_pictures_are_exact_while_colours_come_and_the_palette_is_begun_again(pixel_format: str) -> None:
    encoder = PictureEncoder(pixel_format)
    for first in range(0, 1700, 100):
        raw = colours(first, 150)
        np.testing.assert_array_equal(opened(encoder.encode(raw)), to_rgb(raw, pixel_format))


def test_a_picture_of_more_colours_than_a_palette_holds_is_exact() -> None:
    encoder = PictureEncoder("rgb565")
    for count in (20, 400, 20):
        raw = colours(0, count)
        np.testing.assert_array_equal(opened(encoder.encode(raw)), to_rgb(raw, "rgb565"))


def test_a_picture_of_32_bits_a_pixel_is_exact() -> None:
    raw = colours(0, 300, "<u4") * 2003
    np.testing.assert_array_equal(opened(PictureEncoder("xrgb8888").encode(raw)), to_rgb(raw, "xrgb8888"))


def held(frame_index: int, *buttons: str, actor: str = "reflex", plan: str = "p1") -> bytes:
    cause = wire.Cause(actor=actor, buttons=buttons, observed_frame=frame_index - 1, plan_id=plan, reason="to the door")
    return wire.encode(wire.Input(frame_index=frame_index, sent_ns=0, buttons=buttons, causes=(cause,)))


def state(frame_index: int, **values: wire.Scalar) -> wire.State:
    return wire.State(frame_index=frame_index, sent_ns=0, values=values)


def test_the_board_tells_each_press_once_with_its_length_and_cause() -> None:
    board = Board()
    for frame in (10, 11, 12):
        board.hear("input", held(frame, "A"), 0)
    board.hear("input", held(13), 0)
    board.hear("input", held(14, "A"), 0)
    board.see(state(14, hp=3))
    now = board.now()
    assert [(press["first"], press["last"]) for press in now["presses"]] == [(14, 14), (10, 12)]
    assert now["presses"][1]["causes"] == [
        {"actor": "reflex", "buttons": ("A",), "plan": "p1", "model": "", "reason": "to the door", "seen_ago": 1}
    ]
    assert (now["frame"], now["held"], now["state"]) == (14, ("A",), {"hp": 3})


def test_the_board_forgets_presses_when_the_game_goes_back() -> None:
    board = Board()
    board.hear("input", held(100, "A"), 0)
    board.see(state(100))
    board.see(state(20))
    assert board.now()["presses"] == []


def learnt(*facts: wire.Fact) -> wire.Learnt:
    return wire.Learnt(actor="librarian", frame_index=1, sent_ns=0, facts=facts)


def quest(status: str, **props: wire.Scalar) -> wire.Fact:
    return wire.Fact("Quest", "quest:ember", {"id": "ember", "status": status, **props})


def test_what_was_heard_live_is_newer_than_what_is_recalled() -> None:
    board = Board()
    board.hear("learnt", wire.encode(learnt(quest("completed"))), 0)
    board.recall([learnt(quest("active", name="The ember"), wire.Fact("Objective", "o", {"quest": "ember"}))], [])
    (told,) = board.more(0)["quests"]
    assert (told["status"], told["name"], told["objectives"]) == ("completed", "The ember", [{"quest": "ember"}])


def plan(actor: str, frame_index: int, parent_id: str = "") -> wire.Plan:
    return wire.Plan(
        actor=actor,
        frame_index=frame_index,
        sent_ns=0,
        plan_id=f"{actor}-{frame_index}",
        goal="go",
        parent_id=parent_id,
    )


def test_plans_are_told_the_first_of_all_before_those_that_serve_it_and_none_that_is_a_minute_old() -> None:
    board = Board()
    board.see(state(4000))
    for each in (plan("old", 1), plan("tactic", 3990, "strategist-3900"), plan("strategist", 3900)):
        board.hear("plan", wire.encode(each), 0)
    assert [each["actor"] for each in board.more(0)["plans"]] == ["strategist", "tactic"]


def test_a_damaged_message_costs_only_itself() -> None:
    board = Board()
    board.hear("plan", b"\x00nonsense", 0)
    board.hear("plan", wire.encode(plan("tactic", 1)), 0)
    assert len(board.more(0)["plans"]) == 1


WELCOME = wire.Welcome(
    session=SESSION, origin="live", clock="realtime", paused=False, frame_index=5, game="", game_toml="", rom_sha256="",
    console="gba", width=240, height=160, rate_hz=60.0, buttons=("A", "B", "UP"), pixel_format="gba565", regions=(),
    core="", recorded=False,
)  # fmt: skip


async def acted(*does: tuple[str, tuple[str, ...], int]) -> list[wire.Action]:
    """Do things with a hand, one after the other: (take|hold|drop|see, buttons, viewer or frame)."""
    bus, sent = MemoryBus(), list[wire.Action]()

    def hear(message: Message) -> None:
        sent.append(wire.decode(wire.Action, message.data))

    await bus.subscribe(subject(SESSION, "in.action", PERSON), hear)
    hand = Hand(bus, WELCOME)
    running = asyncio.create_task(hand.run())
    for what, buttons, number in does:
        match what:
            case "take":
                hand.take(number)
            case "hold":
                hand.hold(number, buttons)
            case "drop":
                hand.drop(number)
            case "see":
                hand.see(number, buttons)
        for _ in range(5):
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return sent


def test_a_hand_holds_says_so_again_on_every_frame_and_lets_go() -> None:
    sent = asyncio.run(
        acted(
            ("take", (), 1),
            ("hold", ("A",), 1),
            ("see", ("A",), 6),
            ("hold", (), 1),
            ("see", ("A",), 8),
            ("see", (), 9),
        )
    )
    assert [action.buttons for action in sent] == [("A",), ("A",), ("A",), ()]
    assert {(action.actor, action.priority, action.reason) for action in sent} == {(PERSON, PRIORITY, "keyboard")}


def test_a_viewer_without_the_keyboard_presses_nothing() -> None:
    assert asyncio.run(acted(("take", (), 1), ("hold", ("A",), 2))) == []


def test_a_viewer_that_goes_lets_go_and_the_actors_go_on_at_once() -> None:
    sent = asyncio.run(acted(("take", (), 1), ("hold", ("A",), 1), ("drop", (), 1)))
    assert [(action.buttons, action.hold_frames) for action in sent] == [(("A",), 30), ((), 1)]


def test_a_button_that_the_console_lacks_is_named() -> None:
    with pytest.raises(UsageError, match="no button TURBO; there are A, B, UP"):
        asyncio.run(acted(("take", (), 1), ("hold", ("TURBO",), 1)))
