"""Converts colours of other standards to SDR BT.709 and sRGB: wide gamuts, linear light, and HDR (PQ, HLG) tone-mapped.

Numbers are those of ITU-T H.273 (CICP), as video streams, PNG (cICP) and AVIF and HEIC (nclx) store them. Any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from puppet.domain import Picture

UNSPECIFIED = 2
_BT709 = 1
_LINEAR, _SRGB, _PQ, _HLG = 8, 13, 16, 18
_GAMMAS = {4: 2.2, 5: 2.8, 17: 2.6}
_DISPLAY_GAMMA = 2.4  # BT.1886, for every transfer that is a camera's curve
_D65 = (0.3127, 0.3290)
# x, y of red, green, blue and white. Those of BT.601 differ from BT.709's by less than 8 of 255 and count as BT.709's.
_PRIMARIES: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
}
_SDR_WHITE_NITS, _PEAK_NITS = 100.0, 1000.0
_KNEE = 0.4  # tone mapping leaves light below this share of SDR white as it is
_LATTICE = 65

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ColourTags:
    """Primaries and transfer of a picture, by their numbers in H.273."""

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED

    @property
    def is_sdr_709(self) -> bool:
        """True when the colours need no conversion, or are not known."""
        return self.gamut == _BT709 and self.transfer not in (_LINEAR, _PQ, _HLG, *_GAMMAS)

    @property
    def gamut(self) -> int:
        """The primaries, where they are known and matter; else BT.709's."""
        return self.primaries if self.primaries in _PRIMARIES else _BT709


def to_sdr_709(picture: NDArray[Any], tags: ColourTags) -> Picture:
    """Convert (H, W, 3) uint8 or uint16 RGB to 8 bits of BT.709; the picture's transfer stays, if it is one of SDR."""
    if picture.dtype == np.uint16:
        picture = (picture - (picture >> 8) + 128) >> 8  # / 257, rounded
    eight_bits = np.asarray(picture, np.uint8)
    return eight_bits if tags.is_sdr_709 else np.asarray(Image.fromarray(eight_bits).filter(_table(tags)))


@cache
def _table(tags: ColourTags) -> ImageFilter.Color3DLUT:
    axis = np.linspace(0.0, 1.0, _LATTICE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")  # red changes fastest
    coded = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    light = np.maximum(_light(coded, tags.transfer) @ _gamut_matrix(tags.gamut).T, 0.0)
    if tags.transfer in (_PQ, _HLG):
        light = _tone_mapped(light)
    return ImageFilter.Color3DLUT(_LATTICE, _coded(np.minimum(light, 1.0), tags.transfer))


def _light(coded: _Array, transfer: int) -> _Array:
    """Return the display's linear light of (N, 3) coded values in [0, 1]; 1 is SDR white."""
    if transfer == _PQ:  # SMPTE ST 2084
        power = coded ** (1 / 78.84375)
        nits = 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
        return np.minimum(nits, _PEAK_NITS) / _SDR_WHITE_NITS
    if transfer == _HLG:  # ITU-R BT.2100: inverse OETF, then the OOTF of a display of 1000 nits
        scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        luminance = (scene @ [0.2627, 0.6780, 0.0593])[:, None]
        return np.asarray(scene * np.maximum(luminance, 1e-6) ** 0.2 * (_PEAK_NITS / _SDR_WHITE_NITS))
    if transfer == _SRGB:
        return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return coded if transfer == _LINEAR else coded ** _GAMMAS.get(transfer, _DISPLAY_GAMMA)


def _coded(light: _Array, transfer: int) -> _Array:
    if transfer in (_SRGB, _LINEAR):
        return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return light ** (1 / _DISPLAY_GAMMA)


def _tone_mapped(light: _Array) -> _Array:
    """Compress light above the knee so that the peak becomes 1 (Mobius curve); hues stay."""
    peak = _PEAK_NITS / _SDR_WHITE_NITS
    a = -(_KNEE**2) * (peak - 1) / (_KNEE**2 - 2 * _KNEE + peak)
    b = (_KNEE**2 - 2 * _KNEE * peak + peak) / (peak - 1)
    brightest = np.maximum(light.max(axis=1, keepdims=True), 1e-9)
    curve = (b * b + 2 * b * _KNEE + _KNEE**2) / (b - a) * (brightest + a) / (brightest + b)
    return light * np.where(brightest <= _KNEE, 1.0, curve / brightest)


def _gamut_matrix(primaries: int) -> _Array:
    """Return the 3x3 matrix from linear RGB of these primaries to BT.709's; white stays white."""
    return np.linalg.inv(_to_xyz(_BT709)) @ _adaptation(primaries) @ _to_xyz(primaries)


def _to_xyz(primaries: int) -> _Array:
    *corners, white = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in _PRIMARIES[primaries])
    columns = np.stack(corners, axis=1)
    return np.asarray(columns * np.linalg.solve(columns, white))


def _adaptation(primaries: int) -> _Array:
    """Return the Bradford matrix from these primaries' white to D65."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    whites = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in (_PRIMARIES[primaries][3], _D65))
    before, after = (bradford @ white for white in whites)
    return np.asarray(np.linalg.inv(bradford) @ np.diag(after / before) @ bradford)
