"""Export of the `face` model: graphs `detect`, `encode` and `render`; the engine draws the maps that they take.

Needs the extra `torch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from export.pack_writer import ExportOptions, PackContents, export_pack
from export.parity import ModuleRuntime, Sample
from puppet.domain import Keypoints, Picture
from puppet.engines.landmark import LandmarkEngine
from puppet.geometry import face_mesh
from puppet.geometry.crop import face_box
from puppet.geometry.head_pose import rotation_matrix
from puppet.geometry.landmarks import rest_pose
from puppet.models.face import SIZE, FaceMaps, FaceModel
from puppet.models.face_graphs import face_graphs
from puppet.models.learned_graphs import ModuleGraph
from puppet.packs import Pack, PackCard
from puppet.tracking.tracker import largest_face

_MOUTH_OPENING = 0.12  # displacement of the lower lip, relative to the face's height


def export_face(
    model: FaceModel,
    folder: Path,
    card: PackCard,
    options: ExportOptions = ExportOptions(),  # noqa: B008 - frozen
    samples: Sequence[Sample] = (),
    calibration: Sequence[Sample] = (),
) -> Pack:
    """Write a pack after its graphs were compared with the model.

    Args:
        model: in eval mode afterwards.
        folder: must not exist.
        card: card of the pack, without figures of parity.
        options: formats and precisions.
        samples: inputs to compare on; without any, the mean face over noise.
        calibration: inputs that int8 takes its ranges from.

    Raises:
        EngineError: the graphs deviate too far from the model; nothing is written.
        PackError: the folder exists or cannot be written.
    """
    graphs = _graphs(model.eval().float())
    weights = {name: value.half() for name, value in model.state_dict().items() if value.is_floating_point()}
    # The rewrites of export.graphs find nothing to rewrite in these networks.
    contents = PackContents(card, graphs, graphs, graphs, (), LandmarkEngine, weights)
    engine = LandmarkEngine(Pack(folder, card, {}), ModuleRuntime(graphs))
    compared = [_with_body(engine, sample) for sample in samples or noise_samples()]
    return export_pack(contents, folder, options, compared, [_with_body(engine, sample) for sample in calibration])


def face_samples(pictures: Sequence[Picture]) -> list[Sample]:
    """Crop portraits and drive each by several poses. Raises TrackingError: one shows no face."""
    samples = []
    for picture in pictures:
        face = largest_face(picture)[0]
        crop = face_box(face).within(picture)
        keypoints = crop.to_norm(face.points, SIZE)
        square = crop.extract(picture, SIZE)
        samples += [Sample(square, keypoints, driven) for driven in _driving_poses(keypoints)]
    return samples


def noise_samples() -> list[Sample]:
    """Return samples of the mean face over noise, which need no portrait and no tracker."""
    rest = rest_pose()
    picture = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    return [Sample(picture, rest, driven) for driven in _driving_poses(rest)]


def _with_body(engine: LandmarkEngine, sample: Sample) -> Sample:
    """Add body keypoints to a sample; they move half as far as the face."""
    own = engine.detect(sample.picture, sample.keypoints)
    assert own.body is not None
    shift = (sample.driven.points - own.points).mean(0) / 2
    return replace(sample, keypoints=own, driven=replace(sample.driven, body=own.body + shift))


def _driving_poses(rest: Keypoints) -> list[Keypoints]:
    """Return a turned pose, a nodding one with an open mouth, and a tilted and shifted one with an open mouth."""
    return [
        _rotated(rest, yaw_deg=12),
        _with_open_mouth(_rotated(rest, pitch_deg=8)),
        _with_open_mouth(_rotated(rest, yaw_deg=-6, roll_deg=8, shift=(0.1, -0.05))),
    ]


def _rotated(
    rest: Keypoints,
    yaw_deg: float = 0,
    pitch_deg: float = 0,
    roll_deg: float = 0,
    shift: tuple[float, float] = (0, 0),
) -> Keypoints:
    """Rotate a pose about its centre and shift it."""
    assert rest.depth is not None
    points = np.column_stack([rest.points, rest.depth])
    centre = points.mean(0)
    pitch, yaw, roll = np.diag(np.radians((pitch_deg, -yaw_deg, roll_deg)))
    rotation = rotation_matrix(pitch) @ rotation_matrix(yaw) @ rotation_matrix(roll)
    turned = ((points - centre) @ rotation.T + centre + [*shift, 0]).astype(np.float32)
    return Keypoints(np.ascontiguousarray(turned[:, :2]), np.ascontiguousarray(turned[:, 2]))


def _with_open_mouth(pose: Keypoints) -> Keypoints:
    """Move the inner edge of the lower lip down."""
    points = pose.points.copy()
    points[face_mesh.LOWER_INNER[1:-1], 1] += np.float32(_MOUTH_OPENING * np.ptp(points[:, 1]))
    return Keypoints(points, pose.depth)


def _graphs(model: FaceModel) -> list[ModuleGraph]:
    sample = noise_samples()[0]
    own, maps = _maps(sample.keypoints, sample.keypoints), _maps(sample.keypoints, sample.driven)
    return face_graphs(model, torch.from_numpy(sample.picture), own, maps)


def _maps(source: Keypoints, driving: Keypoints) -> FaceMaps:
    maps = face_mesh.draw(source, driving)
    return FaceMaps(*(torch.from_numpy(getattr(maps, name))[None] for name in FaceMaps._fields))
