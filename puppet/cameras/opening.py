"""Opens a camera by its index, its name, or a file in its place. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from puppet.cameras.base import Camera
from puppet.cameras.discovery import CameraInfo, list_cameras
from puppet.cameras.file_cameras import Pace, VideoFile, open_file
from puppet.cameras.streams import StreamCamera, is_stream, stream_source
from puppet.cameras.turned import TurnedCamera
from puppet.cameras.webcam import Webcam
from puppet.config import AS_IT_IS, CameraOptions
from puppet.errors import CameraError

BUNDLED_CLIP = Path(__file__).parents[1] / "assets" / "clip.mp4"


def open_camera(
    which: str | None = None, *, loop: bool = True, pace: Pace = "own", options: CameraOptions = AS_IT_IS
) -> Camera:
    """Open a camera.

    Args:
        which: index, name, file, address or "screen:X,Y,WxH"; None: the first real camera, else the bundled clip.
        loop: a video file starts again at its end.
        pace: of a file, as for `VideoFile`.
        options: mode of a webcam; how the picture of any camera is turned.

    Raises:
        CameraError: no such camera (the message lists the known ones), or it cannot be opened.
    """
    return camera_opener(which, loop=loop, pace=pace, options=options)()


def camera_opener(
    which: str | None = None, *, loop: bool = True, pace: Pace = "own", options: CameraOptions = AS_IT_IS
) -> Callable[[], Camera]:
    """Return a function that opens the camera; the arguments are those of `open_camera`.

    Raises:
        CameraError: no such camera.
    """
    opener = _opener(which, loop, pace, options)
    if options.turned_deg or options.flip:
        return lambda: TurnedCamera(opener(), options.turned_deg, options.flip)
    return opener


def _opener(which: str | None, loop: bool, pace: Pace, options: CameraOptions) -> Callable[[], Camera]:
    if which is not None and is_stream(which):
        return partial(StreamCamera, stream_source(which))
    if which is None:
        infos = [info for info in list_cameras() if not info.virtual]
        return partial(Webcam, infos[0], options=options) if infos else partial(VideoFile, BUNDLED_CLIP, loop, pace)
    try:
        path = Path(which).expanduser()
        is_file = path.is_file()
    except (OSError, RuntimeError):  # a name that no file can have, or another user's home that does not exist
        is_file = False
    if is_file:
        return partial(open_file, path, loop, pace)
    return partial(Webcam, _find(which), options=options)


def _find(which: str) -> CameraInfo:
    """Find a camera by index, name, part of the name, or device file."""
    infos = list_cameras()
    wanted = which.casefold()
    if which.isdecimal():
        found = [info for info in infos if info.index == int(which)]
    else:
        found = [info for info in infos if wanted == info.name.casefold() or which == str(info.path)]
        found = found or [info for info in infos if wanted in info.name.casefold()]
    if found:
        return found[0]
    known = ", ".join(f'{info.index} "{info.name}"' for info in infos) or "none is plugged in"
    raise CameraError(f'Camera "{which}": no such camera or video file; known cameras: {known}')
