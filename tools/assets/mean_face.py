"""Make puppet/assets/mean_face.npy: the average of MediaPipe's 478 landmarks over a folder of portraits.

    python tools/assets/mean_face.py PORTRAITS_DIR puppet/assets/mean_face.npy

The shipped file is the average of 200 CC0 portraits (the `faker` set of generated faces). Trained packs depend on it:
a new file changes their alignment, even one made from the same portraits with another tracker. Needs scipy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from puppet.media.pictures import read_picture
from puppet.tracking.tracker import largest_face


def unit(points: np.ndarray) -> np.ndarray:
    """Centred, with a root mean square distance of 1 from the centre."""
    points = points - points.mean(0)
    return points / np.sqrt((points**2).sum(1).mean())


def turned_onto(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """`points` rotated to fit `target` best (Kabsch)."""
    left, _, right = np.linalg.svd(points.T @ target)
    sign = np.sign(np.linalg.det(left @ right))
    return points @ (left @ np.diag((1, 1, sign)) @ right)


def main(folder: Path, out: Path) -> None:
    """Average the portraits: aligned in 3D with their mean, which looks ahead once it is made symmetric."""
    faces = [unit(largest_face(read_picture(path))[0].points.astype(float)) for path in sorted(folder.iterdir())]
    mean = unit(np.mean(faces, axis=0))
    for _ in range(5):
        mean = unit(np.mean([turned_onto(face, mean) for face in faces], axis=0))
    for _ in range(5):
        mirrored = mean * (-1, 1, 1)
        pairs = linear_sum_assignment(cdist(mean, mirrored))[1]
        mean = unit((mean + mirrored[pairs]) / 2)
    np.save(out, mean.astype(np.float32))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
