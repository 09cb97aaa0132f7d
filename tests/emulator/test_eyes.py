"""The eyes on both cartridges: what they learn on one walk, against the true map; and what carries over."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from agents.perception import INTERACTIVE, WALKABLE, TileType, TileVocabulary
from agents.perception.kind_facts import take_facts
from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.errors import CoreError
from tests.alone import alone, missing
from tests.emulator.eyes_walk import Place, Trying, Walk, walk

EMBERWOOD = [("village", 10, 6), ("house", 9, 4), ("cave", 5, 2), ("village", 10, 6), ("forest", 21, 16)]
SALTMERE = [("harbour", 16, 11), ("lighthouse", 8, 3), ("sea_cave", 5, 2)]

#: Views that each context may be taken for; a text may cover next to nothing of a map that is not known yet.
VIEWS = {
    **{0: {"other"}, 1: {"map", "talk", "dark"}, 2: {"talk", "dark", "other"}, 3: {"other"}, 4: {"other"}},
    **{5: {"other"}, 6: {"other"}, 7: {"other"}, 8: {"dark"}, 9: {"other"}},
}


@pytest.fixture(scope="module")
def ember() -> Walk:
    return walked("emberwood", EMBERWOOD)


@pytest.fixture(scope="module")
def salt() -> Walk:
    return walked("saltmere", SALTMERE)


def walked(game: str, story: list[tuple[str, int, int]]) -> Walk:
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        missing(str(error))
    return alone(walk, game, story)


def vocabulary_of(seen: Walk, tries: Iterable[Trying]) -> TileVocabulary:
    """Return what is known after these tries only; all looks of the walk were met."""
    vocabulary = TileVocabulary()
    for look, descriptor in seen.descriptors.items():
        vocabulary.meet([look], descriptor[None])
    for trying in tries:
        vocabulary.observe(trying.look, trying.outcome)
    return vocabulary


def right(seen: Walk, vocabulary: TileVocabulary, which: Callable[[Place, int], bool]) -> tuple[float, int]:
    """Return the share of cells told rightly as walkable or not, of those chosen by cell and source, and how many."""
    places = list(seen.looks)
    meanings = vocabulary.types_of(np.array([seen.looks[place] for place in places], np.uint64))
    told = [
        (kind in WALKABLE | {TileType.INTERACTIVE_DOOR, TileType.INTERACTIVE_ITEM}) == seen.truth[place]
        for place, kind, source in zip(places, map(TileType, meanings.types.tolist()), meanings.sources, strict=True)
        if kind and which(place, int(source))
    ]
    return sum(told) / max(len(told), 1), len(told)


@pytest.mark.parametrize("game", ["ember", "salt"])
def test_the_picture_alone_tells_the_offset_while_the_camera_slides(game: str, request: pytest.FixtureRequest) -> None:
    seen: Walk = request.getfixturevalue(game)
    good, bad = seen.offsets
    assert good + bad > 300
    assert bad <= 0.01 * good


@pytest.mark.parametrize("game", ["ember", "salt"])
def test_the_pictures_alone_tell_the_place_or_claim_nothing(game: str, request: pytest.FixtureRequest) -> None:
    seen: Walk = request.getfixturevalue(game)
    good, bad, unclaimed = seen.cameras
    print(f"{game}: place right {good}, wrong {bad}, not claimed {unclaimed}")
    assert good > unclaimed
    assert bad <= 0.03 * good


@pytest.mark.parametrize("game", ["ember", "salt"])
def test_maps_texts_menus_and_fades_are_told_apart(game: str, request: pytest.FixtureRequest) -> None:
    seen: Walk = request.getfixturevalue(game)
    for (context, view), count in seen.views.items():
        assert view in VIEWS[context], (context, view, count)
    overworld = sum(count for (context, _), count in seen.views.items() if context == 1)
    assert seen.views[1, "map"] >= 0.95 * overworld > 200


@pytest.mark.parametrize("game", ["ember", "salt"])
def test_what_was_tried_is_known(game: str, request: pytest.FixtureRequest) -> None:
    seen: Walk = request.getfixturevalue(game)
    share, count = right(seen, vocabulary_of(seen, seen.tries), lambda _, source: source == 2)
    print(f"{game}: of {count} cells whose look was tried, {share:.1%} right")
    assert count > 600
    assert share >= 0.97


def test_looks_of_an_area_are_guessed_from_those_of_the_others(ember: Walk) -> None:
    shares = []
    for area in sorted({place[0] for place in ember.looks}):
        here = {look for place, look in ember.looks.items() if place[0] == area}
        elsewhere = [trying for trying in ember.tries if trying.area != area and trying.look not in here]
        share, count = right(ember, vocabulary_of(ember, elsewhere), lambda place, _, area=area: place[0] == area)  # type: ignore[misc]
        print(f"area {area}: of {count} cells, none of whose looks was tried, {share:.1%} right")
        shares.append(share)
    assert len(shares) >= 4
    assert np.mean(shares) >= 0.7  # the cave looks like nothing else


def test_a_game_never_seen_is_read_better_with_what_another_taught(ember: Walk, salt: Walk) -> None:
    first = salt.tries[: len(salt.tries) // 10]
    alone_, abroad = vocabulary_of(salt, first), vocabulary_of(salt, first)
    take_facts(abroad, ember.facts, prior=True)
    before = vocabulary_of(salt, ())
    take_facts(before, ember.facts, prior=True)
    shares = [right(salt, each, lambda *_: True)[0] for each in (before, alone_, abroad)]
    print(
        f"saltmere, walkable or not: {shares[0]:.1%} with Emberwood's tiles alone, "
        f"{shares[1]:.1%} after a tenth of the walk, {shares[2]:.1%} with both"
    )
    assert shares[2] > shares[1] + 0.05
    assert shares[0] >= 0.7


def test_doors_people_and_things_are_learnt_as_such(ember: Walk) -> None:
    vocabulary = vocabulary_of(ember, ember.tries)
    types = {TileType(kind) for kind in vocabulary.types_of(np.array(list(ember.looks.values()), np.uint64)).types}
    assert types & INTERACTIVE >= {TileType.INTERACTIVE_DOOR, TileType.INTERACTIVE_NPC}
    assert types >= {TileType.OBSTACLE_WALL} | WALKABLE
