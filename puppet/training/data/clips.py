"""Clips for Monkey-Net, FOMM and co-part segmentation: folders of videos, of frames, of PNG strips, cached as arrays.

Every video is a clip, every folder's pictures are one together, and a picture several frames wide (as the original
repositories kept them, side by side) is one by itself. Each is decoded once to the recipe's size: `NAME.npy` in the
cache is mapped into memory, not read whole, and never pickled. What cannot be used is skipped with its reason.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from puppet.domain import Picture
from puppet.errors import ConfigError, MediaError
from puppet.media.files import whole_file
from puppet.media.pictures import read_picture
from puppet.media.video import VideoReader
from puppet.training.data import figures
from puppet.training.data.face_clips import PICTURES, VIDEOS, Silhouettes, Skipped, Unusable
from puppet.training.recipe_schema.learned import FootageRecipe

_CACHE_VERSION = 1
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)
_COMPARED = 8  # frames of a clip that are looked at to tell how much it moves


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip in the cache.

    Attributes:
        name: its data folder and its path there, or the figure's number.
        path: of the cached array.
        length: how many frames it has.
        motion: mean absolute difference of frames apart in time, in [0, 1].
    """

    name: str
    path: Path
    length: int
    motion: float

    @property
    def frames(self) -> Picture:
        """(length, size, size, 3) uint8 RGB, mapped into memory anew: another process may hold the clip too."""
        frames: Picture = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return frames

    @property
    def silhouettes(self) -> NDArray[np.uint8]:
        """(length, 64, 64) uint8: how surely a person covers a place, 255 being sure; see `find_people`."""
        silhouettes: NDArray[np.uint8] = np.load(_silhouettes(self), mmap_mode="r", allow_pickle=False)
        return silhouettes


@dataclass(frozen=True, slots=True)
class Footage:
    """What a recipe's data gave."""

    clips: list[Clip]
    skipped: list[Skipped]

    def summary(self) -> str:
        """One line: how much there is, and how much was skipped for which reason."""
        line = f"{len(self.clips)} clips, {sum(clip.length for clip in self.clips)} frames"
        reasons = Counter(skip.reason for skip in self.skipped).most_common()
        return f"{line}; skipped: {', '.join(f'{count} {reason}' for reason, count in reasons)}" if reasons else line

    def parted(self, share: float) -> tuple[list[Clip], list[Clip]]:
        """Clips to train on, and those held out: decided by the names alone, so that it never changes."""
        parts: tuple[list[Clip], list[Clip]] = ([], [])
        for clip in self.clips:
            parts[_hash(clip.name) < share * 2**32].append(clip)
        return parts


def gather(data: FootageRecipe, size: int, cache: Path) -> Footage:
    """Read every clip, from the cache where it is in it.

    Raises:
        ConfigError: a folder is missing, or nothing can be used; says what was skipped and why.
        MediaError: the cache cannot be written.
    """
    if data.source != "figures" and not data.folders:
        raise ConfigError("no data: name folders of clips, by data.folders in the recipe or by --data.")
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"{cache}: cannot be made ({error.strerror}).") from error
    clips: list[Clip] = []
    skipped: list[Skipped] = []
    for item in _items(data, size):
        try:
            clips.append(_cached(item, cache) or _read(item, cache))
        except Unusable as error:
            skipped.append(Skipped(Path(item.name), error.reason, str(error)))
    footage = Footage(clips, skipped)
    if not clips:
        where = ", ".join(data.folders)
        first = f" ({skipped[0].path}: {skipped[0].detail or skipped[0].reason})" if skipped else ""
        raise ConfigError(f"{where}: no clip to train on: {footage.summary()}{first}.")
    return footage


def find_people(clips: Sequence[Clip]) -> None:
    """Find each frame's person, once: silhouettes lie beside the frames in the cache. About 5 ms a frame.

    Raises:
        MediaError: the cache cannot be written.
        TrackingError: MediaPipe is missing.
    """
    missing = [clip for clip in clips if not _has_people(clip)]
    if not missing:
        return
    with closing(Silhouettes()) as silhouettes:
        for clip in missing:
            _write(_silhouettes(clip), np.stack([silhouettes.of(frame) for frame in clip.frames]))


def _has_people(clip: Clip) -> bool:
    try:
        return len(clip.silhouettes) == clip.length
    except (OSError, ValueError, EOFError):
        return False


def _silhouettes(clip: Clip) -> Path:
    return clip.path.with_suffix(".people.npy")


@dataclass(frozen=True, slots=True)
class _Item:
    """A clip before anything of it was read; `signature` changes when a file does, or how it is prepared."""

    name: str
    signature: str
    read: Callable[[], Iterator[Picture]]


def _items(data: FootageRecipe, size: int) -> Iterator[_Item]:
    how = f"{_CACHE_VERSION} {size} {data.frames_per_s:g} {data.most_frames}"
    if data.source == "figures":
        for number in range(figures.CLIPS):
            yield _Item(f"figure__{number:03d}", f"{how} {figures.VERSION}", partial(figures.clip, number, size))
        return
    for name in data.folders:
        root = Path(name).resolve()
        if not root.is_dir():
            raise ConfigError(f"{name}: no such folder of clips.")
        for folder in [root, *sorted(path for path in root.rglob("*") if path.is_dir())]:
            yield from _in_folder(folder, root, data, size, how)


def _in_folder(folder: Path, root: Path, data: FootageRecipe, size: int, how: str) -> Iterator[_Item]:
    """Its videos, its strips, and the rest of its pictures as one clip."""
    files = sorted((path for path in folder.iterdir() if path.is_file() and path.name[0] != "."), key=_in_order)
    single: list[Path] = []
    for path in files:
        name, signature = _named(path, root), _signature(how, [path])
        if path.suffix.lower() in VIDEOS:
            yield _Item(name, signature, partial(_video, path, data, size))
        elif path.suffix.lower() in PICTURES and _is_strip(path):
            yield _Item(name, signature, partial(_strip, path, data, size))
        elif path.suffix.lower() in PICTURES:
            single.append(path)
    if single:
        yield _Item(f"{_named(folder, root)}__frames", _signature(how, single), partial(_frames, single, data, size))


def _named(path: Path, root: Path) -> str:
    return "__".join([root.name, *path.relative_to(root).parts])


def _in_order(path: Path) -> list[tuple[int, str]]:
    """frame2 comes before frame10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def _signature(how: str, paths: Sequence[Path]) -> str:
    return "|".join([how, *(f"{path.name} {(found := path.stat()).st_size} {found.st_mtime_ns}" for path in paths)])


def _is_strip(path: Path) -> bool:
    """Whether a picture is several squares wide, told from its header."""
    try:
        with Image.open(path) as picture:
            return picture.width >= 2 * picture.height and picture.width % picture.height == 0
    except _DAMAGED:
        return False  # read as a frame it gives the reason


def _video(path: Path, data: FootageRecipe, size: int) -> Iterator[Picture]:
    """Frames at no more than the wanted rate, by their own times."""
    next_s, taken = 0.0, 0
    with VideoReader(path) as video:
        for timed in video.pictures():
            if timed.time_s < next_s - 1e-3:
                continue
            next_s, taken = max(next_s + 1 / data.frames_per_s, timed.time_s), taken + 1
            yield _square(timed.picture, size)
            if taken >= data.most_frames:
                return


def _strip(path: Path, data: FootageRecipe, size: int) -> Iterator[Picture]:
    """Read by Pillow itself: `read_picture` would reduce a strip, which may be very wide."""
    try:
        with Image.open(path) as strip:
            side = strip.height
            for left in range(0, min(strip.width, data.most_frames * side), side):
                yield _square(np.asarray(strip.crop((left, 0, left + side, side)).convert("RGB")), size)
    except _DAMAGED as error:
        raise MediaError(f"{path}: the picture is damaged or cut off.") from error


def _frames(paths: Sequence[Path], data: FootageRecipe, size: int) -> Iterator[Picture]:
    for path in paths[: data.most_frames]:
        yield _square(read_picture(path), size)


def _square(picture: Picture, size: int) -> Picture:
    """The middle square, at the recipe's size."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = picture[top : top + side, left : left + side]
    way = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return cv2.resize(middle, (size, size), interpolation=way).astype(np.uint8, copy=False)


def _cached(item: _Item, cache: Path) -> Clip | None:
    path = _path(item, cache)
    try:
        frames = np.load(path, mmap_mode="r", allow_pickle=False)
        return Clip(item.name, path, len(frames), _motion(frames)) if len(frames) > 1 else None
    except (OSError, ValueError, EOFError):
        return None


def _read(item: _Item, cache: Path) -> Clip:
    """Decode a clip into the cache. Raises Unusable."""
    try:
        frames = list(item.read())
    except MediaError as error:
        raise Unusable("damaged or not readable", str(error)) from error
    if len(frames) < 2:
        raise Unusable("with one frame only" if frames else "without a frame")
    path, stacked = _path(item, cache), np.stack(frames)
    _write(path, stacked)
    return Clip(item.name, path, len(frames), _motion(stacked))


def _write(path: Path, array: NDArray[np.uint8]) -> None:
    try:
        with whole_file(path) as part:
            np.save(part, array)
    except OSError as error:
        raise MediaError(f"{path.parent}: the cache cannot be written ({error.strerror or error}).") from error


def _path(item: _Item, cache: Path) -> Path:
    """The signature is part of the name: trainings of several sizes share a cache."""
    readable = re.sub(r"[^A-Za-z0-9._-]", "_", item.name)[-80:]
    return cache / f"{readable}.{_hash(item.name + item.signature):08x}.npy"


def _motion(frames: Picture) -> float:
    shown = frames[np.linspace(0, len(frames) - 1, min(_COMPARED, len(frames))).astype(int)].astype(np.float32)
    return float(np.abs(np.diff(shown, axis=0)).mean() / 255)


def _hash(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
