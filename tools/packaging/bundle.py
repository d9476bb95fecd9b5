"""Make the bundle of this system: a folder with Python, Puppet and all libraries, its archive, and on Linux a .deb.

Run by `make bundle`, in an environment that holds the packages of requirements/cpu.txt and bundle.txt and nothing else:

PYTHONPATH=. .venv/bundle/bin/python tools/packaging/bundle.py [--virtual-camera]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import puppet
from puppet.installation import APPLICATION_ID, DISTRIBUTION
from puppet.prerequisites import WAYLAND, X11
from tools.packaging.networks import ROOT, write_networks

DIST, WORK = ROOT / "dist", ROOT / "build" / "bundle"
FOLDER = DIST / DISTRIBUTION
LARGEST_ARCHIVE_MB, LARGEST_FOLDER_MB = 300, 750
_LINUX = Path(__file__).parent / "linux"
_SBOM = ROOT / "requirements" / "sbom.cdx.json"
_LEFT_OUT = ["pyvirtualcam"]
"""Its licence, version 2 of the GPL alone, forbids to distribute it with PyQt6 (requirements/licence-policy.toml)."""


def main() -> None:
    """Build, describe and pack the folder; end with an error when it is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--virtual-camera", action="store_true", help="hold pyvirtualcam: for your own use alone")
    left_out = [] if parser.parse_args().virtual_camera else _LEFT_OUT
    write_networks(WORK / "networks", ROOT / ".venv" / "networks")
    _freeze(left_out)
    _add_descriptions(left_out)
    packages = [_archive(), *([_deb()] if shutil.which("dpkg-deb") else [])]
    _check_size(FOLDER, sum(path.lstat().st_size for path in FOLDER.rglob("*")), LARGEST_FOLDER_MB)
    for path in packages:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n", encoding="utf-8")
        _check_size(path, path.stat().st_size, LARGEST_ARCHIVE_MB)


def _freeze(left_out: list[str]) -> None:
    """Run PyInstaller."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    environment = os.environ | {"PUPPET_BUNDLE_WORK": str(WORK), "PUPPET_BUNDLE_WITHOUT": " ".join(left_out)}
    options = ["--noconfirm", "--log-level=WARN", f"--distpath={DIST}", f"--workpath={WORK / 'pyinstaller'}"]
    recipe = Path(__file__).with_name("puppet.spec")
    subprocess.run([sys.executable, "-m", "PyInstaller", *options, str(recipe)], check=True, env=environment)


def _add_descriptions(left_out: list[str]) -> None:
    """Add licence, bill of materials, and what a Linux desktop shows."""
    shutil.copy(ROOT / "LICENSE", FOLDER)
    (FOLDER / "sbom.cdx.json").write_text(json.dumps(_sbom(left_out), indent=1), encoding="utf-8")
    if sys.platform == "linux":
        from ui.style.icons import APP_SVG

        share = FOLDER / "share"
        share.mkdir()
        for kind in ("desktop", "metainfo.xml"):
            shutil.copy(_LINUX / f"{APPLICATION_ID}.{kind}", share)
        (share / f"{APPLICATION_ID}.svg").write_text(APP_SVG, encoding="utf-8")


def _sbom(left_out: list[str]) -> dict[str, Any]:
    """Return the part of the locks' bill of materials that is inside, with Python and the system's libraries."""
    bill: dict[str, Any] = json.loads(_SBOM.read_text(encoding="utf-8"))
    inside = [
        each
        for each in bill["components"]
        if {"cpu", "networks"} & {field["value"] for field in each["properties"]} and each["name"] not in left_out
    ]
    version = platform.python_version()
    inside.append({"type": "platform", "bom-ref": "python", "name": "python", "version": version})
    for licence in sorted((FOLDER / "_internal" / "puppet" / "assets" / "licences").glob("* (Debian).txt")):
        name = licence.name.partition(" ")[0]
        version = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", name], check=True, capture_output=True, text=True
        ).stdout
        purl = f"pkg:deb/debian/{name}@{version}"
        inside.append({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl})
    parts = [each["bom-ref"] for each in inside]
    return bill | {"components": inside, "dependencies": [{"ref": "puppet", "dependsOn": parts}]}


def _archive() -> Path:
    """Pack the folder: .zip on Windows and macOS, .tar.zst on Linux, .tar.xz without the program zstd."""
    name = DIST / f"{DISTRIBUTION}-{puppet.__version__}-{platform.system().lower()}-{platform.machine().lower()}"
    if sys.platform != "linux":
        return Path(shutil.make_archive(str(name), "zip", DIST, FOLDER.name))
    suffix, program = (".tar.zst", "zstd -10 -T0") if shutil.which("zstd") else (".tar.xz", "xz -T0")
    path = name.with_name(name.name + suffix)
    owner = ["--owner=0", "--group=0", "--sort=name"]
    subprocess.run(["tar", *owner, "-I", program, "-C", str(DIST), "-cf", str(path), FOLDER.name], check=True)
    return path


def _deb() -> Path:
    """Make a Debian package: the folder in /usr/lib, a command that clashes with nobody's, and the menu entry."""
    root = WORK / "deb"
    shutil.rmtree(root, ignore_errors=True)
    library, share = root / "usr/lib" / DISTRIBUTION, root / "usr/share"
    shutil.copytree(FOLDER, library, symlinks=True)
    targets = {"desktop": "applications", "metainfo.xml": "metainfo", "svg": "icons/hicolor/scalable/apps"}
    for kind, target in targets.items():
        (share / target).mkdir(parents=True)
        shutil.move(library / "share" / f"{APPLICATION_ID}.{kind}", share / target)
    (library / "share").rmdir()
    (share / "doc" / DISTRIBUTION).mkdir(parents=True)
    shutil.copy(ROOT / "LICENSE", share / "doc" / DISTRIBUTION / "copyright")
    (root / "usr/bin").mkdir()
    (root / "usr/bin" / DISTRIBUTION).symlink_to(f"../lib/{DISTRIBUTION}/puppet")
    (root / "DEBIAN").mkdir()
    size = sum(path.lstat().st_size for path in root.rglob("*")) >> 10
    (root / "DEBIAN/control").write_text(_control(size), encoding="utf-8")
    path = DIST / f"{DISTRIBUTION}_{puppet.__version__}_{_architecture()}.deb"
    options = ["--root-owner-group", "-Zzstd", "-z10"]
    subprocess.run(["dpkg-deb", *options, "--build", str(root), str(path)], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(root)
    return path


def _control(size_kb: int) -> str:
    """Return the description of the Debian package; it depends on the libraries that the bundle does not hold."""
    inside = {path.name for path in (FOLDER / "_internal").rglob("*.so*")}
    libraries = X11 | WAYLAND | {"libgcc_s.so.1": "libgcc-s1"}
    needed = sorted({package for library, package in libraries.items() if library not in inside})
    depends = ", ".join([f"libc6 (>= {platform.libc_ver()[1]})", *needed, "fontconfig-config", "fonts-dejavu-core"])
    return f"""\
Package: {DISTRIBUTION}
Version: {puppet.__version__}
Architecture: {_architecture()}
Maintainer: The Puppet developers <{DISTRIBUTION}@localhost>
Installed-Size: {size_kb}
Depends: {depends}
Suggests: v4l2loopback-dkms
Section: video
Priority: optional
Description: animate a still portrait with a webcam, in real time
 Animates a photograph, painting or drawing of a face with your own: window,
 recordings and virtual camera. Unrelated to the configuration management
 system of the same name.
"""


def _architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()


def _check_size(path: Path, size: int, largest_mb: int) -> None:
    sys.stdout.write(f"{path.relative_to(ROOT)}: {size / 1e6:.0f} MB\n")
    if size > largest_mb * 1e6:
        raise SystemExit(f"{path}: {size / 1e6:.0f} MB instead of at most {largest_mb}; leave more out in puppet.spec")


if __name__ == "__main__":
    main()
