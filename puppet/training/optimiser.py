"""One step down: gradients averaged over processes and clipped, Adam, an averaged copy; or nothing at all.

A step whose loss or gradient is not finite changes nothing, neither weights nor batch norm's running statistics.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from puppet.errors import ConfigError
from puppet.training.distributed import average
from puppet.training.recipe_schema.learned import OptimiserRecipe

log = logging.getLogger(__name__)

MOST_SKIPPED = 50
"""Steps in a row that may be left out."""
_MOST_NAMED = 5  # differences in one message


class Descent:
    """Moves some modules down a loss.

    Attributes:
        skipped: steps left out.
    """

    def __init__(self, modules: Sequence[nn.Module], rate: float, recipe: OptimiserRecipe) -> None:
        self._modules, self._rate, self._recipe = modules, rate, recipe
        self._parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
        first, second = recipe.betas
        self.optimiser = torch.optim.Adam(self._parameters, lr=rate, betas=(first, second))
        self.skipped = 0
        self._skipped_in_a_row = 0

    def buffers(self) -> list[tuple[Tensor, Tensor]]:
        """Batch norm's statistics as they are, to be put back when the step is left out."""
        return [(buffer, buffer.clone()) for module in self._modules for buffer in module.buffers()]

    def step(self, loss: Tensor, number: int, before: Sequence[tuple[Tensor, Tensor]]) -> bool:
        """Go one step; False when it was left out.

        Args:
            loss: what was computed.
            number: of the step, counted from 0: the learning rate depends on it.
            before: what `buffers` said before the loss was computed.

        Raises:
            ConfigError: too many steps in a row were not finite.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate * self._recipe.rate(number)
        self.optimiser.zero_grad(set_to_none=False)
        torch.autograd.backward(loss, inputs=self._parameters)
        total = loss.detach().float().reshape(1)
        average([total, *(p.grad for p in self._parameters if p.grad is not None)])
        norm = nn.utils.clip_grad_norm_(self._parameters, self._recipe.gradient_norm)
        if not bool(torch.isfinite(total) & torch.isfinite(norm)):
            self._leave_out(number, before)
            return False
        self._skipped_in_a_row = 0
        self.optimiser.step()
        return True

    def _leave_out(self, number: int, before: Sequence[tuple[Tensor, Tensor]]) -> None:
        for buffer, value in before:
            buffer.copy_(value)
        self.skipped += 1
        self._skipped_in_a_row += 1
        log.warning("step %d left out: its loss or gradient is not finite", number)
        if self._skipped_in_a_row >= MOST_SKIPPED:
            raise ConfigError(
                f"{MOST_SKIPPED} steps in a row were not finite: start again from the last checkpoint's weights "
                f"(--init) with a lower learning_rate than {self._recipe.learning_rate:g}."
            )


@torch.no_grad()
def follow(averaged: nn.Module, model: nn.Module, keep: float, number: int) -> None:
    """Let the averaged weights follow: closely in the first steps, then keeping `keep` of themselves."""
    keep = min(keep, (number + 1) / (number + 10))
    for mean, value in zip(averaged.state_dict().values(), model.state_dict().values(), strict=True):
        if value.is_floating_point():
            mean.lerp_(value, 1 - keep)
        else:
            mean.copy_(value)


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What differs between two settings, in words; the first few."""
    names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    told = [f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now" for name in names[:_MOST_NAMED]]
    return "; ".join(told + ([f"and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []))


def fix_norms(module: nn.Module) -> None:
    """Let batch norm use its running statistics, and change them no more."""
    for norm in module.modules():
        if isinstance(norm, nn.modules.batchnorm._BatchNorm):
            norm.eval()
