"""The REST API of the studio over HTTP, with a real nats-server."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.studio.app import make_app
from dashboards.studio.hub import Hub
from dashboards.studio.security import access_for
from dashboards.studio.serving import WebServer, bind, url_of
from runtime.bridges.scripted import ScriptedBackend
from runtime.nats_bus import NatsOptions
from runtime.private_loop import PrivateLoop
from streams.annotations.exchange.formats import WRITTEN
from tests.streams_source import play, record

#: Sessions of the scripted square, 130 frames each: 26 sets of five.
FRAMES = list(play(ScriptedBackend(), 130))


class Api:
    """Requests as programs send them."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}api/v1/"

    def get(self, path: str, status: int = 200) -> Any:
        return self.ask(urllib.request.Request(self.url + path), status)

    def post(self, path: str, value: Any, status: int = 200) -> Any:
        head = {"Content-Type": "application/json"}
        return self.ask(urllib.request.Request(self.url + path, json.dumps(value).encode(), head), status)

    def upload(self, path: str, text: str, status: int = 200) -> Any:
        head = {"Content-Type": "text/plain"}
        return self.ask(urllib.request.Request(self.url + path, text.encode(), head), status)

    def ask(self, request: urllib.request.Request, status: int) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                seen, kind, body = answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            with error:
                seen, kind, body = error.code, error.headers["Content-Type"], error.read()
        assert seen == status, body
        return json.loads(body) if kind == "application/json" else body

    def label(self, act_id: str, first: int, last: int, annotator: str = "ada", **labels: Any) -> Any:
        act = {"act_id": act_id, "annotator": annotator, "first_frame": first, "last_frame": last, "labels": labels}
        return self.post("sessions/square/acts", {"acts": [act]})


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The studio's application over a server with two recordings."""
    loop = PrivateLoop("studio")
    hub = Hub(NatsOptions(), tmp_path_factory.mktemp("api"))
    loop.call(hub.open())
    listening = bind("127.0.0.1", 0)
    server = WebServer(make_app(hub, access_for("127.0.0.1", "")), listening)

    async def start() -> None:
        for name in ("square", "other", *(f"copy-{name}" for name in WRITTEN)):
            await record(hub.store, name, FRAMES)
        serving.append(asyncio.create_task(server.serve()))

    async def stop() -> None:
        server.stop()
        await serving[0]
        await hub.close()

    serving: list[asyncio.Task[None]] = []
    loop.call(start())
    yield Api(url_of("127.0.0.1", listening))
    loop.call(stop())
    listening.close()
    loop.close()


def test_sessions_frames_and_sets_are_browsed(api: Api) -> None:
    sessions = [each for each in api.get("sessions")["sessions"] if each["session"] in ("other", "square")]
    assert [(each["session"], each["frames"], each["status"]) for each in sessions] == [
        ("other", 130, "complete"),
        ("square", 130, "complete"),
    ]
    assert api.get("sessions?game=chess")["sessions"] == []
    facts = api.get("sessions/other")
    assert (facts["last_frame"], facts["width"], facts["scan"]) == (129, 240, "full")
    page = api.get("sessions/other/sets?offset=20&limit=3")
    assert (page["total"], [each["set_id"] for each in page["sets"]]) == (26, [20, 21, 22])
    assert (page["sets"][0]["first_frame"], page["sets"][0]["last_frame"]) == (100, 104)
    assert len(api.get("sessions/other/queue?size=60")["sets"]) == 3
    assert api.get("sessions/other/frames?limit=2")["total"] == 130
    assert api.get("sessions/other/frames/6")["buttons"] == ["RIGHT"]


def test_a_set_holds_its_buttons_its_state_and_what_changed_in_memory(api: Api) -> None:
    found = api.get("sessions/other/sets/20")
    assert [frame["frame_index"] for frame in found["frames"]] == [100, 101, 102, 103, 104]
    assert found["frames"][0]["held"][0]["actor"] == "reflex"
    assert found["frames"][4]["state"]["frame"] == 105
    counter = [row for row in found["memory_changes"] if row["address"] == "02000000"]
    assert next((row["frame"], row["prev_val"], row["curr_val"]) for row in counter) == (100, "00000064", "00000065")
    assert {row["freq"] for row in counter} == {100}
    first = api.get("sessions/other/sets/0")
    assert len({row["frame"] for row in first["memory_changes"]}) == 4, "nothing is known from before frame 0"


def test_the_picture_of_a_frame_is_the_frame(api: Api) -> None:
    picture = api.get("sessions/other/frames/77/image")
    assert picture.startswith(b"\x89PNG")
    assert picture == api.get("sessions/other/frames/77/image")
    assert picture != api.get("sessions/other/frames/78/image")


def test_the_context_of_a_frame_needs_an_annotation(api: Api) -> None:
    missing = api.get("sessions/square/frames/80/context", 404)
    assert missing["kind"] == "not_annotated"
    assert "frame 80 of session 'square' has no annotation" in missing["error"]
    api.label("context-1", 80, 84, context="battle")
    found = api.get("sessions/square/frames/82/context?neighbours=3")
    assert (found["labels"], found["standing"]) == ({"context": "battle"}, "partial")
    assert found["said"]["context"][0]["annotator"] == "ada"
    assert [each["labels"] for each in found["after"]] == [{"context": "battle"}, {"context": "battle"}, {}]
    assert found["frame"]["state"]["frame"] == 83


def test_acts_are_stored_once_in_order_and_all_or_none_of_a_request(api: Api) -> None:
    act = {"act_id": "once-1", "annotator": "bob", "first_frame": 0, "last_frame": 4, "labels": {"context": "menu"}}
    later = act | {"act_id": "once-2", "labels": {"context": "shop", "tags": ["dark", "rain"]}}
    first = api.post("sessions/other/acts", {"acts": [act, later]})["acts"]
    assert [each["stored"] for each in first] == ["now", "now"]
    again = api.post("sessions/other/acts", {"acts": [act, later]})["acts"]
    assert [(each["stored"], each["seq"]) for each in again] == [("before", each["seq"]) for each in first]
    log = api.get("sessions/other/acts?annotator=bob")["acts"]
    assert [each["act_id"] for each in log] == ["once-1", "once-2"]
    assert api.get("sessions/other/sets/0/labels")["labels"] == {"context": "shop", "tags": ["dark", "rain"]}
    wrong = act | {"act_id": "once-4", "labels": {"context": "sauna"}}
    refused = api.post("sessions/other/acts", {"acts": [act | {"act_id": "once-3"}, wrong]}, 400)
    assert "act 1 (once-4): label 'context' is 'sauna'; allowed are title, overworld" in refused["error"]
    assert len(api.get("sessions/other/acts?annotator=bob")["acts"]) == 2


@pytest.mark.parametrize(
    ("path", "value", "status", "words"),
    [
        ("acts", {"acts": []}, 422, "acts"),
        ("acts", {"acts": [{"act_id": "x"}]}, 422, "annotator"),
        ("acts", {"act": []}, 422, "acts"),
        (
            "acts",
            {
                "acts": [
                    {"act_id": "x", "annotator": "ada", "first_frame": 0, "last_frame": 130, "labels": {"tags": "a"}}
                ]
            },
            400,
            "session 'square' has 0 to 129",
        ),
        ("annotate", {"act_id": "x", "annotator": "ada", "labels": {"tags": "a"}}, 400, "which frames: nothing given"),
        ("undo", {"act_id": "x", "annotator": "nobody"}, 404, "nobody has nothing to take back"),
    ],
)
def test_bad_requests_say_what_is_wrong(api: Api, path: str, value: Any, status: int, words: str) -> None:
    problem = api.post(f"sessions/square/{path}", value, status)
    assert set(problem) == {"error", "kind", "seen", "allowed", "where"}
    assert words in problem["error"] + problem["where"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("sessions/none", 404, "no recorded session 'none'; there are copy-acts"),
        ("sessions/other/sets/26", 404, "it has 0 to 25"),
        ("sessions/other/frames/130/image", 404, "it has 0 to 129"),
        ("sessions/other/sets?filter=half", 422, "'all', 'complete', 'partial' or 'none'"),
        ("sessions/other/aggregate/mood", 400, "no label 'mood'; there are context, scene"),
        ("nothing", 404, "GET /api/v1/nothing"),
    ],
)
def test_what_is_not_there_is_said(api: Api, path: str, status: int, words: str) -> None:
    assert words in api.get(path, status)["error"]


def test_many_frames_are_annotated_in_one_request(api: Api) -> None:
    asked = {"act_id": "many", "annotator": "cleo", "labels": {"scene": "cave"}, "frames": [60, 62, 61, 70, 71, 62]}
    stored = api.post("sessions/square/annotate", asked)["acts"]
    assert [each["act_id"] for each in stored] == ["many-0", "many-1"]
    assert {each["stored"] for each in api.post("sessions/square/annotate", asked)["acts"]} == {"before"}
    found = api.get("sessions/square/aggregate/scene")
    assert found["values"] == [{"value": "cave", "frames": 5, "runs": 2}]
    assert [(each["first_frame"], each["last_frame"]) for each in found["spans"]] == [(60, 62), (70, 71)]
    by_sets = {"act_id": "sets", "annotator": "cleo", "labels": {"intent": "explore"}, "sets": [2, 3], "size": 50}
    api.post("sessions/square/annotate", by_sets | {"labels": {"scene": "route"}})
    assert api.get("sessions/square/aggregate/scene")["spans"][-1] == {
        "value": "route",
        "first_frame": 100,
        "last_frame": 129,
    }


def test_undo_and_redo_happen_once_however_often_they_are_sent(api: Api) -> None:
    api.label("u1", 10, 14, "dan", context="title")
    api.label("u2", 10, 14, "dan", context="menu")
    for _ in range(2):
        back = api.post("sessions/square/undo", {"act_id": "u3", "annotator": "dan"})
        assert back["act"]["act_id"] == "u2"
    assert api.get("sessions/square/sets/2/labels")["labels"] == {"context": "title"}
    for _ in range(2):
        api.post("sessions/square/redo", {"act_id": "u4", "annotator": "dan"})
    assert api.get("sessions/square/sets/2/labels")["labels"] == {"context": "menu"}
    api.post("sessions/square/redo", {"act_id": "u5", "annotator": "dan"}, 404)


def test_filters_progress_and_the_queue_follow_the_labels(api: Api) -> None:
    before = api.get("sessions/other/progress")
    act = {"act_id": "f1", "annotator": "eve", "first_frame": 50, "last_frame": 59}
    api.post("sessions/other/acts", {"acts": [act | {"labels": {"context": "battle", "scene": "battle_main"}}]})
    after = api.get("sessions/other/progress")
    assert (after["complete"], after["none"]) == (before["complete"] + 2, before["none"] - 2)
    assert (after["frames_labelled"], after["by_annotator"]["eve"]) == (before["frames_labelled"] + 10, 1)
    assert [each["set_id"] for each in api.get("sessions/other/sets?filter=complete")["sets"]] == [10, 11]
    assert 10 not in api.get("sessions/other/queue?filter=none")["sets"]
    for number, (first, sure) in enumerate(((90, 0.9), (70, 0.4), (80, 0.6))):
        suggestion = act | {
            "act_id": f"s{number}", "annotator": "cnn", "kind": "model", "model": "tiny 3", "suggestion": True,
            "confidence": sure, "first_frame": first, "last_frame": first + 4, "labels": {"context": "dialogue"},
        }  # fmt: skip
        api.post("sessions/other/acts", {"acts": [suggestion]})
    assert api.get("sessions/other/queue?order=uncertainty&filter=none")["sets"][:4] == [14, 16, 18, 1]
    found = api.get("sessions/other/sets/14/labels")
    assert (found["standing"], found["suggestions"][0]["model"], found["uncertainty"]) == ("none", "tiny 3", 0.6)
    accepting = act | {"act_id": "f2", "first_frame": 70, "last_frame": 74, "accepts": "s1"}
    api.post("sessions/other/acts", {"acts": [accepting | {"labels": {"context": "menu"}}]})
    found = api.get("sessions/other/sets/14/labels")
    assert (found["labels"], found["suggestions"]) == ({"context": "menu"}, [])
    assert found["said"]["context"][0]["origin"] == "corrected"


def test_annotators_are_compared(api: Api) -> None:
    api.label("k1", 30, 39, "fay", outcome="success")
    api.label("k2", 30, 34, "gil", outcome="success")
    api.label("k3", 35, 39, "gil", outcome="failure")
    report = api.get("sessions/square/agreement?field=outcome")
    assert report["agreement"] == [
        {"key": "outcome", "annotators": ["fay", "gil"], "frames": 10, "agreed": 0.5, "kappa": 0.0}
    ]
    assert report["disputes"][0] | {"values": {}} == {
        "key": "outcome", "first_frame": 35, "last_frame": 39, "values": {},
    }  # fmt: skip
    assert api.get("sessions/square/sets/7/labels")["disputed"] == ["outcome"]


@pytest.mark.parametrize("name", WRITTEN)
def test_labels_leave_as_a_file_and_come_back_from_it_once(api: Api, name: str) -> None:
    api.label("x1", 110, 114, "hal", scene="cave", tags=["dark", "wet"])
    text = api.ask(urllib.request.Request(f"{api.url}sessions/square/export?format={name}"), 200)
    text = text.decode() if isinstance(text, bytes) else json.dumps(text)
    assert "cave" in text
    way = f"sessions/copy-{name}/import?annotator=ida&format={name}"
    first = api.upload(way, text)
    assert first["stored"] == first["acts"] > 0
    assert api.upload(way, text)["stored"] == 0
    copy, original = (api.get(f"sessions/{of}/sets/22/labels")["labels"] for of in (f"copy-{name}", "square"))
    assert copy == original
    wrong = text.replace("cave", "sauna")
    assert "'sauna'; allowed are" in api.upload(way, wrong, 400)["error"]


def test_the_openapi_document_names_every_route_and_its_errors(api: Api) -> None:
    document = api.get("openapi.json")
    assert document["openapi"].startswith("3.")
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert route["description"], (method, path)
            assert route["responses"]["404"]["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
            answer = route["responses"]["200"]["content"]
            assert {"image/png", "text/csv"} & answer.keys() or answer["application/json"]["schema"], (method, path)
