"""Co-part segmentation computes what the original computes, part swap included, and every configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from puppet.models.blocks import warp  # noqa: E402
from puppet.models.coseg import (  # noqa: E402
    CosegConfig,
    CoSegmentationModel,
    ReconstructionConfig,
    SegmentationConfig,
    segment_mask,
    visibility,
)
from puppet.models.fomm import DenseMotionConfig  # noqa: E402
from tests.support.goldens import IMAGES, POINTS, Golden, golden, take  # noqa: E402

DENSE = DenseMotionConfig(block_expansion=4, num_blocks=2, max_features=12, scale_factor=0.25)
CONFIG = CosegConfig(
    num_segments=4,
    estimate_affine_part=True,
    segmentation_module_params=SegmentationConfig(
        block_expansion=4, num_blocks=2, max_features=12, temperature=0.1, scale_factor=0.5
    ),
    reconstruction_module_params=ReconstructionConfig(
        block_expansion=4, max_features=12, num_down_blocks=2, num_bottleneck_blocks=1, estimate_visibility=True
    ),
)


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def coseg() -> Golden:
    return golden("coseg")


@pytest.mark.parametrize(("name", "frames"), [("source", slice(0, 2)), ("target", slice(1, 3))])
def test_segments_are_the_originals(coseg: Golden, name: str, frames: slice) -> None:
    keypoints = coseg.model.detect(coseg.pictures(f"{name}_u8")[frames])
    assert keypoints.jacobians is not None
    assert keypoints.segmentation is not None
    coseg.compare(keypoints.points, f"seg_{name}/shift", POINTS)
    coseg.compare(keypoints.jacobians, f"seg_{name}/affine", POINTS)
    coseg.compare(keypoints.segmentation, f"seg_{name}/segmentation", IMAGES)


def test_heatmaps_are_the_originals(coseg: Golden) -> None:
    model = coseg.model
    assert isinstance(model, CoSegmentationModel)
    module = model.segmentation_module
    logits = module.shift(module.predictor(module.down(coseg.pictures("source_u8"))))
    coseg.compare(torch.softmax(logits.flatten(2) / 0.1, 2).view_as(logits), "seg_source/heatmap", IMAGES)


def test_motion_and_prediction_are_the_originals(coseg: Golden) -> None:
    model, source = coseg.model, coseg.pictures("source_u8")
    assert isinstance(model, CoSegmentationModel)
    own, target = model.detect(source), model.detect(coseg.pictures("target_u8")[1:3])
    code = model.encode(source)
    motion = model.motion(code, own, target)
    assert motion.occlusion is not None
    coseg.compare(motion.motions, "rec/segment_motion", POINTS)
    coseg.compare(motion.deformation, "rec/deformation", POINTS)
    coseg.compare(motion.occlusion, "rec/visibility_maps", IMAGES)
    coseg.compare(warp(source, motion.deformation), "rec/deformed", IMAGES)
    prediction = model.render(code, own, target)
    coseg.compare(prediction, "rec/prediction", IMAGES)
    assert not torch.allclose(prediction, coseg.tensor("contrast_align_corners_false/prediction"), atol=10 * IMAGES)


@pytest.mark.parametrize(
    ("name", "segments", "hard", "source_mask"),
    [("soft_1_2", (1, 2), False, False), ("hard_1_3", (1, 3), True, False), ("hard_src_2_4", (2, 4), True, True)],
)
def test_swapped_parts_are_the_originals(
    coseg: Golden, name: str, segments: tuple[int, ...], hard: bool, source_mask: bool
) -> None:
    model = coseg.model
    assert isinstance(model, CoSegmentationModel)
    source, target = coseg.pictures("source_u8"), coseg.pictures("target_u8")[1:3]
    own, theirs = model.detect(source), model.detect(target)
    segmentation = (own if source_mask else theirs).segmentation
    assert segmentation is not None
    mask = segment_mask(segmentation, segments, hard)
    coseg.compare(mask, f"swap/{name}/blend_mask", IMAGES)
    swapped = model.swap(model.encode(source), model.encode(target), own, theirs, mask, source_mask)
    coseg.compare(swapped, f"swap/{name}/prediction", IMAGES)


def varied() -> dict[str, CosegConfig]:
    own = CONFIG.reconstruction_module_params
    small = replace(CONFIG.segmentation_module_params, scale_factor=1.0)
    return {
        "as it is": CONFIG,
        "shift only": replace(CONFIG, estimate_affine_part=False),
        "all visible": replace(CONFIG, reconstruction_module_params=replace(own, estimate_visibility=False)),
        "dense motion": replace(CONFIG, reconstruction_module_params=replace(own, dense_motion_params=DENSE)),
        "full size segments": replace(CONFIG, segmentation_module_params=small),
        "grey": replace(CONFIG, num_channels=1),
    }


@pytest.mark.parametrize("name", varied())
def test_every_configuration_renders_and_swaps_pictures_that_are_not_square(name: str) -> None:
    config = varied()[name]
    model = CoSegmentationModel(config).eval()
    source, target = torch.rand(1, config.num_channels, 48, 64), torch.rand(2, config.num_channels, 48, 64)
    own, theirs = model.detect(source), model.detect(target)
    assert theirs.segmentation is not None
    torch.testing.assert_close(theirs.segmentation.sum(1), torch.ones_like(theirs.segmentation[:, 0]))
    code = model.encode(source)
    assert model.render(code, own, theirs).shape == target.shape
    parts = segment_mask(theirs.segmentation, [1, 2])
    assert model.swap(code, model.encode(target), own, theirs, parts).shape == target.shape


def test_swapping_nothing_reconstructs_the_target() -> None:
    model = CoSegmentationModel(CONFIG).eval()
    source, target = torch.rand(1, 3, 48, 64), torch.rand(1, 3, 48, 64)
    code, nothing = model.encode(target), torch.zeros(1, 1, 48, 64)
    swapped = model.swap(model.encode(source), code, model.detect(source), model.detect(target), nothing)
    torch.testing.assert_close(swapped, model.reconstruction_module.decode(code.features))


def test_mask_from_elsewhere_may_be_as_large_as_the_picture() -> None:
    model = CoSegmentationModel(CONFIG).eval()
    source, target = torch.rand(1, 3, 48, 64), torch.rand(1, 3, 48, 64)
    own, theirs = model.detect(source), model.detect(target)
    code, target_code = model.encode(source), model.encode(target)
    everything = [torch.ones(1, 1, 12, 16), torch.ones(1, 1, 12, 16)]
    everything[1] = torch.nn.functional.interpolate(everything[1], size=(48, 64))
    small, large = (model.swap(code, target_code, own, theirs, mask) for mask in everything)
    inside = (..., slice(16, 32), slice(16, 48))  # the blur's zeros reach in from the border
    torch.testing.assert_close(small[inside], large[inside], atol=0.05, rtol=0)


def test_background_of_the_source_occludes_nothing() -> None:
    model = CoSegmentationModel(CONFIG).eval()
    keypoints = take(model.detect(torch.rand(1, 3, 48, 64)), slice(0, 1))
    assert keypoints.segmentation is not None
    background = torch.zeros_like(keypoints.segmentation)
    background[:, 0] = 1
    assert visibility(keypoints._replace(segmentation=background), keypoints).min() == 1


def test_hard_mask_is_one_where_the_chosen_share_is_above_a_half() -> None:
    segmentation = torch.tensor([0.3, 0.4, 0.3]).view(1, 3, 1, 1).repeat(1, 1, 2, 2)
    assert segment_mask(segmentation, [1, 2], hard=True).eq(1).all()
    assert segment_mask(segmentation, [2], hard=True).eq(0).all()
    torch.testing.assert_close(segment_mask(segmentation, [1, 2]), torch.full((1, 1, 2, 2), 0.7))
