"""Lower precisions are compared with fp32 on the same poses; unavailable ones are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks import precision_error
from benchmarks.command_line import FAILED
from puppet.config import EngineOptions
from puppet.domain import Floats
from puppet.packs import open_pack
from tests.support import faces


class Difference:
    """Stands in for LPIPS, whose weights are not everywhere."""

    def distance(self, a: Floats, b: Floats) -> Floats:
        difference: Floats = np.abs(a - b).mean(2)
        return difference


def test_int8_deviates_little_from_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = [EngineOptions("onnxruntime", precision, "cpu") for precision in ("fp32", "bf16", "int8")]
    monkeypatch.setattr(precision_error, "engine_combinations", lambda: tried)
    (row,) = precision_error._rows(open_pack("face"), [faces.portrait("vera.jpg")], Difference())  # type: ignore[arg-type]
    pack, engine, precision, pictures, mean, worst, fine = row
    assert (pack, engine, precision, pictures, fine) == ("face", "onnxruntime", "int8", "3", "yes")
    assert 0 < float(mean) <= float(worst) < precision_error.ALLOWED


def test_missing_weights_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["precision_error", "--lpips", str(tmp_path / "none.npz")])
    assert precision_error.main() == FAILED
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
