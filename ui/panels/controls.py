"""The panel at the right: camera, motion, output, model with its features, and appearance."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from puppet.controls import GAIN_RANGE, SMOOTHING_RANGE
from puppet.domain import Controls, Lids, Motion, Output, Parts
from ui.controls_model import ControlsModel
from ui.panels.box import BoxPanel
from ui.panels.part_swap import PartSwapPanel
from ui.panels.presets import PresetsPanel
from ui.translation import tr
from ui.widgets.basic import ChoiceButtons, SliderRow, Switch, arrange, styled_label
from ui.widgets.camera_combo import CameraCombo
from ui.widgets.microphone import LevelMeter, MicrophoneCombo
from ui.widgets.pack_combo import PackCombo

WIDTH_PX = 272
_DEFAULTS = Controls()
_WHOLE = tr("The animated square, pasted back into the whole portrait")
_SLIDERS = {
    "strength": (tr("Strength"), tr("How far the head follows yours"), GAIN_RANGE[1]),
    "mouth": (tr("Mouth"), tr("How far the mouth follows yours"), GAIN_RANGE[1]),
    "eyes": (tr("Eyes"), tr("How far eyes and brows follow yours"), GAIN_RANGE[1]),
    "turn": (tr("Turn"), tr("How far the head turns to the sides"), GAIN_RANGE[1]),
    "tilt": (tr("Tilt"), tr("How far the head nods and leans"), GAIN_RANGE[1]),
    "shift": (tr("Shift"), tr("How far head and shoulders move in the picture"), GAIN_RANGE[1]),
    "brows": (tr("Brows"), tr("How far the brows follow yours"), GAIN_RANGE[1]),
    "gaze": (tr("Gaze"), tr("How far the portrait looks where you look"), GAIN_RANGE[1]),
    "left_lid": (tr("Left lid"), tr("How far the eye on the picture's left opens and closes"), GAIN_RANGE[1]),
    "right_lid": (tr("Right lid"), tr("How far the eye on the picture's right opens and closes"), GAIN_RANGE[1]),
    "smoothing": (tr("Smoothing"), tr("High values are calm, low values quick"), SMOOTHING_RANGE[1]),
}
"""Field of Controls -> label, tooltip and maximum."""
_DETAILS = ("turn", "tilt", "shift", "brows", "gaze", "left_lid", "right_lid")
"""Sliders that are shown on demand, for packs of landmarks."""


class ControlsPanel(QScrollArea):
    """Shows the live controls and changes them; holds the lists of cameras and packs.

    Args:
        controls: shown and changed.
        clip: path of the bundled clip.

    Attributes:
        camera: list of cameras.
        camera_hint: the line below it.
        microphone: list of microphones.
        level: level of the chosen one; hidden without one.
        mirror: mirror switch.
        self_view: switch of the performer's own picture in the preview's corner.
        motion: its keys are puppet.domain.Motion.
        parts: its keys are puppet.domain.Parts; like `more`, visible for packs of landmarks.
        best_moment: looks for the moment that agrees best with the portrait's pose.
        reanchor: takes the present place of the head as the neutral one.
        more: shows the sliders of single parts, and `lids`.
        lids: its keys are puppet.domain.Lids.
        sliders: by the names of their fields in Controls.
        output: its keys are puppet.domain.Output.
        more_output: opens the page of the output.
        presets: named choices of motion and output.
        packs: list of model packs.
        box: framing and box; visible for packs that detect keypoints themselves.
        part_swap: visible for packs with segments.
        language: its keys are "system", "en" and "de".
        theme: its keys are "system", "light" and "dark".
    """

    def __init__(self, controls: ControlsModel, clip: Path) -> None:
        super().__init__()
        self.camera = CameraCombo(clip)
        self.camera_hint = styled_label("", "muted", wrap=True)
        self.camera_hint.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.microphone, self.level = MicrophoneCombo(), LevelMeter()
        self.mirror = Switch(tr("Mirror"))
        self.mirror.setToolTip(tr("Show yourself as in a mirror (M)"))
        self.self_view = Switch(tr("See yourself"))
        self.self_view.setToolTip(
            tr("Your own picture with the portrait's pose as an outline, only in this window (I)")
        )
        self.motion = ChoiceButtons(
            tr("Motion"),
            [
                (
                    Motion.RELATIVE,
                    tr("Keep portrait's pose"),
                    tr("The portrait moves from its own pose, as you from yours"),
                ),
                (Motion.ABSOLUTE, tr("Copy mine"), tr("The portrait takes your pose as it is")),
            ],
        )
        self.sliders = {
            field: SliderRow(label, tip, maximum, getattr(_DEFAULTS, field))
            for field, (label, tip, maximum) in _SLIDERS.items()
        }
        self.parts = ChoiceButtons(
            tr("Parts"),
            [
                (Parts.ALL, tr("All"), tr("The portrait repeats head and face")),
                (Parts.HEAD, tr("Head only"), tr("The portrait repeats your head and keeps its expression")),
                (
                    Parts.EXPRESSION,
                    tr("Face only"),
                    tr("The portrait repeats your expression and keeps its head still"),
                ),
            ],
        )
        self.lids = ChoiceButtons(
            tr("Lids"),
            [
                (Lids.EACH, tr("Each"), tr("Each eye opens and closes as yours")),
                (Lids.TOGETHER, tr("Together"), tr("Both eyes open and close alike")),
                (Lids.WINK, tr("Wink"), tr("As yours; a narrowed eye closes fully, and the other stays open")),
            ],
        )
        self.best_moment = QPushButton(tr("Best moment"))
        self.best_moment.setToolTip(tr("Look as the portrait does: the moment that matches best calibrates (Shift+C)"))
        self.reanchor = QPushButton(tr("Re-anchor"))
        self.reanchor.setToolTip(tr("Your head's place and turn of now are the neutral ones, at once (X)"))
        self.more = Switch(tr("More sliders"))
        self.more.setToolTip(tr("Turn, tilt, shift, brows, gaze and each lid on its own"))
        self._details = QWidget()
        details = (*(self.sliders[field] for field in _DETAILS), QLabel(tr("Lids")), self.lids)
        arrange(QVBoxLayout(self._details), *details, spacing=10)
        self.output = ChoiceButtons(
            tr("Output"),
            [
                (Output.CROP, tr("Crop"), tr("The animated square on a blurred background")),
                (Output.FULL, tr("Whole picture"), _WHOLE),
            ],
        )
        self.more_output = QPushButton(tr("Size, background, label…"))
        self.more_output.setToolTip(tr("Everything about the picture that leaves this window, on one page"))
        self.presets = PresetsPanel()
        self.packs = PackCombo()
        self.box = BoxPanel()
        self.part_swap = PartSwapPanel(controls)
        self.theme = ChoiceButtons(
            tr("Appearance"),
            [
                ("system", tr("System"), tr("Light or dark as in the system's settings")),
                ("light", tr("Light"), tr("Light colours")),
                ("dark", tr("Dark"), tr("Dark colours")),
            ],
        )
        later = tr("Used from the next start on")
        self.language = ChoiceButtons(
            tr("Language"), [("system", tr("System"), later), ("en", "English", later), ("de", "Deutsch", later)]
        )
        self._build()
        self._bind(controls)

    def show_abilities(self, segments: int, *, detects: bool) -> None:
        """Show the sections that the pack supports."""
        if segments:
            self.part_swap.set_segments(segments)
        self.part_swap.setVisible(segments > 0)
        self.box.setVisible(detects)
        for widget in (self.parts, self.more, self.best_moment):
            widget.setVisible(not detects)
        self._details.setVisible(not detects and self.more.isChecked())

    def show_margins(self, has_margins: bool) -> None:
        """Offer the whole picture if the portrait has more of it than the model's square."""
        self.output.buttons[Output.FULL].setEnabled(has_margins)
        tip = _WHOLE if has_margins else tr("This portrait's picture has nothing around the square")
        self.output.buttons[Output.FULL].setToolTip(tip)

    def _build(self) -> None:
        self.setObjectName("panelScroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedWidth(WIDTH_PX)
        body = QWidget()
        body.setObjectName("panel")
        layout = arrange(QVBoxLayout(body), spacing=10, margins=(18, 16, 18, 16))
        calibration = QWidget()
        arrange(QHBoxLayout(calibration), self.best_moment, self.reanchor, spacing=8)
        _section(layout, tr("Camera"), self.camera, self.camera_hint, self.mirror, self.self_view, calibration)
        _section(layout, tr("Microphone"), self.microphone, self.level)
        main = (slider for field, slider in self.sliders.items() if field not in _DETAILS)
        _section(layout, tr("Motion"), self.motion, self.parts, *main, self.more, self._details)
        _section(layout, tr("Output"), self.output, self.more_output)
        _section(layout, tr("Preset"), self.presets)
        _section(layout, tr("Model"), self.packs, self.part_swap, self.box)
        _section(layout, tr("Appearance"), self.theme, self.language)
        layout.addStretch()
        self.setWidget(body)
        self.show_abilities(0, detects=False)
        self.camera_hint.hide()
        self.level.hide()

    def _bind(self, controls: ControlsModel) -> None:
        self.mirror.clicked.connect(lambda on: controls.update(mirror=on))
        self.parts.chosen.connect(lambda key: controls.update(parts=key))
        self.lids.chosen.connect(lambda key: controls.update(lids=key))
        self.more.toggled.connect(self._details.setVisible)
        self.motion.chosen.connect(lambda key: controls.update(motion=key))
        self.output.chosen.connect(lambda key: controls.update(output=key))
        for field, slider in self.sliders.items():
            slider.changed.connect(lambda value, field=field: controls.update(**{field: value}))
        controls.changed.connect(self._show)
        self._show(controls.current)

    def _show(self, controls: Controls) -> None:
        self.mirror.setChecked(controls.mirror)
        self.motion.set_choice(controls.motion)
        self.parts.set_choice(controls.parts)
        self.lids.set_choice(controls.lids)
        self.output.set_choice(controls.output)
        for field, slider in self.sliders.items():
            slider.set_value(getattr(controls, field))


def _section(layout: QVBoxLayout, heading: str, *widgets: QWidget) -> None:
    if layout.count():
        layout.addSpacing(8)
    layout.addWidget(styled_label(heading, "heading"))
    for widget in widgets:
        layout.addWidget(widget)
