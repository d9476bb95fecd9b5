"""Motion tracks: recorded motion that can be rendered later with another portrait. Versioned .npz without pickles.

Recorded frame by frame, read by the offline renderer. Any thread. A file is untrusted input: validated when read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Keypoints
from puppet.errors import MediaError
from puppet.geometry.landmarks import COUNT
from puppet.media.files import check_input, whole_file
from puppet.motion.npz import read_npz

VERSION = 1
LANDMARKS, GRAPH = "landmarks", "graph"
DETECTORS = (LANDMARKS, GRAPH)
EXTENSIONS = (".npz",)
MOST_FRAMES = 108_000
"""An hour at 30 frames per second."""
_MOST_KEYPOINTS = 1000
_MAX_NAME = 200
_LARGEST_BYTES = 700 << 20  # an hour of 478 landmarks: 620 MB
_LARGEST_NUMBER = 1e4
_MATRICES = ("jacobians", "covariances")

Arrays = dict[str, NDArray[Any]]


@dataclass(slots=True)
class MotionTrack:
    """The recorded motion of one performer.

    Attributes:
        detector: origin of the keypoints: LANDMARKS, or GRAPH: the pack's own, valid for that pack only.
        pack: name of the pack that was used.
        rate: frames per second, for players.
        times_s: time of each frame, never decreasing.
        poses: the performer's pose in each frame; None without a face. What is not a point or a matrix is not stored.
        neutral: the neutral pose; None: the first pose.
    """

    detector: str
    pack: str
    rate: float = 30.0
    times_s: list[float] = field(default_factory=list)
    poses: list[Keypoints | None] = field(default_factory=list)
    neutral: Keypoints | None = None

    def add(self, pose: Keypoints | None, time_s: float) -> None:
        """Append a frame; frames after MOST_FRAMES are ignored."""
        if len(self.times_s) < MOST_FRAMES:
            self.times_s.append(time_s)
            self.poses.append(pose and replace(pose, flow=None, appearance=None))  # are never written

    @property
    def has_poses(self) -> bool:
        """True when a frame has a pose."""
        return any(pose is not None for pose in self.poses)

    def frames(self) -> Iterator[tuple[Keypoints | None, float]]:
        """Yield each pose with its time in seconds from the first frame."""
        return zip(self.poses, (time_s - self.times_s[0] for time_s in self.times_s), strict=True)


def write_motion_track(path: Path, track: MotionTrack, *, overwrite: bool = True) -> None:
    """Write the whole file or none.

    Args:
        path: .npz.
        track: with at least one pose.
        overwrite: replace an existing file.

    Raises:
        MediaError: the track has no pose, or the file exists or cannot be written.
    """
    poses = [pose_arrays(pose) for pose in track.poses if pose is not None]
    if not poses:
        raise MediaError(f"{path}: not written, no face was found in any frame; keep the face in the picture")
    arrays: Arrays = {
        "version": np.array(VERSION),
        "detector": np.array(track.detector),
        "pack": np.array(track.pack),
        "rate": np.array(track.rate, np.float64),
        "times_s": np.array(track.times_s, np.float64),
        "seen": np.array([pose is not None for pose in track.poses]),
    }
    for name, neutral in (pose_arrays(track.neutral) if track.neutral else poses[0]).items():
        arrays[name] = np.stack([pose[name] for pose in poses])
        arrays[f"neutral_{name}"] = neutral
    try:
        with whole_file(path, overwrite=overwrite) as part, part.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from error


def holds_motion_track(path: Path) -> bool:
    """True when a file begins as motion tracks do, or has their extension. Raises MediaError when it cannot be read."""
    check_input(path, "video or motion track")
    with path.open("rb") as file:
        return file.read(4) == b"PK\3\4" or path.suffix.lower() in EXTENSIONS


def read_motion_track(path: Path) -> MotionTrack:
    """Read a motion track.

    Raises:
        MediaError: the file cannot be read or is invalid; the message names the key.
    """
    check_input(path, "motion track")
    try:
        return _decode(path, read_npz(path, _LARGEST_BYTES))
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror}); choose a motion track") from error
    except ValueError as error:
        raise MediaError(f"{path}: not a motion track, or damaged ({error}); record it again") from error


def _decode(path: Path, arrays: Arrays) -> MotionTrack:
    version = _scalar(path, arrays, "version", "iu").item()
    if version != VERSION:
        raise MediaError(
            f"{path}: motion track of version {str(version)[:20]}, expected {VERSION}; record it with this program"
        )
    detector, pack = (str(_scalar(path, arrays, name, "U")) for name in ("detector", "pack"))
    rate = float(_scalar(path, arrays, "rate", "f"))
    times_s, seen = arrays.get("times_s", np.empty(0)), arrays.get("seen", np.empty(0))
    if not _are_times(times_s) or not 1 <= rate <= 1000:
        raise MediaError(
            f"{path}: key times_s or rate: expected times of 1 to {MOST_FRAMES} frames, 1 to 1000 a second"
        )
    if seen.shape != times_s.shape or seen.dtype != np.bool_ or not seen.any():
        raise MediaError(f"{path}: key seen: expected one boolean for each frame, at least one of them true")
    if detector not in DETECTORS:
        raise MediaError(f"{path}: key detector: found {detector[:40]!r}, expected {' or '.join(DETECTORS)}")
    if len(pack) > _MAX_NAME or not pack.isprintable():
        raise MediaError(f"{path}: key pack: expected the name of a pack, found {ascii(pack)[:40]}")
    poses, neutral = _validated(path, arrays, int(seen.sum()), detector == LANDMARKS)
    found = (as_pose({name: array[index] for name, array in poses.items()}) for index in range(len(poses["points"])))
    tracked = [next(found) if face else None for face in seen]
    return MotionTrack(detector, pack, rate, times_s.tolist(), tracked, as_pose(neutral))


def _are_times(times_s: NDArray[Any]) -> bool:
    if times_s.ndim != 1 or times_s.dtype.kind != "f" or not 1 <= len(times_s) <= MOST_FRAMES:
        return False
    return bool(np.isfinite(times_s).all() and (np.diff(times_s) >= 0).all())


def _scalar(path: Path, arrays: Arrays, name: str, kinds: str) -> NDArray[Any]:
    value = arrays.get(name)
    if value is None or value.shape != () or value.dtype.kind not in kinds:
        raise MediaError(f"{path}: not a motion track: key {name} is missing or of the wrong type")
    return value


def _validated(path: Path, arrays: Arrays, count: int, landmarks: bool) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the arrays of the `count` poses and those of the neutral pose, finite float32 of fitting shapes."""
    shape = arrays.get("points", np.empty(0)).shape
    keypoints, columns = shape[1:] if len(shape) == 3 else (0, 0)
    expected = f"{COUNT} points in three columns" if landmarks else f"1 to {_MOST_KEYPOINTS} points in two columns"
    if not ((keypoints, columns) == (COUNT, 3) if landmarks else columns == 2 and 1 <= keypoints <= _MOST_KEYPOINTS):
        raise MediaError(f"{path}: key points: found shape {shape}, expected {expected} for each frame")
    shapes: dict[str, tuple[int, ...]] = {"points": (keypoints, columns)}
    shapes |= {name: (keypoints, 2, 2) for name in _MATRICES if name in arrays or f"neutral_{name}" in arrays}
    poses = {name: _checked(path, arrays, name, (count, *shape)) for name, shape in shapes.items()}
    return poses, {name: _checked(path, arrays, f"neutral_{name}", shape) for name, shape in shapes.items()}


def _checked(path: Path, arrays: Arrays, key: str, shape: tuple[int, ...]) -> Floats:
    value = arrays.get(key, np.empty(0))
    fits = value.shape == shape and value.dtype == np.float32 and (value.ndim < 3 or value.flags.c_contiguous)
    # A comparison with NaN is False; extremes take no memory.
    if not fits or not (value.min(initial=0.0) >= -_LARGEST_NUMBER and value.max(initial=0.0) <= _LARGEST_NUMBER):
        raise MediaError(
            f"{path}: key {key}: expected float32 of shape {shape}, finite and at most {_LARGEST_NUMBER:g}"
        )
    return value


def pose_arrays(pose: Keypoints) -> dict[str, Floats]:
    """Return the arrays of a pose as stored: points (K, 2), or (K, 3) with the depth of landmarks, and matrices."""
    points = pose.points if pose.depth is None else np.column_stack([pose.points, pose.depth])
    return {"points": points} | {name: array for name, array in pose.arrays().items() if name in _MATRICES}


def as_pose(arrays: dict[str, Floats]) -> Keypoints:
    """Inverse of `pose_arrays`; the arrays' own memory is used, an hour of them takes 620 MB."""
    points, depth = np.ascontiguousarray(arrays["points"]), None
    if points.shape[1] == 3:
        flat, pairs = points.reshape(-1), 2 * len(points)
        flat[:] = np.concatenate([points[:, :2].reshape(-1), points[:, 2]])
        points, depth = flat[:pairs].reshape(-1, 2), flat[pairs:]
    return Keypoints(points, depth, *(arrays.get(name) for name in _MATRICES))
