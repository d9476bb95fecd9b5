"""The background's share is calibrated by people that were found in the clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from puppet.models.base import KeypointTensors
from puppet.models.checkpoints import build
from puppet.models.coseg import CoSegmentationModel
from puppet.training.background_bias import calibrate_background
from puppet.training.data import clips as clip_module
from tests.support.made_learned import made_clips, made_recipe
from tests.training.data.test_frame_batches import LeftHalf


def test_the_background_is_weighed_so_that_segments_cover_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_module, "Silhouettes", LeftHalf)
    clips = made_clips(tmp_path)
    clip_module.find_people(clips)
    model = build(made_recipe(tmp_path, "coseg").model).eval()
    assert isinstance(model, CoSegmentationModel)
    bias = model.segmentation_module.segmentation.bias
    assert bias is not None
    before = bias.detach().clone()

    def detect(pictures: Tensor) -> KeypointTensors:
        """Everything is foreground; of the right half that is less sure."""
        background = torch.full((len(pictures), 1, 16, 16), 0.1)
        background[..., 8:] = 0.3
        return KeypointTensors(torch.zeros(1, 3, 2), segmentation=torch.cat([background, (1 - background)], 1))

    monkeypatch.setattr(model, "detect", detect)
    offset = calibrate_background(model, clips)
    assert np.log(0.7 / 0.3) < offset < np.log(0.9 / 0.1)
    torch.testing.assert_close(bias.detach(), before + torch.tensor([offset, 0, 0, 0]))
