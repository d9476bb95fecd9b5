"""The guided minute: poses of the bundled portrait of several pictures, as a camera would show them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from puppet.domain import Picture
from puppet.media.portrait_file import read_portrait
from puppet.portraits.guided import GuidedMinute, GuidedPose, Hint
from puppet.userdata.gallery import BUNDLED

NEUTRAL, HAPPY, SURPRISED = 0, 1, 2


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [shot.picture for shot in read_portrait(BUNDLED / "amara.portrait")]


@pytest.fixture
def minute() -> Iterator[GuidedMinute]:
    with closing(GuidedMinute()) as minute:
        yield minute


def test_poses_are_ticked_off_in_any_order_after_the_neutral_one(minute: GuidedMinute, pictures: list[Picture]) -> None:
    progress = minute.progress()
    assert progress.wanted is GuidedPose.FRONT
    for index in (NEUTRAL, SURPRISED, HAPPY):
        for _ in range(5):
            progress = minute.look(pictures[index])
    assert {GuidedPose.FRONT, GuidedPose.OPEN, GuidedPose.CHEESE} <= progress.done
    assert progress.wanted is GuidedPose.CLOSED_EYES
    shots = minute.shots()
    assert [shot.origin for shot in shots][:2] == ["camera, front", "camera, cheese"]
    np.testing.assert_array_equal(shots[0].picture, pictures[NEUTRAL])


def test_a_skipped_pose_is_not_asked_for_but_the_neutral_one_is(minute: GuidedMinute) -> None:
    assert minute.skip(GuidedPose.FRONT).wanted is GuidedPose.FRONT
    minute.skip(GuidedPose.CHEESE)
    assert GuidedPose.CHEESE not in minute.progress().done
    assert minute.shots() == ()


def test_unusable_pictures_are_named_and_tick_nothing(minute: GuidedMinute, pictures: list[Picture]) -> None:
    dark = (pictures[NEUTRAL] * 0.1).astype(np.uint8)
    hints = {minute.look(picture).hint for picture in (np.full_like(dark, 127), *[dark] * 3)}
    assert hints <= {Hint.NO_FACE, Hint.LIGHT}
    assert not minute.progress().done
