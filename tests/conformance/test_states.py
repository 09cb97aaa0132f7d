"""Savestates, reset, and whether a run can be repeated; what a backend lacks of these is refused."""

from typing import Any

from runtime.backend import pack_state, restore_state
from runtime.errors import StateError
from runtime.families import lacks
from tests.conformance.conftest import Ask
from tests.conformance.playing import Playing, playing, those
from tests.conformance.subject import Subject
from tests.roms.pad import Block

INPUTS = [("RIGHT", 20), ("UP+A", 7), ("", 15), ("LEFT", 33), ("DOWN+B", 9), ("A", 3), ("", 10)]


def play(player: Playing) -> list[int]:
    """Play the inputs; return each picture's hash, and at the end the memory's."""
    player.hashes.clear()
    for buttons, frames in INPUTS:
        player.hold(buttons, frames)
    return [*player.hashes, player.memory_hash()]


def from_a_state(subject: Subject) -> dict[str, Any]:
    """Play the same inputs twice from one state, and from another moment."""
    with playing(subject) as player:
        state, before = player.backend.save_state(), player.block
        first = play(player)
        elsewhere = play(player)
        player.backend.load_state(state)
        told = {"before": before, "after": player.block, "first": first, "elsewhere": elsewhere}
        return told | {"second": play(player)}


@those(savestates=True)
def test_a_state_brings_the_game_back(ask: Ask, subject: Subject) -> None:
    told = ask(from_a_state, subject)
    assert told["before"] == told["after"]
    assert told["first"] != told["elsewhere"], "the frames depend on the state"


@those(savestates=True, deterministic=True)
def test_two_runs_from_one_state_are_the_same_frame_by_frame(ask: Ask, subject: Subject) -> None:
    told = ask(from_a_state, subject)
    assert told["first"] == told["second"]


def packed(subject: Subject) -> tuple[Block, Block, int]:
    with playing(subject) as player:
        player.hold("RIGHT", 5)
        kept, before = pack_state(player.backend, 5, 0, "slot"), player.block
        player.hold("DOWN", 9)
        restore_state(player.backend, kept)
        return before, player.block, len(kept.data)


@those(savestates=True)
def test_a_packed_state_is_small_and_brings_the_game_back(ask: Ask, subject: Subject) -> None:
    before, after, size = ask(packed, subject)
    assert before == after
    assert size < 100_000


def wrong_states(subject: Subject) -> list[str]:
    with playing(subject) as player:
        state, before = player.backend.save_state(), player.block
        told = []
        for wrong in (b"", b"x", state[: len(state) // 2], b"\xa5" * 5000):
            try:
                player.backend.load_state(wrong)
            except StateError as error:
                told.append(str(error))
        assert player.block == before, "the game is as it was"
        player.hold("A", 3)
        assert player.block.counts["A"] == before.counts["A"] + 3, "and goes on"
        return told


@those(savestates=True)
def test_a_state_that_is_none_is_refused_and_the_game_goes_on(ask: Ask, subject: Subject) -> None:
    told = ask(wrong_states, subject)
    assert len(told) == 4
    assert all("state" in text for text in told)


def no_states(subject: Subject) -> list[str]:
    told = []
    with playing(subject) as player:
        for work in (player.backend.save_state, lambda: player.backend.load_state(b"x")):
            try:
                work()
            except StateError as error:
                told.append(str(error))
    return told


@those(savestates=False)
def test_without_savestates_saving_and_loading_are_refused(ask: Ask, subject: Subject) -> None:
    told = ask(no_states, subject)
    assert len(told) == 2
    assert all("state" in text for text in told)


def after_reset(subject: Subject) -> tuple[Block, Block, list[int], list[int]]:
    with playing(subject) as player:
        player.hold("RIGHT+A", 20 if subject.capabilities.steps else 120)
        before = player.block
        runs = []
        for _ in range(2):
            player.backend.reset()
            player.hashes.clear()
            player.boot()
            block = player.block
            player.hold("B", 20)
            runs.append([*player.hashes, player.memory_hash()])
            player.hold("LEFT", 20)
        return before, block, runs[0], runs[1]


@those(reset=True)
def test_reset_starts_the_game_anew(ask: Ask, subject: Subject) -> None:
    before, block, first, second = ask(after_reset, subject)
    assert block.frame < (10 if subject.capabilities.steps else before.frame)  # one that does not wait has gone on
    assert set(block.counts.values()) == {0}
    if subject.capabilities.deterministic:
        assert first == second


def from_power_on(subject: Subject) -> list[int]:
    with playing(subject) as player:
        return play(player)


@those(deterministic=True)
def test_two_processes_show_the_same_frames_from_power_on(ask: Ask, ask_afresh: Ask, subject: Subject) -> None:
    assert ask(from_power_on, subject) == ask_afresh(from_power_on, subject)


@those(deterministic=False)
def test_frames_that_cannot_be_repeated_must_be_stored(subject: Subject) -> None:
    assert "deterministic" in lacks(subject.capabilities, store="inputs")
    assert lacks(subject.capabilities, store="all") == ""


@those(steps=False)
def test_an_emulator_at_its_own_speed_has_no_clock_of_ours(subject: Subject) -> None:
    for clock in ("lockstep", "free"):
        assert "its own speed" in lacks(subject.capabilities, clock=clock)
    assert lacks(subject.capabilities, clock="realtime") == ""
