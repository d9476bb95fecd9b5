"""Evaluation: scores that are known beforehand, on a clip that the mesh itself made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from puppet.domain import Face, Picture
from puppet.errors import CheckpointError
from puppet.models.face import FaceModel
from puppet.training.data.face_clips import Clip
from puppet.training.evaluation.face import Lpips, contact_sheet, evaluate
from tests.support.made_training import FRAMES


class KnowingTracker:
    """Finds the landmarks where the clip has them, two pixels to the right; never in the last frame."""

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


@pytest.fixture
def lpips(tmp_path: Path) -> Lpips:
    """AlexNet's shapes with random weights."""
    random = np.random.default_rng(0)
    shapes = [(64, 3, 11, 11), (192, 64, 5, 5), (384, 192, 3, 3), (256, 384, 3, 3), (256, 256, 3, 3)]
    arrays: dict[str, Any] = {}
    for index, shape in enumerate(shapes):
        arrays[f"conv{index}_w"] = random.normal(0, 0.02, shape).astype(np.float32)
        arrays[f"conv{index}_b"] = np.zeros(shape[0], np.float32)
        arrays[f"lin{index}"] = np.ones(shape[0], np.float32)
    np.savez(tmp_path / "alex.npz", **arrays)
    return Lpips(tmp_path / "alex.npz")


def test_the_mesh_fits_a_clip_that_it_made(model: FaceModel, clip: Clip, lpips: Lpips) -> None:
    assert model.mouth.out.bias is not None
    model.mouth.out.bias.data.fill_(3.0)  # a mouth that is plainly wrong
    row = evaluate(model, [clip], lpips, every=1, open_tracker=lambda: KnowingTracker(clip)).mean
    assert row.mesh.l1 < 0.02
    assert row.mesh.ssim > 0.9
    assert row.mesh.akd == pytest.approx(2, abs=1e-3)
    assert row.mesh.lost == pytest.approx(1 / (FRAMES - 1))
    assert row.model.detail_l1 > 2 * row.mesh.detail_l1
    assert row.model.detail_lpips > row.mesh.detail_lpips
    assert row.model.flicker > row.mesh.flicker


def test_what_was_not_measured_is_null(model: FaceModel, clip: Clip) -> None:
    evaluation = evaluate(model, [clip], every=2, open_tracker=lambda: KnowingTracker(clip))
    rows = json.loads(evaluation.to_json())
    assert [row["name"] for row in rows] == [clip.name, "mean"]
    assert rows[0]["model"]["lpips"] is None
    assert "nan" in evaluation.table()


def test_equal_pictures_have_no_distance(lpips: Lpips) -> None:
    a, b = torch.rand(2, 1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    assert lpips.distance(a, a).max() == 0
    assert lpips.distance(a, b).mean() > 0


def test_other_weights_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    with pytest.raises(CheckpointError, match="not LPIPS"):
        Lpips(tmp_path / "other.npz")


def test_a_sheet_shows_source_driving_mesh_and_model(model: FaceModel, clip: Clip) -> None:
    sheet = contact_sheet(model, [clip, clip])
    assert sheet.shape == (512, 1024, 3)
    np.testing.assert_array_equal(sheet[:256, :256], clip.frames[0])
    np.testing.assert_array_equal(sheet[:256, 256:512], clip.frames[-1])
