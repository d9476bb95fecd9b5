"""LandmarkEngine on the shipped pack: body keypoints beside the landmarks, and rendering without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from puppet.domain import BODY_KEYPOINTS, Picture
from puppet.engines.landmark import LandmarkEngine
from puppet.engines.runtimes.onnxruntime import OnnxRuntime
from puppet.errors import EngineError
from puppet.geometry.crop import face_box
from puppet.packs import open_pack
from tests.support import faces
from tests.support.faces import face, located


@pytest.fixture(scope="module")
def engine() -> Iterator[LandmarkEngine]:
    engine = LandmarkEngine(open_pack("face"), OnnxRuntime("cpu", threads=1))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return face_box(located("vera.jpg")).within(faces.portrait("vera.jpg")).extract(faces.portrait("vera.jpg"))


def test_landmarks_become_keypoints_with_the_body_of_the_picture(engine: LandmarkEngine, portrait: Picture) -> None:
    found = engine.detect(portrait, face())
    assert found.body is not None
    assert found.body.shape == (BODY_KEYPOINTS, 2)
    assert found.body.dtype == np.float32
    assert np.abs(found.body).max() < 1
    np.testing.assert_array_equal(found.points, face().points)


def test_a_small_square_is_enough_to_find_the_body(engine: LandmarkEngine, portrait: Picture) -> None:
    small = np.asarray(cv2.resize(portrait, (engine.detect_size,) * 2, interpolation=cv2.INTER_AREA), np.uint8)
    np.testing.assert_array_equal(engine.detect(small, face()).body, engine.detect(portrait, face()).body)


def test_detecting_without_landmarks_is_an_error(engine: LandmarkEngine, portrait: Picture) -> None:
    with pytest.raises(EngineError, match="detects no faces"):
        engine.detect(portrait)


def test_a_picture_is_copied_where_neither_face_nor_body_moves(engine: LandmarkEngine, portrait: Picture) -> None:
    seen = engine.detect(portrait, face())
    code = engine.encode(portrait, seen)
    still, unseen = (engine.render(code, pose, pose) for pose in (seen, face()))
    np.testing.assert_array_equal(still, unseen)
    assert np.abs(still.astype(int) - portrait).max() <= 1


def test_body_keypoints_move_what_the_face_does_not(engine: LandmarkEngine, portrait: Picture) -> None:
    seen = engine.detect(portrait, face(at=(0, -0.1, 0), size=0.3))
    assert seen.body is not None
    code = engine.encode(portrait, seen)
    moved = engine.render(code, seen, replace(seen, body=seen.body + np.array((0.1, 0), np.float32)))
    change = np.abs(moved.astype(int) - portrait).mean(2)
    assert change[224:].mean() > 3 * change[96:144, 112:144].mean()
