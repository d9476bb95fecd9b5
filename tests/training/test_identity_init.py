"""Identity initialisation: an untrained generator copies the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from puppet.models.checkpoints import build
from puppet.models.coseg import CosegConfig
from puppet.models.fomm import FommConfig
from puppet.models.monkeynet import MonkeyNetConfig
from puppet.training.identity_init import initialise_as_copy
from tests.support.goldens import golden


@pytest.mark.parametrize("family", ["fomm", "coseg", "monkeynet"])
def test_a_generator_can_begin_as_a_copy(family: str) -> None:
    config = golden(family).model.config
    if isinstance(config, FommConfig):
        generator = replace(config.generator_params, num_down_blocks=0, block_expansion=16, max_features=16)
        config = replace(config, generator_params=generator)
    elif isinstance(config, MonkeyNetConfig):
        own = replace(config.generator_params, block_expansion=16, interpolation_mode="trilinear", exact_grid=True)
        assert own.num_refinement_blocks > 1
        config = replace(config, generator_params=own)
    else:
        assert isinstance(config, CosegConfig)
        module = replace(config.reconstruction_module_params, num_down_blocks=0, block_expansion=16, max_features=16)
        config = replace(config, reconstruction_module_params=replace(module, estimate_visibility=False))
    torch.manual_seed(0)
    model = build(config).eval()
    initialise_as_copy(model)
    picture = torch.nn.functional.interpolate(torch.rand(1, 3, 4, 4), size=64, mode="bicubic").clamp(0, 1)
    with torch.no_grad():
        pose = model.detect(picture)
        painted = model.render(model.encode(picture), pose, pose)
    assert (painted - picture).abs().mean() < 0.03  # FOMM shows 95 % of everything
    assert np.corrcoef(painted.flatten(), picture.flatten())[0, 1] > 0.99
