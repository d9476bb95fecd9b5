"""VGG: read from either format and from nothing unsafe; the perceptual loss is zero when pictures agree."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from puppet.errors import CheckpointError
from puppet.training.losses.papers import perceptual
from puppet.training.losses.vgg import VGG19, Vgg, read_vgg
from tests.support.made_training import write_vgg

FEATURES = {"relu2_2": 1.0, "relu3_2": 1.0}


def test_both_formats_give_the_same_features(vgg: Vgg, tmp_path: Path) -> None:
    indices = (0, 2, 5, 7, 10, 12)
    values = vgg.convolutions.state_dict()
    state = {f"features.{place}.{k}": values[f"{i}.{k}"] for i, place in enumerate(indices) for k in ("weight", "bias")}
    torch.save(state | {"classifier.0.weight": torch.zeros(2, 2)}, tmp_path / "vgg16.pth")
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    expected = vgg(picture, tuple(FEATURES))
    for path in (write_vgg(tmp_path / "vgg.npz", vgg), tmp_path / "vgg16.pth"):
        for found, wanted in zip(read_vgg(path, tuple(FEATURES))(picture, tuple(FEATURES)), expected, strict=True):
            torch.testing.assert_close(found, wanted)


def test_other_files_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", conv0_w=np.zeros((8, 3, 3, 3), np.float32))
    torch.save({"model": Path("not a tensor")}, tmp_path / "unsafe.pth")
    (tmp_path / "text.pth").write_text("text")
    for name in ("other.npz", "unsafe.pth", "text.pth", "missing.pth"):
        with pytest.raises(CheckpointError, match=name):
            read_vgg(tmp_path / name, tuple(FEATURES))


def test_an_npz_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (9000000000,), }\n"
    with zipfile.ZipFile(tmp_path / "vgg.npz", "w") as archive:
        archive.writestr("conv0_w.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64))
    with pytest.raises(CheckpointError, match="cut off") as caught:
        read_vgg(tmp_path / "vgg.npz", tuple(FEATURES))
    assert "\n" not in str(caught.value)


def test_equal_pictures_cost_nothing_and_weights_say_where_others_do(vgg: Vgg) -> None:
    random = torch.Generator().manual_seed(1)
    a, b = torch.rand(2, 1, 3, 64, 64, generator=random)
    b[..., 32:] = a[..., 32:]
    assert perceptual(vgg, a, a, FEATURES, normalised=True) == 0
    right = torch.zeros(1, 1, 64, 64)
    right[..., 48:] = 1
    there, elsewhere = (perceptual(vgg, a, b, FEATURES, normalised=True, where=x) for x in (right, 1 - right))
    assert there < 0.1 * elsewhere


def test_vgg19_is_told_from_its_file(tmp_path: Path) -> None:
    torch.manual_seed(1)
    vgg = Vgg(VGG19)
    places = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
    values = vgg.convolutions.state_dict()
    state = {f"features.{places[int(k.split('.')[0])]}.{k.split('.')[1]}": value for k, value in values.items()}
    torch.save(state | {"features.34.weight": torch.zeros(512, 512, 3, 3)}, tmp_path / "vgg19.pth")
    found = read_vgg(tmp_path / "vgg19.pth", ("relu2_1", "relu3_1"))
    assert (found.blocks, len(found.convolutions)) == (VGG19, 5)
    picture = torch.rand(1, 3, 32, 32)
    expected = vgg(picture, ("relu2_1", "relu3_1"))
    torch.testing.assert_close(found(picture, ("relu2_1", "relu3_1")), expected, atol=0, rtol=0)
    assert [tuple(features.shape) for features in expected] == [(1, 128, 16, 16), (1, 256, 8, 8)]
