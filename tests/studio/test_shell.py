"""The studio's shell in real Chromium."""

from playwright.sync_api import Page, expect

from tests.studio.running import Studio


def test_it_opens_on_the_live_page_and_says_that_nothing_runs(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    expect(page.get_by_role("heading", name="Nothing runs")).to_be_visible()
    expect(page.locator("#nav a[aria-current=page]")).to_have_text("Live")


def test_a_question_mark_shows_the_keys(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Sessions")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
