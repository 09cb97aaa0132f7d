"""Comparing what environments return: nested dictionaries of arrays and scalars, exactly."""

from typing import Any

import numpy as np


def assert_same(first: Any, second: Any, where: str = "") -> None:
    """Fail at the first place where two observations or infos differ, in value, type or shape."""
    if isinstance(first, dict):
        assert first.keys() == second.keys(), f"{where}: {sorted(map(str, first.keys() ^ second.keys()))}"
        for key, value in first.items():
            assert_same(value, second[key], f"{where}/{key}")
        return
    one, other = np.asarray(first), np.asarray(second)
    assert (one.dtype, one.shape) == (other.dtype, other.shape), where
    if one.dtype != object:
        assert np.array_equal(one, other), where
        return
    for i, (mine, theirs) in enumerate(zip(one.flat, other.flat, strict=True)):
        if isinstance(mine, (dict, np.ndarray)):
            assert_same(mine, theirs, f"{where}[{i}]")
        else:
            assert mine == theirs, f"{where}[{i}]"
