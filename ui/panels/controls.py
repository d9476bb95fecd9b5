"""The panel on the right: camera, motion, what is shown, the model and what it can do, and how the window looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from puppet.controls import GAIN_RANGE, SMOOTHING_RANGE
from puppet.domain import Controls, Motion, Output
from ui.panels.box import BoxPanel
from ui.panels.part_swap import PartSwapPanel
from ui.widgets.basic import Segments, SliderRow, Switch
from ui.widgets.camera_combo import CameraCombo
from ui.widgets.pack_combo import PackCombo

WIDTH_PX = 272


class ControlsPanel(QScrollArea):
    """Shows Controls and lets the person change them.

    Args:
        clip: the bundled clip's path.

    Attributes:
        camera: the camera box.
        camera_hint: the line under it.
        mirror: the mirror switch.
        packs: the list of model packs.
        look: what is looked at; shown for packs that detect.
        parts: part swap; shown for packs with segments.

    Signals:
        controls_changed: the new puppet.domain.Controls.
        theme_chosen: "system", "light" or "dark".
    """

    controls_changed = pyqtSignal(object)
    theme_chosen = pyqtSignal(str)

    def __init__(self, clip: Path) -> None:
        super().__init__()
        defaults = Controls()
        self._controls = defaults
        self.camera = CameraCombo(clip)
        self.camera_hint = _note("")
        self.mirror = Switch("Mirror")
        self.mirror.setToolTip("Move as in a mirror (M)")
        self.strength = SliderRow("Strength", "How far the head follows yours", GAIN_RANGE[1], defaults.strength)
        self.mouth = SliderRow("Mouth", "How far the mouth follows yours", GAIN_RANGE[1], defaults.mouth)
        self.eyes = SliderRow("Eyes", "How far eyes and brows follow yours", GAIN_RANGE[1], defaults.eyes)
        self.smoothing = SliderRow("Smoothing", "Calm against quick", SMOOTHING_RANGE[1], defaults.smoothing)
        self.motion = Segments(
            "Motion",
            [
                (Motion.RELATIVE.value, "Relative", "The portrait keeps its own face and repeats your movements"),
                (Motion.ABSOLUTE.value, "Absolute", "The portrait takes on your pose as it is"),
            ],
        )
        self.output = Segments(
            "Picture",
            [
                (Output.CROP.value, "Square", "The animated square on a quiet background"),
                (Output.FULL.value, "Whole picture", "Pasted back into the portrait's whole picture"),
            ],
        )
        self.packs = PackCombo()
        self.box = BoxPanel()
        self.part_swap = PartSwapPanel()
        self.theme = Segments(
            "Appearance", [("system", "System", "As the system is"), ("light", "Light", ""), ("dark", "Dark", "")]
        )
        self.theme.set_choice("system")
        self._build()
        self._connect()
        self.set_controls(defaults)

    def set_controls(self, controls: Controls) -> None:
        """Show `controls` without telling anybody."""
        self._controls = controls
        self.mirror.setChecked(controls.mirror)
        self.motion.set_choice(controls.motion.value)
        self.output.set_choice(controls.output.value)
        self.part_swap.set_controls(controls)
        for name, row in self._rows():
            row.set_value(getattr(controls, name))

    def set_camera_hint(self, text: str) -> None:
        """A line under the camera box, or none."""
        self.camera_hint.setText(text)
        self.camera_hint.setVisible(bool(text))

    def show_abilities(self, segments: int, *, detects: bool) -> None:
        """Show the parts of the panel that are of use with the pack, and no others."""
        if segments:
            self.part_swap.set_segments(segments)
        self.part_swap.setVisible(segments > 0)
        self.box.setVisible(detects)

    def apply_theme(self) -> None:
        """Take on the theme's colours; call it when the theme has changed."""
        self.part_swap.apply_theme()

    def _rows(self) -> list[tuple[str, SliderRow]]:
        return [
            ("strength", self.strength),
            ("mouth", self.mouth),
            ("eyes", self.eyes),
            ("smoothing", self.smoothing),
        ]

    def _build(self) -> None:
        self.setObjectName("panelScroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedWidth(WIDTH_PX)
        body = QWidget()
        body.setObjectName("panel")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        _section(layout, "Camera", self.camera, self.camera_hint, self.mirror)
        _section(layout, "Motion", self.motion, *(row for _, row in self._rows()))
        _section(layout, "Picture", self.output)
        _section(layout, "Model", self.packs, self.part_swap, self.box)
        _section(layout, "Appearance", self.theme)
        layout.addStretch()
        self.setWidget(body)
        self.show_abilities(0, detects=False)
        self.set_camera_hint("")

    def _connect(self) -> None:
        self.mirror.toggled.connect(lambda on: self._change(replace(self._controls, mirror=on)))
        self.motion.chosen.connect(lambda key: self._change(replace(self._controls, motion=Motion(key))))
        self.output.chosen.connect(lambda key: self._change(replace(self._controls, output=Output(key))))
        self.part_swap.controls_changed.connect(self._change)
        self.theme.chosen.connect(self.theme_chosen)
        self.strength.changed.connect(lambda value: self._change(replace(self._controls, strength=value)))
        self.mouth.changed.connect(lambda value: self._change(replace(self._controls, mouth=value)))
        self.eyes.changed.connect(lambda value: self._change(replace(self._controls, eyes=value)))
        self.smoothing.changed.connect(lambda value: self._change(replace(self._controls, smoothing=value)))

    def _change(self, controls: Controls) -> None:
        if controls != self._controls:
            self._controls = controls
            self.controls_changed.emit(controls)


def _section(layout: QVBoxLayout, heading: str, *widgets: QWidget) -> None:
    label = QLabel(heading)
    label.setObjectName("heading")
    if layout.count():
        layout.addSpacing(8)
    layout.addWidget(label)
    for widget in widgets:
        layout.addWidget(widget)


def _note(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label
