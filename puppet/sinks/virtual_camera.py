"""The virtual camera shows the finished pictures to other programs as a webcam. Belongs to the thread that writes."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from puppet.domain import Picture
from puppet.errors import SinkError

if TYPE_CHECKING:
    import pyvirtualcam

_INSTALL_OBS = "install OBS Studio (obsproject.com), start its virtual camera once, stop it, and try again"
_LINUX = "python main.py camera-setup"
_NEXT_STEP = {
    "Linux": f"set one up: {_LINUX}",
    "Windows": _INSTALL_OBS,
    "Darwin": _INSTALL_OBS,
}


class VirtualCamera:
    """A sink that feeds a virtual-camera driver: v4l2loopback on Linux, OBS or Unity Capture elsewhere."""

    def __init__(self, size: tuple[int, int], fps: float = 30.0, device: str | None = None) -> None:
        """Open the first back-end that works.

        Args:
            size: (width, height) of the pictures.
            fps: approximate rate of the pictures, a hint for the driver.
            device: the name of a device, or None: the first free one.

        Raises:
            SinkError: with the reason of every back-end that failed, and the command that installs one.
        """
        self._camera: pyvirtualcam.Camera | None = _open(size, fps, device)
        self._name = f"virtual camera ({self._camera.backend}, {self._camera.device})"

    @property
    def name(self) -> str:
        """Back-end and device."""
        return self._name

    def write(self, picture: Picture, captured_s: float) -> None:
        """Hand one picture to the driver. Raises SinkError."""
        if self._camera is None:
            raise SinkError(f"{self._name}: closed; open it again")
        try:
            self._camera.send(picture)
        except (RuntimeError, ValueError, OSError) as error:
            raise SinkError(f"{self._name}: stopped ({_one_line(error)}); open it again") from error

    def close(self) -> None:
        """Release the device; safe to call twice."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()


def _open(size: tuple[int, int], fps: float, device: str | None) -> pyvirtualcam.Camera:
    try:
        # Imported here, because it loads native back-ends that are useless without a virtual camera.
        import pyvirtualcam
    except (ImportError, OSError) as error:
        raise SinkError(
            f"No virtual camera: pyvirtualcam cannot be loaded ({_one_line(error)}); "
            "run python -m pip install --force-reinstall --no-deps pyvirtualcam"
        ) from error
    try:
        return pyvirtualcam.Camera(*size, fps, device=device)
    except (RuntimeError, ValueError, OSError) as error:
        where = f' "{device}"' if device else ""
        next_step = _NEXT_STEP.get(platform.system(), "this system has none")
        command = _LINUX if next_step.endswith(_LINUX) else ""
        raise SinkError(f"No virtual camera{where} ({_one_line(error)}); {next_step}", command) from error


def _one_line(error: Exception) -> str:
    return "; ".join(line.strip().rstrip(".") for line in str(error).splitlines() if line.strip())
