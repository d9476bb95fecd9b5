"""The face model's discriminator, and the layers that its motion is trained with."""

from __future__ import annotations

import torch

from puppet.models.face import SIZE, FaceMotion
from puppet.training.losses.face import PatchDiscriminator, layered
from puppet.training.losses.papers import discriminator_gan, generator_gan


def test_a_discriminator_learns_and_its_gradient_reaches_the_generator() -> None:
    torch.manual_seed(0)
    true, shape = torch.rand(4, 3, 48, 48), torch.zeros(4, 2, 48, 48)
    made = torch.full((4, 3, 48, 48), 0.5, requires_grad=True)
    discriminator = PatchDiscriminator()
    optimiser = torch.optim.Adam(discriminator.parameters(), 2e-3)
    losses = []
    for _ in range(12):
        loss = discriminator_gan(discriminator(true, shape)[0], discriminator(made.detach(), shape)[0])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    torch.autograd.backward(generator_gan(discriminator(made, shape)[0]))
    assert made.grad is not None
    assert made.grad.abs().sum() > 0


def _moved_right(px: int) -> FaceMotion:
    """All of the picture moves to the right."""
    flow = torch.zeros(1, 2, 128, 128)
    flow[:, 0] = -2 * px / (SIZE - 1)
    mesh, unused = torch.eye(4)[0].view(1, 4, 1, 1).expand(1, 4, 64, 64), torch.zeros(1)
    return FaceMotion(grid=unused, flow=flow, masks=mesh, residual=unused, occlusion=unused)


def test_layers_at_rest_are_the_picture_whatever_the_silhouette() -> None:
    torch.manual_seed(0)
    source, silhouette = torch.rand(1, 3, SIZE, SIZE), torch.rand(1, 1, 64, 64)
    composed = layered(source, silhouette, torch.rand(1, 3, SIZE, SIZE), _moved_right(0))
    torch.testing.assert_close(composed, source, atol=1e-4, rtol=0)


def test_a_moved_person_uncovers_the_painted_background_and_nothing_else_moves() -> None:
    silhouette = torch.zeros(1, 1, 64, 64)
    silhouette[..., 20:40] = 1
    matte = torch.nn.functional.interpolate(silhouette, size=SIZE, mode="bilinear", align_corners=True)
    source, painted = (matte > 0.5).float().repeat(1, 3, 1, 1), torch.full((1, 3, SIZE, SIZE), 0.25)
    row = layered(source, silhouette, painted, _moved_right(20))[0, 0, SIZE // 2]
    left, right = (int(at) for at in torch.nonzero(source[0, 0, 0]).flatten()[[0, -1]])
    assert row[left + 5].item() == 0.25
    assert row[right + 10].item() == 1
    assert row[left - 20].item() == row[right + 40].item() == 0
