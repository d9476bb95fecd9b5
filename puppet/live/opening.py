"""From options to a session that is ready to start. Any thread; blocks for a second or two."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from puppet.cameras.opening import open_camera
from puppet.compositing.part_masks import checked_swap
from puppet.config import LiveOptions
from puppet.domain import EngineInfo
from puppet.errors import ConfigError
from puppet.gallery import Gallery, GalleryItem
from puppet.live.governor import Governor, ladder
from puppet.live.session import Session
from puppet.media.pictures import read_picture
from puppet.pipeline.opening import open_puppeteer, show_pictures
from puppet.prerequisites import has_nvidia_driver

_log = logging.getLogger(__name__)


def open_session(options: LiveOptions, *, preview: bool = True) -> Session:
    """Make a session that shows the portrait of `options`; the caller starts it and opens its sinks.

    The camera is opened by the session itself, on its capture thread. `preview`: whether anybody looks at it.

    Raises:
        ConfigError: a portrait is unknown, or the pack cannot swap what it shall, or look at a box.
        MediaError: its picture cannot be read.
        TrackingError: its picture has no face.
        PackError, EngineError: see `open_puppeteer`.
    """
    items = [_item(options.portrait), *map(_item, options.others)]
    puppeteer = open_puppeteer(options.pack, options.engine, options.framing, options.size, options.box)
    try:
        controls = options.controls
        if controls.swap is not None:
            controls = replace(controls, swap=checked_swap(controls.swap, puppeteer.engine.segments, len(items)))
        _tell_of_an_unused_gpu(puppeteer.engine.info, options)
        show_pictures(puppeteer, [(read_picture(item.path), item.name) for item in items])
        steps = ladder(preview=preview, allow_low_precision=puppeteer.engine.has_low_precision)
        governor = Governor(steps) if options.governor else None
        return Session(puppeteer, partial(open_camera, options.camera), controls, governor=governor)
    except BaseException:
        puppeteer.close()
        raise


def _tell_of_an_unused_gpu(engine: EngineInfo, options: LiveOptions) -> None:
    """One line when NVIDIA's driver is there, nobody asked for the processor, and it computes all the same."""
    if not engine.off_cpu and options.engine.device == "auto" and has_nvidia_driver():
        _log.warning("There is an NVIDIA GPU, but %s is used: `python main.py doctor` says why.", engine)


def _item(name: str | None) -> GalleryItem:
    gallery = Gallery()
    if name is not None:
        return gallery.find(name)
    portraits = gallery.portraits()
    if not portraits:
        raise ConfigError("The gallery is empty; give a picture with --avatar.")
    return portraits[0]
