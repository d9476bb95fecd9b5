"""The wheel: one package that clashes with nobody's, started from any folder, with the networks for faces inside."""

from __future__ import annotations

import importlib.util
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import puppet

ROOT = Path(puppet.__file__).parents[1]
CHECKS = """
import sys
import puppet.__main__ as program
program.end_program = lambda code: None
sys.argv = ["puppet", "packs", "list"]
program.main()
import export, ui.style.icons
from puppet.engines.disk_cache import cache_folder
from puppet.tracking.networks import files
from puppet.tracking.networks.catalogue import Network
assert "_programs" in ui.style.icons.__file__ and "_programs" in export.__file__
assert all(files.network_file(network).content for network in Network)
assert not cache_folder("networks").exists()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the source tree."""
    if not list((ROOT / ".venv" / "networks").glob("mediapipe*.whl")):
        pytest.skip("MediaPipe's wheel is not in .venv/networks; `make run` downloads it")
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("setuptools is not installed")
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("puppet", "ui", "export", "tools/packaging"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    for name in ("main.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    (source / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "-w", built, source], check=True, capture_output=True, timeout=120)
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment that sees the packages of this one; return its folder of programs."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    python = next(folder.glob("[bS][ic][nr]*/python*"))
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=60)
    packages = next(folder.rglob("site-packages"))
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return python.parent


def run(folder: Path, *command: str | Path) -> str:
    """Run a command in a folder whose own modules have the names of Puppet's; return what it prints."""
    for name in ("main", "ui", "export"):
        (folder / f"{name}.py").write_text("raise SystemExit('a module of the working folder')", encoding="utf-8")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_one_package_and_nothing_that_clashes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"puppet", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert {"puppet/_programs/main.py", "puppet/_programs/ui/app.py"} <= set(names)
    assert {"puppet/assets/networks/mesh.onnx", "puppet/assets/networks/MediaPipe networks.txt"} <= set(names)


def test_the_installed_commands_run_in_any_folder(environment: Path, tmp_path: Path) -> None:
    assert "face" in run(tmp_path, environment / "python", "-m", "puppet", "packs", "list")
    assert run(tmp_path, environment / "puppet", "--help").split()[:2] == ["Usage:", "puppet"]


def test_window_exporters_and_networks_are_found(environment: Path, tmp_path: Path) -> None:
    run(tmp_path, environment / "python", "-c", CHECKS)
