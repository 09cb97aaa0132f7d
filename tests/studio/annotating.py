"""An annotator at the keyboard of the annotate page, as a script."""

import contextlib
import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime.nats_server import read_server_file
from tests.studio.running import RECORDED, Studio

#: How long labels may take to arrive after the server's restart, milliseconds.
_SAVED_MS = 20_000


@contextlib.contextmanager
def window(browser: Browser, name: str, **options: Any) -> Iterator[BrowserContext]:
    """Give the browser of somebody who has given a name; an error in a script is one of the test."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
    named = f"localStorage['framewire.annotator'] = {json.dumps(name)}"
    context.add_init_script(f"if (location.protocol === 'http:') {named}")  # not of the empty page before it
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert not errors, errors


def open_page(context: BrowserContext, studio: Studio, query: str = "") -> Page:
    """Open the annotate page and wait for its first set."""
    page = context.new_page()
    page.goto(f"{studio.url}#/annotate/{RECORDED}{query}")
    expect(page.locator(".annotate")).to_have_attribute("aria-busy", "false")
    return page


def press(page: Page, *keys: str) -> None:
    """Press keys one after another."""
    for key in keys:
        page.keyboard.press(key)


def shown(page: Page, set_id: int) -> None:
    """Wait until a set is shown with its pictures."""
    page.wait_for_selector(f'.annotate[data-set="{set_id}"][aria-busy="false"]', timeout=_SAVED_MS)


def saved(page: Page) -> None:
    """Wait until the server has acknowledged every label."""
    expect(page.locator(".saved")).to_have_attribute("data-unsaved", "0", timeout=_SAVED_MS)


def value(page: Page, key: str) -> str:
    """Return what the page shows for a key."""
    return page.locator(f'.field[aria-label="{key}"] .value').inner_text()


def label_sets(page: Page, count: int, keys: tuple[str, ...], between: Callable[[int], None]) -> None:
    """Label the sets 0 to `count` - 1, each as soon as it is shown; `between` is called with each set's number."""
    for set_id in range(count):
        shown(page, set_id)
        between(set_id)
        press(page, *keys, "Enter")
    saved(page)


def ask(studio: Studio, path: str) -> Any:
    """Return what the API says of the session."""
    with urllib.request.urlopen(f"{studio.url}api/v1/sessions/{RECORDED}/{path}", timeout=30) as answer:
        return json.loads(answer.read())


def kill_server(home: Path) -> int:
    """Kill the nats-server over a state folder with -9; return its process id."""
    running = read_server_file(home / "nats")
    assert running
    os.kill(running.pid, signal.SIGKILL)
    return running.pid
