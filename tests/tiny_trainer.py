"""A small real training run, for the dashboard: clones a recorded session's buttons, and plays random episodes.

`python -m tests.tiny_trainer SESSION [SECONDS]` reads the session from the state folder's server, a linear model learns
which buttons follow a stack of frames, and a Game Boy environment is played by chance, until the time is over.
"""

import itertools
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import gymnasium
import torch
from torch.utils.data import DataLoader

import runtime.env  # noqa: F401 - tells Gymnasium the ids
from runtime.config import state_folder
from runtime.errors import SessionError
from runtime.training_metrics import TrainingMetrics
from streams.torch_dataset import FrameStackDataset

_BATCH, _POOL, _RATE = 16, 16, 0.05
_BATCHES = 8  # between two episodes
_EPISODE_FRAMES, _SKIP = 480, 24


def train(session: str, seconds: float) -> None:
    """Train for so long."""
    deadline = time.monotonic() + seconds
    torch.set_num_threads(1)
    os.nice(10)  # a game is played beside it
    dataset = _open(session, deadline)
    channels, height, width = dataset.frames_shape
    inputs = channels * (height // _POOL) * (width // _POOL)
    model = torch.nn.Linear(inputs, len(dataset.buttons))
    optimizer = torch.optim.SGD(model.parameters(), lr=_RATE)
    game = gymnasium.make(
        "framewire/Brickyard-v0",
        frame_skip=_SKIP,
        max_episode_frames=_EPISODE_FRAMES,
        reward="score - prev.score - 10 * failure",
    )
    with TrainingMetrics("tiny", trainer="cloning", state=state_folder(), game="emberwood", dataset=session) as figures:
        while time.monotonic() < deadline:
            for batch in itertools.islice(_batches(dataset, figures), _BATCHES):
                with figures.time("compute"):
                    _update(model, optimizer, batch, figures)
            with figures.time("play"):
                _play(game, figures)
            with figures.time("evaluate"):
                figures.evaluated({"weights": float(model.weight.detach().abs().mean())})
    game.close()
    dataset.close()


def _open(session: str, deadline: float) -> FrameStackDataset:
    """Open a session that may have just begun, once its first seconds are recorded."""
    while True:
        try:
            return FrameStackDataset([session], stack=2, batch_size=_BATCH, channels_first=True, shuffle_buffer=64)
        except SessionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _batches(dataset: FrameStackDataset, figures: TrainingMetrics) -> Iterator[dict[str, Any]]:
    """Yield a pass over the dataset, and count the time that is waited for each batch."""
    batches = iter(DataLoader(dataset, batch_size=None))
    while True:
        with figures.time("data"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _update(
    model: torch.nn.Linear, optimizer: torch.optim.Optimizer, batch: dict[str, Any], figures: TrainingMetrics
) -> None:
    frames = batch["frames"].float() / 255  # (B, T * 3, H, W)
    seen = torch.nn.functional.avg_pool2d(frames, _POOL).flatten(1)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(model(seen), batch["action"])
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch's
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    figures.step(loss={"action": loss.item()}, rows=len(frames), learning_rate=_RATE, gradient_norm=float(norm))


def _play(game: gymnasium.Env[Any, Any], figures: TrainingMetrics) -> None:
    """Play an episode by chance."""
    game.reset()
    gained, over, success = 0.0, False, False
    while not over:
        _, reward, terminated, truncated, info = game.step(game.action_space.sample())
        gained, over, success = gained + float(reward), terminated or truncated, bool(info["success"])
    figures.episode(gained=gained, success=success)


if __name__ == "__main__":
    train(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 60.0)
