"""Calibration of the background's logit in co-part segmentation, which motion alone leaves undetermined.

Where a picture is of one colour, a background that moves looks like one that stands still, and training settles at
random on one of them. So a bias of the background's logit is chosen at the end: the one whose foreground fits best the
people that selfie segmentation finds in the clips.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from puppet.models.blocks import resized
from puppet.models.coseg import CoSegmentationModel
from puppet.training.data.clips import Clip

log = logging.getLogger(__name__)

_OFFSETS = np.arange(-6, 6.01, 0.25)  # logits that are tried
_FRAMES = 2  # compared of each clip


def calibrate_background(model: CoSegmentationModel, clips: Sequence[Clip]) -> float:
    """Add the offset to the background's logit with which segments and people overlap most, in place.

    Args:
        model: in eval mode, on the CPU.
        clips: with silhouettes.

    Returns:
        The offset.
    """
    overlaps = np.mean([_overlaps(model, clip, index) for clip in clips for index in _indices(clip)], 0)
    offset = float(_OFFSETS[int(overlaps.argmax())])
    with torch.no_grad():
        bias = model.segmentation_module.segmentation.bias
        assert bias is not None
        bias[0] += offset
    log.info("background: %+.2f, overlap %.3f instead of %.3f", offset, overlaps.max(), overlaps[_OFFSETS == 0][0])
    return offset


def _indices(clip: Clip) -> NDArray[np.intp]:
    return np.linspace(0, clip.length - 1, _FRAMES + 2).astype(int)[1:-1]


def _overlaps(model: CoSegmentationModel, clip: Clip, index: int) -> NDArray[np.float64]:
    """Intersection over union of foreground and person in a frame, for each offset."""
    person = clip.silhouettes[index] > 127
    picture = torch.from_numpy(clip.frames[index].copy()).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        segmentation = model.detect(picture).segmentation
    assert segmentation is not None
    background = segmentation[:, :1].clamp(1e-6, 1 - 1e-6)
    foregrounds = [
        resized(torch.sigmoid(torch.logit(background) + offset), *person.shape)[0, 0].numpy() < 0.5
        for offset in _OFFSETS
    ]
    return np.array([(found & person).sum() / max(int((found | person).sum()), 1) for found in foregrounds])
