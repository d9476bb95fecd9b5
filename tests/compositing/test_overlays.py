"""Overlays: known maps are drawn into a copy, missing ones are named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from puppet.compositing.overlays import draw, missing, segment_colour
from puppet.domain import Floats, Inspection, Keypoints, Overlay, Picture
from tests.support.faces import face

SIDE = 128
GREY = np.full((SIDE, SIDE, 3), 120, np.uint8)
POSE = Keypoints(np.array([(-0.5, -0.5), (0.5, 0.5)], np.float32))


def halves() -> Floats:
    """(3, 16, 16): background above, then left and right below."""
    masks = np.zeros((3, 16, 16), np.float32)
    masks[0, :8] = masks[1, 8:, :8] = masks[2, 8:, 8:] = 1
    return masks


def changed(picture: Picture) -> NDArray[np.bool_]:
    return np.asarray(np.any(picture != GREY, axis=2))


def test_a_keypoint_is_drawn_where_it_is() -> None:
    drawn = changed(draw(Overlay.KEYPOINTS, Inspection(GREY), POSE))
    for point in POSE.points:
        column, row = (point + 1) * (SIDE - 1) / 2
        assert drawn[round(float(row)), round(float(column))]
    assert not drawn[:20].any()
    assert (GREY == 120).all()


def test_landmarks_are_drawn_as_a_face() -> None:
    keypoints = face()
    drawn = changed(draw(Overlay.KEYPOINTS, Inspection(GREY), keypoints))
    low, high = ((bound(axis=0) + 1) * (SIDE - 1) / 2 for bound in (keypoints.points.min, keypoints.points.max))
    rows, columns = np.nonzero(drawn)
    assert (columns.min(), rows.min()) == pytest.approx(low, abs=3)
    assert (columns.max(), rows.max()) == pytest.approx(high, abs=3)


def test_keypoints_far_outside_do_no_harm() -> None:
    far = Keypoints(np.array([(1e9, -1e9), (np.nan, 0)], np.float32))
    assert draw(Overlay.KEYPOINTS, Inspection(GREY), far).shape == GREY.shape


def test_masks_take_their_colours_and_leave_the_background_alone() -> None:
    drawn = draw(Overlay.MASKS, Inspection(GREY, halves()), POSE)
    assert not changed(drawn)[: SIDE // 2 - 8].any()
    left, right = drawn[-8, 8].astype(int), drawn[-8, -8].astype(int)
    assert left == pytest.approx((120 + np.array(segment_colour(1))) / 2, abs=1.5)
    assert np.abs(left - right).max() > 40


def test_segments_are_numbered_inside_themselves() -> None:
    keypoints = Keypoints(POSE.points, segmentation=halves())
    plain = draw(Overlay.MASKS, Inspection(GREY, halves()), POSE)
    numbers = np.any(draw(Overlay.SEGMENTS, Inspection(GREY), keypoints) != plain, axis=2)
    assert numbers[SIDE // 2 :, : SIDE // 2].any()
    assert numbers[SIDE // 2 :, SIDE // 2 :].any()
    assert not numbers[: SIDE // 2].any()


def test_many_segments_have_colours_of_their_own() -> None:
    masks = np.full((21, 16, 16), 1 / 21, np.float32)
    assert draw(Overlay.MASKS, Inspection(GREY, masks), POSE).shape == GREY.shape
    assert len({segment_colour(number) for number in range(1, 21)}) == 20


def test_what_the_source_does_not_show_is_red() -> None:
    shown = np.ones((16, 16), np.float32)
    shown[:, 8:] = 0
    drawn = draw(Overlay.OCCLUSION, Inspection(GREY, occlusion=shown), POSE)
    assert not changed(drawn)[:, : SIDE // 2 - 8].any()
    assert drawn[64, 120, 0] > 200 > 100 > drawn[64, 120, 1]


def test_flow_has_arrows_only_where_something_moves() -> None:
    flow = np.zeros((16, 16, 2), np.float32)
    flow[:8, :, 0] = 0.1
    drawn = changed(draw(Overlay.FLOW, Inspection(GREY, flow=flow), POSE))
    assert drawn[: SIDE // 2 - 6].any()
    assert not drawn[SIDE // 2 + 6 :].any()


def test_numbers_that_are_none_are_not_drawn() -> None:
    nothing = np.full((16, 16, 2), np.nan, np.float32)
    pose = replace(POSE, jacobians=np.full((2, 2, 2), np.nan, np.float32))
    assert not changed(draw(Overlay.FLOW, Inspection(GREY, flow=nothing), pose)).any()
    assert changed(draw(Overlay.KEYPOINTS, Inspection(GREY), pose)).any()


def test_what_is_not_known_is_named_and_left_out() -> None:
    everything = Overlay.MASKS | Overlay.OCCLUSION | Overlay.FLOW | Overlay.SEGMENTS
    assert not changed(draw(everything, Inspection(GREY), POSE)).any()
    line = missing(everything, Inspection(GREY), POSE)
    assert "masks, occlusion, flow, segments" in line
    assert missing(everything & ~Overlay.MASKS, Inspection(GREY, halves()), POSE).count("masks") == 0
    assert missing(Overlay.KEYPOINTS, Inspection(GREY), POSE) == ""
