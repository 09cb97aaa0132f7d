"""The action grammar: what parses, what is refused and where, and what is left to press."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.strategist.conditions import CONDITIONS
from agents.strategist.decode import decode_output
from agents.strategist.grammar import (
    DEEPEST,
    GBA,
    LONGEST,
    GrammarError,
    Item,
    Steps,
    When,
    button_tokens,
    parse,
    press,
    resolve,
    unparse,
)
from agents.strategist.lark import combos
from agents.strategist.masking import BY_CONTEXT, allowed, masked, why_invalid
from runtime.console import CONSOLES
from runtime.expressions import condition

HURT, WELL = {"player.hp": 2, "player.max_hp": 10}, {"player.hp": 10, "player.max_hp": 10}

a_press = st.sets(st.sampled_from(GBA), min_size=1, max_size=5).map(lambda buttons: press(*buttons))
a_condition = st.sampled_from([*CONDITIONS, *(f"not_{name}" for name in CONDITIONS)])


def _longer(inner: st.SearchStrategy[Item]) -> st.SearchStrategy[Item]:
    items = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.builds(Steps, items) | st.builds(When, a_condition, items)


items_of_any_shape = st.lists(st.recursive(a_press, _longer, max_leaves=12), max_size=4).map(tuple)


@given(items_of_any_shape)
def test_what_is_written_reads_the_same(items: tuple[Item, ...]) -> None:
    assert parse(unparse(items)) == items


@given(items_of_any_shape)
def test_case_and_white_space_mean_nothing(items: tuple[Item, ...]) -> None:
    spaced = unparse(items).upper().replace("><", "> \n\t<")
    assert parse(spaced) == items


@given(st.text(alphabet="<>/abtnseqif_ \nA☃", max_size=60))
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    refused: GrammarError | None = None
    try:
        assert parse(unparse(parse(text))) == parse(text)
    except GrammarError as error:
        refused = error
    if refused:
        assert 0 <= refused.position <= len(text)
        assert refused.text == text[refused.position : refused.position + 24]


@given(items_of_any_shape, st.integers(0, 10))
def test_what_is_played_is_valid_and_counts_in_the_context(items: tuple[Item, ...], context: int) -> None:
    state = {"context": context, **HURT}
    decoded = decode_output(unparse(items), state)
    assert 0 <= decoded.confidence <= 1
    for combo in decoded.presses:
        assert combo
        assert not why_invalid(combo)
        assert set(combo) <= BY_CONTEXT.get(context, frozenset(GBA))


def test_tokens_are_those_of_the_requirement_and_of_the_console() -> None:
    c15_1 = "<btn_A> <btn_B> <btn_L> <btn_R> <btn_up> <btn_down> <btn_left> <btn_right> <btn_start> <btn_select>"
    assert set(button_tokens()) == set(c15_1.split())
    assert "<btn_L>" not in button_tokens(CONSOLES["gb"].buttons)
    assert unparse([press("A", "B")]) == "<btn_A_B>"
    assert unparse([press("A", "LEFT")]) == "<btn_left_A>"


def test_sequences_and_conditions_nest() -> None:
    text = "<seq><btn_up><if_low_health><btn_B><if_not_battle_mode><btn_start></if></if></seq><btn_left_A>"
    assert resolve(parse(text), HURT) == (("UP",), ("B",), ("START",), ("LEFT", "A"))
    assert resolve(parse(text), {**HURT, "context": 3}) == (("UP",), ("B",), ("LEFT", "A"))
    assert resolve(parse(text), WELL) == (("UP",), ("LEFT", "A"))
    assert parse("  ") == ()


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("<btn_A> jump", 8, "a token <…> should stand here"),
        ("<btn_A><jump>", 7, "unknown token <jump>; there are <btn_…>, <seq> and <if_…>"),
        ("<btn_Z>", 0, "no button 'z'; there are A, B,"),
        ("<btn_>", 0, "no button ''"),
        ("<btn_A_up_A>", 0, "A twice in one token"),
        ("<seq><btn_A>", 0, "<seq…> is never closed by </seq>"),
        ("<seq><btn_A></if>", 12, "</if> where </seq> should close what began at 0"),
        ("<btn_A></seq>", 7, "</seq> closes nothing"),
        ("<btn_B><seq></seq>", 7, "nothing between <seq…> and </seq>"),
        ("<if_rich><btn_A></if>", 0, "no condition 'rich'; there are low_health,"),
        ("<if_not_><btn_A></if>", 0, "no condition 'not_'"),
        ("<btn_A", 0, "a token <…> should stand here"),
        ("<btn_A>" * (LONGEST // 7 + 1), LONGEST, f"longer than {LONGEST} characters"),
        ("<seq>" * (DEEPEST + 1), 5 * DEEPEST, f"nested deeper than {DEEPEST}"),
    ],
)
def test_what_is_none_of_the_grammar_is_refused_at_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(GrammarError) as refused:
        parse(text)
    assert refused.value.position == position
    assert refused.value.problem.startswith(says)
    assert f"character {position}" in str(refused.value)


def test_buttons_are_those_of_the_console() -> None:
    with pytest.raises(GrammarError, match="no button 'l'"):
        parse("<btn_L>", CONSOLES["gb"].buttons)


def test_every_condition_can_be_read_and_is_false_without_its_watches() -> None:
    for name, expression in CONDITIONS.items():
        condition(expression)
        assert resolve(parse(f"<if_{name}><btn_A></if>"), {}) == ()
        assert resolve(parse(f"<if_not_{name}><btn_A></if>"), {}) == (("A",),)


def test_opposite_directions_and_the_reset_combo_are_masked_and_then_nothing_is_sure() -> None:
    decoded = decode_output("<btn_A><btn_left_right>", {})
    assert decoded.presses == (("A",),)
    assert decoded.confidence == 0.0
    assert why_invalid(("A", "B", "START", "SELECT", "UP")) == "resets the game"
    assert masked(press("UP", "DOWN"), {}).buttons == ()


def test_what_does_not_count_in_the_context_is_masked() -> None:
    talking = {"context": 2}
    assert allowed(talking) == {"UP", "DOWN", "LEFT", "RIGHT", "A", "B"}
    assert masked(press("START", "A"), talking).buttons == ("A",)
    assert decode_output("<btn_start>", talking) == (dict.fromkeys(GBA, 0), 0.0, "<btn_start>", ())
    assert allowed({"context": 8}) == frozenset()
    assert allowed({}) == allowed({"context": 1}) == set(GBA)


def test_decoding_gives_buttons_the_least_confidence_and_the_text() -> None:
    sure = {0: 0.9, 10: 0.4}
    decoded = decode_output("<btn_up_A><btn_B>", {}, confidence_of=lambda start, end: sure[start])
    assert {button for button, held in decoded.buttons.items() if held} == {"UP", "A"}
    assert set(decoded.buttons) == set(GBA)
    assert decoded.confidence == 0.4
    assert decoded.raw == "<btn_up_A><btn_B>"
    assert decode_output("", {}).confidence == 0.0


def test_combos_for_a_model_are_valid_and_each_there_once() -> None:
    there = combos()
    assert len(set(map(frozenset, there))) == len(there) == 10 + 45 - 2
    assert ("LEFT", "A") in there
    assert not any(why_invalid(combo) for combo in there)
