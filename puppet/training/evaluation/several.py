"""Evaluation of portraits of several pictures: numbers of pictures against the first frame of a clip alone.

Of each square clip of at least five seconds the first third gives the pictures, as `portrait make` chooses them. The
rest drives, relative to the neutral picture, and every scored picture is compared with the true frame.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from puppet.config import OFFLINE_CONTROLS
from puppet.domain import Frame, Framing, Keypoints, Picture
from puppet.errors import ConfigError, MediaError
from puppet.geometry.face_shape import shape_of
from puppet.geometry.head_pose import Array
from puppet.media.portrait_file import Shot
from puppet.media.video_reader import VideoReader
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer
from puppet.pipeline.puppeteer import Puppeteer
from puppet.portraits.choice import choose, neutral_of
from puppet.training.evaluation.metrics import Lpips, detail_mask, to_floats
from puppet.training.evaluation.pack import videos
from puppet.training.evaluation.report import Table

_LEAST_S, _MOST_FRAMES, _MOST_PX = 5.0, 240, 512
_MEASURED_PX = 256
_NAMES = ("lpips", "detail_lpips", "flicker")
_CONTROLS = replace(OFFLINE_CONTROLS, fade_s=0.0)  # pictures of one number do not fade into the next number's


@dataclass(frozen=True, slots=True, eq=False)
class SeveralEvaluation:
    """Scores of every clip.

    Attributes:
        counts: numbers of pictures; 0: the first frame, 1: the neutral one.
        scores: by clip, (counts, 3): LPIPS, LPIPS around mouth and eyes, flicker.
        skipped: clips that could not be scored, with the reason.
    """

    counts: Sequence[int]
    scores: dict[str, Array]
    skipped: Sequence[str]

    def table(self) -> Table:
        """Return a row for each clip, the mean, and the mean's ratios to the first frame."""
        mean = np.mean(list(self.scores.values()), 0)
        rows = [(name, *map(_cell, scores)) for name, scores in {**self.scores, "mean": mean}.items()]
        ratios = [" / ".join(f"×{ratio:.2f}" for ratio in row) for row in mean / mean[0]]
        titles = ("first frame" if count == 0 else f"{count} picture{'s' * (count != 1)}" for count in self.counts)
        return ("LPIPS / detail LPIPS / flicker", *titles), [*rows, ("to the first frame", *ratios)]

    def to_json(self) -> str:
        """Return the scores of every clip by number of pictures."""
        clips = {
            name: {str(count): dict(zip(_NAMES, row.round(5).tolist(), strict=True)) for count, row in pairs}
            for name, scores in self.scores.items()
            for pairs in [zip(self.counts, scores, strict=True)]
        }
        return json.dumps({"clips": clips, "skipped": list(self.skipped)}, indent=1)


def evaluate_several(
    pack: str,
    clips: Path,
    lpips: Lpips,
    counts: Sequence[int],
    *,
    every: int = 3,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> SeveralEvaluation:
    """Score a pack of landmarks with several pictures, at the clips' own size, 512 pixels at most.

    Args:
        pack: name or folder of the pack.
        clips: a folder of videos, or one video.
        lpips: measures LPIPS.
        counts: numbers of pictures, 1 to 32; 1 and the first frame alone are always scored.
        every: distance between scored frames.
        progress: called with the number of scored clips and their count.

    Raises:
        ConfigError: there is no clip to score on, or the pack composes nothing of a portrait's own pixels.
        PackError, EngineError, TrackingError: the pack cannot be run, or faces cannot be tracked.
    """
    numbers = sorted({0, 1, *counts})
    scores: dict[str, Array] = {}
    skipped: list[str] = []
    for index, path in enumerate(paths := videos(clips)):
        progress(index, len(paths))
        try:
            frames = _frames(path)
            side = len(frames[0])
            with closing(
                open_puppeteer(pack, framing=Framing.NONE, size=(side, side), own_pixels=OwnPixels.AT_ONCE)
            ) as puppeteer:
                if not puppeteer.engine.moves_pixels:
                    raise ConfigError(f"Pack {pack}: composes no portrait of its own pixels; choose a face pack")
                scorer = _Scorer(puppeteer, frames, lpips, every, path.name)
                scores[path.stem] = np.array([scorer.score(count) for count in numbers])
        except MediaError as error:
            skipped.append(str(error))
    if not scores:
        raise ConfigError(f"{clips}: no clip to score on ({skipped[0]})")
    return SeveralEvaluation(numbers, scores, skipped)


def _frames(path: Path) -> list[Picture]:
    """Return the first frames of a clip. Raises MediaError when it is short or not square."""
    with VideoReader(path) as reader:
        frames = [timed.picture for timed in islice(reader.pictures(), _MOST_FRAMES)]
        if reader.frame_count / float(reader.rate) < _LEAST_S - 0.01:
            raise MediaError(f"{path.name}: shorter than {_LEAST_S:.0f} s; choose a longer clip")
    height, width = frames[0].shape[:2]
    if height != width:
        raise MediaError(f"{path.name}: {width}×{height} pixels; crop it to a square around the face")
    if height <= _MOST_PX:
        return frames
    size = (_MOST_PX, _MOST_PX)
    return [np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8) for frame in frames]


class _Scorer:
    """Renders one clip from pictures of its first third, and scores it."""

    def __init__(self, puppeteer: Puppeteer, frames: Sequence[Picture], lpips: Lpips, every: int, name: str) -> None:
        """Choose the pictures. Raises MediaError when the first third has no neutral one."""
        self._puppeteer, self._frames, self._lpips = puppeteer, frames, lpips
        poses = [puppeteer.pose(frame) for frame in frames]
        self._first = len(frames) // 3
        scored = range(self._first, len(frames) - 1, every)
        self._scored = {t: pose for t in scored if (pose := poses[t]) is not None}
        known = {t: shape_of(pose) for t in range(self._first) if (pose := poses[t]) is not None}
        self._shapes, self._times = list(known.values()), list(known)
        self._sharpness = np.array([_sharpness(frames[t]) for t in known])
        neutral = neutral_of(self._shapes, self._sharpness) if known else None
        if neutral is None or not self._scored:
            raise MediaError(f"{name}: no face from the front in the first third, or none later; choose another clip")
        self._neutral = neutral

    def score(self, count: int) -> tuple[float, ...]:
        """Return the mean scores with `count` pictures."""
        puppeteer, chosen = self._puppeteer, self._chosen(count)
        portrait = puppeteer.prepare([Shot(self._frames[t]) for t in chosen], "clip")
        puppeteer.show(portrait)
        puppeteer.set_neutral(Frame(self._frames[chosen[0]], 0.0))
        puppeteer.set_neutral_pose(portrait.keypoints)
        rows = []
        before: Picture | None = None
        for t in range(self._first, len(self._frames)):
            scene = puppeteer.follow(puppeteer.pose(self._frames[t]), Frame(self._frames[t], t / 25, t), _CONTROLS)
            picture = puppeteer.paint(scene).picture
            if (pose := self._scored.get(t - 1)) is not None and before is not None:
                rows.append(self._compare(before, picture, t - 1, pose))
            before = picture
        return tuple(map(float, np.mean(rows, 0)))

    def _chosen(self, count: int) -> list[int]:
        """Return the frames of the pictures."""
        if count == 0:
            return self._times[:1]
        quality = 0.5 + 0.5 * self._sharpness / self._sharpness.max()
        return [self._times[index] for index in choose(self._shapes, quality, self._neutral, count)]

    def _compare(self, made: Picture, following: Picture, t: int, pose: Keypoints) -> tuple[float, float, float]:
        true, next_true = self._frames[t], self._frames[t + 1]
        distance = self._lpips.distance(to_floats(made), to_floats(true))
        details = detail_mask((pose.points + 1) * np.float32((len(true) - 1) / 2), true.shape[:2])
        change = (following.astype(np.float32) - made) - (next_true.astype(np.float32) - true)
        return float(distance.mean()), float(distance[details].mean()), float(np.abs(change).mean() / 255)


def _sharpness(picture: Picture) -> float:
    """Return the strength of fine detail in a picture."""
    grey = cv2.cvtColor(cv2.resize(picture, (_MEASURED_PX,) * 2), cv2.COLOR_RGB2GRAY)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F, ksize=3)).mean())


def _cell(scores: Array) -> str:
    return " / ".join(f"{value:.4f}" for value in scores)
