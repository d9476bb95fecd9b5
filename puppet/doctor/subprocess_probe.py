"""Probes of libraries and drivers that may crash or hang; `doctor` runs each in a process of its own.

`python -m puppet.doctor.subprocess_probe engine NAME | plugin NAME | providers | tracking` prints one line of JSON: the
findings, or `error` with the reason. The libraries write to stderr.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from puppet.config import EngineOptions
from puppet.errors import PuppetError
from puppet.packs import DEFAULT_PACK, open_pack


def engine(name: str) -> dict[str, object]:
    """Open the shipped pack with an engine and render once; return its EngineInfo."""
    from puppet.engines.factory import open_engine

    opened = open_engine(open_pack(DEFAULT_PACK), EngineOptions(name, "auto" if name == "auto" else "fp32"))
    try:
        opened.warm_up()
        return {"engine": asdict(opened.info)}
    finally:
        opened.close()


def providers() -> dict[str, object]:
    """Return the provider that a session obtains for each one that ONNX Runtime lists."""
    import onnxruntime
    from onnxruntime.capi import build_and_package_info as build

    listed = onnxruntime.get_available_providers()
    if "CUDAExecutionProvider" in listed:
        onnxruntime.preload_dlls()  # the linker does not find CUDA as the extra `gpu` installs it
    graph = str(open_pack(DEFAULT_PACK).file("render.onnx"))
    obtained = {}
    for name in listed:
        if name not in ("CPUExecutionProvider", "AzureExecutionProvider", "TensorrtExecutionProvider"):
            session = onnxruntime.InferenceSession(graph, providers=[name, "CPUExecutionProvider"])
            obtained[name] = session.get_providers()[0]
    return {"listed": listed, "obtained": obtained, "cuda": str(getattr(build, "cuda_version", ""))}


def plugin(name: str) -> dict[str, object]:
    """Register a plug-in of ONNX Runtime; return the kinds of its devices."""
    from puppet.engines.runtimes.plugins import PLUGINS, devices

    return {"devices": [each.device.type.name for each in devices(PLUGINS[name])]}


def tracking() -> dict[str, object]:
    """Return the number of faces found in a bundled portrait, and the EngineInfo of each network by its use."""
    from puppet.media.pictures import read_picture
    from puppet.tracking.networks.catalogue import Network
    from puppet.tracking.networks.opening import network_info
    from puppet.tracking.tracker import largest_face
    from puppet.userdata.gallery import Gallery

    portrait = Gallery().portraits()[0]
    _, faces = largest_face(read_picture(portrait.path))
    return {"faces": faces, "networks": {network.value: asdict(network_info(network)) for network in Network}}


def main(which: str, argument: str) -> dict[str, object]:
    """Run a probe; return `error` with the reason when it fails."""
    try:
        if argument:
            return {"engine": engine, "plugin": plugin}[which](argument)
        return {"providers": providers, "tracking": tracking}[which]()
    except (PuppetError, ImportError, OSError, RuntimeError) as error:
        return {"error": " ".join(str(error).split())}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(main(sys.argv[1], sys.argv[2])) + "\n")
