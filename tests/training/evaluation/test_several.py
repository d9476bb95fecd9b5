"""Evaluation of portraits of several pictures, with the shipped pack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from puppet.compositing import cutout
from puppet.domain import Floats
from puppet.errors import ConfigError
from puppet.media.pictures import read_picture
from puppet.training.evaluation import several
from puppet.training.evaluation.metrics import Lpips
from puppet.training.evaluation.several import evaluate_several
from tests.support.clips import even_times, write_clip
from tests.support.faces import PORTRAITS

SIZE = 128


class Difference:
    """Stands in for LPIPS: the mean difference of each pixel."""

    def distance(self, a: Floats, b: Floats) -> Floats:
        return np.asarray(np.abs(a - b).mean(2), np.float32)


def _tilting(path: Path) -> None:
    """Write a face that is upright, tilts to one side and to the other, and the same again at half the speed."""
    whole = cv2.resize(read_picture(PORTRAITS / "astronaut.jpg"), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    angles = np.concatenate([np.repeat([0, 14, -14], held) for held in (4, 8)])
    turns = [cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), float(angle), 1.0) for angle in angles]
    tilted = [cv2.warpAffine(whole, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE) for turn in turns]
    write_clip(path, [np.asarray(picture, np.uint8) for picture in tilted], even_times(10, 36))


def test_more_pictures_are_nearer_to_the_true_frames_and_short_clips_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutout, "with_texture", lambda *given: None)  # takes seconds
    monkeypatch.setattr(several, "_LEAST_S", 2.0)
    _tilting(tmp_path / "tilting.mp4")
    write_clip(tmp_path / "short.mp4", [np.zeros((SIZE, SIZE, 3), np.uint8)] * 4, even_times(10, 4))
    found = evaluate_several("face", tmp_path, cast(Lpips, Difference()), [3], every=7)
    assert found.counts == [0, 1, 3]
    (first, _, three) = found.scores["tilting"]
    assert three[0] < 0.8 * first[0]
    assert found.skipped == ["short.mp4: shorter than 2 s; choose a longer clip"]
    titles, rows = found.table()
    assert titles[1:] == ("first frame", "1 picture", "3 pictures")
    assert [row[0] for row in rows] == ["tilting", "mean", "to the first frame"]
    assert json.loads(found.to_json())["clips"]["tilting"]["3"]["lpips"] == pytest.approx(three[0], abs=1e-5)


def test_clips_that_are_too_short_are_no_evaluation(tmp_path: Path) -> None:
    write_clip(tmp_path / "short.mp4", [np.zeros((SIZE, SIZE, 3), np.uint8)] * 4, even_times(10, 4))
    with pytest.raises(ConfigError, match="no clip to score on"):
        evaluate_several("face", tmp_path, cast(Lpips, Difference()), [2])
