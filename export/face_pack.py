"""The `face` model as a pack: graphs `detect`, `encode` and `render`; the engine draws the maps they take.

Needs the extra `torch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from export.pack_writer import Exportable, Wanted, write_exported
from export.parity import ModuleRuntime, Sample
from puppet.domain import Floats, Keypoints, Picture
from puppet.engines.landmark import LandmarkEngine
from puppet.geometry import face_mesh
from puppet.geometry.crop import face_box
from puppet.geometry.landmarks import rest_pose
from puppet.models.face import SIZE, FaceMaps, FaceModel
from puppet.models.face_graphs import face_graphs
from puppet.models.learned_graphs import ModuleGraph
from puppet.packs import Pack, PackCard
from puppet.tracking.tracker import largest_face

_OPENED = 0.12  # of the face's height: how far the lower lip is moved


def export_face(
    model: FaceModel,
    folder: Path,
    card: PackCard,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    samples: Sequence[Sample] = (),
    calibration: Sequence[Sample] = (),
) -> Pack:
    """Write the pack into `folder` (must not exist) after its graphs were compared with the module.

    Args:
        model: in eval mode afterwards.
        folder: must not exist.
        card: of the pack; its figures of parity are filled in here.
        wanted: formats and precisions.
        samples: to compare on; without any, the mean face over noise.
        calibration: what int8 takes its ranges from.

    Raises:
        EngineError: the graphs' pictures deviate too far from the module's; nothing is written.
        PackError: the folder exists or cannot be written.
    """
    graphs = _graphs(model.eval().float())
    weights = {name: value.half() for name, value in model.state_dict().items() if value.is_floating_point()}
    # Its networks double before they convolve nothing, so there is nothing to rewrite.
    exportable = Exportable(card, graphs, graphs, graphs, (), LandmarkEngine, weights)
    engine = LandmarkEngine(Pack(folder, card, {}), ModuleRuntime(graphs))
    seen = [_with_body(engine, sample) for sample in samples or noise_samples()]
    return write_exported(exportable, folder, wanted, seen, [_with_body(engine, sample) for sample in calibration])


def face_samples(pictures: Sequence[Picture]) -> list[Sample]:
    """Portraits as the loop frames them, each in several poses. Raises TrackingError: one shows no face."""
    samples = []
    for picture in pictures:
        face = largest_face(picture)[0]
        crop = face_box(face).within(picture)
        keypoints = crop.to_norm(face.points, SIZE)
        square = crop.extract(picture, SIZE)
        samples += [Sample(square, keypoints, driven) for driven in _performed(keypoints)]
    return samples


def noise_samples() -> list[Sample]:
    """The mean face over noise: no portrait and no tracker are needed."""
    rest = rest_pose()
    picture = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    return [Sample(picture, rest, driven) for driven in _performed(rest)]


def _with_body(engine: LandmarkEngine, sample: Sample) -> Sample:
    """The sample with the body's keypoints too, which go half as far as the face does."""
    own = engine.detect(sample.picture, sample.keypoints)
    assert own.body is not None
    shift = (sample.driven.points - own.points).mean(0) / 2
    return replace(sample, keypoints=own, driven=replace(sample.driven, body=own.body + shift))


def _performed(rest: Keypoints) -> list[Keypoints]:
    """A pose turned, nodded with an opened mouth, and tilted somewhere else."""
    return [
        _posed(rest, yaw_deg=12),
        _opened(_posed(rest, pitch_deg=8)),
        _opened(_posed(rest, yaw_deg=-6, roll_deg=8, shift=(0.1, -0.05))),
    ]


def _posed(
    rest: Keypoints,
    yaw_deg: float = 0,
    pitch_deg: float = 0,
    roll_deg: float = 0,
    shift: tuple[float, float] = (0, 0),
) -> Keypoints:
    """A pose turned about its middle."""
    assert rest.depth is not None
    points = np.column_stack([rest.points, rest.depth])
    middle = points.mean(0)
    rotation = _rotation(pitch_deg, 0) @ _rotation(yaw_deg, 1) @ _rotation(roll_deg, 2)
    turned = ((points - middle) @ rotation.T + middle + [*shift, 0]).astype(np.float32)
    return Keypoints(np.ascontiguousarray(turned[:, :2]), np.ascontiguousarray(turned[:, 2]))


def _rotation(angle_deg: float, axis: int) -> Floats:
    """About x, y or z."""
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    matrix = np.eye(3, dtype=np.float32)
    first, second = [other for other in range(3) if other != axis]
    matrix[first, first], matrix[first, second] = cosine, -sine
    matrix[second, first], matrix[second, second] = sine, cosine
    return matrix


def _opened(pose: Keypoints) -> Keypoints:
    """The lower lip's inner edge moved down."""
    points = pose.points.copy()
    points[face_mesh.LOWER_INNER[1:-1], 1] += np.float32(_OPENED * np.ptp(points[:, 1]))
    return Keypoints(points, pose.depth)


def _graphs(model: FaceModel) -> list[ModuleGraph]:
    sample = noise_samples()[0]
    own, maps = _maps(sample.keypoints, sample.keypoints), _maps(sample.keypoints, sample.driven)
    return face_graphs(model, torch.from_numpy(sample.picture), own, maps)


def _maps(source: Keypoints, driving: Keypoints) -> FaceMaps:
    maps = face_mesh.draw(source, driving)
    return FaceMaps(*(torch.from_numpy(getattr(maps, name))[None] for name in FaceMaps._fields))
