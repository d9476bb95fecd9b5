"""Cut-outs are made once; what is wrong with a kept one costs the time of cutting out only."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from puppet.compositing import cutout, cutout_process
from puppet.compositing.cutout import Cutout, cut_out, kept_cutout, with_texture
from puppet.compositing.cutout_cache import write_cutout
from puppet.domain import Floats, Picture
from puppet.geometry.crop import CropBox, whole_box

PICTURE = np.random.default_rng(0).integers(100, 140, (64, 96, 3), np.uint8)
CROP = whole_box(PICTURE)
FACE = np.array([(36, 18), (60, 18), (60, 42), (36, 42)], np.float32)


class Segmentation:
    """Finds a person in the middle of every picture, and counts."""

    calls = 0

    def segment(self, picture: Picture) -> Floats:
        Segmentation.calls += 1
        silhouette = np.zeros(picture.shape[:2], np.float32)
        silhouette[14:, 30:66] = 1
        return silhouette

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def segmentation(monkeypatch: pytest.MonkeyPatch) -> None:
    Segmentation.calls = 0
    monkeypatch.setattr(cutout, "SelfieSegmentation", Segmentation)


def cut(picture: Picture = PICTURE, crop: CropBox = CROP, *, whole: bool = False) -> Cutout:
    found = cut_out(picture, crop, FACE, whole=whole)
    assert found is not None
    return found


def assert_same(found: Cutout | None, expected: Cutout | None) -> None:
    assert found is not None
    assert expected is not None
    np.testing.assert_array_equal(found.matte, expected.matte)
    np.testing.assert_array_equal(found.background, expected.background)
    assert (found.name, found.finished) == (expected.name, expected.finished)
    assert astuple(found.region) == astuple(expected.region)


def test_a_picture_is_cut_out_once() -> None:
    first = cut()
    assert_same(cut(), first)
    assert_same(cutout_process.cut_out(PICTURE, CROP, FACE), first)
    assert Segmentation.calls == 1
    cut(np.ascontiguousarray(PICTURE[::-1]))
    cut(crop=CropBox(48, 32, 40))
    assert Segmentation.calls == 3


def test_the_background_with_texture_takes_the_place_of_the_soft_one(home: Path) -> None:
    soft = cut()
    assert not soft.finished
    textured = with_texture(soft, PICTURE)
    assert textured is not None
    assert textured.finished
    assert_same(kept_cutout(PICTURE, CROP), textured)
    assert len(list(home.rglob("cutouts/*"))) == 1


def test_a_texture_that_was_stopped_is_painted_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    soft = cut()
    monkeypatch.setattr(cutout, "mixed_fill", lambda *_: None)
    assert with_texture(soft, PICTURE, lambda: True) is None
    assert_same(kept_cutout(PICTURE, CROP), soft)
    assert with_texture(soft, PICTURE) is not None  # too little is known: the soft one is all there is
    assert_same(kept_cutout(PICTURE, CROP), replace(soft, finished=True))


def test_texture_after_a_kept_soft_cut_out_is_nearly_the_same() -> None:
    fresh, kept = cut(), cut()
    assert fresh.mixed_in is not None
    assert kept.mixed_in is None
    found, expected = with_texture(kept, PICTURE), with_texture(fresh, PICTURE)
    assert found is not None
    assert expected is not None
    np.testing.assert_allclose(found.background, expected.background, atol=2)  # the edge's colours, estimated again


@pytest.mark.parametrize("damage", ["shorter", "another picture"])
def test_a_damaged_file_is_made_again(home: Path, damage: str) -> None:
    first = cut()
    (path,) = home.rglob("cutouts/*.png")
    if damage == "shorter":
        path.write_bytes(path.read_bytes()[:-5])
    else:
        write_cutout(first.name, first.matte[:30], PICTURE[:30], textured=False)
    assert_same(cut(), first)
    assert Segmentation.calls == 2


def test_a_cache_that_cannot_be_written_costs_only_time(home: Path) -> None:
    (home / ".cache").write_text("no folder")
    assert_same(cut(), cut())
    assert Segmentation.calls == 2


def test_a_file_shows_nothing_of_the_person(home: Path) -> None:
    picture = PICTURE.copy()
    picture[20:60, 38:58] = (255, 0, 0)
    found = cut_out(picture, CROP, FACE)
    assert found is not None
    (path,) = home.rglob("cutouts/*.png")
    kept = cv2.imdecode(np.frombuffer(path.read_bytes()[32:], np.uint8), cv2.IMREAD_UNCHANGED)
    assert kept is not None
    assert not (kept[..., 2] > 200).any()
