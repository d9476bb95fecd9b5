"""One of several training processes, started by test_learned_trainer: two steps, then a weight is written."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from puppet.training.data.clips import gather
from puppet.training.distributed import processes
from puppet.training.learned_trainer import LearnedTrainer
from puppet.training.recipe_schema.learned import FootageRecipe, read_learned_recipe
from tests.support.made_learned import SIZE

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    clips = gather(FootageRecipe(folders=(str(folder / "strips"),)), SIZE, folder / "cache").clips
    with processes() as process:
        trainer = LearnedTrainer(read_learned_recipe(folder / "fomm.toml"), clips, None, torch.device("cpu"), process)
        trainer.step()
        trainer.step()
        trainer.checkpoint()
    torch.save(trainer.model.state_dict()["kp_detector.kp.weight"], folder / f"rank{process.rank}.pt")
