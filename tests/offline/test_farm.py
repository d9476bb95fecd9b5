"""A Ray cluster of this machine with two workers, in a process of its own; skipped where Ray is not installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from puppet.config import RenderOptions
from puppet.errors import ConfigError, MediaError
from puppet.offline.farm import Farm
from puppet.offline.file_store import FileStore
from puppet.offline.job_list import Job

_ROOT = Path(__file__).parents[2]
_DRIVER = """
import json, sys
from pathlib import Path
import ray
ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
from puppet.config import RenderOptions
from puppet.offline.farm import Farm
from tests.offline.test_farm import jobs_in, stand_in
folder, store = Path(sys.argv[1]), sys.argv[2]
farm = Farm(jobs_in(folder), RenderOptions(), "auto", workers=2, store=store, body=stand_in)
farm.run(lambda results, index: None)
print(json.dumps([result.as_json() for result in farm.results]))
"""


def stand_in(job: Job, options: RenderOptions, overwrite: bool, progress: Callable[..., None]) -> int:
    """Stand-in for a rendering, in a worker: the portrait's name says what happens."""
    name = job.source.stem.rpartition("-")[2]
    if name == "bad":
        raise MediaError(f"{name}: is not a picture; choose another file")
    killed = Path(job.source.read_text()).with_suffix(".killed")
    if name == "lost" or (name == "killed" and not killed.exists()):
        killed.touch()
        os._exit(9)
    progress(1, 3)
    time.sleep(0.2)
    job.out.write_text(f"{name} {os.getpid()}")
    return 3


def jobs_in(folder: Path) -> list[Job]:
    """A job for each portrait that `_run` has written, in the order of their numbers."""
    portraits = sorted(folder.glob("*-*.png"))
    return [Job(path, folder / "driving.png", folder / f"{path.stem}.mp4") for path in portraits]


def _run(folder: Path, names: list[str], store: str = "") -> list[dict[str, object]]:
    for number, name in enumerate(names):
        path = folder / f"{number}-{name}.png"
        path.write_text(str(path))
    (folder / "driving.png").write_text("driving")
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-c", _DRIVER, str(folder), store]
    environment = {**os.environ, "PYTHONPATH": paths, "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return found


needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")


def test_without_ray_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r"puppet-portrait\[farm\]"):
        Farm([], RenderOptions(), "auto")


@needs_ray
def test_two_workers_share_the_jobs_and_a_killed_one_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "6-good.mp4").write_text("finished before")
    results = _run(tmp_path, ["good", "bad", "killed", "good", "lost", "good", "good"])
    assert Counter(result["state"] for result in results) == {"done": 4, "failed": 2, "skipped": 1}
    assert results[1]["error"] == "bad: is not a picture; choose another file"
    assert "lost 3 times" in str(results[4]["error"])
    assert (tmp_path / "2-killed.mp4").read_text().startswith("killed ")


def test_a_store_brings_a_job_to_a_worker_and_its_video_back(tmp_path: Path) -> None:
    job = Job(tmp_path / "a.png", tmp_path / "take", tmp_path / "videos/a.mp4")
    job.driving.mkdir()

    def render(local: Job) -> int:
        local.out.write_text(local.source.read_text() + (local.driving / "take.json").read_text())
        return 1

    for content in ("first", "changed"):
        job.source.write_text(content)
        (job.driving / "take.json").write_text(content)
        folder = tmp_path / f"worker-{content}"
        folder.mkdir()
        store = FileStore(f"file://{tmp_path}/store")
        assert FileStore(f"file://{tmp_path}/store").render(store.send(job, 0), folder, render) == 1
        assert store.fetch(job, 0, overwrite=True) == ""
        assert job.out.read_text() == 2 * content
    assert "exists" in store.fetch(job, 0, overwrite=False)


def test_a_store_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for url in ("nothing://bucket", f"file://{tmp_path}/file"):
        with pytest.raises(ConfigError, match=f"--store {url}: cannot be opened"):
            FileStore(url)


@needs_ray
def test_files_are_copied_through_a_store(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    results = _run(tmp_path / "mine", ["good", "bad", "good"], f"file://{tmp_path}/store")
    assert [result["state"] for result in results] == ["done", "failed", "done"]
    assert (tmp_path / "mine/2-good.mp4").read_text().startswith("good ")
    assert len(list((tmp_path / "store/inputs").iterdir())) == 4
