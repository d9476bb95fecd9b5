"""Evaluation of a `face` model during training: on held-out clips, against the plain mesh warp without networks.

The papers' protocol: the first frame of a clip is the source, each further frame drives it, and the rendered picture is
compared with that frame. Packs of any family are scored by puppet.training.evaluation.pack.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from puppet.domain import Floats, Picture
from puppet.models.face import FaceCode, FaceModel, warp_by_mesh
from puppet.tracking.tracker import FaceTracker, MediaPipeTracker
from puppet.training.data.clips import Clip
from puppet.training.data.face_pairs import Pair, PairBatch, collate
from puppet.training.evaluation.metrics import Frame, Lpips, Scores, mean_scores, score, to_levels
from puppet.training.evaluation.report import Evaluation, Row

log = logging.getLogger(__name__)


def evaluate(
    model: FaceModel,
    clips: Sequence[Clip],
    lpips: Lpips | None = None,
    *,
    every: int = 3,
    open_tracker: Callable[[], FaceTracker] = MediaPipeTracker,
) -> Evaluation:
    """Score "model" and "mesh" on every `every`-th frame of each video clip; about 0.3 s a scored frame on one core."""
    model = model.eval().cpu().float()
    trackers = {name: open_tracker() for name in ("model", "mesh")}
    try:
        return Evaluation([_row(model, clip, lpips, every, trackers) for clip in clips if clip.moving])
    finally:
        for tracker in trackers.values():
            tracker.close()


@torch.inference_mode()
def contact_sheet(model: FaceModel, clips: Sequence[Clip], rows: int = 8) -> Picture:
    """Return rows of source, driving frame, mesh warp and model; of each clip the driving frame that moved farthest."""
    model = model.eval()
    sheet = []
    for clip in clips[:rows]:
        movement = np.linalg.norm(clip.points[:, :, :2] - clip.points[0, :, :2], axis=(1, 2))
        batch = _batch(clip, int(movement.argmax()))
        rendered = _rendered(model, model.encode(batch.source, batch.fine[0], *batch.own), batch)
        sheet.append(torch.cat([batch.source, batch.driving, rendered["mesh"], rendered["model"]], 3))
    return to_levels(_array(torch.cat(sheet, 2)))


def _row(model: FaceModel, clip: Clip, lpips: Lpips | None, every: int, trackers: dict[str, FaceTracker]) -> Row:
    for tracker in trackers.values():
        tracker.reset()
    scores: dict[str, list[Scores]] = defaultdict(list)
    for true, made in _frames(model, clip, every):
        for name, (picture, before) in made.items():
            face = trackers[name].locate(to_levels(picture))
            frame = Frame(picture, before, None if face is None else face.points)
            scores[name].append(score(frame, true, lpips))
    log.info("%s: scored", clip.name)
    return Row(clip.name, {name: mean_scores(scores[name]) for name in trackers})


@torch.inference_mode()
def _frames(model: FaceModel, clip: Clip, every: int) -> Iterator[tuple[Frame, dict[str, tuple[Floats, Floats]]]]:
    """Yield true frames, and by name what was rendered for them and for the frame before."""
    code: FaceCode | None = None
    for index in range(1, len(clip.points), every):
        earlier, batch = (_batch(clip, k) for k in (index - 1, index))
        code = code or model.encode(batch.source, batch.fine[0], *batch.own)
        now, before = (_rendered(model, code, one) for one in (batch, earlier))
        points = (clip.points[index, :, :2] + 1) * 127.5
        true = Frame(_array(batch.driving), _array(earlier.driving), points)
        yield true, {name: (_array(now[name]), _array(before[name])) for name in now}


def _batch(clip: Clip, index: int) -> PairBatch:
    frames, points = np.asarray(clip.frames), clip.keypoints
    return collate([Pair(frames[0], frames[index], points(0), points(index), clip.silhouettes[0])])


def _rendered(model: FaceModel, code: FaceCode, batch: PairBatch) -> dict[str, Tensor]:
    """Return the source as the model and as the mesh alone render it: (1, 3, 256, 256) each."""
    body = model.find_body((batch.source, batch.driving), batch.faces)
    return {"model": model.render(code, batch.maps, body), "mesh": warp_by_mesh(batch.source, batch.maps.mesh)}


def _array(batch: Tensor) -> Floats:
    """Convert a batch of one picture (1, 3, h, w) to (h, w, 3) float32."""
    return np.ascontiguousarray(batch[0].permute(1, 2, 0).float().cpu().numpy())
