"""Poses for the shipped pack of landmarks, tracked before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.timed_engines import Poses
from puppet.config import OFFLINE_CONTROLS
from puppet.domain import Keypoints, Picture
from puppet.geometry.crop import face_box
from puppet.geometry.landmarks import rest_pose
from puppet.media.pictures import read_picture
from puppet.motion import landmark_transfer
from puppet.tracking.tracker import MediaPipeTracker, largest_face
from puppet.userdata.gallery import Gallery


def clip_poses(frames: Sequence[Picture], size: int) -> Poses:
    """Return the gallery's first portrait and the performer's motion in frames, transferred to it.

    Raises:
        TrackingError: the portrait shows no face, or the tracker does not start.
    """
    picture = read_picture(Gallery().portraits()[0].path)
    found, _ = largest_face(picture)
    box = face_box(found).within(picture)
    source = box.extract(picture, size)
    own = box.to_norm(found.points, size)
    performed = _tracked(frames, size)
    driving = [landmark_transfer.drive(own, pose, performed[0], OFFLINE_CONTROLS) for pose in performed]
    return Poses(source, own, [source] * len(driving), driving)


def nodding_poses(picture: Picture) -> Poses:
    """Return any picture with the mean face nodding a little: enough to measure times."""
    rest = rest_pose()
    nod = replace(rest, points=rest.points + np.array([0, 0.02], np.float32))
    return Poses(picture, rest, [picture] * 2, [nod, rest])


def _tracked(frames: Sequence[Picture], size: int) -> list[Keypoints]:
    tracker = MediaPipeTracker()
    try:
        faces = [face for face in map(tracker.locate, frames) if face is not None]
    finally:
        tracker.close()
    box = face_box(faces[0])
    return [box.to_norm(face.points, size) for face in faces]
