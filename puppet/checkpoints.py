"""Public name of `puppet.models.checkpoints.load_checkpoint`: `from puppet.checkpoints import load_checkpoint`."""

from puppet.models.checkpoints import load_checkpoint

__all__ = ["load_checkpoint"]
