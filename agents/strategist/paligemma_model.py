"""The model of `paligemma`: loaded, packed into fewer bits, adapted, and held to the grammar while it speaks (C15.5).

text, picture ─► tokens ─► generate, each token within the grammar ─► what was said, and how probable each token was
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import llguidance
import llguidance.hf
import numpy as np
import torch
from transformers import (
    AutoTokenizer,
    BitsAndBytesConfig,
    CompileConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PaliGemmaForConditionalGeneration,
)

from agents.strategist.decode import ConfidenceOf
from agents.strategist.lark import thought_lark
from agents.strategist.minds import MindError
from agents.strategist.prompt import IMAGE, resized
from runtime.errors import UsageError
from runtime.pixels import Rgb

if TYPE_CHECKING:
    from agents.strategist.paligemma import PaliGemma

#: Modules that stay as they are when the rest is quantised, by their full paths: what sees, and what chooses the word.
_NOT_QUANTISED = ["model.vision_tower", "model.multi_modal_projector", "lm_head"]


#: Words of the longest prompt for which a compiled model has room, and how long compiling may take.
_LONGEST, _COMPILE_S = 1024, 600.0


class PaliGemmaModel:
    """A PaliGemma that is loaded."""

    def __init__(self, wanted: "PaliGemma", adapters: Sequence[str]) -> None:
        """Load it, with these adapters.

        Raises:
            UsageError: It cannot be loaded.
        """
        where = wanted.device or ("cuda" if torch.cuda.is_available() else "cpu")
        if where == "cpu":
            torch.set_num_threads(wanted.threads)
        quantised = _quantisation(wanted.numbers)
        options = {"quantization_config": quantised} if quantised else {}
        dtype = torch.float32 if wanted.numbers == "fp32" else torch.bfloat16
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(wanted.model)
            loader: Any = PaliGemmaForConditionalGeneration  # its signature names less than it takes
            loaded: Any = loader.from_pretrained(
                wanted.model, dtype=dtype, device_map={"": where}, attn_implementation=wanted.attention, **options
            )
            if adapters:
                loaded = _adapted(loaded, adapters, merge=wanted.merge)
        except (OSError, ValueError, ImportError) as error:
            what = ", adapter ".join([f"model {wanted.model!r}", *map(repr, adapters)])
            raise UsageError(f"{what}: cannot be loaded: {error}") from error
        self._tokenizer, self._model = tokenizer, loaded.eval()
        config = self._model.config
        self._image_size: int = config.vision_config.image_size
        self._image_tokens = (self._image_size // config.vision_config.patch_size) ** 2
        self._words = llguidance.hf.from_tokenizer(tokenizer, n_vocab=config.text_config.vocab_size)
        self._grammars: dict[tuple[str, ...], str] = {}
        if wanted.compiled:
            self._compile()

    def say(self, prompt: str, image: Rgb, buttons: Sequence[str] | None, *, max_tokens: int, limit_s: float) -> "Said":
        """Ask the model.

        Args:
            prompt: Text with `<image>` in it once.
            image: (H, W, 3).
            buttons: Of the console, for the grammar of a thought; None to let it say anything.
            max_tokens: After so many it is broken off.
            limit_s: After so long it is broken off.
        """
        text = self._tokenizer.bos_token + prompt.replace(IMAGE, IMAGE * self._image_tokens)
        asked = self._tokenizer(text, add_special_tokens=False, return_tensors="pt").to(self._model.device)
        held = None if buttons is None else _Held(self._words, self._grammar(buttons))
        watched = _Watched()
        with torch.inference_mode():
            answer = self._model.generate(
                input_ids=asked["input_ids"],
                attention_mask=asked["attention_mask"],
                token_type_ids=torch.zeros_like(asked["input_ids"]),
                pixel_values=self._pixels(image),
                max_new_tokens=max_tokens,
                max_time=limit_s,
                do_sample=False,
                logits_processor=LogitsProcessorList([*([held] if held else []), watched]),
            )
        new = answer[0, asked["input_ids"].shape[1] :].tolist()
        ended = bool(new) and new[-1] == self._tokenizer.eos_token_id
        words = new[:-1] if ended else new
        pieces = [self._tokenizer.decode(words[:count]) for count in range(len(words) + 1)]
        return Said(pieces, watched.chosen(new), (asked["input_ids"].shape[1], len(new)), ended)

    def _compile(self) -> None:
        """Have PyTorch compile what each token takes, with room for long prompts; for a longer one it does so again."""
        config: Any = self._model.generation_config
        config.cache_implementation = "static"  # of one size, else each prompt's length would be compiled
        config.compile_config = CompileConfig(mode="reduce-overhead", fullgraph=False)
        config.compile_config._compile_all_devices = True
        size = self._image_size
        self.say(
            f"{IMAGE}{'a ' * _LONGEST}", np.zeros((size, size, 3), np.uint8), None, max_tokens=8, limit_s=_COMPILE_S
        )

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
class Said:
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
        """All of it."""
        return self.pieces[-1]

    def least_of(self, words: str) -> float:
        """Return the least probability of the tokens of these words, where they are said first."""
        start = self.text.find(words)
        return self._least(start, start + len(words)) if start >= 0 else 1.0

    def least_within(self, words: str) -> ConfidenceOf:
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


def _adapted(model: Any, adapters: Sequence[str], *, merge: bool) -> Any:
    """Return a model with LoRA adapters, whose changes add up; merged into its weights, or beside them."""
    from peft import PeftModel  # noqa: PLC0415 - needed for adapters only, and slow to import

    names = [str(number) for number in range(len(adapters))]
    adapted: Any = PeftModel.from_pretrained(model, adapters[0], adapter_name=names[0])
    for name, adapter in zip(names[1:], adapters[1:], strict=True):
        adapted.load_adapter(adapter, adapter_name=name)
    adapted.base_model.set_adapter(names)
    return adapted.merge_and_unload(adapter_names=names) if merge else adapted


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
