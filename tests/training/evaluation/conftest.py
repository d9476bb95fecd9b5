"""LPIPS with the shapes of AlexNet and random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from puppet.training.evaluation.metrics import Lpips


@pytest.fixture
def lpips(tmp_path: Path) -> Lpips:
    random = np.random.default_rng(0)
    shapes = [(64, 3, 11, 11), (192, 64, 5, 5), (384, 192, 3, 3), (256, 384, 3, 3), (256, 256, 3, 3)]
    arrays: dict[str, Any] = {}
    for index, shape in enumerate(shapes):
        arrays[f"conv{index}_w"] = random.normal(0, 0.02, shape).astype(np.float32)
        arrays[f"conv{index}_b"] = np.zeros(shape[0], np.float32)
        arrays[f"lin{index}"] = np.ones(shape[0], np.float32)
    np.savez(tmp_path / "alex.npz", **arrays)
    return Lpips(tmp_path / "alex.npz")
