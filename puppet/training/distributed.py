"""Several processes that train one model, started by torchrun: gradients are averaged, weights stay equal.

Averaging gradients by one call, instead of wrapping the model, leaves the model its own class and lets a step run it
several times (source, driving, deformed, discriminator). Without torchrun there is one process, and nothing is sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Process:
    """Index of this process, from 0, and number of processes; process 0 writes files."""

    rank: int = 0
    count: int = 1


ALONE = Process()


@contextmanager
def processes() -> Iterator[Process]:
    """Join the other processes while the block runs, by NCCL on GPUs and gloo elsewhere; yield which one this is."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield ALONE
        return
    rank = int(os.environ["RANK"])
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", rank)) % torch.cuda.device_count())
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Process(rank, count)
    finally:
        dist.destroy_process_group()


@torch.no_grad()
def average(tensors: Iterable[Tensor]) -> None:
    """Replace floating-point tensors by their mean over all processes."""
    listed = list(tensors)
    if not dist.is_initialized() or not listed:
        return
    joined = torch.cat([tensor.reshape(-1) for tensor in listed])  # one message instead of a hundred
    dist.all_reduce(joined)
    parts = (joined / dist.get_world_size()).split([tensor.numel() for tensor in listed])  # type: ignore[no-untyped-call]
    for tensor, part in zip(listed, parts, strict=True):
        tensor.copy_(part.view(tensor.shape))


def synchronise_batch_norm(model: nn.Module, device: torch.device) -> None:
    """On several GPUs compute batch norm's statistics over the batches of all, as the originals do."""
    if dist.is_initialized() and device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]


def largest(value: float) -> float:
    """Return the largest value of all processes, so that they decide alike; a clock or a flag as 0 or 1."""
    if not dist.is_initialized():
        return value
    told = torch.tensor(value, dtype=torch.float64, device="cuda" if torch.cuda.is_available() else "cpu")
    dist.all_reduce(told, dist.ReduceOp.MAX)
    return float(told)
