"""Motion of the performer's shoulders, clothes and hair, measured by optical flow against a picture of them at rest.

Landmarks end at the face, and the pack's body keypoints are few. Dense inverse search (Kroeger et al. 2016, OpenCV's
implementation) compares each frame with the one at rest, so that errors do not add up. What does not look alike in both
(a hand before the chest, what was hidden at rest) has no certainty, and the networks' own motion remains.

Belongs to one thread.
"""

from __future__ import annotations

import logging

import cv2
import numpy as np

from puppet.domain import Floats, Picture
from puppet.errors import TrackingError
from puppet.geometry.affine import moved, similarity
from puppet.geometry.flow_grid import PIXELS, SIDE
from puppet.tracking.mediapipe_networks import SelfieSegmentation

SQUARE_SIDE = PIXELS * SIDE
"""Side of the squares that are compared, in pixels."""
_DIFFERENCE, _BLUR_PX = 18.0, 1.5  # grey levels by which a place may differ from its place at rest, averaged around it
_AROUND_CELLS, _UNLIKE = 2.0, 0.05  # extent of the motion around a cell, and normalised difference to it at a third
_log = logging.getLogger(__name__)


class BodyFlow:
    """Measures how far everything in a square is from its place at rest."""

    def __init__(self, *, person_only: bool) -> None:
        """`person_only`: motion beside the person has no certainty; else the background's counts, too."""
        self._person_only = person_only
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._search.setFinestScale(0)
        self._rest: Picture = np.zeros((SQUARE_SIDE, SQUARE_SIDE), np.uint8)
        self._share = np.ones((SQUARE_SIDE, SQUARE_SIDE), np.float32)
        axis = np.arange(SQUARE_SIDE, dtype=np.float32)
        self._places = np.dstack(np.meshgrid(axis, axis))

    def take_rest(self, square: Picture) -> None:
        """Measure from this square (SQUARE_SIDE, SQUARE_SIDE, 3) on."""
        self._rest = _grey(square)
        if self._person_only:
            try:
                self._share = SelfieSegmentation().segment(square)
            except TrackingError as error:
                _log.warning("%s; shoulders and hair move less exactly", error)
                self._share = np.zeros_like(self._share)

    @property
    def at_rest(self) -> tuple[Picture, Floats]:
        """Grey levels and the share that counts of the square at rest, each (SIDE, SIDE)."""
        picture, share = (
            cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for each in (self._rest, self._share)
        )
        return np.asarray(picture, np.uint8), np.asarray(share, np.float32)

    def measure(self, square: Picture, face: Floats, face_at_rest: Floats) -> Floats:
        """Return the motion from a square to rest, a `flow_grid`.

        Args:
            square: (SQUARE_SIDE, SQUARE_SIDE, 3).
            face: (K, 2) normalised: points of the face in it; the search begins with their shift, scale and roll.
            face_at_rest: the same points at rest.
        """
        now, rest = _grey(square), self._rest
        to_rest = similarity(*((points + 1) * ((SQUARE_SIDE - 1) / 2) for points in (face, face_at_rest)))
        begin = moved(self._places, to_rest).astype(np.float32) - self._places
        flow = np.asarray(self._search.calc(now, rest, begin), np.float32)
        at_rest = self._places + flow
        share = cv2.remap(self._share, at_rest, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)  # type: ignore[call-overload] # None: the map has both axes
        shown = cv2.remap(rest, at_rest, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload] # the same
        difference = cv2.GaussianBlur(cv2.absdiff(shown, now), (0, 0), _BLUR_PX).astype(np.float32)
        certainty = share * np.exp(-np.square(difference / _DIFFERENCE))
        offset = flow * (certainty * np.float32(2 / (SQUARE_SIDE - 1)))[..., None]
        cells = cv2.resize(np.dstack([offset, certainty]), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return _without_whirls(np.asarray(cells, np.float32))


def body_flow(picture: Picture, other: Picture, face: Floats, other_face: Floats) -> Floats:
    """Return where the person of a square picture is in another one, a `flow_grid`; faces: as of `BodyFlow.measure`."""
    now, rest = (cv2.resize(each, (SQUARE_SIDE,) * 2, interpolation=cv2.INTER_AREA) for each in (picture, other))
    flow = BodyFlow(person_only=True)
    flow.take_rest(np.asarray(rest, np.uint8))
    return flow.measure(np.asarray(now, np.uint8), face, other_face)


def grey_cells(square: Picture) -> Floats:
    """Return the grey levels of a square picture in the cells of a `flow_grid`, (SIDE, SIDE)."""
    return np.asarray(cv2.resize(_grey(square), (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)


def _without_whirls(cells: Floats) -> Floats:
    """Return cells without certainty where they move unlike those around them: on plain cloth the search errs."""
    around = np.asarray(cv2.GaussianBlur(cells, (0, 0), _AROUND_CELLS), np.float32)
    own, mean = (each[..., :2] / np.maximum(each[..., 2:], np.float32(1e-3)) for each in (cells, around))
    share = np.exp(-np.square((own - mean) / np.float32(_UNLIKE)).sum(2, keepdims=True))
    return np.asarray(cells * share, np.float32)


def _grey(square: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(square, cv2.COLOR_RGB2GRAY), np.uint8)
