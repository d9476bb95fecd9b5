"""Convolutions in tiles equal plain convolutions except for rounding."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402

from export.graphs.fusion import fold_norms  # noqa: E402
from export.graphs.winograd import TiledBlocks, TiledConvolution, tile_bottlenecks, window_rows  # noqa: E402
from puppet.models.blocks import ResBlock  # noqa: E402
from tests.export.graphs.test_fusion import lively  # noqa: E402
from tests.support.made_packs import model_of  # noqa: E402


def in_tiles(x: Tensor) -> Tensor:
    channels, height, width = x.shape[1:]
    return x.view(channels, height // 4, 4, width // 4, 4).permute(2, 4, 1, 3, 0).reshape(-1, channels)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (8, 20), (4, 4)])
def test_a_convolution_in_tiles_is_the_convolution(height: int, width: int) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 7, 3, padding=1).double()
    x = torch.randn(1, 5, height, width, dtype=torch.float64)
    with torch.no_grad():
        found = TiledConvolution(conv)(in_tiles(x), window_rows(height // 4, width // 4))
        torch.testing.assert_close(found, in_tiles(conv(x)), atol=1e-12, rtol=0)


def test_blocks_in_tiles_are_the_blocks() -> None:
    blocks = lively(nn.Sequential(*(ResBlock(32) for _ in range(3))))
    x = torch.randn(1, 32, 16, 24)
    with torch.no_grad():
        expected = blocks(x)
        exact = TiledBlocks(fold_norms(blocks).double())(x.double())
        found = TiledBlocks(fold_norms(blocks))(x)
    assert expected.std() > 1
    torch.testing.assert_close(exact.float(), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)  # two digits go with the transforms


def test_only_wide_bottlenecks_of_whole_tiles_are_tiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("fomm", tmp_path)
    assert tile_bottlenecks(model, 64) is None  # too few channels to be worth it
    monkeypatch.setattr("export.graphs.winograd.LEAST_CHANNELS", 8)
    assert tile_bottlenecks(model, 72) is None  # 18 is no multiple of 4
    copy = tile_bottlenecks(model, 64)
    assert copy is not None
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        pose = model.detect(picture)
        expected, found = (m.render(m.encode(picture), pose, pose) for m in (model, copy))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_monkeynet_has_nothing_to_tile(tmp_path: Path) -> None:
    assert tile_bottlenecks(model_of("monkeynet", tmp_path), 64) is None
