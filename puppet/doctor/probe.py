"""What may crash or hang inside a library or a driver, run by `doctor` in a process of its own.

`python -m puppet.doctor.probe engine NAME | providers | tracking` prints one line of JSON: what was found, or `error`
with the reason. What the libraries say on stderr is theirs.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from puppet.errors import PuppetError
from puppet.packs import DEFAULT_PACK, open_pack


def engine(name: str) -> dict[str, object]:
    """Open the shipped pack with an engine and render once."""
    from puppet.engines.factory import open_engine

    opened = open_engine(open_pack(DEFAULT_PACK), name, "auto" if name == "auto" else "fp32", "auto")
    try:
        opened.warm_up()
        return {"engine": asdict(opened.info)}
    finally:
        opened.close()


def providers() -> dict[str, object]:
    """What each provider that ONNX Runtime promises really becomes, asked from a session."""
    import onnxruntime
    from onnxruntime.capi import build_and_package_info as build

    promised = onnxruntime.get_available_providers()
    if "CUDAExecutionProvider" in promised:
        onnxruntime.preload_dlls()  # CUDA as the extra `gpu` installs it lies where no linker looks
    graph = str(open_pack(DEFAULT_PACK).file("render.onnx"))
    obtained = {}
    for name in promised:
        if name not in ("CPUExecutionProvider", "AzureExecutionProvider", "TensorrtExecutionProvider"):
            session = onnxruntime.InferenceSession(graph, providers=[name, "CPUExecutionProvider"])
            obtained[name] = session.get_providers()[0]
    return {"promised": promised, "obtained": obtained, "cuda": str(getattr(build, "cuda_version", ""))}


def tracking() -> dict[str, object]:
    """Find the face in a bundled portrait."""
    from puppet.gallery import Gallery
    from puppet.media.pictures import read_picture
    from puppet.tracking.tracker import largest_face

    portrait = Gallery().portraits()[0]
    _, faces = largest_face(read_picture(portrait.path))
    return {"faces": faces}


def main(which: str, argument: str) -> dict[str, object]:
    """Run one probe; a reason instead of a traceback."""
    try:
        return engine(argument) if which == "engine" else {"providers": providers, "tracking": tracking}[which]()
    except (PuppetError, ImportError, OSError, RuntimeError) as error:
        return {"error": " ".join(str(error).split())}


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(main(sys.argv[1], sys.argv[2])) + "\n")
