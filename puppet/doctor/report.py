"""The report of `doctor`: findings, as text to paste and as JSON, without the user's name and home folder."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from pathlib import Path

import puppet


class Level(Enum):
    """Severity of a finding."""

    OK = "ok"
    MISSING = "missing"  # optional
    WARNING = "warning"  # present but unused, or not as it should be
    BROKEN = "broken"  # Puppet cannot animate


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        section: name of the check.
        name: checked item.
        level: severity.
        found: result.
        mend: command or step that repairs it, or "".
    """

    section: str
    name: str
    level: Level
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def can_run(self) -> bool:
        """Tell whether Puppet can animate here."""
        return all(finding.level is not Level.BROKEN for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """Exit code of the command: 0 when Puppet can animate here, else 1."""
        return 0 if self.can_run else 1

    def text(self) -> str:
        """Return the report as text: a block per section, the repair under each line."""
        lines = [f"Puppet {puppet.__version__}: {self._verdict()}"]
        for section, findings in groupby(self.findings, lambda finding: finding.section):
            lines += ["", section]
            for finding in findings:
                lines.append(f"  {finding.level.value:8} {finding.name}: {finding.found}")
                lines += [f"           → {finding.mend}"] if finding.mend else []
        return anonymous("\n".join(lines))

    def json(self) -> str:
        """Return the report as JSON."""
        findings = [
            {"section": each.section, "name": each.name, "level": each.level.value, "found": each.found}
            | ({"mend": each.mend} if each.mend else {})
            for each in self.findings
        ]
        content = {"puppet": puppet.__version__, "can_run": self.can_run, "findings": findings}
        return _json_with(content, anonymous)

    def _verdict(self) -> str:
        counts = {level: sum(finding.level is level for finding in self.findings) for level in Level}
        noted = [f"{counts[level]} {level.value}" for level in (Level.BROKEN, Level.WARNING, Level.MISSING)]
        return f"{'can run here' if self.can_run else 'cannot run here'} ({', '.join(noted)})"


def anonymous(text: str, home: Path | None = None, user: str | None = None) -> str:
    """Return `text` with ~ for the home folder and USER for the user's name in other paths.

    Args:
        text: any text.
        home: home folder; None: this user's.
        user: name of the account; None: this user's.
    """
    home, user = home or Path.home(), user or _user()
    for written in {str(home), home.as_posix(), str(home.resolve())}:
        if len(written) > 1:  # the home of some services is /
            text = re.sub(rf"{re.escape(written)}(?![\w.-])", "~", text)
    return re.sub(rf"(?<=[\\/]){re.escape(user)}(?![\w.-])", "USER", text) if user else text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no environment variable and no name for the id
        return ""


def _json_with(content: object, change: Callable[[str], str]) -> str:
    """Return `content` as JSON with every string changed before quoting, which doubles backslashes of Windows paths."""

    def changed(part: object) -> object:
        if isinstance(part, dict):
            return {key: changed(value) for key, value in part.items()}
        if isinstance(part, list):
            return [changed(value) for value in part]
        return change(part) if isinstance(part, str) else part

    return json.dumps(changed(content), indent=2, ensure_ascii=False)
