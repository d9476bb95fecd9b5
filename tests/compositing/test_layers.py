"""Layers of a portrait's own pixels: exact at rest, and no background before it is uncovered."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from puppet.compositing.cutout import LARGEST_PX, Cutout, region_of
from puppet.compositing.layered_compositor import Composition, Subject
from puppet.compositing.layers import split
from puppet.domain import Inspection, Keypoints, Output, Picture
from puppet.geometry.crop import CropBox, whole_box
from puppet.geometry.landmarks import rest_pose

REST: Keypoints = rest_pose()


def _picture(width: int, height: int) -> Picture:
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 1), np.uint8)


def _subject(picture: Picture, crop: CropBox, background: int = 0) -> Subject:
    """A round person with a soft edge before a flat background; the picture itself outside of the person."""
    region = region_of(picture, crop)
    pixels = region.pixels(picture)
    matte = np.zeros(pixels.shape[:2], np.uint8)
    width, height = region.size
    cv2.circle(matte, (width // 2, height // 2), min(width, height) // 4, 255, cv2.FILLED)
    matte = np.asarray(cv2.GaussianBlur(matte, (0, 0), 3), np.uint8)
    behind = np.where(matte[..., None] > 0, np.uint8(background), pixels)
    return Subject(picture, crop, crop.extract(picture, 256), REST, Cutout(region, matte, behind))


def _inspection(subject: Subject, shift: float = 0.0) -> Inspection:
    """Everything moves by `shift`, normalised, to the left."""
    flow = np.zeros((128, 128, 2), np.float32)
    flow[..., 0] = shift
    masks = np.zeros((4, 64, 64), np.float32)
    masks[1] = 1
    return Inspection(subject.face, masks, np.ones((64, 64), np.float32), flow)


def test_a_person_over_its_background_is_the_picture_whatever_the_matte() -> None:
    random = np.random.default_rng(2)
    pixels, background = (random.integers(0, 256, (50, 60, 3), np.uint8) for _ in range(2))
    matte = random.integers(0, 256, (50, 60), np.uint8)
    person, behind = split(pixels, matte, background)
    share = cv2.cvtColor(255 - person[..., 3], cv2.COLOR_GRAY2RGB)
    np.testing.assert_array_equal(person[..., :3] + cv2.multiply(behind, share, scale=1 / 255), pixels)
    np.testing.assert_array_equal(behind[matte == 0], pixels[matte == 0])


@pytest.mark.parametrize("background", [0, 255])
def test_at_rest_the_picture_is_unchanged_bit_for_bit(background: int) -> None:
    picture = _picture(300, 300)
    subject = _subject(picture, whole_box(picture), background)
    placed = Composition(subject, (300, 300), Output.CROP).place(_inspection(subject), REST)
    np.testing.assert_array_equal(placed, picture)


def test_full_at_rest_is_the_whole_picture() -> None:
    picture = _picture(360, 240)
    subject = _subject(picture, CropBox(170.3, 118.7, 151.5))
    placed = Composition(subject, None, Output.FULL).place(_inspection(subject), REST)
    np.testing.assert_array_equal(placed, picture)


def test_the_background_shows_only_where_the_person_moved_away() -> None:
    picture = _picture(300, 300)
    plain, red = (_subject(picture, whole_box(picture), level) for level in (0, 255))
    shift = 0.1
    a, b = (Composition(s, (300, 300), Output.CROP).place(_inspection(s, shift), REST) for s in (plain, red))
    near = cv2.dilate(plain.cutout.matte, np.ones((41, 41), np.uint8)) > 0  # the person, before and after
    differs = (a != b).any(2)
    assert differs.any()
    assert not differs[~near].any()
    centre = np.s_[140:160, 130:150]  # inside the person, before and after
    assert not differs[centre].any()


def test_full_moves_without_a_seam_at_the_squares_border() -> None:
    ramp = np.linspace(0, 255, 360, dtype=np.float32)
    picture = np.repeat(np.repeat(ramp[None, :, None], 240, 0), 3, 2).astype(np.uint8)
    crop = CropBox(180, 120, 120)
    subject = _subject(picture, crop)
    subject.cutout.matte[:] = 255
    placed = Composition(subject, None, Output.FULL).place(_inspection(subject, 0.05), REST).astype(int)
    steps = np.diff(placed[120, :, 0])
    assert placed[120, 180, 0] > picture[120, 180, 0]  # it moved
    assert steps.min() >= 0
    assert steps.max() <= 3


@pytest.mark.parametrize("size", [(256, 144), (144, 256), (200, 200)])
@pytest.mark.parametrize("output", list(Output))
def test_pictures_have_the_size_that_was_asked_for(size: tuple[int, int], output: Output) -> None:
    picture = _picture(320, 200)
    subject = _subject(picture, CropBox(150, 110, 170))
    placed = Composition(subject, size, output).place(_inspection(subject, 0.02), REST)
    assert placed.shape == (size[1], size[0], 3)


def test_crop_shows_the_picture_where_the_square_ends() -> None:
    picture = _picture(320, 180)
    subject = _subject(picture, CropBox(159.5, 89.5, 180))
    placed = Composition(subject, (320, 180), Output.CROP).place(_inspection(subject), REST)
    np.testing.assert_array_equal(placed, picture)


def test_a_size_limit_enlarges_the_picture_to_the_output() -> None:
    picture = np.asarray(cv2.GaussianBlur(_picture(320, 180), (0, 0), 6), np.uint8)
    subject = _subject(picture, CropBox(159.5, 89.5, 180))
    whole, limited = (Composition(subject, (320, 180), Output.CROP, side) for side in (0, 90))
    pictures = [each.place(_inspection(subject, 0.05), REST).astype(int) for each in (whole, limited)]
    assert pictures[1].shape == (180, 320, 3)
    assert np.abs(pictures[0] - pictures[1]).mean() < 2


def test_the_memory_of_a_cut_out_is_bounded() -> None:
    region = region_of(np.zeros((9000, 12000, 3), np.uint8), CropBox(6000, 4500, 6000))
    width, height = region.size
    assert max(width, height) <= LARGEST_PX
    assert width * height * 4 <= 40e6
