"""An engine that is not believed: a lower precision is compared with fp32 on every portrait, a failed device replaced.

Both happen without an end of the session, each with one line in the log. Threads as for any Engine.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import numpy as np

from puppet.domain import EngineInfo, Inspection, Keypoints, Picture
from puppet.engines.base import Engine, SourceCode, SwapPart
from puppet.errors import GraphError

MEAN_LIMIT = 1.0
"""Grey levels of 255 that a lower precision may differ on average over the picture."""
BLOCK_LIMIT = 16.0
"""The same for each of 16 x 16 blocks: a black box is small on average. NaN becomes black in uint8."""

_BLOCKS = 16
_ROUGHLY = 3.0  # times those limits: still no harm to speak of, when the machine is too busy
_STRETCH, _SHIFT = np.array([1.03, 1.08], np.float32), np.array([0.04, -0.02], np.float32)

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Code:
    """What is remembered of a portrait: enough to encode it again elsewhere.

    Attributes:
        face: (size, size, 3).
        keypoints: its own.
        value: of the engine and of its exact twin.
        exact: whether the lower precision did it harm,
        tolerable: but so little that it will do when the machine is too busy.
        spare: of the spare engine, once there is one.
    """

    face: Picture
    keypoints: Keypoints
    value: SourceCode = None
    exact: bool = False
    tolerable: bool = False
    spare: SourceCode = None


class FallbackEngine:
    """Renders with one engine as long as it works and is exact enough."""

    def __init__(
        self, engine: Engine, open_spare: Callable[[], Engine], open_exact: Callable[[], Engine] | None = None
    ) -> None:
        """Take over `engine`: `close` closes it, and what was opened besides.

        Args:
            engine: does the work.
            open_spare: what works everywhere, when `engine` stops working.
            open_exact: the same library on the same device at fp32: both understand each other's codes. None: `engine`
                is at fp32 already.
        """
        self.size, self.detect_size, self.detects, self.segments = (
            engine.size,
            engine.detect_size,
            engine.detects,
            engine.segments,
        )
        self._engine = self._used = engine
        self._open_spare, self._open_exact = open_spare, open_exact
        self.allow_low_precision, self.has_low_precision = False, open_exact is not None
        self._exact: Engine | None = None
        self._spare: Engine | None = None
        self._rescuing = threading.Lock()

    @property
    def info(self) -> EngineInfo:
        """Of the engine that rendered last."""
        return self._used.info

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        """See Engine."""
        return self._run((), lambda engine, _: engine.detect(face, landmarks))

    def encode(self, face: Picture, keypoints: Keypoints) -> SourceCode:
        """See Engine; with a lower precision it renders the portrait twice for a comparison."""
        code = _Code(face, keypoints)
        if self._spare is None:
            try:
                code.value = self._engine.encode(face, keypoints)
                if self._open_exact is not None:
                    self._compare(code, self._open_exact)
            except GraphError as error:
                self._rescue(error)
        if self._spare is not None:
            code.spare = self._spare.encode(face, keypoints)
        return code

    def render(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Picture:
        """See Engine."""
        return self._run((cast(_Code, code),), lambda engine, codes: engine.render(codes[0], source, driving))

    def inspect(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Inspection:
        """See Engine."""
        return self._run((cast(_Code, code),), lambda engine, codes: engine.inspect(codes[0], source, driving))

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        """See Engine."""

        def swap(engine: Engine, codes: list[SourceCode]) -> Picture:
            own = [replace(part, code=code) for part, code in zip(parts, codes, strict=True)]
            return engine.swap(own, target_face, target)

        return self._run([cast(_Code, part.code) for part in parts], swap)

    def warm_up(self) -> None:
        """See Engine."""
        self._run((), lambda engine, _: engine.warm_up())

    def close(self) -> None:
        """See Engine."""
        for engine in (self._engine, self._exact, self._spare):
            if engine is not None:
                engine.close()

    def _run(self, codes: Sequence[_Code], call: Callable[[Engine, list[SourceCode]], _T]) -> _T:
        """Call an engine with its own codes; when its graphs fail, the spare one."""
        if self._spare is None:
            exact = any(code.exact and not (self.allow_low_precision and code.tolerable) for code in codes)
            engine = self._exact if exact and self._exact is not None else self._engine
            try:
                result = call(engine, [code.value for code in codes])
                self._used = engine
                return result
            except GraphError as error:
                self._rescue(error)
        assert self._spare is not None
        for code in codes:
            if code.spare is None:
                code.spare = self._spare.encode(code.face, code.keypoints)
        return call(self._spare, [code.spare for code in codes])

    def _rescue(self, error: GraphError) -> None:
        """Open the spare engine; every later call goes to it. EngineError when it cannot be opened either."""
        with self._rescuing:
            if self._spare is None:
                failed, spare = self._used.info, self._open_spare()
                self._used = self._spare = spare
                _log.warning("%s stopped working (%s); %s goes on.", failed, error, spare.info)

    def _compare(self, code: _Code, open_exact: Callable[[], Engine]) -> None:
        """Find out whether the engine renders a moved portrait otherwise than at fp32."""
        self._exact = self._exact or open_exact()
        pose = replace(code.keypoints, points=(code.keypoints.points * _STRETCH + _SHIFT).astype(np.float32))
        found, exact = (engine.render(code.value, code.keypoints, pose) for engine in (self._engine, self._exact))
        harm = precision_error(found, exact)
        if harm:
            _log.warning("%s: %s; this portrait is rendered at fp32.", self._engine.info, harm)
            code.exact, code.tolerable = True, not precision_error(found, exact, _ROUGHLY)


def precision_error(found: Picture, exact: Picture, times: float = 1.0) -> str:
    """What is wrong with a picture (S, S, 3) that should be like `exact`; "" when it is near enough.

    `times`: so much more than the limits is allowed.
    """
    mean_limit, block_limit = times * MEAN_LIMIT, times * BLOCK_LIMIT
    error = np.abs(found.astype(np.float32) - exact).mean(axis=2)
    mean = float(error.mean())
    if mean > mean_limit:
        return f"the picture differs by {mean:.1f} grey levels on average, {mean_limit:g} are allowed"
    side = error.shape[0] // _BLOCKS
    inner = error[: side * _BLOCKS, : side * _BLOCKS]
    worst = float(inner.reshape(_BLOCKS, side, _BLOCKS, side).mean(axis=(1, 3)).max())
    if worst > block_limit:
        return f"a part of the picture differs by {worst:.1f} grey levels, {block_limit:g} are allowed"
    return ""
