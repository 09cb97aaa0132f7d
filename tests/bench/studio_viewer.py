"""`python -m tests.bench.studio_viewer URL SESSION SECONDS on|off|bare|apart`: watch a session; print what was drawn.

It watches until the session ends, so that no browser begins or ends while the game is measured, or for SECONDS at most.
With the annotated view on or off in Chromium; bare: a WebSocket that asks for both and draws nothing; apart: Chromium
draws 60 pictures a second of its own and asks the studio for nothing. By these two, what a session loses to the studio
can be told from what it loses to a browser on the same cores. A process of its own in each case; Chromium has no right
to put itself before others (as root it runs with niceness -8), as a person's browser has none.
"""

import contextlib
import ctypes
import json
import shutil
import sys
import time

from playwright.sync_api import Page, sync_playwright
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from dashboards.studio.live.watch import FRAME, HEADER

#: The page keeps the times of its last two seconds.
_WINDOW_S = 2.0

#: Until the page, its fonts and the eyes' look back are loaded.
_SETTLE_S = 4.0

#: How long the first picture may take.
_PATIENCE_S = 30.0

_PR_CAPBSET_DROP, _CAP_SYS_NICE = 24, 23  # linux/prctl.h, linux/capability.h

#: A canvas of the game's size, drawn as large as the live page draws it, with every repaint.
_APART = """<canvas width="240" height="160" style="width: 640px; image-rendering: pixelated"></canvas><script>
const canvas = document.querySelector("canvas").getContext("2d", { alpha: false });
let frame = 0;
requestAnimationFrame(function draw() {
  canvas.fillStyle = `hsl(${++frame % 360} 60% 50%)`;
  canvas.fillRect(frame % 240, 0, 24, 160);
  requestAnimationFrame(draw);
});
</script>"""


def main() -> None:
    url, session, seconds, annotated = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    if annotated == "bare":
        print(json.dumps(received(url, session, seconds + _SETTLE_S)))
        return
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_SYS_NICE, 0, 0, 0)  # who is not root has it not anyway
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        if annotated == "apart":
            page.set_content(_APART)
            time.sleep(_SETTLE_S + seconds)
            print(json.dumps({"fps": [], "lags": []}))
            return
        page.add_init_script(f"localStorage.setItem('framewire.annotated', '{annotated}')")
        page.goto(f"{url}#/live/{session}")
        print(json.dumps(watched(page, seconds)))
        browser.close()


def watched(page: Page, seconds: float) -> dict[str, list[float]]:
    """Return frames drawn a second, window by window, and from published to drawn, ms."""
    page.wait_for_selector("#screen")
    begun = time.monotonic() + _PATIENCE_S
    while not page.evaluate("document.getElementById('screen').stats().drawn") and time.monotonic() < begun:
        time.sleep(0.1)
    time.sleep(_SETTLE_S)
    fps: list[float] = []
    lags: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(_WINDOW_S)
        if page.locator(".status").get_attribute("data-status") == "ended":
            break
        stats = page.evaluate("document.getElementById('screen').stats()")
        fps.append(stats["fps"])
        lags += stats["lags"]
    return {"fps": fps, "lags": lags}


def received(url: str, session: str, seconds: float) -> dict[str, list[float]]:
    """Return pictures that came a second, and from published to received, ms, of a viewer that draws nothing."""
    lags: list[float] = []
    began = time.monotonic()
    with (
        contextlib.suppress(ConnectionClosed),  # the session ended
        connect(f"{url.replace('http', 'ws')}api/live/{session}/watch") as socket,
    ):
        socket.send('{"annotated": true}')
        while time.monotonic() < began + seconds:
            message = socket.recv(10)
            if isinstance(message, str):
                continue
            what, _, _, sent_ms = HEADER.unpack_from(message)
            socket.send('{"drawn": 1}' if what == FRAME else '{"seen": 1}')
            if what == FRAME:
                lags.append(time.time() * 1000 - sent_ms)
    return {"fps": [len(lags) / (time.monotonic() - began)], "lags": lags}


if __name__ == "__main__":
    main()
