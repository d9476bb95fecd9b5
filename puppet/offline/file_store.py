"""Copies the files of a farm's jobs through a folder that every machine reaches by fsspec. Any thread."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from puppet.errors import ConfigError, MediaError
from puppet.media.files import whole_file
from puppet.offline.job_list import Job

_INPUTS, _OUTPUTS = "inputs", "outputs"


class FileStore:
    """A folder with the inputs and outputs of one run. A worker has a store of its own with the same URL."""

    def __init__(self, url: str) -> None:
        """Open the folder. Raises ConfigError."""
        self._url = url.rstrip("/")
        self._sent = set[Path]()
        try:
            import fsspec  # type: ignore[import-untyped] # of the extra "farm"

            self._files: Any = fsspec.core.url_to_fs(url)[0]
            for name in (_INPUTS, _OUTPUTS):
                self._files.makedirs(f"{self._url}/{name}", exist_ok=True)
        except (ImportError, ValueError, OSError) as error:
            raise ConfigError(
                f"--store {url}: cannot be opened ({_one_line(error)}); install what its protocol needs"
            ) from error

    def send(self, job: Job, index: int) -> Job:
        """Copy a job's inputs to the store, each once; return the job with their names there.

        Raises:
            MediaError: an input does not exist.
            OSError: the store cannot be written.
        """
        source, driving = self._send_input(job.source), self._send_input(job.driving)
        return replace(job, source=source, driving=driving, out=Path(_OUTPUTS, f"{index}-{job.out.name}"))

    def render(self, job: Job, folder: Path, render: Callable[[Job], int]) -> int:
        """Fetch the inputs of a job that was sent into `folder`, render it, and leave the output in the store.

        Return the number of frames. Raises OSError, and what `render` raises.
        """
        local = replace(job, source=folder / job.source.name, driving=folder / job.driving.name)
        local = replace(local, out=folder / job.out.name)
        for name in (job.source, job.driving):
            self._files.get(self._at(name), str(folder / name.name), recursive=True)
        frames = render(local)
        self._files.put(str(local.out), self._at(job.out))
        return frames

    def fetch(self, job: Job, index: int, *, overwrite: bool) -> str:
        """Copy a job's output from the store to its place; return why that failed, or ""."""
        try:
            job.out.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(job.out, overwrite=overwrite) as part:
                self._files.get(self._at(Path(_OUTPUTS, f"{index}-{job.out.name}")), str(part))
        except (MediaError, OSError, ValueError) as error:
            return f"{job.out}: cannot be copied from the store ({_one_line(error)})"
        return ""

    def _send_input(self, path: Path) -> Path:
        if not path.exists():
            raise MediaError(f"{path}: no such file; check the path")
        name = Path(_INPUTS, f"{zlib.crc32(str(path.resolve()).encode()):08x}-{path.name}")
        if path not in self._sent:  # one that is there from an earlier run may be cut off, or have changed since
            folder = path.is_dir()
            self._files.put(f"{path}/" if folder else str(path), self._at(name), recursive=folder)
            self._sent.add(path)
        return name

    def _at(self, name: Path) -> str:
        return f"{self._url}/{name.as_posix()}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
