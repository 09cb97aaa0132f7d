"""What a model says becomes a thought, or an error that says what was wrong with it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.strategist.grammar import token
from agents.strategist.lark import combos
from agents.strategist.parse import ThoughtError, as_text, parse_thought
from agents.strategist.plan import STRATEGIES, Call, Thought, schema
from runtime import wire
from runtime.wire import Waypoint

LINES = """Let me think about this.

STRATEGY: goto
TARGET: 3 12,7 A
ACTIONS: <seq><btn_up><btn_A></seq>
FALLBACK: <btn_B>
CONFIDENCE: 0.8
REASON: the elder stands north of here
TOOL: memory_search {"query": "key"}
TOOL: state_analysis
REMEMBER: the cave is dark
REMEMBER: potions cost 5
"""

THOUGHT = Thought(
    strategy="goto",
    area=3,
    cell=(12, 7),
    press=("A",),
    actions="<seq><btn_up><btn_A></seq>",
    fallback="<btn_B>",
    confidence=0.8,
    reason="the elder stands north of here",
    tool_calls=(Call("memory_search", {"query": "key"}), Call("state_analysis")),
    remember=("the cave is dark", "potions cost 5"),
)

thoughts = st.builds(
    Thought,
    strategy=st.sampled_from(STRATEGIES),
    area=st.integers(0, 200),
    cell=st.tuples(st.integers(0, 200), st.integers(0, 200)) | st.none(),
    actions=st.lists(st.sampled_from([token(combo) for combo in combos()]), max_size=5).map("".join),
    fallback=st.sampled_from(["", "<btn_B>", "<seq><btn_up><btn_A></seq>"]),
    confidence=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    tool_calls=st.lists(
        st.builds(Call, st.sampled_from(["planning", "x"]), st.just({"a": 1, "b": "c"})), max_size=2
    ).map(tuple),
)


def test_lines_are_read_and_what_is_said_before_them_is_passed_over() -> None:
    assert parse_thought(LINES) == THOUGHT


def test_json_and_fences_are_read() -> None:
    body = {
        "strategy": "goto",
        "area": 3,
        "cell": [12, 7],
        "press": ["A"],
        "actions": "<seq><btn_up><btn_A></seq>",
        "fallback": "<btn_B>",
        "confidence": 0.8,
        "reason": "the elder stands north of here",
        "tool_calls": [{"name": "memory_search", "arguments": {"query": "key"}}, {"name": "state_analysis"}],
        "remember": ["the cave is dark", "potions cost 5"],
    }
    assert parse_thought(json.dumps(body)) == THOUGHT
    assert parse_thought(f"```json\n{json.dumps(body, indent=2)}\n```") == THOUGHT
    assert parse_thought(f"```\n{LINES}```") == THOUGHT


def test_markdown_keys_small_letters_and_wrapped_actions_are_read() -> None:
    said = "**Strategy:** explore\n**Actions:** <seq><btn_up>\n<btn_up></seq>\n## FALLBACK : none"
    assert parse_thought(said) == Thought(strategy="explore", actions="<seq><btn_up><btn_up></seq>")


@given(thoughts)
def test_what_is_written_as_lines_reads_the_same(thought: Thought) -> None:
    assert parse_thought(as_text(thought)) == thought


@pytest.mark.parametrize(
    ("said", "field", "says"),
    [
        ("", "", "nothing was said"),
        ("I would go north.", "STRATEGY", "no line STRATEGY: …"),
        ("STRATEGY: goto", "ACTIONS", "no line ACTIONS: …"),
        ("STRATEGY: dance\nACTIONS: none", "STRATEGY", "'dance' is none; there are explore, goto"),
        ("STRATEGY: goto\nSTRATEGY: wait\nACTIONS: none", "STRATEGY", "said twice"),
        ("STRATEGY: goto\nACTIONS: go up", "actions", "actions, character 0, at 'go up'"),
        ("STRATEGY: goto\nACTIONS: <btn_A>\nFALLBACK: <btn_Z>", "fallback", "actions, character 0, at '<btn_Z>'"),
        ("STRATEGY: goto\nACTIONS: none\nTARGET: home", "press", "no button HOME; there are A, B"),
        ("STRATEGY: goto\nACTIONS: none\nTARGET: 3 4 5 6", "TARGET", "'3 4 5 6': it looks like"),
        ("STRATEGY: goto\nACTIONS: none\nCONFIDENCE: high", "CONFIDENCE", "'high' is no number"),
        ("STRATEGY: goto\nACTIONS: none\nCONFIDENCE: 7", "CONFIDENCE", "7: allowed are 0 to 1"),
        ("STRATEGY: goto\nACTIONS: none\nCONFIDENCE: nan", "CONFIDENCE", "nan: allowed are 0 to 1"),
        ("STRATEGY: goto\nACTIONS: none\nTOOL: planning {", "TOOL", "'planning {': it looks like"),
        ('STRATEGY: goto\nACTIONS: none\nTOOL: planning {"x": [1]}', "TOOL", "it looks like"),
        ("STRATEGY: goto\nACTIONS: none\nREMEMBER:", "REMEMBER", "Expected `str` of length >= 1"),
        ('{"strategy": "goto", "actions": ', "", "no JSON"),
        ('{"strategy": "dance"}', "strategy", "Invalid enum value 'dance'"),
        ('{"actions": ""}', "", "Object missing required field `strategy`"),
        ('{"strategy": "goto", "mood": 1}', "", "Object contains unknown field `mood`"),
        ('{"strategy": "goto", "confidence": 2}', "confidence", "Expected `float` <= 1.0"),
        ('{"strategy": "goto", "cell": [1]}', "cell", "Expected `array` of length 2"),
        ('{"strategy": "goto", "actions": "<seq>"}', "actions", "actions, character 0"),
    ],
)
def test_rubbish_is_refused_with_what_was_wrong(said: str, field: str, says: str) -> None:
    with pytest.raises(ThoughtError) as refused:
        parse_thought(said)
    assert refused.value.field == field
    assert says in refused.value.problem
    assert refused.value.text == said


@given(st.text(max_size=200) | st.text(alphabet='STRATEGY: {}"<>\nbtn_A', max_size=80))
def test_no_text_raises_anything_else(said: str) -> None:
    try:
        thought = parse_thought(said)
    except ThoughtError:
        return
    assert thought.strategy in STRATEGIES


def test_a_thought_becomes_a_plan_on_the_wire() -> None:
    intent = THOUGHT.intend()
    assert (intent.goal, intent.area, intent.waypoints) == ("goto", 3, (Waypoint(12, 7, ("A",)),))
    assert (intent.strategy, intent.actions, intent.fallback) == (THOUGHT.strategy, THOUGHT.actions, THOUGHT.fallback)
    assert intent.tool_calls[0] == wire.ToolCall("memory_search", {"query": "key"})
    assert Thought(strategy="explore").intend().waypoints == ()


def test_thoughts_are_the_same_when_they_want_the_same() -> None:
    assert THOUGHT.same(Thought(**{**_fields(THOUGHT), "confidence": 0.1, "reason": "", "tokens": (5, 5)}))
    assert not THOUGHT.same(Thought(**{**_fields(THOUGHT), "cell": (1, 1)}))
    assert not THOUGHT.same(None)


def test_the_schema_lists_what_a_model_may_say() -> None:
    asked = schema()
    assert set(asked["properties"]) == {
        *("strategy", "goal", "area", "cell", "press", "actions", "fallback"),
        *("confidence", "reason", "tool_calls", "remember", "valid_frames"),
    }
    assert asked["additionalProperties"] is False
    assert asked["required"] == ["strategy"]
    assert asked["properties"]["strategy"]["enum"] == list(STRATEGIES)
    assert json.dumps(asked)


def _fields(thought: Thought) -> dict[str, object]:
    return {name: getattr(thought, name) for name in thought.__struct_fields__}
