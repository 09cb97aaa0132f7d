"""A PaliGemma as strategist (requirements C14.1 to C14.5, C14.9): what it is told, and how sure it is of what it says.

    situation ─► prompt.for_paligemma ─► paligemma_model ─► lines ─► thought

How sure it is, is the least probability of what it decided: its strategy, and each press of its actions, given what the
grammar let it say. What it says about its own confidence counts only where it is less.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agents.strategist.decode import decode_output
from agents.strategist.minds import MindError
from agents.strategist.parse import ThoughtError, parse_thought
from agents.strategist.plan import Thought
from agents.strategist.prompt import for_paligemma
from agents.strategist.situation import Situation
from runtime.errors import UsageError
from runtime.pixels import Rgb

if TYPE_CHECKING:
    from agents.strategist.paligemma_model import PaliGemmaModel, Said

#: The longest text of `lark.thought_lark` that is of use takes about so many tokens of PaliGemma's vocabulary.
_MOST_TOKENS = 256


@dataclass
class PaliGemma:
    """A PaliGemma.

    Attributes:
        model: Its folder, or its name at a hub.
        adapter: Folder of a LoRA adapter, or several that are added up (requirement C14.11); empty for none.
        merge: Whether adapters become part of the weights (requirement C14.10): a little faster, the same answers; not
            of int8 and nf4, which would be rounded anew.
        numbers: How its weights are kept: fp32, bf16, int8, or nf4 (4 bits, requirement C14.9).
        attention: How it is computed: sdpa (of PyTorch), eager, or flash_attention_2 (requirement C14.7; on a GPU, with
            the package flash-attn).
        compiled: Whether PyTorch compiles what each token takes, mode reduce-overhead (requirements C14.7, C14.10):
            loading takes a minute more and needs a C++ compiler; of fp32 and bf16, adapters only if merged.
        device: Where it runs; empty for a GPU where there is one.
        threads: Of the processor, where it runs there: two on a busy machine take ten times as long as one.
        limit_s: After it a sentence is broken off, so that no thread thinks on for nothing; the strategist's limit.
        max_tokens: Of an answer.
        free: Whether it may say anything; only to see what a model says without the grammar.
    """

    model: str
    adapter: str | tuple[str, ...] = ""
    merge: bool = False
    numbers: Literal["fp32", "bf16", "int8", "nf4"] = "bf16"
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    compiled: bool = False
    device: str = ""
    threads: int = 1
    limit_s: float = 2.0
    max_tokens: int = _MOST_TOKENS
    free: bool = False

    name: str = field(default="", init=False)
    quick: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        adapters = (self.adapter,) if isinstance(self.adapter, str) else self.adapter
        self._adapters = tuple(adapter for adapter in adapters if adapter)
        if self.merge and self.numbers in {"int8", "nf4"}:
            raise UsageError(f"merge with numbers {self.numbers!r}: allowed are fp32 and bf16")
        if self.compiled and (self.numbers in {"int8", "nf4"} or (self._adapters and not self.merge)):
            raise UsageError("compiled: allowed are the numbers fp32 and bf16, without adapters or with merge = true")
        for what, where in (("model", self.model), *(("adapter", adapter) for adapter in self._adapters)):
            if where.startswith(("/", ".", "~")) and not Path(where).expanduser().is_dir():
                raise UsageError(f"{what} {where!r}: there is no such folder")
        adapted = "".join(f" + {adapter.rstrip('/').rpartition('/')[2]}" for adapter in self._adapters)
        self.name = f"{self.model.rstrip('/').rpartition('/')[2]} {self.numbers}{adapted}"
        self._model: PaliGemmaModel | None = None

    def load(self) -> None:
        """Load the model; `think` does it otherwise. To check a launch and to join a session load nothing.

        Raises:
            UsageError: It cannot be loaded.
        """
        self._loaded()

    def _loaded(self) -> "PaliGemmaModel":
        if self._model is None:
            # Here, because torch and transformers take longer to import than an actor may take to join.
            from agents.strategist.paligemma_model import PaliGemmaModel  # noqa: PLC0415

            self._model = PaliGemmaModel(self, self._adapters)
        return self._model

    def think(self, situation: Situation) -> Thought:
        """Ask the model.

        Raises:
            MindError: It saw no frame yet, was broken off, or said what is no thought.
        """
        return self.finish(self.infer(self.prepare(situation)))

    def prepare(self, situation: Situation) -> "tuple[Situation, str, Rgb]":
        """Return what is to be asked: the prompt, and the picture."""
        prompt = for_paligemma(situation)
        if prompt.image is None:
            raise MindError("blind", "no frame was seen yet")
        return situation, prompt.text, prompt.image

    def infer(self, asked: "tuple[Situation, str, Rgb]") -> "tuple[Situation, Said]":
        """Ask."""
        situation, text, image = asked
        said = self._loaded().say(
            text,
            image,
            None if self.free else situation.buttons,
            max_tokens=self.max_tokens,
            limit_s=self.limit_s,
        )
        return situation, said

    def finish(self, answered: "tuple[Situation, Said]") -> Thought:
        """Return what was said as a thought."""
        situation, said = answered
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
