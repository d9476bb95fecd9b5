"""Make the README's moving picture: the bundled clip and bundled portraits driven by it, side by side.

    PYTHONPATH=. python tools/assets/moving_picture.py [OUT.webp]

Rendered by the live pipeline with its default settings. Writes docs/puppet.webp by default.
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
from puppet.media.pictures import read_picture
from puppet.media.video import VideoReader
from puppet.pipeline.opening import open_puppeteer
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait
from puppet.userdata.gallery import Gallery

ROOT = Path(__file__).parents[2]
NAMES = ("vera", "kenji", "samuel", "drawing")
FROM_S, UNTIL_S, EVERY = 2.2, 9.2, 3
TILE_PX = 192


def main() -> None:
    """Render and write the picture."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "puppet.webp"
    with closing(VideoReader(ROOT / "puppet" / "assets" / "clip.mp4")) as reader:
        frames = [Frame(shot.picture, shot.time_s, i) for i, shot in enumerate(reader.pictures())]
    with closing(open_puppeteer("face", EngineOptions(), Framing.AUTO, None)) as puppeteer:
        gallery = Gallery()
        columns = [driver(frames)]
        for name in NAMES:
            portrait = puppeteer.prepare(read_picture(gallery.find(name).path), name)
            columns.append(driven(puppeteer, portrait, frames))
    strips = [Image.fromarray(np.hstack(tiles)) for tiles in zip(*columns, strict=True)]
    strips[0].save(out, save_all=True, append_images=strips[1:], duration=100, loop=0, quality=72, method=6)


def shown(frames: list[Frame]) -> list[bool]:
    """Return True for each frame that is in the picture."""
    return [FROM_S <= frame.captured_s < UNTIL_S and frame.index % EVERY == 0 for frame in frames]


def driver(frames: list[Frame]) -> list[Picture]:
    """The performer, as a square out of the middle of the frame."""
    height, width = frames[0].image.shape[:2]
    left = (width - height) // 2
    return [
        tile(frame.image[:, left : left + height])
        for frame, wanted in zip(frames, shown(frames), strict=True)
        if wanted
    ]


def driven(puppeteer: Puppeteer, portrait: Portrait, frames: list[Frame]) -> list[Picture]:
    """The portrait, calibrated on the clip's first frame."""
    puppeteer.show(portrait)
    puppeteer.set_neutral(frames[0])
    controls = replace(LIVE_CONTROLS, mirror=False)
    tiles = []
    for frame, wanted in zip(frames, shown(frames), strict=True):
        if frame.captured_s < UNTIL_S:
            rendered = puppeteer.step(frame, controls)
            if wanted:
                tiles.append(tile(rendered.face))
    return tiles


def tile(picture: Picture) -> Picture:
    """Reduced to a tile's size."""
    return cv2.resize(picture, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA).astype(np.uint8)


if __name__ == "__main__":
    main()
