"""The performer's own picture in the window's corner: only in the window, and off on air."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from puppet.domain import Following, Frame
from puppet.geometry.landmarks import rest_pose
from puppet.pipeline.scenes import Rendered
from tests.support.fake_session import RUNNING
from tests.support.learned_window import press, start
from tests.support.studio import Studio

BOX = (40.0, 10.0, 50.0)


def film(studio: Studio, index: int = 0) -> None:
    """Deliver a frame whose left half is red, in which the performer has the pose of the portrait."""
    image = np.zeros((72, 128, 3), np.uint8)
    image[:, :64, 0] = 255
    portrait = studio.session.prepare(np.zeros((96, 96, 3), np.uint8), "Ada")
    studio.session.opened_portrait = replace(portrait, keypoints=rest_pose())
    picture = np.full((72, 128, 3), 128, np.uint8)
    studio.window.self_view._shown_s = 0.0
    studio.session.rendered = Rendered(picture, Frame(image, 0.0, index), Following.TRACKING, 0.0, {}, rest_pose())
    studio.window.bridge.poll_picture()


@pytest.fixture
def seen(studio: Studio) -> Studio:
    """The window with the self view on."""
    start(studio, replace(RUNNING, performer_box=BOX))
    press(studio, Qt.Key.Key_I)
    film(studio)
    return studio


def test_i_shows_the_performer_with_the_match_and_i_hides_them(seen: Studio) -> None:
    inset = seen.window.inset
    assert inset.isVisible()
    assert inset.share == pytest.approx(1)
    assert "Match 100 %: now calibrate" in inset.accessibleDescription()
    assert seen.window.settings.self_view
    press(seen, Qt.Key.Key_I)
    assert not inset.isVisible()
    film(seen)
    assert not inset.isVisible()
    assert not seen.window.settings.self_view


def test_it_is_mirrored_as_the_portrait_is(seen: Studio) -> None:
    def red_at_the_left() -> bool:
        film(seen)
        colour = seen.window.inset.grab().toImage().pixelColor(6, 100)
        return colour.red() > 200 and colour.green() < 50

    assert not red_at_the_left()  # mirrored: the red half is at the right
    press(seen, Qt.Key.Key_M)
    assert red_at_the_left()


def test_on_air_it_is_off_until_it_is_switched_on(seen: Studio) -> None:
    press(seen, Qt.Key.Key_R)
    seen.until(lambda: seen.session.recording is not None)
    seen.window.bridge.poll_status()
    film(seen)
    assert not seen.window.inset.isVisible()
    press(seen, Qt.Key.Key_I)
    film(seen)
    assert seen.window.inset.isVisible()
    press(seen, Qt.Key.Key_R)
    seen.until(lambda: seen.session.recording is None)
    seen.window.bridge.poll_status()
    assert seen.window.panel.self_view.isChecked()


def test_without_a_camera_frame_nothing_is_shown(seen: Studio) -> None:
    film(seen, index=-1)
    assert not seen.window.inset.isVisible()
