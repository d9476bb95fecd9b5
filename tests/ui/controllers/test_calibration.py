"""Calibration in the window: asked for, kept by camera and portrait, and taken along to another model."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import Qt

from puppet.domain import SavedNeutral
from puppet.geometry.landmarks import rest_pose
from puppet.userdata.calibrations import Calibrations, calibrations_path
from tests.support.fake_session import FakeSession
from tests.support.learned_window import press
from tests.support.studio import Studio

SAVED = SavedNeutral(rest_pose(), (64, 36, 50), (128, 72), True, "face")


def calibrated(studio: Studio, key: Qt.Key, saved: SavedNeutral = SAVED) -> None:
    """Press a key; the session then has another neutral pose."""
    press(studio, key)
    studio.session.saved = saved
    studio.window.bridge.poll_status()


def started(studio: Studio) -> Studio:
    studio.start()
    portrait = studio.session.prepare(studio.session.rendered.picture, "Ada") if studio.session.rendered else None
    studio.session.opened_portrait = portrait
    return studio


def test_a_calibration_that_was_asked_for_is_kept_with_camera_and_portrait(studio: Studio) -> None:
    started(studio)
    calibrated(studio, Qt.Key.Key_C)
    studio.until(calibrations_path().exists)
    assert studio.session.calls.count("calibrate") == 1
    found = Calibrations().find("", "Ada", exact=True)
    assert found is not None
    assert found.box == SAVED.box


def test_an_automatic_calibration_is_not_kept(studio: Studio) -> None:
    started(studio)
    studio.session.saved = SAVED
    studio.window.bridge.poll_status()
    calibrated(studio, Qt.Key.Key_X, replace(SAVED, box=(1, 2, 3)))
    studio.until(calibrations_path().exists)
    found = Calibrations().find("", "Ada")
    assert found is not None
    assert found.box == (1, 2, 3)
    assert "reanchor" in studio.session.calls


def test_the_best_moment_says_how_well_it_matches(studio: Studio) -> None:
    started(studio)
    studio.window.panel.best_moment.click()
    assert "best moment" in studio.session.calls
    studio.session.saved = replace(SAVED, match=0.871)
    studio.window.bridge.poll_status()
    assert studio.notice() == "Calibrated at a match of 87 %"


def test_the_next_start_restores_it_and_another_portrait_its_own(studio: Studio) -> None:
    kept = Calibrations()
    kept.keep("", "Bo", replace(SAVED, box=(7, 7, 7)))
    kept.keep("", "Ada", SAVED)
    studio.start()
    studio.window.calibration._calibrations_read(Calibrations())
    assert studio.session.restored[-1].box == SAVED.box
    press(studio, Qt.Key.Key_2)
    studio.until(lambda: studio.session.shown[-1] == "Bo")
    assert studio.session.restored[-1].box == (7, 7, 7)
    count = len(studio.session.restored)
    press(studio, Qt.Key.Key_3)
    studio.until(lambda: studio.session.shown[-1] == "Cy")
    assert len(studio.session.restored) == count  # Cy has none: the present one stays


def test_another_model_takes_the_newest_along(studio: Studio) -> None:
    started(studio)
    studio.session.saved = SAVED
    studio.window.bridge.poll_status()
    studio.session.next = FakeSession()
    studio.window.model.choose_pack("parts")
    studio.until(lambda: studio.session.next is not None and studio.session.next.restored == [SAVED])


def test_a_damaged_file_is_said(studio: Studio) -> None:
    calibrations_path().parent.mkdir(parents=True, exist_ok=True)
    calibrations_path().write_text("{")
    studio.start()
    studio.window.calibration._calibrations_read(Calibrations())
    assert "The calibrations were damaged" in studio.notice()
