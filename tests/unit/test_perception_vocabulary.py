"""What looks mean: by their own tries, by those that resemble them, by another game's."""

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.perception import Outcome, Picture, TileType, TileVocabulary
from agents.perception.descriptors import SIZE, describe
from agents.perception.kind_facts import kind_key, looks_as_facts, take_facts, vocabulary_as_facts
from agents.perception.tiles import CELL
from runtime.wire import Fact
from tests.tile_world import MEADOW, TileWorld

KINDS = "#.:~*D"


def described(light: float = 1.0) -> dict[str, NDArray[np.float32]]:
    """Return the descriptor of each kind of cell."""
    rgb = TileWorld(width=480, height=320, light=light).frame((0, 0))
    places = [next((row.index(kind), y) for y, row in enumerate(MEADOW) if kind in row) for kind in KINDS]
    return dict(zip(KINDS, describe(Picture.of_rgb(rgb), np.array(places) * CELL), strict=True))


def learnt(*tries: tuple[str, Outcome], light: float = 1.0) -> TileVocabulary:
    """Return a vocabulary that met all kinds, as looks 1 to 6, and made these tries."""
    vocabulary, descriptors = TileVocabulary(), described(light)
    vocabulary.meet(range(1, 7), np.stack([descriptors[kind] for kind in KINDS]))
    for kind, outcome in tries:
        vocabulary.observe(look_of(kind), outcome)
    return vocabulary


def look_of(kind: str) -> int:
    return KINDS.index(kind) + 1


@pytest.mark.parametrize(
    ("kind", "outcomes", "expected"),
    [
        (".", "walked", TileType.WALKABLE_GRASS),
        (":", "walked", TileType.WALKABLE_PATH),
        ("#", "blocked", TileType.OBSTACLE_WALL),
        ("~", "blocked", TileType.OBSTACLE_WATER),
        ("#", "blocked spoke", TileType.INTERACTIVE_NPC),
        ("D", "walked door", TileType.INTERACTIVE_DOOR),
        ("*", "walked item", TileType.INTERACTIVE_ITEM),
        ("#", "blocked spoke item", TileType.INTERACTIVE_CHEST),
        (":", "walked walked walked walked walked door", TileType.WALKABLE_PATH),
        (":", "walked walked blocked", TileType.WALKABLE_PATH),
        ("#", "walked blocked blocked blocked blocked", TileType.OBSTACLE_WALL),
    ],
)
def test_a_look_is_what_came_of_trying_it(kind: str, outcomes: str, expected: TileType) -> None:
    vocabulary = learnt(*((kind, Outcome(outcome)) for outcome in outcomes.split()))
    found, confidence = vocabulary.type_of(look_of(kind))
    assert found is expected
    assert 0.3 < confidence < 1


def test_tries_make_surer() -> None:
    vocabulary = learnt(("#", Outcome.BLOCKED))
    before = vocabulary.type_of(look_of("#"))[1]
    for _ in range(5):
        vocabulary.observe(look_of("#"), Outcome.BLOCKED)
    assert vocabulary.type_of(look_of("#"))[1] > before


def test_a_look_that_nobody_tried_is_guessed_from_one_like_it_and_less_surely() -> None:
    vocabulary = learnt((".", Outcome.WALKED), ("#", Outcome.BLOCKED), ("~", Outcome.BLOCKED))
    dim = described(light=0.9)
    vocabulary.meet([11, 12, 14], np.stack([dim["#"], dim["."], dim["~"]]))
    meanings = vocabulary.types_of(np.array([[11, 12], [14, look_of("#")]], np.uint64))
    assert meanings.types.tolist() == [
        [TileType.OBSTACLE_WALL, TileType.WALKABLE_GRASS],
        [TileType.OBSTACLE_WATER, TileType.OBSTACLE_WALL],
    ]
    assert meanings.sources.tolist() == [[1, 1], [1, 2]]
    strange = np.full((1, SIZE), 9.0, np.float32)
    vocabulary.meet([15], strange)
    assert vocabulary.type_of(15)[1] < 0.05
    assert float(meanings.confidence.min()) > 0.3


def test_nothing_is_known_of_what_was_never_seen_and_of_an_empty_vocabulary() -> None:
    vocabulary = TileVocabulary()
    assert vocabulary.type_of(7) == (TileType.UNKNOWN, 0.0)
    assert vocabulary.types_of(np.zeros((0, 0), np.uint64)).types.shape == (0, 0)
    vocabulary.meet([7], np.zeros((1, SIZE), np.float32))
    assert vocabulary.type_of(7) == (TileType.UNKNOWN, 0.0)
    vocabulary.observe(0, Outcome.WALKED)
    assert vocabulary.type_of(0) == (TileType.UNKNOWN, 0.0)
    assert vocabulary.version == 0


def test_what_hurts_and_what_is_passed_one_way_only_is_told() -> None:
    vocabulary = learnt(("*", Outcome.WALKED), ("*", Outcome.HURT), (":", Outcome.WALKED), (":", Outcome.LEDGE))
    meanings = vocabulary.types_of(np.array([look_of("*"), look_of(":"), look_of(".")], np.uint64))
    assert meanings.hurts.tolist() == [True, False, False]
    assert meanings.ledges.tolist() == [False, True, False]


def test_hundreds_of_looks_are_kept() -> None:
    vocabulary = TileVocabulary()
    descriptors = np.random.default_rng(0).normal(size=(300, SIZE)).astype(np.float32)
    vocabulary.meet(range(1, 301), descriptors)
    for look in range(1, 301):
        vocabulary.observe(look, Outcome.WALKED if look % 2 else Outcome.BLOCKED)
    types = vocabulary.types_of(np.arange(1, 301, dtype=np.uint64)).types
    assert len(vocabulary) == 300
    assert set(types[::2].tolist()) <= {TileType.WALKABLE_GRASS, TileType.WALKABLE_PATH}
    assert set(types[1::2].tolist()) <= {TileType.OBSTACLE_WALL, TileType.OBSTACLE_WATER}


def test_facts_bring_a_vocabulary_back() -> None:
    tries = [
        ("#", Outcome.BLOCKED),
        (".", Outcome.WALKED),
        (".", Outcome.WALKED),
        ("D", Outcome.DOOR),
        (":", Outcome.LEDGE),
    ]
    before = learnt(*tries)
    facts = list(vocabulary_as_facts(before))
    assert [fact.key for fact in facts] == [kind_key(look_of(kind)) for kind in "#.:D"]
    assert facts[1].props["walked"] == 2
    assert facts[1].props["type"] == "walkable_grass"
    after = TileVocabulary()
    assert take_facts(after, facts) == 4
    looks = np.arange(1, 7, dtype=np.uint64)
    was, now = before.types_of(looks), after.types_of(looks)
    known = [look_of(kind) - 1 for kind in "#.:D"]
    assert now.types[known].tolist() == was.types[known].tolist()
    assert now.sources[known].tolist() == [2, 2, 2, 2]
    assert now.ledges[known].tolist() == [False, False, True, False]
    assert after.counts_of(look_of("."))[Outcome.WALKED] == 2


def test_facts_of_anything_else_and_damaged_ones_teach_nothing_wrong() -> None:
    vocabulary = TileVocabulary()
    facts = [
        Fact("Tile", "tile:1:2:3", {"walked": 3}),
        Fact("TileKind", "kind:nonsense", {"walked": 3}),
        Fact("TileKind", "kind:00000000000000ff", {"walked": 2, "look": "zz"}),
        Fact("TileKind", "kind:00000000000000fe", {"blocked": 2, "look": "00ff"}),
    ]
    assert take_facts(vocabulary, facts) == 2
    assert vocabulary.type_of(0xFF)[0] in (TileType.WALKABLE_PATH, TileType.WALKABLE_GRASS)
    assert vocabulary.unmet([0xFF, 0xFE]) == [0xFF, 0xFE]  # their looks are described when they are seen


def test_another_games_knowledge_is_overruled_by_one_try() -> None:
    home = learnt(*[("#", Outcome.BLOCKED)] * 9, (".", Outcome.WALKED), ("D", Outcome.DOOR))
    abroad = TileVocabulary()
    take_facts(abroad, vocabulary_as_facts(home), prior=True)
    dim = described(light=0.9)
    abroad.meet([21, 22], np.stack([dim["#"], dim["."]]))
    assert abroad.type_of(21)[0] is TileType.OBSTACLE_WALL
    assert abroad.type_of(22)[0] is TileType.WALKABLE_GRASS
    assert int(abroad.types_of(np.array([look_of("#")], np.uint64)).sources[0]) == 1
    abroad.observe(21, Outcome.WALKED)
    assert abroad.type_of(21)[0] in (TileType.WALKABLE_PATH, TileType.WALKABLE_GRASS)
    assert not list(vocabulary_as_facts(abroad))[1:]  # what another game taught is not told as this one's


def test_what_only_another_game_calls_solid_is_believed_less() -> None:
    home = learnt(*[("#", Outcome.BLOCKED)] * 9, *[(".", Outcome.WALKED)] * 9)
    abroad = TileVocabulary()
    take_facts(abroad, vocabulary_as_facts(home), prior=True)
    dim = described(light=0.9)
    sure = {}
    for vocabulary in (home, abroad):
        vocabulary.meet([21, 22], np.stack([dim["#"], dim["."]]))
        sure[vocabulary] = [vocabulary.type_of(look)[1] for look in (21, 22)]
    assert sure[abroad][0] < 0.6 * sure[home][0]
    assert sure[abroad][1] > 0.8 * sure[home][1]


def test_looks_are_told_as_facts_with_what_they_look_like() -> None:
    vocabulary = learnt(("#", Outcome.BLOCKED))
    (fact,) = looks_as_facts(vocabulary, vocabulary.take_changed())
    assert (fact.kind, fact.key, fact.props["type"]) == ("TileKind", kind_key(1), "obstacle_wall")
    assert len(str(fact.props["look"])) == SIZE * 4
    assert vocabulary.take_changed() == ()
