"""Make the README's moving pictures: the bundled clip and bundled portraits driven by it, in a grid.

    PYTHONPATH=. python tools/assets/moving_picture.py [puppet|several]

Composed from the portraits' own pixels with the default settings of the live loop, then reduced to tiles. `puppet`
writes docs/puppet.webp; `several` docs/several.webp: a portrait of one picture beside the same person's portrait of
twelve.
"""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from puppet.config import LIVE_CONTROLS, EngineOptions
from puppet.domain import Frame, Framing, Picture
from puppet.media.portrait_file import read_portrait
from puppet.media.video import VideoReader
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer, prepare

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "puppet" / "assets"
PORTRAITS = {
    "puppet": ("vera.jpg", "elias.jpg", "painting.jpg", "priya.jpg", "drawing.png"),
    "several": ("amara.jpg", "amara.portrait"),
}
COLUMNS = 3
FROM_S, UNTIL_S, EVERY = 2.2, 9.2, 3
TILE_PX, RENDERED_PX = 280, 720


def main() -> None:
    """Render and write a picture."""
    name = sys.argv[1] if len(sys.argv) > 1 else "puppet"
    out = ROOT / "docs" / f"{name}.webp"
    with closing(VideoReader(ASSETS / "clip.mp4")) as reader:
        frames = [Frame(shot.picture, shot.time_s, i) for i, shot in enumerate(reader.pictures())]
    frames = [frame for frame in frames if frame.captured_s < UNTIL_S]
    tiles = [[tile(middle_square(frame.image)) for frame in frames if shown(frame)], *driven(frames, PORTRAITS[name])]
    pictures = [grid(moment) for moment in zip(*tiles, strict=True)]
    pictures[0].save(out, save_all=True, append_images=pictures[1:], duration=100, loop=0, quality=64, method=6)


def shown(frame: Frame) -> bool:
    """Return True for a frame that is in the picture."""
    return frame.captured_s >= FROM_S and frame.index % EVERY == 0


def driven(frames: list[Frame], portraits: tuple[str, ...]) -> list[list[Picture]]:
    """Return the tiles of each portrait, calibrated on the clip's first frame; the clip is tracked once."""
    size = (RENDERED_PX, RENDERED_PX)
    controls = replace(LIVE_CONTROLS, mirror=False, fade_s=0.0)
    with closing(
        open_puppeteer("face", EngineOptions(), Framing.AUTO, size, own_pixels=OwnPixels.AT_ONCE)
    ) as puppeteer:
        poses = [puppeteer.pose(frame.image) for frame in frames]
        assert poses[0] is not None
        found = []
        for name in portraits:
            puppeteer.show(prepare(puppeteer, read_portrait(ASSETS / "avatars" / name), name))
            puppeteer.set_neutral_pose(poses[0])
            scenes = [
                (frame, puppeteer.follow(pose, frame, controls)) for frame, pose in zip(frames, poses, strict=True)
            ]
            found.append([tile(puppeteer.paint(scene).picture) for frame, scene in scenes if shown(frame)])
    return found


def middle_square(picture: Picture) -> Picture:
    """Return the square in the middle of a wide frame."""
    height, width = picture.shape[:2]
    left = (width - height) // 2
    return picture[:, left : left + height]


def tile(picture: Picture) -> Picture:
    """Reduce a square to a tile's size."""
    return cv2.resize(picture, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA).astype(np.uint8)


def grid(tiles: tuple[Picture, ...]) -> Image.Image:
    """Return tiles in rows of COLUMNS."""
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    return Image.fromarray(np.vstack(rows))


if __name__ == "__main__":
    main()
