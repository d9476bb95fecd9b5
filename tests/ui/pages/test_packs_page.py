"""The page of the models: an import runs in a process of its own, in whose place a script runs here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from puppet.packs import user_packs_folder
from tests.support.studio import Studio
from ui.pages.packs import PacksPage

Begin = Callable[[str], tuple[PacksPage, Path]]
_WAITING = """
import pathlib, sys, time
part = pathlib.Path(sys.argv[-1]).parent / ".mine.0123abcd.puppet-part"
part.mkdir(parents=True)
(part / "render.onnx").write_text("half")
time.sleep(60)
"""
_REFUSING = "import sys; sys.stderr.write('a warning\\nvox.pth.tar: no such file; check the path\\n'); sys.exit(2)"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts a script by its first line")
_MAKING = "import pathlib, sys; pathlib.Path(sys.argv[-1]).mkdir(parents=True)"


@pytest.fixture
def import_with(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    def begin(script: str) -> tuple[PacksPage, Path]:
        command = tmp_path / "command"
        command.write_text(f"#!{sys.executable}\n{script}")
        command.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(command))
        studio.start()
        studio.window.commands.run("models")
        page = cast("PacksPage", studio.window.pages.page("models"))
        page.run("/there/vox-cpk.pth.tar", "/there/vox.yaml")
        return page, user_packs_folder()

    return begin


def test_a_cancelled_import_leaves_nothing_behind(studio: Studio, import_with: Begin) -> None:
    page, folder = import_with(_WAITING)
    studio.until(lambda: folder.exists() and any(folder.iterdir()))
    assert not page.begin.isEnabled()
    page.cancel.click()
    studio.until(page.begin.isEnabled)
    assert "cancelled" in page.line.text()
    studio.until(lambda: not any(folder.iterdir()))


def test_a_refused_checkpoint_is_said_in_the_last_line(studio: Studio, import_with: Begin) -> None:
    page, folder = import_with(_REFUSING)
    studio.until(page.begin.isEnabled)
    assert page.line.text() == "vox.pth.tar: no such file; check the path"
    assert not folder.exists()


def test_the_pack_is_named_after_the_checkpoint_and_a_second_one_gets_a_number(
    studio: Studio, import_with: Begin
) -> None:
    page, folder = import_with(_MAKING)
    studio.until(page.begin.isEnabled)
    assert "vox-cpk" in page.line.text()
    page.run("/there/vox-cpk.pth.tar", "/there/vox.yaml")
    studio.until(page.begin.isEnabled)
    assert sorted(path.name for path in folder.iterdir()) == ["vox-cpk", "vox-cpk-2"]
