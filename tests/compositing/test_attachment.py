"""People who are cut off by the edges of their picture stay attached to them; nothing is mirrored beyond an edge."""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from puppet.compositing.attachment import Attachment
from puppet.compositing.compositor import Compositor
from puppet.compositing.cutout import Cutout, region_of
from puppet.compositing.layered_compositor import Composition, Subject
from puppet.compositing.placement import Rectangle, shown_square
from puppet.domain import Floats, Inspection, Output, Picture
from puppet.geometry.crop import CropBox, whole_box
from puppet.geometry.landmarks import rest_pose

SIDE = 400
PICTURE = Rectangle(0, 0, SIDE, SIDE)
SOURCE = PICTURE.grown(40)
POINTS = np.arange(1.5, SIDE, 4)
# Axis and sign of the flow that leads out over the upper, lower, left and right edge.
EDGES = {"top": (1, -1), "bottom": (1, 1), "left": (0, -1), "right": (0, 1)}


def _matte(edge: str) -> NDArray[np.uint8]:
    """A band from the middle to an edge, half as wide as the picture."""
    matte = np.zeros((SIDE, SIDE), np.uint8)
    matte[: SIDE // 2, SIDE // 4 : -SIDE // 4] = 255
    turned = np.rot90(matte, {"top": 0, "left": 1, "bottom": 2, "right": 3}[edge])
    return np.asarray(cv2.copyMakeBorder(np.ascontiguousarray(turned), 40, 40, 40, 40, cv2.BORDER_CONSTANT), np.uint8)


def _flow(axis: int, px: float) -> Floats:
    flow = np.zeros((len(POINTS), len(POINTS), 2), np.float32)
    flow[..., axis] = px
    return flow


def _attachment(edge: str) -> Attachment:
    return Attachment(_matte(edge), SOURCE, PICTURE, POINTS, POINTS, SIDE)


@pytest.mark.parametrize("edge", ["top", "bottom"])
def test_a_flow_that_ends_far_from_the_touched_edge_is_not_changed(edge: str) -> None:
    points = POINTS[40:60]
    y = np.full((len(points), len(points)), EDGES[edge][1] * 50.0, np.float32)
    held = y.copy()
    Attachment(_matte(edge), SOURCE, PICTURE, points, points, SIDE).hold(np.zeros_like(y), held, 1)
    np.testing.assert_array_equal(held, y)


@pytest.mark.parametrize(("edge", "px"), [*product(EDGES, (3.0, 30.0, 60.0))])
def test_the_flow_does_not_reach_over_a_touched_edge_and_does_not_fold(edge: str, px: float) -> None:
    axis, sign = EDGES[edge]
    flow = _flow(axis, 2 * sign * px)
    _attachment(edge).hold(flow[..., 0], flow[..., 1], 2)
    at = POINTS[:, None] if axis else POINTS[None]
    sampled = np.broadcast_to(at, flow.shape[:2]) + flow[..., axis] / 2
    middle = np.s_[:, 40:60] if axis else np.s_[40:60]
    assert sampled[middle].min() >= -0.5
    assert sampled[middle].max() <= SIDE - 0.5
    assert (np.diff(sampled[middle], axis=0 if axis else 1) > 0.5).all()
    far = np.s_[-5:, 40:60] if edge == "top" else np.s_[:5, 40:60]
    if axis and px < 50:
        np.testing.assert_allclose(flow[far][..., axis], 2 * sign * px)


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("px", [60.0, 150.0])
def test_a_face_is_moved_as_a_whole_however_far_it_leaves_the_edge(edge: str, px: float) -> None:
    axis, sign = EDGES[edge]
    flow = _flow(axis, sign * px)
    face = np.full((4, 2), SIDE / 2, np.float32)
    face[:2, axis], face[2:, axis] = (SIDE - 160, 90) if sign > 0 else (160, SIDE - 90)
    _attachment(edge).hold(flow[..., 0], flow[..., 1], 1, face)
    near, far = face[:, axis].min(), face[:, axis].max()
    inside = (near < POINTS) & (far > POINTS)
    rows = flow[..., axis] if axis else flow[..., axis].T
    np.testing.assert_array_equal(rows[inside, 40:60], sign * px)
    at = POINTS[:, None] + rows[:, 40:60]
    assert at[~inside & ((POINTS > SIDE / 2) == (sign > 0))].min() >= -0.5
    assert at[~inside & ((POINTS > SIDE / 2) == (sign > 0))].max() <= SIDE - 0.5


@pytest.mark.parametrize("edge", EDGES)
def test_motion_towards_an_edge_and_along_it_is_free(edge: str) -> None:
    axis, sign = EDGES[edge]
    for flow in (_flow(axis, -sign * 20), _flow(1 - axis, 20)):
        held = flow.copy()
        _attachment(edge).hold(held[..., 0], held[..., 1], 1)
        np.testing.assert_array_equal(held, flow)


def test_only_where_the_person_touches_an_edge_motion_is_held() -> None:
    flow = _flow(1, -30)
    _attachment("top").hold(flow[..., 0], flow[..., 1], 1)
    assert np.abs(flow[0, 50, 1]) < 1
    np.testing.assert_array_equal(flow[:, :10], _flow(1, -30)[:, :10])
    np.testing.assert_array_equal(flow[:, -10:], _flow(1, -30)[:, -10:])


def _subject(matte: NDArray[np.uint8], crop: CropBox) -> Subject:
    """A white person with a grey stripe before a black background."""
    picture = np.repeat(matte[..., None], 3, 2)
    picture[:, 190:200][matte[:, 190:200] > 0] = 128
    background = np.zeros_like(picture)
    return Subject(
        picture, crop, crop.extract(picture, 256), rest_pose(), Cutout(region_of(picture, crop), matte, background)
    )


def _inspection(subject: Subject, flow_y: float) -> Inspection:
    flow = np.zeros((128, 128, 2), np.float32)
    flow[..., 1] = flow_y
    masks = np.zeros((4, 64, 64), np.float32)
    masks[1] = 1
    return Inspection(subject.face, masks, flow=flow)


@pytest.mark.parametrize("output", Output)
def test_rising_shoulders_stay_attached_to_the_lower_edge(output: Output) -> None:
    matte = _matte("bottom")[40:-40, 40:-40]
    picture_box = CropBox(199.5, 199.5, 360)
    subject = _subject(matte, picture_box if output is Output.FULL else whole_box(np.zeros((400, 400, 3), np.uint8)))
    placed = Composition(subject, (400, 400), output).place(_inspection(subject, 0.1), rest_pose())
    columns = np.s_[120:180]
    assert (placed[-1, columns] == 255).all()
    assert (placed[190, columns] > 250).all()  # risen by 18 or 20 pixels
    assert (subject.picture[190, columns] == 0).all()


def test_nothing_is_mirrored_beyond_an_edge_that_the_person_does_not_touch() -> None:
    matte = np.zeros((400, 400), np.uint8)
    matte[8:300, 100:300] = 255  # eight pixels below the upper edge
    subject = _subject(matte, whole_box(np.zeros((400, 400, 3), np.uint8)))
    placed = Composition(subject, (400, 400), Output.CROP).place(_inspection(subject, -0.15), rest_pose())
    assert placed[:20].max() == 0
    assert placed[60, 150].min() == 255


def _noise(width: int, height: int) -> Picture:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_of_a_square_that_reaches_beyond_the_picture_the_part_inside_is_shown() -> None:
    picture = _noise(200, 160)
    crop = CropBox(100, 80, 240)
    shown = shown_square(picture, crop)
    assert shown == CropBox(100, 79.5, 160)
    inside = CropBox(90, 70, 120)
    assert shown_square(picture, inside) == inside
    assert shown_square(picture, whole_box(picture)) == whole_box(picture)


def test_the_models_square_is_shown_at_the_same_place_as_the_own_pixels() -> None:
    picture = np.asarray(cv2.GaussianBlur(_noise(200, 160), (0, 0), 4), np.uint8)
    crop = CropBox(110, 85, 220)
    region = region_of(picture, crop)
    nobody = Cutout(region, np.zeros(region.size[::-1], np.uint8), region.pixels(picture))
    subject = Subject(picture, crop, crop.extract(picture, 256), rest_pose(), nobody)
    own = Composition(subject, (640, 320), Output.CROP).place(_inspection(subject, 0), rest_pose())
    square = Compositor((640, 320)).place(subject.face, picture, crop, Output.CROP)
    middle = np.s_[:, 160:480]
    assert np.abs(own[middle].astype(int) - square[middle]).mean() < 3
