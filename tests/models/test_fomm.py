"""FOMM computes what the original computes, and every configuration of its YAML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from puppet.models.base import KeypointTensors  # noqa: E402
from puppet.models.blocks import coordinate_grid, warp  # noqa: E402
from puppet.models.fomm import (  # noqa: E402
    DenseMotion,
    DenseMotionConfig,
    DetectorConfig,
    DiscriminatorConfig,
    FirstOrderMotionModel,
    FommConfig,
    GeneratorConfig,
)
from puppet.motion.keypoint_transfer import transfer  # noqa: E402
from tests.support.goldens import IMAGES, POINTS, Golden, as_arrays, as_tensors, golden, take  # noqa: E402

MODES = {
    "absolute": (False, False, False),
    "relative": (True, False, False),
    "relative_jac": (True, True, False),
    "relative_jac_adapt": (True, True, True),
    "adapt_only": (False, False, True),
}
"""Of the goldens: relative, relative_jacobians, adapt_scale."""
CONFIG = FommConfig(
    num_kp=4,
    estimate_jacobian=True,
    kp_detector_params=DetectorConfig(
        block_expansion=4, num_blocks=2, max_features=12, temperature=0.1, scale_factor=0.5
    ),
    generator_params=GeneratorConfig(
        block_expansion=4,
        max_features=12,
        num_down_blocks=2,
        num_bottleneck_blocks=1,
        estimate_occlusion_map=True,
        dense_motion_params=DenseMotionConfig(block_expansion=4, num_blocks=2, max_features=12, scale_factor=0.25),
    ),
    discriminator_params=DiscriminatorConfig(scales=(1, 0.5), block_expansion=4, num_blocks=2, sn=True, use_kp=True),
)


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def fomm() -> Golden:
    return golden("fomm")


def motion_of(fomm: Golden) -> DenseMotion:
    model = fomm.model
    assert isinstance(model, FirstOrderMotionModel)
    source, driving = model.detect(fomm.pictures("source_u8")), model.detect(fomm.pictures("driving_u8")[1:3])
    motion = model.motion(model.encode(fomm.pictures("source_u8")), source, driving)
    assert motion is not None
    return motion


@pytest.mark.parametrize(
    ("name", "pictures", "frames"),
    [
        ("kp_source", "source_u8", slice(0, 2)),
        ("kp_initial", "driving_u8", slice(0, 1)),
        ("kp_driving", "driving_u8", slice(1, 3)),
        ("kp_extra", "driving_u8", slice(3, 4)),
    ],
)
def test_keypoints_are_the_originals(fomm: Golden, name: str, pictures: str, frames: slice) -> None:
    keypoints = fomm.model.detect(fomm.pictures(pictures)[frames])
    assert keypoints.jacobians is not None
    fomm.compare(keypoints.points, f"{name}/value", POINTS)
    fomm.compare(keypoints.jacobians, f"{name}/jacobian", POINTS)


def test_intermediate_results_of_the_detector_are_the_originals(fomm: Golden) -> None:
    model = fomm.model
    assert isinstance(model, FirstOrderMotionModel)
    small = model.kp_detector.down(fomm.pictures("source_u8"))
    fomm.compare(small, "kp_input_down", IMAGES)
    logits = model.kp_detector.kp(model.kp_detector.predictor(small))
    fomm.compare(logits, "kp_source/logits", IMAGES)
    heatmaps = torch.softmax(logits.flatten(2) / 0.1, 2).view_as(logits)
    fomm.compare(heatmaps, "kp_source/heatmap", IMAGES)


def test_dense_motion_and_its_parts_are_the_originals(fomm: Golden) -> None:
    motion = motion_of(fomm)
    assert motion.occlusion is not None
    fomm.compare(motion.masks, "gen_abs/mask", IMAGES)
    fomm.compare(motion.occlusion, "gen_abs/occlusion_map", IMAGES)
    assert motion.candidates is not None
    assert motion.heatmaps is not None
    fomm.compare(motion.candidates, "gen_abs/sparse_deformed", IMAGES)
    fomm.compare(motion.heatmaps, "gen_abs/heatmap_representation", IMAGES)
    fomm.compare(motion.deformation, "gen_abs/deformation", POINTS)
    fomm.compare(motion.motions, "gen_abs/sparse_motion", POINTS)
    fomm.compare(warp(fomm.pictures("source_u8"), motion.deformation), "gen_abs/deformed", IMAGES)


def test_prediction_is_the_originals(fomm: Golden) -> None:
    model, source = fomm.model, fomm.pictures("source_u8")
    driving = model.detect(fomm.pictures("driving_u8")[1:3])
    prediction = model.render(model.encode(source), model.detect(source), driving)
    fomm.compare(prediction, "gen_abs/prediction", IMAGES)
    assert not torch.allclose(prediction, fomm.tensor("contrast_align_corners_false/prediction"), atol=10 * IMAGES)


@pytest.mark.parametrize("mode", MODES)
def test_transferred_motion_is_the_originals(fomm: Golden, mode: str) -> None:
    model, (relative, jacobians, adapt) = fomm.model, MODES[mode]
    source = take(model.detect(fomm.pictures("source_u8")), slice(0, 1))
    driving = model.detect(fomm.pictures("driving_u8"))
    code = model.encode(fomm.pictures("source_u8")[:1])
    neutral = as_arrays(driving, 0)
    for index in range(2):
        now = as_arrays(driving, index + 1)
        moved = as_tensors([transfer(as_arrays(source, 0), now, neutral, relative, jacobians, adapt)])
        assert moved.jacobians is not None
        fomm.compare(moved.points, f"norm/{mode}/{index}/value", POINTS)
        fomm.compare(moved.jacobians, f"norm/{mode}/{index}/jacobian", POINTS)
        if f"norm/{mode}/{index}/prediction" in fomm.arrays:
            fomm.compare(model.render(code, source, moved), f"norm/{mode}/{index}/prediction", IMAGES)


def test_discriminator_is_the_originals(fomm: Golden) -> None:
    model = fomm.model
    assert isinstance(model, FirstOrderMotionModel)
    assert model.discriminator is not None
    driving = fomm.pictures("driving_u8")[1:3]
    maps = model.discriminator({1: driving}, model.detect(driving).points)
    fomm.compare(maps[1][-1], "disc_real/prediction_map_1", IMAGES)


def varied() -> dict[str, FommConfig]:
    generator, detector = CONFIG.generator_params, CONFIG.kp_detector_params
    return {
        "as it is": CONFIG,
        "zeroth order": replace(CONFIG, estimate_jacobian=False),
        "one map of jacobians": replace(CONFIG, kp_detector_params=replace(detector, single_jacobian_map=True)),
        "padded heads": replace(CONFIG, kp_detector_params=replace(detector, pad=3, scale_factor=1.0)),
        "no occlusion": replace(CONFIG, generator_params=replace(generator, estimate_occlusion_map=False)),
        "no dense motion": replace(CONFIG, generator_params=replace(generator, dense_motion_params=None)),
        "three downs": replace(CONFIG, generator_params=replace(generator, num_down_blocks=3)),
        "grey": replace(CONFIG, num_channels=1),
        "plain discriminator": replace(CONFIG, discriminator_params=DiscriminatorConfig(scales=(1,), num_blocks=2)),
    }


@pytest.mark.parametrize("name", varied())
def test_every_configuration_runs_on_pictures_that_are_not_square(name: str) -> None:
    config = varied()[name]
    model = FirstOrderMotionModel(config).eval()
    source, driving = torch.rand(1, config.num_channels, 48, 64), torch.rand(3, config.num_channels, 48, 64)
    keypoints = model.detect(driving)
    assert keypoints.points.shape == (3, 4, 2)
    assert (keypoints.jacobians is not None) == config.estimate_jacobian
    frames = model.render(model.encode(source), model.detect(source), keypoints)
    assert frames.shape == driving.shape
    one = model.render(model.encode(source), model.detect(source), take(keypoints, slice(1, 2)))
    torch.testing.assert_close(frames[1:2], one)


def test_discriminator_has_a_map_for_each_block_of_each_scale() -> None:
    model = FirstOrderMotionModel(CONFIG)
    assert model.discriminator is not None
    pyramid = {1.0: torch.rand(2, 3, 48, 64), 0.5: torch.rand(2, 3, 24, 32)}
    maps = model.discriminator(pyramid, model.detect(pyramid[1.0]).points)
    assert [len(maps[scale]) for scale in (1, 0.5)] == [3, 3]
    assert maps[1][-1].shape[1] == 1


def test_keypoints_of_one_pose_leave_the_motions_at_identity() -> None:
    keypoints = KeypointTensors(torch.rand(1, 4, 2) - 0.5, torch.eye(2).repeat(1, 4, 1, 1))
    model = FirstOrderMotionModel(CONFIG).eval()
    motion = model.motion(model.encode(torch.rand(1, 3, 48, 64)), keypoints, keypoints)
    assert motion is not None
    torch.testing.assert_close(motion.motions, motion.motions[:, :1].expand_as(motion.motions), atol=1e-6, rtol=0)


def test_exact_grid_copies_still_regions_exactly() -> None:
    torch.manual_seed(0)
    picture, still = torch.rand(1, 3, 64, 64), coordinate_grid(8, 8, torch.zeros(1))[None]
    torch.testing.assert_close(warp(picture, still, corners=True), picture, atol=1e-4, rtol=0)
    assert float((warp(picture, still) - picture).abs().mean()) > 0.1  # as the released code does it
    exact = FirstOrderMotionModel(replace(CONFIG, generator_params=replace(CONFIG.generator_params, exact_grid=True)))
    torch.testing.assert_close(exact.generator.warped(picture, still), picture, atol=1e-4, rtol=0)


def test_exact_grid_repeats_the_border_outside() -> None:
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 16, 16)
    right = coordinate_grid(8, 8, torch.zeros(1))[None] + torch.tensor([2.0, 0.0])
    torch.testing.assert_close(warp(picture, right, corners=True), picture[..., -1:].expand_as(picture))
    assert float(warp(picture, right)[..., 2:].abs().max()) == 0  # as the released code does it
