"""The annotate page in real Chromium, by keyboard."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from runtime.nats_server import read_server_file
from tests.studio.annotating import ask, kill_server, label_sets, open_page, press, saved, shown, value, window
from tests.studio.running import RECORDED, Studio

#: What the page shows for a key that has no label.
NOTHING = "\u2013"


def suggest(studio: Studio, act_id: str, first: int, last: int, **labels: str) -> None:
    act = {
        "act_id": act_id, "annotator": "cnn", "kind": "model", "model": "tiny 3", "suggestion": True,
        "confidence": 0.62, "first_frame": first, "last_frame": last, "labels": labels,
    }  # fmt: skip
    send(studio, {"acts": [act]})


def send(studio: Studio, value: Any) -> None:
    request = urllib.request.Request(
        f"{studio.url}api/v1/sessions/{RECORDED}/acts", json.dumps(value).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def test_a_name_is_asked_for_once(studio: Studio, page: Page) -> None:
    page.goto(f"{studio.url}#/annotate/{RECORDED}")
    page.get_by_role("textbox", name="Name").fill("nora")
    press(page, "Enter")
    expect(page.locator(".annotate")).to_have_attribute("aria-busy", "false")
    page.reload()
    expect(page.get_by_text("annotator: nora")).to_be_visible()


def test_a_range_annotated_by_keyboard_is_there_after_a_reload(studio: Studio, browser: Browser) -> None:
    with window(browser, "ada") as context:
        page = open_page(context, studio, "?frame=500")
        press(page, "[")
        for set_id in (101, 102):
            press(page, "ArrowRight")
            shown(page, set_id)
        press(page, "]")
        expect(page.get_by_text("Labels go to frames 500 to 514")).to_be_visible()
        press(page, "2", "e", "/")
        page.keyboard.type("into the")
        press(page, "Backspace", "Backspace", "Backspace")
        page.keyboard.type("the forest")
        press(page, "Enter", "Escape", "Shift+A")
        saved(page)
        page.reload()
        shown(page, 100)
        assert [value(page, key) for key in ("context", "scene", "description", "intent")] == [
            "overworld", "town", "into the forest", NOTHING,
        ]  # fmt: skip
        press(page, "ArrowRight", "ArrowRight")
        shown(page, 102)
        assert value(page, "intent") != NOTHING, "the range had ended: only the last set got it"
        assert ask(studio, "sets/103/labels")["standing"] == "none"


def test_undo_and_redo_reach_across_sets_and_visits(studio: Studio, browser: Browser) -> None:
    with window(browser, "ugo") as context:
        page = open_page(context, studio, "?frame=450")
        press(page, "3", "Enter")
        shown(page, 91)
        press(page, ",")
        assert value(page, "context") == "dialogue", "carried forward"
        saved(page)
        page.reload()
        shown(page, 90)
        press(page, "z")
        shown(page, 91)
        press(page, "z")
        shown(page, 90)
        saved(page)
        expect(page.locator('.field[aria-label="context"] .value')).to_have_text(NOTHING)
        press(page, "Shift+z")
        saved(page)
        expect(page.locator('.field[aria-label="context"] .value')).to_have_text("dialogue")
        assert ask(studio, "sets/91/labels")["labels"] == {}


def test_two_annotators_see_who_said_what_and_where_they_disagree(studio: Studio, browser: Browser) -> None:
    with window(browser, "eve") as first, window(browser, "bob") as second:
        eve = open_page(first, studio, "?frame=550")
        press(eve, "4", "p")
        saved(eve)
        bob = open_page(second, studio, "?frame=550")
        expect(bob.get_by_text("eve: battle").first).to_be_visible()
        press(bob, "3")
        saved(bob)
        expect(bob.locator(".disputed")).to_have_text("disputed — eve: battle · bob: dialogue")
        expect(eve.locator(".disputed")).to_have_text("disputed — eve: battle · bob: dialogue", timeout=15_000)
        eve.get_by_text("Annotators: who agrees").click()
        expect(eve.locator(".people tbody tr")).to_contain_text("bob, eve")
        expect(eve.locator(".disputes button")).to_have_text("frames 550 to 554")


def test_a_suggestion_is_shown_accepted_and_corrected(studio: Studio, browser: Browser) -> None:
    suggest(studio, "cnn-1", 400, 404, context="battle", scene="battle_main")
    suggest(studio, "cnn-2", 405, 409, context="menu")
    with window(browser, "sue") as context:
        page = open_page(context, studio, "?order=uncertainty&filter=none")
        shown(page, 80)
        expect(page.locator(".suggestion").first).to_contain_text("battle 62 % by tiny 3")
        press(page, "=")
        saved(page)
        assert [value(page, key) for key in ("context", "scene")] == ["battle", "battle_main"]
        press(page, "Enter")
        shown(page, 81)
        press(page, "2")
        saved(page)
        accepted, corrected = ask(studio, "sets/80/labels")["said"], ask(studio, "sets/81/labels")["said"]
        assert [each["origin"] for each in accepted["scene"]] == ["accepted"]
        assert [(each["origin"], each["value"]) for each in corrected["context"]] == [("corrected", "overworld")]


def test_unsaved_labels_outlive_a_reload_and_are_stored_once(studio: Studio, browser: Browser) -> None:
    with window(browser, "olaf") as context:
        page = open_page(context, studio, "?frame=520")
        sent = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.route("**/acts", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
        press(page, "6", "d")
        expect(page.locator(".saved")).to_contain_text("2 not saved, kept in this browser")
        assert value(page, "context") == "inventory"
        expect(page.locator(".unsaved").first).to_have_text("not saved yet")
        page.reload()
        shown(page, 104)
        expect(page.locator(".saved")).to_have_attribute("data-unsaved", "2")
        assert ask(studio, "acts?annotator=olaf")["acts"] == []
        page.unroute("**/acts")
        saved(page)
        assert len(ask(studio, "acts?annotator=olaf")["acts"]) == 2
        assert len(sent) > 2, "it was tried more than once"


def test_a_hundred_sets_by_keyboard_lose_nothing_when_the_server_is_killed(studio: Studio, browser: Browser) -> None:
    with window(browser, "zoe") as context:
        page = open_page(context, studio, "?frame=0")
        before = read_server_file(studio.home / "nats")

        def kill_at_half(set_id: int) -> None:
            if set_id == 50:
                kill_server(studio.home)

        label_sets(page, 100, ("2", "e"), kill_at_half)
        acts = ask(studio, "acts?annotator=zoe")["acts"]
        assert len(acts) == len({act["act_id"] for act in acts}) == 200
        assert [(act["first_frame"], [*act["labels"]]) for act in acts] == [
            (set_id * 5, [key]) for set_id in range(100) for key in ("context", "scene")
        ]
        assert read_server_file(studio.home / "nats") != before, "the server was killed, and another one answers"


def test_it_is_usable_on_a_phone_and_the_api_page_lists_the_routes(studio: Studio, browser: Browser) -> None:
    phone = {"width": 390, "height": 844}
    with window(browser, "pia", viewport=phone, has_touch=True, color_scheme="dark") as context:
        page = open_page(context, studio, "?frame=595")
        page.get_by_role("button", name="8 cutscene").tap()
        saved(page)
        assert value(page, "context") == "cutscene"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(f"{studio.url}api/v1/docs")
        expect(page.locator(".api-route").first).to_contain_text("GET /api/v1/sessions")


def test_labels_leave_the_page_as_a_file_and_come_in_from_one(studio: Studio, browser: Browser, tmp_path: Path) -> None:
    with window(browser, "fil") as context:
        page = open_page(context, studio, "?frame=590")
        page.get_by_text("Files: export and import").click()
        file = tmp_path / "labels.csv"
        file.write_text("first_frame,last_frame,key,value\n590,594,scene,cave\n590,594,tags,dark|wet\n")
        page.get_by_label("Format of the file").select_option("csv")
        page.get_by_label("File with labels").set_input_files(file)
        expect(page.get_by_text("2 of 2 acts are new")).to_be_visible()
        expect(page.locator('.field[aria-label="tags"] .value')).to_have_text("dark, wet")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert f"{RECORDED},590,594,scene,cave,fil,human,said" in download.value.path().read_text()
