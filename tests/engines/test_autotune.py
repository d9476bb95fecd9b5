"""`auto` measures the installed engines once, remembers the fastest, and logs why."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from puppet.config import EngineOptions
from puppet.domain import EngineInfo
from puppet.engines.autotune import MAX_TRIAL_S, fastest
from puppet.engines.base import Engine
from puppet.engines.disk_cache import cache_folder
from puppet.errors import EngineError
from puppet.packs import open_pack
from tests.support.fakes import FakeClock, FakeEngine

PACK = open_pack("face")
ORT = EngineOptions("onnxruntime", "fp32", "auto")
OV_BF16, OV = EngineOptions("openvino", "bf16", "auto"), EngineOptions("openvino", "fp32", "auto")
CANDIDATES = [ORT, OV_BF16, OV]


class Bench:
    """Engines that take as long as told, on a clock of their own.

    Args:
        render_ms: of each candidate; one that is missing cannot be opened.
        open_s: how long opening takes.
    """

    def __init__(self, render_ms: dict[EngineOptions, float], open_s: float = 0.1) -> None:
        self.clock = FakeClock()
        self.opened: list[EngineOptions] = []
        self.engines: list[FakeEngine] = []
        self._render_ms, self._open_s = render_ms, open_s

    def open(self, choice: EngineOptions) -> Engine:
        self.opened.append(choice)
        if choice not in self._render_ms:
            raise EngineError(f"no {choice.engine} here")
        self.clock.now_s += self._open_s
        self.engines.append(Slow(self.clock, self._render_ms[choice] / 1000, str(choice)))
        return self.engines[-1]

    def fastest(self, candidates: list[EngineOptions] = CANDIDATES) -> EngineOptions:
        return fastest(PACK, candidates, self.open, self.clock)


class Slow(FakeEngine):
    def __init__(self, clock: FakeClock, render_s: float, name: str) -> None:
        super().__init__()
        self.info = EngineInfo(name, "", "")
        self._clock, self._render_s = clock, render_s

    def render(self, *arguments):  # type: ignore[no-untyped-def]
        self._clock.now_s += self._render_s
        return super().render(*arguments)


def test_the_fastest_is_taken_and_explained_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench({ORT: 24, OV_BF16: 15, OV: 23})
    with caplog.at_level(logging.INFO):
        assert bench.fastest() == OV_BF16
    assert [record.getMessage() for record in caplog.records] == [
        "engine: openvino bf16 chosen (onnxruntime fp32 24.0 ms, openvino bf16 15.0 ms, openvino fp32 23.0 ms)"
    ]
    assert all(engine.closed == 1 for engine in bench.engines)


def test_the_choice_is_remembered_for_pack_and_candidates(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench({ORT: 24, OV_BF16: 15, OV: 23})
    with caplog.at_level(logging.INFO):
        bench.fastest()
        assert bench.fastest() == OV_BF16
    first, again = [record.getMessage() for record in caplog.records]
    assert first == again
    assert bench.opened == CANDIDATES  # once each
    fastest(replace(PACK, files={**PACK.files, "render.onnx": "0" * 64}), CANDIDATES, bench.open, bench.clock)
    assert bench.opened == 2 * CANDIDATES
    bench.fastest([ORT, OV])
    assert bench.opened == [*CANDIDATES, *CANDIDATES, ORT, OV]


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b'["warp9", "fp32", "auto", "why"]', b"3"])
def test_a_damaged_choice_is_a_new_trial(content: bytes) -> None:
    bench = Bench({ORT: 24, OV_BF16: 15, OV: 23})
    bench.fastest()
    (path,) = cache_folder("choices").iterdir()
    path.write_bytes(content)
    assert bench.fastest() == OV_BF16
    assert len(bench.opened) == 6


def test_a_single_candidate_needs_no_trial() -> None:
    bench = Bench({})
    assert bench.fastest([ORT]) == ORT
    assert not bench.opened


def test_a_candidate_that_fails_is_left_out_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert Bench({ORT: 24}).fastest() == ORT
    assert "openvino bf16, openvino fp32 left out: no openvino here" in caplog.text


def test_when_all_fail_each_reason_is_given_once() -> None:
    with pytest.raises(EngineError, match=r"^no onnxruntime here; no openvino here$"):
        Bench({}).fastest()


def test_a_lower_precision_must_be_clearly_faster() -> None:
    assert Bench({ORT: 24, OV_BF16: 22.5, OV: 30}).fastest() == ORT


def test_a_trial_with_slow_engines_ends_in_time(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench({ORT: 250, OV_BF16: 90, OV: 200}, open_s=1.0)
    started_s = bench.clock()
    with caplog.at_level(logging.INFO):
        assert bench.fastest() == OV_BF16
    assert bench.clock() - started_s <= MAX_TRIAL_S
    assert "openvino fp32 left out: no time to try it" in caplog.text


def test_one_engine_under_two_names_is_measured_once() -> None:
    bench = Bench({ORT: 24, OV: 23})
    bench.open(ORT)
    same = bench.engines[-1].info
    bench.engines.clear()

    def open_same(choice: EngineOptions) -> Engine:
        engine = bench.open(ORT)
        assert engine.info == same
        return engine

    assert fastest(PACK, [ORT, OV], open_same, bench.clock) == ORT
    assert [engine.rendered > 0 for engine in bench.engines] == [True, False]
