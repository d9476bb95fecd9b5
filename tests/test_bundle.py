"""Names of the desktop's files agree with the application's; the recipe of the bundle names what exists."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import puppet
from puppet.installation import APPLICATION_ID, DISTRIBUTION

LINUX = Path(puppet.__file__).parents[1] / "tools" / "packaging" / "linux"
VALIDATORS = {"desktop": ("desktop-file-validate",), "metainfo.xml": ("appstreamcli", "validate", "--no-net")}


@pytest.mark.parametrize("kind", ["desktop", "metainfo.xml", "yml"])
def test_the_desktops_files_name_the_application_and_its_command(kind: str) -> None:
    text = (LINUX / f"{APPLICATION_ID}.{kind}").read_text(encoding="utf-8")
    assert APPLICATION_ID in text
    assert DISTRIBUTION in text


def test_the_release_is_this_version() -> None:
    text = (LINUX / f"{APPLICATION_ID}.metainfo.xml").read_text(encoding="utf-8")
    assert f'<release version="{puppet.__version__}"' in text


@pytest.mark.parametrize("kind", VALIDATORS)
def test_the_desktops_files_are_valid(kind: str) -> None:
    program = VALIDATORS[kind]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    done = subprocess.run([*program, LINUX / f"{APPLICATION_ID}.{kind}"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
