"""What an episode came to. `None` stands for what the game has no watch for, or what never happened."""

import msgspec


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """Questions about what was seen, and how many the learnt knowledge answers."""

    asked: int
    right: int
    kept: int | None = None  # right again after a restart, from the store


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """What depends on the machine, so that two runs differ in it."""

    wall_s: float
    cpu_s: float
    frames_per_s: float
    deadline_misses: dict[str, int]  # by actor: ticks that took longer than their budget
    tick_ms_p99: dict[str, float]  # by actor: the worst of the reports, one a second


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One episode. Cells are of 16 pixels."""

    seed: int
    success: bool
    end: str  # success, or frames
    frames: int
    frames_to_success: int | None
    stage: int | None  # the furthest of the main story
    stages: int | None  # its last
    sides_done: int | None  # in any game of the episode: who finishes one begins another
    sides: int | None
    areas: int | None  # walked in
    areas_total: int | None  # all that the game has
    area_coverage: float | None  # 0 to 1
    cells: int | None  # walked on
    cell_coverage: float | None  # of the cells that can be reached in the areas visited, 0 to 1
    seen_coverage: float | None  # the same, cells that were on the screen
    deaths: int | None
    walking_frames: int | None  # on which one could walk
    stuck_frames: int | None
    legs: int  # ways walked to where a plan led
    path_ratio: float | None  # cells walked on them, by those of the shortest ways
    recall: dict[str, Recall]  # by question: door, npc, item
    facts: int  # learnt in this episode
    plans: dict[str, int]  # made, by actor
    decisions: dict[str, int]  # frames, by what decided on the buttons
    models: dict[str, int]  # frames, by the model that did
    refused: int  # events of refusals and failures: control.refused, plan.refused
    timing: Timing

    @property
    def reproducible(self) -> dict[str, object]:
        """All but what depends on the machine."""
        table: dict[str, object] = msgspec.to_builtins(self)
        del table["timing"]
        return table
