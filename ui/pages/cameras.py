"""Cameras: each with a picture; mode, turn and exposure of the chosen one; a video, a screen region or an address."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QGuiApplication, QHideEvent, QIcon, QImage, QPixmap, QShowEvent
from PyQt6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from puppet.cameras.discovery import CameraInfo
from puppet.cameras.video4linux import CameraMode, Exposure, camera_modes, read_exposure, write_exposure
from puppet.config import AS_IT_IS, CameraOptions
from puppet.domain import Status
from puppet.errors import CameraError
from ui.controllers.clean_output import screen_label
from ui.translation import message_text, tr
from ui.widgets.basic import ChoiceButtons, SliderRow, Switch, push_button, show_or_hide
from ui.widgets.camera_combo import AUTOMATIC
from ui.widgets.combo import ComboBox
from ui.widgets.page_parts import PageWidget
from ui.widgets.qt_images import as_image

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_ICON = QSize(160, 90)
_REFRESH_MS = 3000
_READ_S = 3.0


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return CamerasPage(window)


class CamerasPage(PageWidget):
    """Shows the cameras, and changes the chosen one.

    Attributes:
        list: the cameras; the data of a row is the camera's choice.
        mode: sizes and rates that the chosen camera offers.
        turn: its keys are degrees.
        flip: flips the picture.
        automatic, exposure: of the chosen camera, where its driver has an exposure.
        address: of a camera on the network.
        region: of the screen, X,Y,WIDTHxHEIGHT.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Cameras"))
        self._window, self._camera = window, window.camera
        self._pictures: dict[str, QImage] = {}
        self._modes: list[CameraMode] = []
        self._range: Exposure | None = None
        self.list = QListWidget()
        self.list.setObjectName("portraits")
        self.list.setAccessibleName(tr("Cameras"))
        self.list.setIconSize(_ICON)
        self.list.setMinimumHeight(210)
        self.list.setMaximumHeight(360)
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self.add(self.list)
        self.look = push_button(
            tr("Show a picture of each"), self._look, tr("Opens every camera for a moment; their lights may come on")
        )
        self.add_row(tr("Pictures"), self.look)
        self._add_options()
        self._add_others()
        self.finish()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._camera.refresh)
        self._camera.listed.connect(self._show_cameras)
        self._camera.chosen.connect(lambda _choice: self._show())
        window.bridge.status_changed.connect(self._show_status)
        self._show()

    def _add_options(self) -> None:
        self.add_heading(tr("The chosen camera"))
        self._in_use = self.add_text("")
        self.mode = ComboBox(tr("Size and rate"), tr("As the camera offers them"))
        self.mode.activated.connect(self._choose_mode)
        self.add_row(tr("Size and rate"), self.mode)
        degrees = [(0, "0°"), (90, "90°"), (180, "180°"), (270, "270°")]
        self.turn = ChoiceButtons(tr("Turn"), [(key, text, tr("Turn the picture clockwise")) for key, text in degrees])
        self.turn.chosen.connect(lambda key: self._change(turned_deg=cast("Literal[0, 90, 180, 270]", key)))
        self.add_row(tr("Turn"), self.turn)
        self.flip = Switch(tr("Flip left to right"))
        self.flip.clicked.connect(lambda on: self._change(flip=on))
        self.add(self.flip)
        self.automatic = Switch(tr("Automatic exposure"))
        self.automatic.clicked.connect(self._choose_automatic)
        self.exposure = SliderRow(
            tr("Exposure"), tr("Short is dark and sharp; long is bright and blurs motion"), 1, 0.5
        )
        self.exposure.slider.sliderReleased.connect(lambda: self._expose(self.exposure.slider.value()))
        self.add(self.automatic)
        self.add(self.exposure)

    def _add_others(self) -> None:
        self.add_heading(tr("Something else in its place"))
        video = push_button(tr("Open a video file…"), self._camera.ask_for_video, tr("Play a video as the camera"))
        self.add_row(tr("Video file"), video)
        self.address = QLineEdit()
        self.address.setPlaceholderText("http://192.168.1.20:8080/video")
        self.address.setToolTip(tr("MJPEG or RTSP, as phone and IP cameras show it; nothing else is fetched"))
        self.address.returnPressed.connect(self._use_address)
        self.add_row(tr("Address"), self.address, push_button(tr("Use"), self._use_address, tr("Use this address")))
        self.region = QLineEdit()
        self.region.setToolTip(tr("Left, top and size in pixels"))
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            size = screen.size() * screen.devicePixelRatio()
            self.region.setText(f"0,0,{size.width()}x{size.height()}")
            self.region.setToolTip(tr("Left, top and size in pixels, of {}").format(screen_label(screen)))
        self.region.returnPressed.connect(self._use_region)
        self.add_row(tr("Screen region"), self.region, push_button(tr("Use"), self._use_region, tr("Use this region")))
        self._refusal = self.add_text("", "warning")
        self._refusal.hide()

    def _choose(self, row: QListWidgetItem) -> None:
        self._camera.choose(row.data(Qt.ItemDataRole.UserRole))

    def _use_address(self) -> None:
        self._use(self.address.text().strip(), tr("Type an address"))

    def _use_region(self) -> None:
        self._use(f"screen:{self.region.text().replace(' ', '')}", "")

    def _use(self, choice: str, missing: str) -> None:
        """Use an address or a region, or say in place what is wrong with it."""
        from puppet.cameras.streams import (  # with FFmpeg, which the window's start does not need
            is_stream,
            stream_source,
        )

        refusal = "" if is_stream(choice) else missing or tr("This is no address; it begins with http:// or rtsp://")
        if not refusal:
            try:
                stream_source(choice)
            except CameraError as error:
                refusal = message_text(str(error))
        show_or_hide(self._refusal, refusal)
        if not refusal:
            self._camera.choose(choice)

    def _change(self, **changes: object) -> None:
        options = self._camera.options(self._choice())
        self._camera.set_options(replace(options, **changes))  # type: ignore[arg-type]
        self._show()

    def _choose_mode(self, row: int) -> None:
        if row == 0:
            self._change(size=None, fps=AS_IT_IS.fps)
        else:
            mode = self._modes[row - 1]
            self._change(size=(mode.width, mode.height), fps=mode.fps)

    def _choose_automatic(self, on: bool) -> None:
        self._expose(None if on or self._range is None else self._range.value)

    def _expose(self, value: int | None) -> None:
        self._change(exposure=value)
        if value is None and (device := self._device()) is not None:
            write_exposure(device, None)

    def _choice(self) -> str:
        return self._camera.choice() or AUTOMATIC

    def _info(self) -> CameraInfo | None:
        """Return the chosen camera, if it is one of the computer's."""
        choice = self._choice()
        real = [info for info in self._camera.found if not info.virtual]
        if choice == AUTOMATIC:
            return next(iter(real), None)
        return next((info for info in self._camera.found if info.name == choice), None)

    def _device(self) -> Path | None:
        info = self._info()
        return None if info is None else info.path

    def _show_cameras(self, found: list[CameraInfo]) -> None:
        names = [info.name for info in found]
        shown = [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]  # type: ignore[union-attr]
        if names != shown:
            self._show()

    def _show(self) -> None:
        self._show_list()
        info, options = self._info(), self._camera.options(self._choice())
        self._modes = [] if info is None or info.path is None else camera_modes(info.path)
        entries = [(f"{m.width} × {m.height} · {m.fps} fps", f"{m.width}x{m.height}@{m.fps}") for m in self._modes]
        width, height = options.size or (0, 0)
        chosen = f"{width}x{height}@{options.fps}" if options.size else ""
        self.mode.refill([(tr("Automatic (1280 × 720)"), ""), *entries], chosen)
        self.mode.setEnabled(info is not None)
        self.turn.set_choice(options.turned_deg)
        self.flip.setChecked(options.flip)
        self._show_exposure(info, options)

    def _show_exposure(self, info: CameraInfo | None, options: CameraOptions) -> None:
        self._range = None if info is None or info.path is None else read_exposure(info.path)
        self.automatic.setVisible(self._range is not None)
        self.exposure.setVisible(self._range is not None and options.exposure is not None)
        if self._range is not None:
            self.automatic.setChecked(options.exposure is None)
            self.exposure.slider.setRange(self._range.low, self._range.high)
            self.exposure.slider.setValue(options.exposure or self._range.value)

    def _show_list(self) -> None:
        self.list.clear()
        for info in self._camera.found:
            row = QListWidgetItem(info.name)
            row.setData(Qt.ItemDataRole.UserRole, info.name)
            image = self._pictures.get(info.name, QImage())
            row.setIcon(QIcon(QPixmap.fromImage(image) if not image.isNull() else _empty()))
            self.list.addItem(row)
            if self._info() == info:
                self.list.setCurrentItem(row)
        if not self._camera.found:
            row = QListWidgetItem(tr("No camera is plugged in: the bundled clip plays"))
            row.setFlags(Qt.ItemFlag.NoItemFlags)
            row.setData(Qt.ItemDataRole.UserRole, "")
            self.list.addItem(row)

    def _show_status(self, status: Status) -> None:
        if self.isVisible():
            self._in_use.setText(message_text(status.camera) or tr("Being opened…"))

    def _look(self) -> None:
        """Take a picture of each camera: of the one in use from the session, of the others on a worker."""
        rendered, in_use = self._window.bridge.rendered, self._info()
        for info in self._camera.found:
            if info == in_use and rendered is not None and rendered.frame.index >= 0:
                self._looked(info, as_image(rendered.frame.image).copy())
            elif info != in_use:
                take = partial(self._picture_of, info.name)
                failed = partial(self._look_failed, info)
                self._window.bridge.slow_worker.submit(take, partial(self._looked, info), failed)

    def _picture_of(self, name: str) -> QImage:
        """Open a camera for one picture; on the worker."""
        camera = self._camera.open_camera(name, self._camera.options(name))
        try:
            frame = camera.read(_READ_S)
            return QImage() if frame is None else as_image(frame.image).copy()
        finally:
            camera.close()

    def _looked(self, info: CameraInfo, image: QImage) -> None:
        if not image.isNull():
            kept, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            self._pictures[info.name] = image.scaled(3 * _ICON, kept, smooth)
        self._show_list()

    def _look_failed(self, info: CameraInfo, error: Exception) -> None:
        for row in self.list.findItems(info.name, Qt.MatchFlag.MatchExactly):
            row.setToolTip(message_text(str(error)))
            row.setText(f"{info.name}\n{error}")

    @override
    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._camera.refresh()
        self._timer.start(_REFRESH_MS)

    @override
    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self._timer.stop()


def _empty() -> QPixmap:
    pixmap = QPixmap(_ICON)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap
