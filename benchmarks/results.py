"""What was measured, as values that go to JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from puppet.errors import MediaError
from puppet.hardware import Machine
from puppet.live.statistics import write_json

FOMM, FACE = "fomm vox-256", "face"
"""The subjects."""
PLAIN = "plain loop"


@dataclass(frozen=True, slots=True)
class Peak:
    """What this machine can do, measured in the same run.

    Attributes:
        fp32_gflops: of a large matrix product.
        bf16_gflops: the same in bf16, None where the processor has no instructions for it.
        gbytes_s: reading and writing arrays that fit into no cache.
    """

    fp32_gflops: float
    bf16_gflops: float | None
    gbytes_s: float


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain live loop: eager torch fp32, the source encoded once, capture and display in one thread.

    Attributes:
        network_ms: detect and render within the loop.
        bare_ms: the same module alone, on prepared tensors, in the same run.
        loop_ms: a whole frame: capture, conversion, networks, display.
    """

    network_ms: float
    bare_ms: float
    loop_ms: float

    @property
    def overhead(self) -> float:
        """How much slower than the bare module the loop's networks are: 0.05 is 5%."""
        return self.network_ms / self.bare_ms - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One engine at one precision on one subject.

    Attributes:
        subject: "fomm vox-256" or "face".
        engine: as the command line knows it; "plain loop" for the reference.
        precision: likewise.
        limits: instruction sets that were switched off, or "".
        network_ms: detect and render of a frame, median over rounds; None: not measured.
        fastest_ms: median of the fastest round.
        slowest_ms: median of the slowest round.
        ratio: the plain loop's network time over this one, same run and limits; None for other subjects.
        start_s: from the start of the process to the first picture.
        rss_mb: resident memory of a process that does nothing else.
        error_levels: mean difference of its pictures from eager fp32's, in grey levels of 255.
        note: what it really ran on, or why it was not measured.
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


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage against what the machine could do at best.

    Attributes:
        subject: whose.
        stage: which.
        by: the engine.
        gmac: 10⁹ multiply-adds.
        mbytes: weights, and what each layer reads and writes, in 10⁶ bytes.
        least_ms: the longer of both at the machine's peaks.
        bound: "compute" or "memory", whichever that is.
        measured_ms: what it took.
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
    """One kind of layer in a subject's render graph, as a library profiles it.

    Attributes:
        subject: whose graph.
        engine: which library.
        kind: of layer.
        count: how many there are.
        ms: all of them take in a frame.
        share: of the graph's time.
    """

    subject: str
    engine: str
    kind: str
    count: int
    ms: float
    share: float


@dataclass(frozen=True, slots=True)
class Scale:
    """How a time depends on something.

    Attributes:
        what: is varied.
        value: of it.
        measured: what the time is of.
        ms: the time.
    """

    what: str
    value: str
    measured: str
    ms: float


@dataclass(frozen=True, slots=True)
class Loop:
    """Puppet's whole live loop on the bundled clip, as `main.py bench` measures it.

    Attributes:
        engine: what was really in use.
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
        """As JSON. Raises MediaError."""
        write_json(path, asdict(self))

    @staticmethod
    def read(path: Path) -> Results:
        """From JSON. Raises MediaError when it is none of this version's."""
        try:
            content = json.loads(path.read_text("utf-8"))
            machine = Machine(**content["machine"])
            return Results(
                version=content["version"],
                machine=replace(machine, instructions=tuple(machine.instructions)),
                peak=Peak(**content["peak"]),
                plain=Plain(**content["plain"]),
                rows=tuple(Row(**row) for row in content["rows"]),
                stages=tuple(Stage(**stage) for stage in content["stages"]),
                layers=tuple(Layer(**layer) for layer in content["layers"]),
                scaling=tuple(Scale(**scale) for scale in content["scaling"]),
                loops=tuple(_loop(loop) for loop in content["loops"]),
                quick=content["quick"],
            )
        except OSError as error:
            raise MediaError(f"{path}: cannot be read ({error.strerror}).") from error
        except (ValueError, KeyError, TypeError) as error:
            raise MediaError(f"{path}: not the results of this version's benchmarks ({error}).") from error


def _loop(content: dict[str, Any]) -> Loop:
    known = {field.name for field in fields(Loop)}
    loop = Loop(**{name: value for name, value in content.items() if name in known})
    p50, p95, p99 = loop.latency_ms
    return replace(loop, latency_ms=(p50, p95, p99))
