"""Arrays are mapped or refused in one line; nothing in a header is evaluated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.motion.npz import map_npy


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["uint8", "float32", "int64", "bool"])
def test_arrays_are_mapped_as_they_were_saved(tmp_path: Path, kind: str, order: str) -> None:
    array = np.asarray(np.arange(24).reshape(2, 3, 4), kind, order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", array)
    found = map_npy(tmp_path / "a.npy")
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype


def test_cut_off_and_empty_files_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((9, 9)))
    whole = (tmp_path / "a.npy").read_bytes()
    for length in (0, 3, 9, 50, len(whole) - 1):
        (tmp_path / "a.npy").write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"no array|cut off|damaged"):
            map_npy(tmp_path / "a.npy")


@given(st.binary(max_size=100), st.booleans())
def test_any_header_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, header: bytes, whole: bool) -> None:
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    path.write_bytes((b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") if whole else b"") + header)
    with pytest.raises(ValueError, match=r"no array|cut off|damaged"):
        map_npy(path)
