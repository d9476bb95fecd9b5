"""Add a person: a portrait of several pictures, from files or from the camera's guided minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QHideEvent
from PyQt6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QWidget
from typing_extensions import override

from puppet.portraits.guided import GuidedPose, Hint
from ui.dialogs import files
from ui.translation import tr
from ui.widgets.basic import arrange, push_button, styled_label
from ui.widgets.page_parts import PageWidget
from ui.widgets.preview import Preview

if TYPE_CHECKING:
    from pathlib import Path

    from puppet.pipeline.scenes import Rendered
    from puppet.portraits.guided import Progress
    from ui.main_window import MainWindow

_CAMERA_PX = (480, 270)
_ASKS = {
    GuidedPose.FRONT: tr("Look straight at the camera, mouth closed"),
    GuidedPose.CHEESE: tr("Say “cheese”"),
    GuidedPose.OPEN: tr("Say “aah”, mouth wide open"),
    GuidedPose.CLOSED_EYES: tr("Close your eyes until you hear a sound"),
    GuidedPose.LEFT: tr("Turn your head to your left"),
    GuidedPose.RIGHT: tr("Turn your head to your right"),
    GuidedPose.UP: tr("Lift your chin"),
    GuidedPose.DOWN: tr("Lower your chin"),
    GuidedPose.EYES_LEFT: tr("Look to your left with your eyes only"),
    GuidedPose.EYES_RIGHT: tr("Look to your right with your eyes only"),
}
_NAMES = {
    GuidedPose.FRONT: tr("Straight ahead"),
    GuidedPose.CHEESE: tr("Cheese"),
    GuidedPose.OPEN: tr("Mouth open"),
    GuidedPose.CLOSED_EYES: tr("Eyes closed"),
    GuidedPose.LEFT: tr("Head left"),
    GuidedPose.RIGHT: tr("Head right"),
    GuidedPose.UP: tr("Chin up"),
    GuidedPose.DOWN: tr("Chin down"),
    GuidedPose.EYES_LEFT: tr("Eyes left"),
    GuidedPose.EYES_RIGHT: tr("Eyes right"),
}
_HINTS = {
    Hint.NONE: "",
    Hint.NO_FACE: tr("No face is seen"),
    Hint.TOO_FAR: tr("Come nearer"),
    Hint.LIGHT: tr("Find softer light: your face is too dark or too bright"),
    Hint.BLURRED: tr("Hold still for a moment"),
}


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return PersonPage(window)


class PersonPage(PageWidget):
    """Asks for files, or leads through the guided minute.

    Attributes:
        name: of the portrait.
        choose, start: begin with files, or with the camera.
        ask: the pose that is wanted.
        hint: why the camera's picture is not used.
        ticks: a label for each pose.
        skip, use, stop: pass over a pose; make the portrait; end without one.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Add a person"))
        self._window, self._person = window, window.person
        self._wanted: GuidedPose | None = None
        self._done: frozenset[GuidedPose] = frozenset()
        self.add_text(
            tr("Several pictures of one person show their own teeth, closed eyes and turned head. Two are enough.")
        )
        self.name = QLineEdit(tr("Me"))
        self.name.setMaxLength(40)
        self.add_row(tr("Name"), self.name)
        self.add_heading(tr("From files"))
        self.add_text(tr("Photographs or a clip of one person. You can also drop them together on the main window."))
        self.choose = push_button(tr("Choose files…"), self._choose_files)
        self.add_buttons(self.choose)
        self.add_heading(tr("From the camera"))
        self.add_text(tr("About a minute, with your face in even light. Any order is fine; poses can be left out."))
        self.start = push_button(tr("Start"), self._person.start_minute)
        self.add_buttons(self.start)
        self._minute = self._make_minute()
        self.add(self._minute)
        self._minute.hide()
        self._add_progress()
        self.finish()
        self._person.progressed.connect(self._show_progress)
        self._person.working.connect(self._show_work)
        window.bridge.picture_changed.connect(self._show_camera)

    def add_buttons(self, *buttons: QWidget) -> None:
        """Append buttons beside one another."""
        row = arrange(QHBoxLayout(), *buttons, spacing=10)
        row.addStretch()
        self.add(row)

    @override
    def hideEvent(self, event: QHideEvent | None) -> None:
        """End the guided minute; nothing is kept."""
        super().hideEvent(event)
        if self._minute.isVisibleTo(self):
            self._person.stop_minute()

    def _make_minute(self) -> QWidget:
        minute = QWidget()
        self.ask, self.hint = styled_label("", "pageTitle", wrap=True), styled_label("", "warning")
        self._camera = Preview()
        self._camera.setAcceptDrops(False)
        self._camera.set_message(None)
        self._camera.setFixedSize(*_CAMERA_PX)
        self.ticks = {pose: QLabel() for pose in GuidedPose}
        marks = QGridLayout()
        marks.setVerticalSpacing(6)
        for row, label in enumerate(self.ticks.values()):
            marks.addWidget(label, row, 0)
        marks.setRowStretch(len(self.ticks), 1)
        self.skip = push_button(tr("Skip"), self._skip)
        self.use = push_button(tr("Make the portrait"), lambda: self._person.finish_minute(self.name.text()))
        self.stop = push_button(tr("Stop"), self._person.stop_minute, tr("Nothing is kept"))
        buttons = arrange(QHBoxLayout(), self.use, self.skip, self.stop, spacing=10)
        buttons.addStretch()
        grid = QGridLayout(minute)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.addWidget(self.ask, 0, 0, 1, 2)
        grid.addWidget(self._camera, 1, 0)
        grid.addLayout(marks, 1, 1)
        grid.addWidget(self.hint, 2, 0, 1, 2)
        grid.addLayout(buttons, 3, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        return minute

    def _add_progress(self) -> None:
        self._work = QWidget()
        self.work_text = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        cancel = push_button(tr("Cancel"), self._person.cancel)
        arrange(QHBoxLayout(self._work), self.work_text, self.bar, cancel, spacing=10)
        self.add(self._work)
        self._work.setVisible(self._person.is_working)

    def _choose_files(self) -> None:
        if paths := files.ask_for_person(self):
            self._person.make(paths, self._name_for(paths[0]))

    def _skip(self) -> None:
        if self._wanted is not None:
            self._person.skip(self._wanted)

    def _name_for(self, path: Path) -> str:
        return self.name.text() if self.name.isModified() else path.stem

    def _show_camera(self, rendered: Rendered) -> None:
        if self._minute.isVisible():
            self._camera.set_picture(rendered.frame.image[:, ::-1].copy())

    def _show_progress(self, progress: Progress | None) -> None:
        self._minute.setVisible(progress is not None)
        self.start.setVisible(progress is None)
        if progress is None:
            self._done = frozenset()
            return
        if progress.done - self._done:
            QApplication.beep()  # closed eyes do not see the tick
        self._done, self._wanted = progress.done, progress.wanted
        self.ask.setText(_ASKS[progress.wanted] if progress.wanted else tr("All done"))
        self.hint.setText(_HINTS[progress.hint])
        for pose, label in self.ticks.items():
            label.setText(f"{'✓' if pose in progress.done else '○'}  {_NAMES[pose]}")
            label.setEnabled(pose in progress.done or pose is progress.wanted)
        self.skip.setEnabled(progress.wanted not in (None, GuidedPose.FRONT))
        self.use.setEnabled(GuidedPose.FRONT in progress.done and len(progress.done) > 1)

    def _show_work(self, text: str, share: float) -> None:
        self._work.setVisible(bool(text))
        self.work_text.setText(text)
        self.bar.setRange(0, 0 if share < 0 else 100)
        self.bar.setValue(round(100 * max(share, 0)))
        for button in (self.choose, self.start):
            button.setEnabled(not text)
