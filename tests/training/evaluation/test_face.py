"""Evaluation: scores that are known beforehand, on a clip that the mesh itself made."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from puppet.domain import Face, Picture
from puppet.models.face import FaceModel
from puppet.training.data.clips import Clip
from puppet.training.evaluation.face import contact_sheet, evaluate
from puppet.training.evaluation.metrics import Lpips
from puppet.training.evaluation.report import as_text
from tests.support.made_training import FRAMES


class KnowingTracker:
    """Finds the landmarks where the clip has them, two pixels to the right; never in the last frame."""

    too_small = False

    def __init__(self, clip: Clip) -> None:
        self._clip, self._index = clip, 0

    def locate(self, image: Picture) -> Face | None:
        self._index += 1
        if self._index == FRAMES - 1:
            return None
        points = (self._clip.points[self._index] + [1, 1, 0]) * 127.5 + [2, 0, 0]
        return Face(points.astype(np.float32))

    def reset(self) -> None:
        self._index = 0

    def close(self) -> None:
        pass


@pytest.fixture
def model() -> FaceModel:
    torch.manual_seed(0)
    return FaceModel()


def test_the_mesh_fits_a_clip_that_it_made(model: FaceModel, clip: Clip, lpips: Lpips) -> None:
    assert model.mouth.out.bias is not None
    model.mouth.out.bias.data.fill_(3.0)  # a mouth that is plainly wrong
    scores = evaluate(model, [clip], lpips, every=1, open_tracker=lambda: KnowingTracker(clip)).mean.scores
    assert scores["mesh"].l1 < 0.02
    assert scores["mesh"].ssim > 0.9
    assert scores["mesh"].akd == pytest.approx(2, abs=1e-3)
    assert scores["mesh"].lost == pytest.approx(1 / (FRAMES - 1))
    assert scores["model"].detail_l1 > 2 * scores["mesh"].detail_l1
    assert scores["model"].detail_lpips > scores["mesh"].detail_lpips
    assert scores["model"].flicker > scores["mesh"].flicker


def test_what_was_not_measured_is_null(model: FaceModel, clip: Clip) -> None:
    evaluation = evaluate(model, [clip], every=2, open_tracker=lambda: KnowingTracker(clip))
    rows = json.loads(evaluation.to_json())
    assert [row["name"] for row in rows] == [clip.name, "mean"]
    assert rows[0]["model"]["lpips"] is None
    text = as_text(evaluation.clip_table())
    assert "SSIM" in text
    assert "LPIPS" not in text


def test_a_sheet_shows_source_driving_mesh_and_model(model: FaceModel, clip: Clip) -> None:
    sheet = contact_sheet(model, [clip, clip])
    assert sheet.shape == (512, 1024, 3)
    np.testing.assert_array_equal(sheet[:256, :256], clip.frames[0])
    np.testing.assert_array_equal(sheet[:256, 256:512], clip.frames[-1])
