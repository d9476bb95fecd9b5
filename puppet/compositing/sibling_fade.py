"""Fade from one picture of a person to another: `SiblingFade`. Belongs to the thread that paints, after the render."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import cv2

from puppet.compositing.corrections import mixed_corrections
from puppet.compositing.donor_parts import Donor, add_parts
from puppet.compositing.face_alignment import FaceAlignment, PerformerView
from puppet.compositing.layered_compositor import Composition
from puppet.domain import Floats, Inspection, Keypoints, Picture
from puppet.geometry.smoothstep import smoothstep

FRAMES = 3
"""Number of frames that mix two pictures."""


@dataclass(slots=True)
class _Before:
    """The picture that is faded out.

    Attributes:
        composition: its layers.
        offset: (h, w, 2): its flow minus the flow of the next picture, when they were exchanged.
        last: the last square that was rendered of it, whose corrections go on.
        frames: since then.
    """

    composition: Composition
    offset: Floats
    last: Inspection
    frames: int = 0


class SiblingFade:
    """Composes from one of several pictures; after an exchange, mixes both for some frames.

    Only one picture is rendered per frame: the flow of the picture before goes on as the flow of the next one does.
    """

    def __init__(self) -> None:
        """Begin without a picture."""
        self._shown: Hashable = None
        self._now: Composition | None = None
        self._flow: Floats | None = None
        self._last: Inspection | None = None
        self._before: _Before | None = None
        self._alignment = FaceAlignment()

    def place(
        self,
        shown: Hashable,
        composition: Composition,
        inspection: Inspection,
        driven: Keypoints,
        donors: Sequence[Donor] = (),
        view: PerformerView | None = None,
    ) -> Picture:
        """Return the finished picture, as `Composition.place` does.

        Args:
            shown: the portrait and the kind of output; another one appears at once.
            composition: of the picture that was rendered.
            inspection: the rendered square.
            driven: the portrait's pose.
            donors: parts of other pictures.
            view: of the performer, if the portrait shows them.
        """
        flow = composition.flow(inspection, driven)
        if shown != self._shown:
            self._shown, self._before = shown, None
        elif composition is not self._now and self._now and self._flow is not None and self._last:
            self._before = _Before(self._now, self._flow - flow, self._last)
        self._now, self._flow, self._last = composition, flow, inspection
        picture = composition.compose(flow, driven)
        if self._before is not None:
            self._before.frames += 1
            share = float(smoothstep(self._before.frames, end=FRAMES + 1))
            other = self._before.composition.compose(flow + self._before.offset, driven)
            cv2.addWeighted(picture, share, other, 1 - share, 0, picture)
            inspection = mixed_corrections(inspection, self._before.last, share)
            if self._before.frames == FRAMES:
                self._before = None
        composition.correct(picture, inspection, driven)
        add_parts(picture, driven, donors)
        if view is not None:
            self._alignment.align(picture, composition.placement.of_pose(driven), view)
        return composition.enlarged(picture)
