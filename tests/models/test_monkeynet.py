"""Monkey-Net computes what the original computes from videos, and every configuration of its YAML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from puppet.models.base import KeypointTensors  # noqa: E402
from puppet.models.blocks import coordinate_grid  # noqa: E402
from puppet.models.monkeynet import (  # noqa: E402
    DenseMotionConfig,
    DetectorConfig,
    DiscriminatorConfig,
    GeneratorConfig,
    MonkeyNet,
    MonkeyNetConfig,
)
from puppet.models.monkeynet_maps import EmbeddingConfig, keypoint_gaussians  # noqa: E402
from puppet.motion.keypoint_transfer import transfer  # noqa: E402
from tests.support.goldens import IMAGES, POINTS, Golden, as_arrays, as_tensors, golden, take  # noqa: E402

FRAMES = [1, 2, 5, 6]
"""Of two clips of four frames in a row: those the golden generator was shown, the second and the third of each."""
MODES = {
    "none": (False, False, False, False),
    "move_location": (True, False, False, False),
    "move_location_mult": (True, True, False, False),
    "adapt_variance": (True, False, True, False),
    "clip_mean": (True, True, False, True),
}
"""Of the goldens: relative, adapt_scale, adapt_variance, clip_points."""
MASK = EmbeddingConfig(use_deformed_source_image=True, heatmap_type="difference", norm_const=100)
CONFIG = MonkeyNetConfig(
    num_kp=3,
    kp_variance="matrix",
    kp_detector_params=DetectorConfig(
        block_expansion=4, num_blocks=2, max_features=12, temperature=0.1, clip_variance=0.001
    ),
    generator_params=GeneratorConfig(
        block_expansion=4,
        num_blocks=3,
        max_features=12,
        num_refinement_blocks=1,
        dense_motion_params=DenseMotionConfig(
            block_expansion=4,
            num_blocks=2,
            max_features=12,
            mask_embedding_params=MASK,
            use_mask=True,
            use_correction=True,
            num_group_blocks=1,
        ),
        kp_embedding_params=EmbeddingConfig(heatmap_type="difference", norm_const=100),
    ),
    discriminator_params=DiscriminatorConfig(
        block_expansion=4, num_blocks=2, max_features=8, kp_embedding_params=EmbeddingConfig(norm_const=100)
    ),
)


@pytest.fixture(autouse=True)
def _no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def monkeynet() -> Golden:
    return golden("monkeynet")


def network(monkeynet: Golden) -> MonkeyNet:
    assert isinstance(monkeynet.model, MonkeyNet)
    return monkeynet.model


def poses(monkeynet: Golden) -> tuple[KeypointTensors, KeypointTensors]:
    """Of the two sources, and of all eight frames."""
    detect = monkeynet.model.detect
    return detect(monkeynet.pictures("source_u8")), detect(monkeynet.pictures("video_u8").flatten(0, 1))


def clips(frames: Tensor, count: int = 2) -> Tensor:
    """(N·T, ...) -> (N, T, ...)."""
    return frames.view(count, -1, *frames.shape[1:])


def test_keypoints_and_covariances_are_the_originals(monkeynet: Golden) -> None:
    for name, keypoints in zip(("kp_source", "kp_driving"), poses(monkeynet), strict=True):
        assert keypoints.covariances is not None
        monkeynet.compare(clips(keypoints.points), f"{name}/mean", POINTS)
        monkeynet.compare(clips(keypoints.covariances), f"{name}/var", POINTS)


def test_heatmaps_are_the_originals(monkeynet: Golden) -> None:
    logits = network(monkeynet).kp_detector.predictor(monkeynet.pictures("source_u8"))
    monkeynet.compare(logits[:, :, None], "kp_source/logits", IMAGES)
    heatmaps = torch.softmax(logits.flatten(2) / 0.1, 2).view_as(logits)
    monkeynet.compare(heatmaps[:, :, None], "kp_source/heatmap", IMAGES)


def test_gaussians_are_the_originals_on_a_map_that_is_not_square(monkeynet: Golden) -> None:
    maps = keypoint_gaussians(take(poses(monkeynet)[1], [0, 1, 4, 5]), 32, 40, "matrix")
    monkeynet.compare(clips(maps), "kp_driving/kp2gaussian", IMAGES)


def test_dense_motion_is_the_originals(monkeynet: Golden) -> None:
    model, pictures = network(monkeynet), monkeynet.pictures("source_u8")
    source, driving = poses(monkeynet)[0], take(poses(monkeynet)[1], FRAMES)
    motion = model.motion(model.encode(pictures), source, driving)
    assert motion is not None
    assert motion.masks is not None
    assert model.generator.embedding is not None
    monkeynet.compare(clips(motion.masks).transpose(1, 2), "gen/mask", IMAGES)
    monkeynet.compare(clips(motion.embedding).transpose(1, 2), "gen/mask_embedding", IMAGES)
    embedding = model.generator.embedding(pictures, source, driving)
    monkeynet.compare(clips(embedding).transpose(1, 2), "gen/kp_embedding", IMAGES)
    torch.testing.assert_close(
        clips(motion.deformation), monkeynet.tensor("gen/deformation")[..., :2], atol=POINTS, rtol=0
    )
    warped = model.generator.warped(pictures, motion.deformation)
    monkeynet.compare(clips(warped).transpose(1, 2), "gen/video_deformed", IMAGES)


def test_prediction_is_the_originals(monkeynet: Golden) -> None:
    model, (source, driving) = network(monkeynet), poses(monkeynet)
    frames = model.render(model.encode(monkeynet.pictures("source_u8")), source, take(driving, FRAMES))
    prediction = clips(frames).transpose(1, 2)
    monkeynet.compare(prediction, "gen/video_prediction", IMAGES)
    other = monkeynet.tensor("contrast_align_corners_false/video_prediction")
    assert not torch.allclose(prediction, other, atol=10 * IMAGES)


@pytest.mark.parametrize("mode", MODES)
def test_transferred_motion_is_the_originals(monkeynet: Golden, mode: str) -> None:
    relative, adapt_scale, adapt_variance, clip = MODES[mode]
    source, driving = poses(monkeynet)
    moved = as_tensors(
        [
            transfer(
                as_arrays(source, 0),
                as_arrays(driving, frame),
                as_arrays(driving, 0),
                relative,
                adapt_scale=adapt_scale,
                adapt_variance=adapt_variance,
                clip_points=clip,
            )
            for frame in range(4)
        ]
    )
    assert moved.covariances is not None
    monkeynet.compare(moved.points[None], f"norm/{mode}/mean", POINTS)
    monkeynet.compare(moved.covariances[None], f"norm/{mode}/var", POINTS)


def test_transferred_video_is_the_originals(monkeynet: Golden) -> None:
    model, (source, driving) = network(monkeynet), poses(monkeynet)
    moved = [
        transfer(as_arrays(source, 0), as_arrays(driving, i), as_arrays(driving, 0), adapt_scale=False)
        for i in range(4)
    ]
    code = model.encode(monkeynet.pictures("source_u8")[:1])
    frames = model.render(code, take(source, slice(0, 1)), as_tensors(moved))
    monkeynet.compare(frames.transpose(0, 1)[None], "transfer_one/video_prediction", IMAGES)


def test_discriminator_is_the_originals(monkeynet: Golden) -> None:
    model, (source, driving) = network(monkeynet), poses(monkeynet)
    assert model.discriminator is not None
    video = monkeynet.pictures("video_u8")[:, 1:3].transpose(1, 2)
    maps = model.discriminator(video, source, take(driving, FRAMES))
    monkeynet.compare(maps[1], "disc_real/map1", IMAGES)
    monkeynet.compare(maps[-1], "disc_real/last", IMAGES)


def varied() -> dict[str, MonkeyNetConfig]:
    generator, detector = CONFIG.generator_params, CONFIG.kp_detector_params
    dense, embedding = generator.dense_motion_params, generator.kp_embedding_params
    assert dense is not None
    assert embedding is not None

    def with_dense(changed: DenseMotionConfig | None) -> MonkeyNetConfig:
        return replace(CONFIG, generator_params=replace(generator, dense_motion_params=changed))

    return {
        "as it is": CONFIG,
        "isotropic": replace(CONFIG, kp_variance="single"),
        "constant variance": replace(CONFIG, kp_variance=0.01),
        "half-size detector": replace(CONFIG, kp_detector_params=replace(detector, scale_factor=0.5)),
        "any covariance": replace(CONFIG, kp_detector_params=replace(detector, clip_variance=None)),
        "trilinear": replace(CONFIG, generator_params=replace(generator, interpolation_mode="trilinear")),
        "no embedding": replace(CONFIG, generator_params=replace(generator, kp_embedding_params=None)),
        "small embedding": replace(
            CONFIG, generator_params=replace(generator, kp_embedding_params=replace(embedding, scale_factor=0.25))
        ),
        "no dense motion": with_dense(None),
        "no mask": with_dense(replace(dense, use_mask=False)),
        "no correction": with_dense(replace(dense, use_correction=False)),
        "half-size motion": with_dense(replace(dense, scale_factor=0.5)),
        "all embeddings": with_dense(
            replace(dense, mask_embedding_params=replace(MASK, use_difference=True, norm_const="sum"))
        ),
        "differences only": with_dense(
            replace(dense, mask_embedding_params=EmbeddingConfig(use_heatmap=False, use_difference=True))
        ),
        "grey": replace(CONFIG, num_channels=1),
    }


@pytest.mark.parametrize("name", varied())
def test_every_configuration_runs_on_pictures_that_are_not_square(name: str) -> None:
    config = varied()[name]
    model = MonkeyNet(config).eval()
    source, driving = torch.rand(1, config.num_channels, 32, 48), torch.rand(3, config.num_channels, 32, 48)
    own, theirs = model.detect(source), model.detect(driving)
    assert (theirs.covariances is not None) == isinstance(config.kp_variance, str)
    frames = model.render(model.encode(source), own, theirs)
    assert frames.shape == driving.shape
    one = model.render(model.encode(source), own, take(theirs, slice(1, 2)))
    torch.testing.assert_close(frames[1:2], one)
    assert model.discriminator is not None
    maps = model.discriminator(driving.transpose(0, 1)[None], own, theirs)
    assert [len(m) for m in maps] == [1, 1, 1, 1]


def test_exact_grid_copies_still_regions_exactly() -> None:
    exact = replace(CONFIG.generator_params, interpolation_mode="trilinear", exact_grid=True)
    picture, still = torch.rand(1, 3, 64, 64), coordinate_grid(8, 8, torch.zeros(1))[None]
    generator = MonkeyNet(replace(CONFIG, generator_params=exact)).generator
    torch.testing.assert_close(generator.warped(picture, still), picture, atol=1e-4, rtol=0)


def test_averaged_downscaling_does_not_depend_on_the_picture_size() -> None:
    """Every other pixel of a fine pattern says nothing of it; the means are what a smaller picture shows."""
    detector = replace(CONFIG.kp_detector_params, scale_factor=0.25)
    torch.manual_seed(0)
    model = MonkeyNet(replace(CONFIG, kp_detector_params=detector, averaged=True))
    small = torch.rand(1, 3, 32, 32)
    large = small.repeat_interleave(4, 2).repeat_interleave(4, 3) + 0.2 * (torch.arange(128) % 2 - 0.5)
    torch.testing.assert_close(model.kp_detector.downscaled(large), small, atol=1e-5, rtol=0)
    nearest = MonkeyNet(replace(CONFIG, kp_detector_params=detector))
    assert (nearest.kp_detector.downscaled(large) - small).abs().max() > 0.09


def test_averages_are_of_whole_pixels() -> None:
    with pytest.raises(ValueError, match="one over a whole number"):
        replace(CONFIG, kp_detector_params=replace(CONFIG.kp_detector_params, scale_factor=0.4), averaged=True)


def test_exact_grid_requires_trilinear_interpolation() -> None:
    with pytest.raises(ValueError, match="trilinear"):
        replace(CONFIG.generator_params, interpolation_mode="nearest", exact_grid=True)


def test_covariances_have_singular_values_of_at_least_the_clip() -> None:
    config = replace(CONFIG, kp_detector_params=replace(CONFIG.kp_detector_params, clip_variance=0.05))
    covariances = MonkeyNet(config).eval().detect(torch.rand(2, 3, 32, 32)).covariances
    assert covariances is not None
    assert torch.linalg.svdvals(covariances).min() >= 0.05 * (1 - 1e-3)


def test_isotropic_gaussians_have_the_expected_values() -> None:
    keypoints = KeypointTensors(torch.zeros(1, 1, 2), covariances=0.25 * torch.eye(2)[None, None])
    maps = keypoint_gaussians(keypoints, 5, 5, "single")
    assert float(maps[0, 0, 2, 2]) == 1
    assert float(maps[0, 0, 2, 3]) == pytest.approx(float(torch.exp(torch.tensor(-0.5))))  # half a unit: one sigma
    torch.testing.assert_close(maps, keypoint_gaussians(keypoints, 5, 5, 0.25))
