"""Neutral poses of one session in another: mirrored or not, at another resolution, from another pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from puppet.domain import Face, Following, Frame, Keypoints, SavedNeutral
from puppet.motion.resting_face import mirrored
from puppet.pipeline import puppeteer as pipeline
from puppet.pipeline.puppeteer import Puppeteer
from tests.pipeline.test_mirroring import MOVED, REST, STRAIGHT
from tests.support.faces import face
from tests.support.scripted_face import LandmarkSquares, ScriptedTracker, face_pixels
from tests.support.square_engine import SIZE

PICTURE = np.zeros((SIZE, SIZE, 3), np.uint8)


@pytest.fixture(autouse=True)
def one_portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "largest_face", lambda picture: (Face(face_pixels(face())), 1))


def play(
    poses: Sequence[Keypoints], saved: SavedNeutral | None = None, *, mirror: bool = False
) -> tuple[Puppeteer, list[Keypoints]]:
    """Play a session; return it with what it drove."""
    engine = LandmarkSquares()
    puppeteer = Puppeteer(engine, ScriptedTracker([*poses, poses[-1]]), size=None, pack="face")
    puppeteer.show(puppeteer.prepare(PICTURE, "portrait"))
    if saved is not None:
        puppeteer.calibration.restore(saved)
    for index in range(len(poses)):
        puppeteer.step(Frame(PICTURE, index / 30), replace(STRAIGHT, mirror=mirror))
    return puppeteer, engine.driven


@pytest.mark.parametrize("mirror", [False, True])
def test_another_session_follows_from_the_first_frames_as_the_one_before(mirror: bool) -> None:
    first, driven = play([*[REST] * 45, *[MOVED] * 30])
    saved = first.calibration.saved
    assert saved is not None
    now = mirrored(MOVED) if mirror else MOVED
    later, again = play([now] * 12, saved, mirror=mirror)
    assert later.following is Following.TRACKING
    expected = mirrored(driven[-1]) if mirror else driven[-1]
    np.testing.assert_allclose(again[-1].points, expected.points, atol=1e-3)
    assert later.calibration.saved is saved


def test_a_calibration_is_another_object_each_time() -> None:
    puppeteer, _ = play([REST] * 30)  # and one frame more below
    before = puppeteer.calibration.saved
    puppeteer.calibration.reanchor()
    puppeteer.step(Frame(PICTURE, 2.0), STRAIGHT)
    assert before is not None
    assert puppeteer.calibration.saved is not before


def test_frames_of_another_shape_calibrate_anew() -> None:
    first, _ = play([REST] * 45)
    assert first.calibration.saved is not None
    wide = replace(first.calibration.saved, size=(2 * SIZE, SIZE))
    later, _ = play([REST] * 6, wide)
    assert later.following is Following.CALIBRATING
    assert later.neutral is None
