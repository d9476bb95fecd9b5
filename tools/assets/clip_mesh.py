"""Meshes of the clip's performer: MakeHuman's base mesh read by parts, and Catmull-Clark subdivision as a matrix.

Both work on whole arrays, so that a pose costs one sparse product. Faces are quads, (F, 4) int; vertices are (V, 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class BaseMesh:
    """The quads of every group of the base mesh, and a texture coordinate for each vertex.

    Attributes:
        groups: group name -> (F, 4) vertex indices.
        uv: (V, 2), v upwards; a vertex on a seam has the coordinate of one of its sides.
    """

    groups: dict[str, Ints]
    uv: Floats


def read_base_mesh(path: Path) -> BaseMesh:
    """Read MakeHuman's base.obj, which is all quads."""
    coordinates: list[tuple[float, float]] = []
    faces: dict[str, list[list[int]]] = {}
    corners: list[tuple[int, int]] = []
    group = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "vt":
            u, v = rest.split()[:2]
            coordinates.append((float(u), float(v)))
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            pairs = [(int(a) - 1, int(b) - 1 if b else 0) for a, b, *_ in (f"{c}/".split("/") for c in rest.split())]
            faces.setdefault(group, []).append([vertex for vertex, _ in pairs])
            corners += pairs
    vertex, texture = np.array(corners).T
    uv = np.zeros((vertex.max() + 1, 2))
    uv[vertex] = np.array(coordinates)[texture]
    return BaseMesh({name: np.array(quads) for name, quads in faces.items()}, uv)


def subdivide(faces: Ints, vertices: int) -> tuple[sparse.csr_matrix, Ints]:
    """One Catmull-Clark step (Catmull and Clark 1978) for a quad mesh with borders.

    Args:
        faces: (F, 4) indices of points; points of no face are allowed and lost.
        vertices: V, how many points there are.

    Returns:
        A matrix (V', V) that makes the new points from the old, and the (4F, 4) new quads.
    """
    count = len(faces)
    starts, ends = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    edges, edge_of = np.unique(np.sort(np.stack([starts, ends], 1), axis=1), axis=0, return_inverse=True)
    edge_of = edge_of.reshape(count, 4)
    used, local = np.unique(faces, return_inverse=True)
    local = local.reshape(count, 4)

    face_points = _rows(np.repeat(np.arange(count), 4), faces.ravel(), (count, vertices)) / 4
    sides = np.bincount(edge_of.ravel(), minlength=len(edges))
    middles = _rows(np.repeat(np.arange(len(edges)), 2), edges.ravel(), (len(edges), vertices)) / 2
    touching = _rows(edge_of.ravel(), np.repeat(np.arange(count), 4), (len(edges), count))
    inner = sparse.diags((sides == 2).astype(float))
    edge_points = middles - inner @ middles / 2 + inner @ touching @ face_points / 4

    points = _vertex_points(faces, edges, edge_of, sides == 1, face_points, middles, vertices)[used]
    base_edge, base_face = len(used), len(used) + len(edges)
    centre = np.broadcast_to((base_face + np.arange(count))[:, None], (count, 4))
    quads = np.stack([local, base_edge + edge_of, centre, base_edge + np.roll(edge_of, 1, axis=1)], axis=2)
    return sparse.vstack([points, edge_points, face_points]).tocsr(), quads.reshape(-1, 4)


def _vertex_points(
    faces: Ints,
    edges: Ints,
    edge_of: Ints,
    border: NDArray[np.bool_],
    face_points: sparse.csr_matrix,
    middles: sparse.csr_matrix,
    vertices: int,
) -> sparse.csr_matrix:
    """Where the old points go: (F + 2 R + (n - 3) P) / n inside, (R + P) / 2 of the border's edges on the border."""
    valence = np.bincount(faces.ravel(), minlength=vertices).astype(float)
    per = 1 / np.maximum(valence, 1)
    around_faces = _rows(faces.ravel(), np.repeat(np.arange(len(faces)), 4), (vertices, len(faces)))
    degree = np.bincount(edges.ravel(), minlength=vertices).astype(float)
    around_edges = _rows(edges.ravel(), np.repeat(np.arange(len(edges)), 2), (vertices, len(edges)))
    identity = sparse.identity(vertices, format="csr")
    mean_face = sparse.diags(per) @ around_faces @ face_points
    mean_edge = sparse.diags(1 / np.maximum(degree, 1)) @ around_edges @ middles
    inside = sparse.diags(per) @ mean_face + 2 * sparse.diags(per) @ mean_edge + sparse.diags(1 - 3 * per) @ identity
    on_border = np.zeros(vertices, bool)
    on_border[edges[border]] = True
    rim = _rows(edges[border].ravel(), np.repeat(np.flatnonzero(border), 2), (vertices, len(edges)))
    rim_points = (sparse.diags(1 / np.maximum(np.asarray(rim.sum(1)).ravel(), 1)) @ rim @ middles + identity) / 2
    keep = sparse.diags((~on_border).astype(float))
    return (keep @ inside + sparse.diags(on_border.astype(float)) @ rim_points).tocsr()


def triangles(quads: Ints) -> Ints:
    """(2F, 3) triangles of (F, 4) quads."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def normals(points: Floats, corners: Ints) -> Floats:
    """(V, 3) unit normals, each the area-weighted mean of the triangles around the vertex."""
    a, b, c = (points[corners[:, i]] for i in range(3))
    across = np.repeat(np.cross(b - a, c - a), 3, axis=0)
    total = np.stack([np.bincount(corners.ravel(), across[:, i], len(points)) for i in range(3)], axis=1)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12), np.float64)


def _rows(row: Ints, column: Ints, shape: tuple[int, int]) -> sparse.csr_matrix:
    """A matrix of ones; entries that fall on each other add up."""
    return sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=shape)
