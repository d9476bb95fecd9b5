"""Checks of GPUs: hardware, driver, and whether ONNX Runtime uses it; else the reason and the repair."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from puppet.doctor.engines import TIMEOUT_S, engine_of, findings_of, last_line
from puppet.doctor.external_commands import OPENVINO, Ask, ask, install, probe, reinstall
from puppet.doctor.packages import ONNXRUNTIME, Installed, installed
from puppet.doctor.report import Finding, Level
from puppet.domain import EngineInfo
from puppet.engines.runtimes.plugins import PLUGINS, Plugin, installed_plugins

_PCI = Path("/sys/bus/pci/devices")
_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
_DISPLAY_CLASS = "0x03"
_DRIVER_TIMEOUT_S = 5.0  # a driver without its GPU hangs for minutes
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
    """Answer of NVIDIA's driver.

    Attributes:
        gpus: "name, driver version, memory" of each.
        cuda: the newest CUDA it supports, "12.4", or "".
        problem: reason why there is no answer, or "".
    """

    gpus: tuple[str, ...]
    cuda: str
    problem: str = ""


def graphics(
    ask: Ask = ask, installed: Installed = installed, adapters: Callable[[Ask], list[str]] | None = None
) -> Iterator[Finding]:
    """List the GPUs and tell whether they are used."""
    names = (adapters or graphics_adapters)(ask)
    driver = nvidia_driver(ask)
    for gpu in driver.gpus or names:
        yield Finding("gpu", "found", Level.OK, gpu + (f", CUDA up to {driver.cuda}" if driver.cuda else ""))
    if driver.gpus:
        yield nvidia_use(driver, installed(), *_providers(ask))
    elif any("nvidia" in name.lower() for name in names):
        mend = _NEW_DRIVER.get(platform.system(), "")
        yield Finding("gpu", "driver", Level.WARNING, f"NVIDIA's driver does not answer: {driver.problem}", mend)
    elif not names:
        yield Finding("gpu", "found", Level.OK, "none; Puppet computes on the processor")
    else:
        yield other_use(names, installed(), engine_of(findings_of(ask(probe("engine", "auto"), TIMEOUT_S))))


def plugins(
    ask: Ask = ask,
    installed: Callable[[], Sequence[Plugin]] = installed_plugins,
    adapters: Callable[[Ask], list[str]] | None = None,
) -> Iterator[Finding]:
    """List the plug-ins of ONNX Runtime: what each computes on, or the commands that install one for a GPU."""
    found = installed()
    for plugin in found:
        answer = findings_of(ask(probe("plugin", plugin.name), TIMEOUT_S))
        if "devices" in answer:
            kinds = ", ".join(dict.fromkeys(answer["devices"]))
            yield Finding("gpu", f"plug-in {plugin.label}", Level.OK, f"computes on: {kinds}")
        else:
            reason, _, mend = answer["error"].rpartition("; ")
            yield Finding("gpu", f"plug-in {plugin.label}", Level.WARNING, reason or mend, mend if reason else "")
    if not found and (adapters or graphics_adapters)(ask):
        for plugin in PLUGINS.values():
            known = f"not installed; optional, for {plugin.hardware}"
            yield Finding("gpu", f"plug-in {plugin.label}", Level.MISSING, known, install(plugin.wheel))


def other_use(names: Sequence[str], found: Mapping[str, str], engine: EngineInfo | None) -> Finding:
    """Tell whether a GPU that is not NVIDIA's is used; `engine` is the one that `auto` obtained."""
    if engine and engine.off_cpu:
        return Finding("gpu", "use", Level.OK, str(engine))
    if platform.system() == "Windows" and "onnxruntime-directml" not in found:
        reason = "unused: the DirectML wheel of onnxruntime is not installed"
        return Finding("gpu", "use", Level.WARNING, reason, _reinstall(found, "directml"))
    if platform.system() == "Linux" and any("Intel" in name for name in names):
        mend = f"{OPENVINO}; Intel's driver: sudo apt-get install intel-opencl-icd"
        return Finding("gpu", "use", Level.MISSING, "unused: OpenVINO does not see Intel's GPU", mend)
    return Finding("gpu", "use", Level.MISSING, "unused: no engine here computes on it, or the processor is faster")


def graphics_adapters(ask: Ask) -> list[str]:
    """Return the names of the graphics adapters, also of those without a driver; on Linux by maker and number."""
    system = platform.system()
    if system == "Linux":
        return pci_adapters(_PCI)
    answer = ask(_ASK_WINDOWS if system == "Windows" else _ASK_MACOS, _DRIVER_TIMEOUT_S).out
    if system == "Windows":
        return [line.strip() for line in answer.splitlines() if line.strip()]
    return re.findall(r"Chipset Model: (.+)", answer)


def pci_adapters(folder: Path) -> list[str]:
    """Return the display controllers of known makers on the PCI bus of Linux: "NVIDIA [10de:2684]"."""
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
    """Query nvidia-smi, which is part of the driver."""
    listed = ask(_LIST, _DRIVER_TIMEOUT_S)
    if listed.code != 0:
        return Driver((), "", last_line(listed.out if listed.code is not None else listed.err))
    cuda = re.search(r"CUDA (?:UMD )?Version: *([\d.]+)", ask(("nvidia-smi",), _DRIVER_TIMEOUT_S).out)
    return Driver(tuple(line.strip() for line in listed.out.splitlines() if line.strip()), cuda[1] if cuda else "")


@dataclass(frozen=True, slots=True)
class Providers:
    """Providers that the installed ONNX Runtime lists and obtains.

    Attributes:
        listed: names of the providers it lists.
        obtained: provider asked for -> provider obtained.
        cuda: CUDA version the wheel was built for, or "".
        error: reason why the probe failed, or "".
    """

    listed: tuple[str, ...] = ()
    obtained: Mapping[str, str] | None = None
    cuda: str = ""
    error: str = ""


def _providers(ask: Ask) -> tuple[Providers, str]:
    """Return the providers that a session obtains, and the log of the library."""
    raw = ask(probe("providers"), TIMEOUT_S)
    answer = findings_of(raw)
    if "listed" not in answer:
        return Providers(error=answer["error"]), raw.err
    return Providers(tuple(answer["listed"]), answer["obtained"], answer["cuda"]), raw.err


def nvidia_use(driver: Driver, found: Mapping[str, str], providers: Providers, log: str) -> Finding:
    """Tell whether CUDA is obtained; if not, the first reason that applies and its repair."""
    for provider in (_CUDA, _DIRECTML):
        if (providers.obtained or {}).get(provider) == provider:
            return Finding("gpu", "use", Level.OK, f"ONNX Runtime obtains {provider.removesuffix('ExecutionProvider')}")
    wheels = [name for name in ONNXRUNTIME if name in found]
    gpu_wheel = _reinstall(found, "gpu")
    if _CUDA not in providers.listed:
        reason = providers.error or f"wrong wheel: {' and '.join(wheels) or 'no onnxruntime'} knows no CUDA"
        return Finding("gpu", "use", Level.WARNING, f"unused: {reason}", gpu_wheel)
    if _major(providers.cuda) > _major(driver.cuda) > 0:
        reason = f"the driver supports CUDA up to {driver.cuda}, the wheel needs {providers.cuda}"
        return Finding("gpu", "use", Level.WARNING, f"unused: {reason}", _NEW_DRIVER.get(platform.system(), ""))
    lacking = re.search(r"\b((?:lib)?(cu\w+?|nv\w+?)(?:64)?[_\d]*\.(?:so[.\d]*|dll))", log)
    if lacking:
        library = "cuDNN" if "cudnn" in lacking[2].lower() else "CUDA"
        reason = f"{library} is missing or of another version: {lacking[1]} cannot be loaded"
        return Finding("gpu", "use", Level.WARNING, f"unused: {reason}", gpu_wheel)
    return Finding("gpu", "use", Level.WARNING, f"unused: {last_line(log)}", gpu_wheel)


def _reinstall(found: Mapping[str, str], kind: str) -> str:
    wheels = [name for name in ONNXRUNTIME if name in found]
    return reinstall(wheels or ["onnxruntime"], f"requirements/{kind}.txt")


def _major(version: str) -> int:
    return int(version.partition(".")[0]) if version[:1].isdigit() else 0
