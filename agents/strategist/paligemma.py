"""A PaliGemma in this process (requirements C14.1 to C14.5, C14.9, C15.5), held to the grammar while it speaks.

    situation ─► prompt.for_paligemma ─► tokens, picture ─► generate, each token within the grammar ─► lines ─► thought

How sure it is, is the least probability of what it decided: its strategy, and each press of its actions, given what the
grammar let it say. What it says about its own confidence counts only where it is less.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import llguidance
import llguidance.hf
import numpy as np
import torch
from transformers import (
    AutoTokenizer,
    BitsAndBytesConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PaliGemmaForConditionalGeneration,
)

from agents.strategist.decode import decode_output
from agents.strategist.lark import thought_lark
from agents.strategist.minds import MindError
from agents.strategist.parse import ThoughtError, parse_thought
from agents.strategist.plan import Thought
from agents.strategist.prompt import IMAGE, Prompt, for_paligemma, resized
from agents.strategist.situation import Situation
from runtime.errors import UsageError
from runtime.pixels import Rgb

#: Modules that stay as they are when the rest is quantised, by their full paths: what sees, and what chooses the word.
_NOT_QUANTISED = ["model.vision_tower", "model.multi_modal_projector", "lm_head"]

#: The longest text of `lark.thought_lark` that is of use takes about so many tokens of PaliGemma's vocabulary.
_MOST_TOKENS = 256


@dataclass
class PaliGemma:
    """A PaliGemma.

    Attributes:
        model: Its folder, or its name at a hub.
        adapter: Folder of a LoRA adapter; empty for none.
        numbers: How its weights are kept: fp32, bf16, int8, or nf4 (4 bits, requirement C14.9).
        device: Where it runs; empty for a GPU where there is one.
        limit_s: After it a sentence is broken off, so that no thread thinks on for nothing; the strategist's limit.
        max_tokens: Of an answer.
        free: Whether it may say anything; only to see what a model says without the grammar.
    """

    model: str
    adapter: str = ""
    numbers: Literal["fp32", "bf16", "int8", "nf4"] = "bf16"
    device: str = ""
    limit_s: float = 2.0
    max_tokens: int = _MOST_TOKENS
    free: bool = False

    name: str = field(default="", init=False)
    quick: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        device = self.device or ("cuda" if torch.cuda.is_available() else "cpu")
        quantised = _quantisation(self.numbers)
        loaded = {"quantization_config": quantised} if quantised else {}
        dtype = torch.float32 if self.numbers == "fp32" else torch.bfloat16
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(self.model)
            loader: Any = PaliGemmaForConditionalGeneration  # its signature names less than it takes
            model: Any = loader.from_pretrained(self.model, dtype=dtype, device_map={"": device}, **loaded)
            if self.adapter:
                from peft import PeftModel  # noqa: PLC0415 - needed for adapters only, and slow to import

                model = PeftModel.from_pretrained(model, self.adapter)
        except (OSError, ValueError) as error:
            what = f"model {self.model!r}" + (f", adapter {self.adapter!r}" if self.adapter else "")
            raise UsageError(f"{what}: cannot be loaded: {error}") from error
        self._tokenizer, self._model = tokenizer, model.eval()
        config = self._model.config
        self._image_size: int = config.vision_config.image_size
        self._image_tokens = (self._image_size // config.vision_config.patch_size) ** 2
        self._words = llguidance.hf.from_tokenizer(tokenizer, n_vocab=config.text_config.vocab_size)
        self._grammars: dict[tuple[str, ...], str] = {}
        adapted = f" + {self.adapter.rstrip('/').rpartition('/')[2]}" if self.adapter else ""
        self.name = f"{self.model.rstrip('/').rpartition('/')[2]} {self.numbers}{adapted}"

    def think(self, situation: Situation) -> Thought:
        """Ask the model.

        Raises:
            MindError: It saw no frame yet, was broken off, or said what is no thought.
        """
        prompt = for_paligemma(situation)
        if prompt.image is None:
            raise MindError("blind", "no frame was seen yet")
        said = self._say(prompt, prompt.image, situation.buttons)
        if not said.ended:
            raise MindError("truncated", f"broken off after {said.tokens[1]} tokens", said.text)
        try:
            thought = parse_thought(said.text, situation.buttons)
        except ThoughtError as error:
            raise MindError("invalid", str(error), said.text) from error
        decoded = decode_output(thought.actions, situation.state, situation.buttons, said.least_within(thought.actions))
        sure = min(thought.confidence, said.least_of(thought.strategy), decoded.confidence if thought.actions else 1.0)
        values = {name: getattr(thought, name) for name in thought.__struct_fields__}
        return Thought(**{**values, "confidence": sure, "model": self.name, "tokens": said.tokens})

    def _say(self, prompt: Prompt, image: Rgb, buttons: Sequence[str]) -> "_Said":
        text = self._tokenizer.bos_token + prompt.text.replace(IMAGE, IMAGE * self._image_tokens)
        asked = self._tokenizer(text, add_special_tokens=False, return_tensors="pt").to(self._model.device)
        held = None if self.free else _Held(self._words, self._grammar(buttons))
        watched = _Watched()
        with torch.inference_mode():
            answer = self._model.generate(
                input_ids=asked["input_ids"],
                attention_mask=asked["attention_mask"],
                token_type_ids=torch.zeros_like(asked["input_ids"]),
                pixel_values=self._pixels(image),
                max_new_tokens=self.max_tokens,
                max_time=self.limit_s,
                do_sample=False,
                logits_processor=LogitsProcessorList([*([held] if held else []), watched]),
            )
        new = answer[0, asked["input_ids"].shape[1] :].tolist()
        ended = bool(new) and new[-1] == self._tokenizer.eos_token_id
        words = new[:-1] if ended else new
        pieces = [self._tokenizer.decode(words[:count]) for count in range(len(words) + 1)]
        return _Said(pieces, watched.chosen(new), (asked["input_ids"].shape[1], len(new)), ended)

    def _grammar(self, buttons: Sequence[str]) -> str:
        known = self._grammars.get(tuple(buttons))
        if known is None:
            known = self._grammars[tuple(buttons)] = llguidance.LLMatcher.grammar_from_lark(
                thought_lark(buttons, self._tokenizer.get_added_vocab())
            )
        return known

    def _pixels(self, image: Rgb) -> torch.Tensor:
        """Return a picture as the model was trained on it: (1, 3, size, size), -1 to 1."""
        scaled = resized(image, self._image_size).astype(np.float32) / 127.5 - 1
        return torch.from_numpy(scaled).permute(2, 0, 1)[None].to(self._model.device, self._model.dtype)


class _Held(LogitsProcessor):
    """Lets only those tokens stand with which the text can still become one of the grammar."""

    def __init__(self, words: Any, grammar: str) -> None:
        self._matcher = llguidance.LLMatcher(words, grammar)
        self._seen = 0

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        if self._seen:
            self._matcher.consume_tokens(input_ids[0, self._seen :].tolist())
        self._seen = input_ids.shape[1]
        packed = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        allowed = torch.from_numpy(np.unpackbits(packed, bitorder="little")[: scores.shape[1]].astype(bool))
        if self._matcher.is_error():
            raise MindError("model", f"the grammar cannot go on: {self._matcher.get_error()}")
        if not bool(torch.isfinite(scores[0, allowed]).all()):
            raise MindError("model", "scores that are no numbers")
        scores[0, ~allowed.to(scores.device)] = float("-inf")
        return scores


class _Watched(LogitsProcessor):
    """Remembers how probable each token was of those that stood."""

    def __init__(self) -> None:
        self._steps: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        self._steps.append(torch.softmax(scores[0].float(), dim=-1))
        return scores

    def chosen(self, tokens: list[int]) -> list[float]:
        """Return the probability of each token that was said."""
        return [float(step[token]) for step, token in zip(self._steps, tokens, strict=False)]


@dataclass(frozen=True)
class _Said:
    """What a model said.

    Attributes:
        pieces: The text after 0, 1, 2 … tokens.
        probabilities: Of each token.
        tokens: Of the prompt, and of the answer.
        ended: Whether it came to an end by itself.
    """

    pieces: list[str]
    probabilities: list[float]
    tokens: tuple[int, int]
    ended: bool

    @property
    def text(self) -> str:
        return self.pieces[-1]

    def least_of(self, words: str) -> float:
        """Return the least probability of the tokens of these words, where they are said first."""
        start = self.text.find(words)
        return self._least(start, start + len(words)) if start >= 0 else 1.0

    def least_within(self, words: str) -> Any:
        """Return a ConfidenceOf for characters counted within these words, where they are said first."""
        start = max(self.text.find(words), 0)
        return lambda first, last: self._least(start + first, start + last)

    def _least(self, first: int, last: int) -> float:
        ends = [len(piece) for piece in self.pieces]
        touched = [
            probability
            for before, after, probability in zip(ends, ends[1:], self.probabilities, strict=False)
            if before < last and after > first
        ]
        return min(touched, default=1.0)


def _quantisation(numbers: str) -> Any:
    """Return how weights are packed when they are loaded; None for as they are."""
    made: Any = BitsAndBytesConfig  # without types
    if numbers == "int8":
        # It says of every layer at every token that it makes float16 of what comes in, which is how it works.
        logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
        return made(load_in_8bit=True, llm_int8_skip_modules=_NOT_QUANTISED)
    if numbers == "nf4":
        return made(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
            llm_int8_skip_modules=_NOT_QUANTISED,
        )
    return None
