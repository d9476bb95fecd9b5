"""Output of the command line with rich: results on stdout, all other lines and progress on stderr. Main thread only."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from puppet.errors import PuppetError

if TYPE_CHECKING:
    from puppet.domain import StageTimes, Status
    from puppet.offline.batch import Result

Advance = Callable[[int, int | None], None]


def log_to_stderr(verbose: bool) -> None:
    """Print warnings as one line each; with `verbose`, all records of Puppet with their time and module."""
    handler: logging.Handler = RichHandler(console=_stderr()) if verbose else _OneLine()
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], format="%(message)s")
    for name in ("puppet", "ui"):
        logging.getLogger(name).setLevel(logging.DEBUG if verbose else logging.NOTSET)


class _OneLine(logging.Handler):
    """Prints a record as one line, above a progress bar where one is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record; a traceback, a sign of a bug, follows on lines of its own."""
        tell(self.format(record))


def refuse(message: str) -> None:
    """Print an error as one red line on stderr; line breaks become spaces."""
    _stderr().print(" ".join(message.split()), style="red", markup=False, highlight=False, soft_wrap=True)


def tell(message: str) -> None:
    """Print a line on stderr."""
    _stderr().print(message, markup=False, highlight=False, soft_wrap=True)


def result(line: str) -> None:
    """Print a line of the result on stdout, or on stderr where that fails; see `checked_stdout`."""
    try:
        Console().print(line, markup=False, highlight=False, soft_wrap=True)
    except PuppetError:
        tell(line)
        raise


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on stdout; in a pipe, cells are not folded."""
    console = Console(width=None if Console().is_terminal else 1000)
    shown = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*map(Text, row))
    console.print(shown)


@contextmanager
def checked_stdout() -> Iterator[None]:
    """Within this context, text that stdout cannot take raises PuppetError, and nothing is written to it afterwards."""
    before = sys.stdout
    sys.stdout = cast(TextIO, _Stdout(before))
    try:
        yield
        sys.stdout.flush()
    finally:
        sys.stdout = before


class _Stream:
    """A stream of text whose failures, on a full disk or a terminal that was closed, are handled by `_fail`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write text."""
        try:
            self._stream.write(text)
        except OSError as error:
            self._fail(error)

    def flush(self) -> None:
        """Write what is in the buffer."""
        try:
            self._stream.flush()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        """Send the stream to nowhere: what is in its buffer would fail again when Python ends."""
        with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # ValueError: a stream without a file
            os.dup2(nowhere.fileno(), self._stream.fileno())

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Stdout(_Stream):
    """Raises PuppetError, or BrokenPipeError, when text cannot be written, and from then on for every text."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._failure = ""

    @override
    def write(self, text: str) -> None:
        if self._failure and text:
            raise PuppetError(self._failure)
        super().write(text)

    @override
    def _fail(self, error: OSError) -> None:
        super()._fail(error)
        if isinstance(error, BrokenPipeError):
            raise error
        self._failure = f"Standard output cannot be written ({error.strerror or error}); redirect it to another file"
        raise PuppetError(self._failure) from error


def _stderr() -> Console:
    """Return a console on stderr; text that cannot be written is left out."""
    return Console(file=cast(TextIO, _Stream(sys.stderr)))


@contextmanager
def progress(title: str) -> Iterator[Advance]:
    """Show a progress bar on stderr; yield a function of (done, total), with None for an unknown total."""
    console = _stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def advance(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


@contextmanager
def batch_progress(jobs: int) -> Iterator[Callable[[Sequence[Result], int], None]]:
    """Show a bar for all jobs and one for each that runs; yield a function of all results and the changed index."""
    console = _stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        whole, running = bar.add_task("All jobs", total=jobs), dict[int, TaskID]()

        def show(results: Sequence[Result], index: int) -> None:
            result = results[index]
            if result.state.value == "running":
                if index not in running:
                    running[index] = bar.add_task(result.job.out.name, total=None)
                bar.update(running[index], completed=result.frames, total=result.total)
            elif index in running:
                bar.remove_task(running.pop(index))
            ended = sum(each.state.value in ("done", "skipped", "failed") for each in results)
            begun = sum(results[each].frames / (results[each].total or 1e9) for each in running)
            bar.update(whole, completed=ended + begun)

        yield show


@contextmanager
def status_line() -> Iterator[Callable[[Status], None]]:
    """Yield a function that shows a status: as one updated line on a terminal, elsewhere as a line per new message."""
    console = _stderr()
    if not console.is_terminal:
        yield _message_printer()
        return
    with Live(console=console, auto_refresh=False, transient=True) as line:

        def show(status: Status) -> None:
            line.update(Text(status_words(status), no_wrap=True, overflow="ellipsis"), refresh=True)

        yield show


def _message_printer() -> Callable[[Status], None]:
    last = ""

    def show(status: Status) -> None:
        nonlocal last
        if status.message and status.message != last:
            tell(status.message)
        last = status.message

    return show


def status_words(status: Status) -> str:
    """Return the status of a session as one line."""
    words = [status.state.value, status.following.value, f"{status.fps:.1f} fps"]
    if status.latency:
        words.append(f"latency {_pair(status.latency)} ms")
    words += [
        f"{status.dropped} dropped",
        str(status.governor or ""),
        str(status.engine or ""),
        status.camera,
        status.portrait,
    ]
    words += [*status.sinks.values(), status.message]
    return " · ".join(word for word in words if word)


def _pair(times: StageTimes) -> str:
    return f"{times.p50_ms:.0f}/{times.p95_ms:.0f}"
