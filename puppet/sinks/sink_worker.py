"""Writes finished pictures to a sink on a thread of its own, so that a slow sink delays nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from puppet.concurrency.channels import Channel
from puppet.concurrency.timing import StageClock
from puppet.domain import StageTimes
from puppet.errors import SinkError
from puppet.sinks.base import Finished, Sink

_WRITTEN = "written"
_log = logging.getLogger(__name__)


class SinkWorker:
    """Moves pictures from a channel into a sink; `run` is the body of the thread that owns the sink.

    Attributes:
        sink: closed by `run`.
        channel: pictures that are not written yet.
        written: number of pictures written.
        error: why the sink failed, or None.
    """

    def __init__(self, sink: Sink, channel: Channel[Finished], clock: Callable[[], float] = time.monotonic) -> None:
        """Own `sink`. `clock`: seconds, the clock that stamps camera frames."""
        self.sink = sink
        self.channel = channel
        self.written = 0
        self.error: SinkError | None = None
        self._clock = clock
        self._latency = StageClock(clock)

    @property
    def latency(self) -> StageTimes | None:
        """Camera timestamp to the picture written, over the newest pictures; None before the first. Any thread."""
        return self._latency.times().get(_WRITTEN)

    def run(self) -> None:
        """Write until the channel is closed and empty or the sink fails, then close the sink."""
        try:
            self._write_all()
        except SinkError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a thread that ends silently would freeze the picture
            _log.exception("%s failed", self.sink.name)
            self.error = SinkError(f"{self.sink.name}: failed ({type(error).__name__}: {error}); report this error")
        finally:
            self.channel.close()
            self.close_sink()

    def _write_all(self) -> None:
        while (item := self.channel.take(self.sink.wait_s)) is not None or not self.channel.closed:
            if item is None:
                self.sink.idle()
                continue
            self.sink.write(item)
            self.written += 1
            self._latency.add(_WRITTEN, (self._clock() - item.captured_s) * 1000)

    def close_sink(self) -> None:
        """Close the sink, if `run` never will."""
        try:
            self.sink.close()
        except SinkError as error:
            self.error = self.error or error
