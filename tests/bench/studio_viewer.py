"""`python -m tests.bench.studio_viewer URL SESSION SECONDS on|off|bare|apart`: watch a session; print what was drawn.

It watches until the session ends, so that no browser begins or ends while the game is measured, or for SECONDS at most.
With the annotated view on or off in Chromium; bare: a WebSocket that asks for both and draws nothing; apart: Chromium
draws 60 pictures a second of its own and asks the studio for nothing. By these two, what a session loses to the studio
can be told from what it loses to a browser on the same cores. A process of its own in each case. Chromium is asked for
what it drew once in two seconds and observed in no other way: Playwright would have it hand over every picture that it
receives. It has no right to put itself before others (as root it runs with niceness -8), as a person's has none.
"""

import contextlib
import ctypes
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from dashboards.studio.live.watch import FRAME, HEADER

#: The page keeps the times of its last two seconds.
_WINDOW_S = 2.0

#: Until the page, its fonts and the eyes' look back are loaded.
_SETTLE_S = 4.0

#: How long Chromium, and the first picture, may take.
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
    with chromium() as tab:
        if annotated == "apart":
            tab.go(f"data:text/html,{quote(_APART)}")
            time.sleep(_SETTLE_S + seconds)
            print(json.dumps({"fps": [], "lags": []}))
            return
        tab.go(f"{url}icon.svg")  # of the studio: its pages share what is stored
        tab.ask(f"localStorage.setItem('framewire.annotated', '{annotated}')")
        tab.go(f"{url}#/live/{session}")
        print(json.dumps(watched(tab, seconds)))
        off = tab.ask("document.querySelector('.area-eyes').classList.contains('off')")
        assert off is (annotated == "off"), "the page shows what it was not asked for"


class Tab:
    """A page of Chromium, through its remote debugging."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def go(self, url: str) -> None:
        """Open an address; return when the page is loaded."""
        self._do("Page.navigate", url=url)
        until(lambda: self.ask("document.readyState") == "complete")

    def ask(self, code: str) -> Any:
        """Return what an expression is, as JSON knows it; None where it fails."""
        return self._do("Runtime.evaluate", expression=code, returnByValue=True)["result"].get("value")

    def _do(self, method: str, **parameters: object) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(_PATIENCE_S))
            if answer.get("id") == number:
                return answer["result"]


@contextlib.contextmanager
def chromium() -> Iterator[Tab]:
    """Run Chromium with one page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        words = (
            *(shutil.which("chromium") or "/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu"),
            *("--no-first-run", "--disable-background-networking", "--disable-extensions", "--mute-audio"),
            *("--window-size=1280,860", "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"),
        )
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(until(lambda: page_of(Path(folder))), max_size=None) as socket:
                yield Tab(socket)
        finally:
            process.terminate()
            process.wait()


def page_of(folder: Path) -> str:
    """Return where the page of the Chromium that keeps its things there is debugged; nothing while there is none."""
    port = folder / "DevToolsActivePort"
    lines = port.read_text(encoding="utf-8").splitlines() if port.exists() else []
    if len(lines) < 2:
        return ""
    with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json/list", timeout=_PATIENCE_S) as answer:
        pages = [each for each in json.load(answer) if each["type"] == "page"]
    return str(pages[0]["webSocketDebuggerUrl"]) if pages else ""


def until(look: Callable[[], Any]) -> Any:
    """Return what `look` finds, once it finds anything."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, "Chromium does not come to it"
        time.sleep(0.1)
    return found


def watched(tab: Tab, seconds: float) -> dict[str, list[float]]:
    """Return frames drawn a second, window by window, and from published to drawn, ms."""
    until(lambda: tab.ask("document.getElementById('screen')?.stats?.().drawn"))
    time.sleep(_SETTLE_S)
    fps: list[float] = []
    lags: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(_WINDOW_S)
        if tab.ask("document.querySelector('.status').dataset.status") == "ended":
            break
        stats = tab.ask("document.getElementById('screen').stats()")
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
