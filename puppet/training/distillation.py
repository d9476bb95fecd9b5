"""Distillation of FOMM's keypoint detector into that of Monkey-Net, before the training proper."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from puppet.models.blocks import expected_points, heatmaps_from
from puppet.models.monkeynet import MonkeyNet
from puppet.training.initial_weights import FOMM_HEAD, read_state
from puppet.training.optimiser import freeze_batch_norm

log = logging.getLogger(__name__)

DISTILL_STEPS = 800
"""Batches on which the detector is trained."""

_RATE = 1e-3


def distill_keypoints(model: MonkeyNet, path: Path, pictures: Iterable[Tensor]) -> None:
    """Train a detector to find FOMM's keypoints, when `path` holds FOMM's weights; else change nothing.

    The teacher is FOMM's detector: the student's hourglass, as `fill` left it, with FOMM's larger head.

    Args:
        model: filled from the same path.
        path: see `puppet.training.initial_weights.fill`.
        pictures: batches (N, 3, S, S) to train on.
    """
    weights = read_state(path)
    if FOMM_HEAD + "weight" not in weights:
        return
    head, bias = (weights[FOMM_HEAD + name].to(next(model.parameters())) for name in ("weight", "bias"))
    student, was_training = model.kp_detector, model.kp_detector.training
    teacher = copy.deepcopy(student.predictor).eval().requires_grad_(False)
    teacher.decoder.conv = None
    optimiser = torch.optim.Adam(student.parameters(), _RATE)
    freeze_batch_norm(student)
    for number, batch in enumerate(pictures):
        with torch.no_grad():
            logits = F.conv2d(teacher(student.downscaled(batch)), head, bias, padding=head.shape[-1] // 2)
            wanted = expected_points(heatmaps_from(logits, student.own.temperature))
        error = (student(batch).points - wanted).abs().mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
        if number % 100 == 0:
            log.info("distillation, step %d: keypoints are %.4f from FOMM's", number, error.detach())
    student.train(was_training)
