"""Clips for training: each is decoded once to square frames, which a cache keeps as arrays.

A `ClipSource` becomes a `Clip`. In the cache are `NAME.npy` (frames), and beside it `NAME.people.npy` (silhouettes) and
`NAME.landmarks.npy` where they are needed. Arrays are mapped into memory when they are used and never pickled, so that
a clip can be given to another process. What cannot be used is skipped with its reason.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Keypoints, Picture
from puppet.errors import ConfigError, MediaError
from puppet.media.files import whole_file
from puppet.media.video import VideoReader
from puppet.motion.npz import map_npy
from puppet.tracking.mediapipe_networks import SelfieSegmentation
from puppet.training.recipe_schema.common import ClipsRecipe

log = logging.getLogger(__name__)

VIDEOS = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v")
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
SILHOUETTE_SIZE = 64
"""Side of the silhouettes, in pixels: that of the face model's source features."""

_MAX_NAMED = 3  # skipped clips in one message
_COMPARED = 8  # frames of a clip whose differences measure its motion


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip in the cache: the frames of a video, or pictures that belong together.

    Attributes:
        name: unique: data folder and path in it, or the number of a generated clip.
        path: of the cached frames.
        length: number of frames.
        motion: mean absolute difference of frames apart in time, in [0, 1].
        person: whom it shows; clips of one person are held out together.
        folder: name of the data folder.
        moving: whether it is a video, whose frames follow one another.
    """

    name: str
    path: Path
    length: int
    motion: float
    person: str
    folder: str = ""
    moving: bool = True

    @property
    def frames(self) -> Picture:
        """(length, size, size, 3) uint8 RGB."""
        return map_npy(self.path)

    @property
    def silhouettes(self) -> NDArray[np.uint8]:
        """(length, 64, 64) uint8: confidence that a person covers a place; see `find_people`."""
        return map_npy(_people(self.path))

    @property
    def points(self) -> Floats:
        """(length, 478, 3) float32: face landmarks normalised to the frame, with their depth in the unit of x."""
        return map_npy(_landmarks(self.path))

    def keypoints(self, index: int) -> Keypoints:
        """The landmarks of one frame."""
        points = self.points[index]
        return Keypoints(points[:, :2], points[:, 2])


@dataclass(frozen=True, slots=True)
class ClipArrays:
    """Arrays of one clip before they are cached; see `Clip`."""

    frames: Sequence[Picture]
    points: Sequence[Floats] | None = None
    silhouettes: Sequence[NDArray[np.uint8]] | None = None


@dataclass(frozen=True, slots=True)
class ClipSource:
    """A clip that is not read yet.

    Attributes:
        name: see `Clip`; so are the last three.
        signature: changes when a file changes, or the way it is read.
        read: decodes the clip; raises Unusable or MediaError.
    """

    name: str
    signature: str
    read: Callable[[], ClipArrays]
    person: str
    folder: str = ""
    moving: bool = True


@dataclass(frozen=True, slots=True)
class ClipSet:
    """The clips of a training's data.

    Attributes:
        clips: that can be used.
        skipped: name of a clip that cannot be used -> reason.
    """

    clips: list[Clip]
    skipped: dict[str, str]

    def summary(self) -> str:
        """Return one line: number of clips and frames, and of skipped clips by reason."""
        people = {clip.person for clip in self.clips}
        of = f" of {len(people)} people" if people and people.isdisjoint(clip.name for clip in self.clips) else ""
        line = f"{len(self.clips)} clips{of}, {sum(clip.length for clip in self.clips)} frames"
        reasons = Counter(self.skipped.values()).most_common()
        return f"{line}; skipped: {', '.join(f'{count} {reason}' for reason, count in reasons)}" if reasons else line

    def split(self, share: float) -> tuple[list[Clip], list[Clip]]:
        """Return the clips to train on and the held-out ones, chosen by a hash of the person's name alone."""
        parts: tuple[list[Clip], list[Clip]] = ([], [])
        for clip in self.clips:
            parts[is_held_out(clip.person, share)].append(clip)
        return parts


class Unusable(Exception):
    """A clip cannot be trained on."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason


class Silhouettes:
    """MediaPipe's selfie segmentation at 64 x 64."""

    def __init__(self) -> None:
        self._segmentation = SelfieSegmentation()

    def of(self, picture: Picture) -> NDArray[np.uint8]:
        """Return (64, 64) uint8: confidence that a person covers a place."""
        mask = self._segmentation.segment(picture)
        small = cv2.resize(mask, (SILHOUETTE_SIZE, SILHOUETTE_SIZE), interpolation=cv2.INTER_AREA)
        return np.asarray(small * 255).clip(0, 255).astype(np.uint8)

    def close(self) -> None:
        """Release the network."""
        self._segmentation.close()


def is_held_out(person: str, share: float) -> bool:
    """Return whether a person belongs to the held-out share: told from the name alone, so that it never changes."""
    return _hash(person) < share * 2**32


def read_clips(sources: Iterable[ClipSource], cache: Path) -> ClipSet:
    """Read every clip, or take it from the cache.

    Raises:
        ConfigError: no clip can be used; names the reasons.
        MediaError: the cache cannot be written.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"{cache}: cannot be made ({error.strerror}); choose another --cache") from error
    found = ClipSet([], {})
    for source in sources:
        try:
            found.clips.append(_cached(source, cache) or _read(source, cache))
        except Unusable as error:
            found.skipped[source.name] = error.reason
            log.info("%s: skipped, %s %s", source.name, error.reason, error)
    if not found.clips:
        names = f" ({', '.join(list(found.skipped)[:_MAX_NAMED])})" if found.skipped else ""
        raise ConfigError(f"No clip to train on: {found.summary()}{names}; give other folders by --data")
    return found


def write_clip(source: ClipSource, arrays: ClipArrays, cache: Path) -> Clip:
    """Write the arrays of a clip into the cache. Raises MediaError."""
    path, frames = _path(source, cache), np.stack(arrays.frames)
    if arrays.points is not None:
        _write(_landmarks(path), np.stack(arrays.points))
    if arrays.silhouettes is not None:
        _write(_people(path), np.stack(arrays.silhouettes))
    _write(path, frames)  # last: with it the clip counts as cached
    return _clip(source, path, frames)


def find_people(clips: Sequence[Clip]) -> None:
    """Find the person in each frame, once: silhouettes are cached. About 5 ms a frame.

    Raises:
        MediaError: the cache cannot be written.
        TrackingError: the networks are missing.
    """
    missing = [clip for clip in clips if not _is_whole(_people(clip.path), clip.length)]
    if not missing:
        return
    with closing(Silhouettes()) as silhouettes:
        for clip in missing:
            _write(_people(clip.path), np.stack([silhouettes.of(frame) for frame in clip.frames]))


def clip_folders(data: ClipsRecipe) -> list[Path]:
    """Return the recipe's folders of clips. Raises ConfigError: there are none, or one is missing."""
    if not data.folders:
        raise ConfigError("No data; name folders of clips, by data.folders in the recipe or by --data")
    for name in data.folders:
        if not Path(name).is_dir():
            raise ConfigError(f"{name}: no such folder of clips")
    return [Path(name).resolve() for name in data.folders]


def clip_name(path: Path, root: Path) -> str:
    """Return the name of a clip: its data folder and its path in it."""
    return "__".join([root.name, *path.relative_to(root).parts])


def signature_of(paths: Sequence[Path], *settings: object) -> str:
    """Return a text that changes when a file changes, or a setting of how it is read."""
    files = (f"{path.name} {(found := path.stat()).st_size} {found.st_mtime_ns}" for path in paths)
    return "|".join([*map(str, settings), *files])


def sampled(video: VideoReader, data: ClipsRecipe) -> Iterator[Picture]:
    """Yield frames at no more than the recipe's rate, by their own times: a slow or uneven clip keeps all it has."""
    taken, next_s = 0, 0.0
    for timed in video.pictures():
        if timed.time_s < next_s - 1e-3:
            continue
        next_s, taken = max(next_s + 1 / data.frames_per_s, timed.time_s), taken + 1
        yield timed.picture
        if taken >= data.most_frames:
            return


def _cached(source: ClipSource, cache: Path) -> Clip | None:
    """The clip from the cache; None when it is not there, or is damaged."""
    path = _path(source, cache)
    try:
        frames = map_npy(path)
    except (OSError, ValueError):
        return None
    extra = [file for file in (_landmarks(path), _people(path)) if file.exists()]
    pictures = frames.dtype == np.uint8 and frames.ndim == 4 and frames.shape[-1] == 3
    whole = pictures and len(frames) > 1 and all(_is_whole(file, len(frames)) for file in extra)
    return _clip(source, path, frames) if whole else None


def _read(source: ClipSource, cache: Path) -> Clip:
    """Decode a clip into the cache. Raises Unusable, MediaError."""
    try:
        arrays = source.read()
    except MediaError as error:
        raise Unusable("damaged or not readable", str(error)) from error
    if len(arrays.frames) < 2:
        raise Unusable("with one frame only" if arrays.frames else "without a frame")
    clip = write_clip(source, arrays, cache)
    log.info("%s: %d frames", clip.name, clip.length)
    return clip


def _clip(source: ClipSource, path: Path, frames: Picture) -> Clip:
    return Clip(source.name, path, len(frames), _motion(frames), source.person, source.folder, source.moving)


def _motion(frames: Picture) -> float:
    compared = frames[np.linspace(0, len(frames) - 1, min(_COMPARED, len(frames))).astype(int)].astype(np.float32)
    return float(np.abs(np.diff(compared, axis=0)).mean() / 255)


def _path(source: ClipSource, cache: Path) -> Path:
    """The signature is part of the name: trainings of several sizes share a cache."""
    readable = re.sub(r"[^A-Za-z0-9._-]", "_", source.name)[-80:]
    return cache / f"{readable}.{_hash(source.name + source.signature):08x}.npy"


def _landmarks(path: Path) -> Path:
    return path.with_suffix(".landmarks.npy")


def _people(path: Path) -> Path:
    return path.with_suffix(".people.npy")


def _is_whole(path: Path, length: int) -> bool:
    try:
        return len(map_npy(path)) == length
    except (OSError, ValueError):
        return False


def _write(path: Path, array: NDArray[np.generic]) -> None:
    try:
        with whole_file(path) as part:
            np.save(part, array)
    except OSError as error:
        raise MediaError(f"{path.parent}: the cache cannot be written ({error.strerror or error})") from error


def _hash(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
