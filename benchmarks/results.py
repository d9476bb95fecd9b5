"""Results of a run, stored as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from puppet.errors import MediaError
from puppet.hardware import Machine
from puppet.live.statistics import write_json
from puppet.schema import validate

FOMM, FACE = "fomm vox-256", "face"
"""The subjects."""
PLAIN = "plain loop"


@dataclass(frozen=True, slots=True)
class Peak:
    """Peaks of this machine, measured in the same run.

    Attributes:
        fp32_gflops: a large matrix product.
        bf16_gflops: the same in bf16; None where the CPU has no instructions for it.
        gbytes_s: reading and writing arrays larger than the caches.
    """

    fp32_gflops: float
    bf16_gflops: float | None
    gbytes_s: float


@dataclass(frozen=True, slots=True)
class Plain:
    """The reference loop: eager PyTorch fp32, the source encoded once, capture and display on one thread.

    Attributes:
        network_ms: detect and render within the loop.
        bare_ms: the same model alone, on prepared tensors, in the same run.
        loop_ms: a whole frame: capture, conversion, networks, display.
    """

    network_ms: float
    bare_ms: float
    loop_ms: float

    @property
    def overhead(self) -> float:
        """Time of the loop's networks relative to the bare module, minus 1: 0.05 is 5 % slower."""
        return self.network_ms / self.bare_ms - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One engine at one precision on one subject.

    Attributes:
        subject: "fomm vox-256" or "face".
        engine: its name on the command line; "plain loop" for the reference.
        precision: its name on the command line.
        limits: instruction sets that were switched off, or "".
        network_ms: detect and render of a frame, median over rounds; None: not measured.
        fastest_ms: median of the fastest round.
        slowest_ms: median of the slowest round.
        ratio: the plain loop's network time divided by this one, with the same limits; None for the other subject.
        start_s: from the start of the process to the first picture.
        rss_mb: resident memory of a process with this engine alone.
        error_levels: mean absolute difference from the reference pictures, in grey levels of 255.
        note: library, device and precision in use, or why it was not measured.
        device: its name on the command line.
    """

    subject: str
    engine: str
    precision: str
    limits: str = ""
    network_ms: float | None = None
    fastest_ms: float | None = None
    slowest_ms: float | None = None
    ratio: float | None = None
    start_s: float | None = None
    rss_mb: float | None = None
    error_levels: float | None = None
    note: str = ""
    device: str = "cpu"

    @property
    def name(self) -> str:
        """The engine's name in tables: "openvino", or "torch cuda"."""
        return table_name(self.engine, self.device)


def table_name(engine: str, device: str) -> str:
    """Return an engine's name in tables, with the device unless it is the CPU."""
    return engine if device == "cpu" else f"{engine} {device}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with its least time at the machine's peaks.

    Attributes:
        subject: the model.
        stage: part of the model, or a graph of the pack.
        by: the engine.
        gmac: 10⁹ multiply-adds.
        mbytes: 10⁶ bytes of weights, and of each layer's inputs and outputs.
        least_ms: the longer of computing and memory traffic at the peaks.
        bound: the longer one, "compute" or "memory".
        measured_ms: the measured time.
    """

    subject: str
    stage: str
    by: str
    gmac: float
    mbytes: float
    least_ms: float
    bound: str
    measured_ms: float


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of layer in a subject's render graph, from a library's profile.

    Attributes:
        subject: the model.
        engine: the library.
        kind: kind of layer.
        count: number of layers.
        ms: time of all of them in a frame.
        share: of the graph's time, 0 to 1.
    """

    subject: str
    engine: str
    kind: str
    count: int
    ms: float
    share: float


@dataclass(frozen=True, slots=True)
class Scale:
    """A time by the value of a variable.

    Attributes:
        what: the variable.
        value: its value.
        measured: the work measured.
        ms: its time.
    """

    what: str
    value: str
    measured: str
    ms: float


@dataclass(frozen=True, slots=True)
class Loop:
    """Puppet's whole live loop on the bundled clip, measured by `main.py bench`.

    Attributes:
        engine: library, device and precision in use.
        fps: unpaced.
        latency_ms: p50, p95 and p99 at the clip's own rate.
        stages_ms: stage -> p50.
        rss_mb: resident memory at the end.
    """

    engine: str
    fps: float
    latency_ms: tuple[float, float, float]
    stages_ms: dict[str, float]
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Results:
    """A whole run."""

    version: str
    machine: Machine
    peak: Peak
    plain: Plain
    rows: tuple[Row, ...]
    stages: tuple[Stage, ...]
    layers: tuple[Layer, ...]
    scaling: tuple[Scale, ...]
    loops: tuple[Loop, ...]
    quick: bool = False

    def write(self, path: Path) -> None:
        """Write a JSON file. Raises MediaError."""
        write_json(path, asdict(self))

    @staticmethod
    def read(path: Path) -> Results:
        """Read a JSON file. Raises MediaError: it is not readable, or not of this version's form."""
        try:
            content = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise MediaError(f"{path}: cannot be read ({error.strerror}); choose another file") from error
        except (ValueError, RecursionError) as error:
            raise MediaError(f"{path}: not JSON ({str(error)[:200]}); measure again") from error
        return validate(Results, content, str(path), MediaError, unknown="ignore")
