"""Metrics: values that are known beforehand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from puppet.errors import CheckpointError
from puppet.training.evaluation.metrics import Frame, Lpips, mean_scores, score

RANDOM = np.random.default_rng(0)
LANDMARKS = RANDOM.uniform(20, 70, (478, 2)).astype(np.float32)


def test_equal_pictures_have_no_distance(lpips: Lpips) -> None:
    a, b = np.random.default_rng(0).random((2, 96, 96, 3), np.float32)
    assert lpips.distance(a, a).max() == 0
    assert lpips.distance(a, b).mean() > 0


def test_other_weights_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    with pytest.raises(CheckpointError, match="not the AlexNet weights of LPIPS"):
        Lpips(tmp_path / "other.npz")


def test_a_picture_scores_perfectly_against_itself_and_its_landmarks_by_their_distance() -> None:
    picture, before = RANDOM.random((2, 96, 96, 3), np.float32)
    scores = score(Frame(picture, before, LANDMARKS + np.array([3, 4], np.float32)), Frame(picture, before, LANDMARKS))
    assert (scores.l1, scores.detail_l1, scores.flicker, scores.lost) == (0, 0, 0, 0)
    assert scores.ssim == pytest.approx(1)
    assert scores.akd == pytest.approx(5)
    assert math.isnan(scores.lpips)
    assert math.isnan(scores.aed)


def test_without_a_face_in_the_true_picture_landmarks_and_details_are_not_measured() -> None:
    picture = RANDOM.random((96, 96, 3), np.float32)
    faceless, face = Frame(picture, picture, None), Frame(picture, picture, LANDMARKS)
    assert score(faceless, face).lost == 1
    assert math.isnan(score(faceless, face).akd)
    assert math.isnan(score(face, faceless).lost)
    assert math.isnan(score(face, faceless).detail_l1)
    mean = mean_scores([score(faceless, face), score(face, face)])
    assert (mean.lost, mean.akd) == (0.5, 0)
