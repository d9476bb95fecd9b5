"""Make a labelled contact sheet: portraits in rows, moments of driving clips in columns, rendered as in the app.

    PYTHONPATH=. python tools/assets/sheet.py [--avatar NAME|FILE ...] [--driver FILE ...]
        [--frames N | --at S ...] [--motion relative|absolute] [--pack P] [--tile PX] [--out sheet.png]

The first row shows the drivers' frames around the face; each row below is one portrait moved by them through
`Puppeteer.step`, as `animate` does it: from the portrait's own pixels where the pack can, relative to the clip's first
frame, without smoothing and limits. By default the first six bundled portraits and the bundled clip, at moments that
blink, speak, smile and turn.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from puppet.config import OFFLINE_CONTROLS, EngineOptions
from puppet.domain import Controls, Frame, Framing, Motion, Picture
from puppet.errors import TrackingError
from puppet.geometry.crop import face_box
from puppet.media.pictures import read_picture, write_picture
from puppet.media.video import VideoReader
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer
from puppet.pipeline.puppeteer import Puppeteer
from puppet.tracking.tracker import largest_face
from puppet.userdata.gallery import Gallery

CLIP = Path(__file__).parents[2] / "puppet" / "assets" / "clip.mp4"
CLIP_MOMENTS_S = (1.0, 1.8, 3.6, 4.0, 5.1, 6.7, 8.2, 10.2, 12.1, 16.4)
LEAD_IN = 6  # frames before each moment that are stepped too, so that the tracker has found the face again
RENDERED_PX = 720
LABEL_PX = 48
PAPER, INK = (245, 245, 245), (20, 20, 20)


@dataclass(frozen=True)
class Driver:
    """A clip's first frame, and for each moment the frames that lead to it, the moment's own last."""

    name: str
    first: Frame
    moments: list[list[Frame]]


def main() -> None:
    """Make the sheet."""
    options = _options()
    drivers = [_read(path, options.at, options.frames) for path in options.driver]
    controls = replace(OFFLINE_CONTROLS, motion=Motion(options.motion))
    gallery = Gallery()
    items = [gallery.find(name) for name in options.avatar] if options.avatar else gallery.portraits()[:6]
    rows = [_row([np.full((1, 1, 3), PAPER, np.uint8), *_shown(drivers)], options.tile)]
    size = (RENDERED_PX, RENDERED_PX)
    with closing(
        open_puppeteer(options.pack, EngineOptions(), Framing.AUTO, size, own_pixels=OwnPixels.AT_ONCE)
    ) as puppeteer:
        for item in items:
            portrait = puppeteer.prepare(read_picture(item.path), item.name)
            puppeteer.show(portrait)
            moved = _moved(puppeteer, drivers, controls)
            rows.append(
                _row([_written(portrait.crop.extract(portrait.picture, RENDERED_PX), item.name), *moved], options.tile)
            )
    write_picture(options.out, np.vstack(rows), overwrite=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A contact sheet of portraits and driving clips.")
    parser.add_argument("--avatar", nargs="+", help="names in the gallery or picture files")
    parser.add_argument("--driver", nargs="+", type=Path, default=[CLIP], help="driving videos")
    moments = parser.add_mutually_exclusive_group()
    moments.add_argument("--frames", type=int, help="so many moments of each driver, evenly spread")
    moments.add_argument("--at", nargs="+", type=float, help="these moments of each driver, in seconds")
    parser.add_argument("--motion", choices=[motion.value for motion in Motion], default=Motion.RELATIVE.value)
    parser.add_argument("--pack", default="face")
    parser.add_argument("--tile", type=int, default=256, help="side of a tile in pixels")
    parser.add_argument("--out", type=Path, default=Path("sheet.png"))
    return parser.parse_args()


def _read(path: Path, at: list[float] | None, count: int | None) -> Driver:
    """Take from the clip the frames that the sheet needs."""
    with VideoReader(path) as reader:
        if at is None and count is None and path == CLIP:
            at = list(CLIP_MOMENTS_S)
        spread = (np.arange(count or 6) + 0.5) * reader.frame_count / (count or 6)
        wanted = [round(second * float(reader.rate)) for second in at] if at else [int(index) for index in spread]
        last = reader.frame_count - 1
        spans = [range(max(0, min(index, last) - LEAD_IN), min(index, last) + 1) for index in wanted]
        needed = {0}.union(*spans)
        frames = {
            index: Frame(timed.picture, timed.time_s, index)
            for index, timed in enumerate(reader.pictures())
            if index in needed
        }
    return Driver(path.stem, frames[0], [[frames[index] for index in span if index in frames] for span in spans])


def _shown(drivers: list[Driver]) -> Iterator[Picture]:
    """Each moment's frame around its face, or whole without one; with the clip's name and the second."""
    for driver in drivers:
        for frames in driver.moments:
            picture = frames[-1].image
            try:
                picture = face_box(largest_face(picture)[0]).extract(picture, RENDERED_PX)
            except TrackingError:
                picture = _square(picture)
            yield _written(picture, f"{driver.name} {frames[-1].captured_s:.1f} s")


def _moved(puppeteer: Puppeteer, drivers: list[Driver], controls: Controls) -> Iterator[Picture]:
    """Return the shown portrait at every moment of every driver."""
    for driver in drivers:
        puppeteer.set_neutral(driver.first)
        for frames in driver.moments:
            yield [puppeteer.step(frame, controls) for frame in frames][-1].picture


def _row(tiles: list[Picture], side: int) -> Picture:
    """Tiles side by side."""
    return np.hstack([cv2.resize(tile, (side, side), interpolation=cv2.INTER_AREA) for tile in tiles]).astype(np.uint8)


def _written(picture: Picture, label: str) -> Picture:
    """Return a copy with a label in the lower left corner."""
    copy = cv2.resize(picture, (RENDERED_PX, RENDERED_PX), interpolation=cv2.INTER_AREA)
    (width, _), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, 1.3, 2)
    cv2.rectangle(copy, (0, RENDERED_PX - LABEL_PX), (width + 16, RENDERED_PX), PAPER, -1)
    cv2.putText(copy, label, (8, RENDERED_PX - 12), cv2.FONT_HERSHEY_SIMPLEX, 1.3, INK, 2, cv2.LINE_AA)
    return np.asarray(copy, np.uint8)


def _square(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(picture[top : top + side, left : left + side])


if __name__ == "__main__":
    main()
