"""Opens pack, engine and tracker by name and puts a puppeteer together; for live, offline and bench.

Any thread; blocks for a second or two, because libraries are imported and warmed up.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from puppet.config import OFFLINE_ENGINE, EngineOptions, Square
from puppet.domain import Framing, Picture
from puppet.engines.factory import open_engine
from puppet.errors import ConfigError, TrackingError
from puppet.geometry.crop import CropBox
from puppet.media.portrait_file import Shot
from puppet.packs import open_pack
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait
from puppet.tracking.tracker import MediaPipeTracker

_log = logging.getLogger(__name__)


def open_puppeteer(
    pack: str,
    engine: EngineOptions = OFFLINE_ENGINE,
    framing: Framing = Framing.AUTO,
    size: tuple[int, int] | None = None,
    box: Square | None = None,
    own_pixels: OwnPixels = OwnPixels.NEVER,
) -> Puppeteer:
    """Open a pack with an engine and a face tracker.

    Args:
        pack: name or folder.
        engine: engine, precision and device.
        framing: AUTO tracks faces; a pack of landmarks needs the tracker in any case.
        size: (width, height) of the finished pictures; None: the model's square, or the portrait's whole picture.
        own_pixels: see Puppeteer.
        box: square of the driving picture to detect keypoints in, for packs that detect. Portraits count as framed
            then, and no face is looked for.

    Raises:
        ConfigError: a box for a pack of landmarks.
        PackError: unknown, damaged or too new.
        EngineError: unknown, missing, or cannot run the pack.
        TrackingError: the face tracker cannot start.
    """
    found = open_pack(pack)
    opened = open_engine(found, engine)
    try:
        if box is not None and not opened.detects:
            raise ConfigError(
                f"--box: the pack {pack} uses face landmarks; choose a pack that detects keypoints itself"
            )
        opened.warm_up()
        framing = framing if box is None else Framing.NONE
        tracker = None if framing is Framing.NONE and opened.detects else MediaPipeTracker()
        puppeteer = Puppeteer(opened, tracker, framing=framing, size=size, pack=found.name, own_pixels=own_pixels)
        if box is not None:
            left, top, side = box
            puppeteer.choose_box(CropBox(left + side / 2 - 0.5, top + side / 2 - 0.5, side))
        return puppeteer
    except BaseException:
        opened.close()
        raise


def show_pictures(puppeteer: Puppeteer, pictures: Sequence[tuple[Picture | Sequence[Shot], str]]) -> None:
    """Analyse and show a portrait, and further sources of a part swap.

    Args:
        puppeteer: shows them.
        pictures: of each its picture, or several of one person, and its name.

    Raises:
        TrackingError: a picture has no face.
    """
    portraits = [_prepare(puppeteer, picture, name) for picture, name in pictures]
    puppeteer.show(portraits[0], portraits[1:])


def _prepare(puppeteer: Puppeteer, picture: Picture | Sequence[Shot], name: str) -> Portrait:
    try:
        portrait = puppeteer.prepare(picture, name)
    except TrackingError as error:
        remedy = ", or take any picture as it is with --framing none" if puppeteer.engine.detects else ""
        raise TrackingError(f"{name}: {error}{remedy}") from error
    if portrait.turned_deg:
        _log.warning("%s: the face is not upright; the picture is turned by %d° clockwise", name, portrait.turned_deg)
    if portrait.faces > 1:
        _log.warning("%s: %d faces; the largest is used", name, portrait.faces)
    return portrait
