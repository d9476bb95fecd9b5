"""A portrait is cut out in a process of its own as it is here; the process ends when it is no longer needed."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.compositing import cutout, cutout_process
from puppet.compositing.cutout import Cutout, region_of
from puppet.errors import MediaError
from puppet.geometry.crop import whole_box

PICTURE = np.random.default_rng(0).integers(100, 140, (48, 64, 3), np.uint8)


def _soft() -> Cutout:
    matte = np.zeros((48, 64), np.uint8)
    matte[16:, 24:40] = 255
    return Cutout(region_of(PICTURE, whole_box(PICTURE)), matte, PICTURE)


def test_the_process_paints_the_background_as_it_is_painted_here() -> None:
    found, expected = (module.with_texture(_soft(), PICTURE) for module in (cutout_process, cutout))
    assert found is not None
    assert expected is not None
    np.testing.assert_array_equal(found.background, expected.background)
    np.testing.assert_array_equal(found.matte, expected.matte)
    assert (found.region.size, found.region.scale) == (expected.region.size, expected.region.scale)


def test_a_process_that_is_no_longer_needed_is_stopped() -> None:
    assert cutout_process.with_texture(_soft(), PICTURE, lambda: True) is None


def test_a_process_that_fails_is_one_error_line() -> None:
    with pytest.raises(MediaError, match=r"^The process that cuts portraits out ended with code 1; ValueError"):
        cutout_process.cut_out(PICTURE, whole_box(PICTURE), np.zeros(3, np.float32))
