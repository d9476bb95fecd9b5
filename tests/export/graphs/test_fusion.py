"""Rewrites do not change results."""

from __future__ import annotations

from typing import TypeVar

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from export.graphs.fusion import PixelShuffleConv, TransposedUpBlock, fold_norms, optimise  # noqa: E402
from puppet.models.base import KeypointTensors, MotionModel  # noqa: E402
from puppet.models.blocks import ConvBlock, DownBlock, ResBlock, ResidualConfig, ResidualGenerator, UpBlock  # noqa: E402
from tests.golden.reference import cases, pictures  # noqa: E402

CLOSE = 1e-5
T = TypeVar("T", bound=nn.Module)


def lively(module: T) -> T:
    """In eval mode, with norms that have seen something."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            state = {name: torch.randn_like(value) for name, value in part.state_dict().items() if value.ndim}
            part.load_state_dict({**state, "running_var": 0.5 + state["running_var"].abs()}, strict=False)
    return module.eval()


def agree(module: nn.Module, other: nn.Module, *shape: int) -> None:
    x = torch.randn(*shape)
    with torch.no_grad():
        expected, found = module(x), other(x)
    torch.testing.assert_close(found, expected, atol=CLOSE, rtol=CLOSE)
    assert expected.std() > 0.1  # it said something


@pytest.mark.parametrize(("height", "width"), [(8, 8), (5, 9), (1, 1)])
def test_transposed_convolution_is_nearest_doubling_and_a_convolution(height: int, width: int) -> None:
    block = lively(UpBlock(6, 4))
    agree(block, TransposedUpBlock(fold_norms(block).conv), 2, 6, height, width)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (6, 10), (2, 2)])
def test_pixel_shuffle_convolution_is_the_wide_convolution(height: int, width: int) -> None:
    conv = nn.Conv2d(6, 3, 7, padding=3)
    agree(conv, PixelShuffleConv(conv), 2, 6, height, width)


@pytest.mark.parametrize("block", [DownBlock(3, 5), ConvBlock(4, 6, 7, groups=2), ResBlock(4)])
def test_folded_norms_do_not_change_a_block(block: nn.Module) -> None:
    model = nn.Sequential(lively(block))
    agree(model, optimise(model), 2, {"DownBlock": 3}.get(type(block).__name__, 4), 8, 8)


def test_optimise_changes_a_copy_of_the_generator() -> None:
    config = ResidualConfig(block_expansion=4, max_features=12, num_down_blocks=2, num_bottleneck_blocks=2)
    generator = lively(ResidualGenerator(3, config))
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    copy = optimise(generator)
    picture = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        expected = generator.decode(generator.encode(picture))
        found = copy.decode(copy.encode(picture))
    torch.testing.assert_close(found, expected, atol=CLOSE, rtol=0)
    assert not [part for part in copy.modules() if isinstance(part, UpBlock)]
    assert before.keys() == generator.state_dict().keys()
    assert all(torch.equal(before[name], value) for name, value in generator.state_dict().items())


@pytest.mark.parametrize("name", list(cases()))
def test_every_configuration_renders_the_same_optimised(name: str) -> None:
    model: MotionModel = cases()[name]
    copy = optimise(model)
    source, driving = pictures(model.config.num_channels, 2, 5).chunk(2)
    with torch.no_grad():
        poses = [model.detect(source), model.detect(driving)]
        expected = model.render(model.encode(source), *poses)
        found = copy.render(copy.encode(source), *poses)
        again: KeypointTensors = copy.detect(driving)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(again.points, poses[1].points, atol=CLOSE, rtol=0)
