"""The maps of the face mesh: displacement inside the face, its two continuations outside, aligned crops."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from puppet.domain import Floats, Keypoints
from puppet.geometry import face_mesh
from tests.support.faces import face

REST = face()


def at(field: Floats, point: Floats) -> Floats:
    """The field's value at the grid point nearest to a normalised position."""
    x, y = ((point + 1) / 2 * (face_mesh.GRID - 1)).round().astype(int)
    value: Floats = field[:, y, x]
    return value


def test_same_pose_gives_no_displacement_anywhere() -> None:
    maps = face_mesh.draw(REST, REST)
    assert np.abs(maps.mesh).max() < 1e-6
    assert np.abs(maps.head).max() < 1e-5


def test_displacement_leads_from_driving_landmark_back_to_the_source() -> None:
    driving = face(turn_deg=(5, 12, 8), mouth=0.1)
    maps = face_mesh.draw(REST, driving)
    for index in (4, 152, 61, 291, 105, 334):
        expected = REST.points[index] - driving.points[index]
        assert at(maps.mesh, driving.points[index]) == pytest.approx(expected, abs=0.02)


def test_outside_the_mesh_fades_to_the_border_and_the_head_goes_on_moving() -> None:
    driving = Keypoints(REST.points + np.array([0.2, 0], np.float32), REST.depth)
    maps = face_mesh.draw(REST, driving)
    border = np.concatenate([maps.mesh[:, 0], maps.mesh[:, -1], maps.mesh[:, :, 0], maps.mesh[:, :, -1]], axis=1)
    assert np.abs(border).max() < 1e-3
    assert maps.head[0] == pytest.approx(-0.2, abs=1e-3)
    assert maps.shape[0].max() == 1
    assert maps.shape[1].max() == pytest.approx(1, abs=1e-3)


def test_fields_are_finite_and_bounded_for_wild_poses() -> None:
    generator = np.random.default_rng(0)
    for scale in (0.0, 0.1, 3.0, 1e3):
        wild = Keypoints((REST.points + scale * generator.standard_normal((478, 2))).astype(np.float32), REST.depth)
        maps = face_mesh.draw(REST, wild)
        for name in ("mesh", "head", "shape", "mouth_lips", "eye_lids"):
            values = getattr(maps, name)
            assert np.isfinite(values).all()
            assert np.abs(values).max() <= 1.5


def test_near_parts_hide_far_ones() -> None:
    turned = face(turn_deg=(0, 45, 0))
    maps = face_mesh.draw(REST, turned)
    nose, near_cheek = 195, 425
    for index in (nose, near_cheek):
        assert at(maps.mesh, turned.points[index]) == pytest.approx(REST.points[index] - turned.points[index], abs=0.01)
    assert turned.depth is not None
    behind = face_mesh.draw(REST, replace(turned, depth=-turned.depth)).mesh  # if far parts hid near ones
    tip = turned.points[1]  # it ends at the next grid point
    assert at(maps.mesh, tip)[0] > 0 > at(behind, tip)[0]


def test_the_field_inside_the_face_is_exact_between_landmarks() -> None:
    driving = face(turn_deg=(5, 10, 3))
    stretch = np.array([[0.3, 0.1], [-0.2, 0.4]], np.float32)
    maps = face_mesh.draw(Keypoints(driving.points + driving.points @ stretch.T, REST.depth), driving)
    y, x = np.meshgrid(*[np.linspace(-1, 1, face_mesh.GRID)] * 2, indexing="ij")
    inside = cv2.erode(maps.shape[0], np.ones((9, 9))) > 0  # where the border is not blended
    for field, (by_x, by_y) in zip(maps.mesh, stretch, strict=True):
        assert np.abs(field - by_x * x - by_y * y)[inside].max() < 1e-4


def test_fields_are_continuous_where_a_turned_cheek_hides_the_oval() -> None:
    maps = face_mesh.draw(REST, face(turn_deg=(0, 45, 0)))
    steps = np.abs(np.diff(maps.head, axis=2))
    inside = maps.shape[0]
    border = inside[:, 1:] != inside[:, :-1]
    assert steps[:, border].max() < 0.08


def test_crops_follow_the_head_s_roll_and_size() -> None:
    straight, tilted = face_mesh.details(REST), face_mesh.details(face(turn_deg=(0, 0, 20), size=0.36))
    size = np.linalg.norm(tilted.mouth[:, 0]) / np.linalg.norm(straight.mouth[:, 0])
    assert size == pytest.approx(1.2, abs=0.03)
    angle = np.degrees(np.arctan2(tilted.mouth[1, 0], tilted.mouth[0, 0]))
    assert abs(angle) == pytest.approx(20, abs=2)


def test_lips_and_lids_are_drawn_as_they_open() -> None:
    closed, opened = face_mesh.details(face(mouth=0.0)), face_mesh.details(face(mouth=0.25))
    assert (opened.mouth_lips[1] > 0).sum() > (closed.mouth_lips[1] > 0).sum() + 50
    shut, wide = face_mesh.details(face(eyes=(0.05, 1))), face_mesh.details(face(eyes=(1, 1)))
    assert (shut.eye_lids[0, 0] > 0).sum() < 0.5 * (wide.eye_lids[0, 0] > 0).sum()
    assert (shut.eye_lids[1, 0] > 0).sum() == (wide.eye_lids[1, 0] > 0).sum()


def test_every_landmark_of_the_skin_is_in_a_triangle_of_the_mesh() -> None:
    assert set(range(468)) <= set(face_mesh.triangles().ravel().tolist())
