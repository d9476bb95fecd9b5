"""The form of this copy of Puppet (source tree, wheel or bundle), and the commands that start and extend it.

Imports the standard library alone: `puppet.prerequisites` runs before anything is installed.
"""

from __future__ import annotations

import re
import shlex
import sys
from enum import Enum
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "puppet-portrait"
"""Name of the wheel; `puppet` is another project's on package indexes, and configuration management in Debian."""
APPLICATION_ID = "io.github.puppet_portrait.Puppet"
"""Names the .desktop file, the icon and the AppStream data; a desktop finds a window's icon by it."""
PROGRAMS = Path(__file__).parent / "_programs"
"""In a wheel: the folder of the modules `main`, `ui` and `export`, which clash with nobody's there."""
_ROOT = Path(__file__).parents[1]
_EXTRA = re.compile(r"^(?P<requirement>[^;]+);.*extra == ['\"](?P<extra>[\w-]+)['\"]")


class Form(Enum):
    """The forms in which Puppet is installed."""

    SOURCE = "source tree"
    WHEEL = "wheel"
    BUNDLE = "bundle"


FORM = (
    Form.BUNDLE
    if getattr(sys, "frozen", False)
    else Form.SOURCE
    if (_ROOT / "requirements").is_dir() and not PROGRAMS.is_dir()
    else Form.WHEEL
)
COMMAND = "python main.py" if FORM is Form.SOURCE else "puppet"
"""The command that starts Puppet."""


def install_command(*locks: str) -> str:
    """Return the command that installs what files of the folder `requirements` list, or the wheel's extras so named."""
    if FORM is Form.SOURCE:
        return f"pip install --no-deps --require-hashes {' '.join(f'-r requirements/{lock}.txt' for lock in locks)}"
    if FORM is Form.BUNDLE:
        return "Puppet as a wheel, because a bundle cannot be extended (docs/installation.md)"
    return f"pip install {shlex.join(extra_requirements(*locks))}"


def extra_requirements(*extras: str) -> list[str]:
    """Return the requirements of the wheel's extras."""
    try:
        declared = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        declared = []
    found = filter(None, map(_EXTRA.match, declared))
    return [each["requirement"].strip() for each in found if each["extra"] in extras]


TORCH_COMMAND = install_command("torch", "torch-wheels")
"""Installs PyTorch; docs/installation.md says what the CUDA build needs besides."""
