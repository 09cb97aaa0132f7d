"""The sessions pages in real Chromium: list, open, scrub, step, play, search memory, name a watch, branch, dataset."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import streams
from runtime.game import load_game, parse_game
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.annotations.acts import make_act
from streams.annotations.log import AnnotationLog
from streams.jetstream_store import JetStreamStore
from streams.recording import Recording
from tests.studio.running import FRAMES, RECORDED, Studio, elsewhere

#: How long the page may take for what needs a process or an emulator, milliseconds.
_SLOW_MS = 60_000

#: SHA-256 of the red, green and blue that the screen shows.
_SHOWN = """async (canvas) => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const rgb = new Uint8Array(data.length / 4 * 3);
  for (let i = 0, to = 0; i < data.length; i += 4) rgb.set(data.subarray(i, i + 3), 3 * to++);
  const digest = await crypto.subtle.digest("SHA-256", rgb);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""


@pytest.fixture(scope="module")
def recording(studio: Studio) -> Iterator[Recording]:
    """The recorded session, read beside the studio."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRAMEWIRE_HOME", str(studio.home))
        with streams.open_recording(RECORDED) as recording:
            yield recording


def opened(studio: Studio, page: Page, frame: int = 0) -> Locator:
    """Open the session at a frame; return its screen once that is shown."""
    page.goto(f"{studio.url}#/sessions/{RECORDED}?frame={frame}")
    screen = page.locator(".screen canvas")
    expect(screen).to_have_attribute("data-frame", str(frame))
    return screen


def hash_of(recording: Recording, frame: int) -> str:
    return hashlib.sha256(recording.frame(frame).tobytes()).hexdigest()


def test_a_session_is_found_in_the_list_and_opened(studio: Studio, page: Page) -> None:
    page.goto(f"{studio.url}#/sessions")
    card = page.locator(f"[data-session={RECORDED}]")
    expect(card).to_contain_text(f"{FRAMES} frames")
    expect(card.locator("img")).to_have_js_property("naturalWidth", 240)
    page.get_by_role("searchbox", name="Filter by text").fill("no such game")
    expect(page.get_by_text("No session fits this filter.")).to_be_visible()
    page.get_by_role("searchbox", name="Filter by text").fill("QUEST ember")
    page.get_by_label("Clock").select_option("lockstep")
    page.get_by_label("Annotated").select_option("no")
    old = studio.home / "studio" / "thumbnails" / "gone-0123456789abcdef.png"
    old.write_bytes(b"")
    assert len(list(old.parent.iterdir())) == 2
    expect(card).to_be_visible()
    page.reload()
    card.click()
    expect(page.get_by_role("heading", name=RECORDED)).to_be_visible()
    assert [path.name.rpartition("-")[0] for path in old.parent.iterdir()] == [RECORDED]
    expect(page.locator(".screen canvas")).to_have_attribute("data-frame", "0")


def test_each_picture_shown_is_the_one_recorded(studio: Studio, page: Page, recording: Recording) -> None:
    screen = opened(studio, page, 300)
    assert screen.evaluate(_SHOWN) == hash_of(recording, 300)
    steps = (("ArrowRight", 301), ("Shift+ArrowRight", 311), ("ArrowLeft", 310), ("End", 599), ("Home", 0), (".", 1))
    for key, frame in steps:
        page.keyboard.press(key)
        expect(screen).to_have_attribute("data-frame", str(frame))
        assert screen.evaluate(_SHOWN) == hash_of(recording, frame)
    page.get_by_label("Go to frame").fill("457")
    page.keyboard.press("Enter")
    expect(screen).to_have_attribute("data-frame", "457")
    assert screen.evaluate(_SHOWN) == hash_of(recording, 457)


def test_the_timeline_is_dragged_zoomed_and_marked(studio: Studio, page: Page, recording: Recording) -> None:
    screen = opened(studio, page)
    timeline = page.locator("canvas.timeline")
    expect(timeline).to_have_attribute("data-complete", "true")
    box = timeline.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=5)
    page.mouse.up()
    expect(timeline).not_to_have_attribute("aria-valuenow", "0")
    frame = int(timeline.get_attribute("aria-valuenow") or 0)
    assert FRAMES * 0.4 < frame < FRAMES * 0.7
    expect(screen).to_have_attribute("data-frame", str(frame))
    assert screen.evaluate(_SHOWN) == hash_of(recording, frame)
    page.keyboard.press("[")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("]")
    expect(page.get_by_text(f"range {frame} to {frame + 10}, 11 frames")).to_be_visible()
    with page.expect_request(lambda request: f"first={frame}" in request.url and "/tracks?" in request.url):
        page.keyboard.press("z")
    page.keyboard.press("Escape")
    expect(page.get_by_text(re.compile("^range"))).to_have_count(0)


def test_it_plays_and_stops_and_says_who_pressed(studio: Studio, page: Page, recording: Recording) -> None:
    screen = opened(studio, page)
    page.get_by_label("Speed").select_option("2")
    page.keyboard.press("Space")
    expect(screen).to_have_attribute("data-frame", re.compile(r"[4-9]\d|[1-5]\d\d"))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    frame = int(page.get_by_label("Go to frame").input_value())
    assert frame % 2 == 0  # at twice the speed every second frame is shown
    expect(screen).to_have_attribute("data-frame", str(frame))
    assert screen.evaluate(_SHOWN) == hash_of(recording, frame)
    held = recording.inputs(start=frame, end=frame)
    here = page.get_by_role("region", name="This frame")
    expect(here).to_contain_text(" + ".join(name for name in held.names if held.held(name)[0]) or "no button")
    state = recording.state("player.x", start=frame, end=frame)["player.x"][0]
    expect(here.locator("tr", has_text="player.x").first.locator("td").last).to_have_text(str(state))


def test_memory_is_searched_and_what_was_found_gets_a_name(studio: Studio, page: Page, recording: Recording) -> None:
    opened(studio, page, 599)
    watch = next(each for each in parse_game(recording.meta.game_toml, "").watch if each.name == "player.x")
    memory = page.get_by_role("region", name="Memory")
    page.keyboard.press("m")
    memory.get_by_label("Number").fill(str(recording.state("player.x")["player.x"][-1]))
    memory.get_by_label("Type").select_option(watch.type)
    memory.get_by_role("button", name="Search", exact=True).click()
    expect(memory.locator(".steps li")).to_have_count(1)
    memory.get_by_label("Condition").select_option("changed")
    memory.get_by_label("When").select_option("some")
    memory.get_by_label("Number").fill("")
    memory.get_by_role("button", name="Narrow").click()
    expect(memory.locator(".steps li")).to_have_count(2)
    row = memory.locator("tbody tr", has_text=f"0x{watch.address:08X}")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Name").click()
    page.get_by_label("Name ", exact=False).last.fill("my.column")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("my.column is a watch in")).to_be_visible()
    named = load_game(studio.home / "emberwood" / "game.toml").watch[-1]
    assert (named.name, named.address, named.type) == ("my.column", watch.address, watch.type)
    expect(page.get_by_role("checkbox", name="plot my.column")).to_be_checked()
    tracks = page.request.get(
        f"{studio.url}api/sessions/{RECORDED}/tracks?columns=600&watch=my.column&watch=player.x"
    ).json()
    assert tracks["watches"]["my.column"] == tracks["watches"]["player.x"]
    assert tracks["watches"]["my.column"]["min"] == recording.state("player.x")["player.x"].tolist()


def test_what_changed_and_bytes_are_those_recorded(studio: Studio, page: Page, recording: Recording) -> None:
    opened(studio, page, 250)
    memory = page.get_by_role("region", name="Memory")
    memory.get_by_role("tab", name="What changed").click()
    region = recording.meta.regions[0]
    before, after = (recording.memory(frame, region.name).view("<u4") for frame in (249, 250))
    shown = memory.locator("tbody tr", has_text=region.name)
    expect(shown).to_have_count(int((before != after).sum()))
    memory.get_by_role("tab", name="Heat map").click()
    expect(memory.locator("figure")).to_have_count(len(recording.meta.regions))
    memory.get_by_role("tab", name="Bytes").click()
    first_row = memory.locator("table.hex tr").first.locator("td.byte")
    expect(first_row).to_have_text([f"{byte:02X}" for byte in recording.memory(250, region.name)[:16].tolist()])


def test_a_range_becomes_a_dataset_and_a_frame_a_new_game(studio: Studio, page: Page) -> None:
    opened(studio, page, 200)
    for key in ("[", "PageDown", "]"):
        page.keyboard.press(key)
    making = page.get_by_role("region", name="Branch and dataset")
    making.get_by_label("Folder").fill("clip")
    making.get_by_role("button", name="Build of the range").click()
    job = making.locator("li", has_text="clip: quest")
    expect(job.locator(".chip")).to_have_text("done", timeout=_SLOW_MS)
    assert (studio.home / "clip" / "manifest.json").is_file()
    making.get_by_role("button", name="Build of the range").click()
    expect(page.get_by_text(re.compile(r"clip: the folder is not empty"))).to_be_visible()
    making.get_by_label("Name of the branch").fill("twig")
    making.get_by_role("button", name="Branch from this frame").click()
    page.wait_for_url("**/#/live/twig", timeout=_SLOW_MS)
    jobs = page.request.get(f"{studio.url}api/jobs").json()
    assert [(job["kind"], job["state"]) for job in jobs] == [("branch", "running"), ("dataset", "done")]
    ended = page.request.delete(f"{studio.url}api/jobs/{jobs[0]['number']}").json()
    assert ended[0]["state"] == "cancelled"


def test_a_phone_shows_it_all_and_a_finger_scrubs(studio: Studio, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark") as context:
        page = context.new_page()
        screen = opened(studio, page, 120)
        timeline = page.locator("canvas.timeline")
        expect(timeline).to_have_attribute("data-complete", "true")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        timeline.scroll_into_view_if_needed()
        box = timeline.bounding_box()
        assert box
        page.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
        expect(screen).to_have_attribute("data-frame", re.compile("4[0-9]{2}"))


def test_pictures_may_be_kept_and_bad_requests_are_explained(studio: Studio, page: Page, home: Path) -> None:
    client, session = page.request, f"{studio.url}api/sessions/{RECORDED}"
    version = client.get(session).json()["version"]
    kept = client.get(f"{session}/frames/5.png?v={version}")
    assert kept.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert client.get(f"{session}/frames/5.png").headers["cache-control"] == "no-store"
    for path, status, problem in (
        ("/frames/600.png", 400, "has frames 0 to 599"),
        ("less", 404, "no recorded session 'questless'"),
        ("/film?first=0&last=500", 400, "allowed are 1 to 120 at once"),
        ("/tracks?columns=9999999", 422, "less than or equal to 4000"),
        ("/memory/bytes?frame=1&address=0", 400, "outside the recorded memory"),
    ):
        answer = client.get(session + path)
        assert answer.status == status, answer.text()
        assert problem in answer.json()["error"]
    bad_folder = client.post(f"{session}/datasets", data={"first": 0, "last": 9, "folder": "../x"})
    assert "allowed are 1 to 100 letters" in bad_folder.json()["error"]
    bad_search = client.post(f"{session}/memory/search", data={"conditions": ["like 5"]})
    assert "a condition begins with" in bad_search.json()["error"]
    assert not (home.parent / "x").exists()


def test_a_session_without_pictures_is_emulated_again(studio: Studio, page: Page, recording: Recording) -> None:
    compact = ("sessions", "compact", RECORDED)
    words = [sys.executable, "-c", "from runtime.cli import main; main()", *compact]
    env = {**os.environ, "FRAMEWIRE_HOME": str(studio.home)}
    subprocess.run(words, cwd=studio.home, env=env, check=True, capture_output=True, timeout=60)
    page.goto(f"{studio.url}#/sessions/{RECORDED}-inputs?frame=400")
    expect(page.get_by_text("keeps inputs only").first).to_be_visible()  # the screen's status, and a panel
    screen = page.locator(".screen canvas")
    expect(screen).to_have_attribute("data-frame", "400", timeout=_SLOW_MS)
    assert screen.evaluate(_SHOWN) == hash_of(recording, 400)
    page.keyboard.press("Shift+ArrowLeft")
    expect(screen).to_have_attribute("data-frame", "390")
    expect(page.locator("canvas.timeline")).to_have_attribute("data-complete", "true", timeout=_SLOW_MS)
    x = page.request.get(f"{studio.url}api/sessions/{RECORDED}-inputs/tracks?columns=600&watch=player.x").json()
    assert x["watches"]["player.x"]["min"] == recording.state("player.x")["player.x"].tolist()


def test_labels_are_seen_in_the_list_the_timeline_and_the_moment(studio: Studio, page: Page) -> None:
    async def label() -> None:
        async with open_bus(NatsOptions(), studio.home, "test") as bus:
            await AnnotationLog(JetStreamStore(bus), RECORDED).add(make_act("ada", 100, 199, {"scene": "town"}))

    elsewhere(label())
    page.goto(f"{studio.url}#/sessions?annotated=yes")
    expect(page.locator("[data-session]")).to_have_count(1)
    expect(page.locator(f"[data-session={RECORDED}]")).to_contain_text("1 annotation")
    opened(studio, page, 150)
    expect(page.get_by_role("region", name="This frame")).to_contain_text("scene town")
    tracks = page.request.get(f"{studio.url}api/sessions/{RECORDED}/tracks?first=50&last=150").json()
    assert tracks["labels"] == {"scene": [[100, 150, "town"]]}
