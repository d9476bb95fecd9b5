"""The one number of co-part segmentation that motion does not tell: how much to doubt that a place is background.

Where a picture is of one colour, background that moves looks like background that stands still, and what training takes
it for is chance. So the background's share is weighed at the end, by the people that selfie segmentation finds in the
clips of the training.
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
_LOOKS = 2  # frames of a clip


def weigh_background(model: CoSegmentationModel, clips: Sequence[Clip]) -> float:
    """Add to the background's logit what makes segments and people overlap most, in place.

    Args:
        model: in eval mode, on the CPU.
        clips: whose people were found.

    Returns:
        What was added.
    """
    overlaps = np.mean([_overlaps(model, clip, at) for clip in clips for at in _frames(clip)], 0)
    offset = float(_OFFSETS[int(overlaps.argmax())])
    with torch.no_grad():
        bias = model.segmentation_module.segmentation.bias
        assert bias is not None
        bias[0] += offset
    log.info("background: %+.2f, overlap %.3f instead of %.3f", offset, overlaps.max(), overlaps[_OFFSETS == 0][0])
    return offset


def _frames(clip: Clip) -> NDArray[np.intp]:
    return np.linspace(0, clip.length - 1, _LOOKS + 2).astype(int)[1:-1]


def _overlaps(model: CoSegmentationModel, clip: Clip, at: int) -> NDArray[np.float64]:
    """Of foreground and person, for each offset."""
    person = clip.silhouettes[at] > 127
    picture = torch.from_numpy(clip.frames[at].copy()).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        segmentation = model.detect(picture).segmentation
    assert segmentation is not None
    background = segmentation[:, :1].clamp(1e-6, 1 - 1e-6)
    found = [
        resized(torch.sigmoid(torch.logit(background) + offset), *person.shape)[0, 0].numpy() < 0.5
        for offset in _OFFSETS
    ]
    return np.array([(seen & person).sum() / max(int((seen | person).sum()), 1) for seen in found])
