"""The factory: candidates of `auto`, refusals, and which engines get a fallback."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from puppet.config import EngineOptions
from puppet.engines import factory
from puppet.engines.factory import candidates, open_engine
from puppet.engines.fallback import FallbackEngine
from puppet.engines.landmark import LandmarkEngine
from puppet.errors import EngineError
from puppet.packs import Pack, open_pack
from tests.support.faces import face


@pytest.fixture
def pack() -> Pack:
    """The shipped pack as it was without int8."""
    shipped = open_pack("face")
    return replace(shipped, files={name: digest for name, digest in shipped.files.items() if "int8" not in name})


@pytest.fixture
def with_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "_optional", lambda device: ["openvino"])


def names(pack: Pack, engine: str = "auto", precision: str = "auto", device: str = "auto") -> list[str]:
    return [str(choice) for choice in candidates(pack, EngineOptions(engine, precision, device))]


@pytest.mark.usefixtures("with_openvino")
def test_auto_tries_installed_engines_at_safe_precisions(pack: Pack) -> None:
    assert names(pack) == ["openvino bf16", "onnxruntime fp32", "openvino fp32", "openvino fp16", "openvino fp32 cpu"]
    assert names(pack, engine="openvino", device="cpu") == [
        "openvino bf16 cpu",
        "openvino fp32 cpu",
        "openvino fp16 cpu",
    ]
    assert names(pack, engine="torch") == ["torch fp32"]


def test_auto_with_onnx_runtime_alone_has_one_candidate(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert names(pack) == ["onnxruntime fp32"]


def test_int8_and_fp16_are_tried_where_the_pack_has_them(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    rich = replace(pack, files={**pack.files, "render.int8.onnx": "0" * 64, "render.fp16.onnx": "1" * 64})
    assert names(rich, engine="onnxruntime") == ["onnxruntime int8", "onnxruntime fp32"]
    monkeypatch.setattr(factory, "has_gpu_provider", lambda: True)
    assert names(rich, engine="onnxruntime") == ["onnxruntime fp16", "onnxruntime fp32", "onnxruntime int8"]
    assert names(rich, engine="onnxruntime", device="cpu") == ["onnxruntime int8 cpu", "onnxruntime fp32 cpu"]


@pytest.mark.usefixtures("with_openvino")
def test_a_trial_starts_with_the_likely_fastest(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    rich = replace(pack, files={**pack.files, "render.int8.onnx": "0" * 64})
    assert names(rich)[:4] == ["openvino int8", "openvino bf16", "onnxruntime int8", "onnxruntime fp32"]
    monkeypatch.setattr(factory, "has_gpu_provider", lambda: True)
    assert names(rich)[:3] == ["onnxruntime fp32", "onnxruntime int8", "openvino int8"]


@pytest.mark.usefixtures("with_openvino")
def test_a_named_precision_is_tried_alone(pack: Pack) -> None:
    assert names(pack, precision="bf16") == ["openvino bf16", "onnxruntime bf16"]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"engine": "warp9"}, "Unknown engine warp9; choose one of auto, onnxruntime, openvino, torch"),
        ({"precision": "fp3"}, "Unknown precision fp3; choose one of auto, fp32, fp16, bf16, int8"),
        ({"device": "abacus"}, "Unknown device abacus; choose one of auto, cpu, cuda"),
        ({"engine": "onnxruntime", "precision": "bf16"}, "--engine openvino"),
        (
            {"engine": "onnxruntime", "precision": "int8"},
            "has no render.int8.onnx; make a pack that has it with packs export face .*--precision int8",
        ),
    ],
)
def test_unavailable_names_are_one_line_with_the_next_step(pack: Pack, asked: dict[str, str], line: str) -> None:
    with pytest.raises(EngineError, match=line) as refused:
        open_engine(pack, EngineOptions(**asked))
    assert "\n" not in str(refused.value)


def test_onnx_runtime_on_the_cpu_needs_no_fallback(pack: Pack) -> None:
    engine = open_engine(pack, EngineOptions(device="cpu"))
    assert isinstance(engine, LandmarkEngine)
    engine.close()


def test_another_engine_that_fails_is_replaced_by_onnx_runtime(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    openvino = pytest.importorskip("openvino")
    engine = open_engine(pack, EngineOptions("openvino", "fp32", "cpu"))
    assert isinstance(engine, FallbackEngine)
    source, moved = face(), face(mouth=0.1)
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    code = engine.encode(picture, source)
    before = engine.render(code, source, moved)

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(openvino, "Tensor", fail)
    after = engine.render(code, source, moved)
    assert str(engine.info) == "onnxruntime · CPU · fp32"
    assert np.abs(after.astype(int) - before).max() <= 1
    engine.close()


@pytest.mark.usefixtures("with_openvino")
def test_a_remembered_engine_that_stopped_working_is_skipped(
    pack: Pack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any) -> Any:
        raise EngineError("OpenVINO does not start: a library of the system is gone")

    monkeypatch.setattr(factory, "OpenVino", refuse)
    monkeypatch.setattr(factory, "fastest", lambda pack, choices, open_choice: choices[0])
    engine = open_engine(pack, EngineOptions(device="cpu"))
    assert str(engine.info) == "onnxruntime · CPU · fp32"
    assert [record.getMessage() for record in caplog.records] == [
        "openvino bf16 cpu cannot be used: OpenVINO does not start: a library of the system is gone"
    ]
    engine.close()


def test_torch_is_not_imported_unless_it_is_named(pack: Pack) -> None:
    if "torch" in sys.modules:
        pytest.skip("another test imported it")
    open_engine(pack, EngineOptions(device="cpu")).close()
    assert "torch" not in sys.modules
