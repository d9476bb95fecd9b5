"""Which engine runs a pack: the names the command line knows, and the one place that turns them into an Engine."""

from __future__ import annotations

import importlib.util
import logging
from functools import partial

from puppet.domain import EngineInfo
from puppet.engines.autotune import Choice, fastest
from puppet.engines.base import Engine
from puppet.engines.fallback import FallbackEngine
from puppet.engines.landmark import LandmarkEngine
from puppet.engines.learned import LearnedEngine
from puppet.engines.runtimes.base import Runtime
from puppet.engines.runtimes.onnxruntime import OnnxRuntime, gpu_promised
from puppet.engines.runtimes.openvino import OpenVino
from puppet.errors import EngineError
from puppet.packs import Pack, verify_pack

ENGINES = ("auto", "onnxruntime", "openvino", "torch")
PRECISIONS = ("auto", "fp32", "fp16", "bf16", "int8")
DEVICES = ("auto", "cpu", "cuda")

_log = logging.getLogger(__name__)
_EVERYWHERE = Choice("onnxruntime", "fp32", "cpu")
_EVERYWHERE_INFO = EngineInfo("onnxruntime", "CPU", "fp32")


def open_engine(pack: Pack, engine: str = "auto", precision: str = "auto", device: str = "auto") -> Engine:
    """Open an engine for a pack, whose files are verified first.

    `auto` takes the fastest of what is installed, measured once (puppet/engines/autotune.py). A precision below fp32 is
    compared with fp32 on every portrait, and an engine that stops working is replaced (puppet/engines/fallback.py).

    Raises:
        PackError: a file is damaged.
        EngineError: the pack cannot be run; for an unknown name the message lists the known ones.
    """
    for kind, name, known in (
        ("engine", engine, ENGINES),
        ("precision", precision, PRECISIONS),
        ("device", device, DEVICES),
    ):
        if name not in known:
            raise EngineError(f"unknown {kind} {name} (known: {', '.join(known)})")
    verify_pack(pack)
    return _fastest(pack, candidates(pack, engine, precision, device))


def candidates(pack: Pack, engine: str, precision: str, device: str) -> list[Choice]:
    """What may run a pack, as far as names go, the likely fastest first: with a large pack there is time for few.

    torch is never the fastest on a processor and takes seconds to import: it is used when it is named.
    """
    names = {"auto": ["onnxruntime", *_optional(device)]}.get(engine, [engine])
    if precision != "auto":
        found = [Choice(name, precision, device) for name in names]
    else:
        found = [choice for name in names for choice in _harmless(pack, name, device)]
    on_gpu = device != "cpu" and gpu_promised()
    return sorted(found, key=lambda choice: _rank(choice, on_gpu))


def _fastest(pack: Pack, choices: list[Choice]) -> Engine:
    """The fastest of `choices` that can be opened: what was remembered may have stopped working since."""
    chosen = fastest(pack, choices, partial(_plain, pack))
    try:
        return _checked(pack, chosen)
    except EngineError as error:
        others = [choice for choice in choices if choice != chosen]
        if not others:
            raise
        _log.warning("%s cannot be used: %s", chosen, error)
        return _fastest(pack, others)


def _optional(device: str) -> list[str]:
    return ["openvino"] if device != "cuda" and importlib.util.find_spec("openvino") is not None else []


def _harmless(pack: Pack, engine: str, device: str) -> list[Choice]:
    """Every precision that `auto` may try: those with graphs of their own where the pack was made and proved so."""
    precisions = {"openvino": ["bf16", "fp32", "fp16"], "onnxruntime": ["fp32"]}.get(engine, ["fp32"])
    if engine == "onnxruntime" and "render.fp16.onnx" in pack.files and device != "cpu" and gpu_promised():
        precisions.append("fp16")
    if engine != "torch" and "render.int8.onnx" in pack.files:
        precisions.append("int8")
    found = [Choice(engine, precision, device) for precision in precisions]
    if engine == "openvino" and device == "auto":
        found.append(Choice(engine, "fp32", "cpu"))  # should its GPU be slower
    return found


def _rank(choice: Choice, on_gpu: bool) -> int:
    """Where to begin. On a processor these were ×5, ×3, ×3 and ×1.5 of a plain loop's speed; a GPU is before all."""
    if on_gpu and choice.engine == "onnxruntime":
        return ["fp16", "fp32", "int8", "bf16"].index(choice.precision) - 4
    order = [("openvino", "int8"), ("openvino", "bf16"), ("onnxruntime", "int8"), ("onnxruntime", "fp32")]
    place = (choice.engine, choice.precision)
    return order.index(place) if place in order else len(order) + (choice.device == "cpu")


def _checked(pack: Pack, choice: Choice) -> Engine:
    engine = _plain(pack, choice)
    if engine.info == _EVERYWHERE_INFO:
        return engine
    exact = None if choice.precision == "fp32" else partial(_plain, pack, Choice(choice.engine, "fp32", choice.device))
    return FallbackEngine(engine, partial(_plain, pack, _EVERYWHERE), exact)


def _plain(pack: Pack, choice: Choice) -> Engine:
    runtime = _runtime(choice)
    return LandmarkEngine(pack, runtime) if pack.card.detector == "landmarks" else LearnedEngine(pack, runtime)


def _runtime(choice: Choice) -> Runtime:
    if choice.engine == "openvino":
        return OpenVino(choice.device, choice.precision)
    if choice.engine == "torch":
        try:
            from puppet.engines.runtimes.torch import (
                Torch,  # takes seconds to import, and is not installed for everybody
            )
        except ImportError as error:
            raise EngineError("no PyTorch: pip install --no-deps torch (or the extra torch)") from error
        return Torch(choice.device, choice.precision)
    return OnnxRuntime(choice.device, choice.precision)
