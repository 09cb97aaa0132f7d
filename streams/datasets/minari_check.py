"""Whether a folder is what Minari loads, by its rules: so many observations, actions and ends for so many steps."""

import json
from pathlib import Path
from typing import Any

from runtime.errors import UsageError


def import_h5py() -> Any:
    """Return h5py.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import h5py  # noqa: PLC0415 - optional
    except ImportError as error:
        raise UsageError("format 'minari' writes HDF5 with h5py: pip install 'framewire[minari]'") from error
    return h5py


def check_dataset(path: Path) -> list[str]:
    """Read every episode and return what is wrong with the dataset that a metadata.json describes."""
    h5py = import_h5py()
    wrong = []
    try:
        said = json.loads(path.read_bytes())
        with h5py.File(path.with_name("main_data.hdf5"), "r") as file:
            total = 0
            for i in range(said["total_episodes"]):
                episode = file[f"episode_{i}"]
                total += (steps := int(episode.attrs["total_steps"]))
                wrong += [f"episode {i}: {problem}" for problem in _check_episode(h5py, episode, steps)]
            if len(file) != said["total_episodes"]:
                wrong.append(f"there are {len(file)} episodes; metadata.json says {said['total_episodes']}")
            if total != said["total_steps"]:
                wrong.append(f"there are {total} steps; metadata.json says {said['total_steps']}")
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        wrong.append(f"{path.parent.name}: cannot be read: {error}")
    return wrong


def _check_episode(h5py: Any, episode: Any, steps: int) -> list[str]:
    wrong = []
    observed = episode["observations"]
    pixels = observed["pixels"] if isinstance(observed, h5py.Group) else observed
    if len(pixels) != steps + 1:
        wrong.append(f"{len(pixels)} observations for {steps} steps")
    for i in range(len(pixels)):
        _ = pixels[i]  # raises OSError where a chunk is damaged
    for name in ("actions", "rewards", "terminations", "truncations"):
        if len(episode[name]) != steps:
            wrong.append(f"{len(episode[name])} {name} for {steps} steps")
    ends = episode["terminations"][-1], episode["truncations"][-1]
    if sum(ends) != 1:
        wrong.append("the last step neither terminates nor truncates, or does both")
    return wrong
