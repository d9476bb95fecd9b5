"""Mirroring the camera picture keeps the calibration: neutral pose and box are mirrored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from puppet.domain import Controls, Face, Following, Frame
from puppet.motion.resting_face import mirrored
from puppet.pipeline import puppeteer as pipeline
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.faces import face
from tests.support.scripted_face import LandmarkSquares, ScriptedTracker, face_pixels
from tests.support.square_engine import SIZE

STRAIGHT = Controls(mirror=False, smoothing=0, limits=False)
REST = face(mouth=0.01, eyes=(1.2, 1.2), size=0.25, at=(0.2, 0.05, 0))
MOVED = face(mouth=0.01, eyes=(1.2, 1.2), size=0.25, at=(0.35, 0.05, 0), turn_deg=(0, 10, 0))


def test_mirroring_keeps_the_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    poses = [*[REST] * 45, *[MOVED] * 30, *[mirrored(MOVED)] * 30, *[mirrored(REST)] * 30]
    monkeypatch.setattr(pipeline, "largest_face", lambda picture: (Face(face_pixels(face())), 1))
    engine = LandmarkSquares()
    puppeteer = Puppeteer(engine, ScriptedTracker(poses), size=None)
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    puppeteer.show(puppeteer.prepare(picture, "portrait"))
    for index in range(len(poses)):
        puppeteer.step(Frame(picture, index / 30), replace(STRAIGHT, mirror=index >= 75))
        assert puppeteer.following is Following.TRACKING or index < 45
    rest, moved, moved_mirrored, rest_mirrored = (engine.driven[index] for index in (44, 74, 104, 134))
    np.testing.assert_allclose(rest_mirrored.points, rest.points, atol=1e-4)
    assert np.abs(moved.points - rest.points).max() > 0.1
    # The portrait is symmetrical, so its motion is mirrored, too.
    np.testing.assert_allclose(moved_mirrored.points, mirrored(moved).points, atol=1e-4)
