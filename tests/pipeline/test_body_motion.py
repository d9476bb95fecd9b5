"""The performer's body is measured for portraits that show them, with the shipped pack on a portrait."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from puppet.compositing import cutout
from puppet.domain import Frame, Framing, Motion, Picture, Step
from puppet.engines.factory import open_engine
from puppet.media.pictures import read_picture
from puppet.packs import open_pack
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import AnimateScene
from puppet.tracking.tracker import MediaPipeTracker
from tests.support import fakes
from tests.support.faces import PORTRAITS

STILL = replace(fakes.STILL, fade_s=0)
LIVE = replace(STILL, motion=Motion.RELATIVE)
SHOULDERS = np.s_[200:250, 20:236]


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    picture = read_picture(PORTRAITS / "astronaut.jpg")
    return np.asarray(cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def puppeteer() -> Puppeteer:
    return Puppeteer(open_engine(open_pack("face")), MediaPipeTracker(), size=None, framing=Framing.NONE)


@pytest.fixture
def raised(astronaut: Picture) -> Picture:
    """The same person with shoulders 6 pixels higher."""
    rows, columns = np.mgrid[0:256, 0:256].astype(np.float32)
    lower = np.clip((rows - 165) / 30, 0, 1)
    return np.asarray(cv2.remap(astronaut, columns, rows + 6 * lower, cv2.INTER_LINEAR), np.uint8)


def _error(a: Picture, b: Picture) -> float:
    return float(np.abs(a[SHOULDERS].astype(np.float32) - b[SHOULDERS]).mean())


def test_shoulders_move_as_measured(puppeteer: Puppeteer, astronaut: Picture, raised: Picture) -> None:
    puppeteer.show(puppeteer.prepare(astronaut, "astronaut"))
    puppeteer.set_neutral(Frame(astronaut, 0.0))
    scene = puppeteer.look(Frame(raised, 0.1), STILL)
    assert isinstance(scene, AnimateScene)
    shown = puppeteer.paint(scene).picture
    unmeasured = puppeteer.paint(replace(scene, driven=replace(scene.driven, flow=None))).picture
    assert _error(shown, raised) < 0.6 * _error(unmeasured, raised)


@pytest.fixture
def smiling(astronaut: Picture) -> Picture:
    """The same person, the lips pulled apart by more than landmarks tell."""
    rows, columns = np.mgrid[0:256, 0:256].astype(np.float32)
    aside = columns - 127
    near = np.exp(-((rows - 158) ** 2) / 60 - aside**2 / 400)
    return np.asarray(cv2.remap(astronaut, columns - 0.2 * aside * near, rows, cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("size", [None, (256, 256)])
def test_the_face_is_where_the_frame_shows_it(
    size: tuple[int, int] | None, mirror: bool, puppeteer: Puppeteer, astronaut: Picture, smiling: Picture
) -> None:
    own_pixels = OwnPixels.NEVER if size is None else OwnPixels.AT_ONCE
    puppeteer = Puppeteer(puppeteer.engine, MediaPipeTracker(), size=size, framing=Framing.NONE, own_pixels=own_pixels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutout, "with_texture", lambda *given: None)  # takes seconds
        puppeteer.show(puppeteer.prepare(astronaut, "astronaut"))
        at_rest, now = (np.ascontiguousarray(each[:, ::-1] if mirror else each) for each in (astronaut, smiling))
        controls = replace(STILL, mirror=mirror)
        puppeteer.set_neutral(Frame(at_rest, 0.0), mirror=mirror)
        scene = puppeteer.look(Frame(now, 0.1), controls)
        assert isinstance(scene, AnimateScene)
        assert scene.view is not None
        shown, by_landmarks = (puppeteer.paint(each).picture for each in (scene, replace(scene, view=None)))
    lips = np.s_[146:170, 98:156]
    errors = [float(np.abs(each[lips].astype(float) - smiling[lips]).mean()) for each in (shown, by_landmarks)]
    assert errors[0] < 0.8 * errors[1]
    puppeteer.apply_quality_step(Step(allow_low_precision=True))
    slow = puppeteer.look(Frame(now, 0.2), controls)
    assert isinstance(slow, AnimateScene)
    assert slow.view is None  # a machine that is too slow does without


def test_a_portrait_of_somebody_else_takes_no_measured_motion(puppeteer: Puppeteer, astronaut: Picture) -> None:
    other = read_picture(PORTRAITS / "maria.jpg")
    puppeteer.show(puppeteer.prepare(other, "maria"))
    puppeteer.set_neutral(Frame(astronaut, 0.0))
    pose = puppeteer.pose(astronaut)
    assert pose is not None
    assert pose.flow is None
    puppeteer.show(puppeteer.prepare(astronaut, "astronaut"))  # the performer at rest is known already
    pose = puppeteer.pose(astronaut)
    assert pose is not None
    assert pose.flow is not None


def test_live_it_begins_with_the_neutral_pose_and_again_with_the_next_one(
    puppeteer: Puppeteer, astronaut: Picture, raised: Picture
) -> None:
    puppeteer = Puppeteer(puppeteer.engine, MediaPipeTracker(), size=None, framing=Framing.NONE)
    puppeteer.show(puppeteer.prepare(astronaut, "astronaut"))
    measured = []
    for index in range(40):
        if index == 20:
            puppeteer.calibrate()
        image = astronaut if index < 20 else raised
        driving = puppeteer.look(Frame(image, 0.15 * index), LIVE).driving
        assert driving is not None
        measured.append(0.0 if driving.flow is None else float(np.abs(driving.flow[26:30, 8:24, 1]).mean()))
    assert measured[19] < 0.002  # at rest
    assert measured[21] > 0.02  # the shoulders are higher than in the first neutral pose
    assert measured[39] < 0.002  # and at rest again in the second one
