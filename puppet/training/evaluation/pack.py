"""How good a pack of any family is on clips it was not trained on, against holding the source still.

A pack of landmarks is also measured against the plain mesh of them, which is the same pack without networks.

The papers' protocol: a clip's first frame is the source, further frames drive it absolutely, and what is rendered is
compared with them, at 256 px whatever the pack's size. The pack runs through its engine, as it does for a person. Of a
pack that finds keypoints itself two more things are asked: how well a linear map from them predicts a face's
landmarks, and, of segments, how well they cover the person (both as in the co-part segmentation paper).
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, fields
from pathlib import Path

import cv2
import numpy as np
import torch

from puppet.domain import Floats, Keypoints, Picture
from puppet.engines.base import Engine
from puppet.engines.factory import open_engine
from puppet.errors import ConfigError, MediaError
from puppet.geometry import face_mesh
from puppet.geometry.crop import whole
from puppet.media.video import VideoReader
from puppet.models.face import warp_by_mesh
from puppet.packs import open_pack
from puppet.tracking.tracker import FaceTracker, MediaPipeTracker
from puppet.training.data.face_clips import VIDEOS, Silhouettes
from puppet.training.evaluation.face import (
    LANDMARKS,
    Lpips,
    Scores,
    as_json,
    as_picture,
    detail_mask,
    mean_scores,
    similarity,
)
from puppet.training.evaluation.identity import Embedding

log = logging.getLogger(__name__)

SIZE = 256
"""Side at which pictures are compared, in pixels."""
_MOST_FRAMES = 240  # of a clip
_RIDGE = 1e-4  # keeps the linear map from keypoints finite


@dataclass(frozen=True, slots=True)
class PackRow:
    """One clip's scores, or the mean of all.

    Attributes:
        name: of the clip's file.
        pack: of what the pack makes.
        copy: of the source held still.
        mesh: of what the plain mesh makes; None of packs that find keypoints themselves.
        aed: of the pack; NaN: was not measured.
    """

    name: str
    pack: Scores
    copy: Scores
    mesh: Scores | None = None
    aed: float = math.nan

    @property
    def baselines(self) -> list[tuple[str, Scores]]:
        """What the pack is measured against."""
        return [("copy", self.copy)] + ([("mesh", self.mesh)] if self.mesh else [])


@dataclass(frozen=True, slots=True)
class PackEvaluation:
    """All that was measured of a pack.

    Attributes:
        rows: a clip each.
        skipped: clips that could not be read, with the reason.
        landmark_mae: of a linear map from keypoints to landmarks, on clips it was not fitted to, in pixels of 256.
        chance_mae: the same for the mean face.
        foreground_iou: of the segments, all but the background's, with the selfie segmentation.
    """

    rows: list[PackRow]
    skipped: list[str] = field(default_factory=list)
    landmark_mae: float = math.nan
    chance_mae: float = math.nan
    foreground_iou: float = math.nan

    @property
    def mean(self) -> PackRow:
        """Over clips."""
        aed = [row.aed for row in self.rows if not math.isnan(row.aed)]
        packs, copies = ([getattr(row, name) for row in self.rows] for name in ("pack", "copy"))
        meshes = [row.mesh for row in self.rows if row.mesh]
        mesh = mean_scores(meshes) if meshes else None
        return PackRow("mean", mean_scores(packs), mean_scores(copies), mesh, _known_mean(aed))

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Titles, and a line per clip: what was measured of the pack, in brackets how many times its baselines'.

        Below the mean, those of the baselines.
        """
        mean = self.mean
        names = [item.name for item in fields(Scores) if not math.isnan(getattr(mean.pack, item.name))]
        aed = [] if math.isnan(mean.aed) else ["aed"]
        lines = []
        for row in [*self.rows, mean]:
            cells = [_cell(name, row) for name in names]
            lines.append((row.name, *cells, *(f"{row.aed:.4f}" for _ in aed)))
        for baseline, scores in mean.baselines:
            cells = [f"{getattr(scores, name):.4f}" for name in names]
            lines.append((f"mean of {baseline}", *cells, *("" for _ in aed)))
        legend = ", ".join(f"× {baseline}" for baseline, _ in mean.baselines)
        return (f"({legend})", *names, *aed), lines

    def facts(self) -> list[tuple[str, float]]:
        """What was measured over all clips together."""
        found = [("landmark_mae", self.landmark_mae), ("chance_mae", self.chance_mae)]
        found.append(("foreground_iou", self.foreground_iou))
        return [(name, value) for name, value in found if not math.isnan(value)]

    def to_json(self) -> str:
        """All of it; what was not measured is null."""
        rows = [
            {
                "name": r.name,
                "pack": as_json(r.pack),
                "copy": as_json(r.copy),
                "mesh": as_json(r.mesh) if r.mesh else None,
                "aed": None if math.isnan(r.aed) else r.aed,
            }
            for r in [*self.rows, self.mean]
        ]
        return json.dumps({"clips": rows, "skipped": self.skipped, **dict(self.facts())}, indent=1)


@dataclass(slots=True)
class _Gathered:
    """What is asked of all clips together.

    Attributes:
        keypoints: a list of frames for each clip: points, flattened.
        landmarks: the same of landmarks, (936,) in pixels of 256.
        overlaps: of foregrounds, a frame each.
    """

    keypoints: list[list[Floats]] = field(default_factory=list)
    landmarks: list[list[Floats]] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)


def evaluate_pack(
    name: str,
    clips: Path,
    lpips: Lpips | None = None,
    embedding: Embedding | None = None,
    *,
    every: int = 3,
    open_tracker: Callable[[], FaceTracker] = MediaPipeTracker,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> PackEvaluation:
    """Score a pack on every `every`-th of the first 240 frames of each clip in a folder.

    Raises:
        ConfigError: there is no clip to score on.
        PackError, EngineError, TrackingError: the pack cannot be run, or faces cannot be tracked.
    """
    paths = _clips(clips)
    rows, skipped, gathered = [], [], _Gathered()
    with ExitStack() as opened:
        engine = opened.enter_context(closing(open_engine(open_pack(name), "onnxruntime", "fp32")))
        # One for each sequence of pictures: the clip, the pack's and the mesh's.
        truth, *made = (opened.enter_context(closing(open_tracker())) for _ in range(2 if engine.detects else 3))
        silhouettes = opened.enter_context(closing(Silhouettes())) if engine.segments else None
        scoring = _Scoring(engine, truth, made, lpips, embedding, silhouettes, every, gathered)
        for index, path in enumerate(paths):
            progress(index, len(paths))
            try:
                rows.append(scoring.row(path))
            except MediaError as error:
                skipped.append(str(error))
    if not rows:
        raise ConfigError(f"{clips}: no clip to score on ({skipped[0]})")
    return PackEvaluation(rows, skipped, *_regression(gathered), _known_mean(gathered.overlaps))


def _clips(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder of clips.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEOS)
    if not paths:
        raise ConfigError(f"{folder}: holds no videos ({', '.join(VIDEOS)}).")
    return paths


@dataclass(slots=True)
class _Scoring:
    """Renders clips and scores them."""

    engine: Engine
    truth: FaceTracker
    made: list[FaceTracker]
    lpips: Lpips | None
    embedding: Embedding | None
    silhouettes: Silhouettes | None
    every: int
    gathered: _Gathered

    def row(self, path: Path) -> PackRow:
        """One clip. Raises MediaError when it cannot be read, or has a single frame, or no face where one is needed."""
        for tracker in (self.truth, *self.made):
            tracker.reset()
        self.gathered.keypoints.append([])
        self.gathered.landmarks.append([])
        made: list[list[Scores]] = [[] for _ in self.made]
        copies: list[Scores] = []
        apart: list[float] = []
        for shown in self._frames(path):
            for scores, tracker, now, before in zip(made, self.made, shown.made, shown.made_before, strict=True):
                scores.append(self._score(shown, now, before, self._located(tracker, now)))
            copies.append(self._score(shown, shown.source, shown.source, shown.own))
            if self.embedding:
                apart.append(self.embedding.distance(shown.made[0], shown.driving))
        if not copies:
            raise MediaError(f"{path}: has a single frame, or no face in it; scores need a source and a driving frame.")
        log.info("%s: scored", path.name)
        pack, *mesh = (mean_scores(scores) for scores in made)
        return PackRow(path.name, pack, mean_scores(copies), mesh[0] if mesh else None, _known_mean(apart))

    def _frames(self, path: Path) -> Iterator[_Shown]:
        source: tuple[object, Keypoints, Picture, Floats | None] | None = None
        before: tuple[Picture, tuple[Picture, ...]] | None = None
        with VideoReader(path) as video:
            for index, timed in enumerate(video.pictures()):
                if index >= _MOST_FRAMES:
                    return
                square = whole(timed.picture).extract(timed.picture, self.engine.size)
                driving = _compared(square)
                landmarks = self._located(self.truth, driving)
                keypoints = self._keypoints(square, driving, landmarks)
                if source is None:
                    if keypoints is None:
                        return
                    source = self.engine.encode(square, keypoints), keypoints, driving, landmarks
                wanted = index % self.every == 0
                # The frame before is rendered too: flicker is a difference in time.
                if keypoints is not None and (wanted or (index + 1) % self.every == 0):
                    made: tuple[Picture, ...] = (_compared(self.engine.render(source[0], source[1], keypoints)),)
                    if not self.engine.detects:
                        made += (_by_mesh(source[2], source[1], keypoints),)
                    if wanted and before is not None and index:
                        self._gather(keypoints, driving, landmarks)
                        yield _Shown(source[2], driving, before[0], made, before[1], source[3], landmarks)
                    before = driving, made

    def _keypoints(self, square: Picture, driving: Picture, landmarks: Floats | None) -> Keypoints | None:
        """The pack's own, or the tracker's landmarks; None when they are needed and there is no face."""
        if self.engine.detects:
            return self.engine.detect(square)
        if landmarks is None:
            return None
        return self.engine.detect(square, whole(driving).to_norm(landmarks, SIZE))

    def _located(self, tracker: FaceTracker, picture: Picture) -> Floats | None:
        found = tracker.locate(picture)
        return None if found is None else found.points

    def _gather(self, keypoints: Keypoints, driving: Picture, landmarks: Floats | None) -> None:
        if not self.engine.detects:
            return
        if landmarks is not None:
            self.gathered.keypoints[-1].append(keypoints.points.ravel())
            self.gathered.landmarks[-1].append(landmarks[:LANDMARKS, :2].ravel())
        if self.silhouettes is not None and keypoints.segmentation is not None:
            person = self.silhouettes.of(driving) > 127
            share = cv2.resize(1 - keypoints.segmentation[0], person.shape[::-1], interpolation=cv2.INTER_LINEAR)
            either = np.count_nonzero(person | (share > 0.5))
            self.gathered.overlaps.append(np.count_nonzero(person & (share > 0.5)) / either if either else 1.0)

    def _score(self, shown: _Shown, made: Picture, made_before: Picture, found: Floats | None) -> Scores:
        a, b = (picture.astype(np.float32) / 255 for picture in (made, shown.driving))
        difference = np.abs(a - b).mean(2)
        distance = np.full_like(difference, math.nan)
        if self.lpips:
            tensors = (torch.from_numpy(picture).permute(2, 0, 1)[None] for picture in (a, b))
            distance = self.lpips.distance(*tensors)
        change = (made.astype(np.float32) - made_before) - (shown.driving.astype(np.float32) - shown.before)
        truth = shown.landmarks
        details = None if truth is None else detail_mask(truth[:, :2], difference.shape)
        akd = math.nan
        if truth is not None and found is not None:
            akd = float(np.linalg.norm(found[:LANDMARKS, :2] - truth[:LANDMARKS, :2], axis=1).mean())
        return Scores(
            l1=float(difference.mean()),
            ssim=similarity(made, shown.driving),
            lpips=float(distance.mean()),
            akd=akd,
            lost=math.nan if truth is None else float(found is None),
            detail_l1=math.nan if details is None else float(difference[details].mean()),
            detail_lpips=math.nan if details is None else float(distance[details].mean()),
            flicker=float(np.abs(change).mean() / 255),
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One frame at 256 px: the source, the truth and what was made, with the frame before; landmarks in pixels.

    Made is what the pack makes, and of landmarks what the plain mesh makes.
    """

    source: Picture
    driving: Picture
    before: Picture
    made: tuple[Picture, ...]
    made_before: tuple[Picture, ...]
    own: Floats | None
    landmarks: Floats | None


def _compared(picture: Picture) -> Picture:
    if picture.shape[0] == SIZE:
        return picture
    way = cv2.INTER_AREA if picture.shape[0] > SIZE else cv2.INTER_LINEAR
    return cv2.resize(picture, (SIZE, SIZE), interpolation=way).astype(np.uint8, copy=False)


def _by_mesh(source: Picture, own: Keypoints, driving: Keypoints) -> Picture:
    """The source moved by landmarks alone."""
    mesh, _, _ = face_mesh.displacement(own, driving)
    picture = torch.from_numpy(source).permute(2, 0, 1)[None] / 255
    return as_picture(warp_by_mesh(picture, torch.from_numpy(mesh)[None]))


def _cell(name: str, row: PackRow) -> str:
    """A score of the pack, and how many times each baseline's it is; of 0 there is no multiple."""
    score, others = getattr(row.pack, name), [getattr(scores, name) for _, scores in row.baselines]
    times = " ".join(f"×{score / other:.2f}" if other else "–" for other in others)
    return f"{score:.4f} ({times})" if any(others) else f"{score:.4f}"


def _regression(gathered: _Gathered) -> tuple[float, float]:
    """Mean absolute errors in pixels: of the linear map, fitted to every other clip, and of the mean; else NaN."""
    clips = [pair for pair in zip(gathered.keypoints, gathered.landmarks, strict=True) if pair[0]]
    if len(clips) < 2:
        return math.nan, math.nan
    (x, y), (x_new, y_new) = (_stacked(clips[start::2]) for start in (0, 1))
    centre = x.mean(0)
    x, x_new, mean = x - centre, x_new - centre, y.mean(0)
    linear = np.linalg.solve(x.T @ x + _RIDGE * len(x) * np.eye(x.shape[1]), x.T @ (y - mean))
    return float(np.abs(x_new @ linear + mean - y_new).mean()), float(np.abs(mean - y_new).mean())


def _stacked(clips: Sequence[tuple[list[Floats], list[Floats]]]) -> tuple[Floats, Floats]:
    keypoints, landmarks = (np.concatenate([np.stack(clip[part]) for clip in clips]) for part in (0, 1))
    return keypoints.astype(np.float64), landmarks.astype(np.float64)


def _known_mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
