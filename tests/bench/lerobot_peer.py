"""lerobot's own writer against time; runs in lerobot's venv (`make lerobot`) and prints one line of JSON.

    python lerobot_peer.py FRAMES.npz images|video FOLDER [EPISODE_FRAMES]

FRAMES.npz has `pixels`, uint8 (N, H, W, 3) RGB, `states`, float32 (N, watches), and `actions`, float32 (N, buttons).
The frames are held in memory before the clock starts; importing and opening are not timed. What is: add_frame for each,
save_episode after each EPISODE_FRAMES (300), finalize. FOLDER must not exist.
"""

import json
import os
import sys
import time
from importlib.metadata import requires, version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch

NMS = "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
TORCH = version("torch").partition("+")[0]
if not any(need.startswith("torch") and TORCH in need for need in requires("torchvision") or ()):
    # Built for another torch, its C++ operators do not load. LeRobot needs none; importing wants this one declared.
    _OPERATORS = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]  # torch has it so
    _OPERATORS.define(NMS)  # type: ignore[no-untyped-call]  # likewise

from lerobot.datasets.lerobot_dataset import LeRobotDataset  # noqa: E402 - after the line above


def main(frames: str, mode: str, folder: str, episode_frames: str = "300") -> None:
    with np.load(frames) as arrays:
        pixels, states, actions = arrays["pixels"], arrays["states"], arrays["actions"]
    features = {
        "observation.images.screen": {
            "dtype": "video" if mode == "video" else "image",
            "shape": pixels.shape[1:],
            "names": ["height", "width", "channels"],
        },
        "observation.state": {"dtype": "float32", "shape": states.shape[1:], "names": None},
        "action": {"dtype": "float32", "shape": actions.shape[1:], "names": None},
    }
    dataset = LeRobotDataset.create(
        "framewire/play", 60, features=features, root=folder, use_videos=mode == "video", video_backend="pyav"
    )
    started_s = time.perf_counter()
    for i in range(len(pixels)):
        dataset.add_frame(
            {
                "observation.images.screen": pixels[i],
                "observation.state": states[i],
                "action": actions[i],
                "task": "Play",
            }
        )
        if (i + 1) % int(episode_frames) == 0 or i + 1 == len(pixels):
            dataset.save_episode()
    dataset.finalize()
    seconds = time.perf_counter() - started_s
    size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    print(json.dumps({"mode": mode, "frames": len(pixels), "seconds": seconds, "bytes": size}))


if __name__ == "__main__":
    main(*sys.argv[1:])
