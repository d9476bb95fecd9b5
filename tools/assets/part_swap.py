"""Make docs/part_swap.webp: faces put on other heads by part swap.

    PYTHONPATH=. python tools/assets/part_swap.py [--pack parts] [--segments 1,3,5,6,10] [--tile PX] [--out FILE]

Columns are targets, rows are part sources: bundled portraits, framed as in the live loop.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from puppet.compositing.part_masks import segment_mask
from puppet.domain import Picture
from puppet.engines.base import SwapPart
from puppet.engines.factory import open_engine
from puppet.geometry.crop import face_box
from puppet.media.pictures import read_picture
from puppet.packs import open_pack
from puppet.tracking.tracker import largest_face
from puppet.userdata.gallery import Gallery

PEOPLE = ("vera", "elias", "salma", "samuel", "jonas")


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", default="parts")
    parser.add_argument("--segments", default="1,3,5,6,10")
    parser.add_argument("--tile", type=int, default=180)
    parser.add_argument("--out", type=Path, default=Path("docs/part_swap.webp"))
    options = parser.parse_args()
    segments = [int(number) for number in options.segments.split(",")]
    with closing(open_engine(open_pack(options.pack))) as engine:
        squares = [_square(name, engine.size) for name in PEOPLE]
        poses = [engine.detect(square) for square in squares]
        codes = [engine.encode(square, pose) for square, pose in zip(squares, poses, strict=True)]
        rows = [[np.full_like(squares[0], 255), *squares]]
        for square, code, own in zip(squares, codes, poses, strict=True):
            row = [square]
            for target, pose in zip(squares, poses, strict=True):
                assert pose.segmentation is not None
                part = SwapPart(code, own, segment_mask(pose.segmentation, segments))
                row.append(engine.swap([part], target, pose))
            rows.append(row)
    picture = np.vstack([np.hstack(row) for row in rows])
    side = (options.tile * len(rows[0]), options.tile * len(rows))
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), side, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(options.out), small, [cv2.IMWRITE_WEBP_QUALITY, 88])


def _square(name: str, size: int) -> Picture:
    picture = read_picture(Gallery().find(name).path)
    return face_box(largest_face(picture)[0]).within(picture).extract(picture, size)


if __name__ == "__main__":
    main()
