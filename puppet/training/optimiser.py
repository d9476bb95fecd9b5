"""Guarded optimiser step and exponential moving average (EMA) of the weights, for every family.

Gradients are averaged over all processes and clipped before Adam uses them. A step whose loss or gradient is not finite
changes neither weights nor the running statistics of batch norm.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from puppet.errors import ConfigError
from puppet.training.distributed import average
from puppet.training.recipe_schema.common import Adam

log = logging.getLogger(__name__)

MAX_SKIPPED = 50
"""Skipped steps in a row after which training ends."""

Buffers = list[tuple[Tensor, Tensor]]
"""Buffers of modules, each with a copy of its value."""


class OptimiserStep:
    """Adam over the parameters of some modules.

    Attributes:
        adam: PyTorch's optimiser.
    """

    def __init__(self, modules: Iterable[nn.Module], settings: Adam) -> None:
        self._modules, self._settings = list(modules), settings
        self._parameters = [p for module in self._modules for p in module.parameters() if p.requires_grad]
        self.adam = torch.optim.Adam(self._parameters, lr=settings.learning_rate, betas=settings.betas)
        self._skipped_in_a_row = 0

    def snapshot(self) -> Buffers:
        """Copy the buffers of the modules (running statistics); `apply` restores them when it skips the step."""
        return [(buffer, buffer.clone()) for module in self._modules for buffer in module.buffers()]

    def apply(self, loss: Tensor, rate: float, before: Buffers) -> bool:
        """Make one step down the gradient of a loss.

        Args:
            loss: scalar.
            rate: the learning rate.
            before: from `snapshot`, taken before the loss was computed.

        Returns:
            False when the step was skipped.

        Raises:
            ConfigError: `MAX_SKIPPED` steps in a row were not finite.
        """
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.zero_grad(set_to_none=False)
        torch.autograd.backward(loss, inputs=self._parameters)
        total = loss.detach().float().reshape(1)
        average([total, *(p.grad for p in self._parameters if p.grad is not None)])
        norm = nn.utils.clip_grad_norm_(self._parameters, self._settings.gradient_norm)
        if not bool(torch.isfinite(total) & torch.isfinite(norm)):
            self._skip(before)
            return False
        self._skipped_in_a_row = 0
        self.adam.step()
        return True

    def _skip(self, before: Buffers) -> None:
        for buffer, value in before:
            buffer.copy_(value)
        self._skipped_in_a_row += 1
        log.warning("step skipped: its loss or gradient is not finite (%d in a row)", self._skipped_in_a_row)
        if self._skipped_in_a_row >= MAX_SKIPPED:
            raise ConfigError(
                f"{MAX_SKIPPED} steps in a row were not finite; start again from the weights of the last checkpoint "
                f"(--init) with a lower learning_rate than {self._settings.learning_rate:g}"
            )


@torch.no_grad()
def update_ema(averaged: nn.Module, model: nn.Module, keep: float) -> None:
    """Replace each averaged weight a by keep · a + (1 − keep) · w; copy integer buffers."""
    for mean, value in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if value.is_floating_point():
            mean.lerp_(value, 1 - keep)
        else:
            mean.copy_(value)


def freeze_batch_norm(module: nn.Module) -> None:
    """Make batch norm use its running statistics, and stop updating them."""
    for norm in module.modules():
        if isinstance(norm, nn.modules.batchnorm._BatchNorm):
            norm.eval()


def use_channels_last(module: nn.Module) -> None:
    """Store the kernels of 2-D convolutions channels-last, which is faster; leave those of 3-D ones as they are."""
    for weight in module.parameters():
        if weight.dim() == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
