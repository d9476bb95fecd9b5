"""Reports of a training: its folder, log lines, curves for TensorBoard, and contact sheets of the learned families.

Curves are written by tensorboardX, which does not need TensorBoard; `tensorboard --logdir OUT/curves` shows them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import cv2
import numpy as np
import torch
from tensorboardX import SummaryWriter

from puppet.domain import Floats, Picture
from puppet.errors import ConfigError
from puppet.models.base import MotionModel
from puppet.training.data.clips import Clip
from puppet.training.evaluation.metrics import to_levels

log = logging.getLogger(__name__)

_STEPS_A_LINE = 100
_STEPS_A_POINT = 20
_ROWS = 8
_HUES = 12  # on the circle, which keypoints take in turn


class Report:
    """Means of the loss's terms, as log lines and curves."""

    def __init__(self, folder: Path) -> None:
        """`folder`: of the curves; the files of earlier runs in it stay."""
        self._curves = SummaryWriter(str(folder))
        self._line: list[dict[str, float]] = []
        self._point: list[dict[str, float]] = []
        self._place = ""

    def add(self, step: int, terms: dict[str, float], place: str) -> None:
        """Add the terms of a step.

        Args:
            step: its number, counted from 1.
            terms: by name.
            place: stage and time, for the log.
        """
        self._line.append(terms)
        self._point.append(terms)
        self._place = f"{place}, step {step}"
        if step % _STEPS_A_POINT == 0:
            for name, value in _means(self._point).items():
                self._curves.add_scalar(f"loss/{name}", value, step)
            self._point.clear()
        if step % _STEPS_A_LINE == 0:
            self.end_line()

    def end_line(self) -> None:
        """Log the means since the last line, as at the end of a stage."""
        if self._line:
            terms = " ".join(f"{name} {value:.4f}" for name, value in _means(self._line).items())
            log.info("%s: %s", self._place, terms)
            self._line.clear()

    def show(self, step: int, sheet: Picture) -> None:
        """Add a contact sheet to the curves."""
        self._curves.add_image("sheet", sheet, step, dataformats="HWC")

    def close(self) -> None:
        """Log and write the rest."""
        self.end_line()
        self._curves.close()


@contextmanager
def logged_to(out: Path) -> Iterator[None]:
    """Make the folder of a training; write Puppet's log lines to its `train.log`, too, while the block runs.

    Raises:
        ConfigError: the folder cannot be made, or cannot be written to.
    """
    logger, level = logging.getLogger("puppet"), logging.getLogger("puppet").level
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(out / "train.log", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error
    with closing(file) as handler:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.setLevel(level)
            logger.removeHandler(handler)


@torch.inference_mode()
def learned_sheet(model: MotionModel, clips: Sequence[Clip], device: torch.device) -> Picture:
    """Draw rows of source, driving frame, its reconstruction, another clip's first frame, and that one driven.

    Keypoints are marked on source and driving frame; of each clip the driving frame is the most different one.
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
        rendered = [to_levels(batch[0].permute(1, 2, 0).float().cpu().numpy()) for batch in (own, across)]
        rows.append(np.hstack([*marked, rendered[0], other, rendered[1]]))
    return np.vstack(rows)


def _furthest(clip: Clip) -> Picture:
    """The frame that differs most from the first."""
    frames = clip.frames[:: max(1, clip.length // 32)]
    distances = np.abs(frames[:, ::4, ::4].astype(np.float32) - frames[0, ::4, ::4]).mean((1, 2, 3))
    return np.asarray(frames[int(distances.argmax())])


def _marked(picture: Picture, points: Floats) -> Picture:
    picture, side = picture.copy(), picture.shape[0]
    for index, (x, y) in enumerate((points + 1) / 2 * (side - 1)):
        hue = np.array([[[180 * (index % _HUES) // _HUES, 255, 255]]], np.uint8)
        colour = tuple(int(value) for value in cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0])
        cv2.circle(picture, (round(float(x)), round(float(y))), max(1, side // 64), colour, cv2.FILLED)
    return picture


def _means(terms: Sequence[dict[str, float]]) -> dict[str, float]:
    names = {name: None for term in terms for name in term}
    return {name: float(np.mean([term[name] for term in terms if name in term])) for name in names}
