"""Distillation: Monkey-Net's detector approaches FOMM's keypoints, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from puppet.models.checkpoints import build
from puppet.models.monkeynet import MonkeyNet
from puppet.training.checkpoint import WEIGHTS
from puppet.training.distillation import distill_keypoints
from puppet.training.initial_weights import fill
from tests.support.made_learned import made_recipe


def test_monkey_net_learns_what_fomms_wider_kernel_finds(tmp_path: Path) -> None:
    torch.manual_seed(2)
    fomm, model = (build(made_recipe(tmp_path, family).model).eval() for family in ("fomm", "monkeynet"))
    assert isinstance(model, MonkeyNet)
    weights = fomm.state_dict()
    weights["kp_detector.kp.weight"] *= 3  # keypoints that go by what they see
    save_file(weights, tmp_path / WEIGHTS)
    fill(model, tmp_path)
    pictures = [torch.rand(4, 3, 32, 32) for _ in range(4)]

    def distance() -> float:
        with torch.no_grad():
            found = [model.detect(x).points - fomm.detect(x).points for x in pictures]
        return float(torch.stack(found).abs().mean())

    before = distance()
    distill_keypoints(model, tmp_path, pictures * 25)
    assert distance() < 0.8 * before
    model.train()
    distill_keypoints(model, tmp_path, [])
    assert all(module.training for module in model.modules()), "batch norm is frozen during distillation only"
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    save_file(kept, tmp_path / WEIGHTS)
    distill_keypoints(model, tmp_path, pictures)  # its own weights: there is nothing to learn
    torch.testing.assert_close(model.state_dict(), kept, atol=0, rtol=0)
