"""Guard of the outputs: hides the performer at once, and asks before their own picture goes into an output."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject

from puppet.domain import SinkKind, Status
from ui.controllers.clean_output import CleanOutputController
from ui.controllers.recording import RecordingController
from ui.panels.part_swap import PartSwapPanel
from ui.session_bridge import SessionBridge
from ui.status_text import Severity
from ui.translation import tr
from ui.widgets.notice_bar import Notice, NoticeBar

_QUESTION = "own picture"
_WINDOW = "output window"
_OUTPUTS = {
    SinkKind.RECORDER: tr("the recording"),
    SinkKind.VIRTUAL_CAMERA: tr("the virtual camera"),
    _WINDOW: tr("the output window"),
}


class OnAirController(QObject):
    """Switches the idle loop, part swap and the sinks; the last two with a question where one is needed.

    It asks once for as long as an output is open.

    Args:
        bridge: gives the controls and the status.
        notices: shows the question; closing it means no.
        part_swap: shows the performer's own picture.
        recording: opens the sinks.
        clean_output: opens the output window.
    """

    def __init__(
        self,
        bridge: SessionBridge,
        notices: NoticeBar,
        part_swap: PartSwapPanel,
        recording: RecordingController,
        clean_output: CleanOutputController,
    ) -> None:
        super().__init__()
        self._controls = bridge.controls
        self._notices = notices
        self._part_swap = part_swap
        self._recording = recording
        self._clean_output = clean_output
        self._sinks: tuple[SinkKind, ...] = ()
        self._agreed = False
        bridge.status_changed.connect(self._show_status)
        part_swap.wanted.connect(self._switch_on_part_swap)

    def toggle_idle(self) -> None:
        """Show the portrait at rest in place of the performer's motion, or follow the performer again."""
        if not self._controls.current.idle:
            self._notices.resolve(_QUESTION)
            self._controls.update(idle=True)
        elif self._controls.current.swap is None:
            self._controls.update(idle=False)
        else:
            self._ask(self._open, lambda: self._controls.update(idle=False))

    def toggle_recording(self) -> None:
        """Start or finish a recording."""
        self._toggle(SinkKind.RECORDER, self._recording.toggle_recording)

    def toggle_virtual_camera(self) -> None:
        """Open or close the virtual camera."""
        self._toggle(SinkKind.VIRTUAL_CAMERA, self._recording.toggle_virtual_camera)

    def toggle_clean_output(self) -> None:
        """Open or close the output window."""
        self._toggle(_WINDOW, self._clean_output.toggle)

    def toggle_full_screen_output(self) -> None:
        """Fill a screen with the output, or no longer."""
        self._toggle(_WINDOW, self._clean_output.toggle_full_screen)

    @property
    def _open(self) -> tuple[SinkKind | str, ...]:
        return (*self._sinks, *([_WINDOW] if self._clean_output.is_open else []))

    def _toggle(self, kind: SinkKind | str, toggle: Callable[[], None]) -> None:
        controls = self._controls.current
        shows_performer = controls.swap is not None and not controls.idle
        self._ask((kind,) if shows_performer and kind not in self._open else (), toggle)

    def _switch_on_part_swap(self) -> None:
        self._ask(() if self._controls.current.idle else self._open, self._part_swap.switch_on)

    def _ask(self, outputs: tuple[SinkKind | str, ...], act: Callable[[], object]) -> None:
        """Act at once if the performer's own picture goes into no output or the person agreed; else ask first."""
        if not outputs or self._agreed:
            act()
            return

        def agree() -> None:
            self._agreed = True
            act()

        names = tr(" and ").join(_OUTPUTS[kind] for kind in outputs)
        text = tr("Part swap shows your own camera picture; it would be seen in {names}").format(names=names)
        self._notices.post(Notice(text, Severity.WARNING, action=tr("Show my picture"), act=agree, topic=_QUESTION))

    def _show_status(self, status: Status) -> None:
        was_open, self._sinks = bool(self._sinks), tuple(status.sinks)
        if was_open and not self._open:
            self._agreed = False
