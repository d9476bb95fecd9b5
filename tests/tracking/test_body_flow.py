"""Motion is measured where a square looks as it did at rest, and nowhere else."""

import cv2
import numpy as np
import pytest

from puppet.domain import Floats, Picture
from puppet.geometry.flow_grid import PIXELS, SIDE
from puppet.media.pictures import read_picture
from puppet.tracking.body_flow import SQUARE_SIDE, BodyFlow, _without_whirls
from tests.support.faces import PORTRAITS

NORMALISED = 2 / (SQUARE_SIDE - 1)


@pytest.fixture(scope="module")
def square() -> Picture:
    picture = read_picture(PORTRAITS / "astronaut.jpg")
    return np.asarray(cv2.resize(picture, (SQUARE_SIDE,) * 2, interpolation=cv2.INTER_AREA), np.uint8)


def _shifted(square: Picture, x: float, y: float) -> Picture:
    shift = np.array([[1, 0, x], [0, 1, y]], np.float32)
    return np.asarray(cv2.warpAffine(square, shift, square.shape[:2], borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _measured(rest: Picture, now: Picture, *, person_only: bool = False, moved: tuple[float, float] = (0, 0)) -> Floats:
    flow = BodyFlow(person_only=person_only)
    flow.take_rest(rest)
    face = np.array([[-0.3, -0.4], [0.3, -0.4], [0, 0.2]], np.float32)
    return flow.measure(now, (face + NORMALISED * np.array(moved)).astype(np.float32), face)


def test_nothing_moves_at_rest(square: Picture) -> None:
    flow = _measured(square, square)
    np.testing.assert_allclose(flow[..., 2], 1, atol=1e-4)
    assert np.abs(flow[..., :2]).max() < 0.05 * NORMALISED


def test_a_shift_is_found_to_a_fraction_of_a_pixel(square: Picture) -> None:
    flow = _measured(square, _shifted(square, 3.0, -1.5))[4:-4, 4:-4]
    certain = flow[..., 2] > 0.8
    assert certain.mean() > 0.8
    offset = (flow[..., :2] / flow[..., 2:])[certain] / NORMALISED
    assert np.abs(np.median(offset, 0) - (-3.0, 1.5)).max() < 0.1
    assert np.percentile(np.linalg.norm(offset - (-3.0, 1.5), axis=1), 80) < 0.4


def test_a_face_that_moved_far_tells_where_to_search(square: Picture) -> None:
    far = _shifted(square, 34.0, -22.0)
    flow = _measured(square, far, moved=(34.0, -22.0))[:-7, 10:-2]
    certain = flow[..., 2] > 0.8
    assert certain.mean() > 0.7
    offset = (flow[..., :2] / flow[..., 2:])[certain] / NORMALISED
    assert np.percentile(np.linalg.norm(offset - (-34.0, 22.0), axis=1), 80) < 0.5


def test_what_was_not_there_at_rest_has_no_certainty(square: Picture) -> None:
    now = square.copy()
    now[80:110, 10:40] = np.random.default_rng(0).integers(0, 255, (30, 30, 3))  # a hand before the chest
    certainty = _measured(square, now)[..., 2]
    assert certainty[84 // PIXELS : 106 // PIXELS, 14 // PIXELS : 36 // PIXELS].mean() < 0.35
    assert certainty[:, SIDE // 2 :].mean() > 0.9


def test_the_background_counts_only_if_asked_for(square: Picture) -> None:
    person = _measured(square, square, person_only=True)[..., 2]
    assert person[SIDE // 2, SIDE // 2] > 0.9
    assert person[:6, :4].max() < 0.2  # a flag beside her


def test_cells_that_move_unlike_those_around_them_lose_their_certainty() -> None:
    cells = np.empty((SIDE, SIDE, 3), np.float32)
    cells[:] = 0.1, 0, 1
    cells[10:12, 10:12, 0] = -0.1  # a whirl on plain cloth
    found = _without_whirls(cells)[..., 2]
    assert found[10:12, 10:12].max() < 0.05
    assert found[20:, 20:].min() > 0.99
    slowly = cells.copy()
    slowly[..., 0] = np.linspace(-0.2, 0.2, SIDE)  # a body that turns
    assert _without_whirls(slowly)[4:-4, 4:-4, 2].min() > 0.95
