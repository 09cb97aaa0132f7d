"""Any server that speaks OpenAI's chat completions: vLLM, `transformers serve`, and others.

    situation ─► prompt.build ─► picture as a data URL, text ─► server ─► JSON or lines ─► thought

`structured = "json_schema"` asks for JSON of `plan.schema()` by `response_format`, `"structured_outputs"` by vLLM's own
field; `"none"` only asks in words, and takes lines. What comes back is parsed and checked in any case.
"""

import base64
import io
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import openai
from PIL import Image

from agents.strategist.minds import MindError
from agents.strategist.parse import ThoughtError, parse_thought
from agents.strategist.plan import Thought, schema
from agents.strategist.prompt import IMAGE, Prompt, build, resized
from agents.strategist.situation import Situation
from runtime.errors import UsageError
from runtime.pixels import Rgb

#: Before the second try, seconds; twice as long before each more.
_BACK_OFF_S = 0.05

#: Answers that another try may change: too many requests, and whatever is wrong at the server.
_TRY_AGAIN = (408, 409, 429, *range(500, 600))


@dataclass
class OpenAi:
    """A model behind a server.

    Attributes:
        url: Of its API, as http://127.0.0.1:8000/v1.
        model: As the server calls it; an adapter has a name of its own there.
        structured: How JSON is asked for; see above.
        image_size: Side of the square picture it is sent, pixels (requirement C14.2).
        limit_s: Of all tries together; the strategist's limit.
        retries: After a refused connection, or an answer that says to try again.
        max_tokens: Of an answer.
        key_file: Holds the key, if the server wants one; a launch file is recorded with the session, so it says no key.
    """

    url: str
    model: str
    structured: Literal["json_schema", "structured_outputs", "none"] = "json_schema"
    image_size: int = 448
    limit_s: float = 2.0
    retries: int = 1
    max_tokens: int = 256
    key_file: str = ""

    name: str = field(default="", init=False)
    quick: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        try:
            key = Path(self.key_file).read_text(encoding="utf-8").strip() if self.key_file else "none"
        except OSError as error:
            raise UsageError(f"key_file {self.key_file!r}: cannot be read: {error}") from error
        self._client = openai.OpenAI(base_url=self.url, api_key=key, max_retries=0)
        self._schema = schema()
        self.name = self.model.rstrip("/").rpartition("/")[2]

    def think(self, situation: Situation) -> Thought:
        """Ask the server.

        Raises:
            MindError: It cannot be reached, answered too late, with an error, or with what is no thought.
        """
        prompt = build(situation, as_json=self.structured != "none")
        text, tokens, cut_off = self._ask(_content(prompt, self.image_size))
        if cut_off:
            raise MindError("truncated", f"cut off after {tokens[1]} tokens", text)
        try:
            thought = parse_thought(text, situation.buttons)
        except ThoughtError as error:
            raise MindError("invalid", str(error), text) from error
        values = {name: getattr(thought, name) for name in thought.__struct_fields__}
        return Thought(**{**values, "model": self.name, "tokens": tokens})

    def _ask(self, content: list[dict[str, Any]]) -> tuple[str, tuple[int, int], bool]:
        """Return what was said, tokens of prompt and answer, and whether it was cut off."""
        until = time.monotonic() + self.limit_s
        for tried in range(self.retries + 1):
            left_s = until - time.monotonic()
            try:
                return self._ask_once(content, max(left_s, 0.001))
            except MindError as error:
                wait_s = _BACK_OFF_S * 2**tried
                if tried == self.retries or not _may_help(error) or time.monotonic() + wait_s >= until:
                    raise
                time.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _ask_once(self, content: list[dict[str, Any]], timeout_s: float) -> tuple[str, tuple[int, int], bool]:
        messages: Any = [{"role": "user", "content": content}]
        try:
            answer = self._client.chat.completions.create(
                model=self.model,
                messages=messages,
                max_tokens=self.max_tokens,
                temperature=0,
                timeout=timeout_s,
                **self._structure(),
            )
            choice = answer.choices[0]
            said = choice.message.content or ""
        except openai.APITimeoutError as error:
            raise MindError("timeout", f"no answer within {timeout_s:.1f} s") from error
        except openai.APIConnectionError as error:
            cause = error.__cause__
            broken = "incomplete" in str(cause) or "without sending" in str(cause)
            raise MindError("truncated" if broken else "unreachable", f"{self.url}: {cause or error}") from error
        except openai.APIStatusError as error:
            raise MindError("status", f"{error.status_code}: {error.message}", error.response.text) from error
        except (openai.OpenAIError, ValueError, LookupError, TypeError, AttributeError) as error:
            # Of an answer that is no JSON, or JSON of something else: the client builds what it can and checks nothing.
            raise MindError("invalid", f"no chat completion: {type(error).__name__}: {error}") from error
        usage = answer.usage
        tokens = (usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else (0, 0)
        return str(said), tokens, choice.finish_reason == "length"

    def _structure(self) -> dict[str, Any]:
        if self.structured == "json_schema":
            named = {"name": "thought", "schema": self._schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": named}}
        if self.structured == "structured_outputs":
            return {"extra_body": {"structured_outputs": {"json": self._schema}}}
        return {}


def _may_help(error: MindError) -> bool:
    """Return whether another try may go better."""
    if error.kind == "status":
        return int(str(error).split(":")[1]) in _TRY_AGAIN
    return error.kind in ("unreachable", "truncated")


def _content(prompt: Prompt, image_size: int) -> list[dict[str, Any]]:
    """Return a message's parts: the picture where the prompt has it, and the text around it."""
    parts: list[dict[str, Any]] = []
    before, image, after = prompt.text.partition(IMAGE)
    if before:
        parts.append({"type": "text", "text": before})
    if image and prompt.image is not None:
        parts.append({"type": "image_url", "image_url": {"url": data_url(resized(prompt.image, image_size))}})
        parts.append({"type": "text", "text": after})
    return parts


def data_url(image: Rgb) -> str:
    """Return a picture as a data URL, PNG."""
    packed = io.BytesIO()
    Image.fromarray(image).save(packed, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}"
