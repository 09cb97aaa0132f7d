"""The live page in real Chromium, with games that run: a Game Boy game, a replay, and one without a description."""

import base64
import io
import json
import re
import urllib.request
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from runtime import wire
from runtime.client import connect
from runtime.nats_bus import NatsOptions
from runtime.nats_server import attach, read_server_file
from runtime.pixels import Rgb
from tests.studio.running import RECORDED, Running, Studio, elsewhere, eventually, game_in, runtime

#: How long the page may take to show something, ms.
PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def games(studio: Studio) -> Iterator[Running]:
    """Run what is looked at, beside the studio whose server they use."""
    replaying, _ = runtime(
        studio.home, "replay", RECORDED, "--as", "again", "--loop", until=lambda line: "again" in line
    )
    with game_in(studio.home, "bricks", "--game", "brickyard", "--no-actors") as bricks:
        yield bricks
    replaying.stop()


def drawn(page: Page) -> int:
    """Return how many pictures the page drew."""
    number: int = page.evaluate("document.getElementById('screen')?.stats().drawn ?? 0")
    return number


def watch(page: Page, studio: Studio, session: str) -> None:
    """Open a session's page and wait for its pictures."""
    page.goto(f"{studio.url}#/live/{session}")
    eventually(page, "document.getElementById('screen')?.stats().drawn > 0")


def pixels(page: Page, canvas: str) -> Rgb:
    """Return what a canvas shows, (H, W, 3)."""
    url = page.evaluate(f"document.getElementById('{canvas}').toDataURL()")
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    return np.asarray(image.convert("RGB"))


async def seen_by_a_script(studio: Studio, session: str) -> tuple[int, Rgb]:
    """Return the newest frame as a script sees it, paused or not."""
    async with connect(await server(studio), session) as game:
        async for seen in game.observe("frame"):
            return seen.frame_index, seen.pixels.copy()
    raise AssertionError("the session ended")


async def server(studio: Studio) -> NatsOptions:
    options = await attach(studio.home)
    assert options
    return options


async def held_by(studio: Studio, session: str, wanted: tuple[str, ...]) -> tuple[wire.Cause, ...]:
    """Wait until exactly these buttons are held; return who holds them."""
    async with connect(await server(studio), session) as game:
        async for held in game.subscribe("input"):
            assert isinstance(held, wire.Input)
            if held.buttons == wanted:
                return held.causes
    raise AssertionError("the session ended")


def readers_of_frames(studio: Studio) -> int:
    """Return how many connections the server sends the game's frames to."""
    found = read_server_file(studio.home / "nats")
    assert found
    with urllib.request.urlopen(f"{found.monitor_url}/connz?subs=1", timeout=10) as answer:
        connections = json.load(answer)["connections"]
    subjects = [name for each in connections for name in each.get("subscriptions_list", ())]
    return subjects.count("fw.bricks.frame")


def paused(page: Page) -> None:
    expect(page.locator(".status")).to_have_text(re.compile("live|replay"))
    page.keyboard.press("Space")
    expect(page.locator(".status")).to_have_text("paused")


def test_while_nothing_runs_it_says_how_to_run_something(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    expect(page.get_by_role("heading", name="Nothing runs")).to_be_visible()
    expect(page.locator("#nav a[aria-current=page]")).to_have_text("Live")


def test_a_question_mark_shows_the_keys(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Sessions")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.usefixtures("games")
def test_frames_of_a_game_boy_arrive_exactly_and_a_later_viewer_of_the_paused_game_sees_the_same(
    studio: Studio, page: Page, browser: Browser
) -> None:
    watch(page, studio, "bricks")
    eventually(page, "document.getElementById('screen').stats().drawn > 60")
    expect(page.locator(".live-head")).to_contain_text("GB")
    paused(page)
    index, wanted = elsewhere(seen_by_a_script(studio, "bricks"))
    expect(page.locator("#frame")).to_have_text(f"{index:,}")
    eventually(page, f"document.getElementById('screen').stats().frame === {index}")
    assert wanted.shape == (144, 160, 3)
    np.testing.assert_array_equal(pixels(page, "screen"), wanted)
    page.keyboard.press(".")
    expect(page.locator("#frame")).to_have_text(f"{index + 1:,}")
    other = browser.new_page()
    watch(other, studio, "bricks")
    eventually(other, f"document.getElementById('screen').stats().frame === {index + 1}")
    np.testing.assert_array_equal(pixels(other, "screen"), pixels(page, "screen"))
    assert readers_of_frames(studio) == 1  # two viewers, one reader
    expect(other.locator(".status")).to_have_text("paused")
    other.keyboard.press("Space")
    expect(page.locator(".status")).to_have_text("live")  # both know
    other.close()


@pytest.mark.usefixtures("games")
def test_a_state_is_saved_and_comes_back(studio: Studio, page: Page) -> None:
    watch(page, studio, "bricks")
    paused(page)
    page.keyboard.press("s")
    expect(page.locator(".notice").last).to_have_text("saved as quick")
    page.keyboard.press(">")
    page.keyboard.press("l")
    expect(page.locator(".notice").last).to_have_text("loaded quick")
    page.get_by_label("Slot").fill("nowhere")
    page.get_by_role("button", name="Load").click()
    expect(page.locator(".notice").last).to_contain_text("nowhere")
    page.locator("body").click()
    page.keyboard.press("Space")
    expect(page.locator(".status")).to_have_text("live")


@pytest.mark.usefixtures("games")
def test_the_keyboard_plays_as_a_person_and_lets_go_when_the_window_is_left(studio: Studio, page: Page) -> None:
    watch(page, studio, "bricks")
    expect(page.locator(".status")).to_have_text("live")
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Give back")).to_be_visible()
    page.keyboard.down("x")
    (cause,) = elsewhere(held_by(studio, "bricks", ("A",)))
    assert (cause.actor, cause.reason) == ("person", "keyboard")
    expect(page.locator(".pad-a.held.by-person")).to_be_visible()
    expect(page.locator(".presses").first).to_contain_text("person")
    page.evaluate("dispatchEvent(new Event('blur'))")
    elsewhere(held_by(studio, "bricks", ()))
    page.keyboard.up("x")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Take control")).to_be_visible()


@pytest.mark.usefixtures("games")
def test_keys_are_let_go_when_the_browser_is_gone(studio: Studio, page: Page, browser: Browser) -> None:
    other = browser.new_page()
    watch(other, studio, "bricks")
    expect(other.locator(".status")).to_have_text("live")
    other.keyboard.press("t")
    other.keyboard.down("ArrowLeft")
    elsewhere(held_by(studio, "bricks", ("LEFT",)))
    other.close()
    elsewhere(held_by(studio, "bricks", ()))


@pytest.mark.usefixtures("games")
def test_who_takes_the_keyboard_takes_it_from_the_other(studio: Studio, page: Page, browser: Browser) -> None:
    other = browser.new_page()
    watch(other, studio, "bricks")
    watch(page, studio, "bricks")
    other.keyboard.press("t")
    expect(other.get_by_role("button", name="Give back")).to_be_visible()
    page.keyboard.press("t")
    expect(other.locator(".notice").last).to_contain_text("another window took the keyboard")
    expect(other.get_by_role("button", name="Take control")).to_be_visible()
    other.close()


@pytest.mark.usefixtures("games")
def test_a_replay_shows_who_pressed_what_and_why_and_what_the_agents_see(studio: Studio, page: Page) -> None:
    watch(page, studio, "again")
    expect(page.locator(".status")).to_have_text("replay")
    expect(page.get_by_role("button", name="Take control")).to_be_hidden()
    expect(page.get_by_role("button", name="Save")).to_be_hidden()
    expect(page.locator(".live-presses .chip").first).to_have_text("reflex", timeout=PATIENCE_MS)
    expect(page.locator(".plan").first).to_contain_text("strategist", timeout=PATIENCE_MS)
    expect(page.locator(".quest").first).to_contain_text("emberwood", timeout=PATIENCE_MS)
    expect(page.locator(".values")).to_contain_text("player.hp")
    eventually(page, "document.getElementById('eyes').stats().drawn > 3")
    assert pixels(page, "eyes").shape[1] > 2 * 240
    page.keyboard.press("o")
    expect(page.locator("#eyes")).to_be_hidden()


@pytest.mark.usefixtures("games")
def test_a_replay_goes_to_a_frame(studio: Studio, page: Page) -> None:
    watch(page, studio, "again")
    paused(page)
    page.get_by_label("Go to frame").fill("321")
    page.keyboard.press("Enter")
    expect(page.locator("#frame")).to_have_text("321")
    page.locator("#screen").click()
    page.keyboard.press("Space")
    expect(page.locator(".status")).to_have_text("replay")


@pytest.mark.usefixtures("games")
def test_a_game_without_a_description_is_shown_until_it_ends(studio: Studio, page: Page) -> None:
    with game_in(studio.home, "square", "--rom", "scripted", "--no-actors"):
        watch(page, studio, "square")
        expect(page.get_by_text("This game has no description")).to_be_visible()
        eventually(page, "document.getElementById('screen').stats().drawn > 3")
    expect(page.locator(".live-message")).to_contain_text("This session has ended", timeout=PATIENCE_MS)
    expect(page.get_by_role("link", name="Look through its recording")).to_have_attribute("href", "#/sessions/square")


@pytest.mark.usefixtures("games")
def test_the_next_session_is_a_key_away(studio: Studio, page: Page) -> None:
    watch(page, studio, "again")
    page.keyboard.press("]")
    expect(page.get_by_label("Session", exact=True)).to_have_value("bricks")


@pytest.mark.usefixtures("games")
def test_a_session_that_is_not_there_is_named(studio: Studio, page: Page) -> None:
    page.goto(f"{studio.url}#/live/nobody")
    expect(page.locator(".live-message")).to_contain_text("session 'nobody' is not on the bus; there: again, bricks")


@pytest.mark.usefixtures("games")
def test_on_a_phone_nothing_is_wider_than_the_screen(studio: Studio, browser: Browser) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    watch(phone, studio, "again")
    expect(phone.locator(".quest").first).to_be_visible(timeout=PATIENCE_MS)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.close()
