"""The studio as users start it, over a state folder with a recorded session, looked at in Chromium.

Playwright's synchronous interface keeps an event loop running in this thread while the browser is open: a test that
needs `asyncio.run` calls it in another thread (`elsewhere`).
"""

import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.studio.running import Studio, record_session, studio_over

# A machine that runs other tests meanwhile takes its time.
expect.set_options(timeout=20_000)

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
def recorded_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a state folder with one recorded session, made by the first worker that needs it; copy it."""
    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent
    home = folder / "studio-home"
    with (folder / "studio-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            partial = tmp_path_factory.mktemp("recording") / "home"
            partial.mkdir()
            record_session(partial)
            partial.rename(home)
    return home


@pytest.fixture(scope="module")
def home(recorded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state folder of this file's own that holds the session RECORDED."""
    return shutil.copytree(recorded_home, tmp_path_factory.mktemp("studio") / "home")


@pytest.fixture(scope="module")
def studio(home: Path) -> Iterator[Studio]:
    """`runtime studio` over `home`, which starts the NATS server, too."""
    with studio_over(home) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window; an error in a script, a file that is missing, or anything the policy forbids, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def hear(message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text and "/api/" in message.location["url"]
        if message.type == "error" and not refused:
            errors.append(message.text)

    page.on("console", hear)
    yield page
    context.close()
    assert not errors, errors
