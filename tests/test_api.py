"""The public Python API: the list of names, their documentation, and examples that run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import puppet

PAGE = Path(puppet.__file__).parents[1] / "docs" / "api.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = [(match.start(1), match[1]) for match in re.finditer(r"^```python\n(.*?)^```$", TEXT, re.M | re.S)]


def test_every_public_name_has_an_example_and_every_example_uses_public_names_only() -> None:
    used = {name for _, code in EXAMPLES for name in re.findall(r"\bpuppet\.([A-Za-z]\w*)", code)}
    assert sorted(used) == puppet.__all__


@pytest.mark.parametrize("name", puppet.__all__)
def test_a_public_name_is_imported_from_the_package(name: str) -> None:
    if name == "load_checkpoint":
        pytest.importorskip("torch")
    value = getattr(puppet, name)
    assert value.__name__ == name
    assert value.__module__.startswith("puppet.")
    assert name in dir(puppet)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        _ = puppet.nonesuch


def test_scripts_find_load_checkpoint_and_transfer_where_they_were() -> None:
    pytest.importorskip("torch")
    from puppet.checkpoints import load_checkpoint
    from puppet.motion import transfer

    assert load_checkpoint is puppet.load_checkpoint
    assert transfer is puppet.transfer


def test_importing_puppet_loads_no_other_library_and_sets_the_environment() -> None:
    code = """
import os, sys
before = set(sys.modules)
import puppet
new = {name for name, module in sys.modules.items() if module is not None} - before  # None: kept from loading
loaded = {name.partition(".")[0] for name in new} - {"puppet"}
print(*sorted(loaded - sys.stdlib_module_names))
print(os.environ["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"], os.environ["OPENCV_LOG_LEVEL"])
"""
    environment = {"PYTHONPATH": str(PAGE.parents[1])}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == "\n1 ERROR\n"


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    from tests.models.test_checkpoints import files
    from tests.models.test_original_yaml import FOMM

    files(tmp_path, FOMM)  # checkpoint.pth.tar and config.yaml
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}
    for start, code in EXAMPLES:
        line = TEXT.count("\n", 0, start)
        exec(compile("\n" * line + code, str(PAGE), "exec"), namespace)
    printed = capsys.readouterr().out
    assert "(1280, 1280, 3) uint8" in printed
    assert "5 frames" in printed
    assert "missing.jpg: no such file" in printed
