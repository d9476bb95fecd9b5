"""The matte of a portrait: the person's share of every pixel, hair included. Once per portrait.

The segmentation says where the person is within some pixels. Along its outline the share is solved at a small
size and guided upwards along the picture's edges. Pure functions, safe on any thread; a second or two.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Picture

_SOLVED_SIDE_PX = 480  # longest side of the picture whose matte is solved
_RADIUS_PX = 4  # of the solver's windows
_EDGE = 1e-4 * 255**2  # regularisation, for colours in [0, 255]: with colours in [0, 1] cv2's filter ignores its guide
_FINE_EDGE = 1e-5 * 255**2  # the same, for the way upwards
_PRIOR = 3e-2  # weight of the segmentation along the outline
_KNOWN = 100.0  # weight of pixels whose share is known
_MOST_STEPS = 60
_ENOUGH = 1e-4  # remaining error of the solution, relative
_SURE, _POSSIBLE = 0.9, 0.15  # of the segmentation
_CORE, _BAND, _HAIR = 0.045, 0.045, 0.12
"""Widths of the outline inside the person, outside of the body and outside of the head, in units of the face."""
_LOW, _HIGH = 0.12, 0.92  # stretched to 0 and 1


def refined(pixels: Picture, silhouette: Floats, face: Floats) -> NDArray[np.uint8]:
    """Return the matte (h, w): 255 on the person who has the face, 0 on the background.

    Args:
        pixels: (h, w, 3): the picture.
        silhouette: (h, w) in [0, 1]: segmentation of all persons.
        face: (K, 2): outline of the face, in pixels.
    """
    height, width = silhouette.shape
    zoom = min(1.0, _SOLVED_SIDE_PX / max(height, width))
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    outline = (face + 0.5) * zoom - 0.5
    own, core, possible = _zones(np.asarray(cv2.resize(silhouette, size, interpolation=cv2.INTER_AREA)), outline)
    known = (core > 0) | (possible == 0)
    prior = np.where(known, core, own).astype(np.float32)
    solved = _solved(small, prior, np.where(known, _KNOWN, _PRIOR).astype(np.float32))
    large = cv2.resize(solved, (width, height), interpolation=cv2.INTER_CUBIC)
    fine = cv2.ximgproc.guidedFilter(pixels.astype(np.float32), large, max(2, round(1.5 / zoom)), _FINE_EDGE)
    fine = np.where(np.isfinite(fine), fine, large)  # cv2's filter divides by zero where all colours are equal
    share = np.clip((fine - _LOW) / (_HIGH - _LOW), 0, 1)
    levels: NDArray[np.uint8] = np.rint(share * 255).astype(np.uint8)
    levels[levels < 6] = 0
    return levels


def inside(face: Floats, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return 1 inside of the face's outline (K, 2), in pixels."""
    filled = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(np.rint(face).astype(np.int32)), (1,))
    return filled


def _zones(silhouette: Floats, face: Floats) -> tuple[Floats, NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the silhouette of the person who has the face, what is surely the person, and what may be."""
    within = inside(face, silhouette.shape)
    unit = float(np.ptp(face, 0).max())
    _, labels = cv2.connectedComponents(((silhouette > 0.5) | (within > 0)).astype(np.uint8))
    person = np.isin(labels, labels[(within > 0) & (labels > 0)]).astype(np.uint8)
    near = _grown(person, _HAIR * unit)
    own = np.where(near > 0, silhouette, 0).astype(np.float32)
    core = _shrunk(((own > _SURE) & (person > 0)).astype(np.uint8), _CORE * unit) | _shrunk(within, _CORE * unit / 2)
    possible = _grown((own > _POSSIBLE).astype(np.uint8), _BAND * unit)
    chin = max(0, round(float(face[:, 1].max())))
    possible[:chin] |= near[:chin]
    return own, core, possible


def _solved(picture: Floats, wanted: Floats, weight: Floats) -> Floats:
    """Solve for the share that is a linear function of the colours within every window.

    Conjugate gradients on the matting Laplacian (Levin et al. 2008), whose product with a vector is the vector minus
    its guided filter (He et al. 2010, "Fast Matting Using Large Kernel Matting Laplacian Matrices").

    Args:
        picture: (h, w, 3) in [0, 255].
        wanted: (h, w): share in [0, 1]; also the start.
        weight: (h, w): how much the share is to be the wanted one.
    """
    laplacian = cv2.ximgproc.createGuidedFilter(picture, _RADIUS_PX, _EDGE)
    scale = np.asarray(1 / (1 + weight), np.float32)
    best, share = wanted, wanted
    error = weight * wanted - _product(laplacian, weight, share)
    direction = scale * error
    size = least = start = float((error * direction).sum())
    for _ in range(_MOST_STEPS):
        if size <= _ENOUGH**2 * start:
            break
        product = _product(laplacian, weight, direction)
        step = np.float32(size / max(float((direction * product).sum()), 1e-20))
        share = np.asarray(share + step * direction, np.float32)
        error = error - step * product
        scaled = scale * error
        before, size = size, float((error * scaled).sum())
        if size < least:
            best, least = share, size
        elif size > 100 * least:  # cv2's filter is not quite symmetric at the picture's border
            break
        direction = scaled + np.float32(size / before) * direction
    return np.asarray(best.clip(0, 1), np.float32)


def _product(laplacian: cv2.ximgproc.GuidedFilter, weight: Floats, share: Floats) -> Floats:
    share = share.astype(np.float32)
    filtered = laplacian.filter(share)
    return np.asarray(share - np.where(np.isfinite(filtered), filtered, share) + weight * share, np.float32)


def _grown(mask: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(mask, _disc(radius)), np.uint8)


def _shrunk(mask: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.erode(mask, _disc(radius)), np.uint8)


def _disc(radius: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(radius)) + 1,) * 2), np.uint8)
