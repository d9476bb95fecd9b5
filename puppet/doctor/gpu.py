"""GPUs: what is plugged in, what its driver says, whether ONNX Runtime really obtains it, and if not, why."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from puppet.doctor.commands import OPENVINO, Ask, ask, probe, reinstall
from puppet.doctor.engines import PATIENCE_S, answered, last_line, obtained
from puppet.doctor.packages import ONNXRUNTIME, Installed, installed
from puppet.doctor.report import Finding, Level
from puppet.domain import EngineInfo

_PCI = Path("/sys/bus/pci/devices")
_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
_DISPLAY_CLASS = "0x03"
_DRIVER_PATIENCE_S = 5.0  # a driver that lost its GPU hangs for minutes
_LIST = ("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
_ASK_WINDOWS = (
    *("powershell", "-NoProfile", "-Command"),
    "Get-CimInstance Win32_VideoController | ForEach-Object { $_.Name }",
)
_ASK_MACOS = ("system_profiler", "SPDisplaysDataType")
_CUDA, _DIRECTML = "CUDAExecutionProvider", "DmlExecutionProvider"
_NEW_DRIVER = {
    "Linux": "sudo apt-get install nvidia-driver (Ubuntu: sudo ubuntu-drivers install), then restart",
    "Windows": "install the newest driver from nvidia.com/drivers, then restart",
}


@dataclass(frozen=True, slots=True)
class Driver:
    """What NVIDIA's driver answers.

    Attributes:
        gpus: "name, driver version, memory" of each.
        cuda: the newest CUDA it supports, "12.4", or "".
        problem: why it gave no answer, or "".
    """

    gpus: tuple[str, ...]
    cuda: str
    problem: str = ""


def graphics(
    ask: Ask = ask, installed: Installed = installed, adapters: Callable[[Ask], list[str]] | None = None
) -> Iterator[Finding]:
    """What there is, and for each kind whether it is used."""
    plugged = (adapters or plugged_in)(ask)
    driver = nvidia_driver(ask)
    for gpu in driver.gpus or plugged:
        yield Finding("gpu", "found", Level.OK, gpu + (f", CUDA up to {driver.cuda}" if driver.cuda else ""))
    if driver.gpus:
        yield nvidia_use(driver, installed(), *_promises(ask))
    elif any("nvidia" in name.lower() for name in plugged):
        mend = _NEW_DRIVER.get(platform.system(), "")
        yield Finding("gpu", "driver", Level.WARNING, f"NVIDIA's driver does not answer: {driver.problem}", mend)
    elif not plugged:
        yield Finding("gpu", "found", Level.OK, "none; Puppet computes on the processor")
    else:
        yield other_use(plugged, installed(), obtained(answered(ask(probe("engine", "auto"), PATIENCE_S))))


def other_use(plugged: Sequence[str], found: Mapping[str, str], engine: EngineInfo | None) -> Finding:
    """Whether a GPU of another maker than NVIDIA is used; `engine`: what `auto` obtained."""
    if engine and engine.off_cpu:
        return Finding("gpu", "use", Level.OK, str(engine))
    if platform.system() == "Windows" and "onnxruntime-directml" not in found:
        reason = "unused: the DirectML wheel of onnxruntime is not installed"
        return Finding("gpu", "use", Level.WARNING, reason, _exchange(found, "directml"))
    if platform.system() == "Linux" and any("Intel" in name for name in plugged):
        mend = f"{OPENVINO}; Intel's driver: sudo apt-get install intel-opencl-icd"
        return Finding("gpu", "use", Level.MISSING, "unused: OpenVINO does not see Intel's GPU", mend)
    return Finding("gpu", "use", Level.MISSING, "unused: no engine here computes on it, or the processor is faster")


def plugged_in(ask: Ask) -> list[str]:
    """Names of the graphics adapters, whether or not a driver is there; on Linux the maker alone."""
    system = platform.system()
    if system == "Linux":
        return pci_adapters(_PCI)
    answer = ask(_ASK_WINDOWS if system == "Windows" else _ASK_MACOS, _DRIVER_PATIENCE_S).out
    if system == "Windows":
        return [line.strip() for line in answer.splitlines() if line.strip()]
    return re.findall(r"Chipset Model: (.+)", answer)


def pci_adapters(folder: Path) -> list[str]:
    """The display controllers on Linux' PCI bus by known makers: "NVIDIA [10de:2684]"."""
    found = []
    for device in sorted(folder.glob("*")):
        try:
            kind, maker, model = ((device / name).read_text().strip() for name in ("class", "vendor", "device"))
        except OSError:
            continue
        if kind.startswith(_DISPLAY_CLASS) and maker in _VENDORS:
            found.append(f"{_VENDORS[maker]} [{maker[2:]}:{model[2:]}]")
    return found


def nvidia_driver(ask: Ask) -> Driver:
    """What nvidia-smi says; it comes with the driver."""
    listed = ask(_LIST, _DRIVER_PATIENCE_S)
    if listed.code != 0:
        return Driver((), "", last_line(listed.out if listed.code is not None else listed.err))
    cuda = re.search(r"CUDA (?:UMD )?Version: *([\d.]+)", ask(("nvidia-smi",), _DRIVER_PATIENCE_S).out)
    return Driver(tuple(line.strip() for line in listed.out.splitlines() if line.strip()), cuda[1] if cuda else "")


@dataclass(frozen=True, slots=True)
class Promises:
    """What the ONNX Runtime at hand promises and keeps.

    Attributes:
        promised: names of providers.
        obtained: provider asked for -> provider obtained.
        cuda: the CUDA version the wheel was built for, or "".
        error: why it could not be asked, or "".
    """

    promised: tuple[str, ...] = ()
    obtained: Mapping[str, str] | None = None
    cuda: str = ""
    error: str = ""


def _promises(ask: Ask) -> tuple[Promises, str]:
    """What a session obtains, and what the library said meanwhile."""
    raw = ask(probe("providers"), PATIENCE_S)
    answer = answered(raw)
    if "promised" not in answer:
        return Promises(error=answer["error"]), raw.err
    return Promises(tuple(answer["promised"]), answer["obtained"], answer["cuda"]), raw.err


def nvidia_use(driver: Driver, found: Mapping[str, str], promises: Promises, log: str) -> Finding:
    """Whether CUDA is obtained; if not, the first reason that holds and what mends it."""
    for provider in (_CUDA, _DIRECTML):
        if (promises.obtained or {}).get(provider) == provider:
            return Finding("gpu", "use", Level.OK, f"ONNX Runtime obtains {provider.removesuffix('ExecutionProvider')}")
    wheels = [name for name in ONNXRUNTIME if name in found]
    gpu_wheel = _exchange(found, "gpu")
    if _CUDA not in promises.promised:
        reason = promises.error or f"wrong wheel: {' and '.join(wheels) or 'no onnxruntime'} knows no CUDA"
        return Finding("gpu", "use", Level.WARNING, f"unused: {reason}", gpu_wheel)
    if _major(promises.cuda) > _major(driver.cuda) > 0:
        reason = f"the driver supports CUDA up to {driver.cuda}, the wheel needs {promises.cuda}"
        return Finding("gpu", "use", Level.WARNING, f"unused: {reason}", _NEW_DRIVER.get(platform.system(), ""))
    lacking = re.search(r"\b((?:lib)?(cu\w+?|nv\w+?)(?:64)?[_\d]*\.(?:so[.\d]*|dll))", log)
    if lacking:
        library = "cuDNN" if "cudnn" in lacking[2].lower() else "CUDA"
        reason = f"{library} is missing or of another version: {lacking[1]} cannot be loaded"
        return Finding("gpu", "use", Level.WARNING, f"unused: {reason}", gpu_wheel)
    return Finding("gpu", "use", Level.WARNING, f"unused: {last_line(log)}", gpu_wheel)


def _exchange(found: Mapping[str, str], kind: str) -> str:
    wheels = [name for name in ONNXRUNTIME if name in found]
    return reinstall(wheels or ["onnxruntime"], f"requirements/{kind}.txt")


def _major(version: str) -> int:
    return int(version.partition(".")[0]) if version[:1].isdigit() else 0
