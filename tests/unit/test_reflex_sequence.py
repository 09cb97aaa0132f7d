"""Whatever a plan says to press is pressed exactly so, each press fresh, whatever frames its reader misses."""

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.reflex.sequence import Sequence, Tap, Unless, program
from agents.reflex.walking import TAP_FRAMES
from agents.strategist.conditions import CONDITIONS
from agents.strategist.grammar import GBA, Item, Press, Steps, When, parse, press, resolve

Combo = tuple[str, ...]

combos = st.lists(st.sampled_from(GBA), min_size=1, max_size=3, unique=True).map(lambda names: press(*names))


def grouped(inner: st.SearchStrategy[Item]) -> st.SearchStrategy[Item]:
    some = st.lists(inner, min_size=1, max_size=4).map(tuple)
    conditions = st.sampled_from(sorted(CONDITIONS)).flatmap(lambda name: st.sampled_from([name, f"not_{name}"]))
    return some.map(Steps) | st.builds(When, conditions, some)


items = st.lists(st.recursive(combos, grouped, max_leaves=12), max_size=6).map(tuple)
states = st.fixed_dictionaries(
    {"context": st.integers(0, 9), "player.hp": st.integers(0, 9), "player.max_hp": st.just(9)}
)


def played(steps: tuple[Item, ...], state: dict[str, int], gaps: list[int] | None = None) -> list[Combo]:
    """Return what is held on each call, to the end; `gaps` are the frames between calls, again and again."""
    sequence, frame_index, held = Sequence(program(steps)), 100, []
    gaps = gaps or [1]
    while not sequence.ended:
        held.append(sequence.buttons(frame_index, state))
        frame_index += gaps[len(held) % len(gaps)]
        assert len(held) < 10_000
    return held


@given(items, states)
def test_any_sequence_gives_exactly_its_presses_released_between(
    steps: tuple[Item, ...], state: dict[str, int]
) -> None:
    held = played(steps, state)
    runs = [(buttons, len(list(same))) for buttons, same in groupby(held)]
    assert [buttons for buttons, _ in runs if buttons] == list(resolve(steps, state))
    assert all(length >= TAP_FRAMES for _, length in runs[:-1])
    assert all(bool(one[0]) != bool(other[0]) for one, other in pairwise(runs))


@given(items, states, st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_missed_frames_lose_no_press(steps: tuple[Item, ...], state: dict[str, int], gaps: list[int]) -> None:
    runs = [buttons for buttons, _ in groupby(played(steps, state, gaps))]
    assert [buttons for buttons in runs if buttons] == list(resolve(steps, state))


def test_a_condition_is_asked_when_it_is_reached() -> None:
    sequence = Sequence(program(parse("<btn_A><if_battle_mode><btn_B></if><btn_start>")))
    held = [sequence.buttons(i, {"context": 1 if i < 4 else 3}) for i in range(40)]
    assert [buttons for buttons, _ in groupby(held) if buttons] == [("A",), ("B",), ("START",)]


def test_a_program_is_flat() -> None:
    steps = parse("<seq><btn_A><if_low_health><btn_B><if_can_move><btn_up></if></if></seq><btn_L_R>")
    assert program(steps) == (
        Tap(("A",)),
        Unless("low_health", 3),
        Tap(("B",)),
        Unless("can_move", 1),
        Tap(("UP",)),
        Tap(("L", "R")),
    )


def test_a_step_is_held_until_it_begins_and_awaited() -> None:
    sequence = Sequence(program(parse("<btn_right><btn_A>")))
    held = [sequence.buttons(i, {}, moving=6 <= i < 14) for i in range(30)]
    assert held == [("RIGHT",)] * 6 + [()] * 8 + [("A",)] * 4 + [()] * 12


@pytest.mark.parametrize("text", ["<btn_right><btn_A>", "<btn_right>"])
def test_a_wall_does_not_hold_a_sequence_up(text: str) -> None:
    sequence = Sequence(program(parse(text)))
    held = [sequence.buttons(i, {}) for i in range(40)]
    assert held[:8] == [("RIGHT",)] * 8
    assert sequence.ended
    assert sequence.presses == text.count("btn")


def test_it_says_where_it_is() -> None:
    sequence = Sequence(program((Press(("A",)), Press(("B",)))))
    places = []
    for i in range(20):
        sequence.buttons(i, {})
        places.append((sequence.presses, sequence.ended))
    assert places[0] == (1, False)
    assert places[8] == (2, False)
    assert places[16:] == [(2, True)] * 4
    assert sequence.frames == 19
