"""Opens a dataset with the real lerobot and writes what it gives to an .npz file; runs in lerobot's own venv.

python lerobot_dump.py DATASET OUT.npz [DATASET OUT.npz …]
"""

import json
import os
import sys
from importlib.metadata import requires, version
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"  # a dataset that does not load from its folder is an error, not a download

import numpy as np
import torch

NMS = "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
TORCH = version("torch").partition("+")[0]
if not any(need.startswith("torch") and TORCH in need for need in requires("torchvision") or ()):
    # Built for another torch, its C++ operators do not load. LeRobot needs none; importing wants this one declared.
    _OPERATORS = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]  # torch has it so
    _OPERATORS.define(NMS)  # type: ignore[no-untyped-call]  # likewise

from lerobot.datasets.lerobot_dataset import LeRobotDataset  # noqa: E402 - after the line above

SCREEN = "observation.images.screen"


def dump(root: str, out: str) -> None:
    dataset = LeRobotDataset("framewire/play", root=root, video_backend="pyav")
    rows = [dataset[i] for i in range(len(dataset))]
    step = 1 / dataset.fps
    deltas = {SCREEN: [-2 * step, -step, 0], "action": [0, step]}
    stacked = LeRobotDataset("framewire/play", root=root, video_backend="pyav", delta_timestamps=deltas)
    stacks = [stacked[i] for i in range(len(stacked))]
    last = LeRobotDataset("framewire/play", root=root, video_backend="pyav", episodes=[dataset.num_episodes - 1])
    arrays: dict[str, Any] = {
        key: np.array([row[key] if isinstance(row[key], str) else row[key].numpy() for row in rows])
        for key in rows[0]
        if key != SCREEN
    }
    told = {
        "episodes": dataset.num_episodes,
        "fps": dataset.fps,
        "features": list(dataset.features),
        "splits": dataset.meta.info["splits"],
        "tasks": list(dataset.meta.tasks.index),
        "lengths": list(dataset.meta.episodes["length"]),
        "sessions": list(dataset.meta.episodes["source/session"]),
        "last_episode": [int(last[i]["index"]) for i in range(len(last))],
        "stats": {key: {name: np.shape(value) for name, value in of.items()} for key, of in dataset.meta.stats.items()},
    }
    np.savez(
        out,
        told=json.dumps(told),
        pixels=np.stack([_pixels(row[SCREEN]) for row in rows]),
        stacks=np.stack([_pixels(row[SCREEN]) for row in stacks]),
        stack_is_pad=np.stack([row[f"{SCREEN}_is_pad"].numpy() for row in stacks]),
        stacked_actions=np.stack([row["action"].numpy() for row in stacks]),
        **arrays,
    )


def _pixels(image: torch.Tensor) -> np.ndarray:
    """Return (…, H, W, 3) uint8 of (…, 3, H, W) float32 from 0 to 1."""
    return (image * 255).round().to(torch.uint8).movedim(-3, -1).numpy()


if __name__ == "__main__":
    for pair in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        dump(*pair)
