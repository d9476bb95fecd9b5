"""Losses and gradients of one training step are the originals', in eval and in train mode."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402

from puppet.models.base import KeypointTensors  # noqa: E402
from puppet.models.coseg import CoSegmentationModel  # noqa: E402
from puppet.models.fomm import FirstOrderMotionModel  # noqa: E402
from puppet.models.monkeynet import MonkeyNet  # noqa: E402
from puppet.training.losses.papers import (  # noqa: E402
    discriminator_gan,
    equivariance_of_jacobians,
    equivariance_of_points,
    feature_matching,
    generator_gan,
    perceptual,
    pyramid,
)
from puppet.training.losses.random_deformation import Deformation  # noqa: E402
from puppet.training.losses.vgg import FIRST_RELUS, Vgg  # noqa: E402
from tests.support.goldens import IMAGES, POINTS, Golden, golden, take  # noqa: E402

MODES = ["eval", "train"]
SCALES = (1, 0.5, 0.25)


def random_vgg(seed: int) -> Vgg:
    """The perceptual network of the goldens, made of numbers anybody can draw again."""
    random, vgg = np.random.RandomState(seed), Vgg()
    for layer in vgg.convolutions:
        if isinstance(layer, nn.Conv2d):
            shape = tuple(layer.weight.shape)
            weight = random.standard_normal(shape) * np.sqrt(2 / (9 * shape[1]))
            bias = random.standard_normal(shape[0]) * 0.01
            layer.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    return vgg


def on_pyramids(vgg: Vgg, found: dict[float, Tensor], real: dict[float, Tensor]) -> Tensor:
    weights = dict.fromkeys(FIRST_RELUS, 10.0)
    total: Tensor = torch.stack([perceptual(vgg, found[scale], real[scale], weights) for scale in found]).sum()
    return total


def deformation_of(data: Golden) -> Deformation:
    return Deformation(
        data.tensor("tps/theta"), data.tensor("tps/control_params")[:, 0], int(data.arrays["tps/points"])
    )


def assert_losses(data: Golden, mode: str, losses: dict[str, Tensor]) -> None:
    for name, loss in losses.items():
        torch.testing.assert_close(loss.detach(), data.tensor(f"loss/{mode}/{name}"), rtol=1e-4, atol=0, msg=name)


def assert_gradients(data: Golden, names: dict[str, nn.Module]) -> None:
    for name, network in names.items():
        squares = [float(p.grad.double().square().sum()) for p in network.parameters() if p.grad is not None]
        assert sum(squares) ** 0.5 == pytest.approx(float(data.arrays[f"grad/{name}"]), rel=0.05), name


def detached(keypoints: KeypointTensors) -> KeypointTensors:
    others = [None if x is None else x.detach() for x in keypoints[1:]]
    return KeypointTensors(keypoints.points.detach(), *others)


def equivariance(data: Golden, driving: KeypointTensors, pictures: Tensor, padding: str) -> tuple[Tensor, Tensor]:
    deformation = deformation_of(data)
    deformed = data.model.detect(deformation.pictures(pictures, padding))
    assert driving.jacobians is not None
    assert deformed.jacobians is not None
    return (
        10 * equivariance_of_points(driving.points, deformed.points, deformation),
        10 * equivariance_of_jacobians(driving.jacobians, deformed.jacobians, deformed.points, deformation),
    )


@pytest.mark.parametrize("mode", MODES)
def test_step_of_fomm_is_the_originals(mode: str) -> None:
    data = golden("fomm")
    model = data.model.train(mode == "train")
    assert isinstance(model, FirstOrderMotionModel)
    assert model.discriminator is not None
    source, driving = data.pictures("source_u8"), data.pictures("driving_u8")[1:3]
    own, theirs = model.detect(source), model.detect(driving)
    prediction = model.render(model.encode(source), own, theirs)
    made, real = pyramid(prediction, SCALES), pyramid(driving, SCALES)
    points = theirs.points.detach()
    judged, judged_real = model.discriminator(made, points)[1], model.discriminator(real, points)[1]
    value, jacobian = equivariance(data, theirs, driving, "reflection")
    losses = {
        "perceptual": on_pyramids(random_vgg(int(data.arrays["vgg/seed"])), made, real),
        "gen_gan": generator_gan(judged[-1]),
        "feature_matching": feature_matching(judged[:-1], judged_real[:-1], [10] * 3),
        "equivariance_value": value,
        "equivariance_jacobian": jacobian,
    }
    assert_losses(data, mode, {**losses, "prediction_mean": prediction.mean()})
    torch.stack(list(losses.values())).sum().backward()
    step = f"{mode}/gen_step"
    assert_gradients(data, {f"{step}/{name}": network for name, network in model.named_children()})
    model.zero_grad()
    made = {scale: pictures.detach() for scale, pictures in made.items()}
    judged, judged_real = model.discriminator(made, points)[1], model.discriminator(real, points)[1]
    loss = discriminator_gan(judged_real[-1], judged[-1])
    assert_losses(data, mode, {"disc_gan": loss})
    torch.autograd.backward(loss)
    assert_gradients(data, {f"{mode}/disc_step/discriminator": model.discriminator})


@pytest.mark.parametrize("mode", MODES)
def test_step_of_cosegmentation_is_the_originals(mode: str) -> None:
    data = golden("coseg")
    model = data.model.train(mode == "train")
    assert isinstance(model, CoSegmentationModel)
    source, target = data.pictures("source_u8"), data.pictures("target_u8")[1:3]
    own, theirs = model.detect(source), model.detect(target)
    prediction = model.render(model.encode(source), own, theirs)
    shift, affine = equivariance(data, theirs, target, "border")
    vgg = random_vgg(int(data.arrays["vgg/seed"]))
    losses = {
        "perceptual": on_pyramids(vgg, pyramid(prediction, SCALES), pyramid(target, SCALES)),
        "equivariance_shift": shift,
        "equivariance_affine": affine,
    }
    assert_losses(data, mode, losses)
    torch.stack(list(losses.values())).sum().backward()
    assert_gradients(data, {f"{mode}/{name}": network for name, network in model.named_children()})


@pytest.mark.parametrize("mode", MODES)
def test_step_of_monkeynet_is_the_originals(mode: str) -> None:
    data = golden("monkeynet")
    model = data.model.train(mode == "train")
    assert isinstance(model, MonkeyNet)
    assert model.discriminator is not None
    source, video = data.pictures("source_u8"), data.pictures("video_u8")[:, 1:3]
    joined = model.detect(torch.cat([source[:, None], video], 1).flatten(0, 1))  # batch norm sees them together
    own, theirs = take(joined, [0, 3]), take(joined, [1, 2, 4, 5])
    frames = model.render(model.encode(source), own, theirs)
    made, real = (clip.view(2, 2, 3, 64, 64).transpose(1, 2) for clip in (frames, video))
    judged, judged_real = (model.discriminator(clip, detached(own), detached(theirs)) for clip in (made, real))
    losses = {
        f"layer-{i}_rec": feature_matching([judged[i]], [judged_real[i]], [weight])
        for i, weight in enumerate([10, 10, 10, 1])
    }
    losses["gen_gan"] = generator_gan(judged[-1])
    assert_losses(data, mode, losses)
    torch.stack(list(losses.values())).sum().backward()
    step = f"{mode}/gen_step"
    assert_gradients(data, {f"{step}/{name}": network for name, network in model.named_children()})
    model.zero_grad()
    judged, judged_real = (model.discriminator(clip, detached(own), detached(theirs)) for clip in (made.detach(), real))
    loss = discriminator_gan(judged_real[-1], judged[-1])
    assert_losses(data, mode, {"disc_gan": loss})
    torch.autograd.backward(loss)
    assert_gradients(data, {f"{mode}/disc_step/discriminator": model.discriminator})


def test_perceptual_features_are_the_originals() -> None:
    data = golden("fomm")
    maps = random_vgg(int(data.arrays["vgg/seed"]))(data.pictures("driving_u8")[1:3], FIRST_RELUS)
    for level, features in enumerate(maps):
        assert float(features.abs().mean()) == pytest.approx(float(data.arrays[f"vgg/mean_abs/{level}"]), rel=1e-4)
        data.compare(features[0, :4, :6, :6], f"vgg/sample/{level}", IMAGES)


@pytest.mark.parametrize(
    ("family", "padding", "keypoints", "picture", "warped", "slopes"),
    [
        ("fomm", "reflection", "kp_driving/value", "driving", "warp_of_kp_driving", "jacobian_at_kp_driving"),
        ("coseg", "border", "seg_target/shift", "target", "warp_of_shift", "affine_at_shift"),
    ],
)
def test_deformation_is_the_originals(
    family: str, padding: str, keypoints: str, picture: str, warped: str, slopes: str
) -> None:
    data = golden(family)
    deformation, points = deformation_of(data), data.tensor(keypoints)
    data.compare(deformation.of(points), f"tps/{warped}", POINTS)
    data.compare(deformation.jacobians(points), f"tps/{slopes}", POINTS)
    pictures = deformation.pictures(data.pictures(f"{picture}_u8")[1:3], padding)
    data.compare(pictures, f"tps/transformed_{picture}", IMAGES)


# --- identities that need no golden data ---


def test_jacobians_of_a_deformation_are_its_derivatives() -> None:
    deformation = Deformation.drawn(2, 0.05, 0.005, 5, torch.Generator().manual_seed(3))
    points = (torch.rand(2, 6, 2) * 1.8 - 0.9).requires_grad_()
    moved = deformation.of(points)
    rows = [torch.autograd.grad(moved[..., axis].sum(), points, retain_graph=True)[0] for axis in range(2)]
    torch.testing.assert_close(deformation.jacobians(points), torch.stack(rows, -2), atol=1e-6, rtol=1e-4)


def test_keypoints_that_follow_a_deformation_cost_nothing() -> None:
    deformation = Deformation.drawn(2, 0.05, 0.005, 5, torch.Generator().manual_seed(4))
    deformed, jacobians = torch.rand(2, 6, 2) - 0.5, torch.randn(2, 6, 2, 2) + 3 * torch.eye(2)
    points = deformation.of(deformed)
    followed = deformation.jacobians(deformed) @ jacobians
    assert float(equivariance_of_points(points, deformed, deformation)) == 0
    assert float(equivariance_of_jacobians(followed, jacobians, deformed, deformation)) < 1e-5
    assert float(equivariance_of_points(points + 0.1, deformed, deformation)) == pytest.approx(0.1, rel=1e-4)


def test_undrawn_deformation_leaves_pictures_alone() -> None:
    pictures = torch.rand(1, 3, 20, 30)
    still = Deformation.drawn(1, 0, 0, 5)
    torch.testing.assert_close(still.pictures(pictures, "reflection"), pictures, atol=1e-5, rtol=0)


def test_least_squares_of_a_perfect_judge_and_a_perfect_forger() -> None:
    one, nil = torch.ones(2, 1, 3, 3), torch.zeros(2, 1, 3, 3)
    assert float(discriminator_gan(one, nil)) == 0
    assert float(generator_gan(one)) == 0
    assert float(generator_gan(nil)) == 1


def test_same_pictures_have_no_perceptual_distance() -> None:
    torch.manual_seed(6)
    vgg, pictures = Vgg(), torch.rand(1, 3, 32, 32)
    both = pyramid(pictures, (1, 0.5))
    assert float(on_pyramids(vgg, both, both)) == 0
    assert [tuple(p.shape[2:]) for p in both.values()] == [(32, 32), (16, 16)]
    other = pyramid(1 - pictures, (1, 0.5))
    assert float(on_pyramids(vgg, other, both)) > 0
