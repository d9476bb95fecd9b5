"""Portraits of several pictures against one picture: `python -m benchmarks.several_pictures CLIPS --lpips FILE`.

Of each clip of at least five seconds the first third gives the pictures, as `portrait make` chooses them; the rest
drives, relative to the neutral picture, and every rendered frame is compared with the true one. One picture, the
neutral one, is the reference.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from benchmarks.command_line import exit_code
from puppet.cli.console import log_to_stderr, result
from puppet.config import OFFLINE_CONTROLS
from puppet.domain import Frame, Framing, Keypoints, Picture
from puppet.geometry.face_shape import shape_of
from puppet.geometry.head_pose import Array
from puppet.media.portrait_file import Shot
from puppet.media.video_reader import VideoReader
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer
from puppet.pipeline.puppeteer import Puppeteer
from puppet.portraits.choice import choose, neutral_of
from puppet.training.evaluation.metrics import Lpips, detail_mask, to_floats

_LEAST_S, _MOST_FRAMES = 5.0, 240
_MEASURED_PX = 128
_NAMES = ("LPIPS", "detail LPIPS", "flicker")
_CONTROLS = replace(OFFLINE_CONTROLS, fade_s=0.0)  # pictures of one number do not fade into the next number's


def run(
    clips: Annotated[Path, typer.Argument(help="Folder with square clips.")],
    lpips: Annotated[Path, typer.Option("--lpips", help="Weights of LPIPS: an .npz file with conv0_w … lin4.")],
    size: Annotated[int, typer.Option("--size", help="Side of the compared pictures.")] = 512,
    counts: Annotated[str, typer.Option("--counts", help="Numbers of pictures; 0: the first frame.")] = (
        "0,1,2,4,8,16"
    ),
    every: Annotated[int, typer.Option("--every", help="Distance between scored frames.")] = 6,
    only: Annotated[str, typer.Option("--only", help="Names of clips, without ending, by commas.")] = "",
    sheets: Annotated[Path | None, typer.Option("--sheets", help="Folder for pictures of some frames.")] = None,
) -> None:
    """Print LPIPS, detail LPIPS and flicker for every number of pictures."""
    log_to_stderr(False)
    cv2.setNumThreads(1)
    numbers = sorted({0, 1, *map(int, counts.split(","))})
    metric = Lpips(lpips)
    rows: list[Array] = []
    puppeteer = open_puppeteer("face", framing=Framing.NONE, size=(size, size), own_pixels=OwnPixels.AT_ONCE)
    with closing(puppeteer):
        for path in sorted(clips.glob("*.mp4")):
            if only and path.stem not in only.split(","):
                continue
            frames = _frames(path, size)
            if frames is None:
                continue
            scorer = _Scorer(puppeteer, frames, metric, every)
            scores, pictures = zip(*(scorer.score(count) for count in numbers), strict=True)
            rows.append(np.array(scores))
            result(_line(path.stem, numbers, rows[-1]))
            if sheets is not None:
                _write_sheet(sheets / f"{path.stem}.jpg", scorer.shown, pictures)
    result(_line("mean", numbers, np.mean(rows, 0)))


def _frames(path: Path, size: int) -> list[Picture] | None:
    """Return the first frames of a clip as squares; None when it is shorter than five seconds."""
    with VideoReader(path) as reader:
        frames = [timed.picture for timed in islice(reader.pictures(), _MOST_FRAMES)]
        if reader.frame_count / float(reader.rate) < _LEAST_S - 0.01:
            return None
    method = cv2.INTER_AREA if min(frames[0].shape[:2]) > size else cv2.INTER_CUBIC
    return [np.asarray(cv2.resize(frame, (size, size), interpolation=method), np.uint8) for frame in frames]


class _Scorer:
    """Renders one clip from its first third, and scores it."""

    def __init__(self, puppeteer: Puppeteer, frames: Sequence[Picture], lpips: Lpips, every: int) -> None:
        self._puppeteer, self._frames, self._lpips = puppeteer, frames, lpips
        puppeteer._performer.reset()
        poses = [puppeteer.pose(frame) for frame in frames]
        self._first = len(frames) // 3
        self._poses = poses
        self._scored = [t for t in range(self._first, len(frames) - 1, every) if poses[t] is not None]
        self.shown = [frames[t] for t in self._scored[:: max(1, len(self._scored) // 5)]]
        known = [t for t in range(self._first) if poses[t] is not None]
        shapes = [shape_of(pose) for t in known if (pose := poses[t]) is not None]
        sharpness = np.array([_sharpness(frames[t]) for t in known])
        neutral = neutral_of(shapes, sharpness)
        assert neutral is not None
        quality = 0.5 + 0.5 * sharpness / sharpness.max()
        self._chosen = {most: [known[i] for i in choose(shapes, quality, neutral, most)] for most in range(1, 33)}
        self._chosen[0] = [known[0]]

    def score(self, count: int) -> tuple[tuple[float, ...], list[Picture]]:
        """Return the mean scores with `count` pictures, and some rendered pictures."""
        puppeteer = self._puppeteer
        portrait = puppeteer.prepare([Shot(self._frames[t]) for t in self._chosen[count]], "clip")
        puppeteer.show(portrait)
        puppeteer.set_neutral_pose(portrait.keypoints)
        rows, pictures = [], []
        before: Picture | None = None
        for t in range(self._first, len(self._frames)):
            scene = puppeteer.follow(self._poses[t], Frame(self._frames[t], t / 25, t), _CONTROLS)
            picture = puppeteer.paint(scene).picture
            if t - 1 in self._scored and before is not None:
                pose = self._poses[t - 1]
                assert pose is not None
                rows.append(self._compare(before, picture, t - 1, pose))
                pictures.append(before)
            before = picture
        mean = np.mean(rows, 0)
        return tuple(map(float, mean)), pictures[:: max(1, len(self._scored) // 5)]

    def _compare(self, made: Picture, following: Picture, t: int, pose: Keypoints) -> tuple[float, float, float]:
        true, next_true = self._frames[t], self._frames[t + 1]
        distance = self._lpips.distance(to_floats(made), to_floats(true))
        details = detail_mask((pose.points + 1) * np.float32((len(true) - 1) / 2), true.shape[:2])
        change = (following.astype(np.float32) - made) - (next_true.astype(np.float32) - true)
        return float(distance.mean()), float(distance[details].mean()), float(np.abs(change).mean() / 255)


def _sharpness(picture: Picture) -> float:
    """Return the strength of fine detail in a picture."""
    grey = cv2.cvtColor(cv2.resize(picture, (_MEASURED_PX * 2,) * 2), cv2.COLOR_RGB2GRAY)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F, ksize=3)).mean())


def _line(name: str, counts: Sequence[int], scores: Array) -> str:
    """Return a clip's scores: of every number of pictures the scores, and their ratio to those of one."""
    cells = [
        f"{count}: "
        + ", ".join(f"{value:.4f} (x{value / first:.2f})" for value, first in zip(row, scores[0], strict=True))
        for count, row in zip(counts, scores, strict=True)
    ]
    return f"{name} [{', '.join(_NAMES)}]  " + "  ".join(cells)


def _write_sheet(path: Path, true: Sequence[Picture], made: Sequence[Sequence[Picture]]) -> None:
    """Write a sheet: the true frames, then a row for every number of pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = min(len(true), *(len(row) for row in made))
    sheet = np.vstack([np.hstack(list(row[:count])) for row in (true, *made)])
    cv2.imwrite(str(path), sheet[..., ::-1])


def main() -> int:
    """Run the command line."""
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
