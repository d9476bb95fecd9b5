"""`animate` with several jobs: progress, the lines about finished and failed jobs, the report. Heavy imports inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from puppet.cli.parameters import writable_file
from puppet.cli.typer_adapter import option
from puppet.config import RenderOptions
from puppet.errors import ConfigError

if TYPE_CHECKING:
    from puppet.offline.batch import Batch, Result
    from puppet.offline.farm import Farm
    from puppet.offline.job_list import Job

SOME_FAILED = 3
MOST_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class BatchParameters:
    """Several videos."""

    jobs: Path | None = option(
        "--jobs", "FILE.csv|.jsonl", "Render the rows of a list, with source, driving and out, in place of inputs."
    )
    pairs: bool = option("--pairs", None, "Pair portraits and drivers in order, not every combination.", default=False)
    at_once: int | None = option(
        "--at-once", "N", "Jobs at the same time.", within=(1, MOST_AT_ONCE), shown="as many as raise the throughput"
    )
    on: str = option(
        "--on",
        "local|auto|ray://HOST:PORT",
        "Render on this machine, or on the workers of a Ray cluster.",
        default="local",
    )
    store: str | None = option(
        "--store", "URL", "Copy files through this folder (fsspec), where a cluster's machines share none.", shown=False
    )
    report: Path | None = option(
        "--report", "FILE.json", "Write what became of each job, after each of them.", parser=writable_file
    )

    def chosen_jobs(self, inputs: Sequence[Path], out: Path | None, codec: str) -> list[Job] | None:
        """Return the jobs of a batch; None when one video is asked for. Raises ConfigError and MediaError."""
        from puppet.media.video_codecs import VIDEO_CODECS
        from puppet.offline.job_list import is_batch, jobs_of, read_jobs

        suffix = VIDEO_CODECS[codec].extensions[0] if codec in VIDEO_CODECS else ""

        if self.jobs is not None:
            if inputs:
                raise ConfigError("--jobs takes the place of SOURCE and DRIVING; give one or the other")
            return read_jobs(self.jobs, out, suffix)
        if len(inputs) < 2 and not any(path.is_dir() for path in inputs):
            raise ConfigError("SOURCE or DRIVING is missing; give a picture and a video, or --jobs")
        if out is None:
            raise ConfigError("-o is missing; name the video to write")
        several = self.pairs or self.on != "local" or is_batch(inputs, out)
        return jobs_of(inputs, out, pairs=self.pairs, suffix=suffix) if several else None

    def runner(self, jobs: Sequence[Job], options: RenderOptions, *, overwrite: bool) -> Batch | Farm:
        """Return what runs the jobs, here or on a cluster. Raises ConfigError."""
        from puppet.offline.batch import Batch
        from puppet.offline.farm import Farm

        if self.on == "local":
            if self.store is not None:
                raise ConfigError("--store belongs to a cluster; name it with --on")
            return Batch(jobs, options, overwrite=overwrite, workers=self.at_once)
        if self.on != "auto" and not self.on.startswith("ray://"):
            raise ConfigError(f'--on "{self.on}": expected local, auto or ray://HOST:PORT')
        return Farm(jobs, options, self.on, overwrite=overwrite, workers=self.at_once, store=self.store or "")


def run_batch(jobs: Sequence[Job], options: RenderOptions, batch: BatchParameters, *, overwrite: bool) -> int:
    """Run the jobs and return the exit code: 0, or 3 when some failed. Raises PackError when the pack is none."""
    from puppet.cli.console import batch_progress, refuse, tell
    from puppet.live.statistics import write_json
    from puppet.media.leftovers import recover_leftovers
    from puppet.offline.batch import State, recovery_folders, report
    from puppet.packs import open_pack

    if options.motion_track is not None:
        raise ConfigError("--motion-track names one file, and there are several jobs; leave it out")
    open_pack(options.pack)
    for line in recover_leftovers(recovery_folders(jobs)):
        tell(line)
    running = batch.runner(jobs, options, overwrite=overwrite)

    def show(results: Sequence[Result], index: int) -> None:
        result = results[index]
        advance(results, index)
        if result.state is State.DONE:
            tell(f"{result.job.out}: {result.frames} frames in {result.seconds:.0f} s")
        elif result.state is State.FAILED:
            refuse(f"{result.job.out}: {result.error}")
        if batch.report and result.state not in (State.RUNNING, State.WAITING):
            write_json(batch.report, report(results))

    try:
        with batch_progress(len(jobs)) as advance:
            running.run(show)
    finally:
        counts = report(running.results)
        unfinished = len(jobs) - sum(int(str(counts[each])) for each in ("done", "skipped", "failed"))
        rest = f", {unfinished} not done; the same command continues" if unfinished else ""
        words = f"{counts['done']} rendered, {counts['skipped']} there already, {counts['failed']} failed{rest}"
        tell(f"{len(jobs)} jobs: {words}")
        if batch.report:
            write_json(batch.report, counts)
    return SOME_FAILED if counts["failed"] else 0
