"""Pictures of the window and of every page, in light and dark and in several sizes, with the real session.

    xvfb-run -s "-screen 0 2000x1200x24" python -m tools.screenshots FOLDER

The bundled clip is the camera; settings and gallery are those of a first start. QT_SCALE_FACTOR=2 shows 200 %. With
--wait 8 an idle machine shows the portrait from its own pixels.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QApplication, QWidget

from ui import translation

_TIMEOUT_S = 600.0
_SETTLE_S = 0.3
_SIZES = ("1280x720", "1920x1080")


def main() -> None:
    """Write FOLDER/THEME-WIDTHxHEIGHT-PAGE.png."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", nargs="+", default=_SIZES)
    parser.add_argument("--themes", nargs="+", default=["light", "dark"])
    parser.add_argument("--pages", nargs="*", default=None)
    parser.add_argument("--language", choices=["en", "de"], default="en")
    parser.add_argument("--wait", type=float, default=_SETTLE_S, help="seconds before each picture")
    given = parser.parse_args()
    translation.use_language(given.language)
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = home
        sizes = [QSize(*map(int, size.split("x"))) for size in given.sizes]
        _Photographer(given.folder, given.wait).run(given.themes, sizes, given.pages)


class _Photographer:
    def __init__(self, folder: Path, wait_s: float) -> None:
        from puppet.config import EngineOptions, LiveOptions
        from puppet.userdata.settings import Settings
        from ui import app
        from ui.style.theme import ThemeSwitcher

        self._folder, self._wait_s = folder, wait_s
        self._app = app._application()
        self._theme = ThemeSwitcher(self._app, "light")
        clip = str(Path(__file__).parents[1] / "puppet" / "assets" / "clip.mp4")
        engine = EngineOptions("onnxruntime", "fp32")
        self._window = app._window(LiveOptions(camera=clip, engine=engine), Settings(camera=clip))
        self._theme.changed.connect(self._window.apply_theme)
        self._window.apply_theme()

    def run(self, themes: list[str], sizes: list[QSize], pages: list[str] | None) -> None:
        """Open the session and take every picture."""
        from ui.page_table import PAGES

        window = self._window
        window.show()
        window.bridge.start()
        self._until(lambda: window.bridge.status.rendered > 30)
        names = [page.name for page in PAGES if pages is None or page.name in pages]
        for theme in themes:
            self._theme.choose(theme)
            for size in sizes:
                stem = f"{theme}-{size.width()}x{size.height()}"
                self._take(window, size, f"{stem}-window")
                for name in names:
                    window.pages.show_page(name)
                    window.pages.show()
                    self._finish_jobs()
                    self._take(window.pages, size, f"{stem}-{name}")
                window.pages.close()
        window.quit()

    def _take(self, widget: QWidget, size: QSize, name: str) -> None:
        widget.resize(size)
        ends_s = time.monotonic() + self._wait_s
        self._until(lambda: time.monotonic() > ends_s)
        widget.grab().save(str(self._folder / f"{name}.png"))

    def _finish_jobs(self) -> None:
        """Let pages read what they show on the worker's thread."""
        done: list[object] = []
        self._window.bridge.slow_worker.submit(lambda: None, done.append, done.append)
        self._until(lambda: bool(done))

    def _until(self, happened: Callable[[], bool]) -> None:
        ends_s = time.monotonic() + _TIMEOUT_S
        while not happened():
            if time.monotonic() > ends_s:
                raise TimeoutError("The window does not show the session's pictures; start Puppet by hand to see why")
            QApplication.processEvents()
            time.sleep(0.005)


if __name__ == "__main__":
    main()
