"""Portraits that look aside, with the shipped pack: they get a further picture, and turn to the other side with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import cv2
import numpy as np
import pytest

from puppet.compositing import cutout
from puppet.domain import Frame, Framing, Keypoints, Picture
from puppet.engines.factory import open_engine
from puppet.geometry.head_pose import Head, face_of, fit_head, rotation_matrix, rotation_vector
from puppet.media.pictures import read_picture
from puppet.packs import open_pack
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import AnimateScene, Portrait
from puppet.tracking.tracker import MediaPipeTracker, largest_face
from tests.support.faces import PORTRAITS
from tests.support.fakes import STILL

ASIDE_DEG, SIZE = 27.0, 384


def _turned(pose: Keypoints, yaw_deg: float) -> Keypoints:
    """A pose turned about a point behind the face, as heads turn."""
    face, head = face_of(pose), fit_head(face_of(pose))
    rotation = rotation_matrix(np.radians((0.0, yaw_deg, 0.0))) @ head.rotation
    behind = np.array([0, 0, 1.3])
    turned = Head(rotation, head.size, head.centre + head.size * (head.rotation - rotation) @ behind)
    points = turned.to_camera(head.to_own(face)).astype(np.float32)
    return Keypoints(points[:, :2], points[:, 2], body=pose.body)


@contextmanager
def _opened(own_pixels: OwnPixels) -> Iterator[Puppeteer]:
    engine, tracker = open_engine(open_pack("face")), MediaPipeTracker()
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(Puppeteer(engine, tracker, framing=Framing.NONE, size=None, own_pixels=own_pixels)) as puppeteer,
    ):
        patch.setattr(cutout, "with_texture", lambda *given: None)  # takes seconds
        if own_pixels is not OwnPixels.NEVER:
            puppeteer.size = (SIZE, SIZE)
        yield puppeteer


def _shown(puppeteer: Puppeteer, portrait: Portrait, yaw_deg: float) -> tuple[Picture, AnimateScene]:
    """The last of some frames of a portrait that is turned, after a fade."""
    puppeteer.show(portrait)
    pose = _turned(portrait.keypoints, yaw_deg)
    for index in range(20):
        scene = puppeteer.scene(pose, None, Frame(portrait.picture, float(index)), STILL)
        picture = puppeteer.paint(scene).picture
    return picture, scene


@pytest.fixture(scope="module")
def ahead() -> Picture:
    return np.asarray(cv2.resize(read_picture(PORTRAITS / "vera.jpg"), (SIZE, SIZE), interpolation=cv2.INTER_AREA))


@pytest.fixture(scope="module")
def aside(ahead: Picture) -> Picture:
    """The same person, looking aside."""
    with _opened(OwnPixels.AT_ONCE) as puppeteer:
        portrait = puppeteer.prepare(ahead, "vera")
        assert portrait.siblings.ready == ()  # who looks ahead needs none
        return _shown(puppeteer, portrait, ASIDE_DEG)[0]


@pytest.mark.parametrize("own_pixels", [OwnPixels.AT_ONCE, OwnPixels.NEVER])
def test_a_face_that_looks_aside_turns_to_the_front_with_two_whole_halves(
    own_pixels: OwnPixels, aside: Picture
) -> None:
    with _opened(own_pixels) as puppeteer:
        portrait = puppeteer.prepare(aside, "vera")
        (made,) = portrait.siblings.ready
        assert made.is_front_view
        assert abs(_yaw_deg(made.keypoints)) < 6 < ASIDE_DEG - 5 < abs(_yaw_deg(portrait.keypoints))
        assert _shown(puppeteer, portrait, 0)[1].picture is portrait
        turned, scene = _shown(puppeteer, portrait, -ASIDE_DEG)
        assert scene.picture is made
        portrait.siblings.ready = ()
        if scene.composition is not None:
            scene.composition.siblings = {}
        alone, scene = _shown(puppeteer, portrait, -ASIDE_DEG)
        assert scene.picture is portrait
        errors = [_error(each, scene.driven) for each in (turned, alone)]
        assert errors[0] < 0.8 * errors[1]


def _yaw_deg(pose: Keypoints) -> float:
    return float(np.degrees(rotation_vector(fit_head(face_of(pose)).rotation)[1]))


def _error(picture: Picture, driven: Keypoints) -> float:
    """Mean distance of the landmarks that are found to those that were asked for, normalised."""
    face, _ = largest_face(picture)
    found = (face.points[:, :2] + 0.5) * 2 / picture.shape[0] - 1
    return float(np.linalg.norm(found - driven.points, axis=1).mean())
