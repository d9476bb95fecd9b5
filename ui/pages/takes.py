"""Takes: how they are recorded, the recorded ones, and those that are being rendered again."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QDateTime, QLocale, QSize, Qt
from PyQt6.QtGui import QPixmap, QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QSpinBox, QVBoxLayout, QWidget
from typing_extensions import override

from puppet.config import MICROPHONE_DELAY_RANGE_MS, MICROPHONE_GAIN_RANGE_DB
from puppet.takes.take import Take
from ui.dialogs.render_again import RenderAgainDialog
from ui.status_text import elapsed_text
from ui.translation import tr
from ui.widgets.basic import ChoiceButtons, Switch, arrange, push_button, styled_label
from ui.widgets.page_parts import PageWidget

if TYPE_CHECKING:
    from puppet.offline.batch import Result
    from ui.main_window import MainWindow

_THUMBNAIL = QSize(128, 72)
_COUNTDOWNS_S = (0, 3, 5, 10)
_STATES = {
    "waiting": tr("waiting"),
    "done": tr("done"),
    "skipped": tr("exists already"),
    "failed": tr("failed"),
    "cancelled": tr("cancelled"),
}


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return TakesPage(window)


class TakesPage(PageWidget):
    """Reads the folder whenever it is shown.

    Attributes:
        record_takes: takes, or plain files.
        quality: its keys are those of RecordingOptions.
        countdown: its keys are seconds.
        gain: of the microphone, in dB.
        delay: of the sound in a recording, in ms.
        side_by_side: shows the performer in recordings; off at every start.
        replay: keeps the last half minute.
        camera: opens the virtual camera when the window starts.
        rows: by the names of the takes.
        pause: halts the renderings.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Takes"))
        self._window = window
        self.rows: dict[str, TakeRow] = {}
        self._add_options()
        self.add_heading(tr("Rendered again"))
        self._renders = arrange(QVBoxLayout(), spacing=6)
        self._no_renders = self.add_text(tr("Nothing is being rendered."))
        self.add(self._renders)
        self.pause = Switch(tr("Pause rendering"))
        self.pause.clicked.connect(window.takes.pause)
        self.add(self.pause)
        self._render_rows: list[RenderRow] = []
        self.add_heading(tr("Recorded"))
        self._empty = self.add_text(tr("No take yet. Press R to record one."))
        self._list = arrange(QVBoxLayout(), spacing=8)
        self.add(self._list)
        self.finish()
        window.takes.changed.connect(self._show_takes)
        window.takes.renders_changed.connect(self._show_renders)
        self._show_renders(window.takes.renders)

    @override
    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._window.takes.refresh()

    def _add_options(self) -> None:
        recording, settings = self._window.recording, self._window.settings
        self.add_text(
            tr("A take is picture, sound and motion in one folder. It can be rendered again with another portrait.")
        )
        self.record_takes = Switch(tr("Record takes, not single files"))
        self.record_takes.setChecked(recording.takes)
        self.record_takes.clicked.connect(lambda on: recording.choose(takes=on))
        self.quality = ChoiceButtons(
            tr("Quality"),
            [("small", tr("Small"), tr("Smaller files")), ("good", tr("Good"), ""), ("best", tr("Best"), "")],
        )
        self.quality.set_choice(recording.options.quality)
        self.quality.chosen.connect(lambda word: recording.choose(options=replace(recording.options, quality=word)))
        self.quality.chosen.connect(self.quality.set_choice)
        self.countdown = ChoiceButtons(
            tr("Countdown"), [(each, f"{each} s" if each else tr("None"), "") for each in _COUNTDOWNS_S]
        )
        self.countdown.set_choice(settings.countdown_s)
        self.countdown.chosen.connect(lambda seconds: recording.choose(countdown_s=seconds))
        self.countdown.chosen.connect(self.countdown.set_choice)
        self.side_by_side = Switch(tr("Show my own picture beside the portrait, in recordings"))
        self.side_by_side.setToolTip(tr("Everybody who sees the recording sees you; off at every start"))
        self.side_by_side.setChecked(recording.options.side_by_side)
        self.side_by_side.clicked.connect(
            lambda on: recording.choose(options=replace(recording.options, side_by_side=on))
        )
        self.replay = Switch(tr("Instant replay: keep the last half minute in memory"))
        self.replay.setToolTip(tr("Ctrl+R saves it as a file; it costs as much time as a recording"))
        self.replay.setChecked(recording.options.replay)
        self.replay.clicked.connect(lambda on: recording.choose(options=replace(recording.options, replay=on)))
        self.add(self.record_takes)
        self.add_row(tr("Quality"), self.quality)
        self.add_row(tr("Countdown"), self.countdown)
        self.gain = self._sound_field("gain_db", " dB", MICROPHONE_GAIN_RANGE_DB)
        self.delay = self._sound_field("delay_ms", " ms", MICROPHONE_DELAY_RANGE_MS)
        self.delay.setToolTip(tr("Raise it by what your camera takes, if the voice comes before the lips"))
        self.add_row(tr("Gain of the microphone"), self.gain)
        self.add_row(tr("Delay of the sound"), self.delay)
        self.add(self.side_by_side)
        self.add(self.replay)
        self.camera = Switch(tr("Start the virtual camera with the window"))
        self.camera.setChecked(settings.virtual_camera)
        self.camera.clicked.connect(lambda on: self._window.remember(virtual_camera=on))
        self.add(self.camera)

    def _sound_field(self, field: str, unit: str, within: tuple[int, int]) -> QSpinBox:
        """Return a field for a number of MicrophoneOptions."""
        microphone, box = self._window.microphone, QSpinBox()
        box.setRange(*within)
        box.setSuffix(unit)
        box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        box.setValue(round(getattr(microphone.options, field)))
        box.valueChanged.connect(lambda value: microphone.choose(**{field: float(value)}))
        return box

    def _show_takes(self, takes: list[Take]) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self.rows = {take.name: TakeRow(take, self._window, self) for take in takes}
        for row in self.rows.values():
            self._list.addWidget(row)
        self._empty.setVisible(not takes)

    def _show_renders(self, results: tuple[Result, ...]) -> None:
        while len(self._render_rows) < len(results):
            self._render_rows.append(RenderRow(partial(self._window.takes.cancel, len(self._render_rows))))
            self._renders.addWidget(self._render_rows[-1])
        for row, result in zip(self._render_rows, results, strict=False):
            row.show_result(result)
        self._no_renders.setVisible(not results)
        self.pause.setVisible(bool(results))
        self.pause.setChecked(self._window.takes.paused)


class TakeRow(QWidget):
    """One take: thumbnail, name, facts and buttons.

    Attributes:
        name: a field; Enter renames the take.
    """

    def __init__(self, take: Take, window: MainWindow, page: QWidget) -> None:
        super().__init__()
        self._take, self._window, self._page = take, window, page
        takes = window.takes
        picture = QLabel()
        picture.setFixedSize(_THUMBNAIL)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        loaded = QPixmap(str(take.thumbnail))
        if not loaded.isNull():
            mode = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            picture.setPixmap(loaded.scaled(_THUMBNAIL, *mode))
        self.name = QLineEdit(take.name)
        self.name.setAccessibleName(tr("Name of the take"))
        self._sent = take.name
        self.name.editingFinished.connect(self._rename)
        buttons = arrange(
            QHBoxLayout(),
            push_button(tr("Play"), partial(takes.play, take.video)),
            push_button(tr("Render again…"), self.ask, tr("With another portrait, pack, size, background or gains")),
            push_button(tr("Folder"), partial(takes.show_folder, take), tr("Show in folder")),
            push_button(tr("Delete"), partial(takes.delete, take)),
            spacing=6,
        )
        buttons.addStretch()
        texts = arrange(QVBoxLayout(), self.name, styled_label(_facts(take), "muted", wrap=True), buttons, spacing=4)
        arrange(QHBoxLayout(self), picture, texts, spacing=12).setStretchFactor(texts, 1)

    def _rename(self) -> None:
        if self.name.text() != self._sent:  # Enter and the loss of the focus both come here
            self._sent = self.name.text()
            self._window.takes.rename(self._take, self._sent)

    def ask(self) -> RenderAgainDialog:
        """Open the dialog that asks how the take is rendered again."""
        window, take = self._window, self._take
        dialog = RenderAgainDialog(
            self._page,
            take,
            window.takes.recorded_options(take),
            window.portraits.items,
            window.panel.packs.names,
        )
        dialog.wanted.connect(lambda portraits, options: window.takes.render(take, portraits, options))
        dialog.open()
        return dialog


class RenderRow(QWidget):
    """One rendering: name, progress, and a button that cancels it."""

    def __init__(self, cancel: partial[None]) -> None:
        super().__init__()
        self._name, self._state = QLabel(), styled_label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._cancel = push_button(tr("Cancel"), cancel)
        row = arrange(QHBoxLayout(self), self._name, self._bar, self._state, self._cancel, spacing=10)
        row.setStretchFactor(self._bar, 1)

    def show_result(self, result: Result) -> None:
        """Show the progress or the end."""
        self._name.setText(f"{result.job.driving.name}: {result.job.out.stem.removeprefix('take-')}")
        running = result.state.value == "running"
        self._bar.setMaximum(result.total or 0 if running else 1)
        self._bar.setValue(result.frames if running else int(result.state.value == "done"))
        total = f"{result.frames} / {result.total}" if result.total else tr("begins")
        self._state.setText(total if running else _STATES[result.state.value])
        self._state.setToolTip(result.error)
        self._cancel.setVisible(result.state.value in ("running", "waiting"))


def _facts(take: Take) -> str:
    facts = take.manifest
    began = QDateTime.fromString(facts.began, Qt.DateFormat.ISODate)
    when = QLocale().toString(began, QLocale.FormatType.ShortFormat) if began.isValid() else ""
    size = f"{facts.size[0]} × {facts.size[1]}"
    again = len(take.renderings())
    parts = [elapsed_text(facts.seconds), facts.portrait, size, when, tr("sound") if facts.sound else tr("silent")]
    if again:
        parts.append(tr("rendered again: {}").format(again))
    if not take.motion.exists():
        parts.append(tr("no face was seen: it cannot be rendered again"))
    return " · ".join(filter(None, parts))
