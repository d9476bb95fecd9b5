"""What a training tells on its way: log lines, curves for TensorBoard, and a look at pictures.

Curves are written by tensorboardX, which needs no TensorBoard; `tensorboard --logdir OUT/curves` shows them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from tensorboardX import SummaryWriter

from puppet.domain import Floats, Picture
from puppet.models.base import MotionModel
from puppet.training.data.clips import Clip

log = logging.getLogger(__name__)

_STEPS_A_LINE = 100
_STEPS_A_POINT = 20
_ROWS = 8
_COLOURS = 12  # hues on the circle that keypoints take in turn


class Journal:
    """Means of the loss's terms, as log lines and curves."""

    def __init__(self, folder: Path) -> None:
        """`folder`: for the curves' files; the files of earlier runs in it stay."""
        self._curves = SummaryWriter(str(folder))
        self._line: list[dict[str, float]] = []
        self._point: list[dict[str, float]] = []

    def note(self, step: int, terms: dict[str, float]) -> None:
        """After step `step` (steps made so far)."""
        self._line.append(terms)
        self._point.append(terms)
        if step % _STEPS_A_POINT == 0:
            for name, value in _means(self._point).items():
                self._curves.add_scalar(f"loss/{name}", value, step)
            self._point.clear()
        if step % _STEPS_A_LINE == 0:
            log.info("step %d: %s", step, " ".join(f"{name} {value:.4f}" for name, value in _means(self._line).items()))
            self._line.clear()

    def show(self, step: int, sheet: Picture) -> None:
        """Keep a picture sheet among the curves."""
        self._curves.add_image("sheet", sheet, step, dataformats="HWC")

    def close(self) -> None:
        """Write what is left."""
        self._curves.close()


@torch.inference_mode()
def learned_sheet(model: MotionModel, clips: Sequence[Clip], device: torch.device) -> Picture:
    """Rows of source, driving frame, what is made of them, and another clip's first frame moved by that driving frame.

    Keypoints are marked on source and driving; each clip's driving frame is its most different one.
    """
    chosen = list(clips[:_ROWS])
    firsts = [np.asarray(clip.frames[0]) for clip in chosen]
    rows = []
    for index, clip in enumerate(chosen):
        source, driving = firsts[index], _furthest(clip)
        other = firsts[(index + 1) % len(chosen)]
        pictures = torch.from_numpy(np.stack([source, driving, other])).to(device).permute(0, 3, 1, 2).float() / 255
        found = model.detect(pictures)
        parts = [type(found)(*(None if x is None else x[k : k + 1] for x in found)) for k in range(3)]  # type: ignore[arg-type]
        own = model.render(model.encode(pictures[:1]), parts[0], parts[1])
        across = model.render(model.encode(pictures[2:]), parts[2], parts[1])
        marked = [
            _marked(picture, points.cpu().numpy())
            for picture, points in zip((source, driving), found.points[:2], strict=True)
        ]
        rows.append(np.hstack([*marked, _picture(own), other, _picture(across)]))
    return np.vstack(rows)


def _furthest(clip: Clip) -> Picture:
    """The frame that differs most from the first."""
    frames = clip.frames[:: max(1, clip.length // 32)]
    away = np.abs(frames[:, ::4, ::4].astype(np.float32) - frames[0, ::4, ::4]).mean((1, 2, 3))
    return np.asarray(frames[int(away.argmax())])


def _marked(picture: Picture, points: Floats) -> Picture:
    picture, side = picture.copy(), picture.shape[0]
    for index, (x, y) in enumerate((points + 1) / 2 * (side - 1)):
        hue = np.array([[[180 * (index % _COLOURS) // _COLOURS, 255, 255]]], np.uint8)
        colour = tuple(int(value) for value in cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0])
        cv2.circle(picture, (round(float(x)), round(float(y))), max(1, side // 64), colour, cv2.FILLED)
    return picture


def _picture(batch: torch.Tensor) -> Picture:
    levels = (batch[0].permute(1, 2, 0).cpu().float() * 255 + 0.5).clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.numpy())


def _means(terms: Sequence[dict[str, float]]) -> dict[str, float]:
    names = {name: None for term in terms for name in term}
    return {name: float(np.mean([term[name] for term in terms if name in term])) for name in names}
