"""Effect of the start of a clip on the neutral pose: the portrait's mean lid and lip opening, by start and method.

    python -m benchmarks.neutral_start FOLDER [--clips 10] [--portrait IMAGE]

Every clip is started at every frame of a blink and of an open mouth in its first half. Its landmarks then drive a
portrait's; nothing is rendered. The mean openings over the whole clip are compared with those of the best start, the
most neutral frame of the first half. `first` and `rest` are animate's; `live` plays the clip in a loop from some of the
starts, with live smoothing and limits, and is measured in the second pass.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import puppet
from benchmarks.command_line import exit_code
from puppet.cli.console import log_to_stderr, table
from puppet.config import LIVE_CONTROLS, OFFLINE_CONTROLS
from puppet.domain import Keypoints
from puppet.errors import MediaError
from puppet.geometry.apertures import eye_openness, lip_gap
from puppet.geometry.crop import face_box
from puppet.geometry.head_pose import Array, face_of, fit_head
from puppet.media.animation import open_clip
from puppet.media.pictures import read_picture
from puppet.motion.calibration import deviation_from_neutral
from puppet.motion.follower import Follower
from puppet.motion.landmark_transfer import LandmarkTransfer
from puppet.offline.neutral_pose import pose_at_rest
from puppet.tracking.tracker import MediaPipeTracker, largest_face

_PORTRAIT = Path(puppet.__file__).parent / "assets" / "avatars" / "vera.jpg"
_BLINK = 0.5  # of the aperture that the eyes reach in 95 % of the clip
_OPEN_MOUTH = 0.12  # gap of the lips in the mean face's unit
_LIVE_STARTS = 8
_LEAST_LIPS = 0.02  # means below this are compared with this

Poses = Sequence[Keypoints]
Method = Callable[[Keypoints, Poses, int], Iterable[Keypoints]]


def run(
    folder: Annotated[Path, typer.Argument(help="Folder of clips of one face each.")],
    clips: Annotated[int, typer.Option("--clips", help="Number of clips, those with blinks and open mouths.")] = 10,
    portrait: Annotated[Path, typer.Option("--portrait", help="Picture to drive.")] = _PORTRAIT,
) -> None:
    """Measure how far the start of a clip decides the portrait's expression."""
    log_to_stderr(False)
    found = largest_face(read_picture(portrait))[0]
    source = face_box(found).to_norm(found.points)
    rows: list[tuple[str, ...]] = []
    paths = iter(sorted(folder.glob("*.mp4")))
    while len(rows) < clips and (path := next(paths, None)) is not None:
        poses = _poses(path)
        if starts := _bad_starts(poses):
            rows.append((path.stem, str(len(starts)), *_figures(source, poses, starts)))
    if not rows:
        raise MediaError(f"{folder}: no .mp4 with blinks and open mouths; choose a folder of talking people")
    columns = [f"{name} {part}" for name in METHODS for part in ("lids", "lips")]
    table(("clip", "starts", *columns), rows)


def _poses(path: Path) -> Poses:
    """Return the pose in every frame with a face, in the square of the first."""
    with closing(MediaPipeTracker()) as tracker, open_clip(path) as reader:
        faces = [face for timed in reader.pictures() if (face := tracker.locate(timed.picture)) is not None]
    if not faces:
        raise MediaError(f"{path}: no face in any frame; choose another folder")
    box = face_box(faces[0])
    return [box.to_norm(face.points) for face in faces]


def _openings(poses: Iterable[Keypoints]) -> Array:
    """Return (poses, 2): openness of the lids in eye widths, gap of the lips."""
    faces = [fit_head(face).to_own(face) for face in map(face_of, poses)]
    return np.array([(np.mean([eye_openness(own, eye) for eye in (0, 1)]), lip_gap(own).mean()) for own in faces])


def _bad_starts(poses: Poses) -> list[int]:
    """Return the frames of the first half inside a blink or with an open mouth; none where one kind is missing."""
    lids, lips = _openings(poses).T
    half = len(poses) // 2
    blinks = np.flatnonzero(lids[:half] < _BLINK * np.quantile(lids, 0.95))
    words = np.flatnonzero(lips[:half] > _OPEN_MOUTH)
    return sorted({*blinks.tolist(), *words.tolist()}) if len(blinks) and len(words) else []


def _figures(source: Keypoints, poses: Poses, starts: Sequence[int]) -> list[str]:
    """Return, for each method, the largest difference of mean lids and lips from the best start."""
    best = int(np.argmin([deviation_from_neutral(pose) for pose in poses[: len(poses) // 2]]))
    figures = []
    for method in METHODS.values():
        reference = _openings(method(source, poses, best)).mean(0)
        tried = starts if method is not _live else starts[:: -(-len(starts) // _LIVE_STARTS)]
        means = np.array([_openings(method(source, poses, start)).mean(0) for start in tried])
        worst = np.abs(means - reference).max(0) / np.maximum(reference, (1e-6, _LEAST_LIPS))
        figures += [f"{share:.1%}" for share in worst]
    return figures


def _first(source: Keypoints, poses: Poses, start: int) -> Iterable[Keypoints]:
    return _driven(source, poses, poses[start])


def _rest(source: Keypoints, poses: Poses, start: int) -> Iterable[Keypoints]:
    neutral = pose_at_rest(poses[start:])
    assert neutral is not None
    return _driven(source, poses, neutral)


def _driven(source: Keypoints, poses: Poses, neutral: Keypoints) -> Iterable[Keypoints]:
    transfer = LandmarkTransfer()
    return (transfer(source, pose, neutral, OFFLINE_CONTROLS) for pose in poses)


def _live(source: Keypoints, poses: Poses, start: int) -> Iterable[Keypoints]:
    follower, count = Follower(LandmarkTransfer()), len(poses)
    shown = [
        follower.follow(source, poses[(start + index) % count], index / 30, LIVE_CONTROLS) for index in range(2 * count)
    ]
    return shown[count:]


METHODS: dict[str, Method] = {"first": _first, "rest": _rest, "live": _live}


def main() -> int:
    """Run the command line."""
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
