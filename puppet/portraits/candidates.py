"""Pictures that a portrait may be made of: found in files, measured, and read again once they are chosen.

Looking keeps no pictures, so a long clip needs little memory. Blocking; belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from puppet.domain import Face, Floats, Picture
from puppet.errors import MediaError, TrackingError
from puppet.geometry.crop import CropBox, face_box
from puppet.geometry.face_mesh import EYES, OVAL
from puppet.geometry.face_shape import FaceShape, shape_of
from puppet.media.animation import ClipReader, holds_still, open_clip
from puppet.media.pictures import read_picture
from puppet.media.portrait_file import LONGEST_SIDE_PX, Shot, holds_portrait, read_portrait
from puppet.tracking.tracker import MediaPipeTracker, largest_face

MOST_CLIP_S = 120.0
"""A clip is looked at until then."""
_LOOKS_PER_S = 10.0
_TRACKED_SIDE_PX = 960  # frames are reduced to it for the tracker
_MEASURED_PX = 128  # side of the face's square in which sharpness and light are measured
_CHEEKS = np.array([50, 280, 101, 330])
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A picture with a face, without its pixels.

    Attributes:
        source: index of the file.
        index: of the frame in a clip, or of the picture in a portrait file; 0 for a picture.
        time_s: time in a clip.
        run: number of the stretch of a clip in which one face was followed without a gap.
        shape: the pose, in the square around the face.
        face_px: height of the face in pixels.
        sharpness: strength of fine detail in the face, about 0.02 to 0.2.
        light: median brightness of the face, in [0, 1].
        skin: (3,) mean RGB of the cheeks, in [0, 1].
        eyes: brightness of the eyes as a share of the cheeks'.
    """

    source: int
    index: int
    time_s: float
    run: int
    shape: FaceShape
    face_px: float
    sharpness: float
    light: float
    skin: Floats
    eyes: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Result of looking through one file.

    Attributes:
        candidates: its pictures with a face.
        looked_at: number of pictures that were looked at.
        cut: True if a clip is longer than `MOST_CLIP_S`.
    """

    candidates: Sequence[Candidate]
    looked_at: int
    cut: bool = False


def look(source: int, path: Path, progress: Progress = lambda done, total: None) -> Found:
    """Find the faces in a picture, a portrait file or a clip. Raises MediaError or TrackingError."""
    if holds_portrait(path):
        shots = read_portrait(path)
        found = [_still(source, index, shot.picture) for index, shot in enumerate(shots)]
        return Found([candidate for candidate in found if candidate], len(shots))
    if holds_still(path):
        candidate = _still(source, 0, read_picture(path))
        return Found([candidate] if candidate else [], 1)
    with closing(MediaPipeTracker()) as tracker, open_clip(path) as reader:
        return _look_through(source, reader, tracker, progress)


def read_chosen(paths: Sequence[Path], chosen: Sequence[Candidate]) -> list[Shot]:
    """Read the chosen pictures again, in their order, reduced to `LONGEST_SIDE_PX`. Raises MediaError."""
    found: dict[tuple[int, int], Shot] = {}
    for source in sorted({candidate.source for candidate in chosen}):
        wanted = {candidate.index: candidate for candidate in chosen if candidate.source == source}
        for index, shot in _pictures(paths[source], source, wanted):
            found[source, index] = shot
    if missing := [candidate for candidate in chosen if (candidate.source, candidate.index) not in found]:
        raise MediaError(f"{paths[missing[0].source]}: has changed meanwhile; make the portrait again")
    return [found[candidate.source, candidate.index] for candidate in chosen]


def measured(source: int, index: int, time_s: float, run: int, picture: Picture, face: Face) -> Candidate:
    """Measure the face in a picture; the other arguments are the attributes of `Candidate`."""
    box = face_box(face)
    shape = shape_of(box.to_norm(face.points))
    low, high = face.points[:, :2].min(0), face.points[:, :2].max(0)
    middle = (low + high) / 2
    square = CropBox(float(middle[0]), float(middle[1]), float((high - low).max()))
    grey = cv2.cvtColor(square.extract(picture, _MEASURED_PX), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    affine = square.affine(_MEASURED_PX)
    places = face.points[:, :2] @ affine[:, :2].T + affine[:, 2]
    inside = _filled([places[OVAL]]) > 0
    eyes = _filled([places[eye] for eye in EYES]) > 0
    cheeks = face.points[_CHEEKS, :2]
    skin = _colour(picture, cheeks, float(square.side) / 16)
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F, ksize=3))[inside]
    light = float(np.median(grey[inside])) if inside.any() else 0.0
    brightness = max(float(skin @ (0.299, 0.587, 0.114)), 0.02)
    return Candidate(
        source=source,
        index=index,
        time_s=time_s,
        run=run,
        shape=shape,
        face_px=float(high[1] - low[1]),
        sharpness=float(detail.mean() / max(light, 0.1)) if inside.any() else 0.0,
        light=light,
        skin=skin,
        eyes=float(grey[eyes].mean()) / brightness if eyes.any() else 1.0,
    )


def reduced(picture: Picture, longest: int) -> tuple[Picture, float]:
    """Return the picture with a longer side of at most `longest` pixels, and the scale."""
    height, width = picture.shape[:2]
    scale = min(1.0, longest / max(height, width))
    if scale == 1:
        return picture, 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def scaled(face: Face, factor: float) -> Face:
    """Return a face found in a reduced picture, in the pixels of one `factor` times as large."""
    points = ((face.points + 0.5) * factor - 0.5).astype(np.float32)
    points[:, 2] = face.points[:, 2] * factor
    return Face(points)


def _pictures(path: Path, source: int, wanted: dict[int, Candidate]) -> Iterator[tuple[int, Shot]]:
    """Yield the wanted pictures of a file with their indices."""
    if holds_portrait(path):
        shots = read_portrait(path)
        yield from ((index, shot) for index, shot in enumerate(shots) if index in wanted)
    elif holds_still(path):
        yield 0, Shot(reduced(read_picture(path), LONGEST_SIDE_PX)[0], source, path.name)
    else:
        with open_clip(path) as reader:
            last = max(wanted)
            for index, timed in enumerate(reader.pictures()):
                if index in wanted:
                    picture = reduced(timed.picture, LONGEST_SIDE_PX)[0]
                    yield index, Shot(picture, source, f"{path.name}, {timed.time_s:.1f} s")
                if index >= last:
                    return


def _look_through(source: int, reader: ClipReader, tracker: MediaPipeTracker, progress: Progress) -> Found:
    every = max(1, round(float(reader.rate) / _LOOKS_PER_S))
    candidates: list[Candidate] = []
    run, looked_at, cut = 0, 0, False
    last: Floats | None = None
    for index, timed in enumerate(reader.pictures()):
        cut = timed.time_s > MOST_CLIP_S
        if cut:
            break
        if index % every:
            continue
        progress(index, reader.frame_count)
        looked_at += 1
        small, scale = reduced(timed.picture, _TRACKED_SIDE_PX)
        face = tracker.locate(small)
        if face is None:
            last = None
            continue
        if last is None or _jumped(last, face.points):
            run += 1
        last = face.points
        face = scaled(face, 1 / scale)
        candidates.append(measured(source, index, timed.time_s, run, timed.picture, face))
    return Found(candidates, looked_at, cut)


def _still(source: int, index: int, picture: Picture) -> Candidate | None:
    try:
        face, _ = largest_face(picture)
    except TrackingError:
        return None
    return measured(source, index, 0.0, 0, picture, face)


def _filled(outlines: Sequence[Floats]) -> Picture:
    canvas = np.zeros((_MEASURED_PX, _MEASURED_PX), np.uint8)
    cv2.fillPoly(canvas, [outline.round().astype(np.int32) for outline in outlines], 1)
    return canvas


def _colour(picture: Picture, places: Floats, reach: float) -> Floats:
    """Return the mean RGB around some places, in [0, 1]."""
    height, width = picture.shape[:2]
    around = [
        picture[
            int(np.clip(y - reach, 0, height - 1)) : int(np.clip(y + reach, 1, height)) + 1,
            int(np.clip(x - reach, 0, width - 1)) : int(np.clip(x + reach, 1, width)) + 1,
        ].reshape(-1, 3)
        for x, y in places
    ]
    return np.asarray(np.mean([part.mean(0) for part in around], 0) / 255, np.float32)


def _jumped(before: Floats, now: Floats) -> bool:
    """Return True if a face is at quite another place than the face before."""
    size = float(np.ptp(before[:, 1]))
    return float(np.linalg.norm(before[:, :2].mean(0) - now[:, :2].mean(0))) > 0.5 * size
