"""Several processes that train one model, started by torchrun: gradients are averaged, everything else is alike.

Averaging them by one call, instead of wrapping the model, leaves the model its own class and lets a step run it several
times (source, driving, deformed, discriminator). Without torchrun there is one process, and nothing here does anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn

from puppet.training.data.frame_batches import Process


@contextmanager
def processes() -> Iterator[Process]:
    """Which process this is. Joins the others while the block runs: NCCL on GPUs, gloo elsewhere."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Process()
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
    """Make tensors of floating-point numbers their mean over all processes."""
    listed = list(tensors)
    if not dist.is_initialized() or not listed:
        return
    joined = torch.cat([tensor.reshape(-1) for tensor in listed])  # one message instead of a hundred
    dist.all_reduce(joined)
    parts = (joined / dist.get_world_size()).split([tensor.numel() for tensor in listed])  # type: ignore[no-untyped-call]
    for tensor, part in zip(listed, parts, strict=True):
        tensor.copy_(part.view(tensor.shape))


def join_statistics(model: nn.Module, device: torch.device) -> None:
    """On several GPUs batch norm looks at the batches of all: the originals' synchronised batch norm."""
    if dist.is_initialized() and device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]


def agreed(flag: bool) -> bool:
    """Whether any process says so: they stop at the same step, or wait for one another for ever."""
    if not dist.is_initialized():
        return flag
    told = torch.tensor(float(flag), device="cuda" if torch.cuda.is_available() else "cpu")
    dist.all_reduce(told, dist.ReduceOp.MAX)
    return bool(told > 0)
