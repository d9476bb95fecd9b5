"""Training data: folders of clips, and of pictures grouped by person, become cached arrays of frames and landmarks.

Every clip is decoded, its face tracked, its person cut out, once: `NAME.npz` holds landmarks and silhouettes, and
`NAME.npy` beside it the pictures, which are mapped into memory and not read whole. Neither is pickled. What cannot be
used is skipped and reported with its reason. One thread; about 20 ms a frame.
"""

from __future__ import annotations

import hashlib
import logging
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Face, Floats, Keypoints, Picture
from puppet.errors import ConfigError, MediaError, TrackingError
from puppet.geometry.crop import MODEL_SIZE, CropBox, face_box, whole_box
from puppet.media.files import whole_file
from puppet.media.pictures import read_picture
from puppet.media.video import VideoReader
from puppet.tracking.mediapipe_networks import SelfieSegmentation
from puppet.tracking.tracker import MediaPipeTracker, largest_face
from puppet.training.recipe_schema.face import DataRecipe

log = logging.getLogger(__name__)

VIDEOS = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v")
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
SILHOUETTE_SIZE = 64
"""Side of the silhouettes: that of the source's features, which are trained to know the person."""

_CACHE_VERSION = 1
_LARGEST_JUMP = 0.5  # of the face's height between two kept frames; beyond, it is another face or another shot
_LONGEST_SIDE_PX = 1920  # larger frames are reduced before tracking: they would only cost time


@dataclass(frozen=True, slots=True)
class Clip:
    """The usable frames of a video, or the pictures of one person.

    Attributes:
        name: data folder and file.
        person: whom it shows.
        folder: name of the data folder.
        moving: a video, whose frames follow one another.
        frames: (F, 256, 256, 3) uint8 RGB, mapped from the cache.
        points: (F, 478, 3) float32: landmarks normalised to the frame, with their depth in the unit of x.
        silhouettes: (F, 64, 64) uint8: how surely the person covers a place, 255 being sure.
    """

    name: str
    person: str
    folder: str
    moving: bool
    frames: Picture
    points: Floats
    silhouettes: NDArray[np.uint8]

    def keypoints(self, index: int) -> Keypoints:
        """The landmarks of one frame."""
        return Keypoints(self.points[index, :, :2], self.points[index, :, 2])


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not trained on: why, in words that files have in common, and what exactly was found."""

    path: Path
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a set of folders gave."""

    clips: list[Clip]
    skipped: list[Skipped]

    def summary(self) -> str:
        """One line: how much there is, and how many files were skipped for which reason."""
        frames = sum(len(clip.points) for clip in self.clips)
        people = len({clip.person for clip in self.clips})
        line = f"{len(self.clips)} clips of {people} people, {frames} frames"
        reasons = Counter(skip.reason for skip in self.skipped).most_common()
        return f"{line}; skipped: {', '.join(f'{count} {reason}' for reason, count in reasons)}" if reasons else line


def prepare(folders: Sequence[Path], cache: Path, data: DataRecipe) -> Prepared:
    """Read every clip and every person's pictures under `folders`, from the cache where they are in it.

    Raises:
        ConfigError: a folder is missing, or two have the same name.
        MediaError: the cache cannot be written.
        TrackingError: MediaPipe is missing.
    """
    _check(folders)
    _make(cache)
    clips: list[Clip] = []
    skipped: list[Skipped] = []
    reader = _Reader(data)
    try:
        for folder in folders:
            for item in _items(folder, data.person):
                try:
                    clips.append(_cached(item, cache, data) or _read(item, cache, data, reader))
                except Unusable as error:
                    skipped += [Skipped(path, error.reason, str(error)) for path in item.paths]
                    log.info("%s: skipped, %s %s", item.name, error.reason, error)
    finally:
        reader.close()
    return Prepared(clips, skipped)


def is_held_out(person: str, share: float) -> bool:
    """Whether a person belongs to the held-out share: decided by the name alone, so that it never changes."""
    return int(hashlib.sha256(person.encode()).hexdigest()[:8], 16) < share * 2**32


class Unusable(Exception):
    """A file cannot be trained on."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Item:
    """A video, or one person's pictures, before anything was read."""

    name: str
    person: str
    folder: str
    paths: tuple[Path, ...]
    moving: bool

    def signature(self, data: DataRecipe) -> str:
        """Changes when a file changes or is prepared in another way."""
        files = [f"{path.name} {(found := path.stat()).st_size} {found.st_mtime_ns}" for path in self.paths]
        return "|".join([str(_CACHE_VERSION), f"{data.frames_per_s:g} {data.most_frames}", *files])


def _check(folders: Sequence[Path]) -> None:
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder of clips.")
    names = Counter(folder.resolve().name for folder in folders)
    if twice := [name for name, count in names.items() if count > 1]:
        raise ConfigError(f"two folders of clips are named {', '.join(twice)}: rename one, the cache goes by names.")


def _make(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"{cache}: cannot be made ({error.strerror}).") from error


def _items(folder: Path, pattern: str) -> Iterator[_Item]:
    """Videos one by one, then the pictures of each person, in the order of names."""
    root = folder.resolve()
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
    for path in files:
        if path.suffix.lower() in VIDEOS:
            name = f"{root.name}__{path.relative_to(root).as_posix().replace('/', '__')}"
            yield _Item(name, _person(path, root, pattern), root.name, (path,), True)
    people: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        if path.suffix.lower() in PICTURES:
            people[_person(path, root, pattern)].append(path)
    for person, paths in people.items():
        yield _Item(f"{root.name}__{person}__pictures", person, root.name, tuple(paths), False)


def _person(path: Path, root: Path, pattern: str) -> str:
    if pattern and (match := re.search(pattern, path.stem)):
        return match.group(0)
    return path.stem if path.parent == root else path.parent.name


def _cached(item: _Item, cache: Path, data: DataRecipe) -> Clip | None:
    """The clip from the cache; None when it is not there, is of another version, or is damaged."""
    try:
        # Opened here: NumPy does not close a file that turns out to be damaged.
        with (cache / f"{item.name}.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            if str(arrays["signature"]) != item.signature(data):
                return None
            points, silhouettes = arrays["points"], arrays["silhouettes"]
        frames = np.load(cache / f"{item.name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
    if not len(frames) == len(points) == len(silhouettes):
        return None
    return Clip(item.name, item.person, item.folder, item.moving, frames, points, silhouettes)


def _read(item: _Item, cache: Path, data: DataRecipe, reader: _Reader) -> Clip:
    """Read a clip and put it into the cache."""
    frames, points, silhouettes = reader.video(item.paths[0]) if item.moving else reader.pictures(item.paths)
    log.info("%s: %d frames", item.name, len(frames))
    try:
        with whole_file(cache / f"{item.name}.npy") as part:
            np.save(part, np.stack(frames))
        # Last: with it the clip counts as cached.
        with whole_file(cache / f"{item.name}.npz") as part:
            signature = np.array(item.signature(data))
            np.savez_compressed(part, signature=signature, points=np.stack(points), silhouettes=np.stack(silhouettes))
    except OSError as error:
        raise MediaError(f"{cache}: the cache cannot be written ({error.strerror or error}).") from error
    clip = _cached(item, cache, data)
    if clip is None:
        raise MediaError(f"{cache / item.name}.npz: cannot be read back; is the disk full?")
    return clip


_Arrays = tuple[list[Picture], list[Floats], list[NDArray[np.uint8]]]


class _Reader:
    """Decodes, tracks and cuts out."""

    def __init__(self, data: DataRecipe) -> None:
        self._data = data
        self._tracker: MediaPipeTracker | None = None
        self._silhouettes: Silhouettes | None = None

    def video(self, path: Path) -> _Arrays:
        """The frames with a face. Raises Unusable."""
        tracker = self._open()
        tracker.reset()
        seen: list[tuple[Picture, Face]] = []
        box: CropBox | None = None
        try:
            with VideoReader(path) as video:
                for picture in _sampled(video, self._data):
                    if (face := tracker.locate(picture)) is None:
                        continue
                    # One square for the whole clip: what does not move has to stay where it is.
                    box = box or _square(picture, face)
                    seen.append((box.extract(picture, MODEL_SIZE), Face(_in_crop(box, face))))
        except MediaError as error:
            raise Unusable("damaged or not readable", str(error)) from error
        return self._kept(_one_face(seen))

    def pictures(self, paths: Sequence[Path]) -> _Arrays:
        """The pictures with a face. Raises Unusable."""
        if len(paths) < 2:
            raise Unusable("only one picture of the person")
        self._open()
        seen = []
        for path in paths:
            try:
                picture = read_picture(path)
                face, _ = largest_face(picture)
            except (MediaError, TrackingError) as error:
                log.info("%s", error)
                continue
            box = _square(picture, face)
            seen.append((box.extract(picture, MODEL_SIZE), Face(_in_crop(box, face))))
        return self._kept(seen)

    def close(self) -> None:
        if self._tracker is not None:
            self._tracker.close()
        if self._silhouettes is not None:
            self._silhouettes.close()

    def _open(self) -> MediaPipeTracker:
        """Loaded at first use: nothing of it is needed when everything is cached."""
        if self._tracker is None:
            self._tracker, self._silhouettes = MediaPipeTracker(), Silhouettes()
        return self._tracker

    def _kept(self, seen: Sequence[tuple[Picture, Face]]) -> _Arrays:
        if len(seen) < 2:
            raise Unusable("a face in only one frame" if seen else "no face found")
        assert self._silhouettes is not None
        silhouettes = [self._silhouettes.of(picture) for picture, _ in seen]
        return [picture for picture, _ in seen], [face.points for _, face in seen], silhouettes


def _sampled(video: VideoReader, data: DataRecipe) -> Iterator[Picture]:
    """Frames at no more than the wanted rate, by their own times: a slow or uneven clip keeps all it has."""
    taken, next_s = 0, 0.0
    for timed in video.pictures():
        if timed.time_s < next_s - 1e-3:
            continue
        next_s = max(next_s + 1 / data.frames_per_s, timed.time_s)
        yield _reduced(timed.picture)
        taken += 1
        if taken >= data.most_frames:
            return


def _reduced(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = _LONGEST_SIDE_PX / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _square(picture: Picture, face: Face) -> CropBox:
    """A square picture counts as framed already; of any other the face's surroundings are taken."""
    height, width = picture.shape[:2]
    return whole_box(picture) if height == width else face_box(face)


def _in_crop(box: CropBox, face: Face) -> Floats:
    """(478, 3) float32: the landmarks normalised to the square, depth last."""
    norm = box.to_norm(face.points, MODEL_SIZE)
    assert norm.depth is not None
    return np.column_stack([norm.points, norm.depth]).astype(np.float32)


def _one_face(seen: Sequence[tuple[Picture, Face]]) -> list[tuple[Picture, Face]]:
    """The longest run in which the face neither leaves the square nor leaps, as it does to another shot or person."""
    runs: list[list[tuple[Picture, Face]]] = [[]]
    for picture, face in seen:
        if runs[-1] and _leaps(runs[-1][-1][1].points, face.points):
            runs.append([])
        if np.abs(face.points[:, :2].mean(0)).max() < 1:
            runs[-1].append((picture, face))
    return max(runs, key=len)


def _leaps(before: Floats, after: Floats) -> bool:
    way = np.linalg.norm(after[:, :2].mean(0) - before[:, :2].mean(0))
    return bool(way > _LARGEST_JUMP * np.ptp(before[:, 1]))


class Silhouettes:
    """MediaPipe's selfie segmentation."""

    def __init__(self) -> None:
        self._segmentation = SelfieSegmentation()

    def of(self, picture: Picture) -> NDArray[np.uint8]:
        """(64, 64) uint8: how surely a person covers a place, 255 being sure."""
        mask = self._segmentation.segment(picture)
        small = cv2.resize(mask, (SILHOUETTE_SIZE, SILHOUETTE_SIZE), interpolation=cv2.INTER_AREA)
        return np.asarray(small * 255).clip(0, 255).astype(np.uint8)

    def close(self) -> None:
        """Release the network."""
        self._segmentation.close()
