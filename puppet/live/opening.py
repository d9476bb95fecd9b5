"""Opens a session from options. Any thread; blocks for a second or two."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from puppet.cameras.opening import open_camera
from puppet.compositing.part_masks import checked_swap
from puppet.config import LiveOptions
from puppet.domain import EngineInfo
from puppet.errors import ConfigError
from puppet.installation import COMMAND
from puppet.live.governor import Governor, ladder
from puppet.live.session import Session
from puppet.media.portrait_file import read_portrait
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer, show_pictures
from puppet.prerequisites import has_nvidia_driver
from puppet.remote.opening import open_remote
from puppet.userdata.gallery import Gallery, GalleryItem

_log = logging.getLogger(__name__)


def open_session(options: LiveOptions, *, preview: bool = True) -> Session:
    """Return a session that shows the portrait of `options`; the caller starts it and opens its sinks.

    The session opens the camera later, on its capture thread.

    Args:
        options: what to open.
        preview: True if it is shown: the portrait rests until the camera delivers, and its rate can be reduced.

    Raises:
        ConfigError: unknown portrait, or the pack has no such segments or takes no box.
        MediaError: the portrait's picture cannot be read.
        TrackingError: the portrait's picture has no face.
        PackError, EngineError: see `open_puppeteer`.
        RemoteError: the packages for rendering elsewhere are missing.
    """
    items = [_portrait(options.portrait), *map(_portrait, options.others)]
    puppeteer = open_puppeteer(
        options.pack, options.engine, options.framing, options.size, options.box, OwnPixels.LATER
    )
    try:
        controls = options.controls
        if controls.swap is not None:
            controls = replace(controls, swap=checked_swap(controls.swap, puppeteer.engine.segments, len(items)))
        _warn_of_unused_gpu(puppeteer.engine.info, options)
        pictures = [(read_portrait(item.path), item.name) for item in items]
        show_pictures(puppeteer, pictures)
        side_px = min(options.size) if puppeteer.engine.moves_pixels else 0
        steps = ladder(preview=preview, allow_low_precision=puppeteer.engine.has_low_precision, side_px=side_px)
        governor = Governor(steps) if options.governor else None
        open_chosen = partial(open_camera, options.camera, options=options.camera_options)
        remote = open_remote(options) if options.remote else None
        session = Session(
            puppeteer, open_chosen, controls, governor=governor, mark=options.mark, remote=remote, preview=preview
        )
        if remote is not None and puppeteer.portrait is not None:
            remote.offer(puppeteer.portrait, pictures[0][0])
        session.choose_microphone(options.microphone)
        session.choose_recording(options.recording)
        return session
    except BaseException:
        puppeteer.close()
        raise


def _warn_of_unused_gpu(engine: EngineInfo, options: LiveOptions) -> None:
    """Warn if the networks run on the CPU although there is an NVIDIA driver and the CPU was not asked for."""
    if not engine.off_cpu and options.engine.device == "auto" and has_nvidia_driver():
        _log.warning("There is an NVIDIA GPU, but %s is used; `%s doctor` says why", engine, COMMAND)


def _portrait(name: str | None) -> GalleryItem:
    gallery = Gallery()
    if name is not None:
        return gallery.find(name)
    portraits = gallery.portraits()
    if not portraits:
        raise ConfigError("The gallery is empty; choose a picture with --avatar")
    return portraits[0]
