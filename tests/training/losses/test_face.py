"""The face model's discriminator."""

from __future__ import annotations

import torch

from puppet.training.losses.face import PatchDiscriminator
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
