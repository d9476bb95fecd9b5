"""The crop: one pixel convention for pictures and points."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.domain import Face
from puppet.geometry import landmarks as lm
from puppet.geometry.crop import CropBox, face_box, whole_box

_SIDES = st.floats(1, 5000)
_PLACES = st.floats(-2000, 6000)


def _picture(height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2).astype(np.uint8)


def test_the_whole_of_a_square_picture_is_the_picture() -> None:
    picture = _picture(256, 256)
    np.testing.assert_array_equal(whole_box(picture).extract(picture, 256), picture)


@pytest.mark.parametrize("side", [512, 768, 1024])
def test_shrinking_averages_as_area_resampling_does(side: int) -> None:
    picture = _picture(side, side)
    expected = cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(whole_box(picture).extract(picture, 256).astype(int), expected.astype(int), atol=1)


def test_shrinking_a_fine_pattern_leaves_no_alias() -> None:
    stripes = np.zeros((4000, 4000, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = CropBox(2001.3, 1998.7, 3900).extract(stripes, 256)
    assert np.ptp(crop.astype(int)) <= 255 / 15 + 1  # no more than one stripe too many in the 15 behind a pixel


def test_a_crop_inside_the_picture_is_that_part_of_it() -> None:
    picture = _picture(300, 400)
    # The square over columns 50..149 and rows 80..179: its centre lies between two pixels.
    np.testing.assert_array_equal(CropBox(99.5, 129.5, 100).extract(picture, 100), picture[80:180, 50:150])


def test_outside_the_picture_its_border_repeats() -> None:
    picture = _picture(60, 60)
    crop = CropBox(-0.5, 29.5, 60).extract(picture, 60)
    np.testing.assert_array_equal(crop[:, :30], np.repeat(picture[:, :1], 30, axis=1))


def test_a_picture_wider_than_high_keeps_its_proportions() -> None:
    box = whole_box(_picture(100, 300))
    assert (box.x, box.y, box.side) == (149.5, 49.5, 300)


def test_one_and_minus_one_are_the_centres_of_the_outer_pixels() -> None:
    box = CropBox(99.5, 129.5, 100)
    norm = box.to_norm([(50, 80), (149, 179)], size=100)
    np.testing.assert_allclose(norm.points, [(-1, -1), (1, 1)], atol=1e-6)
    assert norm.depth is None


def test_points_land_where_extract_puts_their_pixel() -> None:
    picture = np.zeros((400, 400, 3), np.uint8)
    picture[217, 143] = 255
    box = CropBox(150.2, 210.7, 90)
    crop = box.extract(picture, 256).astype(float)[..., 0]
    y, x = np.mgrid[0:256, 0:256]
    found = np.array([(crop * x).sum(), (crop * y).sum()]) / crop.sum()
    pixels = (box.to_norm([(143, 217)], 256).points[0] + 1) / 2 * 255
    np.testing.assert_allclose(found, pixels, atol=0.1)
    np.testing.assert_allclose(box.affine(256) @ (143, 217, 1), pixels, atol=1e-3)


@given(_PLACES, _PLACES, _SIDES, st.integers(2, 1024))
def test_points_come_back_from_the_crop(x: float, y: float, side: float, size: int) -> None:
    box = CropBox(x, y, side)
    points = np.array([(0, 0), (639.5, 12.25), (x, y)])
    np.testing.assert_allclose(box.to_px(box.to_norm(points, size), size), points, atol=2e-3)


def test_depth_has_the_unit_of_x() -> None:
    norm = CropBox(10, 20, 64).to_norm([(10, 20, 5), (15, 20, 0)], size=256)
    assert norm.depth is not None
    assert norm.depth[0] == pytest.approx(norm.points[1, 0])


@pytest.mark.parametrize("stretch", [(1, 1), (1.4, 1)])
def test_a_face_is_framed_as_the_training_clips_are(stretch: tuple[float, float]) -> None:
    points = (lm.mean_face() * (*stretch, 1) * 60 + (400, 300, 0)).astype(np.float32)
    box = face_box(Face(points))
    width, height = np.ptp(points[:, 0]), np.ptp(points[:, 1])
    norm = box.to_norm(points).points
    middle = (norm.min(0) + norm.max(0)) / 2
    assert box.side == pytest.approx(2 * max(height, 1.18 * width), rel=1e-5)
    np.testing.assert_allclose((middle * 255 / 256 + 1) / 2, (0.5, 0.545), atol=1e-4)


def test_a_face_without_extent_still_gives_a_square() -> None:
    assert face_box(Face(np.full((478, 3), 7, np.float32))).side >= 1


def test_a_square_that_reaches_outside_is_moved_inside_before_it_is_made_smaller() -> None:
    picture = np.zeros((400, 600, 3), np.uint8)
    assert CropBox(150, 50, 200).within(picture) == CropBox(150, 99.5, 200)
    assert CropBox(300, 200, 200).within(picture) == CropBox(300, 200, 200)
    assert CropBox(300, 100, 450).within(picture) == CropBox(300, 199.5, 400)


def test_a_square_much_larger_than_the_picture_still_holds_the_face() -> None:
    assert CropBox(20, 30, 200).within(np.zeros((100, 100, 3), np.uint8)) == CropBox(49.5, 49.5, 160)


@pytest.mark.parametrize(
    "box", [CropBox(60.2, 49.7, 64), CropBox(10, 90, 90.4), CropBox(200, 50, 48), CropBox(63.5, 47.5, 30)]
)
def test_nearest_pixels_show_the_same_as_interpolation(box: CropBox) -> None:
    y, x = np.mgrid[:96, :128]
    image = np.stack([2 * x, 2 * y, x + y], 2).clip(0, 255).astype(np.uint8)
    exact, nearest = (extract(image, 32).astype(int) for extract in (box.extract, box.extract_nearest))
    assert nearest.shape == (32, 32, 3)
    assert np.abs(exact - nearest).max() <= 4  # half a pixel of a ramp of 2 levels a pixel, and rounding


def test_a_much_larger_square_is_subsampled_and_shows_the_same() -> None:
    y, x = np.mgrid[:700, :900]
    image = np.stack([x // 4, y // 4, (x + y) // 8], 2).astype(np.uint8)
    exact, nearest = (
        extract(image, 32).astype(int)
        for extract in (CropBox(450, 350, 520).extract, CropBox(450, 350, 520).extract_nearest)
    )
    assert np.abs(exact - nearest).max() <= 2
