"""Checks of the Python packages and the model packs: versions, and wheels that overwrite each other's files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata

from puppet.doctor.external_commands import install, install_lock, reinstall
from puppet.doctor.report import Finding, Level
from puppet.errors import PackError
from puppet.installation import FORM, Form
from puppet.packs import DEFAULT_PACK, list_packs, open_pack, verify_pack

ONNXRUNTIME = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-training")
_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
_NEEDED: tuple[str, ...] = (
    "numpy",
    "av",
    "pillow",
    "platformdirs",
    "psutil",
    "pydantic",
    "rich",
    "typer",
    "pyqt6",
    "tflite",
)
if FORM is not Form.BUNDLE:  # which leaves it out for its licence (tools/packaging/bundle.py)
    _NEEDED = (*_NEEDED, "pyvirtualcam")
_LOCK = "requirements/cpu.txt"

Installed = Callable[[], Mapping[str, str]]


def installed() -> dict[str, str]:
    """Return distribution -> version of all installed packages, with the names of package indexes."""
    found = ((each.metadata["Name"], each.version) for each in metadata.distributions())
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found if name}


def wheels(installed: Installed = installed) -> Iterator[Finding]:
    """Return a finding for each library that comes in several wheels, and one for all other packages."""
    found = installed()
    yield _one_of("onnxruntime", ONNXRUNTIME, found, lock_of(found))
    yield _one_of("cv2", _OPENCV, found, _LOCK)
    lacking = [name for name in _NEEDED if name not in found]
    versions = ", ".join(f"{name} {found[name]}" for name in _NEEDED if name in found)
    if lacking:
        yield Finding("packages", "others", Level.BROKEN, f"not installed: {', '.join(lacking)}", install(*lacking))
    else:
        yield Finding("packages", "others", Level.OK, versions)


def lock_of(found: Mapping[str, str]) -> str:
    """Return the lock file whose ONNX Runtime is installed."""
    kinds = (kind for kind in ("gpu", "directml") if f"onnxruntime-{kind}" in found)
    return f"requirements/{next(kinds, 'cpu')}.txt"


def _one_of(library: str, rivals: tuple[str, ...], found: Mapping[str, str], lock: str) -> Finding:
    """Check that exactly one of the wheels that write the same folder is installed."""
    present = [name for name in rivals if name in found]
    listed = " and ".join(f"{name} {found[name]}" for name in present)
    if len(present) == 1:
        return Finding("packages", library, Level.OK, listed)
    if not present:
        return Finding("packages", library, Level.BROKEN, "not installed", install_lock(lock))
    clash = f"{listed} overwrite each other's files: the one installed last wins, in part"
    return Finding("packages", library, Level.WARNING, clash, reinstall(present, lock))


def packs() -> Iterator[Finding]:
    """Verify every installed pack."""
    names = [pack.name for pack in list_packs()]
    for name in names if DEFAULT_PACK in names else [DEFAULT_PACK, *names]:
        try:
            pack = open_pack(name)
            verify_pack(pack)
        except PackError as error:
            level = Level.BROKEN if name == DEFAULT_PACK else Level.WARNING
            yield Finding("packs", name, level, str(error), "restore the pack's folder as it was installed")
        else:
            yield Finding("packs", name, Level.OK, f"{pack.card.family}, {pack.size}x{pack.size}, checksums match")
