"""Evaluation of a pack of any family, against the source held still and, for landmark packs, the plain mesh warp.

The papers' protocol: the first frame of a clip is the source, further frames drive it with absolute motion, and the
rendered picture is compared with the driving frame at 256 px, whatever the pack's size. The pack runs through its
engine, as it does live. For packs with a keypoint detector, the error of a linear map from keypoints to face landmarks
is measured, too, and for packs with segments the overlap with the person (both as in arXiv 2004.03234).
"""

from __future__ import annotations

import json
import logging
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from puppet.cameras.opening import BUNDLED_CLIP
from puppet.config import OFFLINE_ENGINE
from puppet.domain import Floats, Keypoints, Picture
from puppet.engines.base import Engine
from puppet.engines.factory import open_engine
from puppet.errors import ConfigError, MediaError
from puppet.geometry import face_mesh
from puppet.geometry.crop import CropBox, face_box, whole_box
from puppet.media.video import VideoReader
from puppet.models.face import warp_by_mesh
from puppet.packs import open_pack
from puppet.tracking.tracker import FaceTracker, MediaPipeTracker
from puppet.training.data.clips import VIDEOS, Silhouettes
from puppet.training.evaluation.face_identity import Embedding
from puppet.training.evaluation.metrics import (
    LANDMARKS,
    Frame,
    Lpips,
    Scores,
    known_mean,
    mean_scores,
    score,
    to_floats,
    to_levels,
)
from puppet.training.evaluation.report import Evaluation, Row

log = logging.getLogger(__name__)

SIZE = 256
"""Side at which pictures are compared, in pixels."""
FACTS = {
    "landmark_mae": "landmarks predicted linearly from keypoints, mean error, px",
    "chance_mae": "the same error of the mean face, px",
    "foreground_iou": "overlap of the segments with the selfie segmentation (IoU)",
}
"""Figures over all clips, by their name in JSON: the words for a person."""
_MOST_FRAMES = 240  # of a clip
_RIDGE = 1e-4  # keeps the linear map from keypoints finite


@dataclass(frozen=True, slots=True)
class PackEvaluation(Evaluation):
    """Scores of every clip, by "pack", "copy" and, for landmark packs, "mesh"; and figures over all clips together.

    Attributes:
        skipped: clips that could not be scored, with the reason.
        landmark_mae: error of a linear map from keypoints to landmarks, on clips not used to fit it, in pixels of 256.
        chance_mae: the same error for the mean face.
        foreground_iou: overlap of the segments, without the background, with MediaPipe's selfie segmentation.
    """

    skipped: list[str] = field(default_factory=list)
    landmark_mae: float = math.nan
    chance_mae: float = math.nan
    foreground_iou: float = math.nan

    def facts(self) -> dict[str, float]:
        """Return the figures over all clips that were measured, by name."""
        return {name: value for name in FACTS if not math.isnan(value := getattr(self, name))}

    def to_json(self) -> str:
        """Return everything; scores that were not measured are null, and so is "mesh" where there is none."""
        clips = [{"mesh": None, **record} for record in self.as_records()]
        return json.dumps({"clips": clips, "skipped": self.skipped, **self.facts()}, indent=1)


def evaluate_pack(
    name: str,
    clips: Path = BUNDLED_CLIP,
    lpips: Lpips | None = None,
    embedding: Embedding | None = None,
    *,
    every: int = 3,
    open_tracker: Callable[[], FaceTracker] = MediaPipeTracker,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> PackEvaluation:
    """Score a pack on every `every`-th of the first 240 frames of each clip.

    Args:
        name: name or folder of the pack.
        clips: a folder of videos, or one video. A square video counts as framed; of any other the square around the
            face in its first frame is used, or the whole picture where no face is found.
        lpips: measures LPIPS; None: not measured.
        embedding: measures AED; None: not measured.
        every: distance between scored frames.
        open_tracker: called once for each sequence of pictures.
        progress: called with the number of scored clips and their count.

    Raises:
        ConfigError: there is no clip to score on.
        PackError, EngineError, TrackingError: the pack cannot be run, or faces cannot be tracked.
    """
    paths = videos(clips)
    rows, skipped, gathered = [], [], _Gathered()
    with ExitStack() as opened:
        engine = opened.enter_context(closing(open_engine(open_pack(name), OFFLINE_ENGINE)))
        sequences = ("true", "pack") if engine.detects else ("true", "pack", "mesh")
        trackers = {sequence: opened.enter_context(closing(open_tracker())) for sequence in sequences}
        silhouettes = opened.enter_context(closing(Silhouettes())) if engine.segments else None
        scorer = _ClipScorer(engine, trackers, lpips, embedding, silhouettes, every, gathered)
        for index, path in enumerate(paths):
            progress(index, len(paths))
            try:
                rows.append(scorer.row(path))
            except MediaError as error:
                skipped.append(str(error))
    if not rows:
        raise ConfigError(f"{clips}: no clip to score on ({skipped[0]})")
    return PackEvaluation(rows, skipped, *_landmark_errors(gathered), known_mean(gathered.overlaps))


def videos(clips: Path) -> list[Path]:
    """Return the videos of a folder, or one video. Raises ConfigError without any."""
    if clips.is_file():
        return [clips]
    if not clips.is_dir():
        raise ConfigError(f"{clips}: no such folder of clips")
    paths = sorted(path for path in clips.iterdir() if path.suffix.lower() in VIDEOS)
    if not paths:
        raise ConfigError(f"{clips}: holds no videos; expected {', '.join(VIDEOS)}")
    return paths


@dataclass(slots=True)
class _Gathered:
    """Values collected over all clips.

    Attributes:
        points: for each clip a list of frames: the pack's keypoints, flattened, and landmarks (936,) in pixels of 256.
        overlaps: intersection over union of foregrounds, one for each frame.
    """

    points: list[list[tuple[Floats, Floats]]] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Source:
    """The first frame of a clip: code, keypoints, and at 256 px its picture and landmarks in pixels."""

    code: Any
    keypoints: Keypoints
    picture: Picture
    landmarks: Floats | None


@dataclass(slots=True)
class _ClipScorer:
    """Renders clips with a pack and scores the pictures."""

    engine: Engine
    trackers: dict[str, FaceTracker]
    lpips: Lpips | None
    embedding: Embedding | None
    silhouettes: Silhouettes | None
    every: int
    gathered: _Gathered

    def row(self, path: Path) -> Row:
        """Score one clip. Raises MediaError: unreadable, a single frame, or no face where the pack needs one."""
        for tracker in self.trackers.values():
            tracker.reset()
        self.gathered.points.append([])
        scores: dict[str, list[Scores]] = defaultdict(list)
        for frames in self._frames(path):
            true = frames.pop("true")
            for name, frame in frames.items():
                scores[name].append(score(frame, true, self.lpips, self.embedding))
        if not scores:
            raise MediaError(f"{path}: a single frame, or no face in the first; choose a longer clip that shows a face")
        log.info("%s: scored", path.name)
        return Row(path.name, {name: mean_scores(found) for name, found in scores.items()})

    def _frames(self, path: Path) -> Iterator[dict[str, Frame]]:
        """Yield scored frames: "true" is the driving frame, the others were rendered for it."""
        source: _Source | None = None
        box: CropBox | None = None
        before: dict[str, Picture] = {}
        with VideoReader(path) as video:
            for index, timed in enumerate(islice(video.pictures(), _MOST_FRAMES)):
                box = box or self._framing(timed.picture)
                square = box.extract(timed.picture, self.engine.size)
                driving = _resized(square)
                landmarks = self._landmarks("true", driving)
                keypoints = self._keypoints(square, driving, landmarks)
                if source is None:
                    if keypoints is None:
                        return
                    source = _Source(self.engine.encode(square, keypoints), keypoints, driving, landmarks)
                scored = index % self.every == 0
                # Flicker is a difference in time, so the frame before a scored one is rendered too.
                if keypoints is None or not (scored or (index + 1) % self.every == 0):
                    continue
                now = {"true": driving, **self._rendered(source, keypoints)}
                if scored and before and index:
                    self._gather(keypoints, driving, landmarks)
                    known = {"true": landmarks, "copy": source.landmarks}
                    tracked = {name: self._landmarks(name, now[name]) for name in now if name not in known}
                    yield {n: Frame(to_floats(now[n]), to_floats(before[n]), (known | tracked)[n]) for n in now}
                before = now

    def _framing(self, first: Picture) -> CropBox:
        height, width = first.shape[:2]
        if height == width:
            return whole_box(first)
        face = self.trackers["true"].locate(first)
        self.trackers["true"].reset()  # it follows the face within the square from now on
        return whole_box(first) if face is None else face_box(face)

    def _landmarks(self, sequence: str, picture: Picture) -> Floats | None:
        face = self.trackers[sequence].locate(picture)
        return None if face is None else face.points

    def _keypoints(self, square: Picture, driving: Picture, landmarks: Floats | None) -> Keypoints | None:
        """Return the pack's own keypoints, or the tracker's landmarks; None when these are needed and missing."""
        if self.engine.detects:
            return self.engine.detect(square)
        if landmarks is None:
            return None
        return self.engine.detect(square, whole_box(driving).to_norm(landmarks, SIZE))

    def _rendered(self, source: _Source, keypoints: Keypoints) -> dict[str, Picture]:
        pack = _resized(self.engine.render(source.code, source.keypoints, keypoints))
        made = {"pack": pack, "copy": source.picture}
        return made if self.engine.detects else {**made, "mesh": _warped(source, keypoints)}

    def _gather(self, keypoints: Keypoints, driving: Picture, landmarks: Floats | None) -> None:
        if not self.engine.detects:
            return
        if landmarks is not None:
            self.gathered.points[-1].append((keypoints.points.ravel(), landmarks[:LANDMARKS, :2].ravel()))
        if self.silhouettes is not None and keypoints.segmentation is not None:
            person = self.silhouettes.of(driving) > 127
            foreground = cv2.resize(1 - keypoints.segmentation[0], person.shape[::-1]) > 0.5
            union = np.count_nonzero(person | foreground)
            self.gathered.overlaps.append(np.count_nonzero(person & foreground) / union if union else 1.0)


def _resized(picture: Picture) -> Picture:
    if picture.shape[0] == SIZE:
        return picture
    method = cv2.INTER_AREA if picture.shape[0] > SIZE else cv2.INTER_LINEAR
    return cv2.resize(picture, (SIZE, SIZE), interpolation=method).astype(np.uint8, copy=False)


def _warped(source: _Source, driving: Keypoints) -> Picture:
    """Return the source moved by its landmarks alone: (256, 256, 3) uint8."""
    mesh, _, _ = face_mesh.displacement(source.keypoints, driving)
    picture = torch.from_numpy(source.picture).permute(2, 0, 1)[None] / 255
    return to_levels(warp_by_mesh(picture, torch.from_numpy(mesh)[None])[0].permute(1, 2, 0).numpy())


def _landmark_errors(gathered: _Gathered) -> tuple[float, float]:
    """Return mean absolute errors in pixels of the linear map, fitted to every other clip, and of the mean face."""
    clips = [clip for clip in gathered.points if clip]
    if len(clips) < 2:
        return math.nan, math.nan
    (x, y), (x_new, y_new) = _stacked(clips[::2]), _stacked(clips[1::2])
    centre, mean = x.mean(0), y.mean(0)
    x, x_new = x - centre, x_new - centre
    linear = np.linalg.solve(x.T @ x + _RIDGE * len(x) * np.eye(x.shape[1]), x.T @ (y - mean))
    return float(np.abs(x_new @ linear + mean - y_new).mean()), float(np.abs(mean - y_new).mean())


def _stacked(clips: list[list[tuple[Floats, Floats]]]) -> list[NDArray[np.float64]]:
    """Return the keypoints and the landmarks of all frames."""
    return [np.array([pair[part] for clip in clips for pair in clip], np.float64) for part in (0, 1)]
