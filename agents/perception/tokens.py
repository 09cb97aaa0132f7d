"""The vocabulary of requirement C6 as tokens, and those of them that hold now."""

from collections.abc import Mapping

from agents.perception.guidance import COMPASS, Guidance
from agents.perception.kinds import TileType
from agents.perception.sight import Cell, Sight
from agents.perception.surroundings import Surroundings, in_sight, survey
from agents.perception.tiles import TILE
from runtime.wire import Scalar

#: C6.2: the 8x8 tiles of a GBA's screen.
GRID_COLUMNS, GRID_ROWS = 30, 20
GRID_TOKENS = tuple(f"grid_{x}_{y}" for y in range(GRID_ROWS) for x in range(GRID_COLUMNS))

#: C6.3.
TYPE_TOKENS = tuple(kind.token for kind in TileType if kind)

#: C6.4.
NAVIGATION_TOKENS = (
    *(f"path_{way}" for way in ("north", "south", "east", "west")),
    *(f"blocked_{way}" for way in ("north", "south", "east", "west")),
    *("area_transition", "dead_end", "open_space", "corridor"),
)

#: C6.5.
CONTEXT_TOKENS = (
    *("low_health", "full_health", "inventory_full", "quest_active"),
    *("battle_mode", "menu_open", "dialogue_active", "cutscene_active"),
)

TOKENS = (*GRID_TOKENS, *TYPE_TOKENS, *NAVIGATION_TOKENS, *CONTEXT_TOKENS)

_PLACES = {token: place for place, token in enumerate(TOKENS)}

#: Health is low from this share down. No requirement says how low; Emberwood's first description called 3 of 10 urgent.
_LOW = 0.3

#: The watch `context` (runtime.vocabulary): which values make which token.
_CONTEXTS = {
    3: "battle_mode",
    4: "menu_open",
    5: "menu_open",
    6: "menu_open",
    2: "dialogue_active",
    7: "cutscene_active",
}


def tokens_now(
    sight: Sight,
    state: Mapping[str, Scalar],
    guidance: Guidance | None = None,
    *,
    around: Surroundings | None = None,
) -> tuple[str, ...]:
    """Return the tokens that hold, in the order of TOKENS; `around` is the survey, where that was made already."""
    wanted = guidance or Guidance()
    held = {*_grid(sight, wanted), *_context(sight, state, wanted)}
    if sight.is_map:
        held |= {kind.token for kind in in_sight(sight)}
    around = around or survey(sight)
    if around is not None:
        held |= _navigation(sight, around, wanted)
    return tuple(sorted(held, key=_PLACES.__getitem__))


def grid_token(sight: Sight, cell: Cell) -> str:
    """Return the token of the screen's tile at a cell's corner; empty when it is not on a screen of 30x20 tiles."""
    x = (sight.offset[0] + (cell[0] - sight.x0) * 2 * TILE) // TILE
    y = (sight.offset[1] + (cell[1] - sight.y0) * 2 * TILE) // TILE
    return f"grid_{x}_{y}" if 0 <= x < GRID_COLUMNS and 0 <= y < GRID_ROWS else ""


def _grid(sight: Sight, wanted: Guidance) -> set[str]:
    if not sight.is_map:
        return set()
    return {grid_token(sight, cell) for cell in (sight.player, wanted.target) if cell is not None} - {""}


def _navigation(sight: Sight, around: Surroundings, wanted: Guidance) -> set[str]:
    free, blocked = set(around.free), set(around.blocked)
    held = {f"path_{COMPASS[way]}" for way in free} | {f"blocked_{COMPASS[way]}" for way in blocked}
    beside = {sight.player, *((thing.cell) for thing in around.things if thing.name == "door"), *wanted.doors}
    x, y = sight.player or (0, 0)
    if any(cell is not None and abs(cell[0] - x) + abs(cell[1] - y) <= 1 for cell in beside - {sight.player}):
        held.add("area_transition")
    if len(blocked) == 3 and len(free) == 1:
        held.add("dead_end")
    if around.walkable == 8:
        held.add("open_space")
    for along, across in (({"up", "down"}, {"left", "right"}), ({"left", "right"}, {"up", "down"})):
        if along <= free and across <= blocked:
            held.add("corridor")
    return held


def _context(sight: Sight, state: Mapping[str, Scalar], wanted: Guidance) -> set[str]:
    held = set()
    health, most = int(state.get("player.hp", 0)), int(state.get("player.max_hp", 0))
    if most:
        held |= {"low_health"} if health <= _LOW * most else {"full_health"} if health == most else set()
    room = int(state.get("inventory.size", 0))
    if room and int(state.get("inventory.count", 0)) >= room:
        held.add("inventory_full")
    if wanted.quest:
        held.add("quest_active")
    if "context" in state:
        held |= {_CONTEXTS[int(state["context"])]} if int(state["context"]) in _CONTEXTS else set()
    elif sight.view == "talk":
        held.add("dialogue_active")
    return held
