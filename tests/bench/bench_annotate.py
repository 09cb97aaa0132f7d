"""Annotating 100 frame sets by keyboard in Chromium while the nats-server is killed with -9 twice.

A script presses the keys that a person would, as soon as a set is shown; the studio is `runtime studio` as users start
it. Time a set is from one set shown to the next, the kills' own wait included in the slowest.
"""

import tempfile
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.report import percentile, row
from tests.studio.annotating import ask, kill_server, label_sets, open_page, window
from tests.studio.conftest import CHROMIUM
from tests.studio.running import record_session, studio_over

SETS, KILLS = 100, (33, 66)

#: Context and scene: what a complete frame has.
KEYS = ("2", "e")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        record_session(home)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown_s: list[float] = []

        def between(set_id: int) -> None:
            shown_s.append(time.perf_counter())
            if set_id in KILLS:
                kill_server(home)

        with studio_over(home) as studio, window(browser, "bench") as context:
            page = open_page(context, studio, "?frame=0")
            label_sets(page, SETS, KEYS, between)
            acts = ask(studio, "acts?annotator=bench")["acts"]
            complete = ask(studio, "progress")["complete"]
        browser.close()
    wanted = {(set_id * 5, set_id * 5 + 4, key) for set_id in range(SETS) for key in ("context", "scene")}
    seen = [(act["first_frame"], act["last_frame"], key) for act in acts for key in act["labels"]]
    row("frame sets saved ÷ asked", f"{complete} / {SETS}", "all", ok=complete == SETS)
    row("labels lost over 2 kills -9", str(len(wanted - set(seen))), "0", ok=wanted <= set(seen))
    row("labels stored twice", str(len(seen) - len(set(seen))), "0", ok=len(seen) == len(set(seen)))
    times = [after - before for before, after in pairwise(shown_s)]
    spread = f"{percentile(times, 0.5) * 1000:.0f} / {percentile(times, 0.95) * 1000:.0f} / {max(times) * 1000:.0f} ms"
    row("time a set, p50 / p95 / longest", spread)
