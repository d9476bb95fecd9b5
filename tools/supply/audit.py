"""Ask pip-audit for known vulnerabilities of every locked package; `make audit`.

pip-audit exits with 0 and "No known vulnerabilities found" even where it could look nothing up. Its JSON is counted
instead, and a package without an answer is a failure.

Exit code 0: every package audited, nothing known; 1: vulnerabilities; 2: something could not be audited.

PYTHONPATH=. .venv/audit/bin/python tools/supply/audit.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tools.supply.locks import as_requirements, read_locks

_SHOWN = 5


def verdict(locked: Collection[str], report: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Return the exit code and the lines to print for pip-audit's JSON report about the locked names."""
    answered = {each["name"]: each["vulns"] for each in report["dependencies"] if "vulns" in each}
    missing = sorted(set(locked) - answered.keys())
    known = [
        f"{name}: {each['id']}, fixed in {', '.join(each['fix_versions']) or 'no version yet'}"
        for name, found in answered.items()
        for each in found
    ]
    audited = f"{len(locked) - len(missing)} of {len(locked)} locked packages audited"
    if missing:
        shown = ", ".join(missing[:_SHOWN]) + (", …" if len(missing) > _SHOWN else "")
        return 2, [
            *known,
            f"Audit failed: {audited}, no answer for {shown}; run it again where the package index can be reached",
        ]
    return (1 if known else 0), [*known, f"{audited}, {len(known)} known vulnerabilities"]


def ask(requirements: str) -> dict[str, Any]:
    """Return pip-audit's JSON report about a requirement file's text.

    Raises:
        ValueError: pip-audit stopped without a report.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "locked.txt")
        path.write_text(requirements, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--disable-pip",
            "--require-hashes",
            "--progress-spinner=off",
            "-f",
            "json",
        ]
        run = subprocess.run([*command, "-r", str(path)], capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(run.stdout)
    except json.JSONDecodeError:
        reason = (run.stderr.strip().splitlines() or [f"exit code {run.returncode}"])[-1]
        raise ValueError(f"Audit failed: 0 packages audited, pip-audit stopped: {reason}") from None
    return report


def main() -> int:
    """Print what is known; return the exit code."""
    packages = read_locks()
    try:
        code, lines = verdict(packages.keys(), ask(as_requirements(packages)))
    except ValueError as error:
        code, lines = 2, [str(error)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
