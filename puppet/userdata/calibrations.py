"""Calibrations: neutral poses of the performer, kept per camera and portrait in one file. Any thread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import platformdirs
from annotated_types import Interval, Len

from puppet.domain import BODY_KEYPOINTS, Floats, Keypoints, SavedNeutral
from puppet.errors import ConfigError
from puppet.geometry.landmarks import COUNT
from puppet.media.files import whole_file
from puppet.regular_files import read_regular
from puppet.schema import validate
from puppet.userdata.settings import set_aside

_MOST = 60
_MAX_BYTES = 8 << 20
_DIGITS = 5

_Number = Annotated[float, Interval(ge=-100, le=100)]
_Pixels = Annotated[float, Interval(ge=-100_000, le=100_000)]
_Point = tuple[_Number, _Number]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One calibration as it is stored.

    Attributes:
        camera: the camera's name as it was chosen; "" for the automatic choice.
        portrait: the portrait's name.
        points: x, y and depth of each landmark.
        others: see SavedNeutral.
    """

    camera: str
    portrait: str
    points: Annotated[tuple[tuple[_Number, _Number, _Number], ...], Len(COUNT, COUNT)]
    box: tuple[_Pixels, _Pixels, Annotated[float, Interval(gt=0, le=100_000)]]
    size: tuple[Annotated[int, Interval(ge=1, le=100_000)], Annotated[int, Interval(ge=1, le=100_000)]]
    mirror: bool
    pack: str
    match: Annotated[float, Interval(ge=0, le=1)] | None = None
    body: Annotated[tuple[_Point, ...], Len(BODY_KEYPOINTS, BODY_KEYPOINTS)] | None = None


@dataclass(frozen=True, slots=True)
class _File:
    calibrations: Annotated[tuple[_Entry, ...], Len(0, _MOST)] = ()


def calibrations_path() -> Path:
    """Return the path of the user's calibrations."""
    return platformdirs.user_config_path("puppet", appauthor=False) / "calibrations.json"


class Calibrations:
    """The calibrations of the user; the newest 60 are kept.

    Attributes:
        warning: one line if the file was damaged, else ""; it is renamed and kept then.
    """

    def __init__(self, path: Path | None = None, now: datetime | None = None) -> None:
        """Read the file; never raises."""
        self._path = path or calibrations_path()
        self.warning = ""
        self._entries: list[_Entry] = []  # oldest first
        try:
            content = json.loads(read_regular(self._path, _MAX_BYTES))
            self._entries += validate(_File, content, self._path.name, ConfigError, unknown="ignore").calibrations
        except (FileNotFoundError, NotADirectoryError):
            pass
        except (OSError, ValueError, RecursionError, ConfigError) as error:
            self.warning = set_aside(self._path, "calibrations", str(error), now or datetime.now())

    def find(self, camera: str, portrait: str, *, exact: bool = False) -> SavedNeutral | None:
        """Return the calibration of a camera with a portrait; without one, unless `exact`, the camera's newest."""
        own = [entry for entry in self._entries if entry.camera == camera]
        found = [entry for entry in own if entry.portrait == portrait] or ([] if exact else own)
        return _restored(found[-1]) if found else None

    def keep(self, camera: str, portrait: str, saved: SavedNeutral) -> None:
        """Keep a calibration and write the file; blocks for milliseconds. Raises ConfigError if that fails."""
        others = [entry for entry in self._entries if (entry.camera, entry.portrait) != (camera, portrait)]
        self._entries = [*others, _stored(camera, portrait, saved)][-_MOST:]
        _write(self._path, self._entries)


def _write(path: Path, entries: Sequence[_Entry]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(json.dumps(asdict(_File(tuple(entries)))), "utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the calibrations cannot be written: {error.strerror}") from error


def _stored(camera: str, portrait: str, saved: SavedNeutral) -> _Entry:
    pose = saved.pose
    assert pose.depth is not None  # landmarks
    points = np.column_stack([pose.points, pose.depth])
    body = None if pose.body is None else _rounded(pose.body)
    return _Entry(
        camera, portrait, _rounded(points), saved.box, saved.size, saved.mirror, saved.pack, saved.match, body
    )


def _rounded(points: Floats) -> tuple[Any, ...]:
    return tuple(tuple(round(float(value), _DIGITS) for value in row) for row in points)


def _restored(entry: _Entry) -> SavedNeutral:
    points = np.array(entry.points, np.float32)
    body = None if entry.body is None else np.array(entry.body, np.float32)
    pose = Keypoints(np.ascontiguousarray(points[:, :2]), np.ascontiguousarray(points[:, 2]), body=body)
    return SavedNeutral(pose, entry.box, entry.size, entry.mirror, entry.pack, entry.match)
