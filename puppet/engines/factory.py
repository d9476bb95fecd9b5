"""Open an engine for a pack: from the names of the command line, or the fastest with `auto`."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import replace
from functools import partial

from puppet.config import DEVICES, ENGINES, PRECISIONS, EngineOptions
from puppet.domain import EngineInfo
from puppet.engines.autotune import fastest, trial_key
from puppet.engines.base import Engine
from puppet.engines.fallback import FallbackEngine
from puppet.engines.landmark import LandmarkEngine
from puppet.engines.learned import LearnedEngine
from puppet.engines.runtimes.base import Runtime
from puppet.engines.runtimes.onnxruntime import OnnxRuntime, has_gpu_provider
from puppet.engines.runtimes.openvino import OpenVino
from puppet.engines.runtimes.plugins import PLUGINS, accelerators
from puppet.engines.trial_run import check_trial
from puppet.errors import EngineError
from puppet.installation import TORCH_COMMAND
from puppet.packs import Pack, verify_pack

_log = logging.getLogger(__name__)
_SPARE = EngineOptions("onnxruntime", "fp32", "cpu")
"""Works on every computer."""
_SPARE_INFO = EngineInfo("onnxruntime", "CPU", "fp32")


def open_engine(pack: Pack, options: EngineOptions = EngineOptions()) -> Engine:  # noqa: B008 # frozen
    """Verify a pack's files and open an engine for it.

    `auto` takes the fastest engine installed, measured once (puppet/engines/autotune.py). A precision below fp32 is
    compared with fp32 on every portrait, and an engine that fails is replaced (puppet/engines/fallback.py).

    Raises:
        PackError: a file is damaged.
        EngineError: the pack cannot be run, or a name is unknown; the message lists the known ones.
    """
    for kind, name, known in (
        ("engine", options.engine, ENGINES),
        ("precision", options.precision, PRECISIONS),
        ("device", options.device, DEVICES),
    ):
        if name not in known:
            raise EngineError(f"Unknown {kind} {name}; choose one of {', '.join(known)}")
    verify_pack(pack)
    return _open_fastest(pack, candidates(pack, options))


def open_without_fallback(pack: Pack, options: EngineOptions) -> Engine:
    """Open exactly the engine and precision of `options`, without comparison with fp32 and without a fallback.

    Graphs of a pack that does not ship with Puppet first run in a process of their own (puppet/engines/trial_run.py).

    Raises:
        EngineError: the pack cannot be run so.
    """
    check_trial(pack, options)
    return open_here(pack, options)


def open_here(pack: Pack, options: EngineOptions) -> Engine:
    """Open an engine in this process, whatever its graphs do to it. Raises EngineError: the pack cannot be run so."""
    runtime = _runtime(options)
    return LandmarkEngine(pack, runtime) if pack.card.detector == "landmarks" else LearnedEngine(pack, runtime)


def candidates(pack: Pack, options: EngineOptions) -> list[EngineOptions]:
    """List the engines that may run a pack, the likely fastest first: with a large pack there is time for few.

    torch is never the fastest on a CPU and takes seconds to import: it is a candidate only when it is named.
    """
    device = options.device
    names = {"auto": ["onnxruntime", *_optional(device)]}.get(options.engine, [options.engine])
    plugins = accelerators() if device == "auto" and "onnxruntime" in names else []
    if options.precision != "auto":
        found = [replace(options, engine=name) for name in names]
    else:
        found = [choice for name in names for choice in _at_safe_precisions(pack, name, device)]
    found += [
        replace(choice, device=plugin.name)
        for plugin in plugins
        for choice in found
        if choice.engine == "onnxruntime" and choice.precision in ("fp32", "fp16")
    ]
    on_gpu = device != "cpu" and has_gpu_provider()
    return sorted(found, key=lambda choice: _rank(choice, on_gpu))


def _open_fastest(pack: Pack, choices: list[EngineOptions]) -> Engine:
    """Open the fastest of `choices` that works: a remembered one may have stopped working since."""
    chosen = fastest(pack, choices, partial(open_without_fallback, pack))
    try:
        return _open_with_fallback(pack, chosen)
    except EngineError as error:
        others = [choice for choice in choices if choice != chosen]
        if not others:
            raise
        _log.warning("%s cannot be used: %s", chosen, error)
        return _open_fastest(pack, others)


def _optional(device: str) -> list[str]:
    return ["openvino"] if device in ("auto", "cpu") and importlib.util.find_spec("openvino") is not None else []


def _at_safe_precisions(pack: Pack, engine: str, device: str) -> list[EngineOptions]:
    """List every precision that `auto` may try; fp16 and int8 graphs were verified when they were made."""
    precisions = {"openvino": ["bf16", "fp32", "fp16"]}.get(engine, ["fp32"])
    if engine == "onnxruntime" and "render.fp16.onnx" in pack.files and device != "cpu" and has_gpu_provider():
        precisions.append("fp16")
    if engine != "torch" and "render.int8.onnx" in pack.files:
        precisions.append("int8")
    found = [EngineOptions(engine, precision, device) for precision in precisions]
    if engine == "openvino" and device == "auto":
        found.append(EngineOptions(engine, "fp32", "cpu"))  # its GPU may be slower
    return found


def _rank(choice: EngineOptions, on_gpu: bool) -> int:
    """Return the place in the trial. The first four measured x5, x3, x3 and x1.5 of eager PyTorch on a CPU."""
    if choice.device in PLUGINS:
        return -8
    if on_gpu and choice.engine == "onnxruntime":
        return ["fp16", "fp32", "int8", "bf16"].index(choice.precision) - 4
    order = [("openvino", "int8"), ("openvino", "bf16"), ("onnxruntime", "int8"), ("onnxruntime", "fp32")]
    key = (choice.engine, choice.precision)
    return order.index(key) if key in order else len(order) + (choice.device == "cpu")


def _open_with_fallback(pack: Pack, choice: EngineOptions) -> Engine:
    engine = open_without_fallback(pack, choice)
    if engine.info == _SPARE_INFO:
        return engine
    exact: partial[Engine] | None = partial(open_without_fallback, pack, replace(choice, precision="fp32"))
    if choice.device in PLUGINS:  # young libraries: compared with the CPU, whose codes are plain arrays, too
        exact = partial(open_without_fallback, pack, _SPARE)
    elif choice.precision == "fp32":
        exact = None
    return FallbackEngine(engine, partial(open_without_fallback, pack, _SPARE), exact, trial_key(pack, [choice]))


def _runtime(options: EngineOptions) -> Runtime:
    if options.device in PLUGINS and options.engine != "onnxruntime":
        raise EngineError(f"{options.engine} does not compute on {options.device}; use --engine onnxruntime")
    if options.engine == "onnxruntime":
        return OnnxRuntime(options.device, options.precision)
    if options.engine == "openvino":
        return OpenVino(options.device, options.precision)
    if options.engine == "torch":
        try:
            from puppet.engines.runtimes.torch import Torch  # takes seconds to import; an optional dependency
        except ImportError as error:
            raise EngineError(f"PyTorch is not installed; run {TORCH_COMMAND}") from error
        return Torch(options.device, options.precision)
    raise EngineError(f"Unknown engine {options.engine}; choose one of {', '.join(ENGINES[1:])}")
