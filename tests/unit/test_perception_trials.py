"""What the player's steps teach, on sights of a drawn world."""

from collections.abc import Collection, Mapping, Sequence

from agents.perception import Eyes, Outcome, Picture
from agents.perception.trials import Trial, Trials
from tests.tile_world import CELL, TileWorld, meadow_game, state_of

BUTTONS = ("DOWN", "UP", "LEFT", "RIGHT")


class Walker:
    """Somebody in the meadow whose steps are watched."""

    def __init__(self, cell: tuple[int, int]) -> None:
        self.cell = cell
        self.eyes, self.trials, self.world = Eyes(meadow_game()), Trials(), TileWorld()
        self.frame_index = 0
        self.watches = {"player.hp": 10, "item.potion": 0}
        self.people: Sequence[tuple[int, int]] = ()
        self.look(times=4)

    def look(
        self, held: Collection[str] = (), facing: int = 0, times: int = 1, watches: Mapping[str, int] | None = None
    ) -> list[Trial]:
        self.watches |= watches or {}
        player = (self.cell[0] * CELL, self.cell[1] * CELL)
        camera = (32, 32)
        picture = Picture.of_rgb(self.world.frame(camera, player=player, people=self.people))
        found: list[Trial] = []
        for _ in range(times):
            self.frame_index += 6
            state = {**state_of(camera, player, facing=facing), **self.watches}
            sight = self.eyes.look(picture, state, self.frame_index)
            found += self.trials.step(sight, state, held)
        return found

    def look_at(self, cell: tuple[int, int]) -> int:
        ground = self.eyes.look(
            Picture.of_rgb(self.world.frame((32, 32), people=self.people)),
            state_of((32, 32), (32, 32)),
            self.frame_index,
        )
        seen = ground.at(*cell)
        assert seen is not None
        return seen.look


def outcomes(trials: Sequence[Trial]) -> list[tuple[tuple[int, int], Outcome]]:
    return [(trial.cell, trial.outcome) for trial in trials]


def test_a_step_is_walked_ground() -> None:
    walker = Walker((9, 6))
    walker.cell = (10, 6)
    (trial,) = walker.look(("RIGHT",), 3)
    assert (trial.cell, trial.outcome, trial.area) == ((10, 6), Outcome.WALKED, 1)
    assert trial.look == walker.look_at((9, 8))  # grass like this one


def test_pushing_long_against_a_cell_says_once_that_it_blocks() -> None:
    walker = Walker((9, 4))
    assert outcomes(walker.look(("RIGHT",), 3, times=12)) == [((10, 4), Outcome.BLOCKED)]
    walker.look((), 3)
    assert outcomes(walker.look(("RIGHT",), 3, times=3)) == []  # not held long


def test_who_stands_in_the_way_says_nothing_about_the_ground() -> None:
    walker = Walker((9, 6))
    walker.people = [(10, 6)]
    assert outcomes(walker.look(("RIGHT",), 3, times=12)) == []


def test_a_text_after_a_is_of_the_cell_faced_and_of_who_stands_there() -> None:
    walker = Walker((9, 6))
    walker.people = [(10, 6)]
    walker.look((), 3)
    walker.look(("A",), 3)
    (trial,) = walker.look((), 3, watches={"talking": 1})
    assert (trial.cell, trial.outcome) == ((10, 6), Outcome.SPOKE)
    assert trial.look != walker.look_at((9, 7))  # not grass
    assert walker.look((), 3, watches={"talking": 1}) == []


def test_a_text_without_a_is_nobodys() -> None:
    walker = Walker((9, 6))
    assert outcomes(walker.look((), 3, watches={"talking": 1})) == []


def test_lost_health_is_of_the_cell_stepped_on() -> None:
    walker = Walker((9, 6))
    walker.cell = (9, 7)
    assert outcomes(walker.look(("DOWN",), 0, watches={"player.hp": 8})) == [
        ((9, 7), Outcome.WALKED),
        ((9, 7), Outcome.HURT),
    ]


def test_another_area_is_behind_the_cell_left_unless_health_was_gone() -> None:
    walker = Walker((8, 6))
    walker.cell = (9, 6)
    walker.look(("RIGHT",), 3)
    assert outcomes(walker.look(watches={"area": 2})) == [((9, 6), Outcome.DOOR)]
    fallen = Walker((8, 6))
    fallen.cell = (9, 6)
    fallen.look(watches={"player.hp": 0})
    assert outcomes(fallen.look(watches={"area": 2, "player.hp": 10})) == []


def test_a_thing_that_is_got_was_in_the_cell_faced() -> None:
    walker = Walker((9, 6))
    walker.look((), 3)
    assert outcomes(walker.look(("A",), 3, watches={"item.potion": 1})) == [((10, 6), Outcome.ITEM)]


def test_what_was_walked_and_blocks_from_elsewhere_is_a_ledge() -> None:
    walker = Walker((9, 6))
    walker.cell = (9, 7)
    walker.look(("DOWN",), 0)
    walker.cell = (9, 8)
    walker.look(("DOWN",), 0)
    assert outcomes(walker.look(("UP",), 1, times=12)) == [((9, 7), Outcome.LEDGE)]
