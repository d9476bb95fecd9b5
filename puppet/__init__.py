"""Puppet animates a still portrait, live from a webcam or offline from a video; nothing in this package imports Qt.

`__all__` is the public Python API, described in docs/api.md. A name is imported when it is first used, so that
`import puppet` loads no other library.
"""

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from puppet.config import EngineOptions, Mark, RenderOptions
    from puppet.domain import Controls, Frame, Framing, Keypoints, Motion, Output
    from puppet.engines.base import Engine
    from puppet.engines.factory import open_engine
    from puppet.errors import (
        CameraError,
        CheckpointError,
        ConfigError,
        EngineError,
        GraphError,
        MediaError,
        MicrophoneError,
        PackError,
        PuppetError,
        SinkError,
        TrackingError,
    )
    from puppet.media.pictures import read_picture, write_picture
    from puppet.media.video import VideoReader
    from puppet.models.checkpoints import load_checkpoint
    from puppet.motion.keypoint_transfer import transfer
    from puppet.motion.motion_track import MotionTrack, read_motion_track, write_motion_track
    from puppet.offline.render import animate
    from puppet.packs import Pack, PackCard, list_packs, open_pack
    from puppet.pipeline.opening import open_puppeteer
    from puppet.pipeline.puppeteer import Puppeteer
    from puppet.pipeline.scenes import Portrait, Rendered

# fmt: off
__all__ = [
    "CameraError", "CheckpointError", "ConfigError", "Controls", "Engine", "EngineError", "EngineOptions", "Frame",
    "Framing", "GraphError", "Keypoints", "Mark", "MediaError", "MicrophoneError", "Motion", "MotionTrack", "Output",
    "Pack", "PackCard", "PackError", "Portrait", "PuppetError", "Puppeteer", "RenderOptions", "Rendered", "SinkError",
    "TrackingError", "VideoReader", "animate", "list_packs", "load_checkpoint", "open_engine", "open_pack",
    "open_puppeteer", "read_motion_track", "read_picture", "transfer", "write_motion_track", "write_picture",
]
_ORIGINS = {
    "config": ["EngineOptions", "Mark", "RenderOptions"],
    "domain": ["Controls", "Frame", "Framing", "Keypoints", "Motion", "Output"],
    "engines.base": ["Engine"],
    "engines.factory": ["open_engine"],
    "media.pictures": ["read_picture", "write_picture"],
    "media.video": ["VideoReader"],
    "models.checkpoints": ["load_checkpoint"],
    "motion.keypoint_transfer": ["transfer"],
    "motion.motion_track": ["MotionTrack", "read_motion_track", "write_motion_track"],
    "offline.render": ["animate"],
    "packs": ["Pack", "PackCard", "list_packs", "open_pack"],
    "pipeline.opening": ["open_puppeteer"],
    "pipeline.puppeteer": ["Puppeteer"],
    "pipeline.scenes": ["Portrait", "Rendered"],
}
# fmt: on
_MODULES = {name: module for module, names in _ORIGINS.items() for name in names}
_MODULES |= {name: "errors" for name in __all__ if name.endswith("Error")}

__version__ = "0.1.0"

# Read when OpenCV is loaded: the timeout for a webcam's picture. The default of ten seconds would delay every stop.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
# Puppet itself reports a camera that is in use.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
# ONNX Runtime's wheels send data about every session to their vendor unless this is set before they are loaded. Puppet
# makes no network connection.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"{__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"puppet.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the loaded and the public names."""
    return sorted({*globals(), *__all__})
