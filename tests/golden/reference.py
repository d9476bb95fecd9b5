"""Stored outputs of the models with weights from seeded random numbers; they need no files beside the project.

After a change that is meant to change pictures, and once the originals' goldens agree with it, run
`python -m tests.golden.reference` to write reference.npz again.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from puppet.models.base import MotionModel
from puppet.models.coseg import CoSegmentationModel, segment_mask
from puppet.models.fomm import FirstOrderMotionModel
from puppet.models.monkeynet import MonkeyNet

FILE = Path(__file__).parent / "reference.npz"
SIZE = (48, 64)


@cache
def cases() -> dict[str, MotionModel]:
    """Return every configuration of the models' tests with drawn weights, in eval mode."""
    from tests.models import test_coseg, test_fomm, test_monkeynet

    models: dict[str, MotionModel] = {}
    models |= {f"fomm/{name}": FirstOrderMotionModel(config) for name, config in test_fomm.varied().items()}
    models |= {f"coseg/{name}": CoSegmentationModel(config) for name, config in test_coseg.varied().items()}
    models |= {f"monkeynet/{name}": MonkeyNet(config) for name, config in test_monkeynet.varied().items()}
    for seed, model in enumerate(models.values()):
        draw_weights(model, seed)
    return {name: model.eval() for name, model in models.items()}


def draw_weights(model: MotionModel, seed: int) -> None:
    """Draw normal weights, scaled so that features stay at about one."""
    random, state = np.random.RandomState(seed), {}
    for name, value in model.state_dict().items():
        drawn = random.standard_normal(tuple(value.shape))
        if name.endswith("running_var") or (value.ndim == 1 and name.endswith("weight")):
            drawn = 1 + 0.2 * np.abs(drawn)
        elif value.ndim > 1:
            drawn = drawn * np.sqrt(2 / np.prod(value.shape[1:]))
        elif value.ndim == 1:
            drawn = 0.1 * drawn
        state[name] = value if "down.weight" in name or value.ndim == 0 else torch.from_numpy(np.asarray(drawn))
    model.load_state_dict(state)


def pictures(channels: int, count: int, seed: int) -> Tensor:
    """Draw smooth pictures (count, channels, 48, 64) in [0, 1]."""
    coarse = torch.from_numpy(np.random.RandomState(seed).uniform(size=(count, channels, 6, 8)).astype(np.float32))
    return F.interpolate(coarse, size=SIZE, mode="bilinear", align_corners=True)


def channels_of(model: MotionModel) -> int:
    """Return the number of channels of a model's pictures."""
    assert isinstance(model, FirstOrderMotionModel | CoSegmentationModel | MonkeyNet)
    channels: int = model.config.num_channels
    return channels


@torch.no_grad()
def outputs(model: MotionModel) -> dict[str, Tensor]:
    """Return a model's outputs for a source and a driving picture; every second pixel of pictures."""
    source, driving = pictures(channels_of(model), 1, 1), pictures(channels_of(model), 1, 2)
    own, theirs = model.detect(source), model.detect(driving)
    results = {name: value for name, value in theirs._asdict().items() if value is not None}
    code = model.encode(source)
    results["frame"] = model.render(code, own, theirs)[..., ::2, ::2]
    if isinstance(model, CoSegmentationModel):
        assert theirs.segmentation is not None
        mask = segment_mask(theirs.segmentation, [1, 3])
        results["swapped"] = model.swap(code, model.encode(driving), own, theirs, mask)[..., ::2, ::2]
    return results


def main() -> None:
    """Write the file."""
    stored = {f"{case}/{name}": value for case, model in cases().items() for name, value in outputs(model).items()}
    np.savez_compressed(FILE, allow_pickle=False, **{name: value.numpy() for name, value in stored.items()})


if __name__ == "__main__":
    main()
