"""Engines and tracker are checked by a probe in another process, which may fail, crash or hang."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from puppet.doctor import engines, subprocess_probe
from puppet.doctor.external_commands import Answer
from puppet.doctor.report import Finding, Level
from puppet.errors import EngineError


class _Probes:
    """Engine name -> what its probe answers; "tracking" too."""

    def __init__(self, **answers: Answer) -> None:
        self._answers = answers

    def __call__(self, command: Sequence[str], timeout_s: float) -> Answer:
        which, argument = command[-2:]
        return self._answers[argument or which]


def _said(**content: object) -> Answer:
    return Answer(0, "chatter of a library\n" + json.dumps(content) + "\n", "")


def _found(monkeypatch: pytest.MonkeyPatch, probes: _Probes) -> dict[str, Finding]:
    monkeypatch.setattr(engines, "ENGINES", ("auto", "onnxruntime", "openvino"))
    return {finding.name: finding for finding in engines.engines(probes, lambda: {"onnxruntime-gpu": "1.31"})}


def test_each_engine_says_what_it_really_obtained(monkeypatch: pytest.MonkeyPatch) -> None:
    words = _said(engine={"library": "onnxruntime", "device": "CUDA", "precision": "fp32"})
    found = _found(monkeypatch, _Probes(auto=words, onnxruntime=words))
    assert found["auto"].level is Level.OK
    assert found["onnxruntime"].found == "onnxruntime-gpu 1.31: onnxruntime · CUDA · fp32"
    assert found["openvino"].level is Level.MISSING
    assert found["openvino"].mend.endswith("openvino")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_said(error="no such graph"), "no such graph"),
        (Answer(-4, "", "last words\n"), "ended with -4: last words"),
        (Answer(None, "", "no answer in 90 s"), "no answer"),
    ],
)
def test_without_any_engine_puppet_is_broken(monkeypatch: pytest.MonkeyPatch, answer: Answer, reason: str) -> None:
    found = _found(monkeypatch, _Probes(auto=answer, onnxruntime=answer))
    assert found["auto"].level is Level.BROKEN
    assert reason in found["auto"].found
    assert found["onnxruntime"].level is Level.WARNING


def test_the_tracker_is_needed() -> None:
    mesh = {"library": "openvino", "device": "CPU", "precision": "fp32"}
    fine, network = engines.tracking(_Probes(tracking=_said(faces=1, networks={"mesh": mesh})))
    (broken,) = engines.tracking(_Probes(tracking=_said(error="MediaPipe's networks are not installed")))
    assert (fine.level, broken.level) == (Level.OK, Level.BROKEN)
    assert (network.name, network.found) == ("network mesh", "openvino · CPU · fp32")
    assert "requirements/networks.txt" in broken.mend


def test_a_probe_answers_with_the_reason_instead_of_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise EngineError(f"no {name}:\nnot here")

    monkeypatch.setattr(subprocess_probe, "engine", refuse)
    assert subprocess_probe.main("engine", "openvino") == {"error": "no openvino: not here"}


def test_the_probe_renders_with_the_shipped_pack() -> None:
    assert "onnxruntime" in str(subprocess_probe.main("engine", "onnxruntime")["engine"])
    answer = subprocess_probe.main("providers", "")
    assert isinstance(answer["listed"], list)
    assert "CPUExecutionProvider" in answer["listed"]
