"""Patch search: matches of the patches that touch a hole with patches of the picture around it, level by level.

Every pixel of the hole becomes the mean of what its patches show there (Wexler et al. 2007, "Space-Time Completion of
Video"). The first level is filled from the border of the hole inwards. Small levels are matched exhaustively, large
ones by propagation and random steps from the level before (Barnes et al. 2009, "PatchMatch").

Pure functions, safe on any thread. Flat indices count the pixels of a level row by row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats

Mask = NDArray[np.uint8]
Indices = NDArray[np.int64]

RADIUS = 3
"""Of a patch: 7 × 7 pixels; also the margin around a level."""
WINDOW = [(dx, dy) for dy in range(-RADIUS, RADIUS + 1) for dx in range(-RADIUS, RADIUS + 1)]
"""Offsets (x, y) of a patch's pixels from its centre."""
_COMPARED = [(dx, dy) for dx, dy in WINDOW if (dx + dy) % 2 == 0]  # pixels that propagation compares
_EXHAUSTIVE_SIDE_PX = 110  # longest side of a level that is matched exhaustively
_ROUNDS = (10, 6, 4, 3, 2)  # matchings of a level, from the coarsest
_COMPONENTS = 24  # of a patch, for exhaustive matching
_NEARNESS = 40.0  # penalty of a match one side away, in grey levels
_DEPTH_FADE = 0.92  # weight of a patch one pixel deeper in the hole
_SHARPNESS = 4.0  # preference of the most similar patches
_CHUNK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One size of the picture, with a margin of `RADIUS` on every side.

    Attributes:
        pixels: (h, w, 4) uint8, the last channel 0; the search fills the hole.
        hole: (h, w) uint8: 1 where the picture is painted over.
        usable: (h · w,) bool: centres of patches that may be copied.
        targets: (N,): centres of the patches that touch the hole, in ascending order.
        depth: (N,) float32: their distance from the known picture, in pixels.
    """

    pixels: NDArray[np.uint8]
    hole: Mask
    usable: NDArray[np.bool_]
    targets: Indices
    depth: Floats

    def flat(self, offsets: list[tuple[int, int]]) -> Indices:
        """Return offsets (x, y) as differences of flat indices."""
        return np.array([dy * self.hole.shape[1] + dx for dx, dy in offsets])

    def places(self, at: Indices) -> Floats:
        """Return (x, y) of flat indices, (N, 2)."""
        return np.stack(np.divmod(at, self.hole.shape[1])[::-1], 1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The match of each target of a level.

    Attributes:
        source: (N,): centre of the patch that is copied.
        cost: (N,) float32: difference of the two patches, in grey levels.
    """

    source: Indices
    cost: Floats

    def steps(self, level: Level) -> Floats:
        """Return the step (x, y) from every pixel to its source, (h, w, 2); 0 where there is none."""
        steps = np.zeros((level.hole.size, 2), np.float32)
        steps[level.targets] = level.places(self.source) - level.places(level.targets)
        return steps.reshape(*level.hole.shape, 2)


def match(levels: list[Level], stopped: Callable[[], bool]) -> Matches | None:
    """Match the levels one after the other and fill their holes; takes seconds.

    Args:
        levels: the coarsest first, each twice as large as the one before.
        stopped: asked often; True ends the search.

    Returns:
        Matches of the last level; None when the search was stopped.
    """
    random = np.random.default_rng(0)
    found: Matches | None = None
    for index, level in enumerate(levels):
        search = None
        if found is None or max(level.hole.shape) <= _EXHAUSTIVE_SIDE_PX:
            search = _ExhaustiveSearch(level)
        if found is None:
            assert search is not None
            search.grow()
        else:
            found = _enlarged(levels[index - 1], level, found)
        for _ in range(_ROUNDS[min(index, len(_ROUNDS) - 1)]):
            if stopped():
                return None
            if search is not None:
                found = search.match()
            else:
                assert found is not None
                found = _Propagation(level, found).improved(random)
            _vote(level, found)
    return found


def weights(level: Level, found: Matches) -> Floats:
    """Return the weight of each patch by its centre, (h, w); 0 where there is none."""
    typical = max(1.0, float(np.percentile(found.cost, 75)))
    weight = np.zeros(level.hole.size, np.float32)
    weight[level.targets] = _DEPTH_FADE**level.depth * np.exp(-_SHARPNESS * (found.cost / typical) ** 2) + 1e-9
    return weight.reshape(level.hole.shape)


def _vote(level: Level, found: Matches) -> None:
    """Replace the hole by the weighted mean of what its patches show."""
    inside = np.flatnonzero(level.hole)
    weight = weights(level, found).reshape(-1)
    source = np.zeros(level.hole.size, np.int64)
    source[level.targets] = found.source
    pixels = level.pixels.reshape(-1, 4)
    total, count = np.zeros((len(inside), 4), np.float32), np.zeros((len(inside), 1), np.float32)
    for step in level.flat(WINDOW):
        share = weight[inside - step][:, None]
        total += pixels[source[inside - step] + step] * share
        count += share
    pixels[inside] = total / count + 0.5


def _enlarged(before: Level, level: Level, found: Matches) -> Matches:
    """Take the matches of the level before, and fill the hole with them."""
    height, width = level.hole.shape
    # The hole of the level before covers the hole of this one; its outermost patches may not.
    near = np.minimum(np.searchsorted(before.targets, _halved(before, level)), len(before.targets) - 1)
    step = 2 * (before.places(found.source[near]) - before.places(before.targets[near]))
    x, y = (level.places(level.targets) + step).astype(np.int64).T
    source = y.clip(0, height - 1) * width + x.clip(0, width - 1)
    usable = np.flatnonzero(level.usable)
    nearest = usable[np.minimum(np.searchsorted(usable, source), len(usable) - 1)]
    found = Matches(np.where(level.usable[source], source, nearest), np.ones(len(source), np.float32))
    _vote(level, found)
    return found


def _halved(before: Level, level: Level) -> Indices:
    """Return the flat index in the level before of each target."""
    x, y = ((level.places(level.targets).astype(np.int64) - RADIUS) // 2 + RADIUS).T
    return np.asarray(y * before.hole.shape[1] + x)


class _ExhaustiveSearch:
    """The usable patches of a level, prepared to be compared with every target."""

    def __init__(self, level: Level) -> None:
        """Describe every usable patch by its principal components and its place."""
        self._level, self._usable = level, np.flatnonzero(level.usable)
        self._window = level.flat(WINDOW)
        self._patches = self._patches_at(self._usable)
        self._mean = self._patches.mean(0)
        centred = self._patches - self._mean
        _, axes = np.linalg.eigh(centred.T @ centred)
        self._axes = np.ascontiguousarray(axes[:, -_COMPONENTS:])
        self._places = self._places_at(self._usable)
        self._known = np.hstack([centred @ self._axes, self._places])

    def match(self) -> Matches:
        """Match every target with the most similar usable patch."""
        targets = self._level.targets
        wanted = np.hstack([(self._patches_at(targets) - self._mean) @ self._axes, self._places_at(targets)])
        square = (self._known**2).sum(1)
        source, cost = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.float32)
        for chunk in (slice(start, start + _CHUNK) for start in range(0, len(wanted), _CHUNK)):
            distance = square - 2 * (wanted[chunk] @ self._known.T)
            best = distance.argmin(1)
            source[chunk] = self._usable[best]
            cost[chunk] = distance[np.arange(len(best)), best] + (wanted[chunk] ** 2).sum(1)
        return Matches(source, np.sqrt(cost.clip(0) / len(WINDOW)))

    def grow(self) -> None:
        """Fill the hole from its border inwards, each time with the patches most similar in what is known."""
        pixels, missing = self._level.pixels.reshape(-1, 4), self._level.hole.copy()
        squares, places = self._patches**2, (self._places**2).sum(1)
        while missing.any():
            border = np.flatnonzero((missing > 0) & (cv2.erode(missing, np.ones((3, 3), np.uint8)) == 0))
            known = np.repeat(missing.reshape(-1)[border[:, None] + self._window] == 0, 3, 1).astype(np.float32)
            distance = known @ squares.T - 2 * ((self._patches_at(border) * known) @ self._patches.T)
            distance *= (known.shape[1] / known.sum(1))[:, None]
            distance += places - 2 * (self._places_at(border) @ self._places.T)
            pixels[border] = pixels[self._usable[distance.argmin(1)]]
            missing.reshape(-1)[border] = 0

    def _patches_at(self, centres: Indices) -> Floats:
        pixels = self._level.pixels.reshape(-1, 4)[:, :3].astype(np.float32)
        return np.asarray(pixels[centres[:, None] + self._window].reshape(len(centres), -1))

    def _places_at(self, centres: Indices) -> Floats:
        weight = _NEARNESS * len(WINDOW) ** 0.5 / max(self._level.hole.shape)
        return self._level.places(centres) * np.float32(weight)


class _Propagation:
    """Matches of a level that are improved by those of neighbours and by random steps."""

    def __init__(self, level: Level, found: Matches) -> None:
        """Compare the matches as they are."""
        self._level = level
        self._pixels = level.pixels.view(np.uint32).reshape(-1)  # a pixel is one number
        self._offsets = level.flat(_COMPARED)
        self._wanted = [self._pixels[level.targets + offset].view(np.uint8).reshape(-1, 4) for offset in self._offsets]
        self._places = level.places(level.targets)
        self._source = found.source.copy()
        self._cost = self._cost_of(self._source, np.arange(len(self._source)))

    def improved(self, random: np.random.Generator) -> Matches:
        """Return the improved matches."""
        width = self._level.hole.shape[1]
        for reach in (4, 1):
            for step in (reach, reach * width, -reach, -reach * width):
                self._offer(self._of_neighbours(step))
            for radius in (8 * reach, reach):
                across, down = random.integers(-radius, radius + 1, (2, len(self._source)))
                self._offer(self._source + down * width + across)
        return Matches(self._source, self._cost / np.float32(3 * len(self._offsets)))

    def _of_neighbours(self, step: int) -> Indices:
        """Return the sources that continue those of the targets a step away; -1 where there is no target."""
        lookup = np.full(self._level.hole.size, -1 - step)
        lookup[self._level.targets] = self._source
        return np.asarray(lookup[(self._level.targets - step).clip(0, len(lookup) - 1)] + step)

    def _offer(self, candidates: Indices) -> None:
        """Take the candidates that are better than the sources."""
        inside = candidates.clip(0, self._level.hole.size - 1)
        at = np.flatnonzero(self._level.usable[inside] & (inside == candidates) & (candidates != self._source))
        if not len(at):
            return
        cost = self._cost_of(candidates[at], at)
        better = cost < self._cost[at]
        self._cost[at[better]], self._source[at[better]] = cost[better], candidates[at[better]]

    def _cost_of(self, candidates: Indices, at: Indices) -> Floats:
        """Return the sum of differences between patches and the targets `at`, plus a penalty for their distance."""
        total = np.zeros((len(candidates), 4), np.uint16)
        for offset, wanted in zip(self._offsets, self._wanted, strict=True):
            total += cv2.absdiff(self._pixels[candidates + offset].view(np.uint8).reshape(-1, 4), wanted[at])
        far = np.hypot(*(self._level.places(candidates) - self._places[at]).T)
        penalty = _NEARNESS * 3 * len(self._offsets) / max(self._level.hole.shape)
        return np.asarray(total.sum(1, dtype=np.float32) + penalty * far, np.float32)
