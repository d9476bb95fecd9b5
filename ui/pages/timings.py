"""Timings: frame rate, latency, stages and lost frames of the last minute, as small plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QGridLayout, QWidget

from puppet.domain import Status
from ui.status_text import counts_text, governor_text, stage_text
from ui.translation import tr
from ui.widgets.basic import show_or_hide
from ui.widgets.page_parts import PageWidget
from ui.widgets.plot import Plot

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_COLUMNS = 2


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return TimingsPage(window)


class TimingsPage(PageWidget):
    """Follows the status from the first time it is shown.

    Attributes:
        rate, latency, lost: of the whole way.
        stages: by the stages' names.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Timings"))
        self.rate = Plot(tr("Frames per second"), (tr("camera"), tr("rendered")), "")
        self.latency = Plot(tr("Camera to picture"), ("p50", "p95"), "ms")
        self.lost = Plot(tr("Lost frames"), (tr("of the camera"), tr("of recordings")), "")
        self.stages: dict[str, Plot] = {}
        self._lost = (0, 0)
        self._grid = QGridLayout()
        self._grid.setSpacing(10)
        for plot in (self.rate, self.latency, self.lost):
            self._place(plot)
        self.add_text(tr("The last minute. p95: 95 % of the frames took no longer. T shows the numbers alone."))
        self.add(self._grid)
        self._counts = self.add_text("")
        self._governor = self.add_text("", "warning")
        self.finish()
        window.bridge.status_changed.connect(self._show)
        self._show(window.bridge.status)

    def _place(self, plot: Plot) -> None:
        self._grid.addWidget(plot, self._grid.count() // _COLUMNS, self._grid.count() % _COLUMNS)

    def _show(self, status: Status) -> None:
        self.rate.add(status.camera_fps, status.fps)
        if status.latency is not None:
            self.latency.add(status.latency.p50_ms, status.latency.p95_ms)
        lost = status.dropped, status.recorder_dropped
        self.lost.add(*(max(0, now - before) for now, before in zip(lost, self._lost, strict=True)))
        self._lost = lost
        for name, times in status.stages.items():
            if name not in self.stages:
                self.stages[name] = Plot(stage_text(name), ("p50", "p95"), "ms")
                self._place(self.stages[name])
            self.stages[name].add(times.p50_ms, times.p95_ms)
        self._counts.setText(counts_text(status))
        show_or_hide(self._governor, governor_text(status.governor))
