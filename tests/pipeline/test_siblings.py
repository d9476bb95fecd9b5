"""Portraits of several pictures with the shipped pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from copy import copy
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from puppet.compositing import cutout
from puppet.compositing.donor_parts import Donor, Part, add_parts
from puppet.compositing.layered_compositor import Composition
from puppet.compositing.sibling_fade import SiblingFade
from puppet.domain import Frame, Framing, Keypoints, Picture
from puppet.engines.factory import open_engine
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import face_of, rotation_matrix
from puppet.media.pictures import read_picture
from puppet.media.portrait_file import Shot
from puppet.packs import open_pack
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import AnimateScene, Portrait
from puppet.pipeline.siblings import Choice, SiblingChooser
from puppet.tracking.body_flow import grey_cells
from puppet.tracking.tracker import MediaPipeTracker
from tests.support.faces import PORTRAITS
from tests.support.fakes import STILL

SIZE = 256


@pytest.fixture(scope="module")
def picture() -> Picture:
    whole = read_picture(PORTRAITS / "astronaut.jpg")
    return np.asarray(cv2.resize(whole, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def tilted(picture: Picture) -> Picture:
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), 14, 1.0)
    return np.asarray(cv2.warpAffine(picture, turn, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.fixture(scope="module")
def puppeteer() -> Iterator[Puppeteer]:
    engine = open_engine(open_pack("face"))
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(
            Puppeteer(engine, MediaPipeTracker(), size=(SIZE, SIZE), framing=Framing.NONE, own_pixels=OwnPixels.AT_ONCE)
        ) as opened,
    ):
        patch.setattr(cutout, "with_texture", lambda *given: None)  # takes seconds
        yield opened


@pytest.fixture(scope="module")
def portrait(puppeteer: Puppeteer, picture: Picture, tilted: Picture) -> Portrait:
    return puppeteer.prepare([Shot(picture), Shot(tilted)], "two")


def test_at_rest_the_neutral_picture_is_shown_bit_for_bit(
    puppeteer: Puppeteer, portrait: Portrait, picture: Picture
) -> None:
    puppeteer.show(portrait)
    scene = puppeteer.follow(None, Frame(picture, 0.0), STILL)
    np.testing.assert_array_equal(puppeteer.paint(scene).picture, picture)


def test_in_the_pose_of_another_picture_the_person_is_that_pictures(
    puppeteer: Puppeteer, portrait: Portrait, tilted: Picture
) -> None:
    (sibling,) = portrait.siblings.ready
    puppeteer.show(portrait)
    puppeteer.set_neutral_pose(portrait.keypoints)
    for index in range(12):
        scene = puppeteer.follow(sibling.keypoints, Frame(portrait.picture, float(index)), STILL)
        several = puppeteer.paint(scene).picture
    one = puppeteer.paint(replace(scene, picture=portrait, layers=scene.composition)).picture
    face = (slice(48, 160), slice(72, 192))
    errors = [float(np.abs(made[face].astype(int) - tilted[face]).mean()) for made in (several, one)]
    assert errors[0] < 0.6 * errors[1]


def test_the_head_turns_as_far_as_another_picture_shows_it(portrait: Portrait) -> None:
    turns = portrait.siblings.turns
    assert turns is not None
    assert np.degrees(turns[:, 2].max()) == pytest.approx(14, abs=2)  # leaned to one side
    assert np.degrees(turns[:, 2].min()) < 2


def test_an_exchange_of_pictures_is_faded(puppeteer: Puppeteer, portrait: Portrait) -> None:
    (sibling,) = portrait.siblings.ready
    puppeteer.show(portrait)
    puppeteer.set_neutral_pose(portrait.keypoints)
    scene = puppeteer.follow(sibling.keypoints, Frame(portrait.picture, 10.0), STILL)
    scenes = [replace(scene, picture=picture, layers=_layers(scene, picture)) for picture in (portrait, sibling)]
    shown = [puppeteer.paint(scenes[index > 7]).picture.astype(int) for index in range(16)]
    pictures = shown[7:]
    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(pictures)]
    assert max(steps) < 0.5 * float(np.abs(pictures[-1] - pictures[0]).mean())
    assert steps[-1] == 0


def _layers(scene: AnimateScene, picture: Portrait) -> Composition | None:
    assert scene.composition is not None
    return scene.composition.siblings.get(picture, scene.composition)


def test_a_picture_of_another_size_and_place_is_moved_and_one_without_a_face_passed_over(
    puppeteer: Puppeteer, picture: Picture
) -> None:
    larger = np.asarray(cv2.resize(picture, (384, 384), interpolation=cv2.INTER_CUBIC), np.uint8)
    shifted = np.asarray(np.pad(larger, ((40, 0), (0, 60), (0, 0)), mode="edge"), np.uint8)
    grey = np.full_like(picture, 127)
    portrait = puppeteer.prepare([Shot(picture, 0), Shot(grey, 1, "grey.png"), Shot(shifted, 2)], "moved")
    (sibling,) = portrait.siblings.ready
    assert sibling.picture.shape == portrait.picture.shape
    offset = sibling.keypoints.points[:468] - portrait.keypoints.points[:468]
    assert float(np.linalg.norm(offset, axis=1).mean()) < 0.03


def _with_open_mouth(pose: Keypoints, gap: float, yaw_deg: float = 0.0) -> Keypoints:
    face = face_of(pose)
    face[lm.LOWER_LIPS, 1] += gap
    centre = face.mean(0)
    face = (face - centre) @ rotation_matrix(np.radians([0, yaw_deg, 0])).T + centre
    return replace(pose, points=face[:, :2].astype(np.float32), depth=face[:, 2].astype(np.float32))


def test_a_mouth_is_taken_from_the_picture_that_shows_it_open(puppeteer: Puppeteer, portrait: Portrait) -> None:
    composition = puppeteer.layers.find(portrait, STILL.output, (SIZE, SIZE))
    assert composition is not None
    sibling = replace(portrait, keypoints=_with_open_mouth(portrait.keypoints, 0.06, 25))
    composition = copy(composition)
    composition.siblings = {sibling: composition}
    chooser = SiblingChooser()
    rest = chooser.choose(portrait, composition, portrait.keypoints)
    assert (rest.picture, rest.donors) == (portrait, [])
    open_mouth = _with_open_mouth(portrait.keypoints, 0.06)
    choices = [chooser.choose(portrait, composition, open_mouth) for _ in range(4)]
    assert all(choice.picture is portrait for choice in choices)
    weights = [[donor.weight for donor in choice.donors if donor.part is Part.MOUTH] for choice in choices]
    np.testing.assert_allclose(weights, [[0.34], [0.68], [1.0], [1.0]])


def _choices(puppeteer: Puppeteer, portrait: Portrait, other: Keypoints, asked: Sequence[Keypoints]) -> list[Choice]:
    """Return the choices for the pose at rest and those asked, for a portrait that has a picture in another pose."""
    composition = puppeteer.layers.find(portrait, STILL.output, (SIZE, SIZE))
    assert composition is not None
    composition = copy(composition)
    composition.siblings = {replace(portrait, keypoints=other): composition}
    chooser = SiblingChooser()
    return [chooser.choose(portrait, composition, pose) for pose in [portrait.keypoints, *asked]]


def test_lips_that_are_hardly_open_are_not_stretched_over_a_wide_open_mouth(
    puppeteer: Puppeteer, portrait: Portrait
) -> None:
    slit = _with_open_mouth(portrait.keypoints, 0.015, 25)
    asked = _with_open_mouth(portrait.keypoints, 0.06)
    assert not any(choice.donors for choice in _choices(puppeteer, portrait, slit, [asked] * 3))


def test_the_whole_picture_with_an_open_mouth_is_taken_when_the_head_is_turned_alike(
    puppeteer: Puppeteer, portrait: Portrait
) -> None:
    grin = _with_open_mouth(portrait.keypoints, 0.07, 5)
    choices = _choices(puppeteer, portrait, grin, [_with_open_mouth(portrait.keypoints, 0.06)] * 3)
    assert [choice.picture is portrait for choice in choices] == [True, False, False, False]


def test_pictures_are_not_exchanged_again_at_once_but_for_a_much_nearer_one(
    puppeteer: Puppeteer, portrait: Portrait
) -> None:
    grin, asked = (_with_open_mouth(portrait.keypoints, gap, 5) for gap in (0.07, 0.06))
    nearer_to_rest = _with_open_mouth(portrait.keypoints, 0.02, 2.5)
    for back, frames in ((nearer_to_rest, 12), (portrait.keypoints, 3)):
        poses = [asked] * 2 + [back] * 16
        shown = [choice.picture is portrait for choice in _choices(puppeteer, portrait, grin, poses)]
        assert shown.index(True, 1) == 1 + frames + 1


def test_an_angry_picture_is_not_taken_for_an_open_mouth(puppeteer: Puppeteer, portrait: Portrait) -> None:
    grin, asked = (_with_open_mouth(portrait.keypoints, gap, 5) for gap in (0.07, 0.06))
    points = grin.points.copy()
    points[np.concatenate(lm.BROWS), 1] += 0.06
    angry = replace(grin, points=points)
    taken = [_choices(puppeteer, portrait, other, [asked] * 3)[-1].picture for other in (grin, angry)]
    assert [picture is portrait for picture in taken] == [False, True]


def test_the_neutral_picture_is_shown_again_to_somebody_else_as_soon_as_it_is_nearer(
    puppeteer: Puppeteer, portrait: Portrait
) -> None:
    grin, asked = (_with_open_mouth(portrait.keypoints, each, 5) for each in (0.07, 0.06))
    between = _with_open_mouth(portrait.keypoints, 0.032, 2.5)  # nearer to rest by 7 %
    for cells, home in ((None, True), (grey_cells(portrait.face) + 20, False)):
        poses = [replace(pose, appearance=cells) for pose in [asked] * 2 + [between] * 16]
        shown = [choice.picture is portrait for choice in _choices(puppeteer, portrait, grin, poses)]
        assert not shown[2]
        assert shown[-1] is home


def test_a_picture_that_is_turned_is_left_for_the_neutral_one_as_late_for_everybody(
    puppeteer: Puppeteer, portrait: Portrait
) -> None:
    turned, asked, between = (_with_open_mouth(portrait.keypoints, 0.0, yaw) for yaw in (20.0, 18.0, 9.5))
    for cells in (None, grey_cells(portrait.face) + 20):
        poses = [replace(pose, appearance=cells) for pose in [asked] * 2 + [between] * 16]
        shown = [choice.picture is portrait for choice in _choices(puppeteer, portrait, turned, poses)]
        assert shown == [True] + [False] * 18


def test_eyes_that_look_elsewhere_too_are_left_to_the_networks(puppeteer: Puppeteer, portrait: Portrait) -> None:
    points = portrait.keypoints.points
    looks = []
    for shift in (0.2, 0.09):
        moved = points.copy()
        moved[468:, 0] += shift
        looks.append(replace(portrait.keypoints, points=moved))
    far, near = (_choices(puppeteer, portrait, _with_open_mouth(looks[1], 0, 8), [asked] * 3) for asked in looks)
    assert not any(choice.donors for choice in far)
    assert [donor.part for donor in near[-1].donors] == [Part.EYES]


def test_a_part_is_blended_in_with_the_light_of_the_picture_around_it(puppeteer: Puppeteer, portrait: Portrait) -> None:
    composition = puppeteer.layers.find(portrait, STILL.output, (SIZE, SIZE))
    assert composition is not None
    darker = (portrait.picture * 0.7).astype(np.uint8)
    before = darker.copy()
    add_parts(darker, portrait.keypoints, [Donor(Part.MOUTH, composition, portrait.keypoints, 1.0)])
    changed = np.abs(darker.astype(int) - before).max(2) > 12
    assert np.abs(darker.astype(int) - before).any()
    assert changed.mean() < 0.01


def test_the_picture_that_looks_like_the_performer_is_preferred(
    puppeteer: Puppeteer, portrait: Portrait, tilted: Picture
) -> None:
    (sibling,) = portrait.siblings.ready
    composition = puppeteer.layers.find(portrait, STILL.output, (SIZE, SIZE))
    between = portrait.keypoints.map(lambda own, other: (own + other) / 2, sibling.keypoints)
    for picture in (portrait, sibling):
        seen = replace(between, appearance=grey_cells(picture.face))
        assert SiblingChooser().choose(portrait, composition, seen).picture is picture


@pytest.mark.parametrize(("step", "mixed"), [(0.0, True), (0.05, False)])
def test_pictures_are_mixed_for_three_frames_unless_the_head_moves(
    puppeteer: Puppeteer, portrait: Portrait, step: float, mixed: bool
) -> None:
    puppeteer.show(portrait)
    scene = puppeteer.follow(None, Frame(portrait.picture, 20.0), STILL)
    (sibling,) = portrait.siblings.ready
    assert scene.composition is not None
    layers = {portrait: scene.composition, sibling: scene.composition.siblings[sibling]}
    plain, faded = SiblingFade(), SiblingFade()
    differences = []
    for index in range(7):
        pose, picture = _shifted(portrait.keypoints, step * index, 0.2 * step * index), sibling
        if index < 2:
            picture = portrait
        inspection = puppeteer.engine.inspect(picture.code, picture.keypoints, pose)
        alone = plain.place(index, layers[picture], inspection, pose).astype(int)
        shown = faded.place("portrait", layers[picture], inspection, pose)
        differences.append(np.abs(shown - alone).mean())
    fading = differences[2:5]
    assert (min(fading) > 0.5 and fading == sorted(fading, reverse=True)) if mixed else max(fading) == 0
    assert differences[:2] + differences[5:] == [0] * 4


def _shifted(pose: Keypoints, aside: float, down: float) -> Keypoints:
    return replace(pose, points=pose.points + np.array([aside, down], np.float32))


def test_a_sharp_picture_is_preferred_to_a_blurred_one(
    puppeteer: Puppeteer, portrait: Portrait, picture: Picture
) -> None:
    composition = puppeteer.layers.find(portrait, STILL.output, (SIZE, SIZE))
    (sibling,) = portrait.siblings.ready
    third = portrait.keypoints.map(lambda own, other: own + 0.55 * (other - own), sibling.keypoints)
    assert SiblingChooser().choose(portrait, composition, third).picture is sibling
    assert composition is not None
    soft = replace(sibling, face=np.asarray(cv2.GaussianBlur(sibling.face, (0, 0), 3), np.uint8))
    blurred = copy(composition)
    blurred.siblings = {soft: composition.siblings[sibling]}
    assert SiblingChooser().choose(portrait, blurred, third).picture is portrait
    assert SiblingChooser().choose(portrait, blurred, sibling.keypoints).picture is soft  # much nearer
