"""Load batches in the training process, or ahead of time in worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

BatchT = TypeVar("BatchT")


def load_batches(batches: Dataset[BatchT], first: int, workers: int) -> Iterator[BatchT]:
    """Yield the batches of step `first` and all later ones, prepared by `workers` other processes, or here when 0."""
    ahead = {"prefetch_factor": 4, "persistent_workers": True} if workers else {}
    pinned = torch.cuda.is_available()
    # The loader's own random numbers are not used; a generator of its own leaves those of the weights alone.
    return iter(
        DataLoader(
            batches,
            None,
            sampler=count(first),  # only iterated
            num_workers=workers,
            pin_memory=pinned,
            generator=torch.Generator(),
            **ahead,  # type: ignore[arg-type]
        )
    )
