"""From graphs in memory to a pack on disk: written in every format wanted, each compared with the module, then at once.

    graphs → .onnx (· fp16 · int8) and .pt → the engine on them → Parity → pack

`detect` and `encode` are always fp32: they decide where everything goes, and `encode` runs once a portrait. Needs the
extra `torch`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from export.graphs.fp16 import halve
from export.graphs.int8 import quantise
from export.graphs.onnx import write_onnx
from export.graphs.torchscript import read_script, write_script
from export.parity import ModuleRuntime, Parity, Sample, compare, made
from puppet.engines.base import Engine
from puppet.engines.runtimes.base import Runtime
from puppet.engines.runtimes.onnxruntime import OnnxRuntime
from puppet.engines.torchscript_trust import trust
from puppet.errors import ConfigError, EngineError, PackError
from puppet.models.learned_graphs import ModuleGraph
from puppet.packs import Pack, PackCard, write_pack

FORMATS = ("onnx", "torchscript")
PRECISIONS = ("fp32", "fp16", "int8")
EVERY_FRAME = ("render", "swap")
"""Graphs that a lower precision is worth having for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an export may deviate from the module by; see Parity."""

    maximum: float
    psnr_db: float
    keypoints: float = 1e-3


LIMITS = {"fp32": Limits(2.0, 60.0), "fp16": Limits(255.0, 40.0), "int8": Limits(255.0, 30.0)}
"""Of each precision. A picture that was rounded differs by one grey level; 40 dB cannot be seen, 30 dB hardly."""


@dataclass(frozen=True, slots=True)
class Exportable:
    """A model about to be written.

    Attributes:
        card: of its pack, without figures.
        right: graphs of the module as it is.
        fast: the same rewritten for time.
        plain: the same without transposed convolutions, which int8 has none of.
        tiled: the same for processors at fp32, where that gains anything.
        engine: what runs the pack.
        weights: go into the pack beside the graphs.
    """

    card: PackCard
    right: Sequence[ModuleGraph]
    fast: Sequence[ModuleGraph]
    plain: Sequence[ModuleGraph]
    tiled: Sequence[ModuleGraph]
    engine: Callable[[Pack, Runtime], Engine]
    weights: dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pack shall hold besides fp32 ONNX, which every engine starts from.

    Attributes:
        formats: of FORMATS.
        precisions: of PRECISIONS; lower ones as ONNX.
    """

    formats: tuple[str, ...] = ("onnx",)
    precisions: tuple[str, ...] = ("fp32",)

    def __post_init__(self) -> None:
        for kind, chosen, known in (("format", self.formats, FORMATS), ("precision", self.precisions, PRECISIONS)):
            for name in chosen:
                if name not in known:
                    raise ConfigError(f"unknown {kind} {name} (known: {', '.join(known)})")


def write_exported(
    model: Exportable, folder: Path, wanted: Wanted, samples: Sequence[Sample], calibration: Sequence[Sample] = ()
) -> Pack:
    """Write a pack; its folder appears whole or not at all.

    Args:
        model: what to write.
        folder: must not exist.
        wanted: formats and precisions.
        samples: to compare on.
        calibration: what int8 ranges are taken from; needed for int8.

    Raises:
        EngineError: a graph deviates from the module by more than its limit.
        PackError: the folder exists or cannot be written, or int8 was asked for without calibration.
    """
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    if "int8" in wanted.precisions and not calibration:
        raise PackError("int8 needs pictures to take its ranges from: give a folder of crops with --calibration")
    try:
        with tempfile.TemporaryDirectory() as temporary:
            return _written(_Work(model, Path(temporary), samples), folder, wanted, calibration)
    except OSError as error:  # of the temporary folder
        raise PackError(f"cannot write the pack {folder}: {error.strerror}") from error


def _written(work: _Work, folder: Path, wanted: Wanted, calibration: Sequence[Sample]) -> Pack:
    """Everything into the temporary folder, then from there."""
    work.write_plain()
    if work.model.tiled:
        work.write_tiled()
    if "fp16" in wanted.precisions:
        work.write_half()
    if "int8" in wanted.precisions:
        work.write_quantised(calibration)
    if "torchscript" in wanted.formats:
        work.write_scripts()
    work.files.append(work.folder / "weights.safetensors")
    save_file({name: value.contiguous() for name, value in work.model.weights.items()}, work.files[-1])
    precisions = tuple(name for name in PRECISIONS if name == "fp32" or name in wanted.precisions)
    pack = write_pack(folder, replace(work.model.card, parity=work.figures, precisions=precisions), work.files)
    trust(pack)
    return pack


class _Work:
    """Files of a pack in the making, each compared as soon as it is there."""

    def __init__(self, model: Exportable, folder: Path, samples: Sequence[Sample]) -> None:
        self.model, self.folder, self.samples = model, folder, samples
        self.files: list[Path] = []
        self.figures: dict[str, float] = {}
        module = self._engine(folder, ModuleRuntime(model.right))
        self._right = [made(module, sample) for sample in samples]

    def write_plain(self) -> None:
        """fp32 ONNX."""
        self.files += [_onnx(graph, self.folder) for graph in self.model.fast]
        self._check("onnx.fp32", "fp32", OnnxRuntime("cpu"), self.folder)

    def write_tiled(self) -> None:
        """fp32 ONNX of what runs every frame, for processors."""
        folder = self._variant("tiled")
        for graph in self.model.tiled:
            if graph.name in EVERY_FRAME:
                _onnx(graph, folder, baked=False)
        self._take(folder, "tiled", "fp32")

    def write_half(self) -> None:
        """fp16 ONNX of what runs every frame."""
        folder = self._variant("fp16")
        for name in self._every_frame():
            halve(self.folder / f"{name}.onnx", folder / f"{name}.onnx")
        self._take(folder, "fp16", "fp16")

    def write_quantised(self, calibration: Sequence[Sample]) -> None:
        """int8 ONNX of the same."""
        folder = self._variant("int8")
        recorder = ModuleRuntime(self.model.right)
        module = self._engine(self.folder, recorder)
        for sample in calibration:
            made(module, sample)
        for graph in self.model.plain:
            if graph.name in EVERY_FRAME:
                path = _onnx(graph, folder)
                quantise(path, path, recorder.seen[graph.name])
        self._take(folder, "int8", "int8")

    def write_scripts(self) -> None:
        """fp32 TorchScript."""
        scripts = []
        for graph in self.model.fast:
            self.files.append(write_script(graph, self.folder))
            scripts.append(replace(graph, module=read_script(self.files[-1])))
        self._check("torchscript.fp32", "fp32", ModuleRuntime(scripts), self.folder)

    def _every_frame(self) -> list[str]:
        return [graph.name for graph in self.model.fast if graph.name in EVERY_FRAME]

    def _variant(self, name: str) -> Path:
        """A folder where other graphs can stand under plain names beside the fp32 ones."""
        folder = self.folder / name
        folder.mkdir()
        for graph in self.model.fast:
            if graph.name not in EVERY_FRAME:
                shutil.copyfile(self.folder / f"{graph.name}.onnx", folder / f"{graph.name}.onnx")
        return folder

    def _take(self, folder: Path, variant: str, precision: str) -> None:
        self._check(f"onnx.{variant}", precision, OnnxRuntime("cpu"), folder)
        for name in self._every_frame():
            self.files.append((folder / f"{name}.onnx").rename(self.folder / f"{name}.{variant}.onnx"))

    def _check(self, what: str, precision: str, runtime: Runtime, folder: Path) -> None:
        exported = self._engine(folder, runtime)
        try:
            parity = compare(self._right, exported, self.samples)
        finally:
            exported.close()
        _refuse_beyond(LIMITS[precision], parity, what)
        self.figures |= parity.figures(what)

    def _engine(self, folder: Path, runtime: Runtime) -> Engine:
        names = [f"{graph.name}.onnx" for graph in self.model.right]
        return self.model.engine(Pack(folder, self.model.card, dict.fromkeys(names, "")), runtime)


def _onnx(graph: ModuleGraph, folder: Path, baked: bool = True) -> Path:
    path = folder / f"{graph.name}.onnx"
    quick = graph.name in EVERY_FRAME
    write_onnx(graph.module, list(graph.inputs.values()), path, list(graph.inputs), graph.outputs, baked, quick)
    return path


def _refuse_beyond(limits: Limits, parity: Parity, what: str) -> None:
    if parity.maximum > limits.maximum or parity.psnr_db < limits.psnr_db or parity.keypoints > limits.keypoints:
        raise EngineError(
            f"{what} differs from the module by up to {parity.maximum:.0f} grey levels, {parity.psnr_db:.1f} dB, "
            f"keypoints by {parity.keypoints:.1e}; allowed: {limits.maximum:.0f}, {limits.psnr_db:.0f} dB, "
            f"{limits.keypoints:.0e}: nothing was written"
        )
