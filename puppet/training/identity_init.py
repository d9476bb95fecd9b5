"""Identity initialisation: a generator begins as a copy of the warped picture.

Without it, training reaches such a state only after thousands of steps, in which motion is learned from blurred
pictures.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from puppet.models.blocks import ResBlock, ResidualGenerator
from puppet.models.fomm import DenseMotionNetwork
from puppet.models.monkeynet import MotionTransferGenerator

_VISIBLE = 3.0  # logit of the occlusion map where nothing is hidden
_HINGES = ((1.0, 0.0), (1.0, 0.85), (-1.0, 0.15), (1.0, 0.96), (-1.0, 0.04))
"""Rectified linear functions relu(±(x − level)) of a colour, as (sign, level); their sum approximates a logit."""


def initialise_as_copy(model: nn.Module) -> None:
    """Initialise the generator so that it copies the warped picture, with nothing hidden.

    Args:
        model: with a generator that has the warped picture at its full size; see `identity_init` of the recipe.
    """
    for network in model.modules():
        if isinstance(network, DenseMotionNetwork) and network.occlusion is not None:
            _set_constant(network.occlusion, _VISIBLE)
        if isinstance(network, ResidualGenerator):
            _make_identities(network.bottleneck)
            _copy_colours(network.first.conv, network.final, network.final.out_channels)
        if isinstance(network, MotionTransferGenerator):
            _refine_nothing(network)


def _make_identities(blocks: Iterable[nn.Module]) -> None:
    """Make residual blocks add nothing."""
    for block in blocks:
        assert isinstance(block, ResBlock)
        _set_constant(block.conv2)


def _refine_nothing(generator: MotionTransferGenerator) -> None:
    """Make Monkey-Net's refinement copy the colours among its features, through the logit that its sigmoid undoes."""
    *blocks, last = generator.refinement_module
    _make_identities(blocks)
    first = blocks[0]
    assert isinstance(first, ResBlock)
    assert isinstance(last, nn.Conv2d)
    colours, place = last.out_channels, generator.video_decoder.finest
    _copy_colours(first.conv1, first.conv2, colours, place)
    _set_constant(last)
    with torch.no_grad():
        for colour in range(colours):
            first.conv2.weight[place + colour, colour, 1, 1] -= 1  # the block adds its result to the colour itself
            last.weight[colour, place + colour] = 1


def _copy_colours(hinges: nn.Conv2d, joining: nn.Conv2d, colours: int, place: int = 0) -> None:
    """Make two convolutions, with a ReLU between them, compute the logit of colours.

    The first computes `_HINGES`; the second adds them, weighted by least squares. `place` is the first of the channels
    that hold colours, in the input of `hinges` and in the output of `joining`.
    """
    used = _HINGES[: hinges.out_channels // colours]
    levels = torch.linspace(0.01, 0.99, 99)
    basis = torch.stack([torch.relu(sign * (levels - level)) for sign, level in used] + [torch.ones_like(levels)], 1)
    # The slope of the sigmoid weights an error: levels near black and white may be further off.
    weight = (levels * (1 - levels))[:, None]
    factors = torch.linalg.lstsq(basis * weight, levels.logit()[:, None] * weight).solution[:, 0]
    _set_constant(joining)
    assert joining.bias is not None
    middle, last = hinges.kernel_size[0] // 2, joining.kernel_size[0] // 2
    with torch.no_grad():
        joining.bias[place : place + colours] = factors[-1]
        for number, (sign, level) in enumerate(used):
            for colour in range(colours):
                feature = number * colours + colour
                hinges.weight[feature] = 0
                hinges.weight[feature, place + colour, middle, middle] = sign
                joining.weight[place + colour, feature, last, last] = factors[number]
                if hinges.bias is not None:
                    hinges.bias[feature] = -sign * level


def _set_constant(convolution: nn.Conv2d, value: float = 0.0) -> None:
    """Make a convolution output a constant."""
    nn.init.zeros_(convolution.weight)
    if convolution.bias is not None:
        nn.init.constant_(convolution.bias, value)
