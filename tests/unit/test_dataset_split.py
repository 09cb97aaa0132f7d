"""Splits are drawn by session or episode, the same on every machine, and none stays empty unnoticed."""

import pytest

from runtime.errors import UsageError
from streams.datasets.split import Splits, check_filled, parse_shares

THREE = {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_shares_are_read() -> None:
    assert parse_shares("train=0.8,validation=0.1, test=0.1") == THREE
    assert parse_shares("train=1") == {"train": 1.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train", "wanted NAME=SHARE"),
        ("train=x", "wanted NAME=SHARE"),
        ("train=0,test=1", "wanted NAME=SHARE"),
        ("train=nan,test=1", "wanted NAME=SHARE"),
        ("../up=0.5,test=0.5", "wanted NAME=SHARE"),
        ("train=0.5,train=0.5", "'train' is given twice"),
        ("train=0.8,test=0.3", "the shares sum to 1.1; wanted 1"),
        ("", "wanted NAME=SHARE"),
    ],
)
def test_a_wrong_share_is_a_clear_error(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_shares(text)


def test_the_draw_depends_on_seed_session_and_episode_alone() -> None:
    by_session, by_episode = Splits(THREE, "session", 3), Splits(THREE, "episode", 3)
    names = [f"s{i}" for i in range(1000)]
    drawn = [by_session.of(name, 0) for name in names]
    assert drawn == [by_session.of(name, 7) for name in names]
    assert drawn[:6] == ["validation", "test", "train", "train", "train", "test"]
    assert 750 < drawn.count("train") < 850
    assert min(drawn.count("validation"), drawn.count("test")) > 60
    episodes = [by_episode.of("s", i) for i in range(1000)]
    assert 750 < episodes.count("train") < 850
    assert drawn != [Splits(THREE, "session", 4).of(name, 0) for name in names]
    assert {Splits().of(name, 0) for name in names} == {"train"}


def test_an_empty_split_says_what_there_was_to_draw_from_and_which_seed_fills_it() -> None:
    drawn = [(f"s{i}", episode) for i in range(4) for episode in range(3)]
    check_filled(Splits(THREE), {"train": 5, "validation": 1, "test": 1}, drawn)
    with pytest.raises(UsageError, match=r"no rows for test: 4 sessions were drawn .* seed 0; --seed \d+ ") as raised:
        check_filled(Splits(THREE), {"train": 5, "validation": 1, "test": 0}, drawn)
    seed = int(str(raised.value).partition("--seed ")[2].partition(" ")[0])
    assert {Splits(THREE, seed=seed).of(*each) for each in drawn} == set(THREE)
    with pytest.raises(UsageError, match="no rows for validation, test: 12 episodes were drawn"):
        check_filled(Splits(THREE, "episode"), {"train": 5}, drawn)
    with pytest.raises(UsageError, match=r"2 sessions were drawn .* with none tried are they all filled, or"):
        check_filled(Splits(THREE), {"train": 5}, drawn[:6])
