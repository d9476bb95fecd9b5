"""setuptools' command that fills a wheel: everything in one package, `puppet`, so that it clashes with nobody's.

The modules `main`, `ui` and `export` go into the private folder `puppet/_programs`, which `puppet.__main__` puts on the
path, and MediaPipe's networks, translated, into `puppet/assets/networks`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).parents[2]


class BuildPy(build_py):
    """Build the package `puppet` of a wheel; an editable installation uses the source tree as it is."""

    def run(self) -> None:
        """Fill the build folder."""
        if self.editable_mode:
            super().run()
            return
        package = Path(self.build_lib) / "puppet"
        shutil.rmtree(package, ignore_errors=True)  # files of an earlier build
        super().run()
        programs = package / "_programs"
        programs.mkdir()
        shutil.copy(ROOT / "main.py", programs / "main.py")
        for name in ("ui", "export"):
            shutil.copytree(ROOT / name, programs / name, ignore=shutil.ignore_patterns("__pycache__"))
        sys.path.insert(0, str(ROOT))  # a build back-end runs without the project's folder on the path
        from tools.packaging.networks import write_networks

        write_networks(package / "assets" / "networks", ROOT / ".venv" / "networks")
