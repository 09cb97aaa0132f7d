"""Frames of a whole lockstep episode in one process for each second of CPU: what evaluations cost."""

from statistics import median

from agents.evaluation.batch import play_all
from agents.evaluation.episode import Setup
from agents.evaluation.lineup import lineup

_FRAMES = 3000
_SEEDS = range(3)


def main() -> None:
    for agent in ("random", "novelty", "mind"):
        setups = [Setup(game="emberwood", lineup=lineup(agent), seed=seed, frames=_FRAMES, until="") for seed in _SEEDS]
        rates = [played.score.timing.frames_per_s for played in play_all(setups, jobs=1)]
        print(f"  {agent:8} {median(rates):7,.0f} frames/s of CPU ({min(rates):,.0f} to {max(rates):,.0f})")
