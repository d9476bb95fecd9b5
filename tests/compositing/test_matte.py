"""The matte follows what the picture shows; the person's own colours lack those of the background."""

from __future__ import annotations

import cv2
import numpy as np

from puppet.compositing.foreground import own_colours
from puppet.compositing.matte import refined
from puppet.domain import Floats, Picture

SIDE = 200
FACE = np.array([(60, 60), (140, 60), (140, 180), (60, 180)], np.float32)
FACE_END = 180
RED, BLUE = (200, 40, 30), (20, 60, 220)


def _share() -> Floats:
    """A round person with thin hairs."""
    canvas = np.zeros((4 * SIDE, 4 * SIDE), np.uint8)
    cv2.circle(canvas, (400, 440), 300, (255,), cv2.FILLED)
    for angle in np.arange(0, 2 * np.pi, 0.15):
        end = 400 + 338 * np.cos(angle), 440 + 338 * np.sin(angle)
        cv2.line(canvas, (400, 440), (round(end[0]), round(end[1])), (255,), 8)
    return np.asarray(cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA) / np.float32(255), np.float32)


def _mixed(share: Floats) -> Picture:
    noise = np.random.default_rng(0).normal(0, 6, (2, SIDE, SIDE, 3))
    person, behind = (np.array(colour) + part for colour, part in zip((RED, BLUE), noise, strict=True))
    mixed = share[..., None] * person + (1 - share[..., None]) * behind
    return np.asarray(mixed.clip(0, 255).astype(np.uint8))


def test_a_matte_finds_hair_that_the_segmentation_misses() -> None:
    share = _share()
    silhouette = np.asarray(cv2.GaussianBlur(cv2.erode(share, np.ones((5, 5))), (0, 0), 3), np.float32)
    matte = refined(_mixed(share), silhouette, FACE)
    error, before = (np.abs(each - share)[:FACE_END].mean() for each in (matte / 255, silhouette))
    assert error < 0.3 * before
    hair = (share > 0.6) & (silhouette < 0.2)
    assert hair.any()
    assert matte[:FACE_END][hair[:FACE_END]].mean() > 150


def test_another_person_does_not_belong_to_the_matte() -> None:
    share = np.zeros((SIDE, SIDE), np.float32)
    share[40:, 60:140] = 1
    silhouette = share.copy()
    silhouette[60:, 185:] = 1
    matte = refined(_mixed(silhouette), silhouette, FACE)
    assert matte[100, 100] == 255
    assert not matte[80:, 190:].any()


def test_a_picture_of_one_colour_gives_a_matte() -> None:
    silhouette = np.zeros((SIDE, SIDE), np.float32)
    silhouette[40:, 60:140] = 1
    matte = refined(np.full((SIDE, SIDE, 3), 90, np.uint8), silhouette, FACE)
    assert matte[100, 100] == 255
    assert matte[10, 10] == 0


def test_the_persons_own_colours_lack_the_background() -> None:
    share = _share()
    picture = _mixed(share)
    person, behind = own_colours(picture, np.rint(share * 255).astype(np.uint8))
    edge = (share > 0.3) & (share < 0.7)
    for colours, true in ((person, RED), (behind, BLUE)):
        assert np.abs(colours[edge].mean(0) - true).max() < 25
    assert np.abs(picture[edge].mean(0) - RED).max() > 50
    np.testing.assert_allclose(person[share == 1], picture[share == 1], atol=1)
    np.testing.assert_allclose(behind[share == 0], picture[share == 0], atol=1)
