"""Portraits whose face is close to an edge of their picture: the motion away from that edge is taken back.

Behind the edge there is nothing that could be moved in. So the portrait as a whole is moved along with the face: fully
at the edge, less and less towards the other side. Between transfer and rendering; pure functions of values, any thread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from puppet.domain import Floats, Keypoints, Picture
from puppet.geometry.crop import CropBox
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.flow_grid import places
from puppet.geometry.smoothstep import smoothstep

_TIGHT, _LOOSE = 0.08, 0.28  # room between face and edge, of half the square: fully taken back, not at all


@dataclass(frozen=True, slots=True, eq=False)
class PictureEdges:
    """The edges of a portrait's picture in its crop, and how close the face is to them.

    Attributes:
        at: (2, 2) float32: left and upper, right and lower edge, normalised.
        tight: (2, 2) in [0, 1]: 1 where the face is close to the edge.
    """

    at: Floats
    tight: Floats

    def hold(self, source: Keypoints, driven: Keypoints) -> Keypoints:
        """Return the portrait's driven landmarks and body without the motion away from tight edges.

        Args:
            source: the portrait's own pose.
            driven: its pose after the motion transfer.
        """
        if not self.tight.any():
            return driven
        away = _motion_away(source.points[OVAL], driven.points[OVAL]) * self.tight

        def shift(points: Floats) -> Floats:
            share = ((points - self.at[0]) / (self.at[1] - self.at[0])).clip(0, 1)
            return np.asarray(away[1] * share - away[0] * (1 - share), np.float32)

        body = None if driven.body is None else driven.body + shift(driven.body)
        flow = driven.flow
        if flow is not None:
            back = -shift(np.dstack(np.meshgrid(places(), places())))
            flow = np.dstack([flow[..., :2] + flow[..., 2:] * back, flow[..., 2]])
        return replace(driven, points=driven.points + shift(driven.points), body=body, flow=flow)


def edges_of(picture: Picture, crop: CropBox, pose: Keypoints) -> PictureEdges:
    """Return the edges of a portrait's picture.

    Args:
        picture: the portrait.
        crop: the model's square in it.
        pose: the portrait's landmarks in the square.
    """
    size = np.array(picture.shape[1::-1], np.float64)
    at = (np.array([(-0.5, -0.5), size - 0.5]) - (crop.x, crop.y)) * 2 / crop.side
    face = pose.points[OVAL]
    room = np.array([face.min(0) - at[0], at[1] - face.max(0)])
    return PictureEdges(at.astype(np.float32), (1 - smoothstep(room, _TIGHT, _LOOSE)).astype(np.float32))


def _motion_away(source: Floats, driven: Floats) -> Floats:
    """Return (2, 2), at least 0: how far the half of a face nearest to each edge has moved away from it."""
    shift, middle = driven - source, np.median(source, axis=0)
    low = np.where(source <= middle, shift, 0).sum(0) / (source <= middle).sum(0)
    high = np.where(source >= middle, shift, 0).sum(0) / (source >= middle).sum(0)
    return np.asarray(np.maximum([low, -high], 0), np.float32)
