"""How good a `face` training is: on held-out clips, against the plain mesh, which is the same model without networks.

The papers' protocol: a clip's first frame is the source, every further one drives it, and what is rendered is compared
with it. A clip's row says by how much; means are over clips, so that a long one does not count for more. Packs, of any
family, are scored by puppet.training.evaluation.pack.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from skimage.metrics import structural_similarity
from torch import Tensor

from puppet.domain import Floats, Picture
from puppet.errors import CheckpointError
from puppet.models.face import FaceCode, FaceModel, warp_by_mesh
from puppet.tracking.tracker import FaceTracker, MediaPipeTracker
from puppet.training.data.face_clips import Clip
from puppet.training.data.face_pairs import Batch, Pair, collate

log = logging.getLogger(__name__)

_MOUTH = (61, 291, 0, 17, 13, 14, 37, 267, 84, 314)
_EYES = (33, 133, 159, 145), (263, 362, 386, 374)
_DETAILS = ((_MOUTH, 0.25), (_EYES[0], 0.6), (_EYES[1], 0.6))  # landmarks, and how far their box grows
LANDMARKS = 468
"""Without the irises."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over a clip; all but `ssim` are better when smaller. NaN: was not, or could not be, measured.

    Attributes:
        l1: absolute difference, in [0, 1].
        ssim: structural similarity, up to 1.
        lpips: perceptual distance (arXiv 1801.03924, AlexNet).
        akd: mean distance of 468 landmarks, in pixels of 256.
        lost: share of pictures in which no face is found any more.
        detail_l1: `l1` within boxes around mouth and eyes.
        detail_lpips: `lpips` there.
        flicker: absolute difference of the change since the frame before and the driving video's own, in [0, 1].
    """

    l1: float
    ssim: float
    lpips: float
    akd: float
    lost: float
    detail_l1: float
    detail_lpips: float
    flicker: float


@dataclass(frozen=True, slots=True)
class Row:
    """One clip's scores, or the mean of all."""

    name: str
    model: Scores
    mesh: Scores


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of every clip."""

    rows: list[Row]

    @property
    def mean(self) -> Row:
        """Over clips."""
        return Row("mean", mean_scores([row.model for row in self.rows]), mean_scores([row.mesh for row in self.rows]))

    def table(self) -> str:
        """A line per clip: what the model scores, and in brackets how many times the plain mesh's that is."""
        names = [item.name for item in fields(Scores)]
        lines = [f"{'':32}" + "".join(f"{name:>16}" for name in names)]
        for row in [*self.rows, self.mean]:
            pairs = [(getattr(row.model, name), getattr(row.mesh, name)) for name in names]
            cells = [f"{a:.4f} (×{a / b:.2f})" if b else f"{a:.4f}" for a, b in pairs]
            lines.append(f"{row.name[:31]:32}" + "".join(f"{cell:>16}" for cell in cells))
        return "\n".join(lines)

    def to_json(self) -> str:
        """All rows; what was not measured is null."""
        rows = [{"name": r.name, "model": as_json(r.model), "mesh": as_json(r.mesh)} for r in [*self.rows, self.mean]]
        return json.dumps(rows, indent=1)


class Lpips:
    """LPIPS v0.1 with AlexNet: the metric, never a loss here."""

    def __init__(self, path: Path) -> None:
        """`path`: an .npz with conv0_w, conv0_b, lin0 … lin4. Raises CheckpointError."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                self._layers = [
                    tuple(
                        torch.from_numpy(arrays[f"{name}"]).float() for name in (f"conv{i}_w", f"conv{i}_b", f"lin{i}")
                    )
                    for i in range(5)
                ]
        except (OSError, ValueError, KeyError) as error:
            raise CheckpointError(f"{path}: is not LPIPS's AlexNet as .npz ({error}).") from error

    @torch.inference_mode()
    def distance(self, a: Tensor, b: Tensor) -> Floats:
        """Per pixel: two pictures (1, 3, h, w) in [0, 1] -> (h, w) float32."""
        total = torch.zeros(a.shape[2:])
        for x, y, (_, _, linear) in zip(self._features(a), self._features(b), self._layers, strict=True):
            apart = ((_unit(x) - _unit(y)).pow(2) * linear.view(1, -1, 1, 1)).sum(1, keepdim=True)
            total = total + F.interpolate(apart, size=a.shape[2:], mode="bilinear", align_corners=False)[0, 0]
        return np.asarray(total.numpy(), np.float32)

    def _features(self, picture: Tensor) -> Iterator[Tensor]:
        mean = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
        x = (2 * picture - 1 - mean) / torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
        for index, (weight, bias, _) in enumerate(self._layers):
            if index in (1, 2):
                x = F.max_pool2d(x, 3, 2)
            stride, padding = (4, 2) if index == 0 else (1, 2 if index == 1 else 1)
            x = F.relu(F.conv2d(x, weight, bias, stride=stride, padding=padding))
            yield x


def evaluate(
    model: FaceModel,
    clips: Sequence[Clip],
    lpips: Lpips | None = None,
    *,
    every: int = 3,
    open_tracker: Callable[[], FaceTracker] = MediaPipeTracker,
) -> Evaluation:
    """Score a model on clips, on every `every`-th frame of each. Takes some 0.3 s a frame scored on one core."""
    model = model.eval().cpu().float()
    trackers = open_tracker(), open_tracker()
    try:
        return Evaluation([_row(model, clip, lpips, every, trackers) for clip in clips if clip.moving])
    finally:
        for tracker in trackers:
            tracker.close()


@torch.inference_mode()
def contact_sheet(model: FaceModel, clips: Sequence[Clip], rows: int = 8) -> Picture:
    """Rows of source, driving frame, plain mesh, model; each clip's driving frame is its most different one."""
    model = model.eval()
    sheet = []
    for clip in clips[:rows]:
        away = np.linalg.norm(clip.points[:, :, :2] - clip.points[0, :, :2], axis=(1, 2))
        batch = _batch(clip, int(away.argmax()))
        mesh, moved = _rendered(model, _encoded(model, batch), batch)
        sheet.append(torch.cat([batch.source, batch.driving, mesh, moved], 3))
    return as_picture(torch.cat(sheet, 2))


def _row(
    model: FaceModel, clip: Clip, lpips: Lpips | None, every: int, trackers: tuple[FaceTracker, FaceTracker]
) -> Row:
    for tracker in trackers:
        tracker.reset()
    scores: tuple[list[Scores], list[Scores]] = ([], [])
    for shown in _frames(model, clip, every):
        for index, tracker in enumerate(trackers):
            scores[index].append(_score(shown, index, lpips, tracker))
    log.info("%s: scored", clip.name)
    return Row(clip.name, mean_scores(scores[1]), mean_scores(scores[0]))


@dataclass(frozen=True, slots=True)
class _Shown:
    """One frame: the truth and what the mesh and the model made, each with the frame before; points in pixels."""

    driving: Tensor
    before: Tensor
    made: tuple[Tensor, Tensor]
    made_before: tuple[Tensor, Tensor]
    points: Floats


@torch.inference_mode()
def _frames(model: FaceModel, clip: Clip, every: int) -> Iterator[_Shown]:
    code: FaceCode | None = None
    for index in range(1, len(clip.points), every):
        earlier, batch = (_batch(clip, k) for k in (index - 1, index))
        code = code or _encoded(model, batch)
        points = (clip.points[index, :, :2] + 1) * 127.5
        made, made_before = (_rendered(model, code, b) for b in (batch, earlier))
        yield _Shown(batch.driving, earlier.driving, made, made_before, points)


def _batch(clip: Clip, index: int) -> Batch:
    frames, points = np.asarray(clip.frames), clip.keypoints
    return collate([Pair(frames[0], frames[index], points(0), points(index), clip.silhouettes[0])])


def _encoded(model: FaceModel, batch: Batch) -> FaceCode:
    return model.encode(batch.source, *batch.own)


def _rendered(model: FaceModel, code: FaceCode, batch: Batch) -> tuple[Tensor, Tensor]:
    """What the plain mesh and the whole model make of the source."""
    body = model.find_body((batch.source, batch.driving), batch.faces)
    return warp_by_mesh(batch.source, batch.maps.mesh), model.render(code, batch.maps, body)


def _score(shown: _Shown, index: int, lpips: Lpips | None, tracker: FaceTracker) -> Scores:
    made = shown.made[index]
    difference = (made - shown.driving).abs().mean(1)[0].numpy()
    distance = lpips.distance(made, shown.driving) if lpips else np.full_like(difference, math.nan)
    details = detail_mask(shown.points, difference.shape)
    picture = as_picture(made)
    found = tracker.locate(picture)
    # Landmarks count pixels from the first one's centre, as the clips' do.
    akd = math.nan
    if found is not None:
        akd = float(np.linalg.norm(found.points[:LANDMARKS, :2] - shown.points[:LANDMARKS], axis=1).mean())
    change = (made - shown.made_before[index]) - (shown.driving - shown.before)
    return Scores(
        l1=float(difference.mean()),
        ssim=similarity(picture, as_picture(shown.driving)),
        lpips=float(distance.mean()),
        akd=akd,
        lost=float(found is None),
        detail_l1=float(difference[details].mean()),
        detail_lpips=float(distance[details].mean()),
        flicker=float(change.abs().mean()),
    )


def similarity(a: Picture, b: Picture) -> float:
    """SSIM of two pictures (h, w, 3), up to 1."""
    return float(structural_similarity(a, b, channel_axis=2))  # type: ignore[no-untyped-call]


def detail_mask(points: Floats, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Boxes around the mouth and the eyes of the driving frame: (256, 256)."""
    mask = np.zeros(shape, np.bool_)
    for group, grow in _DETAILS:
        low, high = points[list(group)].min(0), points[list(group)].max(0)
        pad = grow * float((high - low).max())
        (left, top), (right, bottom) = (np.clip(at, 0, shape[0] - 1).astype(int) for at in (low - pad, high + pad))
        mask[top : bottom + 1, left : right + 1] = True
    return mask


def _unit(features: Tensor) -> Tensor:
    return features / (features.pow(2).sum(1, keepdim=True).sqrt() + 1e-10)


def as_picture(batch: Tensor) -> Picture:
    """(1, 3, h, w) in [0, 1] -> (h, w, 3) uint8."""
    levels = (batch[0].permute(1, 2, 0).cpu() * 255 + 0.5).clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.numpy())


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """The mean of what was measured, by field."""
    values = np.array([[getattr(score, item.name) for item in fields(Scores)] for score in scores]).T
    known = [row[np.isfinite(row)] for row in values]
    return Scores(*(float(row.mean()) if len(row) else math.nan for row in known))


def as_json(scores: Scores) -> dict[str, float | None]:
    """Scores by name; what was not measured is None."""
    return {name: None if math.isnan(value) else round(value, 5) for name, value in asdict(scores).items()}
