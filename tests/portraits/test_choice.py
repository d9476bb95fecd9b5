"""Choice of a portrait's pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from puppet.geometry import landmarks as lm
from puppet.geometry.face_shape import shape_of
from puppet.portraits.choice import choose, neutral_of
from tests.geometry.test_face_shape import REST, closed_eyes, opened, turned


def test_the_neutral_picture_is_frontal_with_closed_lips_and_open_eyes() -> None:
    shapes = [shape_of(pose) for pose in (turned(18), opened(0.05), REST, closed_eyes(), turned(-12))]
    assert neutral_of(shapes, np.ones(5)) == 2


def test_among_equal_faces_the_sharp_one_is_neutral() -> None:
    shapes = [shape_of(REST)] * 3
    assert neutral_of(shapes, np.array([0.2, 1.0, 0.5])) == 1


def test_of_two_pictures_the_one_that_does_not_smile_is_neutral() -> None:
    points = REST.points.copy()
    lips = np.concatenate([lm.UPPER_LIPS.ravel(), lm.LOWER_LIPS.ravel(), lm.LIP_CORNERS])
    points[lips, 0] *= 1.15
    smile = shape_of(replace(REST, points=points))
    assert neutral_of([smile, shape_of(turned(4))], np.ones(2)) == 1
    assert neutral_of([shape_of(turned(4)), smile], np.ones(2)) == 0


def test_turned_heads_alone_have_no_neutral_picture() -> None:
    assert neutral_of([shape_of(turned(40)), shape_of(turned(-35))], np.ones(2)) is None


def test_every_kind_of_pose_is_chosen_before_a_second_of_one_kind() -> None:
    poses = [REST, turned(1), turned(-1), turned(25), turned(26), opened(0.08), opened(0.082), closed_eyes()]
    chosen = choose([shape_of(pose) for pose in poses], np.ones(8), 0, 4)
    assert chosen[0] == 0
    assert {1, 2}.isdisjoint(chosen)
    assert len({3, 4} & set(chosen)) == 1
    assert len({5, 6} & set(chosen)) == 1


def test_no_two_pictures_are_alike() -> None:
    shapes = [shape_of(turned(angle)) for angle in (0, 0.1, 0.2, 20)]
    assert len(choose(shapes, np.ones(4), 0, 16)) == 2


def test_of_alike_pictures_the_better_one_is_chosen() -> None:
    shapes = [shape_of(turned(angle)) for angle in (0, 20, 20.01)]
    assert choose(shapes, np.array([1.0, 0.5, 1.0]), 0, 2) == [0, 2]
    assert choose(shapes, np.array([1.0, 1.0, 0.5]), 0, 2) == [0, 1]
