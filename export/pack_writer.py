"""Write a pack from graphs in memory: every format and precision, each compared with the model, then all at once.

    graphs → .onnx (· fp16 · int8) and .pt → an engine that runs them → Parity → pack

`detect` and `encode` are always fp32: the former decides where everything moves, the latter runs once per portrait.
Needs the extra `torch`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from export.graphs.fp16 import convert_to_fp16
from export.graphs.int8 import quantise
from export.graphs.onnx import write_onnx
from export.graphs.torchscript import read_script, write_script
from export.parity import ModuleRuntime, Parity, Sample, measure_parity, render_sample
from puppet.engines.base import Engine
from puppet.engines.runtimes.base import Runtime
from puppet.engines.runtimes.onnxruntime import OnnxRuntime
from puppet.engines.torchscript_trust import trust
from puppet.errors import ConfigError, EngineError, PackError
from puppet.media.files import temporary_folder
from puppet.models.learned_graphs import ModuleGraph
from puppet.packs import Pack, PackCard, checksum, write_pack

FORMATS = ("onnx", "torchscript")
PRECISIONS = ("fp32", "fp16", "int8")
FRAME_GRAPHS = ("render", "swap")
"""Graphs that run for every frame; only these have lower precisions."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Largest deviations from the model that an export may have; see Parity."""

    maximum: float
    psnr_db: float
    keypoints: float = 1e-3


LIMITS = {"fp32": Limits(2.0, 60.0), "fp16": Limits(255.0, 40.0), "int8": Limits(255.0, 30.0)}
"""Limits of each precision. Rounding changes a pixel by one grey level; 40 dB is invisible, 30 dB hardly visible."""


@dataclass(frozen=True, slots=True)
class PackContents:
    """Graphs and weights that a pack is written from.

    Attributes:
        card: the pack's card, without figures of parity.
        reference: graphs of the model itself.
        optimised: the same, rewritten for speed.
        int8_ready: the same without transposed convolutions, which int8 does not support.
        tiled: the same for CPUs at fp32 (export.graphs.winograd); empty where this gains nothing.
        engine: opens an engine that runs the pack on a runtime.
        weights: written into the pack beside the graphs.
    """

    card: PackCard
    reference: Sequence[ModuleGraph]
    optimised: Sequence[ModuleGraph]
    int8_ready: Sequence[ModuleGraph]
    tiled: Sequence[ModuleGraph]
    engine: Callable[[Pack, Runtime], Engine]
    weights: dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Formats and precisions of a pack; fp32 ONNX is always included.

    Attributes:
        formats: some of FORMATS.
        precisions: some of PRECISIONS; lower ones are ONNX only.
    """

    formats: tuple[str, ...] = ("onnx",)
    precisions: tuple[str, ...] = ("fp32",)

    def __post_init__(self) -> None:
        for kind, chosen, known in (("format", self.formats, FORMATS), ("precision", self.precisions, PRECISIONS)):
            for name in chosen:
                if name not in known:
                    raise ConfigError(f"Unknown {kind} {name}; known: {', '.join(known)}")


def export_pack(
    contents: PackContents,
    folder: Path,
    options: ExportOptions,
    samples: Sequence[Sample],
    calibration: Sequence[Sample] = (),
) -> Pack:
    """Write a pack; its folder appears complete or not at all.

    Args:
        contents: graphs, weights and card.
        folder: must not exist.
        options: formats and precisions.
        samples: inputs that the graphs are compared on.
        calibration: inputs that int8 takes its ranges from; required for int8.

    Raises:
        EngineError: a graph deviates from the model by more than its limit.
        MediaError: there is no place for temporary files.
        PackError: the folder exists or cannot be written, or int8 was requested without calibration.
    """
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    check_calibration(options, bool(calibration))
    with temporary_folder() as temporary:
        try:
            return _PackWriter(contents, temporary, samples).write(folder, options, calibration)
        except OSError as error:
            reason = error.strerror or error
            raise PackError(
                f"Cannot write graphs to {temporary} ({reason}); free some space or set TMPDIR to another folder"
            ) from error


def check_calibration(options: ExportOptions, calibrated: bool) -> None:
    """Raise PackError when int8 is requested without pictures for its ranges."""
    if "int8" in options.precisions and not calibrated:
        raise PackError("Precision int8 needs pictures for its ranges; give a folder of crops with --calibration")


class _PackWriter:
    """Writes a pack's files into a temporary folder and compares each with the model at once."""

    def __init__(self, contents: PackContents, folder: Path, samples: Sequence[Sample]) -> None:
        self.contents, self.folder, self.samples = contents, folder, samples
        self.files: list[Path] = []
        self.figures: dict[str, float] = {}
        reference = self._engine(folder, ModuleRuntime(contents.reference))
        self._expected = [render_sample(reference, sample) for sample in samples]

    def write(self, folder: Path, options: ExportOptions, calibration: Sequence[Sample]) -> Pack:
        self._write_fp32()
        if self.contents.tiled:
            self._write_tiled()
        if "fp16" in options.precisions:
            self._write_fp16()
        if "int8" in options.precisions:
            self._write_int8(calibration)
        if "torchscript" in options.formats:
            self._write_scripts()
        self.files.append(self.folder / "weights.safetensors")
        save_file({name: value.contiguous() for name, value in self.contents.weights.items()}, self.files[-1])
        precisions = tuple(name for name in PRECISIONS if name == "fp32" or name in options.precisions)
        card = replace(self.contents.card, parity=self.figures, precisions=precisions)
        pack = write_pack(folder, card, self.files)
        trust(pack)
        return pack

    def _write_fp32(self) -> None:
        self.files += [_write_graph(graph, self.folder) for graph in self.contents.optimised]
        self._check("onnx.fp32", "fp32", OnnxRuntime("cpu"), self.folder)

    def _write_tiled(self) -> None:
        folder = self._variant_folder("tiled")
        for graph in self.contents.tiled:
            if graph.name in FRAME_GRAPHS:
                _write_graph(graph, folder, fold=False)
        self._add_variant(folder, "tiled", "fp32")

    def _write_fp16(self) -> None:
        folder = self._variant_folder("fp16")
        for name in self._frame_graphs():
            convert_to_fp16(self.folder / f"{name}.onnx", folder / f"{name}.onnx")
        self._add_variant(folder, "fp16", "fp16")

    def _write_int8(self, calibration: Sequence[Sample]) -> None:
        folder = self._variant_folder("int8")
        runtime = ModuleRuntime(self.contents.reference)
        engine = self._engine(self.folder, runtime)
        for sample in calibration:
            render_sample(engine, sample)
        for graph in self.contents.int8_ready:
            if graph.name in FRAME_GRAPHS:
                path = _write_graph(graph, folder)
                quantise(path, path, runtime.recorded[graph.name])
        self._add_variant(folder, "int8", "int8")

    def _write_scripts(self) -> None:
        scripts = []
        for graph in self.contents.optimised:
            self.files.append(write_script(graph, self.folder))
            scripts.append(replace(graph, module=read_script(self.files[-1])))
        self._check("torchscript.fp32", "fp32", ModuleRuntime(scripts), self.folder)

    def _frame_graphs(self) -> list[str]:
        return [graph.name for graph in self.contents.optimised if graph.name in FRAME_GRAPHS]

    def _variant_folder(self, name: str) -> Path:
        """Make a folder with the fp32 graphs that have no variants; engines find the variants there by plain names."""
        folder = self.folder / name
        folder.mkdir()
        for graph in self.contents.optimised:
            if graph.name not in FRAME_GRAPHS:
                shutil.copyfile(self.folder / f"{graph.name}.onnx", folder / f"{graph.name}.onnx")
        return folder

    def _add_variant(self, folder: Path, variant: str, precision: str) -> None:
        """Compare a variant's graphs with the model and add them to the pack as NAME.VARIANT.onnx."""
        self._check(f"onnx.{variant}", precision, OnnxRuntime("cpu"), folder)
        for name in self._frame_graphs():
            self.files.append((folder / f"{name}.onnx").rename(self.folder / f"{name}.{variant}.onnx"))

    def _check(self, variant: str, precision: str, runtime: Runtime[Any], folder: Path) -> None:
        """Compare the graphs in a folder with the model. Raises EngineError: they deviate too far."""
        exported = self._engine(folder, runtime)
        try:
            parity = measure_parity(self._expected, exported, self.samples)
        finally:
            exported.close()
        _check_limits(LIMITS[precision], parity, variant)
        self.figures |= parity.figures(variant)

    def _engine(self, folder: Path, runtime: Runtime[Any]) -> Engine:
        paths = [folder / f"{graph.name}.onnx" for graph in self.contents.reference]
        files = {path.name: checksum(path) for path in paths if path.exists()}  # none yet for the model itself
        return self.contents.engine(Pack(folder, self.contents.card, files), runtime)


def _write_graph(graph: ModuleGraph, folder: Path, fold: bool = True) -> Path:
    path = folder / f"{graph.name}.onnx"
    write_onnx(graph, path, fold=fold, matmul_resize=graph.name in FRAME_GRAPHS)
    return path


def _check_limits(limits: Limits, parity: Parity, variant: str) -> None:
    if parity.maximum > limits.maximum or parity.psnr_db < limits.psnr_db or parity.keypoints > limits.keypoints:
        raise EngineError(
            f"{variant} differs from the model by up to {parity.maximum:.0f} grey levels, {parity.psnr_db:.1f} dB, "
            f"keypoints by {parity.keypoints:.1e}; allowed: {limits.maximum:.0f}, {limits.psnr_db:.0f} dB, "
            f"{limits.keypoints:.0e}; nothing was written"
        )
