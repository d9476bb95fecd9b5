"""Masks of a part swap: segments, outlines of a face, hair and head; and swaps that a pack cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.compositing.part_masks import PartMasks, checked_swap, segment_mask
from puppet.domain import Floats, Keypoints, MaskFrom, PartSwap, Picture
from puppet.errors import ConfigError
from puppet.geometry.crop import face_box
from tests.support.faces import located, portrait

NOBODY = np.full((256, 256, 3), 127, np.uint8)
NO_POSE = Keypoints(np.zeros((1, 2), np.float32))


@pytest.fixture(scope="module")
def face() -> Picture:
    picture = portrait("vera.jpg")
    return face_box(located("vera.jpg")).within(picture).extract(picture)


@pytest.fixture(scope="module")
def masks(face: Picture) -> dict[MaskFrom, Floats]:
    part_masks = PartMasks()
    kinds: list[MaskFrom] = [kind for kind in MaskFrom if kind is not MaskFrom.SEGMENTS]
    found: dict[MaskFrom, Floats] = {
        kind: part_masks.of_still(PartSwap(mask=kind), (), face, NO_POSE) for kind in kinds
    }
    part_masks.close()
    return found


def _row(mask: Floats) -> float:
    """The row of a mask's middle, as a share of the square."""
    return float((mask.sum(1) @ np.arange(len(mask))) / mask.sum() / len(mask))


def test_outlines_lie_where_a_faces_parts_are(masks: dict[MaskFrom, Floats]) -> None:
    rows = [_row(masks[kind]) for kind in (MaskFrom.HAIR, MaskFrom.BROWS, MaskFrom.EYES, MaskFrom.LIPS)]
    assert rows == sorted(rows)
    assert all(mask.shape == (256, 256) and mask.min() >= 0 and mask.max() <= 1.001 for mask in masks.values())


def test_parts_of_a_face_do_not_overlap_and_the_head_holds_them_all(masks: dict[MaskFrom, Floats]) -> None:
    for kind in (MaskFrom.LIPS, MaskFrom.EYES, MaskFrom.BROWS):
        inside = masks[kind] > 0.7
        assert masks[MaskFrom.SKIN][inside].mean() < 0.3
        assert masks[MaskFrom.HEAD][inside].mean() > 0.95
    assert (masks[MaskFrom.HAIR] * (masks[MaskFrom.SKIN] > 0.9)).max() < 0.1
    assert masks[MaskFrom.HEAD][:, :16].max() < 0.1  # the wall beside her


def test_a_hard_mask_knows_only_inside_and_outside(face: Picture) -> None:
    part_masks = PartMasks()
    mask = part_masks.of(PartSwap(mask=MaskFrom.LIPS, hard=True), (), face, NO_POSE)
    part_masks.close()
    assert set(np.unique(mask)) == {0, 1}


def test_without_a_face_nothing_is_swapped() -> None:
    part_masks = PartMasks()
    assert part_masks.of(PartSwap(mask=MaskFrom.HEAD), (), NOBODY, NO_POSE).max() == 0
    part_masks.close()


def test_segments_are_added_up_and_hardened_at_a_half() -> None:
    segmentation = np.array([0.2, 0.5, 0.3], np.float32)[:, None, None] * np.ones((3, 4, 4), np.float32)
    assert segment_mask(segmentation, (1, 2)) == pytest.approx(0.8 * np.ones((4, 4)))
    keypoints = Keypoints(np.zeros((2, 2), np.float32), segmentation=segmentation)
    hard = PartSwap((1, 2), hard=True)
    assert PartMasks().of(hard, (1, 2), NOBODY, keypoints).min() == 1
    assert PartMasks().of(hard, (2,), NOBODY, keypoints).max() == 0


def test_segments_need_no_face() -> None:
    part_masks = PartMasks()
    keypoints = Keypoints(np.zeros((1, 2), np.float32), segmentation=np.full((2, 4, 4), 0.5, np.float32))
    assert part_masks.of_still(PartSwap((1,)), (1,), NOBODY, keypoints).max() == 0.5


@pytest.mark.parametrize(
    ("swap", "segments", "sources", "words"),
    [
        (PartSwap((1,)), 0, 1, "no segments to swap"),
        (PartSwap((2, 9, 0)), 5, 1, "--segments 0, 9: this pack's segments are 1, 2, 3, 4, 5"),
        (PartSwap(), 3, 1, "--segments is missing.*1, 2, 3"),
        (PartSwap((1,)), 5, 2, "given 1 times for 2 sources"),
        (PartSwap((1,), others=((2,), (3,))), 5, 2, "given 3 times for 2 sources"),
        (PartSwap(mask=MaskFrom.LIPS), 5, 2, "--mask lips outlines one part"),
    ],
)
def test_swaps_that_cannot_be_are_refused_in_a_line(swap: PartSwap, segments: int, sources: int, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        checked_swap(swap, segments, sources)
    assert "\n" not in str(caught.value)


def test_one_list_is_dealt_out_to_as_many_sources() -> None:
    assert checked_swap(PartSwap((4, 2)), 5, 2) == PartSwap((4,), others=((2,),))
    assert checked_swap(PartSwap((4, 2)), 5, 1) == PartSwap((4, 2))
    assert checked_swap(PartSwap((4,), others=((2, 3),)), 5, 2) == PartSwap((4,), others=((2, 3),))
