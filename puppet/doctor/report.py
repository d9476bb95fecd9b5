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
    """What a finding means for a person."""

    OK = "ok"
    MISSING = "missing"  # can be had, and nothing else depends on it
    WARNING = "warning"  # there but not used, or not as it should be
    BROKEN = "broken"  # Puppet cannot animate


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        section: the check's name.
        name: what was looked at.
        level: what it means.
        found: what was found.
        mend: the command or the step that mends it, or "".
    """

    section: str
    name: str
    level: Level
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found, in order."""

    findings: tuple[Finding, ...]

    @property
    def can_run(self) -> bool:
        """Whether nothing that animating needs is broken."""
        return all(finding.level is not Level.BROKEN for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0 when Puppet can run here, whatever else could be had; 1 when something it needs is broken."""
        return 0 if self.can_run else 1

    def text(self) -> str:
        """To read and to paste: a block per section, what mends it under each line."""
        lines = [f"Puppet {puppet.__version__}: {self._verdict()}"]
        for section, findings in groupby(self.findings, lambda finding: finding.section):
            lines += ["", section]
            for finding in findings:
                lines.append(f"  {finding.level.value:8} {finding.name}: {finding.found}")
                lines += [f"           → {finding.mend}"] if finding.mend else []
        return anonymous("\n".join(lines))

    def json(self) -> str:
        """The same for scripts."""
        findings = [
            {"section": each.section, "name": each.name, "level": each.level.value, "found": each.found}
            | ({"mend": each.mend} if each.mend else {})
            for each in self.findings
        ]
        content = {"puppet": puppet.__version__, "can_run": self.can_run, "findings": findings}
        return _each_text(content, anonymous)

    def _verdict(self) -> str:
        counts = {level: sum(finding.level is level for finding in self.findings) for level in Level}
        noted = [f"{counts[level]} {level.value}" for level in (Level.BROKEN, Level.WARNING, Level.MISSING)]
        return f"{'can run here' if self.can_run else 'cannot run here'} ({', '.join(noted)})"


def anonymous(text: str, home: Path | None = None, user: str | None = None) -> str:
    """`text` with ~ for the home folder, and without the user's name in other paths.

    Args:
        text: any.
        home: the home folder; None: this user's.
        user: the account's name; None: this user's.
    """
    home, user = home or Path.home(), user or _user()
    for written in {str(home), home.as_posix(), str(home.resolve())}:
        if len(written) > 1:  # some services have / as their home
            text = re.sub(rf"{re.escape(written)}(?![\w.-])", "~", text)
    return re.sub(rf"(?<=[\\/]){re.escape(user)}(?![\w.-])", "USER", text) if user else text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no environment variable, and an id without a name
        return ""


def _each_text(content: object, change: Callable[[str], str]) -> str:
    """JSON of `content` with every string changed, before it is quoted: Windows' backslashes are doubled by it."""

    def changed(part: object) -> object:
        if isinstance(part, dict):
            return {key: changed(value) for key, value in part.items()}
        if isinstance(part, list):
            return [changed(value) for value in part]
        return change(part) if isinstance(part, str) else part

    return json.dumps(changed(content), indent=2, ensure_ascii=False)
