"""Clips of the `face` family: videos and pictures of people, cropped around the face, with landmarks and silhouettes.

Every video is a clip, and the pictures of one person are one together. One thread; about 20 ms a frame.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from puppet.domain import Face, Floats, Picture
from puppet.errors import ConfigError, MediaError, TrackingError
from puppet.geometry.crop import MODEL_SIZE, CropBox, face_box, whole_box
from puppet.media.pictures import read_picture
from puppet.media.video import VideoReader
from puppet.tracking.tracker import MediaPipeTracker, largest_face
from puppet.training.data.clips import (
    PICTURES,
    VIDEOS,
    ClipArrays,
    ClipSet,
    ClipSource,
    Silhouettes,
    Unusable,
    clip_folders,
    clip_name,
    read_clips,
    sampled,
    signature_of,
)
from puppet.training.recipe_schema.face import FaceClipsRecipe

log = logging.getLogger(__name__)

_CACHE_VERSION = "face 1"  # of squares of 256 pixels
_LARGEST_JUMP = 0.5  # of the face's height between two kept frames; beyond, it is another face or another shot
_LONGEST_SIDE_PX = 1920  # larger frames are reduced before tracking, which they would only slow down


def read_face_clips(data: FaceClipsRecipe, cache: Path) -> ClipSet:
    """Read the clips of a recipe, from the cache where they are in it.

    Raises:
        ConfigError: a folder is missing, two have the same name, or no clip can be used.
        MediaError: the cache cannot be written.
        TrackingError: the networks are missing.
    """
    folders = clip_folders(data)
    names = Counter(folder.name for folder in folders)
    if twice := [name for name, count in names.items() if count > 1]:
        raise ConfigError(f"Two folders of clips are named {', '.join(twice)}; rename one, as the cache uses the names")
    with closing(_Reader(data)) as reader:
        return read_clips((source for folder in folders for source in _sources(folder, data, reader)), cache)


def _sources(root: Path, data: FaceClipsRecipe, reader: _Reader) -> Iterator[ClipSource]:
    """Videos one by one, then the pictures of each person, in the order of names."""
    settings = f"{_CACHE_VERSION} {data.frames_per_s:g} {data.most_frames}"
    if data.size != MODEL_SIZE:
        settings += f" {data.size}"
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
    people: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        person = _person(path, root, data.person)
        if path.suffix.lower() in VIDEOS:
            read = partial(reader.video, path)
            yield ClipSource(clip_name(path, root), signature_of([path], settings), read, person, root.name)
        elif path.suffix.lower() in PICTURES:
            people[person].append(path)
    for person, paths in people.items():
        name, read = f"{root.name}__{person}__pictures", partial(reader.pictures, paths)
        yield ClipSource(name, signature_of(paths, settings), read, person, root.name, moving=False)


def _person(path: Path, root: Path, pattern: str) -> str:
    if pattern and (match := re.search(pattern, path.stem)):
        return match.group(0)
    return path.stem if path.parent == root else path.parent.name


class _Reader:
    """Decodes clips, tracks the face and segments the person. The networks are opened at first use."""

    def __init__(self, data: FaceClipsRecipe) -> None:
        self._data = data
        self._tracker: MediaPipeTracker | None = None
        self._silhouettes: Silhouettes | None = None

    def video(self, path: Path) -> ClipArrays:
        """Return the frames with a face. Raises Unusable, MediaError."""
        self._tracker = self._tracker or MediaPipeTracker()
        self._tracker.reset()
        seen: list[tuple[Picture, Face]] = []
        box: CropBox | None = None
        with VideoReader(path) as video:
            for picture in map(_reduced, sampled(video, self._data)):
                if (face := self._tracker.locate(picture)) is None:
                    continue
                # One square for the whole clip: what does not move has to stay in its place.
                box = box or _square(picture, face)
                seen.append(_cropped(picture, face, box, self._data.size))
        return self._arrays(_one_face(seen))

    def pictures(self, paths: Sequence[Path]) -> ClipArrays:
        """Return the pictures with a face. Raises Unusable."""
        if len(paths) < 2:
            raise Unusable("only one picture of the person")
        seen = []
        for path in paths:
            try:
                picture = read_picture(path)
                face, _ = largest_face(picture)
            except (MediaError, TrackingError) as error:
                log.info("%s", error)
                continue
            seen.append(_cropped(picture, face, _square(picture, face), self._data.size))
        return self._arrays(seen)

    def close(self) -> None:
        """Release the networks."""
        if self._tracker is not None:
            self._tracker.close()
        if self._silhouettes is not None:
            self._silhouettes.close()

    def _arrays(self, seen: Sequence[tuple[Picture, Face]]) -> ClipArrays:
        if len(seen) < 2:
            raise Unusable("a face in only one frame" if seen else "no face found")
        self._silhouettes = self._silhouettes or Silhouettes()
        frames = [picture for picture, _ in seen]
        return ClipArrays(frames, [face.points for _, face in seen], [self._silhouettes.of(frame) for frame in frames])


def _reduced(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = _LONGEST_SIDE_PX / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _square(picture: Picture, face: Face) -> CropBox:
    """The whole of a square picture, which counts as framed; of any other the surroundings of the face."""
    height, width = picture.shape[:2]
    return whole_box(picture) if height == width else face_box(face)


def _cropped(picture: Picture, face: Face, box: CropBox, size: int) -> tuple[Picture, Face]:
    """The square at `size` px, and its landmarks (478, 3) float32 normalised to it, depth last."""
    norm = box.to_norm(face.points, MODEL_SIZE)
    assert norm.depth is not None
    return box.extract(picture, size), Face(np.column_stack([norm.points, norm.depth]).astype(np.float32))


def _one_face(seen: Sequence[tuple[Picture, Face]]) -> list[tuple[Picture, Face]]:
    """The longest run in which the face stays in the square and does not jump, as it does to another shot or person."""
    runs: list[list[tuple[Picture, Face]]] = [[]]
    for picture, face in seen:
        if runs[-1] and _jumps(runs[-1][-1][1].points, face.points):
            runs.append([])
        if np.abs(face.points[:, :2].mean(0)).max() < 1:
            runs[-1].append((picture, face))
    return max(runs, key=len)


def _jumps(before: Floats, after: Floats) -> bool:
    distance = np.linalg.norm(after[:, :2].mean(0) - before[:, :2].mean(0))
    return bool(distance > _LARGEST_JUMP * np.ptp(before[:, 1]))
