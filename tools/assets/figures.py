"""Motion from one drawn figure to others, by packs that were trained on figures: docs/results/figures.webp.

    PYTHONPATH=. python tools/assets/figures.py PACK [PACK ...] [--tile PX] [--out docs/results/figures.webp]

The first row is the driving figure. Below, two further figures for each pack, moved relative to the driving figure's
first frame, or for segments with absolute motion, as in the papers. The first column shows the sources. No training
contains any of these figures.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from puppet.domain import Controls, Motion, Picture
from puppet.engines.factory import open_engine
from puppet.motion import keypoint_transfer
from puppet.packs import open_pack
from puppet.training.data.figures import CLIPS, clip

DRIVER, SOURCES = CLIPS + 61, (CLIPS + 60, CLIPS + 64)
"""Two persons follow one, each beginning in a pose much like the driver's: motion is relative."""
MOMENTS = (5, 10, 15, 20, 25, 30, 35)


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packs", nargs="+")
    parser.add_argument("--tile", type=int, default=112)
    parser.add_argument("--out", type=Path, default=Path("docs/results/figures.webp"))
    options = parser.parse_args()
    rows = []
    for name in options.packs:
        with closing(open_engine(open_pack(name))) as engine:
            driver = list(clip(DRIVER, engine.size))
            rows = rows or [[driver[0], *(driver[i] for i in MOMENTS)]]
            poses = [engine.detect(frame) for frame in driver]
            for number in SOURCES:
                source = _alike(number, engine.size, driver[0])
                own = engine.detect(source)
                code = engine.encode(source, own)
                controls = Controls(motion=Motion.ABSOLUTE if engine.segments else Motion.RELATIVE)
                driven = [keypoint_transfer.drive(own, poses[i], poses[0], controls) for i in MOMENTS]
                rows.append([source, *(engine.render(code, own, pose) for pose in driven)])
    size = (options.tile, options.tile)
    tiles = [[cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC) for picture in row] for row in rows]
    picture = cv2.cvtColor(np.vstack([np.hstack(row) for row in tiles]), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(options.out), picture, [cv2.IMWRITE_WEBP_QUALITY, 90])


def _alike(number: int, size: int, first: Picture) -> Picture:
    """The frame of a figure whose pose is most like the driver's first: where neither is the background."""
    wanted = _silhouette(first)
    frames = list(clip(number, size))
    return frames[int(np.argmax([(_silhouette(frame) & wanted).sum() for frame in frames]))]


def _silhouette(picture: Picture) -> np.ndarray:
    """Backgrounds are pale."""
    return np.asarray(picture.min(2) < 110)


if __name__ == "__main__":
    main()
