"""The cubic step 3 t² − 2 t³ by which effects begin and end without a kink. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def smoothstep(at: ArrayLike, start: ArrayLike = 0.0, end: ArrayLike = 1.0) -> NDArray[Any]:
    """Return 0 up to `start`, 1 from `end` on, smooth between them, in the precision of `at`."""
    values = np.asarray(at)
    t = np.clip((values - start) / np.subtract(end, start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), values.dtype if values.dtype.kind == "f" else np.float64)
