"""Engine that verifies low precision against fp32 on every portrait, and falls back when a device fails.

Both happen while the session runs, each with one line in the log. A portrait's deviation is remembered in the user's
cache folder, so that fp32 is opened for new portraits only. Threads as for any Engine.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from typing_extensions import override

from puppet.domain import EngineInfo, Inspection, Keypoints, Picture
from puppet.engines.base import Engine, PoseInputs, SwapPart
from puppet.engines.disk_cache import cache_folder, cache_key, read_cached, write_cached
from puppet.errors import GraphError

MEAN_LIMIT = 1.0
"""Largest mean deviation of a low precision, in grey levels of 255."""
BLOCK_LIMIT = 16.0
"""Largest mean deviation of one of 16 x 16 blocks: a black box is small on average. NaN becomes black in uint8."""

_BLOCKS = 16
_TOLERATED = 3.0  # factor on both limits while the machine is too slow
_STRETCH, _SHIFT = np.array([1.03, 1.08], np.float32), np.array([0.04, -0.02], np.float32)

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class EncodedPortrait:
    """A portrait's code, and its picture to encode it again on another engine.

    Attributes:
        face: (size, size, 3).
        keypoints: the portrait's own.
        fine: the finer square, for engines that take one.
        code: from the main engine; valid for its fp32 counterpart, too. None: the main engine failed.
        spare_code: from the spare engine; None: not encoded yet.
        needs_fp32: the low precision deviates visibly from fp32.
        is_tolerable: that deviation is small enough for `allow_low_precision`.
    """

    face: Picture
    keypoints: Keypoints
    fine: Picture | None = None
    code: Any = None
    spare_code: Any = None
    needs_fp32: bool = False
    is_tolerable: bool = False


@dataclass(frozen=True, slots=True)
class Deviation:
    """Difference of a picture from its reference, in grey levels of 255.

    Attributes:
        mean: over the picture.
        block: over the worst of 16 x 16 blocks.
    """

    mean: float
    block: float

    def exceeds(self, factor: float = 1.0) -> bool:
        """Return True when one of the limits times `factor` is exceeded."""
        return self.mean > factor * MEAN_LIMIT or self.block > factor * BLOCK_LIMIT

    def __str__(self) -> str:
        """Return the deviation and its limits as one sentence."""
        levels = f"by {self.mean:.1f} grey levels on average and {self.block:.1f} in one part"
        return f"the picture deviates {levels} (limits: {MEAN_LIMIT:g} and {BLOCK_LIMIT:g})"


class FallbackEngine(Engine[EncodedPortrait]):
    """Renders with a main engine, at fp32 where low precision deviates visibly, and with a spare one after failure."""

    def __init__(
        self,
        engine: Engine,
        open_spare: Callable[[], Engine],
        open_exact: Callable[[], Engine] | None = None,
        facts: str = "",
    ) -> None:
        """Take over `engine`: `close` closes it, and the engines opened later.

        Args:
            engine: the main engine.
            open_spare: opens an engine that works everywhere, for when `engine` fails.
            open_exact: opens the same library on the same device at fp32; codes of one are valid for the other. None:
                `engine` is at fp32 already.
            facts: what a deviation depends on, apart from the portrait; "": deviations are not remembered.
        """
        self.size, self.detect_size, self.fine_size = engine.size, engine.detect_size, engine.fine_size
        self.detects, self.segments, self.moves_pixels = engine.detects, engine.segments, engine.moves_pixels
        self.allow_low_precision, self.has_low_precision = False, open_exact is not None
        self._engine = self._used = engine
        self._open_spare, self._open_exact = open_spare, open_exact
        self._facts = facts
        self._exact: Engine | None = None
        self._spare: Engine | None = None
        self._switching = threading.Lock()

    @property
    @override
    def info(self) -> EngineInfo:
        return self._used.info

    @override
    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        return self._run((), lambda engine, _: engine.detect(face, landmarks))

    @override
    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> EncodedPortrait:
        portrait = EncodedPortrait(face, keypoints, fine)
        if self._spare is None:
            try:
                portrait.code = self._engine.encode(face, keypoints, fine)
                if self._open_exact is not None:
                    self._verify(portrait, self._open_exact)
            except GraphError as error:
                self._switch_to_spare(error)
        if self._spare is not None:
            portrait.spare_code = self._spare.encode(face, keypoints, fine)
        return portrait

    @override
    def render(self, code: EncodedPortrait, source: Keypoints, driving: Keypoints) -> Picture:
        return self._run((code,), lambda engine, codes: engine.render(codes[0], source, driving))

    @override
    def pose_inputs(self, source: Keypoints, driving: Keypoints) -> PoseInputs:
        return self._engine.pose_inputs(source, driving)

    @override
    def inspect(
        self,
        code: EncodedPortrait,
        source: Keypoints,
        driving: Keypoints,
        *,
        picture: bool = True,
        inputs: PoseInputs | None = None,
    ) -> Inspection:
        def inspect(engine: Engine, codes: list[Any]) -> Inspection:
            return engine.inspect(codes[0], source, driving, picture=picture, inputs=inputs)

        return self._run((code,), inspect)

    @override
    def prepare_motion(self) -> None:
        self._engine.prepare_motion()

    @override
    def swap(self, parts: Sequence[SwapPart[EncodedPortrait]], target_face: Picture, target: Keypoints) -> Picture:
        def swap(engine: Engine, codes: list[Any]) -> Picture:
            own = [
                SwapPart(code, part.keypoints, part.mask, part.source_mask)
                for part, code in zip(parts, codes, strict=True)
            ]
            return engine.swap(own, target_face, target)

        return self._run([part.code for part in parts], swap)

    @override
    def warm_up(self) -> None:
        self._run((), lambda engine, _: engine.warm_up())

    @override
    def close(self) -> None:
        for engine in (self._engine, self._exact, self._spare):
            if engine is not None:
                engine.close()

    def _run(self, portraits: Sequence[EncodedPortrait], call: Callable[[Engine, list[Any]], _T]) -> _T:
        """Call an engine with its own codes; when its graphs fail, call the spare engine."""
        if self._spare is None:
            engine = self._exact if self._exact is not None and self._needs_fp32(portraits) else self._engine
            try:
                result = call(engine, [portrait.code for portrait in portraits])
                self._used = engine
                return result
            except GraphError as error:
                self._switch_to_spare(error)
        assert self._spare is not None
        for portrait in portraits:
            if portrait.spare_code is None:
                portrait.spare_code = self._spare.encode(portrait.face, portrait.keypoints, portrait.fine)
        return call(self._spare, [portrait.spare_code for portrait in portraits])

    def _needs_fp32(self, portraits: Sequence[EncodedPortrait]) -> bool:
        return any(each.needs_fp32 and not (self.allow_low_precision and each.is_tolerable) for each in portraits)

    def _switch_to_spare(self, error: GraphError) -> None:
        """Open the spare engine for all later calls. Raises EngineError: it cannot be opened."""
        with self._switching:
            if self._spare is None:
                failed, spare = self._used.info, self._open_spare()
                self._used = self._spare = spare
                _log.warning("%s failed (%s); continuing with %s", failed, error, spare.info)

    def _verify(self, portrait: EncodedPortrait, open_exact: Callable[[], Engine]) -> None:
        """Look up or measure the deviation of low precision; fp32 is opened where it is unknown or visible."""
        path = cache_folder("deviations") / cache_key(self._facts, *_digests(portrait)) if self._facts else None
        deviation = _remembered(path) if path is not None else None
        if deviation is None or deviation.exceeds():
            self._exact = self._exact or open_exact()
            deviation = deviation or self._measure(portrait, self._exact, path)
        if deviation.exceeds():
            _log.warning("%s: %s; rendering this portrait at fp32", self._engine.info, deviation)
            portrait.needs_fp32, portrait.is_tolerable = True, not deviation.exceeds(_TOLERATED)

    def _measure(self, portrait: EncodedPortrait, exact: Engine, path: Path | None) -> Deviation:
        """Render the portrait in a moved pose at both precisions, compare, and remember the result."""
        own = portrait.keypoints
        pose = replace(own, points=(own.points * _STRETCH + _SHIFT).astype(np.float32))
        deviation = image_deviation(*(engine.render(portrait.code, own, pose) for engine in (self._engine, exact)))
        if path is not None:
            write_cached(path, json.dumps(astuple(deviation)).encode())
        return deviation


def _digests(portrait: EncodedPortrait) -> list[str]:
    """Return digests of all that a portrait is encoded and rendered from."""
    given = {"face": portrait.face, "fine": portrait.fine, **portrait.keypoints.arrays()}
    return [f"{name} {sha256(each.tobytes()).hexdigest()}" for name, each in given.items() if each is not None]


def _remembered(path: Path) -> Deviation | None:
    """Return a deviation that `write_cached` wrote; None: there is none, or its file is of no use."""
    try:
        mean, block = map(float, json.loads(read_cached(path) or b""))
    except (ValueError, TypeError, RecursionError):
        return None
    return Deviation(mean, block) if math.isfinite(mean + block) else None


def image_deviation(picture: Picture, reference: Picture) -> Deviation:
    """Compare two pictures (S, S, 3) of the same size."""
    error = np.abs(picture.astype(np.float32) - reference).mean(axis=2)
    side = error.shape[0] // _BLOCKS
    blocks = error[: side * _BLOCKS, : side * _BLOCKS].reshape(_BLOCKS, side, _BLOCKS, side)
    return Deviation(float(error.mean()), float(blocks.mean(axis=(1, 3)).max()))
