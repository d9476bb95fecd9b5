"""The motion of a take while it is recorded: records of one size at the end of a growing file.

A killed process loses the records of the last second at most. `read_motion_log` makes a motion track of the file, as
far as it goes. A log is written by Puppet alone, but read as carefully as any file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from puppet.domain import Keypoints
from puppet.errors import MediaError
from puppet.media.files import NewFile
from puppet.motion.motion_track import MotionTrack, as_pose, pose_arrays
from puppet.schema import validate

VERSION = 1
FLUSH_S = 0.5
_NO_POSE, _POSE, _NEUTRAL = 0, 1, 2
_LONGEST_HEADER = 10_000
_MOST_VALUES = 20_000


@dataclass(frozen=True, slots=True)
class _Header:
    """First line of a log: as of MotionTrack, and the shape of each array of a pose."""

    version: int
    detector: str
    pack: str
    rate: float
    shapes: dict[str, tuple[int, ...]]


class MotionLog:
    """Writes poses. Belongs to one thread."""

    def __init__(self, path: Path, track: MotionTrack) -> None:
        """Create `path`, locked until `close`. `track`: for its detector, pack and rate. Raises OSError."""
        self._lock = NewFile(path)
        self._file = path.open("ab")
        self._track = track
        self._type: np.dtype[Any] | None = None
        self._early: list[float] = []  # times of the frames before the first pose, whose shape is not known yet
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._flushed_s = 0.0
        self._neutral: Keypoints | None = None

    def add(self, pose: Keypoints | None, time_s: float, neutral: Keypoints | None) -> None:
        """Append a frame; the performer's neutral pose is stored when it has changed.

        A pose with other arrays than the first one, as of another pack, counts as none.

        Raises:
            OSError: the disk is full.
        """
        if pose is not None and self._shapes and _shapes(pose) != self._shapes:
            pose = None
        if self._type is None:
            if pose is None:
                self._early.append(time_s)
                return
            self._begin(pose)
        self._append(_NO_POSE if pose is None else _POSE, time_s, pose)
        if time_s - self._flushed_s >= FLUSH_S:
            self._flushed_s = time_s
            self._append_neutral(neutral)
            self._file.flush()

    def close(self, neutral: Keypoints | None = None) -> None:
        """Write the rest, and release the file; safe to call twice. Raises OSError."""
        try:
            if self._type is not None and not self._file.closed:
                self._append_neutral(neutral)
            self._file.close()
        finally:
            self._lock.close()

    def _begin(self, pose: Keypoints) -> None:
        self._shapes = _shapes(pose)
        head = {"version": VERSION, "detector": self._track.detector, "pack": self._track.pack}
        self._file.write(json.dumps({**head, "rate": self._track.rate, "shapes": self._shapes}).encode() + b"\n")
        self._type = _record(self._shapes)
        for time_s in self._early:
            self._append(_NO_POSE, time_s, None)

    def _append_neutral(self, neutral: Keypoints | None) -> None:
        if neutral is not None and neutral is not self._neutral and _shapes(neutral) == self._shapes:
            self._neutral = neutral
            self._append(_NEUTRAL, 0.0, neutral)

    def _append(self, kind: int, time_s: float, pose: Keypoints | None) -> None:
        record = np.zeros((), self._type)
        record["kind"], record["time_s"] = kind, time_s
        for name, array in pose_arrays(pose).items() if pose is not None else ():
            record[name] = array
        self._file.write(record.tobytes())


def read_motion_log(path: Path) -> MotionTrack | None:
    """Return the track of a log as far as it was written; None without a pose.

    Raises:
        MediaError: the file is no log.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        line = file.readline(_LONGEST_HEADER)
        if not line:
            return None
        try:
            header = validate(_Header, json.loads(line), path.name, MediaError)
        except (ValueError, RecursionError) as error:
            raise MediaError(f"{path}: no motion log, or damaged; record it again") from error
        if header.version != VERSION or not _are_shapes(header.shapes):
            raise MediaError(f"{path}: motion log of version {header.version}, expected {VERSION}; record it again")
        kind = _record(header.shapes)
        content = bytearray(file.read())  # poses are made in its memory
    records = np.frombuffer(content[: len(content) // kind.itemsize * kind.itemsize], kind)
    track = MotionTrack(header.detector, header.pack, header.rate)
    for record in records:
        pose = None if record["kind"] == _NO_POSE else as_pose({name: record[name] for name in header.shapes})
        if record["kind"] == _NEUTRAL:
            track.neutral = pose
        else:
            track.add(pose, float(record["time_s"]))
    return track if track.has_poses else None


def _shapes(pose: Keypoints) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in pose_arrays(pose).items()}


def _are_shapes(shapes: dict[str, tuple[int, ...]]) -> bool:
    sides = [side for shape in shapes.values() for side in shape]
    most = [int(np.prod(shape)) for shape in shapes.values()]
    return "points" in shapes and all(side > 0 for side in sides) and sum(most) <= _MOST_VALUES


def _record(shapes: dict[str, tuple[int, ...]]) -> np.dtype[Any]:
    poses = [(name, np.float32, tuple(shape)) for name, shape in shapes.items()]
    return np.dtype([("kind", np.uint8), ("time_s", np.float64), *poses])
