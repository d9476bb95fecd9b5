"""The words on the stage and in the status line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from puppet.domain import Following, StageTimes, Status
from puppet.errors import CameraError, PackError
from tests.ui.fake_session import RUNNING
from ui.state import LOADING, elapsed_words, following_words, latency_words, recording_in, scene, virtual_camera_in


def test_a_session_that_is_being_opened_is_loading() -> None:
    assert scene(None, None, has_picture=False) is LOADING


def test_nothing_is_written_over_a_picture_that_follows_a_face() -> None:
    assert scene(RUNNING, None, has_picture=True) is None


def test_an_error_is_shown_by_its_kind_with_its_message() -> None:
    shown = scene(RUNNING, PackError("the pack is damaged"), has_picture=True)
    assert shown is not None
    assert (shown.title, shown.hint, shown.over_picture) == (
        "The model pack cannot be used",
        "the pack is damaged",
        False,
    )
    assert scene(None, CameraError("gone"), has_picture=False) != shown


def test_waiting_for_a_camera_says_why_until_the_test_card_does() -> None:
    status = replace(RUNNING, state="waiting for camera", message="“Cam” is used by another program")
    before, after = (scene(status, None, has_picture=has_picture) for has_picture in (False, True))
    assert before is not None
    assert after is not None
    assert "another program" in before.hint
    assert "choose another" in after.hint


def test_without_a_portrait_the_stage_asks_for_one() -> None:
    shown = scene(replace(RUNNING, avatar=""), None, has_picture=False)
    assert shown is not None
    assert shown.title == "Choose a portrait"


@pytest.mark.parametrize(
    ("following", "words"),
    [
        (Following.CALIBRATING, "Look straight at the camera"),
        (Following.SEARCHING, "No face found"),
        (Following.EASING, "No face found"),
    ],
)
def test_a_face_that_is_wanted_is_asked_for_over_the_picture(following: Following, words: str) -> None:
    shown = scene(replace(RUNNING, following=following), None, has_picture=True)
    assert shown is not None
    assert words in shown.title
    assert shown.over_picture


def test_a_face_lost_for_a_moment_is_not_complained_about() -> None:
    assert scene(replace(RUNNING, following=Following.HOLDING), None, has_picture=True) is None


def test_every_following_state_has_words() -> None:
    words = {following_words(replace(RUNNING, following=following)) for following in Following}
    assert len(words) == len(Following)
    assert following_words(None) == "Starting"
    assert following_words(Status(state="waiting for camera")) == "Waiting for camera"


def test_latency_is_written_as_two_whole_numbers() -> None:
    assert latency_words(StageTimes(38.2, 51.6, 60)) == "38 / 52 ms"
    assert latency_words(None) == "–"


@pytest.mark.parametrize(("seconds", "words"), [(0, "00:00"), (65.9, "01:05"), (3_725, "1:02:05")])
def test_elapsed_time(seconds: float, words: str) -> None:
    assert elapsed_words(seconds) == words


def test_open_sinks_are_told_by_their_names() -> None:
    status = replace(RUNNING, sinks=("recording a.mp4",))
    assert recording_in(status)
    assert not virtual_camera_in(status)
