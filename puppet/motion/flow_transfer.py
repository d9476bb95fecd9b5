"""Transfer of the motion that was measured beside the performer's face; a part of `LandmarkTransfer`. Pure."""

from __future__ import annotations

import numpy as np

from puppet.domain import Floats
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.flow_grid import aligned
from puppet.geometry.head_pose import Array, Head

_ALIKE = 0.12  # of the head's size: distance between two heads at which measured motion has a third of its certainty


def driven_flow(
    flow: Floats, face: Array, portrait: tuple[Head, Head], performer: tuple[Head, Head], gain: float
) -> Floats:
    """Return the performer's measured motion in the portrait's square, as certain as both heads move alike.

    Where gains and limits keep the portrait's head from moving as the performer's does, neither does what is beside it.

    Args:
        flow: a `flow_grid` of the performer.
        face: (478, 3): the portrait's face in the head's own frame.
        portrait: its head in its own pose, and driven.
        performer: their head at rest, and now.
        gain: factor of the motion.
    """
    (own, driven), (rest, now) = portrait, performer
    scale = own.size / rest.size
    turned = now.rotation @ rest.rotation.T @ own.rotation
    unlimited = Head(turned, own.size * now.size / rest.size, own.centre + (now.centre - rest.centre) * scale)
    outline = face[OVAL]
    apart = (unlimited.to_camera(outline) - driven.to_camera(outline))[:, :2]
    alike = np.float32(np.exp(-(apart**2).sum(1).mean() / (_ALIKE * own.size) ** 2))
    moved = aligned(flow, scale, rest.centre[:2], own.centre[:2])
    return np.asarray(alike * moved * np.array((gain * scale, gain * scale, 1), np.float32), np.float32)


def driven_appearance(appearance: Floats | None, own: Head, rest: Head) -> Floats | None:
    """Return the performer's grey levels as they lie in the portrait's square."""
    if appearance is None:
        return None
    return aligned(appearance, own.size / rest.size, rest.centre[:2], own.centre[:2])
