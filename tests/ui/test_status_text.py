"""Texts of the preview and the status bar."""

from __future__ import annotations

from dataclasses import replace

import pytest

from puppet.domain import Aim, Following, Pace, SessionState, StageTimes, Status, Step
from puppet.errors import CameraError, PackError
from tests.support.fake_session import RUNNING
from ui.status_text import (
    LOADING,
    counts_text,
    elapsed_text,
    following_text,
    latency_text,
    pack_text,
    preview_message,
    slow_text,
    timing_rows,
)


def test_a_session_that_is_being_opened_is_loading() -> None:
    assert preview_message(None, None, has_picture=False) is LOADING


def test_nothing_is_written_over_a_picture_that_follows_a_face() -> None:
    assert preview_message(RUNNING, None, has_picture=True) is None


def test_an_error_is_shown_by_its_kind_with_its_message() -> None:
    shown = preview_message(RUNNING, PackError("the pack is damaged"), has_picture=True)
    assert shown is not None
    assert (shown.title, shown.hint, shown.over_picture) == (
        "The model pack cannot be used",
        "the pack is damaged",
        False,
    )
    assert preview_message(None, CameraError("gone"), has_picture=False) != shown


def test_without_a_camera_the_reason_is_shown_in_terms_of_the_choice() -> None:
    status = replace(RUNNING, state=SessionState.WAITING_FOR_CAMERA, message="film.mp4: no video stream")
    before, after = (preview_message(status, None, picture, camera="/a/film.mp4") for picture in (False, True))
    assert before is not None
    assert after is not None
    assert (before.title, before.hint) == (after.title, after.hint) == ("The video cannot be played", status.message)
    assert (before.over_picture, after.over_picture) == (False, True)
    plugged = preview_message(status, None, True, camera="Cam 2.0")
    assert plugged is not None
    assert plugged.title == "No camera picture"


def test_without_a_portrait_the_preview_asks_for_one() -> None:
    shown = preview_message(replace(RUNNING, portrait=""), None, has_picture=False)
    assert shown is not None
    assert shown.title == "Choose a portrait"


@pytest.mark.parametrize(
    ("following", "words"),
    [
        (Following.CALIBRATING, "Look straight at the camera"),
        (Following.MATCHING, "Look as the portrait does"),
        (Following.SEARCHING, "No face found"),
        (Following.TOO_SMALL, "Your face is too small"),
        (Following.EASING, "No face found"),
    ],
)
def test_a_missing_face_is_asked_for_above_the_picture(following: Following, words: str) -> None:
    shown = preview_message(replace(RUNNING, following=following), None, has_picture=True)
    assert shown is not None
    assert words in shown.title
    assert shown.over_picture


def test_a_face_lost_for_a_moment_shows_no_message() -> None:
    assert preview_message(replace(RUNNING, following=Following.HOLDING), None, has_picture=True) is None


def test_a_replacement_session_shows_that_it_is_getting_ready() -> None:
    shown = preview_message(
        replace(RUNNING, state=SessionState.STARTING, following=Following.SEARCHING), None, has_picture=True
    )
    assert shown is not None
    assert shown.over_picture
    assert shown.title == LOADING.title


def test_every_following_state_has_a_text() -> None:
    words = {following_text(replace(RUNNING, following=following)) for following in Following}
    assert len(words) == len(Following)
    assert following_text(None) == "Starting"
    assert following_text(Status(state=SessionState.WAITING_FOR_CAMERA)) == "Waiting for camera"


def test_latency_is_written_as_two_whole_numbers() -> None:
    assert latency_text(StageTimes(38.2, 51.6, 60)) == "38 / 52 ms"
    assert latency_text(None) == "–"


@pytest.mark.parametrize(("seconds", "words"), [(0, "00:00"), (65.9, "01:05"), (3_725, "1:02:05")])
def test_elapsed_time(seconds: float, words: str) -> None:
    assert elapsed_text(seconds) == words


def test_times_are_rows_in_the_order_of_a_frames_journey() -> None:
    times = {"track": StageTimes(1, 2, 3), "render": StageTimes(4, 5.25, 6)}
    rows = timing_rows(replace(RUNNING, stages=times))
    assert list(rows) == ["track", "render", "camera to picture"]
    assert rows["render"] == ("4.0", "5.2", "6.0")
    assert timing_rows(Status()) == {}


def test_lost_frames_are_counted() -> None:
    words = counts_text(replace(RUNNING, dropped=7, recorder_dropped=2))
    assert "7 camera frames" in words
    assert "2 not recorded" in words


def test_packs_have_plain_names_and_one_is_recommended() -> None:
    assert pack_text("mine") == "Mine"
    assert pack_text("face") == "Face (recommended)"


def test_a_slow_machine_is_named_only_when_it_is_slow() -> None:
    slow = replace(RUNNING, rendered=500, fps=16.2, camera_fps=60.0)
    assert slow_text(slow) == "Slow: 16 of 30 fps"
    assert slow_text(replace(slow, fps=29.0, governor=Pace(Aim.HOLDING, 30.0, Step(preview_every=2)))) == ""
    assert slow_text(replace(slow, following=Following.IDLE)) == ""
    assert slow_text(replace(slow, rendered=5)) == ""
    assert slow_text(replace(slow, fps=14.0, camera_fps=15.0)) == ""
