"""Recognise later relatives of the three families by the names of their networks or the keys of their configuration."""

from __future__ import annotations

from collections.abc import Iterable

RUN_HERE = "Puppet runs FOMM, Monkey-Net and co-part segmentation"
_TPS, _ARTICULATED = "the Thin-Plate Spline Motion Model", "Articulated Animation (regions)"
_FAMILIES = {
    "num_tps": _TPS,
    "inpainting_network": _TPS,
    "num_regions": _ARTICULATED,
    "region_predictor": _ARTICULATED,
    "region_predictor_params": _ARTICULATED,
    "he_estimator": "face-vid2vid",
    "he_estimator_params": "face-vid2vid",
    "motion_extractor": "LivePortrait",
    "motion_extractor_params": "LivePortrait",
    "gen": "LIA",
}


def other_family(names: Iterable[object]) -> str | None:
    """Return the family that one of these names belongs to; None when none is known as another family's."""
    return next((_FAMILIES[name] for name in names if isinstance(name, str) and name in _FAMILIES), None)
