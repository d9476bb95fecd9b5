"""Read the hash-checked requirement files, the locks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
LOCKS = (
    "cpu", "gpu", "directml", "torch", "torch-wheels", "torch-cuda", "c2pa", "remote", "test", "audit", "bundle",
    "networks",
)  # fmt: skip
_ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[\w.+]+)(?: ; [^\\\n]+)? \\$", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of the locks.

    Attributes:
        name: Normalised name.
        version: The only version that any lock allows.
        hashes: SHA-256 of every file of that version that may be installed, sorted.
        locks: Names of the locks that hold it, in the order of LOCKS.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    locks: tuple[str, ...]


def read_lock(lock: str) -> list[Locked]:
    """Return the packages of one lock, whatever system their marker is for."""
    text = (REQUIREMENTS / f"{lock}.txt").read_text(encoding="utf-8")
    entries = list(_ENTRY.finditer(text))
    ends = [entry.start() for entry in entries[1:]] + [len(text)]
    return [
        Locked(entry["name"], entry["version"], tuple(sorted(_HASH.findall(text, entry.end(), end))), (lock,))
        for entry, end in zip(entries, ends, strict=True)
    ]


def read_locks() -> dict[str, Locked]:
    """Return every locked package by name, sorted.

    Raises:
        ValueError: Two locks hold different versions of a package.
    """
    packages: dict[str, Locked] = {}
    for package in (each for lock in LOCKS for each in read_lock(lock)):
        known = packages.get(package.name, replace(package, locks=()))
        if known.version != package.version:
            raise ValueError(f"{package.name}: {known.version} and {package.version} are locked; run `make lock`")
        hashes = tuple(sorted({*known.hashes, *package.hashes}))
        packages[package.name] = replace(known, hashes=hashes, locks=known.locks + package.locks)
    return dict(sorted(packages.items()))


def as_requirements(packages: dict[str, Locked]) -> str:
    """Return one requirement file with hashes and without markers: tools read the packages of every system."""
    return "".join(
        f"{each.name}=={each.version}" + "".join(f" \\\n    --hash=sha256:{digest}" for digest in each.hashes) + "\n"
        for each in packages.values()
    )
