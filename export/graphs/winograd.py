"""Wide 3 × 3 convolutions by Winograd's minimal filtering F(4 × 4, 3 × 3) (Lavin and Gray 2016, arXiv 1509.09308).

A tile of 4 × 4 outputs takes 36 multiplications instead of 144, plus two linear transforms of the tile. The residual
blocks between a generator's warp and its up-blocks, most of a frame's work, run entirely in a layout of tiles: row
(4i + j)·T + t holds the channels of pixel (i, j) of tile t, of T tiles. In this layout a transform is one product with
a constant matrix, norms and sums need no change, and overlapping windows are picked by row. The result is exact except
for rounding, which loses two digits.

For CPUs at fp32: GPU libraries do the same internally, and low precisions cannot afford the rounding. Needs the extra
`torch`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.graphs.fusion import optimise
from puppet.models.base import MotionModel
from puppet.models.blocks import ResBlock, ResidualGenerator

LEAST_CHANNELS = 128
"""With fewer channels the transforms, linear in their number, cost more than the products, quadratic in it, save."""
_SIDE = 4  # of a tile of outputs
_WINDOW = 6  # side of the input window of a tile

# Lavin and Gray's matrices for the points 0, ±1, ±2 and infinity.
_INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_KERNEL = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_OUTPUT = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def tile_bottlenecks(model: MotionModel, size: int) -> MotionModel | None:
    """Return an optimised copy whose wide bottlenecks run in tiles; None for a model without any.

    Args:
        model: in eval mode.
        size: side of its pictures.
    """
    model = optimise(model)
    found = False
    for generator in model.modules():
        if isinstance(generator, ResidualGenerator) and _is_wide(generator, size >> len(generator.down_blocks)):
            generator.bottleneck = TiledBlocks(generator.bottleneck)  # type: ignore[assignment]
            found = True
    return model if found else None


def _is_wide(generator: ResidualGenerator, side: int) -> bool:
    widths = [block.conv1.in_channels for block in generator.bottleneck if isinstance(block, ResBlock)]
    return bool(widths) and widths[0] >= LEAST_CHANNELS and side % _SIDE == 0


class TiledBlocks(nn.Module):
    """Sequence of residual blocks, for one picture."""

    def __init__(self, blocks: nn.Sequential) -> None:
        """`blocks` are ResBlocks with the second norm folded into the first convolution."""
        super().__init__()
        self.blocks = nn.ModuleList(TiledBlock(block) for block in blocks if isinstance(block, ResBlock))

    def forward(self, x: Tensor) -> Tensor:
        """(1, C, h, w) -> the same; h and w are multiples of 4."""
        channels, height, width = (int(side) for side in x.shape[1:])
        rows, columns = height // _SIDE, width // _SIDE
        tiles = x.view(channels, rows, _SIDE, columns, _SIDE).permute(2, 4, 1, 3, 0).reshape(-1, channels)
        windows = window_rows(rows, columns)
        for block in self.blocks:
            tiles = block(tiles, windows)
        pixels = tiles.view(_SIDE, _SIDE, rows, columns, channels).permute(4, 2, 0, 3, 1)
        return pixels.reshape(1, channels, height, width)


class TiledBlock(nn.Module):
    """ResBlock in tiles."""

    def __init__(self, block: ResBlock) -> None:
        """`block` is one of TiledBlocks'."""
        super().__init__()
        norm = block.norm1
        assert norm.running_var is not None
        assert norm.running_mean is not None
        scale = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
        self.scale = nn.Parameter(scale)
        self.shift = nn.Parameter(norm.bias.detach() - norm.running_mean * scale)
        self.first, self.second = TiledConvolution(block.conv1), TiledConvolution(block.conv2)

    def forward(self, tiles: Tensor, windows: Tensor) -> Tensor:
        """(16·T, C) -> the same."""
        inner = self.first(torch.relu(tiles * self.scale + self.shift), windows)
        correction: Tensor = self.second(torch.relu(inner), windows)
        return tiles + correction


class TiledConvolution(nn.Module):
    """3 × 3 convolution with padding 1 in tiles."""

    def __init__(self, conv: nn.Conv2d) -> None:
        """`conv` gives the weights."""
        super().__init__()
        # The graph transforms the kernels: the file has 9 numbers of each, and a runtime computes 36 on loading.
        self.kernel = nn.Parameter(conv.weight.detach().permute(2, 3, 1, 0).flatten(0, 1).contiguous())
        assert conv.bias is not None
        self.bias = nn.Parameter(conv.bias.detach().clone())
        for name, matrix in (("input_transform", _INPUT), ("kernel_transform", _KERNEL), ("output_transform", _OUTPUT)):
            line = torch.tensor(matrix, dtype=torch.float64)
            self.register_buffer(name, torch.kron(line, line).to(conv.weight.dtype))

    input_transform: Tensor
    kernel_transform: Tensor
    output_transform: Tensor

    def forward(self, tiles: Tensor, windows: Tensor) -> Tensor:
        """(16·T, inputs) -> (16·T, outputs); `windows` is from `window_rows`."""
        inputs, outputs = self.kernel.shape[1:]
        kernels = (self.kernel_transform @ self.kernel.flatten(1)).view(-1, inputs, outputs)
        inside = F.pad(tiles, (0, 0, 0, 1))[windows]
        count = len(windows) // _WINDOW**2
        transformed = (self.input_transform @ inside.view(_WINDOW**2, -1)).view(-1, count, inputs)
        made = self.output_transform @ (transformed @ kernels).view(_WINDOW**2, -1)
        return made.view(-1, outputs) + self.bias


def window_rows(rows: int, columns: int) -> Tensor:
    """Return the rows of the tile layout in the 6 × 6 input window of every tile: (36·T,), position by position.

    Position (u, v) of a window is pixel (u − 1, v − 1) of its tile, or of a neighbour where that lies outside 0 to 3.
    Outside the picture it is the row after the last one, which must hold zeros.
    """
    y, x = torch.arange(rows), torch.arange(columns)
    places = []
    for u in range(_WINDOW):
        for v in range(_WINDOW):
            row, column = y + (u - 1) // _SIDE, x + (v - 1) // _SIDE
            pixel = _SIDE * ((u - 1) % _SIDE) + (v - 1) % _SIDE
            found = (pixel * rows + row[:, None]) * columns + column
            inside = ((row >= 0) & (row < rows))[:, None] & ((column >= 0) & (column < columns))
            places.append(torch.where(inside, found, _SIDE**2 * rows * columns).flatten())
    return torch.cat(places)
