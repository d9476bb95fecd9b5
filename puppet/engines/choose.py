"""Which engine runs a pack: the names the command line knows, and the one place that turns them into an Engine."""

from __future__ import annotations

from puppet.engines import Engine
from puppet.engines.landmark import LandmarkEngine
from puppet.engines.learned import LearnedEngine
from puppet.engines.onnxruntime import OnnxRuntime
from puppet.engines.runtime import Runtime
from puppet.errors import EngineError
from puppet.packs import Pack, verify_pack

ENGINES = ("auto", "onnxruntime")
PRECISIONS = ("auto", "fp32")
DEVICES = ("auto", "cpu", "cuda")


def open_engine(pack: Pack, engine: str = "auto", precision: str = "auto", device: str = "auto") -> Engine:
    """Open an engine for a pack, whose files are verified first.

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
    runtime: Runtime = OnnxRuntime(device)
    return LandmarkEngine(pack, runtime) if pack.card.detector == "landmarks" else LearnedEngine(pack, runtime)
