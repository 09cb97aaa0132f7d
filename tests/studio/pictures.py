"""`python -m tests.studio.pictures FOLDER`: take the README's pictures of the live page; the actors play."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from tests.studio.running import runtime

#: Until there are some quests, a walk, and a minute of latency to show.
_PLAYED_S = 45.0

#: Until a page has its picture and some history.
_SETTLED_S = 12.0

_WIDE, _PHONE = ViewportSize(width=1280, height=1010), ViewportSize(width=390, height=844)


def main() -> None:
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as state:
        words = ("up", "--studio", "--session", "emberwood")
        up, line = runtime(Path(state), *words, until=lambda line: "http://" in line)
        try:
            with sync_playwright() as playwright:
                program = shutil.which("chromium") or "/usr/bin/chromium"
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                time.sleep(_PLAYED_S)
                take(browser, line.split()[-1], _WIDE, dark=False, file=folder / "studio-live.png")
                take(browser, line.split()[-1], _PHONE, dark=True, file=folder / "studio-phone.png")
                browser.close()
        finally:
            up.stop()


def take(browser: Browser, url: str, size: ViewportSize, *, dark: bool, file: Path) -> None:
    """Take one picture, in the 256 colours that make it small."""
    page = browser.new_page(viewport=size, color_scheme="dark" if dark else "light", has_touch=dark)
    page.goto(url)
    page.wait_for_selector("#screen")
    time.sleep(_SETTLED_S)
    if not dark:  # not in the middle of a battle, or of a door
        expect(page.locator(".words")).to_contain_text("facing", timeout=60_000)
    page.screenshot(path=file)
    page.close()
    Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file}  {file.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
