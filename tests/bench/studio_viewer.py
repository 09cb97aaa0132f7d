"""`python -m tests.bench.studio_viewer URL SECONDS on|off`: watch a session in Chromium; print what it drew, JSON.

A process of its own, so that only Chromium and the studio share the machine with the session.
"""

import json
import shutil
import sys
import time

from playwright.sync_api import Page, sync_playwright

#: The page keeps the times of its last two seconds.
_WINDOW_S = 2.0

#: Until the page, its fonts and the eyes' look back are loaded.
_SETTLE_S = 4.0


def main() -> None:
    url, seconds, annotated = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.add_init_script(f"localStorage.setItem('framewire.annotated', '{annotated}')")
        page.goto(url)
        print(json.dumps(watched(page, seconds)))
        browser.close()


def watched(page: Page, seconds: float) -> dict[str, list[float]]:
    """Return frames drawn a second, window by window, and from published to drawn, ms."""
    page.wait_for_selector("#screen")
    time.sleep(_SETTLE_S)
    fps: list[float] = []
    lags: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(_WINDOW_S)
        stats = page.evaluate("document.getElementById('screen').stats()")
        fps.append(stats["fps"])
        lags += stats["lags"]
    return {"fps": fps, "lags": lags}


if __name__ == "__main__":
    main()
