"""The studio as users start it, over a state folder with a recorded session, looked at in Chromium.

Playwright's synchronous interface keeps an event loop running in this thread while the browser is open: a test that
needs `asyncio.run` calls it in another thread (`elsewhere`).
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.studio.running import Studio, record_session, studio_over

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
def recorded_home() -> Iterator[Path]:
    """A state folder with one recorded session, made once a worker; copy it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        record_session(home)
        yield home


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
    """A fresh window; an error in a script, or anything the page's policy forbids, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not errors, errors
