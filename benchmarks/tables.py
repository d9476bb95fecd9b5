"""Tables of the results in Markdown: the page docs/benchmarks.md, and README's short table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from benchmarks.results import Loop, Results, Row, Stage
from puppet.errors import MediaError
from puppet.hardware import Machine

BEGIN, END = "<!-- tables of python -m benchmarks -->", "<!-- until here -->"
_TITLE = "# Benchmarks\n"
_LATENCY = "latency at 30 fps, ms, p50 / p95 / p99"
_ENGINE_WORDS = (
    "Time of a frame's networks, keypoints and rendering: of the full FOMM vox-256 with random weights (44.6 G "
    "multiply-adds), and of the shipped pack. *Plain loop*: eager PyTorch, the source encoded once, cv2 capture and "
    "display in the same thread. *Ratio*: time of the plain loop divided by this time. *Error*: mean difference from "
    "eager fp32 (shipped pack: from its first row), in grey levels of 255. *Limits*: instruction sets switched off by "
    "environment variables; a few of OpenVINO's kernels use AVX-512 all the same, and ONNX Runtime cannot be limited."
)

Section: TypeAlias = tuple[str, Sequence[str], Sequence[str], Sequence[Sequence[str]]]
"""Title, words, names of the columns, rows."""


def markdown(results: Results) -> str:
    """Return the whole page; the same results give the same text."""
    where = machine_words(results.machine)
    parts = [
        _TITLE,
        "Written by `python -m benchmarks`. In each round every candidate is measured once, in turn; the tables show "
        "medians over the rounds. Explanations: [where a frame's time goes](speed.md).",
        "",
        f"Puppet {results.version} on {where}.",
        "*A quick run for tests; its figures mean nothing.*" if results.quick else "",
    ]
    for table in (_loops, _engines, _stages, _layers, _scaling):
        title, words, head, rows = table(results)
        if rows:
            parts += [f"\n## {title}\n", *words, _table(head, rows), f"\nOn {where}."]
        if table is _engines:
            parts += _not_measured(results)
    return "\n".join(parts) + "\n"


def readme(results: Results) -> str:
    """Return README's table: the whole loop."""
    rows = [(loop.engine, f"{loop.fps:.0f}", _latency_words(loop), f"{loop.rss_mb:.0f}") for loop in results.loops]
    head = ("the whole loop, shipped pack", "fps, unpaced", _LATENCY, "memory, MB")
    return "\n".join([_table(head, rows), "", f"On {machine_words(results.machine)}."])


def with_tables(text: str, results: Results) -> str:
    """Return README's text with a new table between its two marks. Raises MediaError without the marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MediaError(f"README lacks the marks {BEGIN} and {END}; add both lines")
    return f"{before}{BEGIN}\n\n{readme(results)}\n\n{END}{after}"


def machine_words(machine: Machine) -> str:
    """Return the facts that figures depend on, in one line."""
    sets = ", ".join(machine.instructions) or "instruction sets unknown"
    return f"{machine.processor}, {machine.cores} cores ({sets}), {machine.system}, Python {machine.python}"


def _loops(results: Results) -> Section:
    rows = [
        (
            loop.engine,
            f"{loop.fps:.1f}",
            _latency_words(loop),
            " · ".join(f"{stage} {ms:.1f}" for stage, ms in loop.stages_ms.items()),
            f"{loop.rss_mb:.0f}",
        )
        for loop in results.loops
    ]
    words = (
        "The bundled clip at 1280×720 with the shipped pack, with decoding, a recorder and a virtual-camera back-end."
    )
    return "The whole loop", (words, ""), ("engine", "fps, unpaced", _LATENCY, "stages, ms, p50", "memory, MB"), rows


def _latency_words(loop: Loop) -> str:
    return " / ".join(f"{ms:.0f}" for ms in loop.latency_ms)


def _engines(results: Results) -> Section:
    plain = results.plain
    words = _ENGINE_WORDS + (
        f" The plain loop's networks take {plain.network_ms:.0f} ms, the bare module {plain.bare_ms:.0f} ms "
        f"({plain.overhead:+.1%}), a whole frame of it {plain.loop_ms:.0f} ms.\n"
    )
    head = ("subject", "engine", "precision", "limits", "ms a frame", "rounds", "ratio", "start, s", "MB", "error", "")
    return "Engines", (words,), head, [_engine_cells(row) for row in results.rows if row.network_ms is not None]


def _engine_cells(row: Row) -> tuple[str, ...]:
    spread = "" if row.fastest_ms is None or row.slowest_ms is None else f"{row.fastest_ms:.1f} – {row.slowest_ms:.1f}"
    return (
        row.subject,
        row.name,
        row.precision,
        row.limits,
        _number(row.network_ms, ".1f"),
        spread,
        "" if row.ratio is None else f"×{row.ratio:.2f}",
        _number(row.start_s, ".1f"),
        _number(row.rss_mb, ".0f"),
        _number(row.error_levels, ".3f"),
        row.note,
    )


def _not_measured(results: Results) -> list[str]:
    """Return a line for each reason, with the engines it holds for."""
    reasons: dict[str, list[str]] = {}
    for row in results.rows:
        if row.network_ms is None:
            limits = f" ({row.limits})" if row.limits else ""
            names = reasons.setdefault(row.note.removeprefix("not measured: "), [])
            names.append(f"{row.subject}, {row.name} {row.precision}{limits}")
    if not reasons:
        return []
    return ["\n*Not measured:*\n", *(f"- {'; '.join(names)}: {reason}" for reason, names in reasons.items())]


def _stages(results: Results) -> Section:
    peak = results.peak
    half = "no bf16" if peak.bf16_gflops is None else f"{peak.bf16_gflops:.0f} GFLOP/s in bf16"
    words = (
        f"Measured in the same run: {peak.fp32_gflops:.0f} GFLOP/s in fp32, {half}, {peak.gbytes_s:.1f} GB/s. *Least*: "
        "the longer of the times of multiply-adds and of memory traffic (weights, inputs and outputs of each layer) "
        "at those peaks, in fp32; *of the limit*: least divided by measured."
    )
    head = ("subject", "stage", "engine", "GMAC", "MB", "least, ms", "bound", "measured, ms", "of the limit")
    return "Stage by stage", (words, ""), head, [_stage_cells(stage) for stage in results.stages]


def _stage_cells(stage: Stage) -> tuple[str, ...]:
    return (
        stage.subject,
        stage.stage,
        stage.by,
        f"{stage.gmac:.3f}",
        f"{stage.mbytes:.1f}",
        f"{stage.least_ms:.2f}",
        stage.bound,
        f"{stage.measured_ms:.2f}",
        f"{stage.least_ms / stage.measured_ms if stage.measured_ms else 0.0:.0%}",
    )


def _layers(results: Results) -> Section:
    rows = [
        (layer.subject, layer.engine, layer.kind, str(layer.count), f"{layer.ms:.2f}", f"{layer.share:.0%}")
        for layer in results.layers
    ]
    words = "The render graphs in fp32, from each library's own profiler, which adds a little time."
    return "Layer by layer", (words, ""), ("subject", "library", "kind of layer", "count", "ms a frame", "share"), rows


def _scaling(results: Results) -> Section:
    rows = [(scale.what, scale.value, scale.measured, f"{scale.ms:.2f}") for scale in results.scaling]
    return "Scaling", (), ("varied", "value", "of", "ms"), rows


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
