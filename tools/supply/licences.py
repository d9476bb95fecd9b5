"""Write requirements/licences.toml: the licence of every locked package, from the metadata of its wheel.

Run by `make lock` with the pip of the audit environment (older ones skip License-Expression); needs the network. What
metadata leaves open is settled in requirements/licence-policy.toml, and tests/test_supply_chain.py checks the result
against that policy.

PYTHONPATH=. .venv/audit/bin/python tools/supply/licences.py
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.supply.locks import REQUIREMENTS, Locked, as_requirements, read_locks

LICENCES = REQUIREMENTS / "licences.toml"
POLICY = REQUIREMENTS / "licence-policy.toml"
UNKNOWN = "UNKNOWN"
_PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(39, 4, -1)] + ["manylinux2014_x86_64", "win_amd64"]


def wheel_metadata(packages: Mapping[str, Locked]) -> dict[str, dict[str, Any]]:
    """Return the core metadata of each package's wheel by normalised name; pip downloads no more than it must.

    Raises:
        subprocess.CalledProcessError: pip failed, for example without a network.
    """
    with tempfile.TemporaryDirectory() as folder:
        wanted, report = Path(folder, "wanted.txt"), Path(folder, "report.json")
        wanted.write_text(as_requirements(dict(packages)), encoding="utf-8")
        platforms = [f"--platform={name}" for name in _PLATFORMS]
        options = ["--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        target = ["--target", folder, "--python-version=3.11", *platforms, "--report", str(report), "-r", str(wanted)]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *target], check=True)
        installs = json.loads(report.read_text(encoding="utf-8"))["install"]
    found = [each["metadata"] for each in installs]
    return {each["name"].lower().replace("_", "-").replace(".", "-"): each for each in found}


def licence_of(name: str, metadata: Mapping[str, Any], policy: Mapping[str, Any]) -> tuple[str, str]:
    """Return the SPDX expression of a package and where it was found, UNKNOWN where nothing says it."""
    if expression := metadata.get("license_expression"):
        return expression, "License-Expression"
    if name in policy["read"]:
        return policy["read"][name], "licence file"
    spellings = policy["spellings"]
    if (declared := metadata.get("license", "").strip()) in spellings:
        return spellings[declared], "License"
    classified = {
        spellings.get(line, UNKNOWN) for line in metadata.get("classifier", []) if line.startswith("License :: OSI")
    }
    return (classified.pop(), "Classifier") if len(classified) == 1 else (UNKNOWN, "nothing")


def listing(
    packages: Mapping[str, Locked], metadata: Mapping[str, Mapping[str, Any]], policy: Mapping[str, Any]
) -> str:
    """Return the text of licences.toml."""
    head = "# Made by `make lock` (tools/supply/licences.py); do not edit. `source`: where the licence was found.\n\n"
    rows = ((each, *licence_of(each.name, metadata[each.name], policy)) for each in packages.values())
    return head + "".join(
        f'{each.name} = {{ version = "{each.version}", licence = "{licence}", source = "{source}" }}\n'
        for each, licence, source in rows
    )


def violations(licences: Mapping[str, Mapping[str, str]], policy: Mapping[str, Any]) -> list[str]:
    """Return a line for every package whose licence the policy forbids; each part of an expression must be allowed."""
    excepted = {(name, each["licence"]) for each in policy["exceptions"] for name in each["packages"]}
    return [
        f"{name}: {entry['licence']} is not allowed"
        for name, entry in licences.items()
        if (name, entry["licence"]) not in excepted
        and not {part.strip("() ") for part in re.split(r" AND | OR ", entry["licence"])} <= set(policy["allowed"])
    ]


def main() -> None:
    """Write the list."""
    packages = read_locks()
    policy = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    LICENCES.write_text(listing(packages, wheel_metadata(packages), policy), encoding="utf-8")


if __name__ == "__main__":
    main()
