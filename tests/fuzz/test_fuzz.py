"""A short run of the fuzzer over every reader, and every case that failed once. `make fuzz` is the long one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("resource", reason="limits of memory are POSIX")

from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.mutations import Case, apply, cases
from tests.fuzz.readers import MISBEHAVING, READERS, Reader
from tests.fuzz.worker import Worker

CORPUS = Path(__file__).parent / "corpus"
MOST_MB = 1000
REFUSED_SEEDS = ("video", "manifest", "yaml")
"""They have a file of sound alone, a pack without its graphs, and a document of no family."""
EXAMPLES = 20
"""For each reader: together with the start of its process some three seconds; below a minute in all."""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.mark.parametrize("reader", READERS.values(), ids=lambda reader: str(reader.name))
def test_reader_reads_or_refuses_in_one_line(reader: Reader) -> None:
    seeds = reader.seeds()
    with Worker(reader) as worker:
        for seed in seeds:
            outcome = worker.run(seed)
            assert outcome.failure == ""
            assert not outcome.refused or reader.name in REFUSED_SEEDS
        for path in sorted((CORPUS / reader.name).glob("*")):
            assert worker.run(path.read_bytes()).failure == "", path.name

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(cases(len(seeds)))
        def one(case: Case) -> None:
            outcome = worker.run(apply(case, seeds, reader.tokens))
            assert outcome.failure == ""
            assert outcome.peak_mb < MOST_MB

        one()


def test_corpus_is_small_and_of_known_readers() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert {path.parent.name for path in files} <= READERS.keys()


def test_failures_of_every_kind_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer finds what it looks for: the reader of a test file that does what it says."""
    from tests.fuzz import worker as module

    monkeypatch.setattr(module, "MAX_CLOCK_S", 2.0)
    for name, failure in (
        ("raise", "ValueError at"),
        ("lines", "message of"),
        ("crash", "crash: SIG"),
        ("hang", "hang: no answer"),
        ("memory", "MemoryError at"),
    ):
        with Worker(MISBEHAVING) as worker:
            assert worker.run(name.encode()).failure.startswith(failure), name
