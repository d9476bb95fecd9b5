"""Wide 3 × 3 convolutions by minimal filtering: Winograd's F(4 × 4, 3 × 3) (Lavin and Gray 2016, arXiv 1509.09308).

A tile of 4 × 4 outputs takes 36 multiplications in place of 144, at the price of two linear transforms of the tile. The
residual blocks between a generator's warp and its up-blocks, most of a frame's work, run wholly in a layout of tiles:
row (4i + j)·T + t holds the channels of pixel (i, j) of tile t. There a transform is one product with a constant
matrix, norms and sums are what they were, and tiles overlap by picking rows. Exact but for rounding: two digits go.

For processors at fp32. A GPU's library does the same by itself, and low precisions have not the digits. Needs the extra
`torch`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.graphs.fusion import rewritten
from puppet.models.base import MotionModel
from puppet.models.blocks import ResBlock, ResidualGenerator

LEAST_CHANNELS = 128
"""Below it the transforms, whose work grows with the channels, outweigh the products, which grow with their square."""
_SIDE = 4  # of a tile of outputs
_SEEN = 6  # of the inputs it is made of

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


def tiled(model: MotionModel, size: int) -> MotionModel | None:
    """A rewritten copy whose wide bottlenecks run in tiles; None when it has none.

    Args:
        model: in eval mode; it stays as it is.
        size: side of its pictures.
    """
    model = rewritten(model)
    found = False
    for generator in model.modules():
        if isinstance(generator, ResidualGenerator) and _suits(generator, size >> len(generator.down_blocks)):
            generator.bottleneck = TiledBlocks(generator.bottleneck)  # type: ignore[assignment]
            found = True
    return model if found else None


def _suits(generator: ResidualGenerator, side: int) -> bool:
    widths = [block.conv1.in_channels for block in generator.bottleneck if isinstance(block, ResBlock)]
    return bool(widths) and widths[0] >= LEAST_CHANNELS and side % _SIDE == 0


class TiledBlocks(nn.Module):
    """Residual blocks in a row, of one picture."""

    def __init__(self, blocks: nn.Sequential) -> None:
        """`blocks`: ResBlocks, rewritten, so that the second norm of each is folded into its first convolution."""
        super().__init__()
        self.blocks = nn.ModuleList(TiledBlock(block) for block in blocks if isinstance(block, ResBlock))

    def forward(self, x: Tensor) -> Tensor:
        """(1, C, h, w) -> the same; h and w multiples of 4."""
        channels, height, width = (int(side) for side in x.shape[1:])
        rows, columns = height // _SIDE, width // _SIDE
        tiles = x.view(channels, rows, _SIDE, columns, _SIDE).permute(2, 4, 1, 3, 0).reshape(-1, channels)
        picked = overlapping(rows, columns)
        for block in self.blocks:
            tiles = block(tiles, picked)
        pixels = tiles.view(_SIDE, _SIDE, rows, columns, channels).permute(4, 2, 0, 3, 1)
        return pixels.reshape(1, channels, height, width)


class TiledBlock(nn.Module):
    """A ResBlock in tiles."""

    def __init__(self, block: ResBlock) -> None:
        """`block`: see TiledBlocks."""
        super().__init__()
        norm = block.norm1
        scale = norm.weight.detach() / torch.sqrt(_there(norm.running_var) + norm.eps)
        self.scale = nn.Parameter(scale)
        self.shift = nn.Parameter(norm.bias.detach() - _there(norm.running_mean) * scale)
        self.first, self.second = TiledConvolution(block.conv1), TiledConvolution(block.conv2)

    def forward(self, tiles: Tensor, picked: Tensor) -> Tensor:
        """(16·T, C) -> the same."""
        inner = self.first(torch.relu(tiles * self.scale + self.shift), picked)
        correction: Tensor = self.second(torch.relu(inner), picked)
        return tiles + correction


class TiledConvolution(nn.Module):
    """A 3 × 3 convolution with padding 1 in tiles."""

    def __init__(self, conv: nn.Conv2d) -> None:
        """`conv`: whose weights it computes with."""
        super().__init__()
        # Transformed in the graph, from constants: a file keeps 9 numbers of a kernel, a runtime makes 36 on loading.
        self.kernel = nn.Parameter(conv.weight.detach().permute(2, 3, 1, 0).flatten(0, 1).contiguous())
        assert conv.bias is not None
        self.bias = nn.Parameter(conv.bias.detach().clone())
        for name, matrix in (("of_input", _INPUT), ("of_kernel", _KERNEL), ("of_output", _OUTPUT)):
            line = torch.tensor(matrix, dtype=torch.float64)
            self.register_buffer(name, torch.kron(line, line).to(conv.weight.dtype))

    of_input: Tensor
    of_kernel: Tensor
    of_output: Tensor

    def forward(self, tiles: Tensor, picked: Tensor) -> Tensor:
        """(16·T, inputs), and `overlapping` -> (16·T, outputs)."""
        inputs, outputs = self.kernel.shape[1:]
        kernels = (self.of_kernel @ self.kernel.flatten(1)).view(-1, inputs, outputs)
        seen = F.pad(tiles, (0, 0, 0, 1))[picked]
        count = len(picked) // _SEEN**2
        transformed = (self.of_input @ seen.view(_SEEN**2, -1)).view(-1, count, inputs)
        made = self.of_output @ (transformed @ kernels).view(_SEEN**2, -1)
        return made.view(-1, outputs) + self.bias


def overlapping(rows: int, columns: int) -> Tensor:
    """Which rows of a tile layout each tile of rows × columns sees: 36 places one after another, of all tiles each.

    Place (u, v) of a tile is pixel (u − 1, v − 1) of it: 3 of its neighbour's, 0 to 3 of its own, 0 of the next one's.
    Outside the picture it is the row behind the last, which is to hold zeros.
    """
    y, x = torch.arange(rows), torch.arange(columns)
    places = []
    for u in range(_SEEN):
        for v in range(_SEEN):
            row, column = y + (u - 1) // _SIDE, x + (v - 1) // _SIDE
            pixel = _SIDE * ((u - 1) % _SIDE) + (v - 1) % _SIDE
            found = (pixel * rows + row[:, None]) * columns + column
            inside = ((row >= 0) & (row < rows))[:, None] & ((column >= 0) & (column < columns))
            places.append(torch.where(inside, found, _SIDE**2 * rows * columns).flatten())
    return torch.cat(places)


def _there(value: Tensor | None) -> Tensor:
    assert value is not None
    return value
