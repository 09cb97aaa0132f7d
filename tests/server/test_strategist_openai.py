"""The mind behind a server: a real `transformers serve` of a tiny model, and a real server that misbehaves."""

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.strategist.actor import Strategist
from agents.strategist.grammar import GBA
from agents.strategist.minds import MindError
from agents.strategist.openai import OpenAi
from agents.strategist.plan import schema
from agents.strategist.situation import Situation
from runtime.errors import UsageError
from runtime.loop import ActorLoop, LoopOptions
from tests.minds_source import Walker
from tests.stage import SESSION, Stage

#: Loading a server with a model takes about ten seconds here, alone.
UP_S = 120

SITUATION = Situation(
    frame_index=6,
    state={"player.hp": 3, "player.max_hp": 10},
    buttons=GBA,
    area=1,
    cell=(4, 5),
    frames=tuple(np.full((160, 240, 3), 40 * number, dtype=np.uint8) for number in range(4)),
)

GOOD = {"strategy": "goto", "area": 2, "cell": [3, 4], "actions": "<btn_up>", "confidence": 0.75}


def completion(text: str, reason: str = "stop") -> bytes:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 321, "completion_tokens": 12, "total_tokens": 333}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": usage}
    return json.dumps({**answer, "choices": [{"index": 0, "message": message, "finish_reason": reason}]}).encode()


class Server(http.server.ThreadingHTTPServer):
    """Answers each request as the next of `answers` says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Callable[[http.server.BaseHTTPRequestHandler], None]] = []
        self.asked: list[Any] = []
        self.done = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        self.server.answers.pop(0)(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""


Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def says(body: bytes, status: int = 200, promised: int | None = None) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body) if promised is None else promised))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs(handler: http.server.BaseHTTPRequestHandler) -> None:
    assert isinstance(handler, Handler)
    handler.server.done.wait(30)


def hangs_up(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.done.set()
        made.shutdown()
        thread.join()
        made.server_close()


def test_a_thought_comes_with_its_tokens_and_the_model_was_shown_picture_text_and_schema(server: Server) -> None:
    server.answers = [says(completion(json.dumps(GOOD)))]
    thought = OpenAi(url=server.url, model="games/lora-1").think(SITUATION)
    assert (thought.strategy, thought.area, thought.cell, thought.actions) == ("goto", 2, (3, 4), "<btn_up>")
    assert (thought.confidence, thought.model, thought.tokens) == (0.75, "lora-1", (321, 12))
    (asked,) = server.asked
    assert asked["model"] == "games/lora-1"
    assert asked["response_format"]["json_schema"]["schema"] == json.loads(json.dumps(schema()))
    image, text = asked["messages"][0]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert "<game_state>\nlocation: area 1\nhealth: 3/10\ngrid position: 4,5" in text["text"]
    assert "Answer with one JSON object" in text["text"]


def test_vllm_s_own_field_and_plain_lines_can_be_asked_for(server: Server) -> None:
    server.answers = [says(completion(json.dumps(GOOD))), says(completion("STRATEGY: wait\nACTIONS: none"))]
    OpenAi(url=server.url, model="m", structured="structured_outputs").think(SITUATION)
    assert OpenAi(url=server.url, model="m", structured="none").think(SITUATION).strategy == "wait"
    assert server.asked[0]["structured_outputs"]["json"]["required"] == ["strategy"]
    assert "response_format" not in server.asked[1]
    assert "Answer in these lines" in server.asked[1]["messages"][0]["content"][1]["text"]


@pytest.mark.parametrize(
    ("answers", "kind", "says_so"),
    [
        ([says(b"down for repair", 503), says(b"down for repair", 503)], "status", "503"),
        ([says(b"no such model", 404)], "status", "404"),
        ([says(completion("go north"))], "invalid", "no line STRATEGY"),
        ([says(completion('{"strategy": "fly"}'))], "invalid", "Invalid enum value"),
        ([says(completion('{"strategy": "goto", "actions": "<btn_Z>"}'))], "invalid", "no button 'z'"),
        ([says(completion('{"strategy": "goto", "act', "length"))], "truncated", "cut off after 12 tokens"),
        ([says(completion(json.dumps(GOOD), "length"))], "truncated", "cut off after 12 tokens"),
        ([says(b'{"choices": []}')], "invalid", "no chat completion"),
        ([says(b"[1, 2]")], "invalid", "no chat completion"),
        ([says(b"<html>hello</html>")], "invalid", "no chat completion"),
        ([says(completion("{}")[:80], promised=4000)] * 2, "truncated", "127.0.0.1"),
        ([hangs_up, hangs_up], "truncated", "127.0.0.1"),
        ([hangs], "timeout", "no answer within"),
    ],
)
def test_what_a_server_does_wrong_has_a_name(server: Server, answers: list[Answer], kind: str, says_so: str) -> None:
    server.answers = list(answers)
    began = time.monotonic()
    with pytest.raises(MindError) as failed:
        OpenAi(url=server.url, model="m", limit_s=1.0).think(SITUATION)
    assert failed.value.kind == kind
    assert says_so in str(failed.value)
    assert server.answers == []
    assert time.monotonic() - began < 20


def test_what_another_try_may_change_is_tried_again(server: Server) -> None:
    server.answers = [says(b"busy", 500), says(completion(json.dumps(GOOD)))]
    assert OpenAi(url=server.url, model="m", limit_s=30).think(SITUATION).strategy == "goto"
    server.answers = [hangs_up, says(b"busy", 429), says(completion(json.dumps(GOOD)))]
    assert OpenAi(url=server.url, model="m", limit_s=30, retries=2).think(SITUATION).strategy == "goto"


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(MindError) as failed:
            OpenAi(url=f"http://127.0.0.1:{port}/v1", model="m").think(SITUATION)
    assert failed.value.kind == "unreachable"


def test_a_key_comes_from_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret-1\n")
    seen: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        says(completion(json.dumps(GOOD)))(handler)

    server.answers = [answer]
    OpenAi(url=server.url, model="m", key_file=str(tmp_path / "key")).think(SITUATION)
    assert seen == ["Bearer secret-1"]
    with pytest.raises(UsageError, match="key_file"):
        OpenAi(url=server.url, model="m", key_file=str(tmp_path / "none"))


def test_in_a_session_a_server_that_fails_costs_a_fallback_and_its_next_good_thought_counts(
    server: Server, tmp_path: Path
) -> None:
    good = says(completion(json.dumps(GOOD)))
    server.answers = [says(b"down", 500), says(completion("go north")), good, good]
    walker = f"{Walker.__module__}:{Walker.__name__}"
    options = {"url": server.url, "model": "m", "retries": 0, "limit_s": 60.0}
    actor = Strategist(mind="openai", options=options, fallback=walker, think="pause", limit_s=60.0)
    stage = Stage(tmp_path, frames=400, wait_for=("strategist",))
    stage.play(ActorLoop(actor, stage.bus, LoopOptions("strategist", SESSION, actor.rate)).run)
    failed = [event.facts["kind"] for event in stage.of("event") if event.name == "think.failed"]
    assert failed == ["status"]
    assert [plan.model for plan in stage.of("plan")] == [""]
    actor = Strategist(mind="openai", options=options, fallback=walker, limit_s=60.0)
    stage = Stage(tmp_path, frames=130, wait_for=("strategist",))
    stage.play(ActorLoop(actor, stage.bus, LoopOptions("strategist", SESSION, actor.rate)).run)
    failed = [event.facts["kind"] for event in stage.of("event") if event.name == "think.failed"]
    assert failed == ["invalid"]
    assert [plan.model for plan in stage.of("plan")] == ["", "m"]
    assert actor.measures()["tokens.prompt"] == 642


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve a tiny PaliGemma by `transformers serve`; yield its address and the model's name there."""
    folder = tmp_path_factory.mktemp("tiny")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub"), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "tests.tiny_models", str(folder / "model")], check=True, timeout=UP_S)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder / "model")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            env=environment,
        )
        try:
            _wait_until_up(f"http://127.0.0.1:{port}/health", process, folder / "log")
            yield f"http://127.0.0.1:{port}/v1", str(folder / "model")
        finally:
            process.kill()
            process.wait()


def _wait_until_up(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + UP_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"not up within {UP_S} s: {log.read_text()}")


def test_a_real_server_of_a_tiny_model_is_asked_with_a_picture_and_its_rubbish_refused(
    serving: tuple[str, str],
) -> None:
    """The model is random and the server holds it to nothing, so what comes back is refused, with what was said."""
    url, model = serving
    mind = OpenAi(url=url, model=model, structured="none", limit_s=90, max_tokens=16, image_size=28, retries=0)
    with pytest.raises(MindError) as failed:
        mind.think(SITUATION)
    assert failed.value.kind in ("truncated", "invalid")
    assert failed.value.text
