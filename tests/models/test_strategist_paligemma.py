"""PaliGemma in this process, on tiny random models: what one says is a thought, because nothing else may be said."""

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import llguidance
import llguidance.hf
import msgspec
import numpy as np
import pytest
import torch
from torch._dynamo.utils import counters

from agents.strategist.actor import Strategist
from agents.strategist.decode import decode_output
from agents.strategist.grammar import GBA, parse
from agents.strategist.minds import MindError
from agents.strategist.paligemma import PaliGemma
from agents.strategist.plan import STRATEGIES, Call, Thought, schema
from agents.strategist.situation import Situation
from runtime.console import CONSOLES
from runtime.errors import UsageError
from runtime.loop import ActorLoop, LoopOptions
from tests import tiny_models
from tests.minds_source import Walker
from tests.stage import SESSION, Stage

#: Of the machine that is busiest: no test here waits for it.
LONG_S = 120.0

SITUATION = Situation(
    frame_index=6,
    state={"player.hp": 3, "player.max_hp": 10},
    buttons=GBA,
    area=1,
    cell=(4, 5),
    held=(("A",), ("UP",)),
    frames=tuple(np.full((160, 240, 3), 40 * number, dtype=np.uint8) for number in range(4)),
)

#: transformers 5.23 warns of what peft 0.21 calls in it; nothing of ours.
ADAPTERS = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


#: PyTorch 2.13 calls what it has deprecated itself; nothing of ours.
COMPILER = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.paligemma(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.lora(tiny, tmp_path_factory.mktemp("models") / "brave")


def mind(folder: Path, **options: Any) -> PaliGemma:
    made = PaliGemma(model=str(folder), limit_s=LONG_S, device="cpu", **{"numbers": "fp32", **options})
    made.load()
    return made


def check(thought: Thought, buttons: tuple[str, ...] = GBA) -> None:
    """Check that a thought is one, by the parser that knows nothing of how it was held to the grammar."""
    assert thought.strategy in STRATEGIES
    for actions in (thought.actions, thought.fallback):
        assert parse(actions, buttons)
        assert all(combo for combo in decode_output(actions, {}, buttons).presses)
    assert 0 <= thought.confidence < 1
    assert thought.tokens[0] > 50
    assert thought.tokens[1] > 10


def test_a_random_model_says_a_valid_thought_and_the_same_again(tiny: Path) -> None:
    model = mind(tiny)
    thought = model.think(SITUATION)
    check(thought)
    assert thought.model == model.name == "tiny fp32"
    assert model.think(SITUATION) == thought
    assert mind(tiny).think(SITUATION) == thought


def test_what_it_sees_and_is_told_changes_how_sure_it_is(tiny: Path) -> None:
    model = mind(tiny)
    thought = model.think(SITUATION)
    frames = tuple(np.random.default_rng(1).integers(0, 255, (160, 240, 3), dtype=np.uint8) for _ in range(4))
    seen = model.think(replace(SITUATION, frames=frames))
    told = model.think(replace(SITUATION, memories=("the key lies in the cave",)))
    for other in (seen, told):
        check(other)
        assert other.confidence != thought.confidence
    assert told.tokens[0] > thought.tokens[0]


def test_only_buttons_of_the_console_are_said(tiny: Path) -> None:
    buttons = CONSOLES["gb"].buttons
    check(mind(tiny).think(replace(SITUATION, buttons=buttons)), buttons)


def test_a_tokenizer_without_our_tokens_spells_them(tmp_path: Path) -> None:
    model = mind(tiny_models.paligemma(tmp_path / "plain", own_tokens=False), max_tokens=800)
    thought = model.think(SITUATION)
    check(thought)
    assert thought.tokens[1] > 60


@pytest.mark.parametrize("numbers", ["bf16", "int8", "nf4"])
def test_weights_of_fewer_bits_say_valid_thoughts(tiny: Path, numbers: str) -> None:
    model = mind(tiny, numbers=numbers)
    check(model.think(SITUATION))
    assert model.name == f"tiny {numbers}"


def test_attention_computed_otherwise_says_the_same(tiny: Path) -> None:
    assert mind(tiny, attention="eager").think(SITUATION).wanted() == mind(tiny).think(SITUATION).wanted()


@pytest.mark.skipif(bool(importlib.util.find_spec("flash_attn")), reason="flash-attn is installed")
def test_flash_attention_without_its_package_is_refused(tiny: Path) -> None:
    with pytest.raises(UsageError, match=r"tiny': cannot be loaded: .*[Ff]lash"):
        mind(tiny, attention="flash_attention_2")


@COMPILER
@pytest.mark.skipif(not shutil.which("g++"), reason="PyTorch compiles with a C++ compiler, and there is no g++")
def test_a_compiled_model_says_the_same_and_compiles_once(tiny: Path) -> None:
    plain, compiled = mind(tiny), mind(tiny, compiled=True)
    graphs = counters["stats"]["unique_graphs"]
    assert graphs > 0
    for told in ((), ("the key lies in the cave",), ("a house", "a long way to go to the next town", "a door")):
        situation = replace(SITUATION, memories=told)
        assert compiled.think(situation).wanted() == plain.think(situation).wanted()
    assert counters["stats"]["unique_graphs"] == graphs


@pytest.mark.parametrize("options", [{"numbers": "int8"}, {"numbers": "nf4"}, {"adapter": "some"}])
def test_what_cannot_be_compiled_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="compiled: allowed are the numbers fp32 and bf16, without adapters or with"):
        PaliGemma(model="some", compiled=True, **options)


@ADAPTERS
@pytest.mark.parametrize("numbers", ["fp32", "nf4"])
def test_an_adapter_changes_what_is_said(tiny: Path, adapter: Path, numbers: str) -> None:
    model = mind(tiny, adapter=str(adapter), numbers=numbers)
    thought = model.think(SITUATION)
    check(thought)
    assert model.name == f"tiny {numbers} + brave"
    assert thought.wanted() != mind(tiny, numbers=numbers).think(SITUATION).wanted()


@ADAPTERS
def test_adapters_add_up_and_may_become_part_of_the_weights(tiny: Path, adapter: Path, tmp_path: Path) -> None:
    calm = tiny_models.lora(tiny, tmp_path / "calm", seed=2)
    both = mind(tiny, adapter=(str(adapter), str(calm)))
    said = both._loaded().say("<image>go on", np.zeros((28, 28, 3), np.uint8), None, max_tokens=8, limit_s=LONG_S)
    assert both.name == "tiny fp32 + brave + calm"
    alone = mind(tiny, adapter=str(adapter))._loaded()
    assert alone.say("<image>go on", np.zeros((28, 28, 3), np.uint8), None, max_tokens=8, limit_s=LONG_S) != said
    merged = mind(tiny, adapter=(str(adapter), str(calm)), merge=True)
    again = merged._loaded().say("<image>go on", np.zeros((28, 28, 3), np.uint8), None, max_tokens=8, limit_s=LONG_S)
    assert again.text == said.text
    assert again.probabilities == pytest.approx(said.probabilities, rel=1e-3)
    assert not hasattr(merged._loaded()._model, "peft_config")
    with pytest.raises(UsageError, match="merge with numbers 'nf4': allowed are fp32 and bf16"):
        PaliGemma(model=str(tiny), adapter=str(adapter), merge=True, numbers="nf4")


def test_without_the_grammar_a_random_model_says_rubbish_which_is_refused(tiny: Path) -> None:
    with pytest.raises(MindError) as failed:
        mind(tiny, free=True, max_tokens=12).think(SITUATION)
    assert failed.value.kind in ("invalid", "truncated")
    assert failed.value.text


def test_what_is_broken_off_is_truncated(tiny: Path) -> None:
    with pytest.raises(MindError) as failed:
        mind(tiny, max_tokens=4).think(SITUATION)
    assert failed.value.kind == "truncated"
    late = PaliGemma(model=str(tiny), limit_s=1e-6, device="cpu", numbers="fp32")
    with pytest.raises(MindError, match="truncated"):
        late.think(SITUATION)


def test_before_the_first_frame_it_has_nothing_to_think_of(tiny: Path) -> None:
    with pytest.raises(MindError, match="no frame was seen yet"):
        mind(tiny).think(replace(SITUATION, frames=()))


def test_a_model_whose_scores_are_no_numbers_is_found_out(tiny: Path) -> None:
    model = mind(tiny)
    with torch.no_grad():
        for parameter in model._loaded()._model.parameters():
            parameter.fill_(float("nan"))
    with pytest.raises(MindError, match="scores that are no numbers"):
        model.think(SITUATION)


def test_a_folder_without_a_model_is_refused(tmp_path: Path, tiny: Path) -> None:
    for model, adapter in ((tmp_path / "none", ""), (tiny, "./none")):
        with pytest.raises(UsageError, match="none': there is no such folder"):
            PaliGemma(model=str(model), adapter=adapter)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="cannot be loaded"):
        mind(tmp_path / "empty")
    with pytest.raises(UsageError, match="adapter"):
        mind(tiny, adapter=str(tmp_path / "empty"))


def test_an_engine_for_structured_outputs_takes_our_schema_and_lets_thoughts_pass(tiny: Path) -> None:
    tokenizer: Any = tiny_models.tokenizer(own_tokens=False)
    words = llguidance.hf.from_tokenizer(tokenizer)
    grammar = llguidance.LLMatcher.grammar_from_json_schema(schema())
    assert llguidance.LLMatcher.validate_grammar(grammar, words) == ""
    thought = Thought(strategy="goto", cell=(1, 2), press=("A",), tool_calls=(Call("planning", {"x": 1, "y": "a"}),))
    fields = {name: value for name, value in msgspec.to_builtins(thought).items() if name not in ("model", "tokens")}
    good, bad = msgspec.json.encode(fields).decode(), '{"strategy":"dance"}'
    for text, passes in ((good, True), (bad, False)):
        tokens = tokenizer(text, add_special_tokens=False).input_ids
        accepted = llguidance.LLMatcher(words, grammar).validate_tokens(tokens)
        assert (accepted == len(tokens)) is passes


def test_in_a_session_an_unsure_model_gives_way_to_the_rules(tiny: Path, tmp_path: Path) -> None:
    options = {"model": str(tiny), "numbers": "fp32", "device": "cpu", "limit_s": LONG_S}
    walker = f"{Walker.__module__}:{Walker.__name__}"
    actor = Strategist(mind="paligemma", options=options, fallback=walker, exploration_rate=0.0, limit_s=LONG_S)
    stage = Stage(tmp_path, "lockstep", frames=67, wait_for=("strategist",))
    stage.play(ActorLoop(actor, stage.bus, LoopOptions("strategist", SESSION, actor.rate)).run)
    ended = [event.facts for event in stage.of("event") if event.name == "think.ended"]
    assert [facts["failure"] for facts in ended] == ["", ""]
    assert all(int(str(facts["tokens.answer"])) > 10 for facts in ended)
    assert {plan.model for plan in stage.of("plan")} == {""}
    assert actor.measures()["unsure.rules"] == 2
