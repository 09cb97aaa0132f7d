"""The grid in words, as tokens, and as a picture."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.perception import Sight, TileType
from agents.perception.context_text import encode_game_context
from agents.perception.description import describe_sight
from agents.perception.guidance import Guidance, compass_to
from agents.perception.overlay import Overlay
from agents.perception.sight import Cell
from agents.perception.tokens import CONTEXT_TOKENS, GRID_TOKENS, NAVIGATION_TOKENS, TOKENS, TYPE_TOKENS, tokens_now
from runtime.pixels import Rgb

#: w walkable, # wall, ~ water, N npc, D door, I item, C chest, ? unknown. The player stands at (13, 6), in the middle.
GRID = (
    "###wwwww###~~~~",
    "#?wwwwwwww#~~~~",
    "#?wwwDwwww#wwww",
    "#?wwwwwwwwwwwww",
    "#?wwwwN#wwwwIww",
    "#?wwwww#wwwwwCw",
    "#??????????????",
    "#??????????????",
    "#??????????????",
    "###############",
)
_TYPES = {
    **{"w": TileType.WALKABLE_PATH, "#": TileType.OBSTACLE_WALL, "~": TileType.OBSTACLE_WATER},
    **{"N": TileType.INTERACTIVE_NPC, "D": TileType.INTERACTIVE_DOOR, "I": TileType.INTERACTIVE_ITEM},
    **{"C": TileType.INTERACTIVE_CHEST, "?": TileType.UNKNOWN},
}


def sight_of(
    rows: tuple[str, ...] = GRID, player: Cell | None = (8, 6), facing: str = "right", **others: object
) -> Sight:
    """Return a sight whose upper left cell is (3, 1); all is told surely."""
    types = np.array([[_TYPES[kind] for kind in row] for row in rows], np.uint8)
    words, flags = np.ones(types.shape, np.uint64), np.zeros(types.shape, np.bool_)
    sight = Sight(
        frame_index=60,
        view="map",
        area=2,
        x0=3,
        y0=1,
        offset=(0, 0),
        tiles=np.ones((types.shape[0] * 2, types.shape[1] * 2), np.uint64),
        now=words,
        looks=words,
        types=types,
        confidence=(types > 0).astype(np.float32),
        sources=np.where(types > 0, 2, 0).astype(np.uint8),
        visible=~flags,
        sprites=flags,
        hurts=flags,
        ledges=flags,
        player=player,
        facing=facing,
        player_px=((player[0] - 3) * 16, (player[1] - 1) * 16) if player else None,
    )
    return dataclasses.replace(sight, **others)  # type: ignore[arg-type]


def test_the_description_says_all_parts() -> None:
    guidance = Guidance(target=(20, 2), quest="find the key", doors={(8, 3): "house", (17, 9): ""}, area_name="forest")
    assert describe_sight(sight_of(), guidance) == (
        "Player at grid position (8, 6) facing east | Current area: forest | "
        "3x3 area: 4 walkable, 1 obstacles, 3 unknown | Path ahead: 1 tile | "
        "Nearby: npc at (9, 5), item at (15, 5), chest at (16, 6) | Doors: door at (8, 3) to house, door at (17, 9) | "
        "Target direction: east, 16 tiles | Current quest: find the key"
    )


@pytest.mark.parametrize(
    ("to", "way"),
    [
        *(((5, 0), "north"), ((5, 9), "south"), ((0, 5), "west"), ((9, 5), "east"), ((5, 5), "here")),
        *(((8, 2), "northeast"), ((2, 8), "southwest"), ((6, 1), "north"), ((9, 6), "east")),
    ],
)
def test_directions_are_of_eight(to: Cell, way: str) -> None:
    assert compass_to((5, 5), to) == way


def test_without_a_map_only_that_is_said() -> None:
    empty = sight_of(("w",), view="dark", player=None, facing="")
    assert describe_sight(empty, Guidance(quest="sleep")) == "The screen is dark | Current quest: sleep"
    assert tokens_now(empty, {}) == ()


def test_somebody_in_the_way_blocks_and_is_named() -> None:
    sprites = np.zeros((len(GRID), len(GRID[0])), np.bool_)
    sprites[4, 5] = True
    text = describe_sight(sight_of(sprites=sprites))
    assert "north (someone)" in text
    assert "someone at (8, 5)" in text


def test_the_vocabulary_has_the_628_tokens_of_the_requirement() -> None:
    assert (len(GRID_TOKENS), len(TYPE_TOKENS), len(NAVIGATION_TOKENS), len(CONTEXT_TOKENS)) == (600, 8, 12, 8)
    assert len(set(TOKENS)) == 628
    assert GRID_TOKENS[0] == "grid_0_0"
    assert GRID_TOKENS[-1] == "grid_29_19"


def test_the_tokens_that_hold_are_chosen() -> None:
    held = tokens_now(sight_of(), {"player.hp": 3, "player.max_hp": 10}, Guidance(target=(12, 3), quest="go"))
    assert {"grid_10_10", "grid_18_4", "low_health", "quest_active", "path_north", "path_east"} <= set(held)
    assert set(TYPE_TOKENS) - set(held) == {"walkable_grass"}
    assert list(held) == sorted(held, key=TOKENS.index)
    assert "full_health" in tokens_now(sight_of(), {"player.hp": 10, "player.max_hp": 10})
    assert "inventory_full" in tokens_now(sight_of(), {"inventory.count": 8, "inventory.size": 8})


@pytest.mark.parametrize(
    ("rows", "token"),
    [
        (("www", "www", "www"), "open_space"),
        (("#w#", "#w#", "#w#"), "corridor"),
        (("###", "www", "###"), "corridor"),
        (("#w#", "#w#", "###"), "dead_end"),
        (("###", "#wD", "###"), "area_transition"),
    ],
)
def test_the_shape_of_a_place_is_a_token(rows: tuple[str, ...], token: str) -> None:
    held = tokens_now(sight_of(rows, player=(4, 2)), {})
    assert token in held
    assert (
        not ({"open_space", "corridor", "dead_end", "area_transition"} - {token}) & set(held)
        or token == "area_transition"
    )


@pytest.mark.parametrize(
    ("context", "token"),
    [(2, "dialogue_active"), (3, "battle_mode"), (4, "menu_open"), (6, "menu_open"), (7, "cutscene_active"), (1, "")],
)
def test_the_context_is_a_token(context: int, token: str) -> None:
    held = set(tokens_now(sight_of(view="other"), {"context": context})) & set(CONTEXT_TOKENS)
    assert held == ({token} if token else set())


class LetterCounts:
    """A local encoder without weights: how often each letter occurs."""

    def encode(self, text: str) -> NDArray[np.float32]:
        return np.array([text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"], np.float32)


def test_the_context_text_joins_description_health_quest_and_tokens() -> None:
    state = {"player.hp": 7, "player.max_hp": 10}
    guidance = Guidance(quest="find the key", area_name="forest")
    embedding, text = encode_game_context(sight_of(), state, guidance, LetterCounts())
    assert text.startswith("Player at grid position (8, 6) facing east | Current area: forest | ")
    assert " | Health: 7/10 | Current quest: find the key | grid_10_10 | " in text
    assert text.count("find the key") == 1
    assert embedding is not None
    assert embedding.shape == (26,)
    assert encode_game_context(sight_of(), state, guidance)[0] is None


def part(picture: Rgb, overlay_cell: Cell, scale: int = 2) -> NDArray[np.float64]:
    """Return the mean colour of the middle of a cell of the drawn grid, column and row on the screen."""
    left, top = 16 + overlay_cell[0] * 16 * scale, 13 + overlay_cell[1] * 16 * scale
    middle = picture[top + 12 * scale : top + 15 * scale, left + 9 * scale : left + 15 * scale]
    mean: NDArray[np.float64] = middle.mean(axis=(0, 1))
    return mean


def test_the_overlay_tints_what_is_known_and_leaves_the_rest() -> None:
    grey = np.full((160, 240, 3), 100, np.uint8)
    picture = Overlay(240, 160).draw(grey, sight_of())
    red, green, blue = range(3)
    assert part(picture, (3, 1)).argmax() == green
    assert part(picture, (0, 3)).argmax() == red
    assert part(picture, (12, 0)).argmax() == red
    for cell in ((5, 2), (6, 4), (12, 4), (13, 5)):
        assert part(picture, cell).argmax() == blue
    assert part(picture, (5, 7)).tolist() == [100, 100, 100]


def test_a_guess_that_is_hardly_one_is_left_untouched() -> None:
    sight = sight_of(confidence=np.full((len(GRID), len(GRID[0])), 0.1, np.float32))
    picture = Overlay(240, 160).draw(np.full((160, 240, 3), 100, np.uint8), sight)
    assert part(picture, (3, 1)).tolist() == [100, 100, 100]


@pytest.mark.parametrize(("width", "height", "scale"), [(240, 160, 2), (240, 160, 3), (160, 144, 2), (240, 160, 1)])
def test_the_overlay_marks_player_and_goal_at_any_size(width: int, height: int, scale: int) -> None:
    rows = tuple(row[: width // 16] for row in GRID[: height // 16])
    overlay = Overlay(width, height, scale)
    frame = np.zeros((height, width, 3), np.uint8)
    inside = overlay.draw(frame, sight_of(rows), Guidance(target=(10, 3))).copy()
    outside = overlay.draw(frame, sight_of(rows), Guidance(target=(60, 3))).copy()
    assert inside.shape == (13 + height * scale + 26, 16 + width * scale, 3)
    yellow, magenta = (255, 232, 40), (255, 70, 220)
    body = slice(13, 13 + height * scale)
    for picture in (inside, outside):
        assert (picture[body] == yellow).all(axis=2).sum() > 20 * scale
        assert (picture[body] == magenta).all(axis=2).sum() > 20
    assert (inside[body, -16 * scale :] == magenta).all(axis=2).sum() == 0
    assert (outside[body, -20 * scale :] == magenta).all(axis=2).sum() > 20


def test_the_overlay_draws_the_way_doors_and_signs_and_forgets_them() -> None:
    overlay, frame = Overlay(240, 160), np.zeros((160, 240, 3), np.uint8)
    plain = overlay.draw(frame, sight_of()).copy()
    wanted = Guidance(path=((9, 6),), doors={(8, 3): "house"}, marks={(12, 4): "goal"}, quest="go", area_name="wood")
    signed = overlay.draw(frame, sight_of(), wanted).copy()
    assert not np.array_equal(plain, signed)
    assert np.array_equal(overlay.draw(frame, sight_of()), plain)


def test_a_picture_that_is_no_map_is_shown_as_it_is() -> None:
    frame = np.random.default_rng(0).integers(0, 255, (160, 240, 3), np.uint8)
    sight = sight_of(("w",), view="other", player=None)
    picture = Overlay(240, 160, 1).draw(frame, sight)
    assert np.array_equal(picture[13:173, 16:], frame)
