"""Motion tracks: recorded motion to be rendered later with another portrait. Versioned .npz, never a pickle.

Written while frames go by, read by the offline renderer. Any thread; nothing in a file is believed.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Keypoints
from puppet.errors import MediaError
from puppet.geometry.landmarks import COUNT
from puppet.media.files import whole_file

VERSION = 1
LANDMARKS, GRAPH = "landmarks", "graph"
DETECTORS = (LANDMARKS, GRAPH)
EXTENSIONS = (".npz",)
MOST_FRAMES = 108_000
"""An hour at 30 frames a second."""
_MOST_KEYPOINTS = 1000
_LARGEST_BYTES = 2 << 30
_LARGEST_NUMBER = 1e4
_MATRICES = ("jacobians", "covariances")
# A MemoryError: an array's header promises more than there is anywhere.
_DAMAGED = (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, MemoryError)


@dataclass(slots=True)
class MotionTrack:
    """What a performer did.

    Attributes:
        detector: whose keypoints: LANDMARKS, or GRAPH: the pack's own, which mean nothing to another one.
        pack: the pack they were made with.
        rate: frames per second, for players.
        times_s: when each frame was, rising.
        poses: the performer's in each frame; None where none was seen. Segmentations are not kept.
        neutral: at rest; None: the first pose.
    """

    detector: str
    pack: str
    rate: float = 30.0
    times_s: list[float] = field(default_factory=list)
    poses: list[Keypoints | None] = field(default_factory=list)
    neutral: Keypoints | None = None

    def add(self, pose: Keypoints | None, time_s: float) -> None:
        """Append a frame; what comes after MOST_FRAMES is not kept."""
        if len(self.times_s) < MOST_FRAMES:
            self.times_s.append(time_s)
            self.poses.append(pose)

    @property
    def seen(self) -> bool:
        """Whether anybody was seen in any frame."""
        return any(pose is not None for pose in self.poses)

    def frames(self) -> Iterator[tuple[Keypoints | None, float]]:
        """Each pose with its time in seconds from the first."""
        return zip(self.poses, (time_s - self.times_s[0] for time_s in self.times_s), strict=True)


def write_motion_track(path: Path, template: MotionTrack) -> None:
    """Write the whole file or none, replacing an existing one. Raises MediaError: no pose in it, or a full disk."""
    if not template.seen:
        raise MediaError(f"{path}: nobody was seen, so there is no motion to keep.")
    shown = [pose for pose in template.poses if pose is not None]
    arrays: dict[str, NDArray[Any]] = {
        "version": np.array(VERSION),
        "detector": np.array(template.detector),
        "pack": np.array(template.pack),
        "rate": np.array(template.rate, np.float64),
        "times_s": np.array(template.times_s, np.float64),
        "seen": np.array([pose is not None for pose in template.poses]),
    }
    neutral = template.neutral or shown[0]
    arrays["points"], arrays["neutral_points"] = np.stack([_columns(pose) for pose in shown]), _columns(neutral)
    for name in _MATRICES:
        if getattr(neutral, name) is not None:
            arrays[name] = np.stack([getattr(pose, name) for pose in shown])
            arrays[f"neutral_{name}"] = getattr(neutral, name)
    try:
        with whole_file(path) as part, part.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror or error}).") from error


def read_motion_track(path: Path) -> MotionTrack:
    """Read a motion track. Raises MediaError naming what is wrong with the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_BYTES:
                raise MediaError(f"{path}: unpacks to more than {_LARGEST_BYTES >> 30} GiB; not a motion track.")
        with np.load(path, allow_pickle=False) as stored:
            return _template(path, dict(stored))
    except FileNotFoundError as error:
        raise MediaError(f"{path}: no such file.") from error
    except _DAMAGED as error:
        raise MediaError(f"{path}: is not a motion track, or a damaged one.") from error


def _template(path: Path, arrays: dict[str, NDArray[Any]]) -> MotionTrack:
    version = _one(path, arrays, "version", "iu").item()
    if version != VERSION:
        raise MediaError(f"{path}: is a motion track of version {version}; this program reads version {VERSION}.")
    detector, pack = (str(_one(path, arrays, name, "U")) for name in ("detector", "pack"))
    rate = float(_one(path, arrays, "rate", "f"))
    times_s, seen = arrays.get("times_s", np.empty(0)), arrays.get("seen", np.empty(0))
    if not _are_times(times_s) or not 1 <= rate <= 1000:
        raise MediaError(f"{path}: key times_s or rate: not the times of 1 to {MOST_FRAMES} frames.")
    if seen.shape != times_s.shape or seen.dtype != np.bool_ or not seen.any():
        raise MediaError(f"{path}: key seen: it has to say of each frame whether anybody is seen.")
    if detector not in DETECTORS:
        raise MediaError(f"{path}: key detector: found {detector[:40]!r}, expected {' or '.join(DETECTORS)}.")
    track = _sound(path, arrays, int(seen.sum()), detector == LANDMARKS)
    found = iter(range(len(track["points"])))
    poses = [_pose(track, "", next(found)) if there else None for there in seen]
    return MotionTrack(detector, pack, rate, times_s.tolist(), poses, _pose(track, "neutral_"))


def _are_times(times_s: NDArray[Any]) -> bool:
    if times_s.ndim != 1 or times_s.dtype.kind != "f" or not 1 <= len(times_s) <= MOST_FRAMES:
        return False
    return bool(np.isfinite(times_s).all() and (np.diff(times_s) >= 0).all())


def _one(path: Path, arrays: dict[str, NDArray[Any]], name: str, kinds: str) -> NDArray[Any]:
    value = arrays.get(name)
    if value is None or value.shape != () or value.dtype.kind not in kinds:
        raise MediaError(f"{path}: key {name}: is missing or of the wrong kind; not a motion track.")
    return value


def _sound(path: Path, arrays: dict[str, NDArray[Any]], count: int, landmarks: bool) -> dict[str, Floats]:
    """The poses' arrays: finite float32, of as many keypoints everywhere, the neutral pose as the others."""
    points = arrays.get("points", np.empty(0))
    keypoints, columns = points.shape[1:] if points.ndim == 3 else (0, 0)
    expected = f"{COUNT} points in three columns" if landmarks else f"1 to {_MOST_KEYPOINTS} points in two columns"
    if not ((keypoints, columns) == (COUNT, 3) if landmarks else columns == 2 and 1 <= keypoints <= _MOST_KEYPOINTS):
        raise MediaError(f"{path}: key points: found shape {points.shape}, expected {expected} for each frame.")
    shapes = {"points": (keypoints, columns)} | {
        name: (keypoints, 2, 2) for name in _MATRICES if name in arrays or f"neutral_{name}" in arrays
    }
    track = {}
    for key, shape in [(name, (count, *one)) for name, one in shapes.items()] + [
        (f"neutral_{name}", one) for name, one in shapes.items()
    ]:
        value = arrays.get(key, np.empty(0))
        # A comparison with a number that is none is False.
        if value.shape != shape or value.dtype != np.float32 or not (np.abs(value) <= _LARGEST_NUMBER).all():
            raise MediaError(f"{path}: key {key}: expected finite, moderate float32 of shape {shape}.")
        track[key] = value
    return track


def _columns(pose: Keypoints) -> Floats:
    """(K, 2), or (K, 3) with the depth that landmarks have."""
    return pose.points if pose.depth is None else np.column_stack([pose.points, pose.depth])


def _pose(track: dict[str, Floats], prefix: str, index: int | None = None) -> Keypoints:
    found = {name: track.get(prefix + name) for name in ("points", *_MATRICES)}
    points, jacobians, covariances = (
        value if value is None or index is None else value[index] for value in found.values()
    )
    assert points is not None
    depth = np.ascontiguousarray(points[:, 2]) if points.shape[1] == 3 else None
    return Keypoints(np.ascontiguousarray(points[:, :2]), depth, jacobians, covariances)
