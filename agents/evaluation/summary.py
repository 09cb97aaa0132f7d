"""Scores of many episodes as figures: how often, how much on average, and how sure that is."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median

import msgspec

from agents.evaluation.score import Score

#: Of the interval within which the true rate lies in 19 of 20 cases.
_Z = 1.96

_Value = Callable[[Score], float | None]

#: Figures by name, in the order of the table; each an episode's value, None where there is none.
_FIGURES: Mapping[str, _Value] = {
    "frames to completion": lambda s: s.frames_to_success,
    "furthest stage": lambda s: s.stage,
    "side quests done": lambda s: s.sides_done,
    "areas": lambda s: s.areas,
    "area coverage": lambda s: s.area_coverage,
    "cells": lambda s: s.cells,
    "cell coverage": lambda s: s.cell_coverage,
    "ground seen": lambda s: s.seen_coverage,
    "deaths": lambda s: s.deaths,
    "stuck frames": lambda s: s.stuck_frames,
    "path / shortest": lambda s: s.path_ratio,
    "facts learnt": lambda s: s.facts,
    "refusals": lambda s: s.refused,
    "deadline misses": lambda s: sum(s.timing.deadline_misses.values()),
    "frames/s (CPU)": lambda s: s.timing.frames_per_s,
}


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure over the episodes that have it."""

    name: str
    count: int
    mean: float
    median: float
    least: float
    most: float


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many of how many, and between which shares the true one lies in 19 of 20 cases."""

    name: str
    yes: int
    of: int
    low: float
    high: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the episodes of one lineup came to."""

    episodes: int
    success: Share
    figures: tuple[Figure, ...]  # those that at least one episode has
    recall: tuple[Share, ...]  # of the questions of all episodes, "door", and "door, after a restart"
    decisions: dict[str, float]  # shares of all frames
    models: dict[str, float]


def summarise(scores: Sequence[Score]) -> Summary:
    """Return what scores come to."""
    frames = sum(score.frames for score in scores)
    return Summary(
        episodes=len(scores),
        success=share("main quest", sum(score.success for score in scores), len(scores)),
        figures=tuple(_figures(scores)),
        recall=tuple(_recall(scores)),
        decisions=_shares([score.decisions for score in scores], frames),
        models=_shares([score.models for score in scores], frames),
    )


def share(name: str, yes: int, of: int) -> Share:
    """Return a share with its Wilson interval (E. B. Wilson, JASA 22, 1927)."""
    if not of:
        return Share(name=name, yes=0, of=0, low=0.0, high=1.0)
    rate, spread = yes / of, _Z * _Z / of
    middle = (rate + spread / 2) / (1 + spread)
    reach = _Z * math.sqrt(rate * (1 - rate) / of + spread / of / 4) / (1 + spread)
    return Share(name=name, yes=yes, of=of, low=max(0.0, middle - reach), high=min(1.0, middle + reach))


def _figures(scores: Sequence[Score]) -> list[Figure]:
    figures = []
    for name, value in _FIGURES.items():
        values = [float(each) for score in scores if (each := value(score)) is not None]
        if values:
            figures.append(
                Figure(
                    name=name,
                    count=len(values),
                    mean=fmean(values),
                    median=median(values),
                    least=min(values),
                    most=max(values),
                )
            )
    return figures


def _recall(scores: Sequence[Score]) -> list[Share]:
    shares = []
    for question in sorted({question for score in scores for question in score.recall}):
        answers = [score.recall[question] for score in scores if question in score.recall]
        asked = sum(answer.asked for answer in answers)
        shares.append(share(question, sum(answer.right for answer in answers), asked))
        kept = [answer for answer in answers if answer.kept is not None]
        if kept:
            again = sum(answer.kept or 0 for answer in kept)
            shares.append(share(f"{question}, after a restart", again, sum(answer.asked for answer in kept)))
    return shares


def _shares(counts: Sequence[Mapping[str, int]], frames: int) -> dict[str, float]:
    names = sorted({name for each in counts for name in each})
    totals = {name: sum(each.get(name, 0) for each in counts) for name in names}
    return {name: total / frames for name, total in sorted(totals.items(), key=lambda item: (-item[1], item[0]))}
