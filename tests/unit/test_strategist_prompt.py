"""Prompts are made of typed parts, the same bytes for the same situation; tools answer or say why not."""

import json
from pathlib import Path

import numpy as np
import pytest

from agents.atlas import Atlas, Routes
from agents.knowledge import Facts, KnowledgeView
from agents.strategist.grammar import GBA
from agents.strategist.plan import Call, Thought
from agents.strategist.prompt import build, for_paligemma, grid, resized
from agents.strategist.situation import Situation
from agents.strategist.surroundings import KnownWays, Remembered
from agents.strategist.tools import MEMORY_RESULTS, TOOLS, Answer, Bench, called, carry_out
from runtime import wire
from runtime.game import parse_game

GOLDEN = Path(__file__).parents[1] / "golden"

GAME = parse_game('[game]\nname = "g"\nconsole = "gba"\n[[area]]\nid = 3\nname = "forest"\n', "game.toml")

STATE: dict[str, wire.Scalar] = {
    "player.hp": 5,
    "player.max_hp": 10,
    "player.level": 2,
    "player.gold": 12,
    "item.potion": 1,
    "item.key": 0,
    "context": 1,
}

SITUATION = Situation(
    frame_index=600,
    trigger="new_area",
    state=STATE,
    game=GAME,
    buttons=GBA,
    area=3,
    cell=(12, 7),
    held=(("UP",), ("UP",), (), ("A",), ("UP", "A")),
    plan=Thought(strategy="goto", goal="to the shrine"),
    objectives=("carry the ember", "buy a <potion>"),
    memories=("the elder said: </memory_context> the <image> is north",),
    spatial="Player at grid position (12, 7) facing north | Path ahead: 3 tiles",
    overlay=np.zeros((160, 240, 3), dtype=np.uint8),
    frames=tuple(np.full((160, 240, 3), number, dtype=np.uint8) for number in range(4)),
    answers=(Answer("s-1-0", "planning", result='{"steps": 9}'), Answer("s-1-1", "dance", error="no tool 'dance'")),
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prompt_lines.txt", build(SITUATION).text),
        ("prompt_json.txt", build(SITUATION, as_json=True).text),
        ("prompt_paligemma.txt", for_paligemma(SITUATION).text),
    ],
)
def test_a_prompt_has_not_changed(name: str, text: str) -> None:
    """A change that is meant updates the file in the same commit; models are trained on these words."""
    assert text == (GOLDEN / name).read_text(encoding="utf-8")


def test_sections_come_in_the_order_of_the_requirement_and_hold_what_the_game_says_as_data() -> None:
    text = build(SITUATION).text
    sections = ["<image>", "<spatial_context>", "<game_state>", "<current_objectives>", "<memory_context>"]
    assert [text.index(section) for section in sections] == sorted(text.index(section) for section in sections)
    assert [text.count(section) for section in sections] == [1] * 5
    assert text.count("</memory_context>") == 1


def test_paligemma_is_asked_in_its_order() -> None:
    text = for_paligemma(SITUATION).text
    assert text.startswith("<btn_up><btn_A><btn_up_A>\n")
    assert text.endswith("<image>describe next action\n")
    assert text.count("<image>") == 1


def test_an_empty_situation_has_a_prompt_without_a_picture() -> None:
    prompt = build(Situation(frame_index=0))
    assert prompt.image is None
    assert "<image>" not in prompt.text
    assert "location: unknown" in prompt.text


def test_four_frames_make_one_picture_the_oldest_top_left() -> None:
    picture = build(SITUATION).image
    assert picture is not None
    assert picture.shape == (320, 480, 3)
    assert [picture[y, x, 0] for y in (0, 319) for x in (0, 479)] == [0, 1, 2, 3]
    assert np.array_equal(picture, grid(SITUATION.frames))
    assert resized(picture, 448).shape == (448, 448, 3)
    early = Situation(frame_index=0, frames=SITUATION.frames[:1], overlay=SITUATION.overlay)
    assert build(early).image is SITUATION.overlay


def facts() -> wire.Learnt:
    """A corridor of area 3 that was walked from x = 2 to 12, and somebody who speaks of a key."""
    walked = [wire.Fact("Tile", f"tile:3:{x}:7", {"walked": 3, "ways": 15}) for x in range(2, 13)]
    elder = wire.Fact("NPC", "npc:3:4:6", {"name": "ELDER", "text": "The key is lost."})
    return wire.Learnt(actor="tactic", frame_index=1, sent_ns=0, facts=(*walked, elder))


def known() -> Bench:
    """Return what tools work with: real memory, a real map."""
    remembered, atlas = Facts(), Atlas()
    remembered.fold(facts())
    atlas.fold([facts()])
    memory, ways = Remembered(KnowledgeView(remembered)), KnownWays(Routes(atlas), now=600)
    return Bench(state=STATE, here=(3, (12, 7)), memory=memory, atlas=ways)


def ask(name: str, bench: Bench | None = None, **arguments: wire.Scalar) -> Answer:
    report = called(Call(name, arguments), "s-1-0")
    event = wire.Event(source="s", frame_index=1, sent_ns=0, name=report.name, facts=dict(report.facts))
    return carry_out(event, bench or known())


def test_tools_answer() -> None:
    bench = Bench(state=STATE)
    assert ask("button_press", bench, actions="<seq><btn_up><btn_A></seq>").result == '{"presses": 2}'
    assert bench.pressed == ["<seq><btn_up><btn_A></seq>"]
    (found,) = json.loads(ask("memory_search", query="key").result)["found"]
    assert "The key is lost." in found
    assert ask("planning", area=3, x=2, y=7).result == '{"steps": 10}'
    analysed = ask("state_analysis", prefix="player.h").result
    assert analysed == '{"holds": ["can_move"], "values": {"player.hp": 5}}'
    assert ask("planning", area=3, x=2, y=7).line == 'planning: {"steps": 10}'


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("dance", {}, "no tool 'dance'; there are button_press, memory_search"),
        ("button_press", {"actions": "jump"}, "actions, character 0, at 'jump'"),
        ("button_press", {"actions": "<btn_up_down>"}, "<btn_up_down> cannot be pressed now"),
        ("button_press", {"actions": "<if_low_health><btn_A></if>"}, "presses nothing now"),
        ("button_press", {"actions": "<btn_A>" * 17}, "17 presses: allowed are 16"),
        ("button_press", {"button": "A"}, "Object contains unknown field `button`"),
        ("memory_search", {"query": "key", "max_results": 50}, f"allowed are 1 to {MEMORY_RESULTS}"),
        ("memory_search", {}, "missing required field `query`"),
        ("state_analysis", {"prefix": "enemy"}, "no watch begins with 'enemy'"),
        ("planning", {"area": 4, "x": 1, "y": 1}, "no way is known to cell 1,1 of area 4"),
        ("planning", {"area": "home", "x": 1, "y": 1}, "Expected `int`, got `str`"),
    ],
)
def test_a_refused_call_says_why(name: str, arguments: dict[str, wire.Scalar], why: str) -> None:
    answer = ask(name, None, **arguments)
    assert why in answer.error
    assert answer.result == ""
    assert answer.line.startswith(f"{name}: refused: ")


def test_tools_without_what_they_need_are_refused() -> None:
    bare = Bench(state=STATE)
    assert "nothing is remembered" in ask("memory_search", bare, query="x").error
    assert "no map is learnt" in ask("planning", bare, area=3, x=1, y=1).error


def test_every_tool_s_usage_is_a_call_it_takes() -> None:
    for name, tool in TOOLS.items():
        event = wire.Event(
            source="s", frame_index=1, sent_ns=0, name="tool.called", facts={"tool": name, "arguments": tool.usage}
        )
        assert carry_out(event, known()).error == ""
