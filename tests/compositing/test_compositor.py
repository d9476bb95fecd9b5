"""The square on a blurred background, or pasted back into its picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from puppet.compositing.compositor import FEATHER, Compositor, blurred_background
from puppet.domain import Output, Picture
from puppet.geometry.crop import CropBox

MODEL_PX = 64


def _picture(width: int, height: int) -> Picture:
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)


def _flat(value: int) -> Picture:
    return np.full((MODEL_PX, MODEL_PX, 3), value, np.uint8)


def test_the_square_alone_is_the_face_itself() -> None:
    face = _picture(MODEL_PX, MODEL_PX)
    placed = Compositor(None).place(face, _picture(100, 80), CropBox(50, 40, 60), Output.CROP)
    np.testing.assert_array_equal(placed, face)
    assert not np.shares_memory(placed, face)


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (128, 128)])
def test_the_square_is_centred_and_as_large_as_fits(size: tuple[int, int]) -> None:
    placed = Compositor(size).place(_flat(255), np.zeros((80, 100, 3), np.uint8), CropBox(50, 40, 60), Output.CROP)
    assert placed.shape == (size[1], size[0], 3)
    ys, xs = np.nonzero(placed[:, :, 0] == 255)
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (left, left + side - 1, top, top + side - 1)


def test_the_background_is_darker_and_smoother_than_the_portrait() -> None:
    portrait = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8)
    ground = blurred_background(portrait, (320, 180))
    assert ground.shape == (180, 320, 3)
    assert 20 < ground.mean() < 0.5 * portrait.mean()
    assert np.abs(np.diff(ground.astype(int), axis=1)).mean() < 2


@pytest.mark.parametrize(("x", "y", "side"), [(59.5, 49.5, 64.0), (60.3, 41.8, 50.0), (20.0, 15.0, 70.0)])
def test_pasted_back_nothing_outside_the_square_changes(x: float, y: float, side: float) -> None:
    portrait, crop = _picture(120, 100), CropBox(x, y, side)
    placed = Compositor(None).place(_flat(0), portrait, crop, Output.FULL)
    changed = np.nonzero((placed != portrait).any(axis=2))
    assert changed[0].size
    for found, centre in ((changed[1], x), (changed[0], y)):
        assert found.min() >= np.floor(centre - side / 2)
        assert found.max() <= np.ceil(centre + side / 2)


def test_pasted_back_the_portraits_own_square_gives_the_portrait() -> None:
    portrait, crop = _picture(120, 100), CropBox(59.5, 49.5, float(MODEL_PX))
    placed = Compositor(None).place(crop.extract(portrait, MODEL_PX), portrait, crop, Output.FULL)
    np.testing.assert_allclose(placed, portrait, atol=1)


@pytest.mark.parametrize("size", [(240, 135), (320, 400), (60, 50)])
def test_pasted_back_into_a_scaled_picture_the_square_still_falls_into_place(size: tuple[int, int]) -> None:
    portrait, crop = _picture(120, 100), CropBox(63.2, 47.7, 51.3)
    inside = Compositor(size).place(crop.extract(portrait, MODEL_PX), portrait, crop, Output.FULL)
    without = Compositor(size).place(_flat(0), portrait, crop, Output.FULL)
    seen = (inside != without).any(axis=2)
    fit = min(size[0] / 120, size[1] / 100)
    own = round(120 * fit), round(100 * fit)
    expected = np.asarray(cv2.resize(portrait, own, interpolation=cv2.INTER_AREA if fit < 1 else cv2.INTER_CUBIC))
    left, top = (size[0] - own[0]) // 2, (size[1] - own[1]) // 2
    whole = inside[top : top + own[1], left : left + own[0]].astype(int)
    assert np.abs(whole - expected)[seen[top : top + own[1], left : left + own[0]]].mean() < 6


def test_the_edge_of_the_square_is_soft() -> None:
    portrait, crop = np.zeros((400, 400, 3), np.uint8), CropBox(199.5, 199.5, 200.0)
    row = Compositor(None).place(_flat(200), portrait, crop, Output.FULL)[200, :, 0].astype(int)
    band = round(FEATHER * 200)
    assert row[99] == 0
    assert row[100 + band] == 200
    edge = row[99 : 101 + band]
    assert (np.diff(edge) >= 0).all()
    assert np.diff(edge).max() < 60


def test_a_square_that_reaches_over_the_border_is_cut_there() -> None:
    portrait = np.zeros((100, 100, 3), np.uint8)
    placed = Compositor(None).place(_flat(200), portrait, CropBox(10, 10, 60), Output.FULL)
    assert placed.shape == portrait.shape
    assert placed[0, 0].tolist() == [200, 200, 200]
    assert placed[60, 60].tolist() == [0, 0, 0]


def test_pictures_are_new_ones_and_the_portrait_stays_as_it_is() -> None:
    portrait, crop = _picture(160, 90), CropBox(80, 45, 60)
    before = portrait.copy()
    compositor = Compositor((160, 90))
    for output in Output:
        first = compositor.place(_flat(10), portrait, crop, output)
        kept = first.copy()
        compositor.place(_flat(250), portrait, crop, output)
        np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(portrait, before)


def test_another_portrait_has_another_background() -> None:
    compositor, crop = Compositor((160, 90)), CropBox(40, 40, 40)
    dark = compositor.place(_flat(128), np.zeros((80, 80, 3), np.uint8), crop, Output.CROP)
    light = compositor.place(_flat(128), np.full((80, 80, 3), 240, np.uint8), crop, Output.CROP)
    assert light[:, 0].mean() > dark[:, 0].mean() + 20
