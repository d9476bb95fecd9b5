"""Make docs/front_view.jpg: a portrait that looks aside, turned, without and with its front view. A developer's tool.

PYTHONPATH=. python tools/assets/front_view.py [--out docs/front_view.jpg]
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from puppet.config import OFFLINE_CONTROLS, EngineOptions
from puppet.domain import Floats, Frame, Framing, Keypoints
from puppet.geometry.head_pose import face_of, fit_head, rotation_matrix
from puppet.media.pictures import read_picture
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer

AVATAR = Path(__file__).parents[2] / "puppet" / "assets" / "avatars" / "cavalier.jpg"
TURNS_DEG = 0, -15, -31, -50
RENDERED_PX, TILE_PX, LEAD_IN = 720, 300, 16
CONTROLS = replace(OFFLINE_CONTROLS, fade_s=0.0)


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description="A portrait that looks aside, turned.")
    parser.add_argument("--out", type=Path, default=Path("docs/front_view.jpg"))
    out = parser.parse_args().out
    picture, size = read_picture(AVATAR), (RENDERED_PX, RENDERED_PX)
    with closing(
        open_puppeteer("face", EngineOptions(), Framing.AUTO, size, own_pixels=OwnPixels.AT_ONCE)
    ) as puppeteer:
        portrait = puppeteer.prepare(picture, AVATAR.stem)
        puppeteer.show(portrait)
        rows = []
        for with_view in (False, True):
            tiles = []
            for turn in TURNS_DEG:
                pose = _turned(portrait.keypoints, turn)
                for index in range(LEAD_IN):  # until the exchange of pictures has ended
                    scene = puppeteer.scene(pose, None, Frame(picture, float(index)), CONTROLS)
                    if not with_view:
                        scene = replace(scene, picture=portrait, layers=scene.composition, donors=())
                    shown = puppeteer.paint(scene).picture
                tiles.append(cv2.resize(shown, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA))
            rows.append(np.hstack(tiles))
    Image.fromarray(np.vstack(rows)).save(out, quality=86, optimize=True)


def _turned(pose: Keypoints, yaw_deg: float) -> Keypoints:
    """Return a pose turned about the skull's centre."""
    face = face_of(pose)
    head = fit_head(face)
    turned = head.turned_to(rotation_matrix(np.radians((0.0, yaw_deg, 0.0))) @ head.rotation)
    points: Floats = turned.to_camera(head.to_own(face)).astype(np.float32)
    return replace(pose, points=points[:, :2], depth=points[:, 2])


if __name__ == "__main__":
    main()
