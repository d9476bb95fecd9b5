"""Execution providers in wheels of their own, which plug into the ONNX Runtime that is installed.

ONNX Runtime's own wheels for GPUs overwrite one another; any number of these lies beside one onnxruntime. A library is
registered in another process first: one that crashes there is left out with a line. Any thread.

`python -m puppet.engines.runtimes.plugins MODULE` is that process.
"""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from puppet.engines.disk_cache import cache_folder, cache_key, library_versions, read_cached, write_cached
from puppet.engines.runtimes.base import first_line
from puppet.errors import EngineError

_TIMEOUT_S = 60.0
_ROOT = Path(__file__).parents[3]
_SUCCEEDED = b"ok"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A wheel that adds an execution provider.

    Attributes:
        name: of the device in options, as in `--device webgpu`.
        label: for people.
        wheel: distribution that holds it.
        provider: its name in ONNX Runtime.
        hardware: what it computes on.
    """

    name: str
    label: str
    wheel: str
    provider: str
    hardware: str

    @property
    def module(self) -> str:
        """Name of the Python package that locates its library."""
        return self.wheel.replace("-", "_")


PLUGINS: Mapping[str, Plugin] = {
    plugin.name: plugin
    for plugin in (
        Plugin(
            "tensorrt-rtx",
            "TensorRT-RTX",
            "onnxruntime-ep-nv-tensorrt-rtx",
            "NvTensorRTRTXExecutionProvider",
            "NVIDIA RTX GPUs, from the 30 series on",
        ),
        Plugin(
            "webgpu",
            "WebGPU",
            "onnxruntime-ep-webgpu",
            "WebGpuExecutionProvider",
            "any GPU with a driver for Vulkan, Metal or D3D12",
        ),
        Plugin(
            "openvino",
            "OpenVINO",
            "onnxruntime-ep-openvino",
            "OpenVINOExecutionProvider",
            "Intel's GPUs and NPUs",
        ),
    )
}
"""The known ones by name, the preferred first."""


def installed_plugins() -> list[Plugin]:
    """Return the plug-ins whose wheels are installed; whether they work here is not known yet."""
    return [plugin for plugin in PLUGINS.values() if importlib.util.find_spec(plugin.module) is not None]


def accelerators() -> list[Plugin]:
    """Return the plug-ins that compute on a GPU or an NPU of this computer.

    The others are left out with a line in the log, once per process. May block for a second when a wheel is new.
    """
    return [plugin for plugin in installed_plugins() if has_accelerator(plugin)]


@cache
def has_accelerator(plugin: Plugin) -> bool:
    """Return True when a plug-in computes on a GPU or an NPU; log the reason when it does not work."""
    try:
        return _kind(devices(plugin)[0]) != "CPU"
    except EngineError as error:
        _log.warning("%s", error)
        return False


def devices(plugin: Plugin) -> tuple[Any, ...]:
    """Register a plug-in and return its devices, as ONNX Runtime's OrtEpDevice, GPUs before NPUs before CPUs.

    Raises:
        EngineError: the wheel is missing, its library cannot be registered, or it finds no device.
    """
    import onnxruntime

    register(plugin)
    found = [each for each in onnxruntime.get_ep_devices() if each.ep_name == plugin.provider]
    if not found:
        raise EngineError(f"{plugin.label} finds no device; it needs {plugin.hardware}; choose another --device")
    return tuple(sorted(found, key=lambda each: ("GPU", "NPU", "CPU").index(_kind(each))))


@cache
def register(plugin: Plugin) -> None:
    """Register a plug-in in this process, once. Raises EngineError: it is missing or cannot be registered."""
    if importlib.util.find_spec(plugin.module) is None:
        raise EngineError(f"{plugin.label} is not installed; run python -m pip install {plugin.wheel}")
    _try_registration(plugin)
    import onnxruntime

    try:
        onnxruntime.register_execution_provider_library(plugin.module, import_module(plugin.module).get_library_path())
    except Exception as error:  # the library raises a type of its own for each failure, sharing only Exception
        raise EngineError(f"{plugin.label} cannot be registered: {first_line(error)}; update {plugin.wheel}") from error


def device_label(plugin: Plugin) -> str:
    """Return the name of a registered plug-in's device: its own on a GPU or an NPU, else "CPU"."""
    return "CPU" if _kind(devices(plugin)[0]) == "CPU" else plugin.label


def _kind(device: Any) -> str:
    """Return "GPU", "NPU" or "CPU"."""
    return str(device.device.type.name)


def _try_registration(plugin: Plugin) -> None:
    """Register in another process, unless that went well with these versions before. Raises EngineError: it crashed."""
    remembered = cache_folder("plugins") / cache_key(*library_versions(), plugin.wheel, _version(plugin))
    if read_cached(remembered) == _SUCCEEDED:
        return
    command = [sys.executable, "-m", "puppet.engines.runtimes.plugins", plugin.module]
    nothing = subprocess.DEVNULL
    try:
        code = subprocess.run(
            command, cwd=_ROOT, stdin=nothing, stdout=nothing, stderr=nothing, timeout=_TIMEOUT_S, check=False
        ).returncode
        problem = "" if code in (0, 2) else f"ended its process with {code}"  # 2: an error in words, raised here again
    except subprocess.TimeoutExpired:
        problem = f"did not answer in {_TIMEOUT_S:g} s"
    if problem:
        raise EngineError(f"{plugin.label} is left out: its library {problem}; update or remove {plugin.wheel}")
    if code == 0:
        write_cached(remembered, _SUCCEEDED)


def _version(plugin: Plugin) -> str:
    """Return the version of the wheel that holds the package: some have one per version of CUDA."""
    wheels = metadata.packages_distributions().get(plugin.module, [])
    return metadata.version(wheels[0]) if wheels else ""


def _main(module: str) -> int:
    import onnxruntime

    try:
        onnxruntime.register_execution_provider_library(module, import_module(module).get_library_path())
        onnxruntime.get_ep_devices()
    except Exception as error:  # noqa: BLE001 - see `devices`
        sys.stderr.write(f"{first_line(error)}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
