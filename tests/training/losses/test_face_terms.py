"""Losses: VGG16 read from either format and from nothing unsafe, what is zero when pictures agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from puppet.errors import CheckpointError
from puppet.training.losses.face_terms import PatchDiscriminator, Vgg16, adversarial, judgement, load_vgg16, perceptual
from tests.support.made_training import write_vgg

LAYERS = (3, 5)


def test_both_formats_give_the_same_features(vgg: Vgg16, tmp_path: Path) -> None:
    indices = (0, 2, 5, 7, 10, 12)
    state = {f"features.{index}.weight": getattr(vgg, f"weight{i}") for i, index in enumerate(indices)}
    state |= {f"features.{index}.bias": getattr(vgg, f"bias{i}") for i, index in enumerate(indices)}
    torch.save(state | {"classifier.0.weight": torch.zeros(2, 2)}, tmp_path / "vgg16.pth")
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    expected = vgg(picture, LAYERS)
    for path in (write_vgg(tmp_path / "vgg.npz", vgg), tmp_path / "vgg16.pth"):
        for found, wanted in zip(load_vgg16(path)(picture, LAYERS), expected, strict=True):
            torch.testing.assert_close(found, wanted)


def test_other_files_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", conv0_w=np.zeros((8, 3, 3, 3), np.float32))
    torch.save({"model": Path("not a tensor")}, tmp_path / "unsafe.pth")
    (tmp_path / "text.pth").write_text("text")
    for name in ("other.npz", "unsafe.pth", "text.pth", "missing.pth"):
        with pytest.raises(CheckpointError, match=name):
            load_vgg16(tmp_path / name)


def test_equal_pictures_cost_nothing_and_weights_say_where_others_do(vgg: Vgg16) -> None:
    random = torch.Generator().manual_seed(1)
    a, b = torch.rand(2, 1, 3, 64, 64, generator=random)
    b[..., 32:] = a[..., 32:]
    assert perceptual(vgg, a, a, LAYERS) == 0
    right = torch.zeros(1, 1, 64, 64)
    right[..., 48:] = 1
    assert perceptual(vgg, a, b, LAYERS, right) < 0.1 * perceptual(vgg, a, b, LAYERS, 1 - right)


def test_a_discriminator_learns_to_tell_and_its_verdict_reaches_the_generator() -> None:
    torch.manual_seed(0)
    true, shape = torch.rand(4, 3, 48, 48), torch.zeros(4, 2, 48, 48)
    made = torch.full((4, 3, 48, 48), 0.5, requires_grad=True)
    judge = PatchDiscriminator()
    optimiser = torch.optim.Adam(judge.parameters(), 2e-3)
    losses = []
    for _ in range(12):
        loss = judgement(judge, made.detach(), true, shape)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    fooled, matched = adversarial(judge, made, true, shape)
    torch.autograd.backward(fooled + matched)
    assert made.grad is not None
    assert made.grad.abs().sum() > 0
