"""Reads animated pictures (GIF, APNG, WebP, AVIF) and single ones in place of a video, and opens any file as a clip."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import Protocol, Self

from PIL import Image
from typing_extensions import override

from puppet.errors import MediaError
from puppet.media.container import MOST_PIXELS
from puppet.media.files import check_input
from puppet.media.formats import picture_format
from puppet.media.pictures import decoding, frame_count, open_image, read_picture, upright_rgb
from puppet.media.video_reader import TimedPicture, VideoReader

STILL_RATE = Fraction(25)
"""Frames per second of a video with one frame."""
_SHORTEST_S, _USUAL_S = 0.011, 0.1  # browsers show pictures with shorter times for 0.1 s
_LONGEST_S = 3600.0
_AVERAGED = 24  # pictures whose times give the rate
_AVERAGED_PIXELS = 50_000_000  # of them together
_log = logging.getLogger(__name__)


class ClipReader(Protocol):
    """Common interface of `VideoReader` and `AnimationReader`, which describe the attributes."""

    path: Path
    size: tuple[int, int]
    rate: Fraction
    duration_s: float
    frame_count: int
    has_sound: bool

    def pictures(self) -> Iterator[TimedPicture]:
        """Yield every picture from the first to the last; another call starts over. Raises MediaError."""

    def close(self) -> None:
        """Close the file; safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class AnimationReader(AbstractContextManager["AnimationReader"]):
    """Reads the pictures of an animation in order, with the same attributes as a `VideoReader`; a context manager.

    Attributes:
        path: the file.
        size: (width, height) in pixels.
        rate: average frames per second, 25 of a single picture.
        duration_s: 0.0: unknown.
        frame_count: number of pictures.
        has_sound: False.
    """

    duration_s = 0.0
    has_sound = False

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        """Open the file and decode its first pictures. Raises MediaError, as `read_picture` does."""
        self.path, self._strict, self._warned = path, strict, False
        check_input(path, "picture")
        with decoding(path):
            self._image = open_image(path)
            count = frame_count(self._image)
            width, height = self._image.size
            self._first = int(count > 1 and bool(getattr(self._image, "default_image", False)))  # not in the animation
            self.frame_count = count - self._first
        if count > 1 and width * height > MOST_PIXELS:
            self.close()
            raise MediaError(f"{path}: has pictures of {width}x{height}, above 36 million pixels; make it smaller")
        averaged = min(_AVERAGED, 2 + _AVERAGED_PIXELS // (width * height))
        try:
            times_s = [timed.time_s for timed, _ in zip(self.pictures(), range(averaged), strict=False)]
        except MediaError:
            self.close()
            raise
        self.rate = (
            STILL_RATE if len(times_s) < 2 else Fraction((len(times_s) - 1) / times_s[-1]).limit_denominator(1000)
        )

    def pictures(self) -> Iterator[TimedPicture]:
        """Yield every picture with its time; another call starts over and ends an earlier one.

        Raises:
            MediaError: the first picture, or with `strict` any, is damaged.
        """
        if self.frame_count == 1 and self._first == 0:
            yield self._still()
            return
        time_s = 0.0
        for index in range(self._first, self._first + self.frame_count):
            try:
                with decoding(self.path):
                    self._image.seek(index)
                    self._image.load()
                    picture = upright_rgb(self._image)
            except MediaError:
                if self._strict or index == self._first:
                    raise
                self._warn(time_s)
                return
            self.size = picture.shape[1], picture.shape[0]
            yield TimedPicture(picture, time_s)
            time_s += _shown_s(self._image)

    def _still(self) -> TimedPicture:
        picture = read_picture(self.path, strict=self._strict)
        self.size = picture.shape[1], picture.shape[0]
        return TimedPicture(picture, 0.0)

    def _warn(self, time_s: float) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("%s: the file is cut off after %.1f s; it is used as far as it goes", self.path, time_s)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._image.close()

    @override
    def __exit__(self, *error: object) -> None:
        self.close()


def open_clip(path: Path, *, strict: bool = False) -> ClipReader:
    """Open a video, an animated picture or a single one; `strict` as of `VideoReader`. Raises MediaError."""
    return AnimationReader(path, strict=strict) if holds_picture(path) else VideoReader(path, strict=strict)


def holds_picture(path: Path) -> bool:
    """True when a file begins like a picture, animated or not. Raises MediaError when it cannot be read."""
    check_input(path, "video or picture")
    return picture_format(path) is not None


def holds_still(path: Path) -> bool:
    """True when a file is a single picture. Raises MediaError when it cannot be read, or is damaged."""
    if not holds_picture(path):
        return False
    with decoding(path), open_image(path) as image:
        return frame_count(image) == 1


def _shown_s(image: Image.Image) -> float:
    """Return how long the current picture is shown, in seconds."""
    seconds = float(image.info.get("duration") or 0.0) / 1000
    return seconds if _SHORTEST_S <= seconds <= _LONGEST_S else _USUAL_S
